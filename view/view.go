package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Per says how many pictures of a model a view draws.
type Per int

// The values of Per.
const (
	PerModel   Per = iota + 1 // one
	PerRequest                // one a request
)

// View is one kind of picture. Project returns a nil picture and the reason
// ("no proxy has an admit statement") where the model has nothing to say for it.
type View struct {
	Name    string
	Doc     string // one line for `flowc views`
	Per     Per
	Draws   Picture // an empty picture of the kind that Project returns: &Table{}
	Project func(*Input) (pic Picture, reason string)
}

// Draw projects a view, and says in the picture's foot what the model lacks that may
// change where requests go, and what a product does otherwise than is drawn.
func (v *View) Draw(in *Input) (pic Picture, reason string) {
	pic, reason = v.Project(in)
	if pic != nil {
		h := pic.Header()
		h.Foot = slices.Concat(incomplete(in.Topology), otherwise(in), aroundFoot(in), h.Foot)
	}
	return pic, reason
}

// Input is what a view is projected from.
type Input struct {
	Topology *flow.Topology
	Request  *flow.Request // of a PerRequest view
	Route    *flow.Route   // --route; nil: the view's own choice
	Show     Show
	Only     []string // names of nodes and routes to keep; empty: all
	Around   []string // names of nodes, routes and zones to keep with what they are connected to; empty: all
	Extract  *Extract // of the model, in place of Only; nil: all of it
	Collapse []string // "servers", "routes"
	Full     bool     // nothing is folded for being many
	Findings []Finding
	// Explains reports whether a finding of a code is why a course fails in this way;
	// nil where that is not known.
	Explains func(code string, fault flow.Fault) bool
	// Derive returns the (memoised) lifecycle of a request.
	Derive func(*flow.Request) *flow.Lifecycle
	// Cache derives what no request of the model shows. It is shared by the
	// views of a model so that they derive once; nil: each derives its own.
	Cache *flow.Cache
	known *known
}

// Extract is a part of a model, of which a caller says exactly what it has.
type Extract struct {
	Routes []*flow.Route // with what they lead over
	Nodes  []string
}

// courses returns the shared courses, or new ones.
func (in *Input) cache() *flow.Cache {
	if in.Cache == nil {
		in.Cache = flow.NewCache(in.Topology)
	}
	return in.Cache
}

// Show is the dial of the sequence: which layers are opened. HTTP is always on
// unless Show names layers without it.
type Show struct{ TCP, PROXY, TLS, HTTP, Actions bool }

// Finding is a diagnostic in the words of a picture, with the place that it is
// about; a view marks what was declared there.
type Finding struct {
	Mark
	At source.Span
}

// Marks returns the findings that lie within whole.
func (in *Input) Marks(whole source.Span) []Mark {
	var out []Mark
	for _, f := range in.Findings {
		if whole.Contains(f.At) {
			out = append(out, f.Mark)
		}
	}
	return out
}

// Package resolve turns the syntax of a model into its topology: names become
// pointers, what is left out becomes flowc's default or is supplied, routes
// find their proxies and requests their way. What the model states keeps its
// place. It knows no rule of TLS: facts that contradict each other are all in
// the topology, and package check speaks of them.
package resolve

import (
	"fmt"
	"path"
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Resolve resolves a model: its entry file and what that imports, each file
// once. The topology is never nil and always fit to be derived from: where a
// name or value is wrong there is a finding, marked broken, and something that
// fits stands in its place.
func Resolve(name string, entry *ast.File, imported []*ast.File) (*flow.Topology, diag.List) {
	r := newResolver(name)
	r.partial = importsMissing(append(slices.Clone(imported), entry))

	for _, f := range imported {
		r.declareFile(f, true)
	}
	r.declareFile(entry, false)
	for _, body := range r.bodies {
		body()
	}
	r.supply()
	r.place()
	r.applyDefaults()
	r.t.Index()
	r.settleRequests()
	r.listAssumed()
	for _, body := range r.views {
		body()
	}

	return r.t, r.list()
}

// resolver is the state of one resolution.
type resolver struct {
	t     *flow.Topology
	found []*diag.Diagnostic

	zones        *scope[*flow.Zone]
	cas          *scope[*flow.CA]
	certificates *scope[*flow.Certificate]
	namespaces   *scope[*flow.Namespace]
	nodes        *scope[node] // clients, proxies and backends
	servers      map[*flow.Backend]*scope[*flow.Server]
	routes       *scope[*flow.Route]
	requests     *scope[*flow.Request]
	viewNames    *scope[*flow.ViewSpec]

	declared   map[string]bool // declaration words that the model uses, broken ones too
	partial    bool            // a file is missing: an unknown name may be declared there
	suspects   map[string]bool // names in declarations that were not understood
	lostServer bool            // a server was declared in a way that was not understood
	hurt       map[any]bool    // declarations that lost a statement: nothing is missing from them

	fronts map[*flow.Proxy]*flow.Proxy // who points to a proxy
	made   map[*flow.Request]bool      // the requests that are in the topology
	named  map[string][]*flow.Server   // servers by their names

	asked  []*requestBody
	bodies []func() // what is inside declarations, to be read when all names are known
	views  []func() // views, to be read when all requests are known
}

func newResolver(name string) *resolver {
	return &resolver{
		t:            &flow.Topology{Name: name},
		zones:        newScope[*flow.Zone]("zone"),
		cas:          newScope[*flow.CA]("ca"),
		certificates: newScope[*flow.Certificate]("certificate"),
		namespaces:   newScope[*flow.Namespace]("namespace"),
		nodes:        newScope[node]("client, proxy or backend"),
		servers:      map[*flow.Backend]*scope[*flow.Server]{},
		routes:       newScope[*flow.Route]("route"),
		requests:     newScope[*flow.Request]("request"),
		viewNames:    newScope[*flow.ViewSpec]("view"),
		declared:     map[string]bool{},
		suspects:     map[string]bool{},
		hurt:         map[any]bool{},
		fronts:       map[*flow.Proxy]*flow.Proxy{},
		made:         map[*flow.Request]bool{},
		named:        map[string][]*flow.Server{},
	}
}

// maxFindings is what a list of findings is cut to.
const maxFindings = 100

// list returns what was found, in order.
func (r *resolver) list() diag.List {
	if n := len(r.found) - maxFindings; n > 0 {
		last := *r.found[maxFindings]
		r.found = r.found[:maxFindings]
		r.report(codeTooMany, last.At, "%d more errors in names are not listed", n)
	}
	list := make(diag.List, 0, len(r.found))
	for _, d := range r.found {
		list = append(list, *d)
	}
	return list.Sort()
}

// report adds a finding and returns it, to be given a related place or help.
func (r *resolver) report(code diag.Code, at source.Span, format string, args ...any) *diag.Diagnostic {
	d := &diag.Diagnostic{
		Code: code, Severity: diag.Error, At: at, Broken: true,
		Message: fmt.Sprintf(format, args...),
	}
	r.found = append(r.found, d)
	return d
}

func declaredHere(at source.Span) []diag.Related { return related("declared here", at) }

func statedHere(at source.Span) []diag.Related { return related("stated here", at) }

// related is a second place, or none where it was supplied.
func related(message string, at source.Span) []diag.Related {
	if !at.Known() {
		return nil
	}
	return []diag.Related{{Message: message, At: at}}
}

// declareFile reads the declarations of a file: their names now, their bodies
// when every name is known.
func (r *resolver) declareFile(f *ast.File, imported bool) {
	for _, s := range f.Statements() {
		if s.Keyword == nil {
			continue
		}
		word := s.Keyword.Text
		d, ok := declarations[word]
		if !ok {
			r.suspect(s)
			continue
		}
		if imported && d.entryOnly {
			continue
		}
		r.declared[word] = true
		d.declare(r, r.line(s), imported)
	}
}

// suspect notes the name in a declaration that was not understood, so that
// those who use it are not told that there is none. Where it begins with no
// word of the language, that may be the name.
func (r *resolver) suspect(s *ast.Statement) {
	r.suspects[s.Keyword.Text] = true
	if l := r.line(s); l.peek() != nil {
		r.suspects[l.peek().Text] = true
	}
}

// importsMissing reports whether one of the files imports another that is not
// among them: it could not be read, which was already said.
func importsMissing(files []*ast.File) bool {
	have := map[string]bool{}
	for _, f := range files {
		have[path.Clean(f.Source.Path)] = true
	}
	for _, f := range files {
		for _, s := range f.Statements() {
			if s.Keyword == nil || s.Keyword.Text != "import" || len(s.Args) == 0 {
				continue
			}
			w, ok := s.Args[0].(*ast.Word)
			if !ok || !have[path.Join(path.Dir(f.Source.Path), w.Text)] {
				return true
			}
		}
	}
	return false
}

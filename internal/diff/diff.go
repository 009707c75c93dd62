// Package diff compares two topologies by what they mean: who asks for what, and what
// comes of it. Both are asked the same questions, so that a difference is one of the
// derivation. The order of declarations, labels and names of parties are no difference.
package diff

import (
	"cmp"
	"context"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Result is what differs between two topologies, the gravest first.
type Result struct {
	Old, New    *flow.Topology
	Differences []*Difference
	Asked       int      // how many questions both were asked, each by a kind of client
	Left        []string // what was not compared, a line each

	pairs *pairing
	old   map[any]bool // the declarations of Old; nil until it is asked for
}

// Difference is one difference, and all that it is the same of.
type Difference struct {
	Kind     Kind
	Was, Is  string // what was, and what is, in few words; "" for nothing
	Subjects []Subject
	Causes   []*Change // what is stated otherwise there
}

// Grade is how much it matters.
func (d *Difference) Grade() Grade { return d.Kind.Grade() }

// Subject is who asks for what, of whom a difference is true.
type Subject struct {
	Asks     string // "GET https://shop.example.test/"
	From     string // the client
	Where    string // a hop, "edge > shop", or a party; "" for none
	Old, New Course // on which it shows
}

// Course is a path and a client that goes it; neither where there is nothing.
type Course struct {
	Path   *flow.Path
	Client *flow.Client
}

// Change is a fact that is stated otherwise, or a declaration that is there in one of the
// topologies alone.
type Change struct {
	Of       string // the declaration: "route shop"
	Fact     string // "tls"; "" for the whole of it
	Was, Is  Place
	about    []any // the declarations that it is of, of both topologies
	topic    topic
	sends    bool // it decides what servers are sent
	versions bool // it is about versions of TLS
	shares   bool // it gives the same targets other shares of the requests
	idle     bool // no path shows it
	used     bool // it is the cause of a difference
}

// Place is where something is said, and the words; neither of what nothing states.
type Place struct {
	At   source.Span
	Text string
}

// NewName is what a declaration of the old topology is called in the new one; "" where it is not there.
func (r *Result) NewName(of any) string {
	if x := r.pairs.of[of].other; x != nil {
		return declOf(x).Name
	}
	return ""
}

// Worst is the gravest grade of the differences; 0 for none.
func (r *Result) Worst() Grade {
	worst := Grade(0)
	for _, d := range r.Differences {
		worst = max(worst, d.Grade())
	}
	return worst
}

// Count is how many differences have a grade.
func (r *Result) Count(g Grade) int {
	n := 0
	for _, d := range r.Differences {
		if d.Grade() == g {
			n++
		}
	}
	return n
}

// Side is one of the two models that are compared.
type Side struct {
	Topology *flow.Topology
	Found    diag.List   // by the rules of Rules
	Paths    *flow.Paths // of the topology; nil where they are not known yet
}

// Of compares two models. If the context ends, it returns nil.
func Of(ctx context.Context, old, is Side) *Result {
	c := newComparison(old.Topology, is.Topology)
	c.old, c.is = newSide(ctx, old), newSide(ctx, is)
	if c.old == nil || c.is == nil {
		return nil
	}
	all := questions(c.pairs, c.old, c.is)
	if !c.old.follow(ctx) || !c.is.follow(ctx) {
		return nil
	}
	for _, q := range all {
		c.strangers(q)
	}
	if !c.old.follow(ctx) || !c.is.follow(ctx) {
		return nil
	}
	c.findGuards(all)
	for _, q := range all {
		for _, x := range q.by {
			c.result.Asked++
			c.exchange(x)
		}
	}
	c.findings(old.Found, is.Found)
	c.unmodelled()
	for _, d := range c.result.Differences {
		for _, x := range d.Causes {
			x.used = true
		}
	}
	c.stated()
	if ctx.Err() != nil {
		return nil
	}
	return c.finish()
}

// comparison is the state of one comparison.
type comparison struct {
	result  Result
	pairs   *pairing
	old, is *side
	faces   *faces
	changes *changes
	groups  map[groupKey]*Difference
	hosts   map[string]bool   // and paths that routes of the old topology are for
	guarded map[string]*guard // by host: what the old topology asked of its clients
	noted   int               // how many differences of an exchange are noted
	worst   Grade             // and the gravest of them
	buf     []byte
	held    *[]saying // what would be said, while that is only looked at; nil otherwise

	merged    bool // the servers of an exchange are the same, in whichever backends
	certified bool // some end of either asks for a client certificate
}

// groupKey is what differences have in common that are said once.
type groupKey struct {
	kind    Kind
	was, is string
	cause   *Change
}

func newComparison(old, is *flow.Topology) *comparison {
	pairs := pairUp(old, is)
	return &comparison{
		result: Result{Old: old, New: is, pairs: pairs}, pairs: pairs, faces: newFaces(),
		changes: changesOf(pairs, old, is), groups: map[groupKey]*Difference{}, guarded: map[string]*guard{},
		certified: asksAny(old) || asksAny(is),
	}
}

// note adds a difference to those that are the same of others, and have a cause in common.
func (c *comparison) note(k Kind, was, is string, s Subject, causes []*Change) {
	key := groupKey{kind: k, was: was, is: is}
	if d := c.grouped(key, causes); d != nil {
		d.Causes = slices.DeleteFunc(slices.Clone(d.Causes), func(x *Change) bool { return !slices.Contains(causes, x) })
		if len(d.Subjects) > mostCompared || !slices.Contains(d.Subjects, s) {
			d.Subjects = append(d.Subjects, s)
		}
		return
	}
	d := &Difference{Kind: k, Was: was, Is: is, Subjects: []Subject{s}, Causes: causes}
	c.result.Differences = append(c.result.Differences, d)
	if len(causes) == 0 {
		c.groups[key] = d
	}
	for _, x := range causes {
		key.cause = x
		if c.groups[key] == nil {
			c.groups[key] = d
		}
	}
}

// grouped is the difference that is the same, and has a cause in common with others; nil for none.
func (c *comparison) grouped(key groupKey, causes []*Change) *Difference {
	if len(causes) == 0 {
		return c.groups[key]
	}
	for _, x := range causes {
		key.cause = x
		if d := c.groups[key]; d != nil && slices.Contains(d.Causes, x) {
			return d
		}
	}
	return nil
}

// mostCompared is among how many subjects a new one is looked for.
const mostCompared = 64

// finish puts the differences into order.
func (c *comparison) finish() *Result {
	slices.SortStableFunc(c.result.Differences, func(a, b *Difference) int {
		return cmp.Or(cmp.Compare(b.Grade(), a.Grade()), cmp.Compare(a.Kind, b.Kind))
	})
	return &c.result
}

package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// manyAnswers is over how many routes the answers to a question are counted, and
// mostDecisions is how many trees of proxies are drawn where there are many proxies.
const (
	manyAnswers   = 40
	mostDecisions = 3
)

// decisionFold is how a picture of many decisions is made shorter: answers are counted by
// where they lead, and proxies that ask the same questions are one tree.
type decisionFold struct {
	proxies bool // there are many
	trees   []*foldedTree
	tallies map[*Box]*answerCount
}

// foldedTree is the tree of one proxy, or of several that ask the same.
type foldedTree struct {
	*decision
	shape  string
	names  []string
	routes []*flow.Route
}

// answerCount counts the answers to a question by their kinds.
type answerCount struct {
	kinds []string
	n     map[string]int
	all   int
}

// newDecisionFold returns nil where nothing is folded.
func newDecisionFold(s *scope) *decisionFold {
	proxies, routes := 0, 0
	for _, p := range s.in.Topology.Proxies {
		if s.node(p.Name) && len(p.Listeners) > 0 {
			proxies++
			routes += len(s.routesOn(p))
		}
	}
	if s.in.Full || proxies <= manyProxies && routes <= manyAnswers {
		return nil
	}
	return &decisionFold{proxies: proxies > manyProxies, tallies: map[*Box]*answerCount{}}
}

// counts reports whether so many answers to a question are counted. Where proxies are to be
// compared, all are.
func (f *decisionFold) counts(answers int) bool {
	return f != nil && answers > 0 && (f.proxies || answers > manyHosts)
}

// count leaves one box of the answers to a question, which counts them by their kinds.
func (d *decision) count(q *Box, all []answer) {
	note := d.box(strings.TrimPrefix(q.ID, d.id+" ")+" folded", BoxNote, "", "")
	note.Many = true
	tally := &answerCount{n: map[string]int{}}
	boxes := map[*Box]bool{}
	var marks []Mark
	for _, a := range all {
		kind := d.kinds[a.then]
		if kind == "" {
			kind = a.then.Label
		}
		tally.add(kind, 1)
		if !boxes[a.then] {
			boxes[a.then] = true
			marks = append(marks, a.then.Marks...)
		}
	}
	note.Marks = foldMarks(marks)
	d.fold.tallies[note] = tally
	tally.write(note)
	d.edge(q, note, "one of them")
	d.forget(boxes)
}

func (c *answerCount) add(kind string, n int) {
	if c.n[kind] == 0 {
		c.kinds = append(c.kinds, kind)
	}
	c.n[kind] += n
	c.all += n
}

// write puts the counts into a box.
func (c *answerCount) write(b *Box) {
	b.Label = count(c.all, "answer")
	b.Rows = nil
	for _, kind := range c.kinds {
		b.Rows = append(b.Rows, &BoxRow{ID: kind, Text: fmt.Sprintf("%d %s", c.n[kind], kind)})
	}
}

// alike reports whether the tree of a proxy asks what another one asks, and joins it to
// that.
func (f *decisionFold) alike(d *decision) bool {
	if f == nil || !f.proxies {
		return false
	}
	shape := f.shape(d)
	i := slices.IndexFunc(f.trees, func(t *foldedTree) bool { return t.shape == shape })
	if i < 0 {
		f.trees = append(f.trees, &foldedTree{d, shape, []string{d.title}, d.served})
		return false
	}
	t := f.trees[i]
	t.names, t.routes = append(t.names, d.title), append(t.routes, d.served...)
	for i, b := range t.group.Boxes {
		f.join(b, d.group.Boxes[i])
	}
	return true
}

// join makes a box stand for another one, too.
func (f *decisionFold) join(b, other *Box) {
	b.Marks = foldMarks(append(b.Marks, other.Marks...))
	if b.Sub != other.Sub {
		b.Sub = ownCertificates
	}
	tally := f.tallies[b]
	if tally == nil {
		return
	}
	more := f.tallies[other]
	for _, kind := range more.kinds {
		tally.add(kind, more.n[kind])
	}
	tally.write(b)
}

const ownCertificates = "each with certificates of its own"

// shape is what proxies have in common that are one tree: their questions and how these
// lead to each other, but not how many answers there are, nor which certificates are shown.
func (f *decisionFold) shape(d *decision) string {
	var out strings.Builder
	place := map[string]int{}
	for i, b := range d.group.Boxes {
		place[b.ID] = i
		label, sub := b.Label, b.Sub
		switch {
		case i == 0, f.tallies[b] != nil:
			label = ""
		case b.Kind == BoxAction:
			sub = ""
		}
		fmt.Fprintf(&out, "%d %q %q", b.Kind, label, sub)
		for _, m := range b.Marks {
			fmt.Fprintf(&out, " %s", m.Code)
		}
		out.WriteString("\n")
	}
	for _, e := range d.chart.Edges {
		fmt.Fprintf(&out, "%d %d %q\n", place[e.From], place[e.To], e.Label)
	}
	return out.String()
}

// finish names the trees, leaves out those that are too many, and says what is folded. It
// returns the trees of several proxies in words.
func (f *decisionFold) finish(c *Flowchart) (said []string) {
	for _, t := range f.trees {
		if n := len(t.names); n > 1 {
			t.group.Label = count(n, "proxy") + ": " + firstOf(t.names)
			t.group.Boxes[0].Label = "which port?"
			t.group.Boxes[0].Sub = "each proxy for itself"
			said = append(said, fmt.Sprintf("%s ask the same and serve %s: %s.",
				t.group.Label, count(flow.CountRoutes(t.routes), "route"), series(modeCounts(t.routes))))
		}
	}
	c.Foot = append(c.Foot, f.foot(c))
	return said
}

// foot says what is folded.
func (f *decisionFold) foot(c *Flowchart) string {
	said := "folded: answers are counted by where they lead"
	if f.proxies {
		said += "; proxies that ask the same are one tree"
	}
	if more := len(c.Groups) - mostDecisions; more > 0 && f.proxies {
		said += "; " + count(f.leaveOut(c), "proxy") + " with other questions left out"
	}
	return said + "; --only shows some of them, --full all"
}

// firstOf names the first of several, and how many there are more.
func firstOf(names []string) string {
	const named = 3
	if len(names) <= named {
		return series(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:named], ", "), len(names)-named)
}

// leaveOut keeps the trees that something is wrong with, and then those of most proxies. It
// returns of how many proxies it leaves the trees out.
func (f *decisionFold) leaveOut(c *Flowchart) int {
	order := slices.Clone(f.trees)
	slices.SortStableFunc(order, func(a, b *foldedTree) int {
		if x, y := a.marked(), b.marked(); x != y {
			if x {
				return -1
			}
			return 1
		}
		return len(b.names) - len(a.names)
	})
	left := 0
	gone := map[*Group]bool{}
	from := map[string]bool{}
	for _, t := range order[mostDecisions:] {
		left += len(t.names)
		gone[t.group] = true
		for _, b := range t.group.Boxes {
			from[b.ID] = true
		}
	}
	c.Groups = slices.DeleteFunc(c.Groups, func(g *Group) bool { return gone[g] })
	c.Edges = slices.DeleteFunc(c.Edges, func(e *Edge) bool { return from[e.From] })
	return left
}

func (t *foldedTree) marked() bool {
	return slices.ContainsFunc(t.group.Boxes, func(b *Box) bool { return len(b.Marks) > 0 })
}

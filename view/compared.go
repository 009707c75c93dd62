package view

import (
	"fmt"
	"slices"
	"strings"
)

// Same says which of two models' parties are the same: what a name of the old model is called in the
// new one; "" for none.
type Same struct {
	Party  func(name string) string // a client, a proxy, a backend
	Route  func(name string) string
	Server func(backend, name string) string
	Zone   func(name string) string
	Text   func(text string) string // with the new names in place of the old ones
	// Facts are those of a party or a route of the new model that are the cause of a difference.
	Facts func(name string) []string
}

// What the marks of a comparison mean.
const (
	legend        = "compared: + added, − removed (dashed), ~ changed"
	coursesLegend = "compared: − removed, + added"
)

// Compared puts the topologies of two models into one picture: that of the new one, in which is
// marked what is added or changed, and to which is added what is removed.
func Compared(old, is *Flowchart, same Same) *Flowchart {
	c := &comparing{out: is, same: same, boxes: map[string]*Box{}, groups: map[string]*Group{}, was: map[string]*Box{}}
	for _, g := range is.Groups {
		c.groups[g.ID] = g
		for _, b := range g.Boxes {
			c.boxes[b.ID] = b
		}
	}
	for _, g := range old.Groups {
		for _, b := range g.Boxes {
			c.box(g, b)
		}
	}
	for _, g := range is.Groups {
		for _, b := range g.Boxes {
			if b.Kind == BoxClient || b.Kind == BoxProxy || b.Kind == BoxBackend {
				if _, known := c.was[b.ID]; !known {
					compareMark(&b.Marks, Added, "added")
					c.was[b.ID] = nil
				}
			}
		}
	}
	c.facts()
	c.edges(old.Edges)
	is.Ways, is.Above = nil, nil
	is.Foot = append([]string{legend}, is.Foot...)
	return is
}

// comparing is a picture of two models while it grows.
type comparing struct {
	out    *Flowchart
	same   Same
	boxes  map[string]*Box   // of the picture
	groups map[string]*Group // of it
	was    map[string]*Box   // by ids of the picture: the old box; nil for none
}

func compareMark(marks *[]Mark, c Change, text string) {
	if !slices.ContainsFunc(*marks, func(m Mark) bool { return m.Change == c && m.Message == text }) {
		*marks = append(*marks, Mark{Change: c, Message: text})
	}
}

// box compares an old box with the new one, or adds it as removed.
func (c *comparing) box(g *Group, b *Box) {
	is := c.boxes[c.same.Party(b.ID)]
	if is == nil {
		is = c.boxes[b.ID] // one that stands for several
		if is != nil && c.was[is.ID] != nil || is != nil && (b.Kind == BoxClient || b.Kind == BoxProxy || b.Kind == BoxBackend) && !b.Many {
			is = nil
		}
	}
	if is == nil {
		gone := *b
		if c.boxes[gone.ID] != nil {
			gone.ID = "removed " + gone.ID
		}
		gone.Marks = nil
		compareMark(&gone.Marks, Removed, "removed")
		c.boxes[gone.ID], c.was[gone.ID] = &gone, b
		into := c.group(g)
		into.Boxes = append(into.Boxes, &gone)
		return
	}
	c.was[is.ID] = b
	if sub := c.same.Text(b.Sub); is.Sub != sub {
		compareMark(&is.Marks, Changed, was(sub))
	}
	c.rows(b, is)
}

// was says what stood in the place of something.
func was(text string) string {
	if text == "" {
		return "was not stated"
	}
	return "was " + text
}

// group is the zone of an old box in the picture.
func (c *comparing) group(g *Group) *Group {
	id := g.ID
	if name, ok := strings.CutPrefix(g.ID, "zone "); ok {
		if to := c.same.Zone(name); to != "" {
			id = "zone " + to
		}
	}
	if known := c.groups[id]; known != nil {
		return known
	}
	out := &Group{ID: id, Label: g.Label, Trust: g.Trust}
	c.groups[id] = out
	c.out.Groups = append(c.out.Groups, out)
	return out
}

// row is what a row of an old box is called in the picture.
func (c *comparing) row(b *Box, id string) string {
	switch b.Kind {
	case BoxProxy:
		if to := c.same.Route(id); to != "" {
			return to
		}
	case BoxBackend:
		if to := c.same.Server(b.ID, id); to != "" {
			return to
		}
	default:
	}
	return id
}

// rows compares the rows of a box.
func (c *comparing) rows(b, is *Box) {
	known := map[string]bool{}
	for _, r := range b.Rows {
		id := c.row(b, r.ID)
		i := slices.IndexFunc(is.Rows, func(o *BoxRow) bool { return o.ID == id && !known[o.ID] })
		if i < 0 {
			gone := *r
			if slices.ContainsFunc(is.Rows, func(o *BoxRow) bool { return o.ID == gone.ID }) {
				gone.ID = "removed " + gone.ID
			}
			gone.Marks = nil
			compareMark(&gone.Marks, Removed, "removed")
			known[gone.ID] = true
			is.Rows = append(is.Rows, &gone)
			continue
		}
		known[id] = true
		if o, note := is.Rows[i], c.same.Text(r.Note); o.Note != note {
			compareMark(&o.Marks, Changed, was(note))
		}
	}
	for _, r := range is.Rows {
		if !known[r.ID] {
			compareMark(&r.Marks, Added, "added")
		}
	}
}

// wire tells the arrows of a picture apart, but for what they carry.
type wire struct{ from, fromRow, to, toRow, port string }

func wireOf(e *Edge) wire {
	port, _, _ := strings.Cut(e.Label, " ")
	return wire{e.From, e.FromRow, e.To, e.ToRow, port}
}

// facts marks the parties and routes whose facts differ where no word of theirs does.
func (c *comparing) facts() {
	mark := func(marks *[]Mark, name string, shown func(fact string) bool) {
		var said []string
		for _, f := range c.same.Facts(name) {
			if !shown(f) {
				said = add(said, f)
			}
		}
		if len(said) > 0 {
			compareMark(marks, Changed, series(said)+" changed")
		}
	}
	changed := func(marks []Mark) bool {
		return slices.ContainsFunc(marks, func(m Mark) bool { return m.Change != 0 })
	}
	for _, g := range c.out.Groups {
		for _, b := range g.Boxes {
			if c.was[b.ID] == nil || changed(b.Marks) {
				continue
			}
			mark(&b.Marks, b.ID, func(string) bool { return false })
			if b.Kind != BoxProxy {
				continue
			}
			for _, r := range b.Rows {
				if slices.ContainsFunc(r.Marks, func(m Mark) bool { return m.Change == Added || m.Change == Removed }) {
					continue
				}
				mark(&r.Marks, r.ID, func(fact string) bool { return fact == "to" || fact == "tls" && changed(r.Marks) })
			}
		}
	}
}

// edges compares the arrows.
func (c *comparing) edges(old []*Edge) {
	come := map[wire][]*Edge{}
	for _, e := range c.out.Edges {
		come[wireOf(e)] = append(come[wireOf(e)], e)
	}
	known := map[*Edge]bool{}
	at := map[string]string{} // the ids in the picture of old boxes
	for id, b := range c.was {
		if b != nil {
			at[b.ID] = id
		}
	}
	for _, e := range old {
		own := *e
		own.From, own.FromRow = c.end(at, e.From, e.FromRow)
		own.To, own.ToRow = c.end(at, e.To, e.ToRow)
		list := come[wireOf(&own)]
		i := slices.IndexFunc(list, func(o *Edge) bool { return !known[o] && o.Label == e.Label && o.Line == e.Line })
		if i < 0 {
			i = slices.IndexFunc(list, func(o *Edge) bool { return !known[o] })
		}
		if i < 0 {
			own.ID, own.Marks = "removed "+e.ID, nil
			compareMark(&own.Marks, Removed, "removed")
			known[&own] = true
			c.out.Edges = append(c.out.Edges, &own)
			continue
		}
		known[list[i]] = true
		if list[i].Label != e.Label || list[i].Line != e.Line {
			compareMark(&list[i].Marks, Changed, was(e.Label))
		}
	}
	for _, e := range c.out.Edges {
		if !known[e] {
			compareMark(&e.Marks, Added, "added")
		}
	}
}

// end is the place in the picture of what an old arrow ends at.
func (c *comparing) end(at map[string]string, box, row string) (toBox, toRow string) {
	id, known := at[box]
	if !known {
		return box, row
	}
	toRow = c.row(c.was[id], row)
	if is := c.boxes[id]; row != "" && !slices.ContainsFunc(is.Rows, func(r *BoxRow) bool { return r.ID == toRow }) {
		toRow = row
		if !slices.ContainsFunc(is.Rows, func(r *BoxRow) bool { return r.ID == toRow }) {
			toRow = "removed " + row
		}
	}
	return id, toRow
}

// ComparedCourses puts the courses of a request in two models beside each other, and marks what is
// in one of them alone. Either may be nil. from and to are the names of the models.
func ComparedCourses(old, is *Sequence, from, to string) *Sequence {
	out := &Sequence{}
	switch {
	case is != nil:
		out.Head = is.Head
	case old != nil:
		out.Head = old.Head
	}
	said := func(s *Sequence) map[string]int {
		n := map[string]int{}
		if s != nil {
			for _, r := range s.Panels[0].Rows {
				n[saidOf(r)]++
			}
		}
		return n
	}
	add := func(s *Sequence, title string, other map[string]int, c Change, text string) {
		if s == nil {
			return
		}
		p := s.Panels[0]
		p.Title = title
		for _, r := range p.Rows {
			if k := saidOf(r); other[k] > 0 {
				other[k]--
			} else {
				markRow(r, c, text)
			}
		}
		out.Panels = append(out.Panels, p)
	}
	was, now := said(old), said(is)
	add(old, "was: "+from, now, Removed, "removed")
	add(is, "is: "+to, was, Added, "added")
	out.Foot = append([]string{coursesLegend}, out.Foot...)
	return out
}

// Differs reports whether anything is marked in a picture of two models.
func (f *Flowchart) Differs() bool {
	compared := func(marks []Mark) bool {
		return slices.ContainsFunc(marks, func(m Mark) bool { return m.Change != 0 })
	}
	return slices.ContainsFunc(f.Edges, func(e *Edge) bool { return compared(e.Marks) }) ||
		slices.ContainsFunc(f.Groups, func(g *Group) bool {
			return slices.ContainsFunc(g.Boxes, func(b *Box) bool {
				return compared(b.Marks) || slices.ContainsFunc(b.Rows, func(r *BoxRow) bool { return compared(r.Marks) })
			})
		})
}

// saidOf is what a row says, names of parties aside.
func saidOf(r Row) string {
	switch r := r.(type) {
	case *MessageRow:
		return fmt.Sprint(r.From, r.To, r.Line, r.Text, r.Session)
	case *ActionRow:
		return fmt.Sprint(r.At, r.Text)
	case *SpanRow:
		return r.Text
	case *GapRow:
		return r.Text
	}
	panic("view: unknown row")
}

func markRow(r Row, c Change, text string) {
	switch r := r.(type) {
	case *MessageRow:
		compareMark(&r.Marks, c, text)
	case *ActionRow:
		compareMark(&r.Marks, c, text)
	case *SpanRow:
		compareMark(&r.Marks, c, text)
	case *GapRow:
	default:
		panic("view: unknown row")
	}
}

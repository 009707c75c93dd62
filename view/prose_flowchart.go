package view

import (
	"fmt"
	"strings"
)

// boxKinds are the words before a box's name.
var boxKinds = map[BoxKind]string{
	BoxClient:  "client",
	BoxProxy:   "proxy",
	BoxBackend: "backend",
	BoxServer:  "server",
	BoxNote:    "group",
}

// spokenChart says a flowchart: its boxes by group, then what leads to what.
type spokenChart struct {
	*Flowchart
	boxes []*Box
	where []*Group // of each box
	byID  map[string]*Box
	names called
}

func describeFlowchart(f *Flowchart) []*Part {
	c := &spokenChart{Flowchart: f, byID: map[string]*Box{}}
	for _, g := range f.Groups {
		c.collect(g)
	}
	c.names = name(len(c.boxes), func(i int) (id, kind, label string) {
		b := c.boxes[i]
		if b.Many {
			return b.ID, "one of", b.Label
		}
		return b.ID, boxKinds[b.Kind], b.Label
	})
	var out []*Part
	if f.Above != nil {
		out = describeTable(f.Above)
	}
	if c.asks() {
		return append(out, c.questions()...)
	}
	return append(append(out, c.structure()), c.ways()...)
}

func (c *spokenChart) collect(g *Group) {
	for _, b := range g.Boxes {
		c.boxes, c.where = append(c.boxes, b), append(c.where, g)
		c.byID[b.ID] = b
	}
	for _, inner := range g.Groups {
		c.collect(inner)
	}
}

// structure says what stands where, and the arrows that are part of no way.
func (c *spokenChart) structure() *Part {
	p := &Part{}
	for i, b := range c.boxes {
		if b.Many {
			p.fact("%s there are, in one box: %s", place(c.where[i]), b.Label)
		} else {
			p.fact("%s there is %s", place(c.where[i]), aside(c.names.of(b.ID), b.Sub))
		}
		p.Facts = append(p.Facts, markWords(c.names.of(b.ID), b.Marks)...)
		for _, r := range b.Rows {
			p.fact("%s has: %s", c.names.of(b.ID), aside(r.words(), r.Note))
			p.Facts = append(p.Facts, markWords(c.names.of(b.ID)+", "+r.words(), r.Marks)...)
		}
	}
	along := map[*Edge]bool{}
	for _, w := range c.Ways {
		for _, h := range w.Hops {
			along[h.Edge] = true
		}
	}
	for _, e := range c.Edges {
		if !along[e] {
			p.fact("From %s to %s: %s", c.end(e.From, e.FromRow), c.end(e.To, e.ToRow), edgeWords(e))
			p.Facts = append(p.Facts, c.edgeMarks(e)...)
		}
	}
	return p
}

// place says where a box stands; "" where nothing does.
func place(g *Group) string {
	words := add(nil, quoted(g.Label))
	if g.Untrusted() {
		words = append(words, "untrusted")
	}
	if len(words) == 0 {
		return ""
	}
	return "In " + strings.Join(words, ", ") + ","
}

func (r *BoxRow) words() string { return strings.TrimSpace(r.Noun + " " + portWords(r.Text)) }

// portWords is a text that may begin with a port, for those who listen.
func portWords(s string) string {
	if rest, ok := strings.CutPrefix(s, ":"); ok {
		return "port " + rest
	}
	return s
}

// aside is a text and what stands smaller beside it. Labels have brackets of
// their own: "Shop 4.1 (blue)".
func aside(s, small string) string {
	if small == "" {
		return s
	}
	return s + "; " + small
}

// end is where an arrow begins or ends: a box, or a row of it.
func (c *spokenChart) end(box, row string) string {
	if text := c.row(box, row); text != "" {
		return c.names.of(box) + ", " + text
	}
	return c.names.of(box)
}

// row is a row of a box in words; "" for none.
func (c *spokenChart) row(box, row string) string {
	if b := c.byID[box]; b != nil && row != "" {
		for _, r := range b.Rows {
			if r.ID == row {
				return r.words()
			}
		}
	}
	return ""
}

func edgeWords(e *Edge) string {
	switch e.Line {
	case LineControl:
		return strings.TrimSuffix("control, not traffic, "+e.Label, ", ")
	case LineTLS:
		if e.Broken {
			return "TLS that is not established, " + e.Label
		}
		return "encrypted, " + e.Label
	case LinePlain:
		if e.Label == plaintextWord {
			return e.Label
		}
		return "plaintext, " + e.Label
	case LineFlow:
	}
	return e.Label
}

func (c *spokenChart) edgeMarks(e *Edge) []string {
	return markWords(c.end(e.From, e.FromRow)+" to "+c.end(e.To, e.ToRow), e.Marks)
}

// ways are a part each: the sessions, then the hops in order.
func (c *spokenChart) ways() []*Part {
	var out []*Part
	for i, w := range c.Ways {
		stops := []string{c.names.of(w.Hops[0].Edge.From)}
		for _, h := range w.Hops {
			stops = append(stops, c.names.of(h.Edge.To))
		}
		p := &Part{Title: fmt.Sprintf("Way %d: %s", i+1, strings.Join(stops, " to "))}
		for _, k := range w.Keys {
			c.keys(p, k)
		}
		if len(w.Keys) == 0 {
			p.fact("Nothing is encrypted: there is no TLS session")
		}
		for n, h := range w.Hops {
			c.hop(p, n+1, h)
		}
		out = append(out, p)
	}
	return out
}

func (c *spokenChart) keys(p *Part, k Keys) {
	from, to := c.names.of(k.Ends[0]), c.names.of(k.Ends[1])
	p.session(k.Session, from, to, k.Title, k.Up)
	for _, relay := range c.names.each(k.Relays) {
		p.fact("%s relays %s and cannot read it", relay, k.Session)
	}
}

func (c *spokenChart) hop(p *Part, n int, h Hop) {
	e := h.Edge
	words := h.Wire
	if e.Share != "" {
		words += ", " + e.Share
	}
	if row := c.row(e.To, e.ToRow); row != "" {
		words += "; there: " + row
	}
	p.step("Hop %d, %s to %s, %s", n, c.names.of(e.From), c.names.of(e.To), words)
	p.Steps = append(p.Steps, c.edgeMarks(e)...)
}

package view

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// clearWires numbers the connections on which HTTP is in plaintext, those that a
// relay joins to one path as one.
type clearWires struct {
	links   *links
	numbers map[*flow.Connection]int // of the first of each path
	conns   []*flow.Connection       // by number less one
}

func newClearWires(l *flow.Lifecycle, k *links) *clearWires {
	w := &clearWires{links: k, numbers: map[*flow.Connection]int{}}
	for _, s := range l.Steps {
		if s.Kind() != flow.Message || s.Layer() != flow.LayerHTTP || s.Protected || w.number(s.Connection) > 0 {
			continue
		}
		root := k.root(s.Connection)
		w.conns = append(w.conns, root)
		w.numbers[root] = len(w.conns)
	}
	return w
}

// clearLabel is what a connection with plaintext is called: "plaintext :8080".
func clearLabel(c *flow.Connection) string { return strings.TrimSpace("plaintext " + port(c.Port)) }

// number is that of a connection; 0 where its HTTP is protected, or there is none.
func (w *clearWires) number(c *flow.Connection) int { return w.numbers[w.links.root(c)] }

// bands are the connections, each from its first row of HTTP on.
func (w *clearWires) bands(rows []Row) []*Band {
	of := make([]*Band, len(w.conns))
	var out []*Band
	grow := func(i, number, from, to int) {
		if number == 0 {
			return
		}
		b := of[number-1]
		if b == nil {
			c := w.conns[number-1]
			b = &Band{Plain: number, Label: clearLabel(c), From: min(from, to), To: max(from, to), First: i, Open: c.Pooled}
			of[number-1] = b
			out = append(out, b)
		}
		b.From, b.To, b.Last = min(b.From, from, to), max(b.To, from, to), i
	}
	for i, r := range rows {
		switch r := r.(type) {
		case *MessageRow:
			grow(i, r.Plain, r.From, r.To)
		case *SpanRow:
			grow(i, r.Plain, r.From, r.To)
		}
	}
	return out
}

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
	ports   []int                    // by number less one
	open    []bool
}

func newClearWires(l *flow.Lifecycle, k *links) *clearWires {
	w := &clearWires{links: k, numbers: map[*flow.Connection]int{}}
	for _, s := range l.Steps {
		if s.Kind() != flow.Message || s.Layer() != flow.LayerHTTP || s.Protected || w.number(s.Connection) > 0 {
			continue
		}
		root := k.root(s.Connection)
		w.ports, w.open = append(w.ports, root.Port), append(w.open, root.Pooled)
		w.numbers[root] = len(w.ports)
	}
	return w
}

// number is that of a connection; 0 where its HTTP is protected, or there is none.
func (w *clearWires) number(c *flow.Connection) int { return w.numbers[w.links.root(c)] }

// bands are the connections, each from its first row of HTTP on.
func (w *clearWires) bands(rows []Row) []*Band {
	of := make([]*Band, len(w.ports))
	var out []*Band
	grow := func(i, number, from, to int) {
		if number == 0 {
			return
		}
		b := of[number-1]
		if b == nil {
			b = &Band{
				Plain: number, Label: strings.TrimSpace("plaintext " + port(w.ports[number-1])),
				From: min(from, to), To: max(from, to), First: i, Open: w.open[number-1],
			}
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

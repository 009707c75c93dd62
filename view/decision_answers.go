package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// answer is one answer to a question, and where it leads.
type answer struct {
	text string
	then *Box
	host string // the one host of which it is true; "" where it is true of others
}

// oneHost is the host of a route; "" where it is for several.
func oneHost(r *flow.Route, p *flow.Proxy) string {
	if host := r.HostOn(p); !strings.Contains(host, "*") {
		return host
	}
	return ""
}

// answers draws the answers of a question in the order in which they are tried: an arrow
// each, or a list of those that lead to one place; over ten as a table.
func (d *decision) answers(q *Box, all []answer) {
	if d.fold.counts(len(all)) {
		d.count(q, all)
		return
	}
	if len(all) > manyHosts {
		d.tabulate(q, all)
		return
	}
	for _, run := range runs(all, d.at.Proxy.Order.V == flow.AsWritten) {
		b := run[0].then
		var texts []string
		for _, a := range run {
			texts = add(texts, a.text)
		}
		if len(texts) <= manyAlike {
			for _, t := range texts {
				b = d.edge(q, b, t)
			}
			continue
		}
		note := d.again(b.ID+" for", &Box{Label: count(len(texts), "host"), Kind: BoxNote})
		for i, t := range texts {
			note.Rows = append(note.Rows, &BoxRow{ID: fmt.Sprint(i + 1), Text: t})
		}
		d.edge(q, note, "one of "+fmt.Sprint(len(texts)))
		d.edge(note, b, "")
	}
}

// runs are the answers that lead to one place, in the order of the first of them. An answer is
// drawn before others only where none of these is true when it is: both name one host, and not the
// same. Where the order is written, it stays.
func runs(all []answer, written bool) [][]answer {
	var out [][]answer
	for _, a := range all {
		i := len(out) - 1
		for ; i >= 0 && out[i][0].then != a.then; i-- {
			if written || slices.ContainsFunc(out[i], func(o answer) bool { return a.host == "" || o.host == "" || a.host == o.host }) {
				i = -1
				break
			}
		}
		if i < 0 {
			i = len(out)
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

// tabulate moves the answers into the table and leaves one arrow to it.
func (d *decision) tabulate(q *Box, all []answer) {
	table := &Section{Title: d.title + " " + words.Port(d.at) + ": " + q.Label}
	d.table = append(d.table, table)
	boxes := map[*Box]bool{}
	for _, a := range all {
		then := a.then.Label
		if a.then.Sub != "" {
			then += ", " + a.then.Sub
		}
		table.Rows = append(table.Rows, &TableRow{Cells: cells(a.text, then), Marks: a.then.Marks})
		boxes[a.then] = true
	}
	note := d.box(strings.TrimPrefix(q.ID, d.id+" ")+" folded", BoxNote, count(len(all), "answer"), "see the table")
	d.edge(q, note, "one of "+fmt.Sprint(len(all)))
	d.forget(boxes)
}

// forget takes boxes off the tree to which no arrow leads.
func (d *decision) forget(boxes map[*Box]bool) {
	kept := d.group.Boxes[:0]
	for _, b := range d.group.Boxes {
		if boxes[b] && !d.drawn(b) {
			delete(d.boxes, b.ID)
			continue
		}
		kept = append(kept, b)
	}
	d.group.Boxes = kept
}

// drawn reports whether an arrow leads to the box.
func (d *decision) drawn(b *Box) bool {
	for _, e := range d.chart.Edges {
		if e.To == b.ID {
			return true
		}
	}
	return false
}

// hostPath is what a readable request must have: "shop.apps.example.test/cart".
func hostPath(r *flow.Route, p *flow.Proxy) string {
	host := r.HostOn(p)
	if host == "" {
		host = "any host"
	}
	out := []string{host + r.Path.V}
	if host == "any host" && r.Path.V == "" && len(hostConditions(r)) > 0 {
		out = nil
	}
	for i := range r.Matches {
		out = append(out, words.Match(&r.Matches[i]))
	}
	return strings.Join(out, ", ")
}

// sniWords is the SNI that a route takes.
func sniWords(r *flow.Route, p *flow.Proxy) string {
	switch r.SNI.V {
	case flow.SNINone:
		return "none"
	case flow.SNIAny:
		return "anything else"
	case flow.SNIHost:
	}
	if host := r.HostOn(p); host != "" {
		return host
	}
	if len(hostConditions(r)) > 0 {
		return "" // they say it
	}
	return "any"
}

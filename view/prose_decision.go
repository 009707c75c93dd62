package view

import (
	"fmt"
	"strings"
)

// asks reports whether the chart is questions and answers, nothing on a wire.
func (c *spokenChart) asks() bool {
	for _, e := range c.Edges {
		if e.Line != LineFlow {
			return false
		}
	}
	return len(c.Edges) > 0
}

// questions says a tree of questions. Boxes that lead on are numbered, and each
// answer says the number to go to or how it ends. A group is a part.
func (c *spokenChart) questions() []*Part {
	next := map[string][]*Edge{}
	for _, e := range c.Edges {
		next[e.From] = append(next[e.From], e)
	}
	numbers := map[string]string{}
	for _, b := range c.boxes {
		if len(next[b.ID]) > 0 {
			word := "step"
			if b.Kind == BoxQuestion {
				word = "question"
			}
			numbers[b.ID] = fmt.Sprintf("%s %d", word, len(numbers)+1)
		}
	}
	var out []*Part
	parts := map[*Group]*Part{}
	for i, b := range c.boxes {
		p := parts[c.where[i]]
		if p == nil {
			p = &Part{Title: c.where[i].Label}
			parts[c.where[i]] = p
			out = append(out, p)
		}
		if numbers[b.ID] == "" {
			continue
		}
		p.step("%s: %s", numbers[b.ID], boxWords(b))
		p.Steps = append(p.Steps, markWords(numbers[b.ID], b.Marks)...)
		for _, e := range next[b.ID] {
			c.answer(p, e, numbers)
		}
	}
	return out
}

// answer says where an answer leads.
func (c *spokenChart) answer(p *Part, e *Edge, numbers map[string]string) {
	lead := "then"
	if e.Label != "" {
		lead = "if " + portWords(e.Label)
	}
	to := c.byID[e.To]
	switch {
	case to == nil:
		p.step("%s: %s", lead, e.To)
	case numbers[e.To] != "":
		p.step("%s: go to %s", lead, numbers[e.To])
	case to.Kind == BoxFault:
		p.step("%s: it fails, %s", lead, boxWords(to))
		p.Steps = append(p.Steps, markWords(boxWords(to), to.Marks)...)
	default:
		p.step("%s: it ends, %s", lead, boxWords(to))
		p.Steps = append(p.Steps, markWords(boxWords(to), to.Marks)...)
	}
	p.Steps = append(p.Steps, markWords(lead, e.Marks)...)
}

// boxWords are a box and its rows in one sentence.
func boxWords(b *Box) string {
	words := aside(b.Label, b.Sub)
	var rows []string
	for _, r := range b.Rows {
		rows = append(rows, strings.TrimSuffix(r.Text+", "+r.Note, ", "))
	}
	if len(rows) > 0 {
		words += ": " + strings.Join(rows, "; ")
	}
	return words
}

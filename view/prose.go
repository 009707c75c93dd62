package view

import (
	"fmt"
	"strings"
)

// Prose is a picture as plain sentences, for those who cannot see it.
type Prose struct {
	Title string
	Parts []*Part
	Foot  []string
}

// Part is one part of a picture: a panel, a way through a topology, a section of a table. Facts
// are always true; Steps follow one another.
type Part struct {
	Title string
	Facts []string
	Steps []string
}

// Describe puts a picture into words. It reads only the picture, so the words have its rows, its
// folds and its marks.
func Describe(pic Picture) *Prose {
	p := &Prose{Title: pic.Header().Title}
	for _, f := range pic.Header().Foot {
		p.Foot = append(p.Foot, sentence(f))
	}
	switch pic := pic.(type) {
	case *Sequence:
		for _, panel := range pic.Panels {
			p.Parts = append(p.Parts, describePanel(panel))
		}
	case *Flowchart:
		p.Parts = describeFlowchart(pic)
	case *Table:
		p.Parts = describeTable(pic)
	default:
		panic(fmt.Sprintf("view: unknown picture %T", pic))
	}
	return p
}

// Line is all sentences of the picture in one line.
func (p *Prose) Line() string {
	var out []string
	title := func(s string) {
		if s != "" {
			out = append(out, sentence(s))
		}
	}
	title(p.Title)
	for _, part := range p.Parts {
		title(part.Title)
		out = append(append(out, part.Facts...), part.Steps...)
	}
	return strings.Join(append(out, p.Foot...), " ")
}

func (p *Part) fact(format string, args ...any) {
	p.Facts = append(p.Facts, sentence(fmt.Sprintf(format, args...)))
}

func (p *Part) step(format string, args ...any) {
	p.Steps = append(p.Steps, sentence(fmt.Sprintf(format, args...)))
}

// session says where a session starts and ends, and who holds its keys. One
// that fails has no end that anybody can rely on.
func (p *Part) session(id, from, to, what string, up bool) {
	if !up {
		p.fact("%s starts at %s and fails towards %s: %s", id, from, to, what)
		return
	}
	p.fact("%s starts at %s and ends at %s: %s", id, from, to, what)
	p.fact("Only %s and %s hold the keys of %s", from, to, id)
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	s = stop(s)
	if s[0] >= 'a' && s[0] <= 'z' {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// stop is one line that ends with a full stop.
func stop(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// gradeWords begin the sentence of a mark.
var gradeWords = map[Grade]string{GradeError: "error", GradeWarning: "warning", GradeExpected: "expected", GradeAdded: "added", GradeRemoved: "removed", GradeChanged: "changed"}

// markWords are the marks of a place, each in a sentence.
func markWords(where string, marks []Mark) []string {
	var out []string
	for _, m := range marks {
		said := strings.TrimPrefix(strings.TrimSpace(m.Code+" "+m.Message), asExpected)
		out = append(out, sentence(fmt.Sprintf("%s at %s: %s", gradeWords[m.Grade()], where, said)))
	}
	return out
}

// called are the names of things that are shown, by their ids. Each name begins
// with its kind, and two that are called the same get their ids.
type called map[string]string

// name gives each of n things its name.
func name(n int, thing func(i int) (id, kind, label string)) called {
	used := map[string]int{}
	names := make([]string, n)
	for i := range n {
		_, kind, label := thing(i)
		names[i] = strings.TrimSpace(kind + " " + quoted(label))
		used[names[i]]++
	}
	out := called{}
	for i := range n {
		id, _, _ := thing(i)
		if out[id] = names[i]; used[names[i]] > 1 {
			out[id] += " (" + id + ")"
		}
	}
	return out
}

// quoted is a label, in quotes where a sentence would not show its end: "App,
// HTTP port".
func quoted(label string) string {
	if strings.ContainsAny(label, ",;:") || strings.Contains(label, " to ") || strings.Contains(label, " and ") {
		return `"` + strings.ReplaceAll(label, `"`, "'") + `"`
	}
	return label
}

// of is the name of a thing; its id where it is not shown.
func (c called) of(id string) string {
	if s, ok := c[id]; ok {
		return s
	}
	return id
}

func (c called) each(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = c.of(id)
	}
	return out
}

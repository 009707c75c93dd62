package view

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// listed is up to how many stretches of steps are named one by one.
const listed = 12

// narrowed names the flags that leave parties out.
func (p *panel) narrowed() string {
	if len(p.in.Around) == 0 {
		return "--only"
	}
	if len(p.in.Only) == 0 {
		return "--around"
	}
	return "--only, --around"
}

// unseen says which steps lie between those of the rows, whose numbers count them,
// too.
func (p *panel) unseen(rows []Row) []string {
	var inside, http, others []*flow.Step
	shown := 0 // up to this step
	for _, s := range p.l.Steps {
		for len(rows) > 0 && shown < s.N {
			first, last := rows[0].Numbers()
			if first > s.N {
				break
			}
			shown, rows = max(shown, last), rows[1:]
		}
		switch {
		case s.N <= shown:
		case s.Kind() == flow.Action && p.keep(s.At):
			inside = append(inside, s)
		case s.Kind() == flow.Message && p.keep(s.From) && p.keep(s.To):
			http = append(http, s)
		default:
			others = append(others, s)
		}
	}
	var out []string
	if len(inside) > 0 {
		out = append(out, "not shown: "+stretches(inside)+" inside a party (--show actions)")
	}
	if len(http) > 0 {
		out = append(out, "not shown: "+stretches(http)+" of HTTP (--show http)")
	}
	if len(others) > 0 {
		out = append(out, "not shown: "+stretches(others)+" of other parties ("+p.narrowed()+")")
	}
	return out
}

// stretches names steps by their numbers, or counts them where they are many.
func stretches(ss []*flow.Step) string {
	var parts []string
	for i := 0; i < len(ss); {
		j := i
		for j+1 < len(ss) && ss[j+1].N == ss[j].N+1 {
			j++
		}
		parts = append(parts, steps(ss[i].N, ss[j].N))
		i = j + 1
	}
	switch {
	case len(parts) > listed:
		return fmt.Sprintf("%d steps", len(ss))
	case len(ss) == 1:
		return "step " + parts[0]
	}
	return "steps " + strings.Join(parts, ", ")
}

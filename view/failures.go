package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var failuresView = &View{
	Name:  "failures",
	Doc:   "each way in which a route can fail: what the client sees, after how long, whether a backend was asked",
	Per:   PerModel,
	Draws: &Table{},
	Project: func(in *Input) (Picture, string) {
		shapes := newScope(in).shapes()
		t := failuresTable(in, shapes)
		if t.rows() == 0 {
			return nil, "no route that a client can reach"
		}
		return t, ""
	},
}

func failuresTable(in *Input, shapes []*shape) *Table {
	t := &Table{Columns: columns("What is wrong", "The client sees", "After", "Attempts", "Backend contacted")}
	t.Columns[3].Right = true
	t.Title = heading(in.Topology, "failures")
	lists := [][]flow.Assumption{in.Topology.Assumed}
	var words []string
	for _, x := range shapes {
		s := &Section{Title: x.title()}
		for f := range flow.Failures(in.Topology, x.routes[0]) {
			s.Rows = append(s.Rows, failureRow(x.routes[0], f))
			lists = append(lists, f.Lifecycle.Assumed)
			words = append(words, fmt.Sprintf("%s, %s: the client sees %s.", strings.Join(x.modes, ", "), f.What, sees(f.Lifecycle)))
		}
		if len(s.Rows) > 0 {
			t.Sections = append(t.Sections, s)
		}
	}
	t.Foot = assumed(lists...)
	t.Desc = strings.Join(words, " ")
	return t
}

func failureRow(r *flow.Route, f flow.Failure) *TableRow {
	l := f.Lifecycle
	seen := Cell{Text: sees(l)} // as it is to be, where that happens
	if f.Past {
		seen = Cell{Text: seen.Text + ", without the required client certificate", Tone: ToneBad}
	}
	reached := "no"
	if l.Outcome.Reached {
		reached = "yes"
	}
	return &TableRow{Cells: []Cell{
		{Text: f.What}, seen, {Text: after(l)}, {Text: fmt.Sprint(attempts(r, l))}, {Text: reached}}}
}

// attempts are those that a proxy which serves the route makes to reach what the
// route leads to, at most: a proxy before it may have its own.
func attempts(r *flow.Route, l *flow.Lifecycle) int {
	most := 0
	for _, c := range l.Connections {
		if p := c.From.Proxy; p != nil && c.To.Proxy != p && slices.ContainsFunc(r.Proxies, func(o *flow.Proxy) bool { return o.Name == p.Name }) {
			most = max(most, c.Attempt)
		}
	}
	return most
}

// sees is what reaches the client: "503, inside TLS", "close, no alert".
func sees(l *flow.Lifecycle) string {
	text := words.Outcome(l.Outcome)
	alerted := slices.ContainsFunc(l.Outcome.Endings, func(e flow.Ending) bool { _, ok := e.(flow.Alerted); return ok })
	switch {
	case l.Outcome.Only(flow.Closed{}):
		return "the connection closes: no alert, no status"
	case l.Outcome.Only(flow.TimedOut{}):
		return "nothing until it gives up"
	case alerted:
		if len(l.Participants) > 0 && l.Outcome.From == l.Participants[0] {
			return "its own " + text
		}
		return text
	case len(l.Sessions) > 0 && l.Sessions[0].Up:
		return text + ", inside TLS"
	}
	return text
}

// after is how long a course takes beyond what the network needs.
func after(l *flow.Lifecycle) string {
	if l.Outcome.Only(flow.TimedOut{}) {
		return "never"
	}
	var ms int64
	for _, s := range l.Steps {
		ms += s.Wait
	}
	if ms == 0 {
		return "at once"
	}
	return millis(ms)
}

package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var modesView = &View{
	Name:  "modes",
	Doc:   "one route (--route) in all four modes: its own, and what if",
	Per:   PerModel,
	Draws: &Table{},
	Project: func(in *Input) (Picture, string) {
		r := modesRoute(in)
		if r == nil {
			return nil, "no route that a client can reach"
		}
		t := modesTable(in, r)
		if t == nil {
			return nil, "no client can reach route " + r.Name
		}
		return t, ""
	},
}

// modesRoute is the route to compare: the one asked for, else the first that
// leads to a backend.
func modesRoute(in *Input) *flow.Route {
	for _, r := range newScope(in).routes {
		for _, t := range r.Targets {
			if t.Backend != nil && (in.Route != nil || in.meant(r) != nil) {
				return r
			}
		}
	}
	return nil
}

// modeFact is one row: a question, and its answer in a mode.
type modeFact struct {
	question string
	answer   func(m flow.Mode, l *flow.Lifecycle) string
	clear    func(l *flow.Lifecycle) bool // the answer is about a wire in plaintext; nil for never
}

func (f *modeFact) cell(m flow.Mode, l *flow.Lifecycle) Cell {
	c := Cell{Text: f.answer(m, l)}
	if f.clear != nil && f.clear(l) {
		c.Tone = ToneClear
	}
	return c
}

var modeFacts = []modeFact{
	{"The client's TLS ends", clientTLSEnds, nil},
	{"Certificate that the client sees", func(_ flow.Mode, l *flow.Lifecycle) string {
		switch {
		case len(l.Sessions) == 0:
			return "none"
		case l.Sessions[0].Certificate == nil:
			return l.Sessions[0].Ends[1].Label + "'s own"
		}
		return l.Sessions[0].Certificate.Title()
	}, nil},
	{"Routed on", func(m flow.Mode, _ *flow.Lifecycle) string {
		if m == flow.ModePassthrough {
			return "SNI alone"
		}
		return "host, path, headers"
	}, nil},
	{"HTTP is read by", func(_ flow.Mode, l *flow.Lifecycle) string { return strings.Join(readers(l), ", ") },
		func(l *flow.Lifecycle) bool { return slices.ContainsFunc(hopsOf(l), (*hop).clear) }},
	{"Wire to the server", wireToServer, serverInClear},
	{"TLS handshakes", func(_ flow.Mode, l *flow.Lifecycle) string { return fmt.Sprint(len(l.Sessions)) }, nil},
	{"Round trips to the first byte", roundTrips, nil},
	{"A client certificate can be checked by", func(_ flow.Mode, l *flow.Lifecycle) string {
		if len(l.Sessions) == 0 {
			return "none: no TLS"
		}
		return l.Sessions[0].Ends[1].Label
	}, nil},
	{"Cookie affinity, rewrite", func(m flow.Mode, _ *flow.Lifecycle) string {
		if m == flow.ModePassthrough {
			return "no: HTTP cannot be read"
		}
		return "yes"
	}, nil},
	{"HSTS", func(m flow.Mode, _ *flow.Lifecycle) string {
		switch m {
		case flow.ModeNone:
			return "no: ignored over plaintext"
		case flow.ModePassthrough:
			return "only from the server"
		case flow.ModeEdge, flow.ModeReencrypt:
		}
		return "yes"
	}, nil},
	{"A dead backend looks like", deadBackend, nil},
	{"Use when", func(m flow.Mode, _ *flow.Lifecycle) string { return useWhen[m] }, nil},
}

var useWhen = map[flow.Mode]string{
	flow.ModeNone:        "nothing on the path is secret",
	flow.ModeEdge:        "the network behind the proxy is trusted",
	flow.ModeReencrypt:   "the proxy must read HTTP, and every hop must be encrypted",
	flow.ModePassthrough: "the proxy must not read, or the server checks client certificates",
}

// modesTable has a column for each mode; nil where no client can reach the route.
func modesTable(in *Input, r *flow.Route) *Table {
	t := &Table{Columns: columns("")}
	t.Title = heading(in.Topology, "route "+r.FullName()+" in four modes")
	section := &Section{}
	for _, f := range modeFacts {
		section.Rows = append(section.Rows, &TableRow{Cells: cells(f.question)})
	}
	var words []string
	for _, m := range flow.Modes {
		l := flow.InMode(in.Topology, r, m)
		if l == nil {
			return nil
		}
		what := "what if"
		if r.Mode.V == m {
			what = "as stated"
			if !r.Mode.IsSet() {
				what = "as it is"
			}
		}
		t.Columns = append(t.Columns, Column{Title: fmt.Sprintf("%s (%s)", modeNouns[m], what), Own: r.Mode.V == m})
		for i, f := range modeFacts {
			section.Rows[i].Cells = append(section.Rows[i].Cells, f.cell(m, l))
		}
		words = append(words, fmt.Sprintf("%s: the client's TLS ends %s; HTTP is read by %s.",
			modeNouns[m], clientTLSEnds(m, l), series(readers(l))))
	}
	t.Sections = []*Section{section}
	t.Foot = append(assumed(in.Topology.Assumed), "what if: the same route in another mode, its backend speaking what that expects")
	t.Desc = strings.Join(words, " ")
	return t
}

func clientTLSEnds(_ flow.Mode, l *flow.Lifecycle) string {
	if len(l.Sessions) == 0 {
		return "nowhere: there is none"
	}
	return "at " + l.Sessions[0].Ends[1].Label
}

func wireToServer(_ flow.Mode, l *flow.Lifecycle) string {
	hops := hopsOf(l)
	h := hops[len(hops)-1]
	switch {
	case h.conn.To.Server == nil:
		return "none: " + words.Why(l.Outcome.Why)
	case h.session == nil:
		return "plain"
	case h.session.Ends[0].Kind == flow.KindClient:
		return h.session.ID + " " + h.state() + ", the client's own"
	}
	return h.session.ID + " " + h.state()
}

// serverInClear reports whether the wire to the server is in plaintext.
func serverInClear(l *flow.Lifecycle) bool {
	hops := hopsOf(l)
	h := hops[len(hops)-1]
	return h.conn.To.Server != nil && h.clear()
}

// deadBackend is what a client sees when every server refuses.
func deadBackend(_ flow.Mode, l *flow.Lifecycle) string {
	if dead := l.Refused(); dead != nil && dead.Outcome.Fault == flow.FaultRefused {
		return sees(dead) + ", " + afterWords(dead)
	}
	return "not known"
}

func afterWords(l *flow.Lifecycle) string {
	if a := after(l); a != "at once" {
		return "after " + a
	}
	return "at once"
}

// roundTrips counts what a client waits for before the first byte of its
// answer: how often a message and its answer cross the wire to the first proxy,
// and the wires behind it.
func roundTrips(_ flow.Mode, l *flow.Lifecycle) string {
	if l.Outcome.Fault != flow.FaultNone {
		return "no answer: " + words.Why(l.Outcome.Why)
	}
	first := l.Connections[0]
	near := trips2(crossings(l, func(c *flow.Connection) bool { return c == first }))
	far := trips2(crossings(l, func(c *flow.Connection) bool { return c != first }))
	return fmt.Sprintf("%s to %s, %s behind it", near, first.To.Label, far)
}

func trips2(crossings int) string {
	if crossings%2 == 0 {
		return fmt.Sprint(crossings / 2)
	}
	return fmt.Sprintf("%d.5", crossings/2)
}

// crossings is the longest chain of messages over the chosen connections, each
// waiting for the one before, up to the first answer at the client. Messages
// that one end sends without waiting cross together.
func crossings(l *flow.Lifecycle, counted func(*flow.Connection) bool) int {
	sent := map[*flow.Step]int{} // crossings before it leaves, or is done
	arrives := func(s *flow.Step) int {
		if s.Kind() == flow.Message && counted(s.Connection) {
			return sent[s] + 1
		}
		return sent[s]
	}
	for _, s := range l.Steps {
		at := s.At
		if s.Kind() == flow.Message {
			at = s.From
		}
		for _, before := range s.After {
			n := sent[before]
			if before.Kind() == flow.Message && before.To == at {
				n = arrives(before)
			}
			sent[s] = max(sent[s], n)
		}
		if s.Op == flow.OpResponse && s.To.Kind == flow.KindClient {
			return arrives(s)
		}
	}
	return 0
}

package hear_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/hear"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// nodes are what the clients, proxies and backends of a model must be called.
type nodes map[any]string

func nodesOf(t *flow.Topology) nodes {
	out, ids, used := nodes{}, map[any]string{}, map[string]int{}
	take := func(node any, kind, title, id string) {
		out[node], ids[node] = kind+" "+label(title), id
		used[out[node]]++
	}
	for _, c := range t.Clients {
		take(c, "client", c.Title(), c.Name)
	}
	for _, p := range t.Proxies {
		take(p, "proxy", p.Title(), p.Name)
	}
	for _, b := range t.Backends {
		take(b, "backend", b.Title(), b.Name)
	}
	for node, name := range out {
		if used[name] > 1 {
			out[node] += " (" + ids[node] + ")"
		}
	}
	return out
}

// of is the name of the node that a participant is part of.
func (n nodes) of(p *flow.Participant) string {
	switch {
	case p.Server != nil:
		return n[p.Server.Backend]
	case p.Proxy != nil:
		return n[p.Proxy]
	}
	return n[p.Client]
}

// chain is what one connection of a client leads to in a lifecycle.
type chain struct {
	hear.Way
	last *flow.Connection
}

// chains are those of a lifecycle, from node to node; other attempts, and other
// servers of a backend, are left out.
func (n nodes) chains(l *flow.Lifecycle) []chain {
	var groups [][]*flow.Connection
	for _, c := range l.Connections {
		if c.From.Kind == flow.KindClient && c.Attempt < 2 {
			groups = append(groups, nil)
		}
		if i := len(groups) - 1; i >= 0 && n.of(c.From) != n.of(c.To) {
			groups[i] = append(groups[i], c)
		}
	}
	var out []chain
	for _, g := range groups {
		ch := chain{}
		for i := 0; i >= 0; {
			ch.last = g[i]
			n.add(&ch, l, g[i])
			i = slices.IndexFunc(g, func(c *flow.Connection) bool {
				return n.of(c.From) == n.of(ch.last.To) && ch.last.To.Server == nil
			})
		}
		out = append(out, ch)
	}
	return out
}

// add appends a connection and its session.
func (n nodes) add(ch *chain, l *flow.Lifecycle, c *flow.Connection) {
	h := hear.Hop{From: n.of(c.From), To: n.of(c.To)}
	h.Port, h.Header, h.State = wire(l, c)
	ch.Hops = append(ch.Hops, h)
	for _, s := range l.Sessions {
		mentioned := strings.Contains(h.State+" ", s.ID+" ")
		if !mentioned || slices.ContainsFunc(ch.Sessions, func(x hear.Session) bool { return x.ID == s.ID }) {
			continue
		}
		x := hear.Session{ID: s.ID, Up: s.Up, Start: n.of(s.Ends[0]), End: n.of(s.Ends[1])}
		if s.Up {
			x.Holders = []string{x.Start, x.End}
		}
		for _, p := range s.RelayedBy {
			if name := n.of(p); name != x.Start && name != x.End && !slices.Contains(x.Relays, name) {
				x.Relays = append(x.Relays, name)
			}
		}
		ch.Sessions = append(ch.Sessions, x)
	}
	ch.Plain = len(ch.Sessions) == 0
}

// numbered is a way in words with its sessions numbered in the order of their
// hops: an arrow has the number of the course that it was drawn for first.
func numbered(w hear.Way) string {
	ids := map[string]string{}
	for i, s := range w.Sessions {
		ids[s.ID] = fmt.Sprintf("S%d", i+1)
	}
	var out strings.Builder
	for _, s := range w.Sessions {
		fmt.Fprintf(&out, "%s %s-%s up %t, keys %v, relays %v\n", ids[s.ID], s.Start, s.End, s.Up, s.Holders, s.Relays)
	}
	for _, h := range w.Hops {
		state := h.State
		for _, word := range strings.Fields(h.State) {
			if id, ok := ids[word]; ok {
				state = strings.Replace(h.State, word, id, 1)
			}
		}
		fmt.Fprintf(&out, "%s > %s :%s %s %s\n", h.From, h.To, h.Port, h.Header, state)
	}
	fmt.Fprintf(&out, "plain %t", w.Plain)
	return out.String()
}

// astray are the ways of a text that no course takes, and the requests that
// succeed on none of them.
func astray(text string, m *pipeline.Model) []string {
	a, err := hear.Parse(text)
	if err != nil {
		return []string{err.Error()}
	}
	heard := map[string]bool{}
	for _, w := range a.Ways {
		heard[numbered(*w)] = true
	}
	n := nodesOf(m.Topology)
	taken := map[string]bool{}
	var out, all []string
	take := func(w hear.Way) { taken[numbered(w)] = true; all = append(all, numbered(w)) }
	courses := flow.NewCache(m.Topology)
	for _, q := range m.Topology.Requests {
		if q.From == nil {
			continue // a health check is no traffic of a route
		}
		l := courses.Of(q)
		for _, ch := range n.chains(l) {
			take(ch.Way)
			if l.Outcome.Fault == flow.FaultNone && !heard[numbered(ch.Way)] {
				out = append(out, fmt.Sprintf("request %s is not heard of:\n%s", q.Name, numbered(ch.Way)))
			}
			first := chain{}
			if len(l.Connections) > 0 {
				n.add(&first, l, l.Connections[0]) // of a client that nothing answers, only that is drawn
				take(first.Way)
			}
		}
	}
	for _, r := range m.Topology.Routes {
		for _, scheme := range []string{"http", "https"} {
			for _, q := range []*flow.Request{courses.Showing(r, scheme), flow.Probe(m.Topology, r, scheme), flow.Usable(m.Topology, r, scheme), flow.ByName(m.Topology, r, scheme)} {
				if q == nil {
					continue
				}
				for _, l := range everyTarget(m.Topology, courses.Of(q), r) {
					for _, ch := range n.chains(l) {
						take(ch.Way)
					}
				}
			}
		}
	}
	for _, w := range a.Ways {
		if !taken[numbered(*w)] {
			out = append(out, fmt.Sprintf("nothing goes this way (-derived +heard):\n%s", cmp.Diff(strings.Join(all, "\n"), numbered(*w))))
		}
	}
	return out
}

// everyTarget is a course, and what becomes of its request at the other targets
// of a route.
func everyTarget(t *flow.Topology, l *flow.Lifecycle, r *flow.Route) []*flow.Lifecycle {
	out := []*flow.Lifecycle{l}
	for _, c := range l.Connections {
		if c.Listener == nil {
			continue
		}
		for _, to := range r.Targets {
			if q := l.Request.Steered(c.Listener, r, to); q != nil {
				out = append(out, flow.Derive(t, q))
			}
		}
	}
	return out
}

// topology is the topology of a model in words; "" where it is folded, as its
// boxes are no single nodes then.
func topology(t *testing.T, m *pipeline.Model) string {
	if x := m.Topology; len(x.Clients)+len(x.Proxies)+len(x.Backends) > 25 {
		return ""
	}
	plans, _ := m.Plans(pipeline.Choice{Views: []string{"topology"}})
	return spoken(t, m, plans[0])
}

// TestTopologies: whoever hears nothing but the words of a topology knows what
// each hop of each way carries, where its sessions end and who holds the keys.
func TestTopologies(t *testing.T) {
	heard := 0
	each(t, func(t *testing.T, m *pipeline.Model) {
		text := topology(t, m)
		if text == "" {
			return
		}
		heard++
		for _, d := range astray(text, m) {
			t.Error(d)
		}
		if t.Failed() {
			t.Fatal(text)
		}
	})
	t.Logf("%d texts", heard)
	if heard < 400 {
		t.Errorf("only %d texts", heard)
	}
}

// TestNoticesAstray: a topology that says something else is noticed.
func TestNoticesAstray(t *testing.T) {
	made := map[string]int{}
	good(t, func(t *testing.T, m *pipeline.Model) {
		text := topology(t, m)
		for _, c := range changes {
			lines := strings.Split(text, "\n")
			if !c.topology || !c.change(lines) {
				continue
			}
			made[c.name]++
			if changed := strings.Join(lines, "\n"); len(astray(changed, m)) == 0 {
				t.Errorf("%s, and nobody notices:\n%s", c.name, changed)
			}
		}
	})
	for _, c := range changes {
		if c.topology && made[c.name] == 0 {
			t.Errorf("never tried: %s", c.name)
		}
	}
	t.Log(made)
}

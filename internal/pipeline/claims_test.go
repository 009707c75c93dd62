package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/view"
)

// claims holds what pictures of a model say against what is derived for it.
type claims struct {
	t      reporter
	name   string
	m      *Model
	why    map[string]bool // everything that goes wrong in a course of the model
	way    map[string]bool // "lb > in-a": every connection of one
	failed map[string]int  // faults that pictures show, by kind of view
}

type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

func newClaims(t reporter, name string, m *Model, failed map[string]int) *claims {
	c := &claims{t: t, name: name, m: m, why: map[string]bool{}, way: map[string]bool{}, failed: failed}
	top := m.Topology
	for _, q := range top.Requests {
		c.note(m.Derive(q), nil)
	}
	courses := flow.NewCache(top)
	for _, r := range top.Routes {
		for _, p := range top.PlainPaths(r) {
			c.note(flow.LifecycleOf(top, p, p.Clients[0]), nil)
		}
		for _, scheme := range []string{"https", "http"} {
			for _, q := range []*flow.Request{courses.Showing(r, scheme), flow.Probe(top, r, scheme), flow.Usable(top, r, scheme)} {
				if q != nil {
					c.note(courses.Of(q), r)
				}
			}
		}
	}
	return c
}

// note notes a course, and what becomes of it at the other targets of a route.
func (c *claims) note(l *flow.Lifecycle, r *flow.Route) {
	for ; l != nil; l = l.Before {
		if l.Outcome.Why != nil {
			c.why[words.Why(l.Outcome.Why)] = true
		}
		for _, x := range l.Connections {
			c.way[nodeOf(x.From)+" > "+nodeOf(x.To)] = true
			if r == nil || x.Listener == nil {
				continue
			}
			for _, to := range r.Targets {
				if q := l.Request.Steered(x.Listener, r, to); q != nil {
					c.note(flow.Derive(c.m.Topology, q), nil)
				}
			}
		}
	}
}

func nodeOf(p *flow.Participant) string {
	switch {
	case p.Server != nil:
		return p.Server.Backend.Name
	case p.Proxy != nil:
		return p.Proxy.Name
	}
	return p.Client.Name
}

// hold looks at every picture of the model.
func (c *claims) hold() {
	c.t.Helper()
	plans, _ := c.m.Plans(Choice{})
	for _, p := range plans {
		pic, _ := p.Picture()
		switch pic := pic.(type) {
		case *view.Flowchart:
			c.flowchart(p.Name, pic)
			if p.Name == "topology" {
				c.failing(pic)
			}
		case *view.Sequence:
			c.sequence(p, pic)
		case *view.Table:
			if p.Name == "routes" {
				c.routes(pic)
			}
		}
	}
}

// said holds that what a mark without a code says is what is derived. A finding has
// a code.
func (c *claims) said(where string, marks []view.Mark) {
	c.t.Helper()
	for _, m := range marks {
		if m.Code != "" || strings.HasPrefix(m.Message, "and ") && strings.HasSuffix(m.Message, " more") {
			continue
		}
		why, _, _ := strings.Cut(strings.TrimPrefix(m.Message, "as expected: "), "; and ") // of several like it
		known := c.why[why] || why == "no usable server" && slices.ContainsFunc(keysOf(c.why), func(w string) bool { return strings.HasPrefix(w, "no usable server") })
		if !known {
			c.t.Errorf("%s: %s says %q, which no course has", c.name, where, m.Message)
		}
		c.failed[where]++
	}
}

func keysOf(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (c *claims) flowchart(name string, pic *view.Flowchart) {
	c.t.Helper()
	many := map[string]bool{}
	for _, g := range pic.Groups {
		for _, b := range g.Boxes {
			many[b.ID] = b.Many
			if name != "shards" { // whose rows are judged with its findings
				c.said(name, b.Marks)
			}
			for _, r := range b.Rows {
				if name == "shards" {
					c.shard(b, r)
				} else {
					c.said(name, r.Marks)
				}
			}
		}
	}
	for _, e := range pic.Edges {
		c.said(name, e.Marks)
		traffic := e.Line == view.LinePlain || e.Line == view.LineTLS
		if traffic && !many[e.From] && !many[e.To] && !c.way[e.From+" > "+e.To] {
			c.t.Errorf("%s: %s draws %s > %s, which no course takes", c.name, name, e.From, e.To)
		}
	}
}

// failing holds that the topology says why each request of the model fails, or counts it
// among those that fail at the same arrow.
func (c *claims) failing(pic *view.Flowchart) {
	c.t.Helper()
	said := map[string]bool{}
	more := false
	note := func(marks []view.Mark) {
		for _, m := range marks {
			said[strings.TrimPrefix(m.Message, "as expected: ")] = true
			more = more || strings.HasPrefix(m.Message, "and ")
		}
	}
	for _, g := range pic.Groups {
		for _, b := range g.Boxes {
			for _, r := range b.Rows {
				note(r.Marks)
			}
		}
	}
	for _, e := range pic.Edges {
		note(e.Marks)
	}
	for _, q := range c.m.Topology.Requests {
		l := c.m.Derive(q)
		if q.Derived || q.From == nil || q.Via == nil || l.Outcome.Why == nil || len(l.Connections) == 0 {
			continue
		}
		if why := words.Why(l.Outcome.Why); !said[why] && !more {
			c.t.Errorf("%s: topology does not say that %s fails: %s", c.name, q.Name, why)
		}
	}
}

// shard holds that a route with a fault in the shards view has a finding.
func (c *claims) shard(b *view.Box, row *view.BoxRow) {
	c.t.Helper()
	i := slices.IndexFunc(c.m.Topology.Routes, func(r *flow.Route) bool { return r.Name == row.ID })
	faulty := slices.ContainsFunc(row.Marks, func(m view.Mark) bool { return m.Code == "" && m.Error })
	if i < 0 || !faulty {
		return
	}
	c.failed["shards"]++
	found := slices.ContainsFunc(row.Marks, func(m view.Mark) bool { return m.Code != "" }) ||
		slices.ContainsFunc(c.m.Findings, func(d diag.Diagnostic) bool { // of overlapping shards, at the second one
			return d.Code == "FL608" && strings.Contains(d.Message, fmt.Sprintf("%q", row.ID))
		})
	if !found {
		c.t.Errorf("%s: shards marks route %s, of which nothing is found: %v", c.name, row.ID, row.Marks)
	}
}

// sequence holds that a request has a fault if its course has one that it does not
// expect, and one that is as expected if it does.
func (c *claims) sequence(p *Plan, pic *view.Sequence) {
	c.t.Helper()
	var bare []view.Mark
	for _, panel := range pic.Panels {
		for _, row := range panel.Rows {
			var marks []view.Mark
			switch r := row.(type) {
			case *view.MessageRow:
				marks = r.Marks
			case *view.ActionRow:
				marks = r.Marks
			case *view.SpanRow:
				marks = r.Marks
			}
			for _, m := range marks {
				if m.Code == "" {
					bare = append(bare, m)
				}
			}
		}
	}
	if p.Request == nil {
		return
	}
	l := c.m.Derive(p.Request)
	fails := l.Outcome.Fault != flow.FaultNone
	expected := fails && p.Request.ExpectsFailure() && l.AsExpected()
	grade := view.GradeError
	if expected {
		grade = view.GradeExpected
	}
	shown := slices.ContainsFunc(bare, func(m view.Mark) bool { return m.Grade() == grade })
	again := !fails && slices.ContainsFunc(l.Steps, func(s *flow.Step) bool { return s.Fault != flow.FaultNone }) // and another attempt succeeds
	if shown != (fails || again) {
		c.t.Errorf("%s: %s of %s: fails %t, expected %t, and its marks are %v", c.name, p.Name, p.Request.Name, fails, expected, bare)
	}
	if expected && slices.ContainsFunc(bare, func(m view.Mark) bool { return m.Error && c.why[m.Message] && m.Message == words.Why(l.Outcome.Why) }) {
		c.t.Errorf("%s: %s of %s shows what is expected as a fault", c.name, p.Name, p.Request.Name)
	}
	if fails {
		c.failed["sequence"]++
	}
}

// routes holds that a route with a fault has one for every client that the table
// could have asked as: none of those that ask by the route's own scheme comes through.
func (c *claims) routes(pic *view.Table) {
	c.t.Helper()
	top := c.m.Topology
	last := len(pic.Columns) - 1
	if pic.Columns[last].Title != "Faults" {
		return
	}
	for _, row := range pic.Sections[0].Rows {
		i := slices.IndexFunc(top.Routes, func(r *flow.Route) bool { return r.FullName() == row.Cells[0].Text })
		text := row.Cells[last].Text
		if i < 0 || text == "" {
			continue
		}
		r := top.Routes[i]
		c.failed["routes"]++
		if len(r.Refused) > 0 || r.Mode.V != flow.ModeNone && r.Insecure.V != flow.InsecureNone {
			continue // by whom it is refused; what becomes of plaintext
		}
		scheme := "https"
		if r.Mode.V == flow.ModeNone {
			scheme = "http"
		}
		q := flow.Probe(top, r, scheme)
		for _, client := range top.Clients {
			if q == nil {
				break
			}
			as := *q
			as.From = client
			if l := flow.Derive(top, &as); l.Outcome.Fault == flow.FaultNone && l.Takes(r) {
				c.t.Errorf("%s: route %s has the fault %q, and %s uses it", c.name, r.Name, text, client.Name)
			}
		}
	}
}

// TestClaims: no view shows a fault or an arrow that the derivation and the
// findings do not have, in any model of the tree.
func TestClaims(t *testing.T) {
	failed := map[string]int{}
	for _, x := range tree(t) {
		if x.whole() {
			newClaims(t, x.Name, x.model(), failed).hold()
		}
	}
	for _, v := range []string{"topology", "decision", "sequence", "shards", "routes"} {
		if failed[v] == 0 {
			t.Errorf("no fault was seen in %s", v)
		}
	}
}

// TestClaimsOfAny holds the same of chains of proxies that nobody wrote.
func TestClaimsOfAny(t *testing.T) {
	failed := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		text := anyChain(rt)
		m := LoadText("m.flow", text)
		m.Compile()
		if !m.Drawable() {
			rt.Fatalf("%v\n%s", m.Findings, text)
		}
		newClaims(rt, "any", m, failed).hold()
		if rt.Failed() {
			rt.Log(text)
		}
	})
	for _, v := range []string{"topology", "sequence", "routes"} {
		if failed[v] == 0 {
			t.Errorf("no fault was seen in %s", v)
		}
	}
}

// TestClaimsOfSeveralWays holds the same of a relay whose second target is the way
// by which the model's request gets through.
func TestClaimsOfSeveralWays(t *testing.T) {
	m := LoadText("m.flow", severalWays)
	m.Compile()
	newClaims(t, "several ways", m, map[string]int{}).hold()
}

const severalWays = `ca staff private
client c0
proxy p0 { listen tcp :443 }
proxy p1 { listen https :443 { client-certificate required staff } }
proxy p3 { listen https :443 }
route on-0 on p0 {
    to p1:443
    to p3:443
}
route on-1 on p1 {
    tls reencrypt
    to p3:443
}
route r1 on p3 {
    host b.example.test
    tls passthrough
    to b1
}
backend b1 {
    speaks https
    server s
}
request q0 { get https://b.example.test/ }
`

// anyChain writes a chain of up to four proxies with several of everything.
func anyChain(t *rapid.T) string {
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	var b strings.Builder
	b.WriteString("ca staff private\ncertificate staff-1 { issuer staff }\ncertificate wild { names *.example.test }\ncertificate other { names other.test }\n")
	for i := range rapid.IntRange(1, 3).Draw(t, "clients") {
		fmt.Fprintf(&b, "client c%d {\n%s%s}\n", i, one("address", "", "    address 192.0.2.7\n", "    address 203.0.113.7\n"), one("cert", "", "", "    certificate staff-1\n"))
	}
	depth := rapid.IntRange(1, 4).Draw(t, "proxies")
	for i := range depth {
		kind := "https"
		if i < depth-1 {
			kind = one("kind", "tcp", "tcp", "https")
		}
		inside := ""
		if kind == "https" {
			inside = one("certificate", "", "        certificate wild\n", "        certificate other\n") + one("auth", "", "", "        client-certificate required staff\n")
		}
		fmt.Fprintf(&b, "proxy p%d {\n    listen http :80\n    listen %s :443 {\n%s    }\n}\n", i, kind, inside)
		if i < depth-1 {
			mode := map[string]string{"tcp": "", "https": one("onward", "    tls reencrypt\n", "    tls edge\n")}[kind]
			host := one("relayed", "", "", "    host *.example.test\n", "    host a.example.test\n")
			fmt.Fprintf(&b, "route on-%d on p%d {\n%s%s    to p%d:%s\n", i, i, host, mode, i+1, one("port", "443", "443", "80"))
			if i < depth-2 && rapid.Bool().Draw(t, "two targets") {
				fmt.Fprintf(&b, "    to p%d:443\n", depth-1)
			}
			b.WriteString("}\n")
		}
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "routes") {
		fmt.Fprintf(&b, "route r%d on p%d {\n    host %s.example.test\n    tls %s\n%s%s    to b%d\n%s}\n", i, depth-1, string(rune('a'+i)),
			one("mode", "none", "edge", "reencrypt", "passthrough"), one("insecure", "", "    insecure redirect\n", "    insecure allow\n"),
			one("allow", "", "", "    allow 192.0.2.0/24\n"), i, one("second", "", "    to b9\n"))
	}
	for _, i := range []string{"0", "1", "2", "9"} {
		fmt.Fprintf(&b, "backend b%s {\n%s    server s%s\n}\n", i, one("speaks", "", "    speaks https\n", "    speaks http\n"), one("state", "", "", " down", " refuses"))
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "requests") {
		fmt.Fprintf(&b, "request q%d {\n    from c0\n    get %s://%s.example.test/\n%s}\n", i, one("scheme", "http", "https"), one("host", "a", "b", "z"),
			one("expect", "", "    expect 503\n", "    expect close\n", "    expect 200\n"))
	}
	return b.String()
}

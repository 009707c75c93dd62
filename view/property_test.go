package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/view"
)

// dials are the settings of --show under which no message is hidden.
var dials = []view.Show{
	{},
	{Actions: true},
	{TCP: true, HTTP: true},
	{PROXY: true, TLS: true, HTTP: true, Actions: true},
	{TCP: true, PROXY: true, TLS: true, HTTP: true, Actions: true},
}

// eachSequence calls f with every sequence of every model on every dial.
func eachSequence(t *testing.T, f func(t *testing.T, s *view.Sequence, show view.Show)) {
	for _, m := range models.List() {
		in := model(t, m.Name)
		for _, r := range in.Topology.Requests {
			for i, show := range dials {
				chosen := *in
				chosen.Show = show
				t.Run(fmt.Sprintf("%s.%s.%d", m.Name, r.Name, i), func(t *testing.T) {
					f(t, project(t, &chosen, "sequence", r.Name).(*view.Sequence), show)
				})
			}
		}
	}
}

func TestSequenceInvariants(t *testing.T) {
	eachSequence(t, func(t *testing.T, s *view.Sequence, show view.Show) {
		checkSequence(t, s, show)
	})
}

type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkSequence holds what is true of every sequence with all its messages.
func checkSequence(t reporter, s *view.Sequence, show view.Show) {
	t.Helper()
	if len(s.Panels) != 1 {
		t.Errorf("%d panels, want 1", len(s.Panels))
		return
	}
	p := s.Panels[0]
	seen := map[int]int{}
	last := 0
	for i, r := range p.Rows {
		first, end := r.Numbers()
		if first == 0 {
			continue
		}
		if first <= last {
			t.Errorf("row %d begins at step %d, after one that ends at %d", i, first, last)
		}
		last = end
		for _, id := range rowSteps(s.Lifecycle, r) {
			seen[id]++
		}
	}
	for _, step := range s.Lifecycle.Steps {
		want := 0
		if step.Kind() == flow.Message || show.Actions {
			want = 1
		}
		if n := seen[step.N]; step.Kind() == flow.Message && n != 1 || show.Actions && n != want {
			t.Errorf("step %d %s is in %d rows, want 1", step.N, step.ID, n)
		}
	}
	checkBands(t, s.Lifecycle, p)
}

// rowSteps are the numbers of the steps for which a row stands.
func rowSteps(l *flow.Lifecycle, r view.Row) []int {
	var ids []string
	switch r := r.(type) {
	case *view.MessageRow:
		ids = r.IDs
	case *view.ActionRow:
		ids = r.IDs
	}
	var out []int
	for _, s := range l.Steps {
		first, last := r.Numbers()
		if len(ids) == 0 && first <= s.N && s.N <= last {
			out = append(out, s.N)
		}
		for _, id := range ids {
			if id == s.ID {
				out = append(out, s.N)
			}
		}
	}
	return out
}

// checkBands: a band spans its session's ends and nothing else, and holds every
// row in which that session protects HTTP.
func checkBands(t reporter, l *flow.Lifecycle, p *view.Panel) {
	t.Helper()
	bands := map[string]*view.Band{}
	for _, b := range p.Bands {
		bands[b.Session] = b
		if b.From >= b.To || b.First > b.Last || b.Last >= len(p.Rows) {
			t.Errorf("band %+v is empty or leaves the picture", *b)
		}
	}
	for _, s := range l.Sessions {
		b := bands[s.ID]
		if b == nil {
			continue
		}
		ends := map[string]bool{p.Lifelines[b.From].ID: true, p.Lifelines[b.To].ID: true}
		if !ends[s.Ends[0].ID] || !ends[s.Ends[1].ID] {
			t.Errorf("band of %s spans %v, its ends are %s and %s", s.ID, ends, s.Ends[0].ID, s.Ends[1].ID)
		}
		if len(b.Relays) != len(s.RelayedBy) {
			t.Errorf("band of %s has %d relays, want %d", s.ID, len(b.Relays), len(s.RelayedBy))
		}
	}
	for i, r := range p.Rows {
		m, ok := r.(*view.MessageRow)
		if !ok {
			continue
		}
		if m.From == m.To {
			t.Errorf("row %d goes nowhere", i)
		}
		http := strings.Contains(m.Text, "HTTP/")
		if plain := strings.HasPrefix(m.Text, "plain "); http && plain != (m.Line == view.LinePlain) {
			t.Errorf("row %d %q: line %v", i, m.Text, m.Line)
		}
		if !http || m.Line != view.LineTLS {
			continue
		}
		b := bands[m.Session]
		if b == nil && m.Optional {
			continue // a client that has not heard of the refusal yet
		}
		lo, hi := min(m.From, m.To), max(m.From, m.To)
		if b == nil || i < b.First || i > b.Last || lo < b.From || hi > b.To {
			t.Errorf("row %d %q is protected by %s outside its band", i, m.Text, m.Session)
		}
	}
}

// TestHidden: HTTP is hidden where the dial names layers without it.
func TestHidden(t *testing.T) {
	in := model(t, "reencrypt")
	in.Show = view.Show{TLS: true}
	for _, r := range project(t, in, "sequence", "checkout").(*view.Sequence).Panels[0].Rows {
		if m, ok := r.(*view.MessageRow); ok && strings.Contains(m.Text, "GET") {
			t.Errorf("%q is shown", m.Text)
		}
	}
}

// TestPictures holds what is true of every picture of every model.
func TestPictures(t *testing.T) {
	for _, m := range models.List() {
		in := model(t, m.Name)
		for _, v := range view.Views {
			chosen := *in
			chosen.Request = in.Topology.Requests[0]
			t.Run(m.Name+"."+v.Name, func(t *testing.T) {
				pic, reason := v.Project(&chosen)
				if (pic == nil) == (reason == "") {
					t.Fatalf("picture %v, reason %q", pic, reason)
				}
				if pic == nil {
					return
				}
				if got, want := fmt.Sprintf("%T", pic), fmt.Sprintf("%T", v.Draws); got != want {
					t.Errorf("drew a %s, said %s", got, want)
				}
				checkPicture(t, pic)
				again, _ := v.Project(&chosen)
				if d := cmp.Diff(dump(pic), dump(again)); d != "" {
					t.Errorf("a second projection differs:\n%s", d)
				}
			})
		}
	}
}

func checkPicture(t reporter, pic view.Picture) {
	t.Helper()
	h := pic.Header()
	if h.Title == "" || h.Desc == "" {
		t.Errorf("title %q, desc %q", h.Title, h.Desc)
	}
	checkProse(t, pic)
	switch p := pic.(type) {
	case *view.Flowchart:
		checkFlowchart(t, p)
		checkWays(t, p)
	case *view.Table:
		checkTable(t, p)
	}
}

func checkTable(t reporter, p *view.Table) {
	t.Helper()
	for _, s := range p.Sections {
		for _, r := range s.Rows {
			if len(r.Cells) != len(p.Columns) {
				t.Errorf("%d cells in %d columns: %v", len(r.Cells), len(p.Columns), texts(r))
			}
		}
	}
}

// checkFlowchart: ids are unique, and every arrow has both its ends.
func checkFlowchart(t reporter, c *view.Flowchart) {
	t.Helper()
	if c.Above != nil {
		checkTable(t, c.Above)
	}
	boxes := map[string]*view.Box{}
	var walk func(g *view.Group)
	walk = func(g *view.Group) {
		for _, b := range g.Boxes {
			if boxes[b.ID] != nil {
				t.Errorf("two boxes %q", b.ID)
			}
			boxes[b.ID] = b
		}
		for _, sub := range g.Groups {
			walk(sub)
		}
	}
	for _, g := range c.Groups {
		walk(g)
	}
	has := func(box, row string) bool {
		if boxes[box] == nil {
			return false
		}
		for _, r := range boxes[box].Rows {
			if r.ID == row {
				return true
			}
		}
		return row == ""
	}
	ids := map[string]bool{}
	for _, e := range c.Edges {
		if !has(e.From, e.FromRow) || !has(e.To, e.ToRow) {
			t.Errorf("an end of %+v is missing", *e)
		}
		if ids[e.ID] {
			t.Errorf("two edges %q", e.ID)
		}
		ids[e.ID] = true
		if strings.ContainsRune(e.Label, '\n') {
			t.Errorf("label %q has two lines", e.Label)
		}
	}
}

// anyModel writes a model with a route in some mode and what may go wrong.
func anyModel(t *rapid.T) string {
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	mode := one("mode", "none", "edge", "reencrypt", "passthrough")
	scheme := map[string]string{"none": "http"}[mode]
	if scheme == "" {
		scheme = "https"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "client browser {\n%s%s}\n",
		one("client tls", "", "    tls 1.2\n", "    tls 1.3\n"), one("client alpn", "", "    alpn h2, http/1.1\n"))
	fmt.Fprintf(&b, "proxy haproxy {\n    listen http :80\n    listen https :443%s\n%s%s}\n",
		one("listener", "", " {\n alpn h2, http/1.1\n }", " {\n tls 1.2\n }"),
		one("retries", "", "    retries 1\n", "    retries 6\n"),
		one("inner", "", "    inner\n", "    inner 127.0.0.1:10444\n"))
	fmt.Fprintf(&b, "backend shop {\n%s", one("close", "", "    connection close\n"))
	for i := range rapid.IntRange(1, 5).Draw(t, "servers") {
		fmt.Fprintf(&b, "    server shop-%d :8443%s\n", i+1, one("state", "", "", " down", " refuses", " silent"))
	}
	fmt.Fprintf(&b, "}\nroute shop {\n    host shop.apps.example.test\n    tls %s\n    insecure %s\n%s    to shop\n}\n",
		mode, one("insecure", "none", "redirect"), one("send-proxy", "", "    send-proxy v2\n"))
	fmt.Fprintf(&b, "request r {\n    from browser\n    get %s://%s/\n    times %d\n%s}\n",
		one("scheme", scheme, scheme, "http", "https"),
		one("host", "shop.apps.example.test", "shop.apps.example.test", "other.apps.example.test"),
		rapid.IntRange(1, 60).Draw(t, "times"),
		one("end", "", "    close\n", "    sni none\n"))
	return b.String()
}

// TestAnyModel holds the same of models that nobody wrote.
func TestAnyModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := anyModel(rt)
		in := parse(t, "any", text)
		in.Request = in.Topology.Requests[0]
		in.Show = rapid.SampledFrom(dials).Draw(rt, "show")
		for _, v := range view.Views {
			pic, _ := v.Project(in)
			if pic == nil {
				continue
			}
			checkPicture(rt, pic)
			if v.Name == "sequence" {
				s := pic.(*view.Sequence)
				checkSequence(rt, s, in.Show)
				if n := len(s.Panels[0].Rows); in.Show == (view.Show{}) && n > 40 {
					rt.Errorf("%d rows on the default dial", n)
				}
			}
		}
		if rt.Failed() {
			rt.Log(text)
		}
	})
}

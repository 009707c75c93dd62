package view_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// marksOf are the marks of a flowchart's rows and arrows, and of a sequence's rows.
func marksOf(pic view.Picture) []view.Mark {
	var out []view.Mark
	switch p := pic.(type) {
	case *view.Flowchart:
		for _, g := range p.Groups {
			for _, b := range g.Boxes {
				out = append(out, b.Marks...)
				for _, r := range b.Rows {
					out = append(out, r.Marks...)
				}
			}
		}
		for _, e := range p.Edges {
			out = append(out, e.Marks...)
		}
	case *view.Sequence:
		for _, panel := range p.Panels {
			for _, r := range panel.Rows {
				switch r := r.(type) {
				case *view.MessageRow:
					out = append(out, r.Marks...)
				case *view.ActionRow:
					out = append(out, r.Marks...)
				case *view.SpanRow:
					out = append(out, r.Marks...)
				}
			}
		}
	}
	return out
}

// expected is a model in which each request fails as it says: in its handshake,
// at its server, and for want of one.
const expected = `
ca staff private
client admin
proxy in {
    listen http :80
    listen https :443 { client-certificate required staff }
}
route secret on in {
    host secret.example.com
    tls edge
    to secret
}
route plain on in {
    host plain.example.com
    to plain
}
route none on in {
    host none.example.com
    to none
}
backend secret
backend plain { server one refuses }
backend none { server one down }
request a {
    get https://secret.example.com/
    expect alert certificate_required
}
request p {
    get http://plain.example.com/
    expect 503
}
request n {
    get http://none.example.com/
    expect 503
}
`

// TestExpected: what fails as the model says is no fault in any view; without
// the expectations, it is one.
func TestExpected(t *testing.T) {
	plain := strings.ReplaceAll(strings.ReplaceAll(expected, "    expect alert certificate_required\n", ""), "    expect 503\n", "")
	for name, text := range map[string]string{"expected": expected, "not": plain} {
		in := parse(t, name, text)
		for _, v := range []struct {
			view, request string
			marks         int
		}{{"topology", "", 3}, {"decision", "", 1}, {"sequence", "a", 1}, {"sequence", "p", 1}, {"sequence", "n", 1}, {"stages", "", 3}, {"handshake", "", 1}} {
			marks := marksOf(project(t, in, v.view, v.request))
			if len(marks) < v.marks {
				t.Errorf("%s: %s %s has %d marks, want %d", name, v.view, v.request, len(marks), v.marks)
			}
			for _, m := range marks {
				if want := name == "expected"; (m.Grade() == view.GradeExpected) != want || (m.Grade() == view.GradeError) == want {
					t.Errorf("%s: %s %s: %+v", name, v.view, v.request, m)
				}
			}
		}
		for _, r := range project(t, in, "routes", "").(*view.Table).Sections[0].Rows {
			cell := r.Cells[len(r.Cells)-1]
			if bad := cell.Tone == view.ToneBad; cell.Text == "" || bad == (name == "expected") {
				t.Errorf("%s: routes: %+v", name, cell)
			}
		}
	}
}

// TestExpectedOfOne: where another request of the route is to succeed and does
// not, the route has a fault.
func TestExpectedOfOne(t *testing.T) {
	in := parse(t, "one", expected+`
request m { get http://none.example.com/more }
`)
	bad := 0
	for _, m := range marksOf(project(t, in, "topology", "")) {
		if m.Error {
			bad++
		}
	}
	if bad != 1 {
		t.Errorf("%d faults, want the one of route none", bad)
	}
}

// TestAnySNI: the host of a route that takes every one is a host that somebody
// asks for, and what is made up has no fault and no arrow.
func TestAnySNI(t *testing.T) {
	in := parse(t, "any", `
proxy lb {
    listen tcp :443
    domain apps.example.com
}
proxy in-a {
    listen https :443 { certificate wild }
    admit shard=a
}
proxy in-b {
    listen https :443 { certificate wild }
    admit shard=b
}
route to-b on lb {
    host b.apps.example.com
    to in-b
}
route to-a on lb {
    sni any
    to in-a
}
route a {
    host a.apps.example.com
    labels shard=a
    tls edge
    to app-a
}
route b {
    host b.apps.example.com
    labels shard=b
    tls edge
    to app-b
}
certificate wild { names *.apps.example.com }
`)
	c := project(t, in, "topology", "").(*view.Flowchart)
	if marks := marksOf(c); len(marks) > 0 {
		t.Errorf("faults %v", marks)
	}
	for _, e := range c.Edges {
		if e.From == "lb" && e.ToRow == "" {
			t.Errorf("an arrow from lb to the head of %s, which no client takes", e.To)
		}
	}
	for _, v := range []string{"topology", "routes", "stages", "handshake", "visibility", "shards", "modes"} {
		if text := dump(project(t, in, v, "")); strings.Contains(text, "any.invalid") {
			t.Errorf("%s names a host that is made up:\n%s", v, text)
		}
	}
}

// TestEveryTarget: the arrow to a route's second target is what is derived for it,
// not what the first one has.
func TestEveryTarget(t *testing.T) {
	in := parse(t, "targets", `
proxy lb { listen tcp :443 }
proxy one { listen https :443 }
proxy two { listen https :443 }
route all on lb {
    to one
    to two
}
route a on one {
    host a.test
    tls edge
    to a
}
route b on two {
    host a.test
    tls reencrypt
    to secure
    to a
}
backend secure { speaks https }
backend a
`)
	got := map[string]bool{}
	for _, e := range project(t, in, "topology", "").(*view.Flowchart).Edges {
		got[e.From+" > "+e.To] = true
	}
	for _, want := range []string{"client > lb", "lb > one", "lb > two", "one > a", "two > secure"} {
		if !got[want] {
			t.Errorf("no arrow %s among %v", want, got)
		}
	}
}

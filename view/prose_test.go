package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/view"
)

// checkWays: hops follow one another, every arrow of a topology is on a way,
// and the ends of a session are stops of its way.
func checkWays(t reporter, c *view.Flowchart) {
	t.Helper()
	drawn, along := map[*view.Edge]bool{}, map[*view.Edge]bool{}
	for _, e := range c.Edges {
		drawn[e] = true
	}
	for _, w := range c.Ways {
		stops := []string{w.Hops[0].Edge.From}
		for _, h := range w.Hops {
			along[h.Edge] = true
			if !drawn[h.Edge] {
				t.Errorf("hop %s is not drawn", h.Edge.ID)
			}
			if at := stops[len(stops)-1]; h.Edge.From != at {
				t.Errorf("hop %s begins elsewhere than at %s", h.Edge.ID, at)
			}
			stops = append(stops, h.Edge.To)
			id := h.Edge.Session
			if id != "" && !slices.ContainsFunc(w.Keys, func(k view.Keys) bool { return k.Session == id }) {
				t.Errorf("hop %s carries %s, whose keys nobody holds", h.Edge.ID, id)
			}
		}
		for _, k := range w.Keys {
			for _, id := range append(k.Ends[:], k.Relays...) {
				if !slices.Contains(stops, id) && !leftOut(c, id) {
					t.Errorf("%s of %v is at %s, which is no stop of %v", k.Session, k.Ends, id, stops)
				}
			}
		}
	}
	for _, e := range c.Edges {
		if len(c.Ways) > 0 && !along[e] {
			t.Errorf("%s is on no way", e.ID)
		}
	}
}

// checkProse: every sentence is one line that ends, and Line has them all.
func checkProse(t reporter, pic view.Picture) {
	t.Helper()
	p := view.Describe(pic)
	line := p.Line()
	all := slices.Clone(p.Foot)
	for _, part := range p.Parts {
		all = append(append(all, part.Facts...), part.Steps...)
	}
	if len(all) == 0 {
		t.Errorf("%s has no words", p.Title)
	}
	for _, s := range all {
		if strings.ContainsAny(s, "\n\t") || strings.Contains(s, "  ") || strings.Contains(s, "..") && !strings.Contains(s, "1..") || len(s) < 2 || !strings.ContainsAny(s[len(s)-1:], ".?") {
			t.Errorf("no sentence: %q", s)
		}
		if !strings.Contains(line, s) {
			t.Errorf("the line lacks %q", s)
		}
	}
	if strings.ContainsRune(line, '\n') {
		t.Errorf("the line is several: %q", line)
	}
}

// TestTwins tells two things of one name apart.
func TestTwins(t *testing.T) {
	in := parse(t, "twins", `
backend blue { server web :8080 }
backend green { server web :8080 }
route shop {
    host shop.apps.example.test
    to blue weight 1
    to green weight 1
}
request two {
    get http://shop.apps.example.test/
    times 2
}
`)
	var got []string
	for _, f := range view.Describe(project(t, in, "sequence", "two")).Parts[0].Facts {
		if strings.HasPrefix(f, "Party") {
			got = append(got, f)
		}
	}
	want := []string{
		"Party 1 is client client.", "Party 2 is proxy haproxy.", "Party 3 is server web (blue/web).", "Party 4 is server web (green/web).",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestBranches says each backend of a route in a way of its own, with the
// session that would end there.
func TestBranches(t *testing.T) {
	for mode, holders := range map[string]string{
		"reencrypt": "proxy haproxy and backend", "passthrough": "client client and backend",
	} {
		in := parse(t, "branches", `
backend blue { server blue-1 :8443 }
backend green { server green-1 :8443 }
route shop {
    host shop.apps.example.test
    tls `+mode+`
    to blue weight 3
    to green weight 1
}
`)
		var got []string
		for _, p := range view.Describe(project(t, in, "topology", "")).Parts[1:] {
			for _, f := range p.Facts {
				if strings.Contains(f, holders) {
					got = append(got, f)
				}
			}
			got = append(got, p.Steps[1])
		}
		session, what := "T2", "encrypted by T2"
		if mode == "passthrough" {
			session, what = "T1", "encrypted by T1"
		}
		want := []string{
			"Only " + holders + " blue hold the keys of " + session + ".",
			"Hop 2, proxy haproxy to backend blue, port 8443: " + what + ", weight 3; there: server blue-1.",
			"Only " + holders + " green hold the keys of " + session + ".",
			"Hop 2, proxy haproxy to backend green, port 8443: " + what + ", weight 1; there: server green-1.",
		}
		if d := cmp.Diff(want, got[:min(4, len(got))]); d != "" {
			t.Errorf("%s: %s", mode, d)
		}
	}
}

// TestForks says a backend and a proxy that one connection leads to in ways of
// their own.
func TestForks(t *testing.T) {
	in := parse(t, "forks", `
proxy outer { listen http :80 }
proxy inside { listen http :80 }
backend near { server near-1 :8081 }
backend far { server far-1 :8082 }
route shop on outer {
    host shop.apps.example.test
    to near weight 1
    to inside weight 1
}
route behind on inside {
    host shop.apps.example.test
    to far
}
request two {
    get http://shop.apps.example.test/
    times 2
}
`)
	pic := project(t, in, "topology", "two")
	checkWays(t, pic.(*view.Flowchart))
	var got []string
	for _, p := range view.Describe(pic).Parts[1:] {
		got = append(got, p.Title)
	}
	want := []string{
		"Way 1: client client to proxy outer to backend near",
		"Way 2: client client to proxy outer to proxy inside to backend far",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestFoldedWays: many backends are one box, and a session ends at one of them.
func TestFoldedWays(t *testing.T) {
	var text strings.Builder
	for i := range 30 {
		fmt.Fprintf(&text, "route r%d {\n    host r%d.apps.example.test\n    tls reencrypt\n    to b%d\n}\n", i, i, i)
	}
	parts := view.Describe(project(t, parse(t, "folded", text.String()), "topology", "")).Parts
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	for _, want := range []string{"There are, in one box: 30 backends.", "Proxy haproxy has: 30 reencrypt; ends T1, starts T2."} {
		if !slices.Contains(parts[0].Facts, want) {
			t.Errorf("%q is not said: %q", want, parts[0].Facts)
		}
	}
	if want := "Only proxy haproxy and one of 30 backends hold the keys of T2."; !slices.Contains(parts[1].Facts, want) {
		t.Errorf("%q is not said: %q", want, parts[1].Facts)
	}
	if want := "Hop 2, proxy haproxy to one of 30 backends, port 443: encrypted by T2."; parts[1].Steps[1] != want {
		t.Errorf("got %q, want %q", parts[1].Steps[1], want)
	}
}

// leftOut reports whether a party stands in words because it has no box.
func leftOut(c *view.Flowchart, said string) bool {
	kind, title, ok := strings.Cut(said, " ")
	if !ok || !slices.Contains([]string{"client", "proxy", "backend"}, kind) {
		return false
	}
	for _, g := range c.Groups {
		for _, b := range g.Boxes {
			if b.Label == title {
				return false
			}
		}
	}
	return true
}

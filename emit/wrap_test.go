package emit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// longChain is a client, some proxies behind each other and a backend; the client also
// goes around the first proxy.
func longChain(proxies int) *view.Flowchart {
	out := &view.Flowchart{Head: view.Head{Title: "A chain"}}
	group := &view.Group{ID: "zone", Label: "Zone"}
	out.Groups = []*view.Group{group}
	add := func(id string, kind view.BoxKind) {
		group.Boxes = append(group.Boxes, &view.Box{ID: id, Label: "The box " + id, Sub: "10.0.0.1", Kind: kind})
	}
	join := func(from, to string) {
		out.Edges = append(out.Edges, &view.Edge{ID: from + " > " + to, From: from, To: to, Label: ":443 T1 TLS 1.3", Line: view.LineTLS, Session: "T1"})
	}
	add("client", view.BoxClient)
	before := "client"
	for i := range proxies {
		id := fmt.Sprintf("proxy-%d", i+1)
		add(id, view.BoxProxy)
		join(before, id)
		before = id
	}
	add("backend", view.BoxBackend)
	add("alone", view.BoxBackend)
	join(before, "backend")
	join("client", "proxy-2")
	return out
}

// TestWrapped cuts chains of any length to lines that are legible, with every arrow in one
// of them.
func TestWrapped(t *testing.T) {
	for _, on := range []page{400, 760, 1500} {
		for proxies := 2; proxies < 12; proxies++ {
			pic := longChain(proxies)
			var edges []string
			drawn := map[string]int{}
			lines := wrapped(pic, on.chart(pic))
			for i, line := range lines {
				if line.spots.w > on.chart(pic) {
					t.Errorf("%d proxies on %d: line %d is %d wide", proxies, on, i+1, line.spots.w)
				}
				for _, e := range line.chart.edges {
					edges = append(edges, e.edge.ID)
				}
				for _, b := range line.chart.boxes {
					drawn[b.box.ID]++
					cut := strings.Contains(b.box.Sub, "continue")
					if len(lines) == 1 && cut {
						t.Errorf("%s is not cut, and says %q", b.box.ID, b.box.Sub)
					}
					if !strings.HasPrefix(b.box.Sub, "10.0.0.1") {
						t.Errorf("%s has lost its address: %q", b.box.ID, b.box.Sub)
					}
				}
			}
			var want []string
			for _, e := range pic.Edges {
				want = append(want, e.ID)
			}
			slices.Sort(edges)
			slices.Sort(want)
			if !slices.Equal(edges, want) {
				t.Errorf("%d proxies on %d: drawn %q, want %q", proxies, on, edges, want)
			}
			eachBox(pic.Groups[0], func(b *view.Box) {
				if drawn[b.ID] == 0 || b.ID == "alone" && drawn[b.ID] != 1 {
					t.Errorf("%d proxies on %d: %s is drawn %d times", proxies, on, b.ID, drawn[b.ID])
				}
			})
			for _, f := range faults(layoutFlowchart(pic, on)) {
				t.Error(f)
			}
			if again := longChain(proxies); !slices.Equal(subs(pic), subs(again)) {
				t.Error("the picture itself was changed")
			}
		}
	}
	if n := len(wrapped(longChain(9), page(760).chart(longChain(9)))); n < 2 {
		t.Errorf("nine proxies have %d line", n)
	}
	if n := len(wrapped(longChain(9), MaxPage)); n != 1 {
		t.Errorf("on a wide page they have %d lines", n)
	}
}

func subs(pic *view.Flowchart) []string {
	var out []string
	eachBox(pic.Groups[0], func(b *view.Box) { out = append(out, b.Sub) })
	return out
}

// TestEven breaks texts to lines that are about as long as each other, and no word.
func TestEven(t *testing.T) {
	for _, tc := range []struct {
		said  string
		width int
		want  string
	}{
		{":443 PROXY v2 + T1 TLS 1.3", 110, ":443 PROXY v2|+ T1 TLS 1.3"},
		{":443 PROXY v2 + T1 TLS 1.3", 400, ":443 PROXY v2 + T1 TLS 1.3"},
		{"shows billing-internal", 100, "shows|billing-internal"},
		{"", 100, ""},
	} {
		if got := strings.Join(even(tc.said, fontSmall, ink, tc.width).lines, "|"); got != tc.want {
			t.Errorf("%q in %d: %q, want %q", tc.said, tc.width, got, tc.want)
		}
	}
}

package flow

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAdmission holds that the proxies that are looked for by a label are those
// that admit a route.
func TestAdmission(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]string{"a", "b", "c"})
		labels := func(what string) []Label {
			var out []Label
			for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"k", "l"}), 0, 2, rapid.ID).Draw(t, what) {
				out = append(out, Label{Key: key, Value: value.Draw(t, "value")})
			}
			return out
		}
		selectors := func(what string) []Selector {
			var out []Selector
			for range rapid.IntRange(0, 2).Draw(t, what) {
				var s Selector
				for range rapid.IntRange(0, 2).Draw(t, "terms") {
					s.Terms = append(s.Terms, SelectorTerm{
						Key: rapid.SampledFrom([]string{"k", "l"}).Draw(t, "key"), Op: rapid.SampledFrom(selectorOps).Draw(t, "op"),
						Values: rapid.SliceOfN(value, 1, 2).Draw(t, "values"),
					})
				}
				out = append(out, s)
			}
			return out
		}
		var proxies []*Proxy
		for range rapid.IntRange(0, 8).Draw(t, "proxies") {
			proxies = append(proxies, &Proxy{ProxyFacts: ProxyFacts{Admit: selectors("admit"), AdmitNamespaces: selectors("admit namespaces")}})
		}
		r := &Route{RouteFacts: RouteFacts{Labels: labels("labels")}}
		if rapid.Bool().Draw(t, "namespace") {
			r.Namespace = &Namespace{Labels: labels("namespace labels")}
		}
		found := newAdmission(proxies).of(r)
		if !slices.IsSorted(found) || len(slices.Compact(slices.Clone(found))) < len(found) {
			t.Errorf("not in order, or twice: %v", found)
		}
		for i, p := range proxies {
			if admits(p, r) && !slices.Contains(found, int32(i)) {
				t.Errorf("proxy %d admits the route, and is not found among %v", i, found)
			}
		}
	})
}

// TestOverlaps holds that the pairs of a route are those of which Overlap speaks.
func TestOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Route{}
		for range rapid.IntRange(0, 5).Draw(t, "proxies") {
			p := &Proxy{}
			switch rapid.IntRange(0, 2).Draw(t, "admits") {
			case 1:
				p.Admit = []Selector{{Terms: []SelectorTerm{{Key: "k", Op: "exists"}}}}
			case 2:
				p.AdmitNamespaces = []Selector{{All: true}}
			}
			r.Proxies = append(r.Proxies, p)
		}
		var want, got [][2]*Proxy
		for i, a := range r.Proxies {
			for _, b := range r.Proxies[i+1:] {
				if Overlap(a, b, r) {
					want = append(want, [2]*Proxy{a, b})
				}
			}
		}
		for a, b := range r.Overlaps() {
			got = append(got, [2]*Proxy{a, b})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d pairs, want %d", len(got), len(want))
		}
	})
}

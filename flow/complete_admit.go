package flow

import "slices"

// admission finds the proxies that can admit a route: each is looked for by one
// label that it wants, of the route or of its namespace.
type admission struct {
	open   []int32 // positions in Topology.Proxies of those that want none
	wanted map[wantedLabel][]int32
}

// wantedLabel is a label of a route, or of its namespace.
type wantedLabel struct {
	ofNamespace bool
	key, value  string
}

func newAdmission(proxies []*Proxy) *admission {
	a := &admission{wanted: map[wantedLabel][]int32{}}
	counts := map[wantedLabel]int{}
	for _, p := range proxies {
		p.wants(func(labels []wantedLabel) {
			for _, l := range labels {
				counts[l]++
			}
		})
	}
	for i, p := range proxies {
		var tells []wantedLabel // the term that tells most
		rarest := 0
		p.wants(func(labels []wantedLabel) {
			n := 0
			for _, l := range labels {
				n = max(n, counts[l])
			}
			if rarest == 0 || n < rarest {
				rarest, tells = n, labels
			}
		})
		if rarest == 0 {
			a.open = append(a.open, int32(i))
		}
		for _, l := range tells {
			a.wanted[l] = append(a.wanted[l], int32(i))
		}
	}
	return a
}

// wants calls f for each term of the proxy's selectors that wants a label, with
// the labels that meet it.
func (p *Proxy) wants(f func(labels []wantedLabel)) {
	for i, selectors := range [][]Selector{p.Admit, p.AdmitNamespaces} {
		for _, s := range selectors {
			for _, t := range s.Terms {
				if t.Op != "=" && t.Op != "in" || len(t.Values) == 0 {
					continue
				}
				var labels []wantedLabel
				for _, v := range t.Values {
					labels = append(labels, wantedLabel{i == 1, t.Key, v})
				}
				f(labels)
			}
		}
	}
}

// of returns the positions of the proxies that can admit a route, in order.
func (a *admission) of(r *Route) []int32 {
	out := a.open
	add := func(ofNamespace bool, labels []Label) {
		for _, l := range labels {
			if found := a.wanted[wantedLabel{ofNamespace, l.Key, l.Value}]; found != nil {
				out = append(slices.Clip(out), found...)
			}
		}
	}
	add(false, r.Labels)
	if r.Namespace != nil {
		add(true, r.Namespace.Labels)
	}
	if len(out) > len(a.open) {
		slices.Sort(out)
	}
	return slices.Compact(out)
}

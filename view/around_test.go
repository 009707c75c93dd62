package view_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/view"
)

// arrows are the arrows of a topology that begin or end at one of some boxes, by their ends
// and kinds, and the boxes at which they end.
func arrows(pic *view.Flowchart, of map[string]bool) (said map[string]bool, boxes map[string]bool) {
	said, boxes = map[string]bool{}, map[string]bool{}
	for _, e := range pic.Edges {
		if of[e.From] || of[e.To] {
			kind := "plain"
			if e.Line == view.LineTLS {
				kind = "TLS"
			}
			said[e.From+" > "+e.To+" "+kind] = true
			boxes[e.From], boxes[e.To] = true, true
		}
	}
	return said, boxes
}

// namedPlaces are what --around can name, and the nodes that each stands for; none for a route.
func namedPlaces(t *flow.Topology) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	add := func(name, node string) {
		if out[name] == nil {
			out[name] = map[string]bool{}
		}
		if node != "" {
			out[name][node] = true
		}
	}
	within := func(z *flow.Zone, node string) {
		add(node, node)
		if z != nil {
			add(z.Name, node)
		}
	}
	for _, c := range t.Clients {
		within(c.Zone, c.Name)
	}
	for _, p := range t.Proxies {
		within(p.Zone, p.Name)
	}
	for _, b := range t.Backends {
		within(b.Zone, b.Name)
		for _, s := range b.Servers {
			add(b.Name+"/"+s.Name, b.Name)
		}
	}
	for _, z := range t.Zones {
		add(z.Name, "")
	}
	for _, r := range t.Routes {
		add(r.Name, "")
	}
	return out
}

// TestAround draws every model around everything that it declares, in every view. The
// topology has each arrow of the whole one that begins or ends at what is named, and nothing
// that is not connected to it.
func TestAround(t *testing.T) {
	for _, m := range models.List() {
		in := model(t, m.Name)
		for name, nodes := range namedPlaces(in.Topology) {
			near := *in
			near.Around = []string{name}
			for _, v := range view.Views {
				near.Request = nil
				if v.Per == view.PerRequest {
					near.Request = in.Topology.Requests[0]
				}
				pic, reason := v.Draw(&near)
				if pic == nil && reason == "" {
					t.Errorf("%s around %s: no %s and no reason", m.Name, name, v.Name)
				}
				if pic == nil {
					continue
				}
				if foot := strings.Join(pic.Header().Foot, "\n"); !strings.Contains(foot, "around "+name) {
					t.Errorf("%s around %s: the foot of %s does not say so: %s", m.Name, name, v.Name, foot)
				}
				view.Describe(pic)
				checkPicture(t, pic)
			}
			if slices.ContainsFunc(in.Topology.Routes, func(r *flow.Route) bool { return r.Name == name }) || len(nodes) == 0 {
				continue
			}
			whole, _ := find(t, "topology").Project(in)
			part, _ := find(t, "topology").Project(&near)
			want, joined := arrows(whole.(*view.Flowchart), nodes)
			got, _ := arrows(part.(*view.Flowchart), nodes)
			for a := range want {
				if !got[a] {
					t.Errorf("%s around %s: no arrow %s", m.Name, name, a)
				}
			}
			for a := range got {
				if !want[a] {
					t.Errorf("%s around %s: the arrow %s is not in the whole picture", m.Name, name, a)
				}
			}
			for _, id := range boxes(part.(*view.Flowchart)) {
				if !nodes[id] && !joined[id] {
					t.Errorf("%s around %s: %s is not connected to it", m.Name, name, id)
				}
			}
			for id := range joined {
				if !slices.Contains(boxes(part.(*view.Flowchart)), id) {
					t.Errorf("%s around %s: %s is missing", m.Name, name, id)
				}
			}
		}
	}
}

// TestAroundChain says what is drawn around each part of a chain.
func TestAroundChain(t *testing.T) {
	in := parse(t, "balancer", balancer)
	for _, tc := range []struct {
		around, only []string
		boxes        string
	}{
		{[]string{"browser"}, nil, "browser lb"},
		{[]string{"lb"}, nil, "browser lb in-a"},
		{[]string{"in-a"}, nil, "lb in-a app-a"},
		{[]string{"app-a"}, nil, "in-a app-a"},
		{[]string{"app-a/two"}, nil, "in-a app-a"},
		{[]string{"a"}, nil, "lb in-a app-a"},
		{[]string{"other"}, nil, "other"},
		{[]string{"browser", "app-a"}, nil, "browser lb in-a app-a"},
		{[]string{"in-a"}, []string{"app-a"}, "lb in-a app-a"},
		{[]string{"app-a"}, []string{"a"}, "in-a app-a"},
		{[]string{"browser"}, []string{"in-a"}, "browser lb"},
	} {
		near := *in
		near.Around, near.Only = tc.around, tc.only
		pic, _ := find(t, "topology").Project(&near)
		if pic == nil {
			t.Errorf("around %v: nothing", tc.around)
			continue
		}
		chart := pic.(*view.Flowchart)
		if got := strings.Join(boxes(chart), " "); got != tc.boxes {
			t.Errorf("around %v, only %v: %s, want %s", tc.around, tc.only, got, tc.boxes)
		}
	}
	near := *in
	near.Around, near.Only = []string{"app-a"}, []string{"browser"}
	if pic, reason := find(t, "topology").Project(&near); pic != nil || !strings.Contains(reason, "--around") {
		t.Errorf("the client alone around the backend: %v, %q", pic, reason)
	}
}

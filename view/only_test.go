package view_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// balancer is a chain: a balancer in front of a shard, with a host each.
const balancer = `
client browser
client other
proxy lb {
    listen tcp :443
    domain apps.example.com
}
proxy in-a {
    listen https :443
    admit shard=a
}
route all on lb {
    to in-a
}
route a {
    host a.apps.example.com
    labels shard=a
    tls edge
    to app-a
}
backend app-a {
    server one
    server two
}
request r {
    from browser
    get https://a.apps.example.com/
}
`

// TestOnlyInChain draws every choice of names of a chain in every view: each arrow
// has both its ends, and what is named is there.
func TestOnlyInChain(t *testing.T) {
	names := []string{"browser", "other", "lb", "in-a", "app-a", "app-a/one", "all", "a"}
	in := parse(t, "balancer", balancer)
	in.Request = in.Topology.Requests[0]
	for bits := range 1 << len(names) {
		chosen := *in
		for i, n := range names {
			if bits>>i&1 == 1 {
				chosen.Only = append(chosen.Only, n)
			}
		}
		for _, v := range view.Views {
			pic, reason := v.Project(&chosen)
			if pic == nil && reason == "" {
				t.Errorf("--only %s: no %s and no reason", strings.Join(chosen.Only, ","), v.Name)
			}
			if pic != nil {
				checkPicture(t, pic)
			}
		}
		drawn := boxes(project(t, &chosen, "topology", "").(*view.Flowchart))
		for _, n := range chosen.Only {
			if n = strings.TrimSuffix(n, "/one"); n != "a" && n != "all" && !slices.Contains(drawn, n) {
				t.Errorf("--only %s: the topology has no box %q", strings.Join(chosen.Only, ","), n)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// boxes are the ids of the boxes of a flowchart.
func boxes(c *view.Flowchart) []string {
	var out []string
	for _, g := range c.Groups {
		for _, b := range g.Boxes {
			out = append(out, b.ID)
		}
	}
	return out
}

// TestOnlyShards: a balancer that traffic passes is a box, though no route of
// the picture is on it; a client that sends nothing is none.
func TestOnlyShards(t *testing.T) {
	in := parse(t, "balancer", balancer)
	in.Only = []string{"a", "in-a"}
	c := project(t, in, "shards", "").(*view.Flowchart)
	if got, want := strings.Join(boxes(c), " "), "routes 1 browser lb in-a app-a"; got != want {
		t.Errorf("boxes %s, want %s", got, want)
	}
	var edges []string
	for _, e := range c.Edges {
		edges = append(edges, e.From+">"+e.To)
	}
	if got, want := strings.Join(edges, " "), "routes 1>in-a browser>lb lb>in-a in-a>app-a"; got != want {
		t.Errorf("arrows %s, want %s", got, want)
	}
	if columns := len(c.Above.Columns); columns != len(c.Above.Sections[0].Rows[0].Cells) {
		t.Errorf("%d columns, cells %v", columns, texts(c.Above.Sections[0].Rows[0]))
	}
}

// TestOnlyShardsTargets: each target of a kept route is drawn with the way to it.
func TestOnlyShardsTargets(t *testing.T) {
	in := parse(t, "balancer", strings.Replace(balancer, "    to app-a\n", "    to app-a weight 95\n    to canary weight 5\n", 1)+"backend canary\n")
	in.Only = []string{"lb", "in-a", "app-a"}
	c := project(t, in, "shards", "").(*view.Flowchart)
	if got := boxes(c); !slices.Contains(got, "canary") {
		t.Errorf("boxes %q, want canary", got)
	}
	if !slices.ContainsFunc(c.Edges, func(e *view.Edge) bool { return e.From == "in-a" && e.To == "canary" }) {
		t.Error("no arrow to canary")
	}
}

// TestOnlySequence: who stands between two that are named stays, else nothing
// would be left to draw.
func TestOnlySequence(t *testing.T) {
	in := parse(t, "balancer", balancer)
	for _, tc := range []struct{ only, want string }{
		{"browser,in-a", "browser lb in-a"},
		{"browser,app-a", "browser lb in-a app-a/one"},
		{"lb,app-a/one", "lb in-a app-a/one"},
		{"in-a", "browser lb in-a app-a/one"},
	} {
		in.Only = strings.Split(tc.only, ",")
		p := project(t, in, "sequence", "r").(*view.Sequence).Panels[0]
		var lines []string
		for _, l := range p.Lifelines {
			lines = append(lines, l.ID)
		}
		if got := strings.Join(lines, " "); got != tc.want || len(p.Rows) == 0 {
			t.Errorf("--only %s: lifelines %s, want %s; %d rows", tc.only, got, tc.want, len(p.Rows))
		}
	}
}

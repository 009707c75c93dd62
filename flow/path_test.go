package flow_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

func none(*flow.Request) bool { return false }

// What is kept of a class is true of each path in it, and every path opens the
// connections that its hops say.
func TestPathsOfOneClass(t *testing.T) {
	paths, members := 0, 0
	for _, m := range corpus.Models(t, "..") {
		model := pipeline.Load(m.Entry, m.Read)
		if err := model.Resolve(t.Context()); err != nil || !model.Drawable() {
			continue
		}
		top := model.Topology
		for _, p := range flow.FindPaths(context.Background(), top, none).All {
			paths++
			for i, c := range p.Clients {
				members++
				lc := flow.LifecycleOf(top, p, c)
				own := flow.SummaryOf(p, lc)
				if got := p.Classes[i].Summary; !reflect.DeepEqual(got, own) {
					t.Errorf("%s: %s from %s\nclass %+v\nitself %+v", m.Name, p.Ask.Call.URL(), c.Name, got, own)
				}
				follows(t, m.Name, p, lc)
			}
		}
	}
	t.Logf("%d paths, %d with their clients", paths, members)
}

// follows holds the connections of a lifecycle against the hops of its path.
func follows(t *testing.T, name string, p *flow.Path, lc *flow.Lifecycle) {
	t.Helper()
	opened := 0
	for _, c := range lc.Connections {
		if c.To.Kind == flow.KindInner {
			continue
		}
		i := slices.IndexFunc(p.Hops, func(h flow.Hop) bool {
			return c.Listener == h.Listener && c.To.Server == h.Server && c.From.Proxy == h.From && c.Route == h.Route
		})
		if i < 0 || i > opened {
			t.Errorf("%s: %s: connection %s is hop %d of its path, behind %d", name, p.Ask.Call.URL(), c.ID, i, opened)
		}
		opened = max(opened, i+1)
	}
	if lc.Outcome.Fault == flow.FaultNone && opened < len(p.Hops) {
		t.Errorf("%s: %s succeeds after %d of %d hops", name, p.Ask.Call.URL(), opened, len(p.Hops))
	}
}

// Proxies that all send to each other have more combinations of targets than can
// be followed: each way between two of them is on a path, and the paths stay few.
func TestPathsOfMesh(t *testing.T) {
	const deep, wide = 8, 8
	var b strings.Builder
	b.WriteString("backend shop { server s 192.0.2.1:80 }\n")
	for d := range deep {
		for i := range wide {
			fmt.Fprintf(&b, "proxy p%d-%d { listen https :443 }\nroute r%d-%d on p%d-%d {\n host shop.example.test\n", d, i, d, i, d, i)
			if d == deep-1 {
				b.WriteString(" tls edge\n to shop\n}\n")
				continue
			}
			b.WriteString(" tls reencrypt\n")
			for j := range wide {
				fmt.Fprintf(&b, " to p%d-%d\n", d+1, j)
			}
			b.WriteString("}\n")
		}
	}
	b.WriteString("request visit {\n get https://shop.example.test/\n via p0-0\n}\n")
	m := pipeline.LoadText("mesh.flow", b.String())
	m.Compile()
	all := flow.FindPaths(context.Background(), m.Topology, none).All
	gone := map[[2]*flow.Listener]bool{}
	for _, p := range all {
		for i := 1; i < len(p.Hops); i++ {
			gone[[2]*flow.Listener{p.Hops[i-1].Listener, p.Hops[i].Listener}] = true
		}
	}
	if want := (deep-1)*wide*wide + wide; len(gone) != want {
		t.Errorf("%d ways between proxies and to the backend are on paths, want %d", len(gone), want)
	}
	if len(all) > 20_000 {
		t.Errorf("%d paths", len(all))
	}
}

// A redirect that a request follows is followed by its paths, to where its client
// goes: another proxy, where the name leads there.
func TestPathsOfFollowedRedirect(t *testing.T) {
	m := pipeline.LoadText("follow.flow", `proxy plain { listen http :80 }
proxy tls {
    listen https :443
    domain example.test
}
route shop on plain, tls {
    host shop.example.test
    tls edge
    insecure redirect
    to shop
}
request visit {
    get http://shop.example.test/
    via plain
    follow
}
`)
	m.Compile()
	var ends []string
	for _, p := range flow.FindPaths(context.Background(), m.Topology, none).All {
		if p.Ask.Request != nil {
			ends = append(ends, fmt.Sprintf("%s:%d %s %v", p.Ask.Via.Proxy.Name, p.Ask.Via.Port, p.Ask.Call.URL(), p.End == flow.EndServer))
		}
	}
	want := []string{"plain:80 http://shop.example.test/ false", "tls:443 https://shop.example.test/ true"}
	if !slices.Equal(ends, want) {
		t.Errorf("paths %q, want %q", ends, want)
	}
}

// The SNI on a hop is that of the host that the proxy sends on.
func TestSNIOfChangedHost(t *testing.T) {
	m := pipeline.LoadText("host.flow", `proxy front { listen https :443 }
proxy relay { listen tcp :8443 }
route shop on front {
    host shop.example.test
    tls reencrypt { sni host }
    header request set Host "shop.internal.test"
    to relay:8443
}
route shop-in on relay {
    host shop.internal.test
    tls passthrough
    to shop
}
`)
	m.Compile()
	for _, p := range flow.FindPaths(context.Background(), m.Topology, none).All {
		if p.Takes(m.Topology.Routes[0]) {
			for i, want := range []string{"shop.example.test", "shop.internal.test", "shop.internal.test"} {
				if got := p.Hops[i].SNI; got != want {
					t.Errorf("hop %d: SNI %q, want %q", i, got, want)
				}
			}
			return
		}
	}
	t.Error("no path takes the route")
}

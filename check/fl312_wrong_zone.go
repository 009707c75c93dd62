package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var wrongZone = &Rule{
	Code: "FL312", Name: "wrong-zone", Severity: diag.Error, Since: "0.2",
	Doc: "a request, or a route to another proxy, comes from a zone from which the proxy can be reached",
	Why: "from limits the zones from which the proxy can be reached: connections from other zones are not possible " +
		"(language reference, proxy)",
	Wire: "the SYN gets no answer, or RST, depending on the network between the zones. The client gets a timeout or " +
		"a refused connection, and the proxy gets nothing",
	Bad: `zone internet untrusted
zone office trusted
client browser in internet
client laptop in office
proxy haproxy { from office }

route intra {
    host intra.apps.example.test
    tls edge
    to intra
}
request home {
    from browser
    get https://intra.apps.example.test/
}
`,
	Good: `zone internet untrusted
zone office trusted
client browser in internet
client laptop in office
proxy haproxy { from office }

route intra {
    host intra.apps.example.test
    tls edge
    to intra
}
request desk {
    from laptop
    get https://intra.apps.example.test/
}
`,
	Run: func(p *Pass) {
		report := func(at source.Span, who string, z *flow.Zone, to *flow.Proxy, ways ...diag.Suggestion) {
			d := p.Report(at, "%s is in zone %q, from where proxy %q cannot be reached", who, z.Name, to.Name)
			related(d, to.From[0].At, "proxy %q states here from which zones it can be reached", to.Name)
			was := zonesOf(to)
			w := way(state(inProxy(to), diag.FactReachableFrom, to.From[len(to.From)-1], was, append(slices.Clone(was), z.Name)...))
			d.Suggest(append(ways, given(w, "traffic from zone %q is meant to get in", z.Name))...)
		}
		type way struct {
			c     *flow.Client
			proxy *flow.Proxy
		}
		first := once[way]()
		for _, q := range p.Topology.Requests {
			if !comesFromOutside(q) || p.model.doubt.confines(q.Via) || p.model.doubt.before(p.Topology, q) {
				continue
			}
			p.explain(q)
			if first(way{q.From, q.Via}) {
				report(known(q.ViaAt, q.Calls[0].At), `client "`+q.From.Name+`"`, q.From.Zone, q.Via, p.fromInside(q)...)
			}
		}
		for _, r := range p.Topology.Routes {
			sentTo(r, func(t *flow.Target) {
				for _, up := range r.Proxies {
					if t.Proxy != nil && !from(t.Proxy, up.Zone) && !p.model.doubt.confines(t.Proxy) {
						p.explainRoute(r, flow.FaultNone)
						report(t.At, fmt.Sprintf("proxy %q", up.Name), up.Zone, t.Proxy)
					}
				}
			})
		}
	},
}

// fromInside is the way to make a request from a client that gets to its proxy.
func (p *Pass) fromInside(q *flow.Request) []diag.Suggestion {
	i := slices.IndexFunc(p.Topology.Clients, func(c *flow.Client) bool { return c.Zone != nil && from(q.Via, c.Zone) })
	if i < 0 {
		return nil
	}
	name := p.Topology.Clients[i].Name
	step := diag.Step{Do: diag.Change, In: inRequest(q), Fact: diag.FactClientOf, Was: []string{q.From.Name}, Value: []string{name}}
	return []diag.Suggestion{given(way(step), "client %q makes the request", name)}
}

// zonesOf are the zones that a proxy can be reached from.
func zonesOf(proxy *flow.Proxy) []string {
	var out []string
	for _, z := range proxy.From {
		out = append(out, z.V.Name)
	}
	return out
}

// comesFromOutside reports whether a request of the model, which does not say
// that it fails, comes from a zone that its proxy cannot be reached from.
func comesFromOutside(q *flow.Request) bool {
	return q.From != nil && q.Via != nil && !q.Derived && !expectsFailure(q) && !from(q.Via, q.From.Zone)
}

package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var untrustedHop = &Rule{
	Code: "FL704", Name: "untrusted-plaintext", Severity: diag.Error, Since: "0.2",
	Doc: "no request crosses an untrusted zone or link in plaintext",
	Why: "whoever is on the way reads and changes what is not encrypted (RFC 9325, 3.2): paths, cookies, bodies, " +
		"and the headers in which the proxy says who the client is",
	Wire: "nothing fails: behind edge the request and the answer are readable on the server's hop, with all that " +
		"the proxy added; under insecure allow they are on the client's hop as well (measured)",
	Except: "something below TCP encrypts that network, IPsec or WireGuard: then it is one to call trusted",
	Bad: `zone berlin trusted
zone munich trusted
link berlin munich untrusted

proxy haproxy in berlin

backend payments in munich

route payments {
    host payments.apps.example.test
    tls edge
    to payments
}
`,
	Good: `zone berlin trusted
zone munich trusted
link berlin munich untrusted

proxy haproxy in berlin

backend payments in munich

route payments {
    host payments.apps.example.test
    tls reencrypt
    to payments
}
`,
	Run: func(p *Pass) {
		first := once[[2]string]()
		for _, q := range p.Topology.Requests {
			if !q.Derived && q.From != nil {
				p.plaintext(p.course(q), true, first)
			}
		}
		for _, r := range p.Topology.Routes {
			if !r.Mode.IsSet() && !plainPorts(r) {
				continue // only a request can say that it is plaintext
			}
			scheme := "https"
			if r.Mode.V == flow.ModeNone {
				scheme = "http"
			}
			schemes := []string{scheme}
			if scheme == "https" && r.Insecure.V == flow.InsecureAllow {
				schemes = append(schemes, "http")
			}
			for _, scheme := range schemes {
				if q, c := p.showing(r, scheme); c != nil {
					p.plaintext(c, !q.Derived || len(p.Topology.Clients) == 1, first)
				}
			}
			p.otherTargets(r, first)
		}
	},
}

// plainPorts reports whether each port that takes a route is stated to take
// plaintext, so that the route cannot be but plaintext.
func plainPorts(r *flow.Route) bool {
	some := false
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if !l.Takes(r) {
				continue
			}
			if l.Kind != flow.ListenHTTP || l.Supplied() {
				return false
			}
			some = true
		}
	}
	return some
}

// plaintext reports the plaintext hops of a course; the client's own only
// where the client is meant.
func (p *Pass) plaintext(c *course, client bool, first func([2]string) bool) {
	for _, h := range c.plain {
		if h.client && !client {
			continue
		}
		p.untrusted(h.route, h.from, h.to, h.client, first)
	}
}

// otherTargets looks at the backends that the derived request was not sent to.
func (p *Pass) otherTargets(r *flow.Route, first func([2]string) bool) {
	if r.Mode.V != flow.ModeEdge && r.Mode.V != flow.ModeNone {
		return
	}
	for _, proxy := range r.Proxies {
		for _, t := range r.Targets {
			if t.Backend != nil && !(r.Mode.V == flow.ModeNone && relayed(r)) {
				p.untrusted(r, hopEnd{fmt.Sprintf("proxy %q", proxy.Name), proxy.Zone}, hopEnd{targetOf(t), t.Backend.Zone}, false, first)
			}
		}
	}
}

func (p *Pass) untrusted(r *flow.Route, from, to hopEnd, client bool, first func([2]string) bool) {
	why, ok := p.Topology.Untrusted(from.zone, to.zone)
	if !ok {
		return
	}
	if _, broken := policyOf(r, "every-hop-encrypted"); broken {
		return // reported as the broken policy that it is
	}
	key := [2]string{from.name, to.name}
	if client {
		key = [2]string{r.Name, "its client"}
	}
	if !first(key) {
		return
	}
	at := known(r.Mode.At, r.At)
	help := toTLS(r, "tls reencrypt")
	if client {
		at, help = known(r.Insecure.At, r.Mode.At, r.At), toInsecure(r, "insecure redirect")
		if r.Mode.V == flow.ModeNone {
			at, help = known(r.Mode.At, r.At), toMode(r, "tls edge, tls reencrypt or tls passthrough")
		}
	}
	d := p.Report(at, "requests travel from %s to %s in plaintext over %s, which is untrusted: anyone there can read them", from.name, to.name, why)
	related(d, p.trustAt(from.zone, to.zone), "said here")
	d.Help = help
}

// trustAt is where a zone or link between two zones is said to be untrusted.
func (p *Pass) trustAt(a, b *flow.Zone) source.Span {
	for _, z := range []*flow.Zone{a, b} {
		if z != nil && z.Trust.V == flow.Untrusted {
			return z.Trust.At
		}
	}
	i := slices.IndexFunc(p.Topology.Links, func(l *flow.Link) bool { return l.A == a && l.B == b || l.A == b && l.B == a })
	if i < 0 {
		return source.Span{}
	}
	return p.Topology.Links[i].Trust.At
}

package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var oldVersion = &Rule{
	Code: "FL215", Name: "old-version", Severity: diag.Error, Since: "0.2", Scope: ScopeOwn,
	Doc: "a port accepts, and a proxy offers its servers, no version below TLS 1.2",
	Why: "TLS 1.0 and 1.1 are deprecated and must not be negotiated (RFC 8996, 4 and 5; RFC 9325, 3.1.1)",
	Wire: "a client that supports nothing newer gets the old version: a handshake whose integrity depends on SHA-1 " +
		"and MD5, with the server's certificate in plaintext. If the port starts at 1.2, the same client gets the " +
		"alert protocol_version (70) and FIN, and the proxy opens no backend connection",
	Except: "some devices cannot be replaced yet: give them a port of their own, in a zone that only they can reach",
	Bad: `client terminal { tls 1.0..1.1 }
proxy haproxy {
    listen https :443 { tls 1.0..1.3 }
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `client terminal { tls 1.0..1.2 }
proxy haproxy {
    listen https :443 { tls 1.2..1.3 }
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		old := p.raisingOld()
		low := func(v flow.Fact[flow.Versions], in diag.Place, does, to string) {
			if !v.IsSet() || v.V.Min >= flow.TLS12 || v.V.Min == 0 {
				return
			}
			d := p.Report(v.At, "%s TLS %s%s, which is deprecated and must not be used", does, v.V.Min, to)
			better := flow.Versions{Min: flow.TLS12, Max: max(v.V.Max, flow.TLS13)}
			if v.V.Max >= flow.TLS12 {
				better.Max = v.V.Max
			}
			steps := []diag.Step{state(in, diag.FactVersions, v, []string{v.V.String()}, better.String())}
			for _, s := range old {
				if s.At != v.At {
					steps = append(steps, s)
				}
			}
			w := way(steps...)
			w.Safe = v.V.Max >= flow.TLS12 && len(old) == 0
			if len(steps) > 1 {
				w.Why = "ends that support only older versions can no longer connect then"
			}
			d.Suggest(w)
		}
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				low(l.End.TLS, inListener(l), portOf(l)+" accepts", "")
			}
		}
		p.routes(func(r *flow.Route) {
			who := "its proxy"
			if len(r.Proxies) > 0 {
				who = fmt.Sprintf("proxy %q", r.Proxies[0].Name)
			}
			low(r.Upstream.End.TLS, inUpstream(r), who+" offers", fmt.Sprintf(" to the servers of route %q", r.Name))
		}, flow.ModeReencrypt)
	},
}

// raisingOld are the steps by which every end that cannot do TLS 1.2 gets it:
// without them it has no version in common with the ends that are raised.
func (p *Pass) raisingOld() []diag.Step {
	var out []diag.Step
	raise := func(in diag.Place, v flow.Fact[flow.Versions], lowest flow.Version) {
		if v.IsSet() && v.V.Max < flow.TLS12 {
			out = append(out, state(in, diag.FactVersions, v, []string{v.V.String()}, flow.Versions{Min: lowest, Max: flow.TLS12}.String()))
		}
	}
	for _, c := range p.Topology.Clients {
		raise(inClient(c), c.End.TLS, c.End.TLS.V.Min)
	}
	for _, q := range p.Topology.Requests {
		raise(inRequest(q), q.TLS, q.TLS.V.Min)
	}
	for _, proxy := range p.Topology.Proxies {
		for _, l := range proxy.Listeners {
			raise(inListener(l), l.End.TLS, flow.TLS12)
		}
	}
	p.routes(func(r *flow.Route) { raise(inUpstream(r), r.Upstream.End.TLS, flow.TLS12) }, flow.ModeReencrypt)
	for _, b := range p.Topology.Backends {
		raise(inServing(b), b.End.TLS, b.End.TLS.V.Min)
	}
	return out
}

package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var proxyHeader = &Rule{
	Code: "FL701", Name: "proxy-header", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "a PROXY header is sent if and only if the other end expects it",
	Why: "the receiver must not guess whether there is a header: it expects one, or it does not (PROXY protocol " +
		"specification, 2)",
	Wire: "who gets a header that it does not expect, or none where it does, closes after the first bytes, before " +
		"any TLS: the client gets FIN, with neither an alert nor a status, and RST from an HAProxy that waited for " +
		"the header (measured)",
	Except: "of a request that is meant to fail say so: expect close",
	Bad: `backend payments {
    speaks https
    accept-proxy
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Good: `backend payments {
    speaks https
    accept-proxy
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
    send-proxy v2
}
`,
	Run: func(p *Pass) {
		for _, r := range p.Topology.Routes {
			for _, t := range r.Targets {
				if t.Backend != nil {
					p.proxyHeader(r, t, t.Backend.AcceptProxy)
					continue
				}
				for _, l := range p.targetPorts(r, t) {
					p.proxyHeader(r, t, l.AcceptProxy)
				}
			}
		}
		p.clientHeaders()
	},
}

// proxyHeader compares what a route sends with what its target expects.
func (p *Pass) proxyHeader(r *flow.Route, t *flow.Target, accept flow.Fact[bool]) {
	if (r.SendProxy.V != 0) == accept.V || p.expectedFailure(r, flow.FaultProxyHeader, flow.FaultProtocol) {
		return
	}
	p.explainRoute(r, flow.FaultProxyHeader, flow.FaultProtocol, flow.FaultNone)
	if accept.V {
		d := p.Report(t.At, "%s expects a PROXY header and route %q sends none: the connection is closed", targetOf(t), r.Name)
		related(d, accept.At, "expected here")
		d.Help = fmt.Sprintf("add send-proxy v2 to route %q; or leave accept-proxy out, if nobody sends one there", r.Name)
		return
	}
	d := p.Report(known(r.SendProxy.At, t.At), "route %q sends a PROXY header to %s, which expects none: the connection is closed", r.Name, targetOf(t))
	related(d, t.At, "sent here")
	d.Help = fmt.Sprintf("add accept-proxy to %s, or leave send-proxy out of route %q", targetOf(t), r.Name)
}

// targetPorts are the ports of a proxy to which a route leads.
func (p *Pass) targetPorts(r *flow.Route, t *flow.Target) []*flow.Listener {
	var out []*flow.Listener
	first := once[*flow.Listener]()
	for _, up := range r.Proxies {
		for _, l := range up.Listeners {
			port := t.Port
			if port == 0 {
				port = l.Port
			}
			if to := t.Proxy.Listens(port); r.Serves(l) && l.Takes(r) && to != nil && first(to) {
				out = append(out, to)
			}
		}
	}
	return out
}

// arrival is a port to which a client comes.
type arrival struct {
	client *flow.Client
	port   *flow.Listener
}

// clientHeaders compares what clients send with what their proxy expects.
func (p *Pass) clientHeaders() {
	first := once[arrival]()
	p.requests(func(q *flow.Request, _ *course) {
		if q.From == nil || q.Via == nil || len(q.Calls) == 0 {
			return
		}
		l := q.Via.Listens(q.Calls[0].Port)
		if l == nil || (q.From.SendProxy.V != 0) == l.AcceptProxy.V {
			return
		}
		p.explain(q)
		if !first(arrival{q.From, l}) {
			return
		}
		if l.AcceptProxy.V {
			d := p.Report(l.AcceptProxy.At, "%s expects a PROXY header and client %q sends none: the connection is closed", portOf(l), q.From.Name)
			related(d, q.From.At, "the client is declared here")
			d.Help = fmt.Sprintf("put a proxy with send-proxy before proxy %q, or leave accept-proxy out", q.Via.Name)
			return
		}
		d := p.Report(q.From.SendProxy.At, "client %q sends a PROXY header to %s, which expects none: the connection is closed", q.From.Name, portOf(l))
		related(d, l.At, "the port is declared here")
		d.Help = fmt.Sprintf("add accept-proxy to the port, or leave send-proxy out of client %q", q.From.Name)
	})
}

package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var untrustedHeader = &Rule{
	Code: "FL702", Name: "untrusted-proxy-header", Severity: diag.Error, Since: "0.2",
	Doc: "a PROXY header is accepted only from where senders are trusted",
	Why: "whoever connects can claim any address, and walk past every allow list (PROXY protocol, 2: the receiver must only " +
		"be reachable by those that it trusts)",
	Run: func(p *Pass) {
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if !l.AcceptProxy.V {
					continue
				}
				if z := p.untrustedSender(l); z != nil {
					d := p.Report(l.AcceptProxy.At, "%q believes PROXY headers on :%d, which can be reached from %q, an untrusted zone", proxy.Name, l.Port, z.Name)
					related(d, z.Trust.At, "untrusted")
					d.Help = "say from which zones it can be reached: from ZONE; or leave accept-proxy out"
				}
			}
		}
	},
}

// untrustedSender is a zone that is said to be untrusted and from which a port
// can be reached: the proxy's from names it, or a client there sends headers.
func (p *Pass) untrustedSender(l *flow.Listener) *flow.Zone {
	for _, z := range l.Proxy.From {
		if z.V.Trust.V == flow.Untrusted {
			return z.V
		}
	}
	for _, q := range p.Topology.Requests {
		if q.From != nil && q.Via == l.Proxy && len(q.Calls) > 0 && q.Calls[0].Port == l.Port && q.From.SendProxy.V != 0 &&
			q.From.Zone != nil && q.From.Zone.Trust.V == flow.Untrusted {
			return q.From.Zone
		}
	}
	return nil
}

package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughCertificate = &Rule{
	Code: "FL204", Name: "passthrough-certificate", Severity: diag.Error, Since: "0.1", Scope: ScopeOwn,
	Doc: "a passthrough route has no certificate, CA or ALPN of its own",
	Why: "the TLS handshake is between client and server: the proxy uses none of them. OpenShift's validation: " +
		"passthrough termination does not support certificates",
	Wire: "the client gets the server's certificate, relayed unchanged. The route's certificate is never presented: " +
		"it expires without notice, and a client that expects it gets another name or issuer",
	Bad: `certificate pay-public { names pay.apps.example.test }

route pay {
    host pay.apps.example.test
    tls passthrough
    certificate pay-public
    to payments
}
`,
	Good: `certificate pay-public { names pay.apps.example.test }

route pay {
    host pay.apps.example.test
    tls passthrough
    to payments
}
backend payments {
    speaks https { certificate pay-public }
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Certificate.IsSet() {
				d := p.Report(r.Certificate.At, "route %q is passthrough and never presents certificate %q: clients get the server's certificate", r.Name, r.Certificate.V.Name)
				out := remove(inRoute(r), diag.FactCertificate, r.Certificate.At, r.Certificate.V.Name)
				if b := onlyBackend(r); b != nil && p.canServeTLS(b) && len(b.End.Certificates) == 0 && r.Certificate.V.Covers(flow.OneHost(r.Host.V)) {
					d.Suggest(way(out), way(out, add(inServing(b), diag.FactCertificates, r.Certificate.V.Name)))
				} else {
					d.Suggest(way(out))
				}
			}
			if r.ALPN.IsSet() {
				d := p.Report(r.ALPN.At, "route %q is passthrough: its alpn has no effect, as clients and servers agree on ALPN with each other", r.Name)
				out := remove(inRoute(r), diag.FactALPN, r.ALPN.At, r.ALPN.V...)
				if b := onlyBackend(r); b != nil && p.canServeTLS(b) && !b.End.ALPN.IsSet() {
					d.Suggest(way(out, add(inServing(b), diag.FactALPN, r.ALPN.V...)))
				}
				d.Suggest(way(out))
			}
			if r.Upstream.IsSet() {
				d := p.Report(r.Upstream.At, "route %q is passthrough: the proxy opens no TLS session to the servers, and the settings in this block have no effect", r.Name)
				d.Suggest(way(removeUpstream(r)))
				if steps, ok := p.reencrypting(r); ok {
					d.Suggest(way(steps...))
				}
			}
		}, flow.ModePassthrough)
	},
}

package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var noUpstreamSNI = &Rule{
	Code: "FL408", Name: "no-upstream-sni", Severity: diag.Warning, Since: "0.2",
	Doc: "a reencrypt route sends an SNI to a server that chooses its certificate by it",
	Why: "HAProxy before 3.3 sends none unless sni says so, and verifyhost does not send one: the server shows its first " +
		"certificate, or refuses (HAProxy configuration manual, sni; measured)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Upstream.SNI.V != "" || r.Upstream.SNIHost {
				return
			}
			backends(r, func(b *flow.Backend, at source.Span) {
				if !b.End.StrictSNI.V && len(b.End.Certificates) < 2 {
					return
				}
				p.explainRoute(r, flow.FaultStrictSNI, flow.FaultWrongName)
				d := p.Report(known(r.Upstream.SNI.At, at), "route %q sends no SNI to %q, which chooses its certificate by it", r.Name, b.Name)
				why := b.End.StrictSNI.At
				if !why.Known() {
					why = b.End.Certificates[1].At
				}
				related(d, why, "by SNI here")
				d.Help = "say sni HOST, or sni host to pass on the request's"
			})
		}, flow.ModeReencrypt)
	},
}

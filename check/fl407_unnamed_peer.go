package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unnamedPeer = &Rule{
	Code: "FL407", Name: "unnamed-peer", Severity: diag.Error, Since: "0.2",
	Doc: "a reencrypt route that says whom it trusts says which name the server must have",
	Why: "with neither sni nor verifyhost the certificate's names are ignored: any server with a certificate of that CA " +
		"will do (HAProxy configuration manual, verify)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			up := r.Upstream
			if len(up.End.Trust) == 0 || !up.End.Verify.V || up.Name.V != "" || up.SNI.V != "" || up.SNIHost {
				return
			}
			d := p.Report(up.End.Trust[0].At, "route %q accepts every certificate of %q, whatever its name", r.Name, up.End.Trust[0].V.Name)
			d.Help = "say which name must stand in it: name HOST"
		}, flow.ModeReencrypt)
	},
}

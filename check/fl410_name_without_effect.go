package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var nameWithoutEffect = &Rule{
	Code: "FL410", Name: "name-without-effect", Severity: diag.Warning, Since: "0.2",
	Doc: "a reencrypt route that sends an SNI checks that name and no other one",
	Why: "if HAProxy sends an SNI, it looks for the SNI in the server's certificate; it uses verifyhost only if it " +
		"sends none (HAProxy configuration manual, 5.2, verifyhost and sni; measured)",
	Wire: "a certificate with the name but without the SNI is refused in every request, at once, and the client " +
		"gets 503. A health check without sni sends no SNI and looks for the name, so it finds the same server up " +
		"(measured)",
	Except: "another product than HAProxy checks both names",
	Bad: `certificate node {
    names node-1.internal.test, app.example.test
}

backend app {
    speaks https { certificate node }
}

route app {
    host app.example.test
    tls reencrypt {
        name node-1.internal.test
        sni host
    }
    to app
}
`,
	Good: `certificate node {
    names node-1.internal.test, app.example.test
}

backend app {
    speaks https { certificate node }
}

route app {
    host app.example.test
    tls reencrypt { sni host }
    to app
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			up := &r.Upstream
			if up.Name.V == "" || !up.Name.IsSet() || !up.End.Verify.V || !up.SNI.IsSet() && !up.SNIHost || up.SNI.V == "" && !up.SNIHost {
				return
			}
			sent, only := up.SNI.V, ""
			if up.SNIHost {
				sent = r.FirstHost()
			}
			if sent == up.Name.V {
				return
			}
			what := sent
			if up.SNIHost {
				what = "the request's host"
			}
			backends(r, func(b *flow.Backend, _ source.Span) {
				if c := b.Check; c.IsSet() && b.ChecksTLS() && c.V.SNI == "" {
					only = fmt.Sprintf("; only the check of backend %q looks for the name", b.Name)
				}
			})
			d := p.Report(up.Name.At, "name %s of route %q has no effect: %s is sent as SNI, and is what the certificate must have%s", up.Name.V, r.Name, what, only)
			related(d, up.SNI.At, "route %q states the SNI here", r.Name)
			away := way(remove(inUpstream(r), diag.FactCheckedName, up.Name.At, up.Name.V))
			if only != "" {
				away = way(p.sending(r, up.Name.V)...)
			}
			d.Suggest(away)
		}, flow.ModeReencrypt)
	},
}

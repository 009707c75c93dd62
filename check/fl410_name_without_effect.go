package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var nameWithoutEffect = &Rule{
	Code: "FL410", Name: "name-without-effect", Severity: diag.Warning, Since: "0.2",
	Doc: "the name that a reencrypt route checks is the SNI that it sends, where it sends one",
	Why: "where an SNI is sent, HAProxy looks for the SNI in the server's certificate; verifyhost counts only where none " +
		"is (HAProxy configuration manual, 5.2, verifyhost and sni; measured)",
	Wire: "a certificate that has the name and not the SNI is refused in every request, at once, and the client gets " +
		"503; a health check sends no SNI unless it states one, looks for the name, and finds the same server up (measured)",
	Except: "another product checks both: then this model is not about HAProxy",
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
			if !up.Name.IsSet() || !up.End.Verify.V || !up.SNI.IsSet() && !up.SNIHost || up.SNI.V == "" && !up.SNIHost {
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
			related(d, up.SNI.At, "sent here")
			away := way(remove(inUpstream(r), diag.FactCheckedName, up.Name.At, up.Name.V))
			if only != "" {
				away = way(p.sending(r, up.Name.V)...)
			}
			d.Suggest(away)
		}, flow.ModeReencrypt)
	},
}

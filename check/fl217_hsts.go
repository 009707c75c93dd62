package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var hstsInClear = &Rule{
	Code: "FL217", Name: "hsts-in-clear", Severity: diag.Warning, Since: "0.2",
	Doc: "HSTS is for routes that are served in TLS alone",
	Why: "clients ignore the header over plaintext, where it must not be sent (RFC 6797, 7.2 and 8.1); with insecure " +
		"allow the route says both at once",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if !r.HSTS.Said() || r.Mode.V != flow.ModeNone && r.Insecure.V != flow.InsecureAllow {
				return
			}
			what, at := "is served in plaintext", r.Mode.At
			if r.Mode.V != flow.ModeNone {
				what, at = "allows plaintext", r.Insecure.At
			}
			d := p.Report(r.HSTS.At, "route %q %s, where HSTS says nothing", r.Name, what)
			related(d, at, "stated here")
			d.Help = "leave hsts out, or serve TLS alone: insecure redirect"
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
	},
}

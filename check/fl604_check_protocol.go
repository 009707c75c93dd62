package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var checkProtocol = &Rule{
	Code: "FL604", Name: "check-protocol", Severity: diag.Warning, Since: "0.2",
	Doc: "a health check speaks what the backend speaks",
	Why: "a check in another protocol finds good servers down; a tcp check on a TLS port never sees that a certificate has " +
		"expired (HAProxy configuration manual, check-ssl; measured)",
	Run: func(p *Pass) {
		fits := map[flow.Protocol][]string{
			flow.SpeaksHTTP: {"tcp", "http"}, flow.SpeaksH2C: {"tcp", "http"}, flow.SpeaksTCP: {"tcp"},
			flow.SpeaksHTTPS: {"tls", "http"}, flow.SpeaksTLS: {"tls"},
		}
		for _, b := range p.Topology.Backends {
			kind := b.Check.V.Kind
			if !b.Check.Said() || kind == "" || !b.Speaks.Said() || slices.Contains(fits[b.Speaks.V], kind) {
				continue
			}
			what := "fails on good servers"
			if kind == "tcp" {
				what = "succeeds whatever is wrong with their TLS"
			}
			d := p.Report(b.Check.At, "a %s check of %q, which speaks %s, %s", kind, b.Name, b.Speaks.V, what)
			related(d, b.Speaks.At, "declared here")
			d.Help = "say check " + fits[b.Speaks.V][len(fits[b.Speaks.V])-1]
		}
	},
}

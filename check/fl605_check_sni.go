package check

import (
	"github.com/flowc-lang/flowc/diag"
)

var checkSNI = &Rule{
	Code: "FL605", Name: "check-sni", Severity: diag.Warning, Since: "0.2",
	Doc: "a health check sends an SNI to servers that choose their certificate by it",
	Why: "the sni of a server line does not apply to its checks, check-sni does: without it the check gets the first " +
		"certificate, or is refused (HAProxy configuration manual, check-sni; measured)",
	Run: func(p *Pass) {
		for _, b := range p.Topology.Backends {
			c := b.Check
			if !c.Said() || c.V.Kind == "" || c.V.Kind == "tcp" || c.V.SNI != "" || !b.Speaks.V.TLS() {
				continue
			}
			why := b.End.StrictSNI.At
			if len(b.End.Certificates) > 1 {
				why = known(why, b.End.Certificates[1].At)
			}
			if !why.Known() {
				continue
			}
			d := p.Report(c.At, "the check of %q sends no SNI, by which its servers choose their certificate", b.Name)
			related(d, why, "by SNI here")
			d.Help = "say which name it asks for: check " + c.V.Kind + " … sni HOST"
		}
	},
}

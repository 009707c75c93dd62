package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noDrain = &Rule{
	Code: "FL602", Name: "no-drain", Severity: diag.Warning, Since: "0.2",
	Doc: "a passthrough route has no target of weight zero: it drains nothing",
	Why: "behind edge and reencrypt a cookie keeps a client at a server of weight zero; passthrough has no cookies, and " +
		"the OpenShift router leaves such servers out at once (template: \"ne $weight 0\")",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			some := false
			for _, t := range r.Targets {
				some = some || t.Weight.V > 0
			}
			for _, t := range r.Targets {
				if !some || !t.Weight.Said() || t.Weight.V != 0 {
					continue
				}
				d := p.Report(t.Weight.At, "passthrough route %q drops %q at weight 0: its clients are not kept there until they are done", r.Name, t.Name())
				d.Help = "remove the target, or keep a small weight until its clients are gone"
			}
		}, flow.ModePassthrough)
	},
}

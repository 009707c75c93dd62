package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noDrain = &Rule{
	Code: "FL602", Name: "no-drain", Severity: diag.Warning, Since: "0.2",
	Doc: "a passthrough route has no target of weight zero that is up: it drains nothing",
	Why: "behind edge and reencrypt a cookie keeps a client at a target of weight zero until it is done; " +
		"passthrough has no cookie, and OpenShift's router leaves such servers out of the configuration at once (its " +
		"template: \"ne $weight 0\" for passthrough, \"ge $weight 0\" for the others)",
	Wire: "the next connection of a client that was at the target is relayed to another one, which meets its " +
		"tickets and cookies for the first time: a full handshake in place of a resumed one, and a login; no alert " +
		"and no status tells of it",
	Except: "nobody has to be kept there, because the servers share their state, or because they were never in use",
	Bad: `backend shop-blue {
    server blue-1, blue-2
}
backend shop-green {
    server green-1, green-2
}

route shop {
    host shop.apps.example.test
    tls passthrough
    to shop-blue weight 0
    to shop-green weight 100
}
`,
	Good: `backend shop-blue {
    server blue-1, blue-2
}
backend shop-green {
    server green-1, green-2
}

route shop {
    host shop.apps.example.test
    tls passthrough
    to shop-blue weight 1
    to shop-green weight 100
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			some := false
			for _, t := range r.Targets {
				some = some || t.Weight.V > 0
			}
			for _, t := range r.Targets {
				if !some || !t.Weight.IsSet() || t.Weight.V != 0 || !inUse(t) {
					continue
				}
				d := p.Report(t.Weight.At, "passthrough route %q sends nobody to %s at weight 0, not even clients that were there before", r.Name, targetOf(t))
				d.Help = "remove the target, or keep it at weight 1 until its clients are gone"
			}
		}, flow.ModePassthrough)
	},
}

// inUse reports whether a target has a server that a client could be at.
func inUse(t *flow.Target) bool {
	return t.Backend == nil || slices.ContainsFunc(t.Backend.Servers, (*flow.Server).Usable)
}

package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var failingRequest = &Rule{
	Code: "FL313", Name: "failing-request", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel, Last: true,
	Doc: "a request that fails says so with expect",
	Why: "a request without an expect is taken for one that succeeds, and its derived course does not (language " +
		"reference, Outcomes)",
	Wire: "what is derived, message by message, up to the step that the finding's help names. In the bad model below no " +
		"port of the proxy has the URL's number: SYN, and RST in answer to it",
	Except: "the failure is what the request is there to show: then say which, expect close for instance. A server that is " +
		"said to refuse or to be silent, and a client that stops, are taken for meant",
	Bad: `proxy haproxy {
    listen https :443
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}

request buy {
    get https://shop.apps.example.test:8443/cart
}
`,
	Good: `proxy haproxy {
    listen https :443
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}

request buy {
    get https://shop.apps.example.test/cart
}
`,
	Run: func(p *Pass) {
		for _, r := range p.Topology.Requests {
			c := p.course(r)
			o := c.outcome
			if len(r.Expect) > 0 || c.cause == nil || p.model.explained[r] || meant(o.Fault) {
				continue
			}
			at := r.At
			if len(r.Calls) > 0 {
				at = known(r.Calls[0].At, at)
			}
			if r.Derived {
				continue
			}
			d := p.Report(at, "request %q fails: %s", r.Name, words.Why(o.Why))
			d.Help = fmt.Sprintf("the client gets %s; if that is meant, add expect %s to request %q", got(o), words.Ending(o.Endings[0]), r.Name)
		}
	},
}

// meant reports whether a model says in so many words that something fails: a
// server that refuses or is silent, a client that stops.
func meant(f flow.Fault) bool {
	return f == flow.FaultRefused || f == flow.FaultSilent || f == flow.FaultAborted
}

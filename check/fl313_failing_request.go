package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var failingRequest = &Rule{
	Code: "FL313", Name: "failing-request", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel, Last: true,
	Doc: "a request that fails must declare it with expect",
	Why: "a request without an expect is taken for one that succeeds, and its derived course does not (language " +
		"reference, Outcomes)",
	Wire: "what is derived, message by message, up to the fault that the finding names. In the bad model below no " +
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
			if len(r.Expect) > 0 || c.cause == nil || p.model.explained[r] || statedFault(o.Fault) {
				continue
			}
			at := r.At
			if len(r.Calls) > 0 {
				at = known(r.Calls[0].At, at)
			}
			if r.Derived {
				continue
			}
			message := fmt.Sprintf("request %q fails: %s", r.Name, words.Why(o.Why))
			meant := p.likelyHost(r)
			if meant != "" {
				message += fmt.Sprintf("; did you mean the host %s?", meant)
			}
			d := p.Report(at, "%s", message)
			switch {
			case meant != "":
				d.Suggest(way(askingAll(r, meant, r.Calls[0].Port)...))
			case o.Fault == flow.FaultNoListener && len(r.Calls) > 0 && r.Via.Listens(implied[r.Calls[0].Scheme]) != nil:
				d.Suggest(way(askingAll(r, r.Calls[0].Host, implied[r.Calls[0].Scheme])...))
			}
			d.Suggest(given(way(add(inRequest(r), diag.FactExpect, words.Endings(o)...)), "that is what it is to show"))
		}
	},
}

// statedFault reports whether a model says in so many words that something fails: a
// server that refuses or is silent, a client that stops.
func statedFault(f flow.Fault) bool {
	return f == flow.FaultRefused || f == flow.FaultSilent || f == flow.FaultAborted
}

package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var unexpected = &Rule{
	Code: "FL302", Name: "unexpected-outcome", Severity: diag.Error, Since: "0.1", Scope: ScopeModel,
	Doc:  "a request has the outcome that it expects",
	Last: true,
	Why: "an expect makes a request a test of its model (language reference, Outcomes), and the course that is derived " +
		"contradicts it",
	Wire: "what is derived, message by message; the finding's help names the step at which it leaves the good course. In the " +
		"bad model below no route matches: the proxy answers 503 in the client's TLS session, and no server is connected",
	Bad: `route shop {
    host shop.apps.example.test
    path /cart
    tls edge
    to shop
}
request buy {
    get https://shop.apps.example.test/checkout
    expect 200
}
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
request buy {
    get https://shop.apps.example.test/checkout
    expect 200
}
`,
	Run: func(p *Pass) {
		for _, r := range p.Topology.Requests {
			c := p.course(r)
			if c.expected || (p.model.explained[r] || p.checkExplained(r)) && !expectsFailure(r) {
				continue
			}
			d := p.Report(r.Expect[0].At, "request %q expects %s and gets %s", r.Name, wanted(r), got(c.outcome))
			if c.cause != nil {
				d.Help = fmt.Sprintf("it goes wrong at step %d of the course, %s: %s", c.cause.n, c.cause.id, words.Why(c.outcome.Why))
			}
		}
	},
}

// checkExplained reports whether a health check fails as a request to the same
// backend does, of which a finding says already why.
func (p *Pass) checkExplained(r *flow.Request) bool {
	if r.Check == nil {
		return false
	}
	fault := p.course(r).outcome.Fault
	for q := range p.model.explained {
		if c := p.course(q); c.outcome.Fault == fault && slices.Contains(c.asked, r.Check) {
			return true
		}
	}
	return false
}

func wanted(r *flow.Request) string {
	var out []string
	for _, e := range r.Expect {
		out = append(out, words.Expect(e))
	}
	return strings.Join(out, ", ")
}

func got(o flow.Outcome) string {
	return words.Outcome(o) + " from " + o.FromID()
}

package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/spell"
)

var unexpected = &Rule{
	Code: "FL302", Name: "unexpected-outcome", Severity: diag.Error, Since: "0.1", Scope: ScopeModel,
	Doc:  "a request has the outcome that it expects",
	Last: true,
	Why: "an expect makes a request a test of its model (language reference, Outcomes), and the derived outcome is " +
		"another one",
	Wire: "the derived exchange; the finding names the end that stops it, and the reason. In the bad model below no " +
		"route matches: the proxy answers 503 in the client's TLS session and connects to no server",
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
		explained := p.consequences()
		for _, r := range p.Topology.Requests {
			c := p.course(r)
			if c.expected || explained(r) || p.checkExplained(r) && !expectsFailure(r) {
				continue
			}
			message := so(fmt.Sprintf("request %q expects %s and %s", r.Name, wanted(r), ends(c.outcome)), whyOf(c.outcome))
			meant := p.likelyHost(r)
			if meant != "" {
				message += fmt.Sprintf("; no route has the host %s, did you mean %s?", r.Calls[0].Host, meant)
			}
			d := p.Report(r.Expect[0].At, "%s", message)
			if meant != "" {
				d.Suggest(way(askingAll(r, meant, r.Calls[0].Port)...))
			}
			d.Suggest(given(way(expecting(r, c.outcome)), "the request is meant to end so"))
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

// whyOf is the fault of an outcome in words; "" where it has none.
func whyOf(o flow.Outcome) string {
	if o.Why == nil {
		return ""
	}
	return words.Cause(o.Why)
}

// expecting is the step by which a request expects an outcome in place of what it expects.
func expecting(q *flow.Request, o flow.Outcome) diag.Step {
	if len(q.Expect) > 0 {
		return change(inRequest(q), diag.FactExpect, q.Expect[0].At, []string{wanted(q)}, words.Endings(o)...)
	}
	return add(inRequest(q), diag.FactExpect, words.Endings(o)...)
}

// meantToFail is the way to have a request expect that it fails as it does.
func (p *Pass) meantToFail(q *flow.Request, c *course) []diag.Suggestion {
	if q.Derived || c.cause == nil {
		return nil
	}
	w := given(way(expecting(q, c.outcome)), "the request is meant to fail")
	if failsAtOnce(q, c.outcome) {
		w.Why = "a refused connection counts as close"
	}
	return []diag.Suggestion{w}
}

// failsAtOnce reports whether the connection of a request's client is refused.
func failsAtOnce(q *flow.Request, o flow.Outcome) bool {
	return o.Fault == flow.FaultNoListener && o.Why != nil && o.Why.At.Proxy == q.Via
}

// gets is what a request gets that does not reach the route that it is for: how it fails, or
// whose response it gets.
func (p *Pass) gets(c *course) string {
	if c.cause != nil {
		return inWords(c.outcome.Endings)
	}
	if r := deniedRoute(c); r != nil {
		return fmt.Sprintf("route %q answers instead", r.Name)
	}
	return "clients get " + words.Outcome(c.outcome)
}

// ends says how a request ends: "gets 503 from proxy "haproxy"", "client "browser" ends
// the session".
func ends(o flow.Outcome) string {
	if len(o.Endings) == 0 || o.From == nil {
		return "gets nothing"
	}
	switch e := o.Endings[0].(type) {
	case flow.Alerted:
		return fmt.Sprintf("%s ends the handshake with the %s", words.Party(o.From), words.Ending(e))
	case flow.TimedOut:
		return "gets no answer from " + words.Party(o.From)
	case flow.RedirectLoop:
		return "gets a redirect loop from " + words.Party(o.From)
	case flow.Closed:
		if o.From.Kind == flow.KindClient {
			return words.Party(o.From) + " ends the session"
		}
		return words.Party(o.From) + " closes the connection"
	case flow.Answered, flow.Passed, flow.Unseen:
		return "gets " + words.Outcome(o) + " from " + words.Party(o.From)
	}
	panic("check: unknown ending")
}

// likelyHost is the host of a route that a request probably meant: no route of
// its proxy has the one that it asks for. "" where it is not so.
func (p *Pass) likelyHost(q *flow.Request) string {
	if len(q.Calls) == 0 || q.Via == nil || q.HostField.IsSet() {
		return ""
	}
	asked := q.Calls[0].Host
	label, domain, _ := strings.Cut(asked, ".")
	var beside, below []string // with another first label, or below another domain
	for _, r := range q.Via.Routes {
		host := r.HostOn(q.Via)
		if host == "" || flow.HostMatches(host, asked) {
			return ""
		}
		switch l, d, _ := strings.Cut(host, "."); {
		case l == "*":
		case d == domain:
			beside = append(beside, l)
		case l == label:
			below = append(below, d)
		}
	}
	if near, ok := spell.Nearest(label, beside); ok {
		return near + "." + domain
	}
	if near, ok := spell.Nearest(domain, below); ok {
		return label + "." + near
	}
	return ""
}

// askingAll are the steps by which all calls of a request go to a host and port.
func askingAll(q *flow.Request, host string, port int) []diag.Step {
	var steps []diag.Step
	for i := range q.Calls {
		steps = append(steps, callTo(q, i, host, port))
	}
	return steps
}

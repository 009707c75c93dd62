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
			w := way(change(inRequest(r), diag.FactExpect, r.Expect[0].At, []string{wanted(r)}, words.Endings(c.outcome)...))
			d.Suggest(given(w, "this outcome is intended"))
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
	return words.Why(o.Why)
}

// party is who an outcome comes from, with its kind.
func party(who *flow.Participant) string {
	if who.Server != nil {
		return fmt.Sprintf("server %q of %s", who.Server.Name, inKind(who))
	}
	return inKind(who)
}

// ends says how a request ends: "gets 503 from haproxy", "client "browser" ends
// the session".
func ends(o flow.Outcome) string {
	if len(o.Endings) == 0 || o.From == nil {
		return "gets nothing"
	}
	switch e := o.Endings[0].(type) {
	case flow.Alerted:
		return fmt.Sprintf("%s ends the handshake with the %s", party(o.From), words.Ending(e))
	case flow.TimedOut:
		return "gets no answer from " + o.FromID()
	case flow.RedirectLoop:
		return "gets a redirect loop from " + o.FromID()
	case flow.Closed:
		if o.From.Kind == flow.KindClient {
			return party(o.From) + " ends the session"
		}
		return party(o.From) + " closes the connection"
	case flow.Answered, flow.Passed, flow.Unseen:
		return "gets " + words.Outcome(o) + " from " + o.FromID()
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

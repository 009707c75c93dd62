package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// unanswerable reports a route that states a response of the proxy, and is on ports alone
// that relay bytes: they can close a connection, and send no response.
func (p *Pass) unanswerable(r *flow.Route) {
	var closing []diag.Step
	var says string
	switch to := r.Redirect; {
	case to.IsSet():
		closing = []diag.Step{remove(inRoute(r), diag.FactRedirect, to.At, to.V.Kind.String(), to.V.To), add(inRoute(r), diag.FactAnswer, "close")}
		says = "redirects"
	case r.Answer.V.Status != 0:
		status := words.Answer(r.Answer.V)
		closing = []diag.Step{change(inRoute(r), diag.FactAnswer, r.Answer.At, []string{status}, "close")}
		says = "answers " + status
	default:
		return
	}
	if !somePort(r, anyPort) || somePort(r, func(l *flow.Listener) bool { return l.Kind != flow.ListenTCP && !l.Relays(r) }) {
		return
	}
	p.explainRoute(r, flow.FaultNoServer)
	what := portsInWords(r)
	if r.Mode.V == flow.ModePassthrough {
		what = "it is passthrough"
	}
	d := p.Report(closing[0].At, "route %q %s, and no port that serves it can send a response: %s, and the connection is closed", r.Name, says, what)
	relatedPort(d, r)
	d.Suggest(way(closing...))
	if steps, ok := p.terminating(r, flow.ModeEdge); ok && r.Mode.V == flow.ModePassthrough {
		d.Suggest(because(way(steps...), endsWithEdge))
	}
}

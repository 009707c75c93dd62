package export

import (
	"strconv"

	"github.com/flowc-lang/flowc/flow"
)

// answers writes what a proxy does itself with what a route takes: the route's backend
// has no server. Rules of a backend come behind all choices of frontends, so that
// routes keep their order.
func (x *proxyExport) answers(s *section, r *flow.Route, c carries) {
	switch {
	case r.Redirect.IsSet() && c == requests:
		to := r.Redirect.V
		text := to.To
		if to.Kind != flow.RedirectScheme {
			text = literal(text)
		}
		s.add(r.Redirect.At, "http-request", "redirect", to.Kind.String(), text, "code", strconv.Itoa(to.Status))
	case r.Answer.V.Status != 0 && c == requests:
		s.add(r.Answer.At, "http-request", "return", "status", strconv.Itoa(r.Answer.V.Status))
	case r.Answer.V.Status == 0 && r.Answer.IsSet() && c == requests:
		s.add(r.Answer.At, "http-request", "reject")
	case r.Answer.V.Status == 0 && r.Answer.IsSet():
		s.add(r.Answer.At, "tcp-request", "content", "reject")
	case r.Redirect.IsSet():
		x.note(LeftOut, r.Redirect.At, "redirect of route %s: a port that relays bytes sends no response", r.FullName())
	default:
		x.note(LeftOut, r.Answer.At, "answer of route %s: a port that relays bytes sends no response", r.FullName())
	}
}

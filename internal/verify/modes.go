package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// modeWord is the observed word for a declared mode.
func modeWord(m flow.Mode) string {
	if m == flow.ModeNone {
		return "plain"
	}
	return m.String()
}

// The words for what is said on a connection.
const (
	speaksTLS   = "TLS"
	speaksPlain = "plain"
)

// between names the mode of a proxy by what is said before it and behind it,
// and whether both are the same session.
func between(front, back string, same bool) string {
	switch {
	case front == speaksTLS && back == speaksTLS && same:
		return "passthrough"
	case front == speaksTLS && back == speaksTLS:
		return "reencrypt"
	case front == speaksTLS:
		return "edge"
	case back == speaksTLS:
		return "plain before the proxy, TLS behind it"
	}
	return "plain"
}

// observed names the mode that an exchange's connections show, for each
// connection of its client.
func observed(conns []*joined) string {
	var legs []string
	for _, front := range conns {
		if front.From != nil {
			continue
		}
		leg := []*joined{front}
		for _, j := range conns {
			if j.From != nil && j.root() == front {
				leg = append(leg, j)
			}
		}
		legs = append(legs, observedLeg(leg))
	}
	return inTurn(legs)
}

// root is the connection with which the exchange began that a connection
// belongs to.
func (c *joined) root() *joined {
	for c.From != nil {
		c = c.From
	}
	return c
}

// inTurn says the modes of several connections of a client, one after another.
func inTurn(legs []string) string { return strings.Join(slices.Compact(legs), "; then ") }

// answeredByProxy is the mode where a proxy answers itself, and noBackend where it does
// not answer either.
func answeredByProxy(front string) string { return front + ", answered by the proxy" }
func noBackend(front string) string       { return front + ", no backend connection" }

// observedLeg names the mode of one connection of a client and what was opened
// for it.
func observedLeg(conns []*joined) string {
	front := conns[0]
	var back *joined
	for _, j := range conns[1:] {
		if !j.ends.has(hopInner) {
			back = j
		}
	}
	f, b := speaks(front.conn), ""
	if back != nil {
		b = speaks(back.conn)
	}
	switch {
	case front.From == nil && front.ends.has(hopServer) && !front.ends.has(hopListener):
		return "no client connection"
	case back == nil && f == "" && front.refused():
		return "a connection that is refused"
	case back == nil && f == "":
		return "a connection without a word"
	case back == nil && slices.ContainsFunc(front.Events, func(e *event) bool { return e.From == acceptor && e.Op == flow.OpResponse }):
		return answeredByProxy(f)
	case back == nil:
		return noBackend(f)
	case b == "" && back.refused():
		return f + ", a backend connection that is refused"
	case b == "":
		return f + ", a backend connection without a word"
	case f == speaksTLS && b == speaksTLS && (!front.hello() || !back.hello()):
		return "TLS before the proxy and behind it, its beginning unseen"
	}
	return between(f, b, f == speaksTLS && b == speaksTLS && front.TLS.Random == back.TLS.Random)
}

// refused reports whether a SYN was answered with RST.
func (c *conn) refused() bool {
	return len(c.Events) == 2 && c.Events[0].Op == flow.OpSYN && c.Events[1].Op == flow.OpRST && c.Events[1].From == acceptor
}

// speaks is "TLS", "plain", or "" where nothing was said.
func speaks(c *conn) string {
	for _, e := range c.Events {
		switch {
		case e.Layer() == flow.LayerTLS, e.Inside:
			return speaksTLS
		case e.Layer() == flow.LayerHTTP:
			return speaksPlain
		}
	}
	return ""
}

// declared is the mode that the model says an exchange has, in the words of
// observed, and the place that says so. It is what the route states; where it
// states none, where a plaintext request meets a route that has TLS, and along
// a chain of routes it is what follows from all that is stated. Where no route is
// taken it is that of the route which only its mode keeps from it, if the exchange
// differs, else what the proxy does.
func (r *Result) declared() (string, source.Span) {
	if r.Lifecycle == nil {
		return "", source.Span{}
	}
	if r.Route == nil {
		if kept := r.keptOut(); kept != nil {
			return modeWord(kept.Mode.V), statesMode(kept)
		}
		return inTurn(derivedLegs(r.Lifecycle)), source.Span{}
	}
	at := statesMode(r.Route)
	if legs := slices.Compact(derivedLegs(r.Lifecycle)); len(legs) > 1 {
		return inTurn(legs), at
	}
	derived, front := derivedMode(r.Lifecycle.Connections, r.Lifecycle)
	plain := front == speaksPlain && r.Route.Mode.V != flow.ModeNone
	if derived == "" || r.Route.Mode.IsSet() && !plain && len(r.routes()) <= 1 {
		return modeWord(r.Route.Mode.V), at
	}
	if plain && r.Route.Insecure.IsSet() {
		at = r.Route.Insecure.At
	}
	return derived, at
}

// statesMode is the place that states the mode of a route; the route where none does.
func statesMode(r *flow.Route) source.Span {
	if r.Mode.At.Known() {
		return r.Mode.At
	}
	return r.At
}

// keptOut is the route that an exchange which differs would take if its mode were another one: one
// that leads where the capture does, else the first in the order of evaluation. nil where
// there is none.
func (r *Result) keptOut() *flow.Route {
	if len(r.Departures) == 0 || len(r.Lifecycle.Request.Calls) == 0 {
		return nil
	}
	var first *flow.Route
	for _, c := range r.Lifecycle.Connections {
		if c.Listener == nil {
			continue
		}
		h := r.Lifecycle.HeadOn(c)
		for _, route := range c.Listener.Proxy.Routes {
			if m := c.Listener.MismatchByRequest(route, h); m != flow.MismatchMode && m != flow.MismatchPlaintext {
				continue
			}
			if r.reaches(route) {
				return route
			}
			if first == nil {
				first = route
			}
		}
	}
	return first
}

// reaches reports whether a connection of the exchange ends at a server of a route.
func (r *Result) reaches(route *flow.Route) bool {
	return slices.ContainsFunc(r.Conns, func(j *joined) bool {
		return slices.ContainsFunc(j.ends, func(h *hop) bool {
			return h.server != nil && slices.ContainsFunc(route.Targets, func(t *flow.Target) bool { return t.Backend == h.server.Backend })
		})
	})
}

// derivedLegs are the modes of a lifecycle, for each connection of its client.
func derivedLegs(lc *flow.Lifecycle) []string {
	var out []string
	for i, c := range lc.Connections {
		if c.From.Kind != flow.KindClient {
			continue
		}
		end := i + 1
		for end < len(lc.Connections) && lc.Connections[end].From.Kind != flow.KindClient {
			end++
		}
		mode, front := derivedMode(lc.Connections[i:end], lc)
		switch {
		case mode != "" || front == "":
		case answers(lc, c):
			mode = answeredByProxy(front)
		default:
			mode = noBackend(front)
		}
		out = append(out, mode)
	}
	return out
}

// answers reports whether a response is derived on a connection.
func answers(lc *flow.Lifecycle, c *flow.Connection) bool {
	return slices.ContainsFunc(lc.Steps, func(s *flow.Step) bool { return s.Connection == c && s.Op == flow.OpResponse })
}

// derivedMode is the mode of a client's connection and those that are opened for
// it, and what is said on the first; the mode is "" where no server and no other
// proxy is spoken to.
func derivedMode(conns []*flow.Connection, lc *flow.Lifecycle) (mode, front string) {
	said := func(c *flow.Connection) string {
		switch tls, plain := carries(lc, c); {
		case tls:
			return speaksTLS
		case plain:
			return speaksPlain
		}
		return ""
	}
	var back *flow.Connection
	for _, c := range conns {
		if c.From.Kind == flow.KindProxy && c.To.Kind != flow.KindInner && !c.OverSocket() {
			back = c
		}
	}
	first := conns[0]
	front = said(first)
	if back == nil || said(back) == "" {
		return "", front
	}
	session := sessionOn(lc, first)
	return between(front, said(back), session != nil && session == sessionOn(lc, back)), front
}

// routes are those that the lifecycle's connections were chosen by.
func (r *Result) routes() []*flow.Route {
	var out []*flow.Route
	for _, c := range r.Lifecycle.Connections {
		if c.Route != nil && !slices.Contains(out, c.Route) {
			out = append(out, c.Route)
		}
	}
	return out
}

// otherMode adds a departure where the mode that the connections show is not the
// declared one, although the messages agree: a port without a certificate
// relays whatever its routes say.
func (r *Result) otherMode() {
	terminal := []string{"edge", "reencrypt", "passthrough"}
	if len(r.Departures) > 0 || r.Declared == "" || r.Declared == r.Observed || !slices.Contains(terminal, r.Observed) || len(r.routes()) != 1 {
		return
	}
	back := r.Conns[len(r.Conns)-1]
	if d := r.cmp.derived[back]; d != nil && d.To.Kind == flow.KindProxy {
		return // the next proxy answered: the mode of its route is on no connection
	}
	for _, e := range back.Events {
		if e.Layer() != flow.LayerTCP {
			r.Departures = []Departure{{
				Kind: factDifferent, Event: e, conn: r.cmp.derived[back], order: e.Order,
				Text: fmt.Sprintf("the wire shows %s, declared is %s", r.Observed, r.Declared),
			}}
			return
		}
	}
}

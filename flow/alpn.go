package flow

import "slices"

// Agreement is the result of the negotiation of an application protocol between the two ends of a
// TLS session (RFC 7301, 3.2; RFC 9113, 3.3).
type Agreement uint8

// The ways in which ends agree, or do not.
const (
	AgreedProtocol    Agreement = iota + 1 // one is chosen, or no end needs any
	AgreedWithout                          // they share none, and go on without: in HTTP/1.1
	AgreedByGoodwill                       // the same; some products refuse it at the server's end
	DisagreedRefused                       // the server's end refuses the session
	DisagreedUnusable                      // the client's end needs one, and ends the session
)

// http11 is the protocol that ends speak where none is chosen.
const http11 = "http/1.1"

// agree is what is made of the protocols that a server's end has, in its order of
// preference, and those that a client's end offers.
func agree(has, offers []string, server *ServerProfile, client *ClientProfile) (chosen string, a Agreement) {
	chosen = chooseALPN(has, offers)
	falls := server.FallsBack && slices.Contains(has, "h2") && slices.Contains(offers, http11)
	switch {
	case chosen != "":
		return chosen, AgreedProtocol
	case server.NoALPN != 0 && len(has) > 0 && len(offers) > 0 && !falls:
		return "", DisagreedRefused
	case client.NeedsALPN && len(offers) > 0 && !slices.Contains(offers, http11):
		return "", DisagreedUnusable
	case server.NoALPN != 0 && len(has) > 0 && !slices.Contains(has, http11):
		return "", AgreedByGoodwill
	case len(has) > 0 && len(offers) > 0 && !slices.Contains(offers, http11):
		return "", AgreedWithout
	}
	return "", AgreedProtocol
}

// ServerALPN is the list of protocols of the far end of the handshake, and the route that states
// it; the route is nil if the port or the backend states the list, or nothing does.
func (h *Handshake) ServerALPN() (Fact[[]string], *Route) {
	if h.Backend != nil {
		return h.Backend.End.ALPN, nil
	}
	return h.Listener.alpnBy(h.terms)
}

// ALPNFor is the list of protocols of a port for an SNI, and the route that states it; the
// route is nil if the port states the list, or nothing does.
func (l *Listener) ALPNFor(sni string) (Fact[[]string], *Route) {
	return l.alpnBy(l.terminated(sni))
}

// alpnBy is ALPNFor for the route that sets what the client meets; nil for none.
func (l *Listener) alpnBy(terms *Route) (Fact[[]string], *Route) {
	if terms != nil && terms.ALPN.IsSet() {
		return terms.ALPN, terms
	}
	return l.End.ALPN, nil
}

// Agree is the result of the negotiation for the protocols that the opener offers.
func (h *Handshake) Agree(offers []string) Agreement {
	server, client := &goServer, &curlClient
	if h.Listener != nil {
		server = &h.Listener.Proxy.Behaves().Server
	}
	if h.Proxy != nil {
		client = &h.Proxy.Behaves().Client
	}
	has, _ := h.ServerALPN()
	_, a := agree(has.V, offers, server, client)
	return a
}

// agreeALPN chooses the protocol of a session, or is the server's end that
// refuses it.
func (d *deriver) agreeALPN(h *shake) *failure {
	l, ses := h.l, h.l.session
	var a Agreement
	ses.ALPN, a = agree(h.s.end.ALPN.V, ses.Offered, l.far.serves(), l.opener.opens())
	switch a {
	case DisagreedRefused:
		return d.serverAlert(l, l.far.serves().NoALPN, false, h.arrived,
			&Why{Fault: FaultALPN, Problem: ProblemNoProtocol, At: l.far, Peer: l.opener})
	case AgreedByGoodwill:
		d.assume(Assumption{Kind: AssumesFallsBack, At: l.far})
	case DisagreedUnusable:
		ses.unusable = true // the client's end says so when the handshake is done
	case AgreedProtocol, AgreedWithout:
	}
	return nil
}

// leave is a client's end that has no protocol to speak in a session that is up: it
// closes without having sent a request (measured: grpc-go, "missing selected ALPN
// property").
func (d *deriver) leave(l *channel) *failure {
	d.closeFrom(l, true, l.ready)
	cause := l.session.Closed
	cause.Fault = FaultALPN
	return &failure{ending: Closed{}, from: l.opener, cause: cause, known: cause,
		why: &Why{Fault: FaultALPN, Problem: ProblemNoneChosen, At: l.opener, Peer: l.far}}
}

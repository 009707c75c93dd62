package flow

import "slices"

// Handshake is one meeting of a certificate and the end that verifies it, as a
// request would bring it about if no end refused anything: what is wrong with
// the second hop shows although the first one fails.
type Handshake struct {
	Request     *Request // Derived, and not of the model, where no request takes the route
	Client      *Client  // that opens the session; nil where Proxy does
	Proxy       *Proxy
	Opened      *Route    // by which Proxy opened it; nil where Client did
	Route       *Route    // by which the last proxy on the way chose; nil where none matched
	Listener    *Listener // at the far end; nil where Backend is there
	Backend     *Backend
	SNI         string
	Name        string // that the opener wants in the certificate; "" for none
	Certificate *Certificate
	Paths       []*Path // on which they meet so
	fits        bool    // the certificate is one for the SNI, and not the default
	terms       *Route  // that sets what the opener meets at Listener (Listener.terminated); nil for none
}

// Opener is the name of the end that opens the session.
func (h *Handshake) Opener() string {
	if h.Client != nil {
		return h.Client.Name
	}
	return h.Proxy.Name
}

// End is the opener's end of the session.
func (h *Handshake) End() ClientEnd {
	if h.Client != nil {
		end := h.Client.End
		end.Certificate = h.Client.Shows(h.ClientAuth().V)
		return end
	}
	return h.Opened.UpstreamEnd(h.Proxy)
}

// FailsIn reports whether a path ends at this handshake, with one of the faults, for some client;
// ending is the outcome for that client.
func (h *Handshake) FailsIn(p *Path, faults ...Fault) (ending *Class, ok bool) {
	for _, c := range p.Classes {
		s := &c.Summary
		if s.At < 0 || !slices.Contains(faults, s.Fault) {
			continue
		}
		hop := p.Hops[s.At]
		if h.Listener != nil && hop.Listener == h.Listener || h.Backend != nil && hop.Server != nil && hop.Server.Backend == h.Backend {
			return c, true
		}
	}
	return nil, false
}

// ClientAuth is the client certificate that the far end requests from the opener.
func (h *Handshake) ClientAuth() Fact[ClientAuth] {
	switch {
	case h.Backend != nil:
		return h.Backend.End.ClientCertificate
	default:
		end := h.Listener.End
		if h.terms != nil {
			end = h.terms.clientSide(end)
		}
		return end.ClientCertificate
	}
}

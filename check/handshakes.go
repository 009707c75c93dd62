package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// namesOf lists the names of a certificate: "a.test, *.b.test".
func namesOf(c *flow.Certificate) string {
	var out []string
	for _, n := range c.Names {
		out = append(out, n.V)
	}
	return strings.Join(out, ", ")
}

// shownAt is where the far end of a handshake states the certificate that it
// shows: at the route, at the port or at the backend.
func shownAt(h flow.Handshake) source.Span {
	list := []flow.Fact[*flow.Certificate]{}
	if h.Backend != nil {
		list = h.Backend.End.Certificates
	} else {
		if h.Route != nil && h.Route.Certificate.IsSet() {
			list = append(list, h.Route.Certificate)
		}
		list = append(list, h.Listener.End.Certificates...)
	}
	for _, c := range list {
		if c.V == h.Certificate {
			return c.At
		}
	}
	return source.Span{}
}

// trusted reports whether the opener of a handshake accepts the certificate's
// issuer. Where flowc chose the client, one client that does is enough, or may do
// so.
func (p *Pass) trusted(h flow.Handshake) bool {
	if h.Client == nil || !h.Request.Derived {
		return h.End().Trusts(h.Certificate)
	}
	return slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool {
		return p.model.doubt.client(c) || c.End.Trusts(h.Certificate)
	})
}

// refusesName reports whether a port is strict about SNIs and has no
// certificate for this one.
func refusesName(h flow.Handshake) bool {
	if h.Listener == nil || !h.Listener.End.StrictSNI.V {
		return false
	}
	if h.SNI == flow.AnyHost {
		return false
	}
	_, fits := h.Listener.CertificateFor(h.SNI)
	return !fits || h.SNI == ""
}

// oneLabel reports whether a certificate's wildcard only looks as if it covered
// a name: *.apps.test covers one label, and a.b.apps.test has two of them.
func oneLabel(c *flow.Certificate, name string) bool {
	for _, n := range c.Names {
		if below, ok := strings.CutPrefix(n.V, "*"); ok && strings.HasSuffix(name, below) {
			return true
		}
	}
	return false
}

package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noCommonALPN = &Rule{
	Code: "FL214", Name: "no-common-alpn", Severity: diag.Error, Since: "0.2",
	Doc: "the two ends of a TLS session share an application protocol, where one of them insists on what it states",
	Why: "a server that enforces ALPN ends the handshake with no_application_protocol: four attempts, then 503 (RFC 7301, " +
		"3.2; measured); HTTP/2 needs it agreed on each hop (RFC 9113, 3.3)",
	Wire: "a server that insists (OpenSSL's way) answers the ClientHello with the fatal alert no_application_protocol (120): 4 " +
		"attempts, 1 s apart, then 503. Go's servers fall back to HTTP/1.1, and a port of HAProxy ignores a mismatch (measured)",
	Except: "the server is known to fall back: better let it state what it falls back to, alpn h2, http/1.1",
	Bad: `route quotes {
    host quotes.apps.example.test
    tls reencrypt { alpn http/1.1 }
    to quotes
}
backend quotes {
    speaks https { alpn h2 }
}
`,
	Good: `route quotes {
    host quotes.apps.example.test
    tls reencrypt { alpn h2, http/1.1 }
    to quotes
}
backend quotes {
    speaks https { alpn h2 }
}
`,
	Run: func(p *Pass) {
		first := once[[2]diag.Place]()
		p.handshakes(func(h flow.Handshake) {
			offered, chosen := h.End().ALPN, serverALPN(h)
			another := func(c *flow.Client) bool { return agree(h, c.End.ALPN, chosen) }
			if agree(h, offered, chosen) || h.Client != nil && h.Request.Derived && slices.ContainsFunc(p.Topology.Clients, another) {
				return
			}
			at := known(offered.At, openerAt(h), chosen.At)
			if !first([2]diag.Place{openerIn(h), alpnIn(h)}) {
				return
			}
			offers := strings.Join(offered.V, ", ")
			if offers == "" {
				offers = "no ALPN"
			}
			result := "a server that insists ends the handshake"
			if h.Listener != nil {
				result = "they agree on no protocol"
			}
			d := p.Report(at, "%s offers %s and %s takes %s alone: %s", openerOf(h), offers, farEnd(h), strings.Join(chosen.V, ", "), result)
			related(d, chosen.At, "the other end's protocols")
			both := append(slices.Clone(offered.V), chosen.V[0])
			d.Suggest(way(state(openerIn(h), diag.FactALPN, offered, orNone(offered.V), both...)))
			if len(offered.V) > 0 {
				d.Suggest(way(state(alpnIn(h), diag.FactALPN, chosen, chosen.V, append(slices.Clone(chosen.V), offered.V...)...)))
			}
		})
	},
}

// agree reports whether the ends of a handshake can go on with what they state.
func agree(h flow.Handshake, offered, chosen flow.Fact[[]string]) bool {
	switch {
	case !chosen.IsSet() || len(chosen.V) == 0:
		return true
	case !offered.IsSet() && (h.Client != nil || slices.Contains(chosen.V, "http/1.1")):
		return true // nothing is stated, and HTTP/1.1 needs no ALPN
	case h.Listener != nil && slices.Contains(offered.V, "http/1.1"):
		return true // HAProxy's ports go on without ALPN, in HTTP/1.1
	}
	return slices.ContainsFunc(offered.V, func(s string) bool { return slices.Contains(chosen.V, s) })
}

// serverALPN is what the far end of a handshake states as ALPN.
func serverALPN(h flow.Handshake) flow.Fact[[]string] {
	switch {
	case h.Backend != nil:
		return h.Backend.End.ALPN
	case h.Route != nil && h.Route.ALPN.IsSet():
		return h.Route.ALPN
	}
	return h.Listener.End.ALPN
}

// alpnIn is where the far end of a handshake states its ALPN.
func alpnIn(h flow.Handshake) diag.Place {
	if h.Backend == nil && h.Route != nil && h.Route.ALPN.IsSet() {
		return inRoute(h.Route)
	}
	return answererIn(h)
}

// orNone is a list of protocols as it is stated.
func orNone(protocols []string) []string {
	if len(protocols) == 0 {
		return []string{"none"}
	}
	return protocols
}

package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noCommonALPN = &Rule{
	Code: "FL214", Name: "no-common-alpn", Severity: diag.Error, Since: "0.2",
	Doc: "the two ends of a TLS session have an application protocol in common, if one of them requires it",
	Why: "a server that has no protocol in common with its client ends the handshake (RFC 7301, 3.2; measured with " +
		"Go and OpenSSL). HTTP/2 over TLS needs h2 to be chosen on each hop (RFC 9113, 3.2 and 3.3)",
	Wire: "the server answers the ClientHello with the fatal alert no_application_protocol (120). A proxy makes 4 " +
		"attempts, 1 s apart, and its client gets 503. A Go server with h2 alone accepts a client of http/1.1, an " +
		"OpenSSL server refuses it. A port of HAProxy 2.6 chooses no protocol and refuses nothing: a client that " +
		"offers HTTP/1.1 continues with that, and a client with h2 alone closes after the handshake (measured " +
		"with grpc-go: missing selected ALPN property)",
	Except: "the server is known to fall back to HTTP/1.1; it is better to state that: alpn h2, http/1.1",
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
			offered := h.End().ALPN
			result, ok := disagreement(h, offered)
			another := func(c *flow.Client) bool { _, bad := disagreement(h, c.End.ALPN); return !bad }
			if !ok || h.Client != nil && h.Request.Derived && slices.ContainsFunc(p.Topology.Clients, another) {
				return
			}
			chosen, _ := h.ServerALPN()
			if result == serverEnds || result == clientCloses {
				p.explainMeeting(h)
			}
			if !first([2]diag.Place{openerIn(h), alpnIn(h)}) {
				return
			}
			offers, takes := "no ALPN", strings.Join(chosen.V, ", ")+" alone"
			if len(offered.V) > 0 {
				offers = strings.Join(offered.V, ", ")
			}
			switch {
			case len(chosen.V) > 0:
			case chosen.IsSet():
				takes = "no ALPN"
			default:
				takes = "no ALPN, which is the default"
			}
			d := p.Report(known(offered.At, openerAt(h), chosen.At), "%s offers %s, and %s accepts %s: %s", openerOf(h), offers, farEnd(h), takes, result)
			if result == inHTTP1 {
				d.Severity = diag.Warning
			}
			if chosen.At.Known() {
				related(d, chosen.At, "%s states its ALPN protocols here", farEnd(h))
			} else {
				related(d, answererIn(h).PartAt, "%s states no ALPN protocols here", farEnd(h))
			}
			d.Suggest(p.agreeing(h, offered, chosen)...)
		})
	},
}

// What happens between ends that share no protocol.
const (
	serverEnds   = "the server ends the handshake"
	serverMayEnd = "a server that requires ALPN ends the handshake"
	clientCloses = "the client closes after the handshake"
	inHTTP1      = "they speak HTTP/1.1"
)

// disagreement says how a handshake ends with the protocols that its ends have;
// not ok where nothing is wrong with them. A client that states none offers what
// the port has.
func disagreement(h flow.Handshake, offered flow.Fact[[]string]) (result string, ok bool) {
	chosen, _ := h.ServerALPN()
	if !offered.IsSet() && (h.Client != nil || len(chosen.V) == 0 || slices.Contains(chosen.V, "http/1.1")) {
		return "", false // nothing is stated, and HTTP/1.1 needs no ALPN
	}
	switch h.Agree(offered.V) {
	case flow.DisagreedRefused:
		return serverEnds, true
	case flow.DisagreedUnusable:
		return clientCloses, true
	case flow.AgreedByGoodwill:
		return serverMayEnd, true
	case flow.AgreedWithout:
		return inHTTP1, true
	case flow.AgreedProtocol:
		return "", false
	}
	panic("check: unknown agreement")
}

// agreeing are the ways by which the ends of a handshake share a protocol.
func (p *Pass) agreeing(h flow.Handshake, offered, chosen flow.Fact[[]string]) []diag.Suggestion {
	var out []diag.Suggestion
	base := "http/1.1"
	if len(chosen.V) > 0 {
		base = chosen.V[0]
	}
	both := append(slices.Clone(offered.V), base)
	opener := way(state(openerIn(h), diag.FactALPN, offered, orNone(offered.V), both...))
	relays := h.Listener != nil && h.Listener.Kind == flow.ListenTCP
	if len(offered.V) == 0 || relays || h.Backend != nil && !h.Backend.Speaks.IsSet() {
		return []diag.Suggestion{opener}
	}
	value := append(slices.Clone(chosen.V), offered.V...)
	if len(chosen.V) == 0 && !slices.Contains(value, "http/1.1") {
		value = append(value, "http/1.1")
	}
	if r := h.Route; len(chosen.V) == 0 && h.Listener != nil && r != nil && r.Certificate.V != nil && r.HostOn(h.Listener.Proxy) != "" && !r.ALPN.IsSet() {
		return append(out, way(add(inRoute(r), diag.FactALPN, value...)), opener) // other hosts of the port keep theirs
	}
	answerer := way(state(alpnIn(h), diag.FactALPN, chosen, orNone(chosen.V), value...))
	if len(chosen.V) == 0 {
		return append(out, answerer, opener)
	}
	return append(out, opener, answerer)
}

// alpnIn is where the far end of a handshake states its ALPN.
func alpnIn(h flow.Handshake) diag.Place {
	if _, r := h.ServerALPN(); r != nil {
		return inRoute(r)
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

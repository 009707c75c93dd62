package check

import (
	"cmp"
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var strictSNI = &Rule{
	Code: "FL409", Name: "strict-sni", Severity: diag.Error, Since: "0.2",
	Doc: "a port with strict-sni has a certificate for each host that it serves",
	Why: "a port with strict-sni ends a handshake whose SNI none of its certificates covers (HAProxy configuration " +
		"manual, 5.1, strict-sni), with the alert unrecognized_name (RFC 6066, 3)",
	Wire: "instead of the ServerHello the client gets the alert unrecognized_name (112), in plaintext, and FIN. The " +
		"proxy connects to no server (measured)",
	Except: "the host is meant to be refused: declare it with expect alert unrecognized_name",
	Bad: `certificate wildcard { names *.apps.example.test }

proxy haproxy {
    listen https :443 {
        certificate wildcard
        strict-sni
    }
}

route shop {
    host shop.example.test
    tls edge
    to shop
}
`,
	Good: `certificate wildcard { names *.apps.example.test }
certificate shop { names shop.example.test }

proxy haproxy {
    listen https :443 {
        certificate wildcard, shop
        strict-sni
    }
}

route shop {
    host shop.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		type key struct {
			l   *flow.Listener
			sni string
		}
		first := once[key]()
		p.answers(func(h flow.Handshake) {
			if !refusesName(h) || h.Client != nil && h.Route == nil || h.Client == nil && h.SNI == "" { // FL408 says the last
				return
			}
			p.explainMeeting(h)
			if h.Client == nil {
				if first(key{h.Listener, h.SNI}) {
					p.sendsRefused(h)
				}
				return
			}
			if !first(key{h.Listener, h.SNI}) {
				return
			}
			at, sent := namedAt(h), asksFor(h)
			in, fact, stated := shownIn(h)
			ways := []diag.Suggestion{way(p.certify(in, fact, stated, fitting(h, h.Name), p.freshFor(h, sent))...)}
			if h.SNI != h.Name {
				at, sent = known(h.Request.SNI.At, h.Request.Calls[0].At, at), h.SNI
				ways = append(p.askingFor(h.Request), p.meantToFail(h.Request, p.course(h.Request))...)
			}
			if meant, ok := p.meantHost(h); ok && h.SNI == h.Name {
				ways = []diag.Suggestion{meant}
			}
			message := fmt.Sprintf("%s has strict-sni and no certificate for the SNI %s of route %q", portOf(h.Listener), sent, h.Route.Name)
			if h.SNI == "" {
				message = fmt.Sprintf("%s sends no SNI for route %q to %s, which has strict-sni", asking(h.Request), h.Route.Name, portOf(h.Listener))
			}
			d := p.Report(at, "%s: the handshake fails", message)
			related(d, h.Listener.End.StrictSNI.At, "%s states strict-sni here", portOf(h.Listener))
			d.Suggest(ways...)
		})
	},
}

// sendsRefused reports a route whose sessions send an SNI that the next proxy refuses.
func (p *Pass) sendsRefused(h flow.Handshake) {
	up := h.Opened.Upstream
	in, fact, stated := shownIn(h)
	d := p.Report(known(up.SNI.At, up.Name.At, up.At, h.Opened.Mode.At), "%s",
		so(fmt.Sprintf("%s has strict-sni and no certificate for the SNI %s that route %q sends", portOf(h.Listener), asksFor(h), h.Opened.Name),
			p.openersGet(h, flow.FaultStrictSNI)))
	related(d, h.Listener.End.StrictSNI.At, "%s states strict-sni here", portOf(h.Listener))
	for _, sni := range p.rightSNIs(h.Opened) {
		d.Suggest(way(state(inUpstream(h.Opened), diag.FactSNI, up.SNI, []string{cmp.Or(up.SNI.V, "none")}, sni)))
	}
	d.Suggest(way(p.certify(in, fact, stated, fitting(h, h.Name), p.freshFor(h, asksFor(h)))...))
}

package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var unnamedPeer = &Rule{
	Code: "FL407", Name: "unnamed-peer", Severity: diag.Error, Since: "0.2",
	Doc: "a reencrypt route with a CA also states the name that the server's certificate must have",
	Why: "without sni and verifyhost HAProxy ignores the names in the certificate (HAProxy configuration manual, " +
		"5.2, verify). The CA of a cluster signs for every service in it, and each of them could answer for this " +
		"one. The Gateway API's BackendTLSPolicy requires a hostname",
	Wire: "nothing fails. The proxy's ClientHello has no SNI, and every server with a certificate of that CA " +
		"completes the handshake and gets the request",
	Except: "the CA signs certificates only for these servers",
	Bad: `ca service-ca

certificate shop-internal {
    names shop.shop.svc
    issuer service-ca
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { trust service-ca }
    to shop
}
`,
	Good: `ca service-ca

certificate shop-internal {
    names shop.shop.svc
    issuer service-ca
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt {
        trust service-ca
        name shop.shop.svc
    }
    to shop
}
`,
	Run: func(p *Pass) {
		nameless := func(r *flow.Route) (source.Span, bool) {
			up := r.Upstream
			each := len(r.Targets) > 0 && !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Certified.V == "" })
			if each || withinMachine(r) || len(up.End.Trust) == 0 || !up.End.Verify.V || up.Name.V != "" || up.SNI.V != "" || up.SNIHost {
				return source.Span{}, false
			}
			return up.End.Trust[0].At, true
		}
		p.sharing(nameless, func(at source.Span, routes []*flow.Route) {
			r := routes[0]
			d := p.Report(at, "%s check the name in the server certificate: any server with a certificate of CA %q can answer", theRoutes(routes, "does not", "do not"), r.Upstream.End.Trust[0].V.Name)
			name := theirName(r)
			w := way(add(inUpstream(r), diag.FactCheckedName, cmp.Or(name, theirLikelyName(r))))
			if w.Safe = name != ""; !w.Safe {
				w.If = "that name stands in the certificate of its servers"
			}
			d.Suggest(w)
		}, flow.ModeReencrypt)
	},
}

// theirCA is the CA that signed the certificates of a route's servers, where
// it is one.
func theirCA(r *flow.Route) string {
	var names []string
	for _, t := range r.Targets {
		if t.Backend == nil || len(t.Backend.End.Certificates) == 0 || t.Backend.End.Certificates[0].V.Issuer.V == nil {
			return ""
		}
		names = append(names, t.Backend.End.Certificates[0].V.Issuer.V.Name)
	}
	return agreed(names)
}

// theirName is the one name that the certificates of a route's servers have,
// where each of them shows one certificate of one name, and the same.
func theirName(r *flow.Route) string {
	var names []string
	for _, t := range r.Targets {
		end := targetEnd(r, t)
		if end == nil || len(end.Certificates) != 1 {
			return ""
		}
		names = append(names, onlyName(end.Certificates[0].V))
	}
	return agreed(names)
}

// theirLikelyName is a name that the servers of a route have, or can have, in
// their certificate: what they state, else the service name of the backend, or
// the host of what another proxy serves.
func theirLikelyName(r *flow.Route) string {
	for _, t := range r.Targets {
		if t.Backend == nil {
			continue
		}
		for _, c := range t.Backend.End.Certificates {
			if name := someName(c.V); name != "" {
				return name
			}
			if len(c.V.Names) > 0 {
				return strings.Replace(c.V.Names[0].V, "*", t.Backend.Name, 1)
			}
		}
		return t.Backend.Name + ".svc"
	}
	return flow.OneHost(r.FirstHost())
}

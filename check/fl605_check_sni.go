package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var checkSNI = &Rule{
	Code: "FL605", Name: "check-sni", Severity: diag.Warning, Since: "0.2",
	Doc: "a health check sends an SNI to servers that choose their certificate by it, and one that they have a " +
		"certificate for",
	Why: "the sni of a server does not apply to its checks, only check-sni does. A proxy that verifies looks for " +
		"the SNI that it sends in the certificate (HAProxy configuration manual, 5.2, sni, verifyhost and " +
		"check-sni)",
	Wire: "without sni the ClientHello of the check has no SNI (measured). The check gets the first certificate, " +
		"requests may get another one. A server with strict-sni refuses a check without SNI, or with a wrong one, " +
		"with unrecognized_name: it is found down though it serves requests. Another server is found down by a " +
		"proxy that verifies: its certificate has another name than the expected one (measured)",
	Except: "the check only tests whether the port answers, and the server is not strict",
	Bad: `certificate cart-internal { names cart.shop.svc }
certificate shop-internal { names shop.shop.svc }

backend shop {
    speaks https { certificate cart-internal, shop-internal }
    check http /healthz
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc }
    to shop
}
`,
	Good: `certificate cart-internal { names cart.shop.svc }
certificate shop-internal { names shop.shop.svc }

backend shop {
    speaks https { certificate cart-internal, shop-internal }
    check http /healthz sni shop.shop.svc
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc }
    to shop
}
`,
	Run: func(p *Pass) {
		for _, b := range p.Topology.Backends {
			c := b.Check
			if !c.IsSet() || !b.ChecksTLS() || !b.Speaks.V.TLS() || elsewhere(b) {
				continue
			}
			if c.V.SNI != "" {
				p.wrongSNI(b)
				continue
			}
			why, ok := bySNI(b)
			if !ok {
				continue
			}
			what := "gets their first certificate, and requests can get another one"
			if b.End.StrictSNI.V {
				what = "marks them as down: they have strict-sni"
			}
			d := p.Report(c.At, "the check of backend %q sends its servers no SNI and %s", b.Name, what)
			related(d, why, "because of this line, servers of backend %q need the SNI", b.Name)
			name := p.askedFor(b)
			to := c.V
			to.SNI = name
			if right := p.rightSNIs(p.unnamedTo(b)); name == "" && len(right) > 0 && right[0] != "host" {
				to.SNI = right[0] // as FL408 has the requests send
			}
			to.SNI = cmp.Or(to.SNI, p.likelySNI(b))
			w := way(state(inBackend(b), diag.FactCheck, c, checkValue(c.V), checkValue(to)...))
			w.Safe = name != ""
			d.Suggest(w)
		}
	},
}

// unnamedTo is a route whose requests to a backend have no SNI either, FL408 says so; nil
// for none.
func (p *Pass) unnamedTo(b *flow.Backend) *flow.Route {
	i := slices.IndexFunc(p.Topology.Routes, func(r *flow.Route) bool {
		return r.Mode.V == flow.ModeReencrypt && r.Upstream.SNI.V == "" && !r.Upstream.SNIHost &&
			slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b && r.Uses(t) })
	})
	if i < 0 {
		return nil
	}
	return p.Topology.Routes[i]
}

// wrongSNI reports a check whose SNI no certificate of the servers covers, where that
// is why they are found down: they are strict about it, or a proxy looks for it.
func (p *Pass) wrongSNI(b *flow.Backend) {
	c := b.Check
	if len(b.End.Certificates) == 0 || certificateFor(b, c.V.SNI) != nil {
		return
	}
	verified := slices.ContainsFunc(p.Topology.Proxies, func(proxy *flow.Proxy) bool { return verifiesCheck(proxy, b) })
	if !b.End.StrictSNI.V && !verified || slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool {
		return r.Upstream.SNI.V == c.V.SNI && slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b })
	}) {
		return // FL403 also reports what requests send
	}
	for _, q := range p.Topology.Requests {
		if q.Check == b && expectsFailure(q) {
			return // it is meant
		}
	}
	d := p.Report(c.At, "the check of backend %q sends its servers the SNI %s, for which they have no certificate, and marks them as down", b.Name, c.V.SNI)
	related(d, b.End.Certificates[0].At, "backend %q presents certificate %q here", b.Name, b.End.Certificates[0].V.Name)
	for _, q := range p.Topology.Requests {
		if q.Check == b {
			p.explain(q)
		}
	}
	to := c.V
	to.SNI = cmp.Or(p.askedFor(b), nearest(c.V.SNI, namesIn(certificatesIn(b))), p.likelySNI(b))
	d.Suggest(way(state(inBackend(b), diag.FactCheck, c, checkValue(c.V), checkValue(to)...)))
}

// certificatesIn are the certificates of a backend's servers.
func certificatesIn(b *flow.Backend) []*flow.Certificate {
	var out []*flow.Certificate
	for _, c := range b.End.Certificates {
		out = append(out, c.V)
	}
	return out
}

// verifiesCheck reports whether a proxy verifies the certificate that a check of a
// backend is shown: the first of its routes to the backend says so.
func verifiesCheck(proxy *flow.Proxy, b *flow.Backend) bool {
	for _, r := range proxy.Routes {
		if slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b }) {
			return r.Mode.V == flow.ModeReencrypt && r.Upstream.End.Verify.V
		}
	}
	return false
}

// bySNI is what makes a backend's servers choose their certificate by SNI;
// ok is false where they do not.
func bySNI(b *flow.Backend) (at source.Span, ok bool) {
	if len(b.End.Certificates) > 1 && !b.End.StrictSNI.IsSet() {
		return b.End.Certificates[1].At, true
	}
	return b.End.StrictSNI.At, b.End.StrictSNI.IsSet()
}

// askedFor is the one SNI that a backend gets of its routes and has a
// certificate for; where no route leads to it, the one that it does not refuse.
func (p *Pass) askedFor(b *flow.Backend) string {
	var names []string
	p.routes(func(r *flow.Route) {
		backends(r, func(to *flow.Backend, _ source.Span) {
			switch {
			case to != b:
			case r.Mode.V == flow.ModeReencrypt:
				names = append(names, r.Upstream.SNI.V)
			default:
				names = append(names, r.Host.V)
			}
		})
	}, flow.ModeReencrypt, flow.ModePassthrough)
	if len(names) == 0 && len(b.End.Certificates) == 1 {
		return onlyName(b.End.Certificates[0].V)
	}
	name := agreed(names)
	covered := slices.ContainsFunc(b.End.Certificates, func(c flow.Fact[*flow.Certificate]) bool { return c.V.Covers(name) })
	if !covered || strings.HasPrefix(name, "*.") {
		return ""
	}
	return name
}

// likelySNI is an SNI for which the servers of a backend have a certificate.
func (p *Pass) likelySNI(b *flow.Backend) string {
	for _, c := range b.End.Certificates {
		if name := someName(c.V); name != "" {
			return name
		}
	}
	for _, r := range p.Topology.Routes {
		if slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b }) && r.Host.V != "" {
			return flow.OneHost(r.Host.V)
		}
	}
	return b.Name + ".svc"
}

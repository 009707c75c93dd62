package cluster

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// hostKey is a host on a router.
type hostKey struct {
	at   *router
	host string
}

// certify finds the Route whose certificate a router shows for a host of several: the list of
// certificates is in the reverse order of NAMESPACE:NAME (openshift/router,
// generateHAProxyCertConfigMap), and the first one of a host counts (measured with HAProxy
// 2.6.12, crt-list). It also counts how many Routes have the same certificate.
func (b *builder) certify(x *router) {
	count := map[string]int{}
	b.certified[x] = count
	if s := b.secrets[name{ingressNamespace, x.certificate.V}]; s != nil {
		count[s.pem]++
	}
	groups := map[string][]*route{}
	for _, r := range b.routes {
		if r.refused || !b.selects(x, r) || b.rejected[x][r] != nil {
			continue
		}
		if own := b.ownCertificate(r); own != "" {
			count[own]++
		}
		host := hostOn(x, r)
		groups[host] = append(groups[host], r)
	}
	for host, routes := range groups {
		owner := slices.MinFunc(routes, byAge)
		for _, r := range routes {
			k := hostKey{x, host}
			if b.ownCertificate(r) == "" || x.shared.V == "" && r.NamespaceName() != owner.NamespaceName() {
				continue
			}
			if w := b.shows[k]; w == nil || w.certificateFile() < r.certificateFile() {
				b.shows[k] = r
			}
		}
	}
}

// certificateFile is the file in which a router has the certificate of a Route.
func (r *route) certificateFile() string { return r.NamespaceName() + ":" + r.Name.V + ".pem" }

// ownCertificate is the certificate that a Route states, or what tells it from others; ""
// for none.
func (b *builder) ownCertificate(r *route) string {
	t := r.tls
	switch {
	case t == nil || t.termination.V == passthrough:
		return ""
	case t.certificate.V != "":
		return t.certificate.V
	case t.external.V != "":
		of := name{r.NamespaceName(), t.external.V}
		if s := b.secrets[of]; s != nil && s.pem != "" {
			return s.pem
		}
		return "Secret " + of.String()
	}
	return ""
}

// shown is the certificate that clients of a Route's host see, where any Route of the host
// has one.
func (b *builder) shown(r *route, d *flow.RouteDraft, routers []*router) {
	if r.tls != nil && r.tls.external.V != "" && r.tls.certificate.V == "" && d.Mode.V != flow.ModePassthrough {
		b.externalCertificate(r)
	}
	own := b.ownCertificate(r)
	if own == "" {
		return
	}
	from, alone := r, true
	for _, x := range routers {
		if w := b.shows[hostKey{x, hostOn(x, r)}]; w != nil && b.selects(x, r) && b.rejected[x][r] == nil {
			from = w
			break
		}
	}
	shown := b.ownCertificate(from)
	for _, x := range routers {
		alone = alone && b.certified[x][shown] < 2
	}
	t := from.tls
	if t.certificate.V != "" {
		d.Certificate = b.certificate(from.Name.V+"."+from.NamespaceName(), "Route "+draftName(from), t.certificate.V, t.certificate.At)
		b.holds(d.Certificate, from.Object, "spec.tls.certificate")
	} else {
		d.Certificate = b.ofSecret(name{from.NamespaceName(), t.external.V}, t.external.At)
	}
	if shown != own {
		b.note(flow.LosesDetail, firstKnown(r.tls.certificate.At, r.tls.external.At), r.Title()+": its certificate is not shown, that of "+from.Title()+" is")
	}
	// only hosts whose certificate no other Route has: clients may use a connection for all
	// hosts of its certificate (openshift/router, CertificateIndex)
	if alone && slices.ContainsFunc(routers, func(x *router) bool { return x.http2 }) {
		d.ALPN = flow.State([]string{"h2", "http/1.1"}, d.Certificate.At)
	}
}

package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// ingressOrigin is that of a route of the draft: a path of a rule, or an annotation.
type ingressOrigin struct {
	*ingress
	proxy *ingressProxy
	at    source.Span // the path
}

// ingressFields are the facts that Ingresses state, mostly in annotations of their
// controllers.
var ingressFields = []field{
	{diag.FactMode, "route", ofIngress((*ingressOrigin).modeWords)},
	{diag.FactInsecure, "route", ofIngress((*ingressOrigin).insecureWords)},
	{diag.FactHeader, "route", ofIngress((*ingressOrigin).headerWords)},
	{diag.FactRedirect, "route", ofIngress((*ingressOrigin).redirectWords)},
	{diag.FactAnswer, "route", ofIngress(func(*ingressOrigin, diag.Step) string { return alreadySo })}, // without the redirect
	{diag.FactSendProxy, "route", ofIngress(removedAnnotation)},
	{diag.FactCertificate, "route", ingressCertificateWords},
	{diag.FactVerify, "route upstream", ofIngress((*ingressOrigin).verifyWords)},
	{diag.FactCheckedName, "route upstream", ofIngress((*ingressOrigin).nameWords)},
	{diag.FactVersions, "route upstream", ofIngress((*ingressOrigin).versionWords)},
}

// ingressCertificateWords gives a host a certificate of its own.
func ingressCertificateWords(b *builder, s diag.Step) string {
	i := b.origin.ingressRoutes[s.In.Name]
	if i == nil || len(b.fresh) != 1 || len(s.Value) != 1 {
		return ""
	}
	n := slices.IndexFunc(i.tls, func(t ingressTLS) bool { return len(t.hosts) == 1 && t.hosts[0].V == b.fresh[0] })
	if n < 0 {
		return ""
	}
	return set(i.Object, fmt.Sprintf("spec.tls[%d].secretName", n), s.Value[0]) + ", and " + freshSecret(b, name{i.NamespaceName(), s.Value[0]})
}

// ofIngress is for facts of Ingresses.
func ofIngress(words func(*ingressOrigin, diag.Step) string) func(*builder, diag.Step) string {
	return func(b *builder, s diag.Step) string {
		i := b.origin.ingressRoutes[s.In.Name]
		if i == nil {
			return ""
		}
		return words(i, s)
	}
}

// key is an annotation of the controller: as the Ingress has it, or with its usual prefix.
func (i *ingressOrigin) key(name string) string {
	for _, prefix := range i.proxy.product.prefixes {
		if i.Annotation(prefix + name).Set {
			return prefix + name
		}
	}
	return i.proxy.product.prefixes[0] + name
}

// write writes annotations: names, each with its value.
func (i *ingressOrigin) write(pairs ...string) string {
	for n := 0; n < len(pairs); n += 2 {
		pairs[n] = i.key(pairs[n])
	}
	return annotated(i.Object, pairs...)
}

// drop takes an annotation out.
func (i *ingressOrigin) drop(key string) string {
	return "remove the annotation " + quoted(key) + " from " + at(i.Object)
}

// annotationAt is the annotation at a place; not set for none.
func (i *ingressOrigin) annotationAt(at source.Span) kubeyaml.Text {
	for _, a := range i.Annotations {
		if at.Known() && (a.Value.At == at || a.Key.At == at) {
			return a.Key
		}
	}
	return kubeyaml.Text{}
}

// removedAnnotation takes out the annotation that states a fact.
func removedAnnotation(i *ingressOrigin, s diag.Step) string {
	if a := i.annotationAt(s.At); isRemoved(s) && a.Set {
		return i.drop(a.V)
	}
	return ""
}

// without takes out the path of a rule, or the Ingress that has no other one.
func (i *ingressOrigin) without() string {
	path := strings.TrimSuffix(fieldAt(i.Object, i.at), ".path")
	if !strings.HasSuffix(path, "]") || !strings.HasPrefix(path, "spec.rules[") {
		return ""
	}
	all, own := 0, 0
	for _, r := range i.rules {
		all += len(r.paths)
		for _, p := range r.paths {
			if p.at == i.at {
				own = len(r.paths)
			}
		}
	}
	switch {
	case all == 1 && i.fallback == nil:
		return "remove " + at(i.Object)
	case own == 1: // a rule has a path at least
		rule, _, _ := strings.Cut(path, ".http")
		return unset(i.Object, rule)
	}
	return unset(i.Object, path)
}

// upstreamName is the name that the servers' certificate likely has.
func (i *ingressOrigin) upstreamName() string {
	for _, r := range i.rules {
		for _, p := range r.paths {
			if p.at == i.at && p.backend.service.V != "" {
				return p.backend.service.V + "." + i.NamespaceName() + ".svc"
			}
		}
	}
	return ""
}

// secret is the Secret with the CA of the servers: the one that an annotation names.
func (i *ingressOrigin) secret(annotation string) string {
	if t := i.value(i.proxy, annotation); t.V != "" {
		of := secretName(t.V, i.NamespaceName())
		return of.String()
	}
	return i.NamespaceName() + "/" + i.Name.V + "-ca"
}

// verified are the annotations with which a controller verifies servers, and their name; none
// where it has none.
func (i *ingressOrigin) verified() []string {
	own := i.upstreamName()
	switch i.proxy.product {
	case ingressNginx:
		if t := i.value(i.proxy, "proxy-ssl-name"); t.V != "" {
			own = t.V
		}
		if own != "" {
			return []string{"proxy-ssl-secret", i.secret("proxy-ssl-secret"), "proxy-ssl-verify", "on", "proxy-ssl-name", own}
		}
	case haproxyIngress:
		if t := i.value(i.proxy, "secure-verify-hostname"); t.V != "" {
			own = t.V
		}
		if own != "" {
			return []string{"secure-verify-ca-secret", i.secret("secure-verify-ca-secret"), "secure-verify-hostname", own}
		}
	}
	return nil
}

// withTheirs says what is in the Secret that such annotations name.
func withTheirs(words string) string {
	return words + ", with the CA of the servers as ca.crt in that Secret, and the name in their certificate"
}

func (i *ingressOrigin) verifyWords(s diag.Step) string {
	pairs := i.verified()
	if !isRemoved(s) || pairs == nil {
		return ""
	}
	return withTheirs(i.write(pairs...))
}

// modeWords has a controller speak TLS to servers, or not, or end that of clients.
func (i *ingressOrigin) modeWords(s diag.Step) string {
	was := strings.Join(s.Was, "")
	return valueOf(s, func(v string) string {
		switch {
		case v == "edge" && was == "passthrough":
			return i.drop(i.key("ssl-passthrough"))
		case v == "edge" && was == "reencrypt":
			for _, own := range []string{"server-ssl", "secure-backends", "backend-protocol"} {
				if i.value(i.proxy, own).Set {
					return i.drop(i.key(own))
				}
			}
		case v == "reencrypt" && was != "passthrough":
			protocol := map[*ingressProduct]string{ingressNginx: "HTTPS", haproxyIngress: "h1-ssl"}[i.proxy.product]
			if pairs := i.verified(); protocol != "" && pairs != nil {
				return withTheirs(i.write(append([]string{"backend-protocol", protocol}, pairs...)...))
			}
		}
		return ""
	})
}

func (i *ingressOrigin) insecureWords(s diag.Step) string {
	if i.proxy.product == noProduct || i.tls == nil {
		return ""
	}
	return valueOf(s, func(v string) string {
		if v != "redirect" {
			return ""
		}
		return i.write("ssl-redirect", "true")
	})
}

// headerWords is the host that servers are asked for.
func (i *ingressOrigin) headerWords(s diag.Step) string {
	a := i.annotationAt(s.At)
	switch {
	case !a.Set:
		return ""
	case isRemoved(s):
		return i.drop(a.V)
	case len(s.Value) < 4:
		return ""
	}
	return annotated(i.Object, a.V, s.Value[3])
}

func (i *ingressOrigin) redirectWords(s diag.Step) string { return removedAnnotation(i, s) }

// nameWords is the name that a controller checks in the servers' certificate.
func (i *ingressOrigin) nameWords(s diag.Step) string {
	if isRemoved(s) {
		return alreadySo // what verifies the servers states the name, too
	}
	own := map[*ingressProduct]string{ingressNginx: "proxy-ssl-name", haproxyIngress: "secure-verify-hostname"}[i.proxy.product]
	if own == "" {
		return ""
	}
	return valueOf(s, func(v string) string { return i.write(own, v) })
}

// versionWords are the versions that a controller offers servers.
func (i *ingressOrigin) versionWords(s diag.Step) string {
	if i.proxy.product != ingressNginx {
		return ""
	}
	return valueOf(s, func(v string) string {
		least, most, ok := strings.Cut(v, "..")
		if !ok {
			most = least
		}
		var out []string
		for _, n := range []string{"1.0", "1.1", "1.2", "1.3"} {
			if least <= n && n <= most {
				out = append(out, strings.TrimSuffix("TLSv"+n, ".0"))
			}
		}
		return i.write("proxy-ssl-protocols", strings.Join(out, " "))
	})
}

package export

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// manyCertificates is how many a bind line may name: HAProxy takes 64 words.
const manyCertificates = 8

// tlsEnd is what a bind line says where TLS ends.
func (x *proxyExport) tlsEnd(l *flow.Listener) []word {
	e := l.End
	out := []string{"ssl"}
	own := x.ownTerms(l)
	switch {
	case len(own) > 0 || len(e.Certificates) > manyCertificates:
		out = append(out, "crt-list", x.crtList(l, own))
	case len(e.Certificates) == 0:
		out = append(out, "crt", x.unnamed(l))
	default:
		for _, c := range e.Certificates {
			out = append(out, "crt", x.certificate(c.V))
		}
	}
	out = append(out, versionWords(e.TLS.V)...)
	if alpn := x.listenerALPN(l, e.ALPN); alpn != "" {
		out = append(out, "alpn", alpn)
	}
	out = append(out, x.curveWords(e.Groups)...)
	out = append(out, x.clientAuth(e.ClientCertificate.V)...)
	if e.StrictSNI.V {
		out = append(out, "strict-sni")
	}
	if e.EarlyData.V {
		out = append(out, "allow-0rtt")
	}
	return words(out...)
}

// listenerALPN is said on every port that reads requests: from HAProxy 2.8 on,
// one that says nothing offers h2, too.
func (x *proxyExport) listenerALPN(l *flow.Listener, is flow.Fact[[]string]) string {
	alpn := alpnWord(is.V)
	switch {
	case alpn != "" && is.Origin == flow.OriginDefault:
		at := x.p.Behaves()
		x.note(Default, l.At, "listen %s :%d states no alpn: %s, as %s %s has it", l.Kind, l.Port, strings.Join(is.V, ", "), at.Product, at.Version)
	case alpn == "" && l.Kind == flow.ListenHTTPS:
		x.note(Default, l.At, "listen %s :%d states no alpn: http/1.1 alone", l.Kind, l.Port)
		return "http/1.1"
	}
	return alpn
}

// unnamed is the certificate of a port that states none.
func (x *proxyExport) unnamed(l *flow.Listener) string {
	var hosts []string
	for _, r := range x.p.Routes {
		if h := r.HostOn(x.p); h != "" && r.Serves(l) && !l.Relays(r) && r.Mode.V != flow.ModeNone {
			hosts = append(hosts, h)
		}
	}
	return x.need(l, fmt.Sprintf("%s-%d", x.p.Name, l.Port), Need{Hosts: hosts})
}

// ownTerms are the routes that end TLS at a port on terms of their own: with
// another certificate, client certificate or ALPN.
func (x *proxyExport) ownTerms(l *flow.Listener) []*flow.Route {
	var out []*flow.Route
	for _, r := range x.p.Routes {
		own := r.Certificate.V != nil || r.ClientCertificate.IsSet() || r.ALPN.IsSet()
		if !own || !l.Ends(r) {
			continue
		}
		if r.HostOn(x.p) == "" {
			x.note(LeftOut, r.At, "the certificate terms of route %s, which has no host to tell them by", r.FullName())
			continue
		}
		out = append(out, r)
	}
	return out
}

// crtList writes the certificates of a port with the terms of single hosts
// (HAProxy management guide, "crt-list"). The first line is what is shown
// where no name fits; !* keeps its names for the lines below.
func (x *proxyExport) crtList(l *flow.Listener, own []*flow.Route) string {
	var b strings.Builder
	row := func(path string, options []string, filter string) {
		b.WriteString(path)
		if len(options) > 0 {
			b.WriteString(" [" + strings.Join(options, " ") + "]")
		}
		if filter != "" {
			b.WriteString(" " + filter)
		}
		b.WriteByte('\n')
	}
	fallback := func() string {
		if len(l.End.Certificates) > 0 {
			return x.certificate(l.End.Certificates[0].V)
		}
		return x.unnamed(l)
	}
	row(fallback(), nil, "!*")
	for _, n := range x.named(l, own) {
		path := fallback
		if c, _ := l.CertificateFor(flow.OneHost(n.host)); c != nil {
			path = func() string { return x.certificate(c) }
		} else if n.terms != nil {
			path = func() string { return x.unnamed(l) }
		}
		var options []string
		if r := n.terms; r != nil && r.ALPN.IsSet() {
			options = append(options, "alpn", x.listenerALPN(l, r.ALPN))
		}
		if r := n.terms; r != nil && r.ClientCertificate.IsSet() {
			options = append(options, x.clientAuth(r.ClientCertificate.V)...)
		}
		row(path(), options, crtFilter(n.host))
	}
	for _, c := range l.End.Certificates {
		row(x.certificate(c.V), nil, "")
	}
	if len(l.End.Certificates) == 0 {
		row(x.unnamed(l), nil, "")
	}
	path := x.files.name(l, fmt.Sprintf("%s-%d", x.file, l.Port)) + ".crt-list"
	x.res.Files = append(x.res.Files, File{Path: path, Text: []byte(b.String())})
	return path
}

// namedHost is a host that a crt-list names.
type namedHost struct {
	host  string
	terms *flow.Route // whose terms hold for it; nil for those of the port
}

// named are the hosts of a port that have terms of their own, in the order of routes: the
// first route with some says them, as Listener.terminated has it. Those without are there,
// too, where a wildcard with some covers them: the more exact host decides.
func (x *proxyExport) named(l *flow.Listener, own []*flow.Route) []namedHost {
	terms, wildcard := map[string]*flow.Route{}, map[string]bool{}
	for _, r := range own {
		host := flow.Fold(r.HostOn(x.p))
		if terms[host] == nil {
			terms[host] = r
		}
		if below, ok := strings.CutPrefix(host, "*."); ok {
			wildcard[below] = true
		}
	}
	said := map[string]bool{}
	for _, r := range x.p.Routes {
		if l.Ends(r) {
			said[flow.Fold(r.HostOn(x.p))] = true
		}
	}
	done := map[string]bool{"": true}
	var out []namedHost
	for _, r := range x.p.Routes {
		host := flow.Fold(r.HostOn(x.p))
		_, below, _ := strings.Cut(host, ".")
		if done[host] || !l.Ends(r) || terms[host] == nil && !wildcard[below] {
			continue
		}
		done[host] = true
		out = append(out, namedHost{host, terms[host]})
		if below, ok := strings.CutPrefix(host, "*."); ok && terms[host] != nil {
			out = append(out, exactBelow(l, below, said, terms[host])...)
		}
	}
	return out
}

// exactBelow are the names of a port's certificates that a wildcard with terms of its own
// covers, and that are no host of a route: HAProxy takes the line of a certificate with the
// very name before that of a wildcard.
func exactBelow(l *flow.Listener, below string, said map[string]bool, terms *flow.Route) []namedHost {
	var out []namedHost
	for _, c := range l.End.Certificates {
		for _, n := range c.V.Names {
			name := flow.Fold(n.V)
			if label, rest, ok := strings.Cut(name, "."); ok && label != "*" && rest == below && !said[name] {
				said[name] = true
				out = append(out, namedHost{name, terms})
			}
		}
	}
	return out
}

// crtFilter is a host as a filter of a crt-list, whose words nothing quotes.
func crtFilter(host string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("-_.*", r):
			return r
		}
		return '_'
	}, host)
}

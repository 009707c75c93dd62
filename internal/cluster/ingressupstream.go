package cluster

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// nginxProtocols are the values of backend-protocol of ingress-nginx.
var nginxProtocols = []string{"HTTP", "HTTPS", "AUTO_HTTP", "GRPC", "GRPCS", "FCGI"}

// haproxyProtocols are those of haproxy-ingress, with the old names.
var haproxyProtocols = []string{"h1", "h2", "h1-ssl", "h2-ssl", "http", "https", "grpc", "grpcs", "fcgi", "fcgi-ssl"}

// upstream is how a controller speaks to the servers.
func (p *ingressPart) upstream(x *ingressProxy, i *ingress, back *flow.BackendDraft, d *flow.RouteDraft) {
	tls, h2, at := p.speaking(x, i)
	if back != nil && h2 && !tls && back.Speaks.Origin != flow.OriginStated {
		back.Speaks = flow.Default(flow.SpeaksH2C)
	}
	if !tls {
		return
	}
	if back != nil && back.Speaks.Origin != flow.OriginStated {
		back.Speaks = flow.Default(flow.SpeaksHTTPS)
	}
	if d.Mode.V == flow.ModeNone {
		d.Insecure = flow.State(flow.InsecureAllow, at.At)
		for n := range d.On {
			d.On[n].Port = 80
		}
	}
	d.Mode = flow.State(flow.ModeReencrypt, at.At)
	up := &d.Upstream
	up.Origin, up.At = flow.OriginStated, at.At
	up.SNI, up.Name = flow.State("", at.At), flow.State("", at.At)
	if h2 {
		up.End.ALPN = flow.State([]string{"h2"}, at.At)
	}
	switch x.product {
	case ingressNginx:
		p.nginxUpstream(x, i, back, up)
	case haproxyTech:
		p.haproxyTrust(i, back, up, i.value(x, "server-ca"), i.value(x, "server-crt"), at)
	case haproxyIngress:
		p.haproxyTrust(i, back, up, i.value(x, "secure-verify-ca-secret"), i.value(x, "secure-crt-secret"), at)
		p.secureNames(x, i, up)
	}
}

// speaking says whether servers speak TLS, and HTTP/2, and what says so.
func (p *ingressPart) speaking(x *ingressProxy, i *ingress) (tls, h2 bool, at kubeyaml.Text) {
	t := i.value(x, "backend-protocol")
	switch x.product {
	case ingressNginx:
		v := strings.ToUpper(t.V)
		if t.V != "" && !slices.Contains(nginxProtocols, v) {
			i.once(t, didYouMean(v, nginxProtocols, "write "+strings.Join(nginxProtocols, ", ")), "the controller ignores annotation backend-protocol of %s: %q is none of %s", i.Title(), t.V, strings.Join(nginxProtocols, ", "))
		}
		if v == "AUTO_HTTP" || v == "FCGI" {
			p.note(flow.LosesDetail, t.At, i.Title()+": backend-protocol "+v)
		}
		return v == "HTTPS" || v == "GRPCS", v == "GRPC" || v == "GRPCS", t
	case haproxyTech:
		t = i.value(x, "server-ssl")
		return i.flag(x, "server-ssl"), i.value(x, "server-proto").V == "h2", t
	case haproxyIngress:
		v := strings.ToLower(t.V)
		if t.V != "" && !slices.Contains(haproxyProtocols, v) {
			i.once(t, didYouMean(v, haproxyProtocols, "write "+strings.Join(haproxyProtocols[:4], ", ")), "the controller ignores annotation backend-protocol of %s: %q is none of %s", i.Title(), t.V, strings.Join(haproxyProtocols[:4], ", "))
		}
		if i.flag(x, "secure-backends") {
			return true, strings.HasPrefix(v, "h2"), i.value(x, "secure-backends")
		}
		if strings.HasPrefix(v, "fcgi") {
			p.note(flow.LosesDetail, t.At, i.Title()+": backend-protocol "+v)
		}
		return strings.HasSuffix(v, "-ssl") || v == "grpcs" || v == "https", strings.HasPrefix(v, "h2") || strings.HasPrefix(v, "grpc"), t
	}
	return false, false, t
}

// nginxUpstream is the session of ingress-nginx: it verifies nothing and sends no SNI unless
// annotations say so (proxy_ssl_verify, proxy_ssl_server_name). The name that it expects
// without one is that of its upstream (nginx, proxy_ssl_name: the host of proxy_pass).
func (p *ingressPart) nginxUpstream(x *ingressProxy, i *ingress, back *flow.BackendDraft, up *flow.UpstreamDraft) {
	secret, verify := i.value(x, "proxy-ssl-secret"), i.value(x, "proxy-ssl-verify")
	own := i.value(x, "proxy-ssl-name")
	own.V = cmp.Or(own.V, "upstream_balancer")
	if secret.V == "" { // the others count with it alone (internal/ingress/annotations/proxyssl)
		for _, name := range []string{"proxy-ssl-verify", "proxy-ssl-name", "proxy-ssl-server-name", "proxy-ssl-protocols"} {
			if t := i.value(x, name); t.V != "" {
				i.once(t, "write proxy-ssl-secret: "+i.NamespaceName()+"/SECRET, with the CA of the servers as ca.crt", "the controller ignores annotation %s of %s: it has no proxy-ssl-secret", name, i.Title())
			}
		}
		up.End.Verify = flow.State(false, up.At)
		return
	}
	up.End.TLS = flow.Default(flow.Versions{Min: flow.TLS12, Max: flow.TLS12}) // its own default
	of := secretName(secret.V, i.NamespaceName())
	up.End.Certificate = p.ofSecret(of, secret.At)
	if t := i.value(x, "proxy-ssl-protocols"); t.V != "" {
		p.protocols(i, t, up)
	}
	up.End.Verify = flow.State(verify.V == "on", firstKnown(verify.At, up.At))
	if up.End.Verify.V {
		up.End.Trust = []flow.Ref{p.towardsCA(of, "", secret.At, i.Object, back)}
		up.Name = flow.State(own.V, firstKnown(own.At, up.At))
	}
	if server := i.value(x, "proxy-ssl-server-name"); server.V == "on" {
		up.SNI = flow.State(own.V, firstKnown(own.At, server.At))
	}
}

// nginxVersions are the versions of TLS as nginx names them.
var nginxVersions = map[string]flow.Version{"TLSv1": flow.TLS10, "TLSv1.1": flow.TLS11, "TLSv1.2": flow.TLS12, "TLSv1.3": flow.TLS13}

// protocols are the versions of TLS towards servers.
func (p *ingressPart) protocols(i *ingress, t kubeyaml.Text, up *flow.UpstreamDraft) {
	var v flow.Versions
	for _, word := range strings.Fields(t.V) {
		n, ok := nginxVersions[word]
		if !ok {
			p.note(flow.LosesDetail, t.At, i.Title()+": proxy-ssl-protocols "+word)
			continue
		}
		v.Min, v.Max = min(cmp.Or(v.Min, n), n), max(v.Max, n)
	}
	if v.Max != 0 {
		up.End.TLS = flow.State(v, t.At)
	}
}

// haproxyTrust is the CA of servers, and the certificate that is shown to them. Without a CA
// HAProxy verifies nothing.
func (p *ingressPart) haproxyTrust(i *ingress, back *flow.BackendDraft, up *flow.UpstreamDraft, ca, own, at kubeyaml.Text) {
	if ca.V == "" {
		up.End.Verify = flow.State(false, at.At)
	} else {
		of := secretName(ca.V, i.NamespaceName())
		up.End.Trust = []flow.Ref{p.towardsCA(of, "", ca.At, i.Object, back)}
	}
	if own.V != "" {
		up.End.Certificate = p.ofSecret(secretName(own.V, i.NamespaceName()), own.At)
	}
}

// secureNames are the names of servers for haproxy-ingress: of the SNI, and in their
// certificate.
func (p *ingressPart) secureNames(x *ingressProxy, i *ingress, up *flow.UpstreamDraft) {
	if t := i.value(x, "secure-verify-hostname"); t.V != "" {
		up.Name = flow.State(t.V, t.At)
	}
	switch t := i.value(x, "secure-sni"); t.V {
	case "":
	case "host":
		up.SNI, up.SNIHost = flow.Fact[string]{}, true
	case "sni":
		p.note(flow.LosesDetail, t.At, i.Title()+": secure-sni sends the SNI that the client sent")
	default:
		up.SNI = flow.State(t.V, t.At)
	}
}

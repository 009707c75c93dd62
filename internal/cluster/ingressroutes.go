package cluster

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/source"
)

// path declares the route of a path of a rule.
func (p *ingressPart) path(x *ingressProxy, i *ingress, host kubeyaml.Text, path *ingressPath) {
	d := p.begin(x, i, host, path.at)
	p.secure(x, i, host, d)
	p.matches(x, i, host.V, path, d)
	if alias := i.value(x, "server-alias"); alias.V != "" && host.V != "" {
		for _, h := range strings.FieldsFunc(alias.V, func(r rune) bool { return r == ',' || r == ' ' }) {
			d.Hosts = append(d.Hosts, flow.State(h, alias.At))
		}
	}
	if at := i.denied(x); at.Known() {
		d.Answer = flow.State(flow.Answer{Status: 503}, at)
	} else if !p.redirected(x, i, d) {
		back := p.leads(i, path.backend, d)
		p.upstream(x, i, back, d)
		p.behaviour(x, i, back, d)
	}
	p.admitted(x, i, d)
	key := ingressKey{x, host.V, path.kind.V, path.path.V}
	p.primary[key] = append(p.primary[key], &ingressRoute{d, path})
	p.declare(d)
}

// secure says where TLS ends, and what plaintext gets.
func (p *ingressPart) secure(x *ingressProxy, i *ingress, host kubeyaml.Text, d *flow.RouteDraft) {
	t := i.tlsOf(host.V)
	force := i.flag(x, "force-ssl-redirect")
	on, said := i.switched(x, "ssl-redirect")
	if t == nil && !force && !(said && on && x.product == haproxyTech) {
		d.Mode = flow.State(flow.ModeNone, d.At)
		if host.V == "" && len(i.rules) == 0 && len(i.tls) == 0 { // the default backend is on both ports
			d.Mode, d.Insecure = flow.State(flow.ModeEdge, d.At), flow.State(flow.InsecureAllow, d.At)
		}
		return
	}
	at := d.At
	if t != nil {
		at = firstKnown(t.at, d.At)
		if t.secret.V != "" {
			d.Certificate = p.ofSecret(name{i.NamespaceName(), t.secret.V}, t.secret.At)
		}
	}
	d.Mode = flow.State(flow.ModeEdge, at)
	d.Insecure = flow.State(flow.InsecureAllow, at)
	if force || x.product.redirect != 0 && (!said || on) {
		d.Insecure = flow.State(flow.InsecureRedirect, firstKnown(i.value(x, "ssl-redirect").At, i.value(x, "force-ssl-redirect").At, at))
		status := x.product.redirect
		if c := atoi(i.value(x, "ssl-redirect-code").V); x.product == haproxyTech && slices.Contains(redirectStatuses, c) {
			status = c
		}
		d.RedirectStatus = flow.State(status, at)
	}
	p.clients(x, i, d)
}

// clients says which client certificates a host wants.
func (p *ingressPart) clients(x *ingressProxy, i *ingress, d *flow.RouteDraft) {
	t := i.value(x, "auth-tls-secret")
	verify := i.value(x, "auth-tls-verify-client").V
	if t.V == "" || verify == "off" {
		return
	}
	if i.denied(x).Known() {
		return
	}
	of := secretName(t.V, i.NamespaceName())
	auth := flow.ClientAuthDraft{Mode: flow.AuthOptional, CA: p.authorityNamed(of.name+"."+of.namespace, t.At)}
	if verify == "" || verify == "on" { // without one the handshake goes on, and the request gets a status
		d.WithoutCertificate = flow.State(x.product.refuses, t.At)
	}
	d.ClientCertificate = flow.State(auth, t.At)
}

// secretName is a Secret as annotations name it: NAMESPACE/NAME, or NAME.
func secretName(text, namespace string) name {
	if ns, own, ok := strings.Cut(text, "/"); ok {
		return name{ns, own}
	}
	return name{namespace, text}
}

// denied reports a Secret without its namespace: ingress-nginx does not find it, and answers 503.
func (i *ingress) denied(x *ingressProxy) (at source.Span) {
	if x.product != ingressNginx {
		return at
	}
	for _, own := range []string{"auth-tls-secret", "proxy-ssl-secret"} {
		if t := i.value(x, own); t.V != "" && !strings.Contains(t.V, "/") {
			at = firstKnown(at, t.At)
			i.once(t, "write "+i.NamespaceName()+"/"+t.V, "annotation %s of %s names a Secret as NAMESPACE/NAME, not as %q: requests get 503", own, i.Title(), t.V)
		}
	}
	return at
}

// stripping is the idiom of ingress-nginx for a path whose beginning servers do not get.
var stripping = lazy.Regexp(`^(/[A-Za-z0-9/_.~-]*?)\(/\|\$\)\(\.\*\)$`)

// matches says which paths a route has, and what servers get of them.
func (p *ingressPart) matches(x *ingressProxy, i *ingress, host string, path *ingressPath, d *flow.RouteDraft) {
	own := cmp.Or(path.path.V, "/")
	rewrite := i.value(x, "rewrite-target")
	if x.product == haproxyTech {
		rewrite = i.value(x, "path-rewrite")
	}
	if x.product == ingressNginx && p.expressions(x, i, host) { // then each path is the beginning of an expression
		if m := stripping.Get().FindStringSubmatch(own); m != nil && strings.HasSuffix(rewrite.V, "$2") {
			d.Path = flow.State(m[1], path.at)
			d.Rewrite = flow.State(cmp.Or(strings.TrimSuffix(rewrite.V, "$2"), "/"), rewrite.At)
			return
		}
		if own != "/" {
			c := flow.Match{Kind: flow.MatchPath, How: flow.Regex, Values: []string{"^" + own}, AnyCase: true, At: path.at}
			if _, err := regexp.Compile(own); err != nil {
				c.How, c.Values = flow.Begins, []string{own}
				p.note(flow.ChangesRouting, path.at, fmt.Sprintf("%s: path %s is an expression that is not read", i.Title(), own))
			}
			d.Matches = append(d.Matches, c)
		}
		if rewrite.V != "" {
			p.note(flow.LosesDetail, rewrite.At, fmt.Sprintf("%s: rewrite-target makes %s of each path", i.Title(), rewrite.V))
		}
		return
	}
	switch kind := p.kindOf(x, i, path); {
	case kind == pathExact:
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Exact, Values: []string{own}, At: path.at})
	case kind == "regex":
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Regex, Values: []string{own}, At: path.at})
	case own == "/":
	case kind == pathPrefix:
		d.Path = flow.State(own, path.at)
	default: // ImplementationSpecific: what begins with it
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Begins, Values: []string{own}, At: path.at})
	}
	switch {
	case rewrite.V == "":
	case x.product == haproxyIngress && strings.HasPrefix(rewrite.V, "/"):
		d.Rewrite = flow.State(rewrite.V, rewrite.At)
	default:
		p.note(flow.LosesDetail, rewrite.At, fmt.Sprintf("%s: path-rewrite %s", i.Title(), shortened(rewrite.V)))
	}
}

// expressions reports whether ingress-nginx takes the paths of a host for expressions: where one
// Ingress of the host says so, those of all of them (docs/user-guide/ingress-path-matching.md).
func (p *ingressPart) expressions(x *ingressProxy, i *ingress, host string) bool {
	says := func(i *ingress) bool { return i.value(x, "rewrite-target").V != "" || i.flag(x, "use-regex") }
	return says(i) || slices.ContainsFunc(x.of, func(o *ingress) bool {
		return says(o) && slices.ContainsFunc(o.rules, func(r ingressRule) bool { return r.host.V == host })
	})
}

// kindOf is the type of a path; haproxy-ingress has an annotation for those of the
// implementation.
func (p *ingressPart) kindOf(x *ingressProxy, i *ingress, path *ingressPath) string {
	if path.kind.V != pathOther || x.product != haproxyIngress {
		return path.kind.V
	}
	return map[string]string{"exact": pathExact, "prefix": pathPrefix, "regex": "regex"}[i.value(x, "path-type").V]
}

// redirected is a route whose requests the controller redirects.
func (p *ingressPart) redirected(x *ingressProxy, i *ingress, d *flow.RouteDraft) bool {
	for _, r := range []struct {
		product  *ingressProduct
		to, code string
		status   int
	}{
		{ingressNginx, "permanent-redirect", "permanent-redirect-code", 301}, {ingressNginx, "temporal-redirect", "temporal-redirect-code", 302},
		{haproxyIngress, "redirect-to", "", 302}, {haproxyTech, "request-redirect", "request-redirect-code", 302},
	} {
		t := i.value(x, r.to)
		if r.product != x.product || t.V == "" {
			continue
		}
		to := flow.RedirectTo{Kind: flow.RedirectLocation, To: t.V, Status: r.status}
		if c := atoi(i.value(x, r.code).V); slices.Contains(redirectStatuses, c) {
			to.Status = c
		}
		if x.product == haproxyTech { // another host, with the path that was asked for
			scheme := "http://"
			if d.Mode.V != flow.ModeNone {
				scheme = "https://"
			}
			to.Kind, to.To = flow.RedirectPrefix, scheme+t.V
		}
		d.Redirect = flow.State(to, t.At)
		return true
	}
	return false
}

// allowLists are the annotations with the addresses that may use an Ingress, the newer ones
// first.
var allowLists = []string{"allowlist-source-range", "whitelist-source-range", "allow-list", "whitelist"}

// admitted leads clients of other addresses than those of an allow list to a route that
// answers 403, as each of the controllers does.
func (p *ingressPart) admitted(x *ingressProxy, i *ingress, d *flow.RouteDraft) {
	for _, list := range allowLists {
		t := i.value(x, list)
		if effect, ok := x.product.annotationsOf()[list]; !ok || effect != 0 || t.V == "" {
			continue
		}
		m := flow.Match{Kind: flow.MatchSource, At: t.At}
		for _, a := range strings.FieldsFunc(t.V, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
			if !isAddress(a) {
				i.once(t, "write addresses and networks with commas between them: 192.0.2.0/24,198.51.100.7", "%q of annotation %s of %s is no address", a, list, i.Title())
				continue
			}
			m.Values = append(m.Values, a)
		}
		if len(m.Values) == 0 {
			return
		}
		others := *d
		others.Name, others.At = p.free(d.Name+"-refused"), t.At
		others.Targets, others.Upstream, others.Redirect, others.Rewrite = nil, flow.UpstreamDraft{}, flow.Fact[flow.RedirectTo]{}, flow.Fact[string]{}
		if d.Mode.V == flow.ModeReencrypt {
			others.Mode = flow.State(flow.ModeEdge, d.Mode.At)
		}
		others.Answer = flow.State(flow.Answer{Status: 403}, t.At)
		p.origin.ingressRoutes[others.Name] = p.origin.ingressRoutes[d.Name]
		p.declare(&others)
		d.Matches = append(slices.Clone(d.Matches), m)
		return
	}
}

// passthrough declares the route of a host whose TLS the servers end.
func (p *ingressPart) passthrough(x *ingressProxy, i *ingress, host kubeyaml.Text, path *ingressPath) {
	d := p.begin(x, i, host, path.at)
	at := i.value(x, "ssl-passthrough").At
	d.Mode = flow.State(flow.ModePassthrough, at)
	if x.product == haproxyIngress { // without ssl-passthrough-http-port
		d.Insecure = flow.State(flow.InsecureRedirect, at)
		d.RedirectStatus = flow.State(x.product.redirect, at)
	} else {
		d.Insecure = flow.State(flow.InsecureNone, at)
		what := i.Title() + ": what host " + host.V + " gets in plaintext on :80"
		if x.product == ingressNginx {
			what += "; TLS is relayed only if the controller runs with --enable-ssl-passthrough"
		}
		p.note(flow.LosesDetail, at, what)
	}
	if p.leads(i, path.backend, d) == nil {
		d.Answer = flow.State(flow.Answer{}, path.at)
	}
	p.declare(d)
}

// beside declares the redirects of a host that annotations ask for: from the host with www. or
// without it, from the path / to the application.
func (p *ingressPart) beside(x *ingressProxy, i *ingress, r ingressRule) {
	if t := i.value(x, "app-root"); strings.HasPrefix(t.V, "/") {
		d := p.begin(x, i, r.host, t.At)
		p.secure(x, i, r.host, d)
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Exact, Values: []string{"/"}, At: t.At})
		d.Redirect = flow.State(flow.RedirectTo{Kind: flow.RedirectLocation, To: t.V, Status: 302}, t.At)
		p.declare(d)
	}
	var from kubeyaml.Text
	status := 308
	switch x.product {
	case ingressNginx:
		if i.flag(x, "from-to-www-redirect") && r.host.V != "" && !strings.HasPrefix(r.host.V, "*") {
			from = i.value(x, "from-to-www-redirect")
			own, www := strings.CutPrefix(r.host.V, "www.")
			if from.V = own; !www {
				from.V = "www." + r.host.V
			}
		}
	case haproxyIngress:
		from, status = i.value(x, "redirect-from"), 302
	}
	if from.V == "" || p.hosts[from.V] || r.host.V == "" {
		return
	}
	p.hosts[from.V] = true
	modes := []flow.Mode{flow.ModeNone}
	if i.tlsOf(r.host.V) != nil {
		modes = append(modes, flow.ModeEdge)
	}
	for _, mode := range modes {
		d := p.begin(x, i, from, from.At)
		scheme, port := "http://", 80
		if mode == flow.ModeEdge {
			scheme, port = "https://", 443
			if t := i.tlsOf(r.host.V); t.secret.V != "" {
				d.Certificate = p.ofSecret(name{i.NamespaceName(), t.secret.V}, t.secret.At)
			}
		}
		d.Mode, d.On[0].Port = flow.State(mode, from.At), port
		d.Redirect = flow.State(flow.RedirectTo{Kind: flow.RedirectPrefix, To: scheme + r.host.V, Status: status}, from.At)
		p.declare(d)
	}
}

// behaviour is what other annotations say.
func (p *ingressPart) behaviour(x *ingressProxy, i *ingress, back *flow.BackendDraft, d *flow.RouteDraft) {
	if t := i.value(x, "affinity"); t.V == "cookie" && x.product != haproxyTech {
		d.Affinity = flow.State(cmp.Or(i.value(x, "session-cookie-name").V, "INGRESSCOOKIE"), t.At)
	}
	if t := i.value(x, "cookie-persistence"); t.V != "" && x.product == haproxyTech {
		d.Affinity = flow.State(t.V, t.At)
	}
	for _, b := range []string{"balance-algorithm", "load-balance"} {
		if t := i.value(x, b); t.V != "" && x.product != ingressNginx && x.product.annotationsOf()[b] == 0 {
			d.Balance = flow.State(strings.Fields(t.V)[0], t.At)
		}
	}
	for _, host := range []string{"upstream-vhost", "set-host"} {
		if t := i.value(x, host); t.V != "" {
			d.Headers = append(d.Headers, flow.HeaderAction{On: "request", Do: "set", Name: "Host", Value: t.V, At: t.At})
		}
	}
	if t := i.value(x, "send-proxy-protocol"); t.V != "" && x.product == haproxyTech {
		version := flow.ProxyVersion(2)
		if t.V == "proxy" || t.V == "proxy-v1" {
			version = 1
		}
		d.SendProxy = flow.State(version, t.At)
		if back != nil { // no object says that servers expect it
			back.AcceptProxy = flow.Default(true)
		}
	}
	p.times(x, i, d)
}

// times are the timeouts of an Ingress: ingress-nginx has seconds, the others times of
// HAProxy.
func (p *ingressPart) times(x *ingressProxy, i *ingress, d *flow.RouteDraft) {
	for _, t := range []struct{ name, kind string }{
		{"proxy-connect-timeout", "connect"}, {"proxy-read-timeout", "server"}, {"timeout-connect", "connect"}, {"timeout-server", "server"}, {"timeout-tunnel", "tunnel"},
	} {
		text := i.value(x, t.name)
		if effect, ok := x.product.annotationsOf()[t.name]; !ok || effect != 0 || text.V == "" {
			continue
		}
		millis, ok := routerTime(text.V)
		if x.product == ingressNginx {
			millis, ok = int64(atoi(text.V))*1000, atoi(text.V) > 0
		}
		if !ok {
			i.once(text, map[bool]string{true: "write seconds, such as \"60\"", false: "write a time, such as 60s"}[x.product == ingressNginx], "the controller ignores annotation %s of %s: %q is not a time", t.name, i.Title(), text.V)
			continue
		}
		d.Timeouts = append(d.Timeouts, flow.Timeout{Kind: t.kind, Millis: millis, At: text.At})
	}
}

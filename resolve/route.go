package resolve

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

var routeStatements = setters[*flow.Route]{
	"host":      one("a host", hostPattern, func(r *flow.Route) *flow.Stated[string] { return &r.Host }),
	"subdomain": one("a name", hostName, func(r *flow.Route) *flow.Stated[string] { return &r.Subdomain }),
	"path":      one("a path", urlPath, func(r *flow.Route) *flow.Stated[string] { return &r.Path }),
	"match":     match,
	"sni": one("none or any", choice([]string{"none", "any"}, flow.SNINone, flow.SNIAny),
		func(r *flow.Route) *flow.Stated[flow.SNIMatch] { return &r.SNI }),
	"labels":  func(l *line, r *flow.Route) { labels(l, &r.Labels) },
	"created": one("a date and time", dateTime, func(r *flow.Route) *flow.Stated[string] { return &r.Created }),
	"tls":     tls,
	"certificate": one("a certificate", findCertificate,
		func(r *flow.Route) *flow.Stated[*flow.Certificate] { return &r.Certificate }),
	"client-certificate": clientCertificate(func(r *flow.Route) *flow.Stated[flow.ClientAuth] { return &r.ClientCertificate }),
	"alpn":               names("a protocol", text, func(r *flow.Route) *flow.Stated[[]string] { return &r.ALPN }),
	"insecure":           insecure,
	"to":                 to,
	"header":             headerAction,
	"affinity": func(l *line, r *flow.Route) {
		if _, ok := read(l, "cookie", oneOf("cookie")); ok {
			r.Affinity, _ = read(l, "the name of a cookie", fieldName)
		}
	},
	"hsts":       one("a time", duration, func(r *flow.Route) *flow.Stated[int64] { return &r.HSTS }),
	"rewrite":    one("a path", urlPath, func(r *flow.Route) *flow.Stated[string] { return &r.Rewrite }),
	"allow":      many("an address or a CIDR", network, func(r *flow.Route) *[]flow.Stated[string] { return &r.Allow }),
	"timeout":    timeout(func(r *flow.Route) *[]flow.Timeout { return &r.Timeouts }),
	"send-proxy": sendProxy(func(r *flow.Route) *flow.Stated[flow.ProxyVersion] { return &r.SendProxy }),
	"policy": many("a policy", oneOf("every-hop-encrypted", "proxy-cannot-read"),
		func(r *flow.Route) *[]flow.Stated[string] { return &r.Policies }),
}

func declareRoute(r *resolver, l *line, imported bool) {
	w, ok := l.routeName()
	if !ok {
		r.routes.holes = true
		return
	}
	d := l.decl(w, imported)
	route := &flow.Route{
		Decl:           d,
		Mode:           flow.Default(flow.ModeNone),
		Insecure:       flow.Default(flow.InsecureNone),
		RedirectStatus: flow.Default(302),
		Upstream:       flow.Upstream{End: newClientEnd()},
	}
	declare(l, r.routes, "route", d, route,
		func() { r.t.Routes = append(r.t.Routes, route) },
		func() {
			if l.s.Broken {
				r.hurt[route] = true
			}
			route.Namespace = r.namespaceOf(w)
			on(l, route)
			routeStatements.apply(r, l.s.Block, route)
			r.completeRoute(route)
		})
}

// routeName reads a name that may have a namespace before it: hr/portal.
func (l *line) routeName() (*ast.Word, bool) {
	w, ok := l.take("a name")
	if !ok {
		return nil, false
	}
	first, second, spaced := strings.Cut(w.Text, "/")
	if w.Quoted || !isName(first) || spaced && !isName(second) {
		l.badName(w)
		return nil, false
	}
	return w, true
}

// namespaceOf returns the namespace before a route's name. It must be declared
// only where any is.
func (r *resolver) namespaceOf(w *ast.Word) *flow.Namespace {
	namespace, _, ok := strings.Cut(w.Text, "/")
	if !ok || !r.declared["namespace"] {
		return nil
	}
	part := &ast.Word{Text: namespace, At: w.At.File.Span(w.At.Start, w.At.Start+len(namespace))}
	n, _ := r.namespaces.find(r, part)
	return n
}

// on reads [on PROXY[:PORT], …].
func on(l *line, route *flow.Route) {
	if _, ok := l.accept("on"); ok {
		for _, w := range l.words("a proxy") {
			name, p, ok := place(l.r, w)
			if !ok {
				l.r.hurt[route] = true
				continue
			}
			if n, ok := l.r.findNode(name, "proxy"); ok {
				route.On = append(route.On, flow.OnProxy{Proxy: n.proxy, Port: p, At: w.At})
			} else {
				l.r.hurt[route] = true
			}
		}
	}
	l.done()
}

// place splits NAME[:PORT] into the word of the name and the port, 0 for none.
func place(r *resolver, w *ast.Word) (*ast.Word, int, bool) {
	before, after, found := strings.Cut(w.Text, ":")
	if !found || w.Quoted {
		return w, 0, true
	}
	middle := w.At.Start + len(before)
	name := &ast.Word{Text: before, At: w.At.File.Span(w.At.Start, middle)}
	p, ok := port(r, &ast.Word{Text: after, At: w.At.File.Span(middle+1, w.At.End)})
	return name, p, ok
}

// completeRoute reports what a route cannot do without, and what cannot stand
// together in it.
func (r *resolver) completeRoute(route *flow.Route) {
	if route.Host.Said() && route.Subdomain.Said() {
		d := r.report(codeExclusive, route.Subdomain.At, `route %q states "subdomain" and "host"; only one can be`, route.Name)
		d.Related = declaredHere(route.Host.At)
		route.Subdomain = flow.Stated[string]{}
	}
	if len(route.Targets) == 0 && !r.hurt[route] {
		r.report(codeMissing, route.At, `route %q leads nowhere: it needs "to"`, route.Name)
	}
	settleUpstream(&route.Upstream, route.Host.V)
}

// settleUpstream fills in what one of name and sni says of the other: the name
// is sent unless sni says otherwise, and an sni alone is checked too, as
// HAProxy does.
func settleUpstream(u *flow.Upstream, host string) {
	switch {
	case !u.SNI.Said():
		u.SNI = flow.Default(u.Name.V)
	case !u.Name.Said() && !u.SNIHost:
		u.Name = flow.Default(u.SNI.V)
	case !u.Name.Said() && !strings.HasPrefix(host, "*."):
		u.Name = flow.Default(host)
	}
}

// match is match header|cookie NAME "V".
func match(l *line, route *flow.Route) {
	kind, ok := read(l, "header or cookie", oneOf("header", "cookie"))
	if !ok {
		return
	}
	name, ok := read(l, "a name", fieldName)
	if !ok {
		return
	}
	v, ok := read(l, "a value", fieldValue)
	if !ok {
		return
	}
	route.Matches = append(route.Matches, flow.Match{Kind: kind.V, Name: name.V, Value: v.V, At: join(kind.At, v.At)})
}

var mode = choice([]string{"none", "edge", "reencrypt", "passthrough"},
	flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt, flow.ModePassthrough)

// tls is tls MODE, its block being the second session of reencrypt.
func tls(l *line, route *flow.Route) {
	if m, ok := read(l, "none, edge, reencrypt or passthrough", mode); ok {
		route.Mode = m
	} else {
		l.r.hurt[route] = true
	}
	if l.s.Block != nil {
		route.UpstreamAt = l.s.Block.At
		upstreamStatements.apply(l.r, l.s.Block, &route.Upstream)
	}
}

var upstreamStatements = setters[*flow.Upstream]{
	"trust": many("a ca", findCA, func(u *flow.Upstream) *[]flow.Stated[*flow.CA] { return &u.End.Trust }),
	"name":  one("a host", hostName, func(u *flow.Upstream) *flow.Stated[string] { return &u.Name }),
	"sni": func(l *line, u *flow.Upstream) {
		if w, ok := l.accept("host"); ok {
			u.SNI, u.SNIHost = flow.Stated[string]{At: w.At}, true
			return
		}
		if v, ok := read(l, "a host, host or none", sniOrNone); ok {
			u.SNI = v
		}
	},
	"certificate": one("a certificate", findCertificate,
		func(u *flow.Upstream) *flow.Stated[*flow.Certificate] { return &u.End.Certificate }),
	"tls":    one("a range of versions", versions, func(u *flow.Upstream) *flow.Stated[flow.Versions] { return &u.End.TLS }),
	"alpn":   names("a protocol", text, func(u *flow.Upstream) *flow.Stated[[]string] { return &u.End.ALPN }),
	"verify": one("none", choice([]string{"none"}, false), func(u *flow.Upstream) *flow.Stated[bool] { return &u.End.Verify }),
}

// sniOrNone is a host, or "" for none.
func sniOrNone(r *resolver, w *ast.Word) (string, bool) {
	if w.Text == "none" && !w.Quoted {
		return "", true
	}
	return hostName(r, w)
}

var redirectStatuses = []string{"301", "302", "303", "307", "308"}

// insecure is insecure none|allow|redirect [STATUS].
func insecure(l *line, route *flow.Route) {
	policy, ok := read(l, "none, allow or redirect", choice([]string{"none", "allow", "redirect"},
		flow.InsecureNone, flow.InsecureAllow, flow.InsecureRedirect))
	if !ok {
		return
	}
	route.Insecure = policy
	if policy.V == flow.InsecureRedirect && l.peek() != nil {
		if s, ok := read(l, "a status", choice(redirectStatuses, 301, 302, 303, 307, 308)); ok {
			route.RedirectStatus = s
		}
	}
}

// to is to TARGET [weight N], a backend or a proxy with :PORT.
func to(l *line, route *flow.Route) {
	w, ok := l.take("a backend or a proxy")
	if !ok {
		return
	}
	name, p, ok := place(l.r, w)
	var n node
	if ok {
		n, ok = l.r.findNode(name, "backend", "proxy")
	}
	if !ok {
		l.failed = true
		l.r.hurt[route] = true
		return
	}
	t := &flow.Target{Backend: n.backend, Proxy: n.proxy, Port: p, Weight: flow.Default(1), At: w.At}
	if n.backend != nil && p != 0 {
		d := l.r.report(codeWrongKind, w.At, "%q is a backend, and a port belongs to its servers", name.Text)
		d.Related, d.Help = declaredHere(n.backend.At), "write to "+name.Text
		t.Port = 0
	}
	if _, ok := l.accept("weight"); ok {
		if v, ok := read(l, "a number after weight", number(0, 1_000_000)); ok {
			t.Weight = v
		}
	}
	route.Targets = append(route.Targets, t)
}

// headerAction is header request|response set|delete NAME ["V"].
func headerAction(l *line, route *flow.Route) {
	on, ok := read(l, "request or response", oneOf("request", "response"))
	if !ok {
		return
	}
	do, ok := read(l, "set or delete", oneOf("set", "delete"))
	if !ok {
		return
	}
	name, ok := read(l, "a name", fieldName)
	if !ok {
		return
	}
	h := flow.HeaderAction{On: on.V, Do: do.V, Name: name.V, At: join(on.At, name.At)}
	if do.V == "set" {
		v, ok := read(l, "a value", fieldValue)
		if !ok {
			return
		}
		h.Value, h.At = v.V, join(on.At, v.At)
	}
	route.Headers = append(route.Headers, h)
}

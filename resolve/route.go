package resolve

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var routeStatements = setters[*flow.Route]{
	"host":      one(host, func(r *flow.Route) *flow.Fact[string] { return &r.Host }),
	"subdomain": one(host, func(r *flow.Route) *flow.Fact[string] { return &r.Subdomain }),
	"path":      one(text, func(r *flow.Route) *flow.Fact[string] { return &r.Path }),
	"match":     match,
	"sni": one(choice(map[string]flow.SNIMatch{"none": flow.SNINone, "any": flow.SNIAny}),
		func(r *flow.Route) *flow.Fact[flow.SNIMatch] { return &r.SNI }),
	"labels":  func(l *line, r *flow.Route) { labels(l, &r.Labels) },
	"created": one(dateTime, func(r *flow.Route) *flow.Fact[string] { return &r.Created }),
	"tls":     tls,
	"certificate": one(findCertificate,
		func(r *flow.Route) *flow.Fact[*flow.Certificate] { return &r.Certificate }),
	"client-certificate": clientCertificate(func(r *flow.Route) *flow.Fact[flow.ClientAuth] { return &r.ClientCertificate }),
	"alpn":               names(text, func(r *flow.Route) *flow.Fact[[]string] { return &r.ALPN }),
	"insecure":           insecure,
	"to":                 to,
	"header":             headerAction,
	"affinity": func(l *line, r *flow.Route) {
		if _, ok := read(l, text); ok {
			r.Affinity, _ = read(l, text)
		}
	},
	"hsts":       one(duration, func(r *flow.Route) *flow.Fact[int64] { return &r.HSTS }),
	"rewrite":    one(text, func(r *flow.Route) *flow.Fact[string] { return &r.Rewrite }),
	"allow":      many(network, func(r *flow.Route) *[]flow.Fact[string] { return &r.Allow }),
	"timeout":    timeout(func(r *flow.Route) *[]flow.Timeout { return &r.Timeouts }),
	"send-proxy": sendProxy(func(r *flow.Route) *flow.Fact[flow.ProxyVersion] { return &r.SendProxy }),
	"policy": many(text,
		func(r *flow.Route) *[]flow.Fact[string] { return &r.Policies }),
}

func declareRoute(r *resolver, l *line, imported bool) {
	w, ok := l.name(isRouteName)
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

// isRouteName reports whether a word is a name, or one with a namespace before
// it: hr/portal.
func isRouteName(s string) bool {
	first, second, spaced := strings.Cut(s, "/")
	return isName(first) && (!spaced || isName(second))
}

// namespaceOf returns the namespace before a route's name. It must be declared
// only where any is.
func (r *resolver) namespaceOf(w *ast.Word) *flow.Namespace {
	member, ok := w.Value.(ast.Member)
	if !ok || !r.declared["namespace"] {
		return nil
	}
	part := &ast.Word{Text: member.Of, At: w.At.File.Span(w.At.Start, w.At.Start+len(member.Of))}
	n, ok := r.namespaces.find(r, part)
	if !ok && len(r.found) > 0 && r.found[len(r.found)-1].At == part.At {
		r.found[len(r.found)-1].Fix = nil // with it the route would have another name
	}
	return n
}

// on reads [on PROXY[:PORT], …].
func on(l *line, route *flow.Route) {
	if _, ok := l.accept("on"); ok && !l.s.Broken {
		for _, w := range l.words() {
			name, p := place(w)
			if n, ok := l.r.needNode(name, "proxy"); ok {
				route.On = append(route.On, flow.OnProxy{Proxy: n.proxy, Port: p, At: w.At})
			} else {
				l.r.hurt[route] = true
			}
		}
	}
}

// place splits NAME[:PORT] into the word of the name and the port, 0 for none.
func place(w *ast.Word) (*ast.Word, int) {
	v, ok := w.Value.(ast.Instance)
	if !ok {
		return w, 0
	}
	return &ast.Word{Text: v.Name, At: w.At.File.Span(w.At.Start, w.At.Start+len(v.Name))}, v.Port
}

// completeRoute reports what a route cannot do without, and what cannot stand
// together in it.
func (r *resolver) completeRoute(route *flow.Route) {
	if route.Host.IsSet() && route.Subdomain.IsSet() {
		d := r.report(codeExclusive, route.Subdomain.At, `route %q states "subdomain" and "host"; only one can be`, route.Name)
		d.Related = statedHere(route.Host.At)
		route.Subdomain = flow.Fact[string]{}
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
	case !u.SNI.IsSet():
		u.SNI = flow.Default(u.Name.V)
	case !u.Name.IsSet() && !u.SNIHost:
		u.Name = flow.Default(u.SNI.V)
	case !u.Name.IsSet() && !strings.HasPrefix(host, "*."):
		u.Name = flow.Default(host)
	}
}

// match is match header|cookie NAME "V".
func match(l *line, route *flow.Route) {
	kind, ok := read(l, text)
	if !ok {
		return
	}
	name, ok := read(l, text)
	if !ok {
		return
	}
	v, ok := read(l, text)
	if !ok {
		return
	}
	route.Matches = append(route.Matches, flow.Match{Kind: kind.V, Name: name.V, Value: v.V, At: join(kind.At, v.At)})
}

var mode = choice(map[string]flow.Mode{
	"none": flow.ModeNone, "edge": flow.ModeEdge, "reencrypt": flow.ModeReencrypt, "passthrough": flow.ModePassthrough,
})

// tls is tls MODE, its block being the second session of reencrypt.
func tls(l *line, route *flow.Route) {
	if m, ok := read(l, mode); ok {
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
	"trust": many(findCA, func(u *flow.Upstream) *[]flow.Fact[*flow.CA] { return &u.End.Trust }),
	"name":  one(host, func(u *flow.Upstream) *flow.Fact[string] { return &u.Name }),
	"sni": func(l *line, u *flow.Upstream) {
		if w, ok := l.accept("host"); ok {
			u.SNI, u.SNIHost = flow.State("", w.At), true
			return
		}
		if v, ok := read(l, sniOrNone); ok {
			u.SNI = v
		}
	},
	"certificate": one(findCertificate,
		func(u *flow.Upstream) *flow.Fact[*flow.Certificate] { return &u.End.Certificate }),
	"tls":    one(versions, func(u *flow.Upstream) *flow.Fact[flow.Versions] { return &u.End.TLS }),
	"alpn":   names(text, func(u *flow.Upstream) *flow.Fact[[]string] { return &u.End.ALPN }),
	"verify": one(choice(map[string]bool{"none": false}), func(u *flow.Upstream) *flow.Fact[bool] { return &u.End.Verify }),
}

var insecurePolicy = choice(map[string]flow.Insecure{
	"none": flow.InsecureNone, "allow": flow.InsecureAllow, "redirect": flow.InsecureRedirect,
})

// insecure is insecure none|allow|redirect [STATUS].
func insecure(l *line, route *flow.Route) {
	policy, ok := read(l, insecurePolicy)
	if !ok {
		return
	}
	route.Insecure = policy
	if l.peek() != nil {
		if s, ok := read(l, number); ok {
			route.RedirectStatus = s
		}
	}
}

// to is to TARGET [weight N], a backend or a proxy with :PORT.
func to(l *line, route *flow.Route) {
	w, ok := l.take()
	if !ok {
		return
	}
	name, p := place(w)
	n, ok := l.r.needNode(name, "backend", "proxy")
	if !ok {
		l.r.hurt[route] = true
		return
	}
	t := &flow.Target{Backend: n.backend, Proxy: n.proxy, Port: p, Weight: flow.Default(1), At: w.At}
	for _, o := range route.Targets {
		if o.Backend == t.Backend && o.Proxy == t.Proxy && o.Port == p {
			d := l.r.report(codeDuplicate, w.At, "route %q leads to %q twice", route.Name, w.Text)
			d.Related, d.Help = statedHere(o.At), "to give it a larger share: to "+w.Text+" weight 2"
			return
		}
	}
	if n.backend != nil && p != 0 {
		d := l.r.report(codeWrongKind, w.At, "%q is a backend, and a port belongs to its servers", name.Text)
		d.Related, d.Help = declaredHere(n.backend.At), "write to "+name.Text
		if !w.Quoted {
			d.Fix = diag.Replace(w.At, name.Text)
		}
		t.Port = 0
	}
	if _, ok := l.accept("weight"); ok {
		if v, ok := read(l, number); ok {
			t.Weight = v
		}
	}
	route.Targets = append(route.Targets, t)
}

// headerAction is header request|response set|delete NAME ["V"].
func headerAction(l *line, route *flow.Route) {
	on, ok := read(l, text)
	if !ok {
		return
	}
	do, ok := read(l, text)
	if !ok {
		return
	}
	name, ok := read(l, text)
	if !ok {
		return
	}
	h := flow.HeaderAction{On: on.V, Do: do.V, Name: name.V, At: join(on.At, name.At)}
	if do.V == "set" {
		v, ok := read(l, text)
		if !ok {
			return
		}
		h.Value, h.At = v.V, join(on.At, v.At)
	}
	route.Headers = append(route.Headers, h)
}

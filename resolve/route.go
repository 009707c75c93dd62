package resolve

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

var routeStatements = setters[*flow.RouteDraft]{
	"host":      one(host, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Host }),
	"subdomain": one(host, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Subdomain }),
	"path":      one(text, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Path }),
	"match":     match,
	"sni": one(choice(map[string]flow.SNIMatch{"none": flow.SNINone, "any": flow.SNIAny}),
		func(r *flow.RouteDraft) *flow.Fact[flow.SNIMatch] { return &r.SNI }),
	"labels":  func(l *line, r *flow.RouteDraft) { labels(l, &r.Labels) },
	"created": one(dateTime, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Created }),
	"tls":     tls,
	"certificate": name(
		func(r *flow.RouteDraft) *flow.Ref { return &r.Certificate }),
	"client-certificate": clientCertificate(func(r *flow.RouteDraft) *flow.Fact[flow.ClientAuthDraft] { return &r.ClientCertificate }),
	"without-certificate": one(choice(map[string]int{"421": 421, "403": 403}),
		func(r *flow.RouteDraft) *flow.Fact[int] { return &r.WithoutCertificate }),
	"alpn":     words(func(r *flow.RouteDraft) *flow.Fact[[]string] { return &r.ALPN }),
	"insecure": insecure,
	"to":       to,
	"header":   headerAction,
	"affinity": func(l *line, r *flow.RouteDraft) {
		if _, ok := read(l, text); ok {
			r.Affinity, _ = read(l, text)
		}
	},
	"hsts":       one(duration, func(r *flow.RouteDraft) *flow.Fact[int64] { return &r.HSTS }),
	"rewrite":    one(text, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Rewrite }),
	"allow":      many(network, func(r *flow.RouteDraft) *[]flow.Fact[string] { return &r.Allow }),
	"timeout":    timeout(func(r *flow.RouteDraft) *[]flow.Timeout { return &r.Timeouts }),
	"send-proxy": sendProxy(func(r *flow.RouteDraft) *flow.Fact[flow.ProxyVersion] { return &r.SendProxy }),
	"policy": many(text,
		func(r *flow.RouteDraft) *[]flow.Fact[string] { return &r.Policies }),
}

func declareRoute(r *reader, l *line) {
	if d, ok := l.header(flow.DeclRoute, isRouteName); ok {
		route := &flow.RouteDraft{Decl: d, Incomplete: l.s.Broken}
		on(l, route)
		if routeStatements.apply(r, l.s.Block, route) {
			route.Incomplete = true
		}
		r.add(route)
	}
}

// isRouteName reports whether a word is a name, or one with a namespace before
// it: hr/portal.
func isRouteName(s string) bool {
	first, second, spaced := strings.Cut(s, "/")
	return isName(first) && (!spaced || isName(second))
}

// on reads [on PROXY[:PORT], …].
func on(l *line, route *flow.RouteDraft) {
	if _, ok := l.accept("on"); ok && !l.s.Broken {
		for _, w := range l.words() {
			proxy, port := place(w)
			route.On = append(route.On, flow.OnDraft{Proxy: proxy, Port: port, At: w.At})
		}
	}
}

// place splits NAME[:PORT] into the name and the port, 0 for none.
func place(w *ast.Word) (flow.Ref, int) {
	v, ok := w.Value.(ast.Instance)
	if !ok {
		return flow.State(w.Text, w.At), 0
	}
	return flow.State(v.Name, w.At.File.Span(w.At.Start, w.At.Start+len(v.Name))), v.Port
}

// match is match header|cookie NAME "V".
func match(l *line, route *flow.RouteDraft) {
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
func tls(l *line, route *flow.RouteDraft) {
	if m, ok := read(l, mode); ok {
		route.Mode = m
	} else {
		route.Incomplete = true
	}
	if l.s.Block != nil {
		route.Upstream.Origin, route.Upstream.At = flow.OriginStated, l.s.Block.At
		upstreamStatements.apply(l.r, l.s.Block, &route.Upstream)
	}
}

var upstreamStatements = setters[*flow.UpstreamDraft]{
	"trust": names(func(u *flow.UpstreamDraft) *[]flow.Ref { return &u.End.Trust }),
	"name":  one(host, func(u *flow.UpstreamDraft) *flow.Fact[string] { return &u.Name }),
	"sni": func(l *line, u *flow.UpstreamDraft) {
		if w, ok := l.accept("host"); ok {
			u.SNI, u.SNIHost = flow.State("", w.At), true
			return
		}
		if v, ok := read(l, sniOrNone); ok {
			u.SNI = v
		}
	},
	"certificate": name(
		func(u *flow.UpstreamDraft) *flow.Ref { return &u.End.Certificate }),
	"tls":    one(versions, func(u *flow.UpstreamDraft) *flow.Fact[flow.Versions] { return &u.End.TLS }),
	"alpn":   words(func(u *flow.UpstreamDraft) *flow.Fact[[]string] { return &u.End.ALPN }),
	"verify": one(choice(map[string]bool{"none": false}), func(u *flow.UpstreamDraft) *flow.Fact[bool] { return &u.End.Verify }),
}

var insecurePolicy = choice(map[string]flow.Insecure{
	"none": flow.InsecureNone, "allow": flow.InsecureAllow, "redirect": flow.InsecureRedirect,
})

// insecure is insecure none|allow|redirect [STATUS].
func insecure(l *line, route *flow.RouteDraft) {
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
func to(l *line, route *flow.RouteDraft) {
	w, ok := l.take()
	if !ok {
		return
	}
	name, port := place(w)
	t := flow.TargetDraft{To: name, Port: port, At: w.At}
	if _, ok := l.accept("weight"); ok {
		if v, ok := read(l, number); ok {
			t.Weight = v
		}
	}
	route.Targets = append(route.Targets, t)
}

// headerAction is header request|response set|delete NAME ["V"].
func headerAction(l *line, route *flow.RouteDraft) {
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

package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// filters puts the filters of a rule into a route.
func (g *gatewayPart) filters(r *gatewayRoute, rule *routeRule, m *routeMatch, hosts *hostGroup, d *flow.RouteDraft) {
	for _, f := range rule.filters {
		switch f.kind {
		case "RequestHeaderModifier", "ResponseHeaderModifier":
			g.headerFilter(r, f, d)
		case "URLRewrite":
			if f.hostname.V != "" {
				d.Headers = append(d.Headers, flow.HeaderAction{On: "request", Do: "set", Name: "Host", Value: f.hostname.V, At: f.hostname.At})
			}
			g.rewrite(r, f, m, d)
		case "RequestRedirect":
			g.redirect(r, f, m, hosts, d)
		}
	}
}

func (g *gatewayPart) headerFilter(r *gatewayRoute, f *routeFilter, d *flow.RouteDraft) {
	on := map[string]string{"RequestHeaderModifier": "request", "ResponseHeaderModifier": "response"}[f.kind]
	for _, h := range f.headers {
		a := flow.HeaderAction{On: on, Do: "set", Name: h.name.V, Value: h.value.V, At: h.at}
		switch h.do {
		case "add":
			g.once(h.at, fmt.Sprintf("%s: %s %s adds %s: %q to those that are there", r.Title(), f.kind, "filter", h.name.V, h.value.V))
			continue
		case "remove":
			a.Do, a.Value = "delete", ""
		}
		d.Headers = append(d.Headers, a)
	}
}

// rewrite is the path towards servers.
func (g *gatewayPart) rewrite(r *gatewayRoute, f *routeFilter, m *routeMatch, d *flow.RouteDraft) {
	if f.path == nil {
		return
	}
	to := cmp.Or(f.path.to.V, "/")
	if f.path.prefix || m.how == "Exact" { // an exact path is all that there is
		d.Rewrite = flow.State(to, f.path.at)
		return
	}
	g.once(f.path.at, fmt.Sprintf("%s: URLRewrite makes %s of each path", r.Title(), to))
}

// redirect is the answer of a RequestRedirect filter. Its port is that of its scheme where
// none is written, else that of the listener (HTTPRequestRedirectFilter.Port).
func (g *gatewayPart) redirect(r *gatewayRoute, f *routeFilter, m *routeMatch, hosts *hostGroup, d *flow.RouteDraft) {
	p := hosts.places[0]
	scheme := f.scheme.V
	if scheme == "" {
		scheme = map[bool]string{true: "https", false: "http"}[p.class == placeHTTPS]
	}
	port := f.port.V
	if !f.port.Set && f.scheme.V == "" {
		port = p.port
	}
	if port == map[string]int{"http": 80, "https": 443}[scheme] {
		port = 0
	}
	own := f.hostname.V
	if own == "" && len(hosts.hosts) == 1 && hosts.rank() == 0 {
		own = hosts.hosts[0].V
	}
	to := flow.RedirectTo{Status: cmp.Or(f.status.V, 302)}
	authority := ""
	if own != "" {
		authority = scheme + "://" + own
		if port != 0 {
			authority += ":" + number(port)
		}
	}
	if own == "" && (f.port.Set && port != 0 || f.scheme.V != "" && (f.path != nil || !p.standard())) { // the model has no URL for it
		g.once(f.at, fmt.Sprintf("%s: RequestRedirect to another scheme, port or path of the host that was asked for", r.Title()))
		d.Answer = flow.State(flow.Answer{Status: to.Status}, f.at)
		return
	}
	if f.scheme.V == "" && slices.ContainsFunc(hosts.places, func(o place) bool { return o.class != p.class }) {
		g.once(f.at, fmt.Sprintf("%s: RequestRedirect keeps the scheme that was asked for", r.Title()))
	}
	switch {
	case f.path != nil && (!f.path.prefix || m.how == "Exact"):
		to.Kind, to.To = flow.RedirectLocation, g.location(f, authority)+cmp.Or(f.path.to.V, "/")
	case f.path != nil && strings.TrimSuffix(m.path.V, "/") == "":
		to.Kind, to.To = flow.RedirectPrefix, cmp.Or(g.location(f, authority)+strings.TrimSuffix(f.path.to.V, "/"), "/")
	case f.path != nil:
		to.Kind, to.To = flow.RedirectLocation, g.location(f, authority)+cmp.Or(f.path.to.V, "/")
		g.once(f.path.at, fmt.Sprintf("%s: RequestRedirect keeps what is behind %s in the path", r.Title(), m.path.V))
	case own == "", f.hostname.V == "" && f.scheme.V != "" && port == 0 && p.standard():
		to.Kind, to.To = flow.RedirectScheme, scheme
	default:
		to.Kind, to.To = flow.RedirectPrefix, authority
	}
	d.Redirect = flow.State(to, f.at)
}

// location is what is before the path of a redirect: nothing where the host stays.
func (g *gatewayPart) location(f *routeFilter, authority string) string {
	if f.hostname.V == "" && f.scheme.V == "" && !f.port.Set {
		return ""
	}
	return authority
}

// standard reports whether a port is the one of its scheme, which a Host field does not name.
func (p place) standard() bool {
	return p.class == placeHTTP && p.port == 80 || p.class == placeHTTPS && p.port == 443
}

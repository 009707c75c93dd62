package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var misplacedRoute = &Rule{
	Code: "FL314", Name: "misplaced-route", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "a route is on a port that can serve its mode",
	Why: "an http port speaks no TLS. A tcp port without a certificate does not terminate TLS: it relays, and " +
		"reads no path or header (HAProxy configuration manual, 4.2, mode, and 5.1, ssl). The Gateway API " +
		"attaches an HTTPRoute only to listeners that terminate",
	Wire: "a relay sends the client's ClientHello unchanged to the server, whatever the route states. A server that " +
		"speaks plaintext answers 400 in plaintext. On an http port the proxy itself answers the ClientHello with " +
		"400. A port without a listener answers with RST",
	Bad: `proxy haproxy {
    listen tcp :443
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `proxy haproxy {
    listen https :443
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		redirects, places := once[*flow.Proxy](), map[string]int{}
		misplacedRoutes := map[string][]*flow.Route{}
		var wheres []string
		for _, r := range p.Topology.Routes {
			switch {
			case misplaced(r):
				where := portsInWords(r)
				p.explainHost(missing{route: r, taker: r, noPort: true})
				misplacedRoutes[where] = append(misplacedRoutes[where], r)
				if i, ok := places[where]; ok {
					related(&p.found[i], known(r.Mode.At, r.At), "so is route %q", r.Name)
					break
				}
				places[where], wheres = len(p.found), append(wheres, where)
				p.reportMisplaced(r, where)
			case tcpAlone(r):
				p.unread(r)
			}
			p.unanswerable(r)
			if deadRedirect(r) {
				p.explainPlaintext(r)
				if redirects(r.Proxies[0]) {
					p.reportRedirect(r)
				}
			}
		}
		for _, where := range wheres {
			p.found[places[where]].Suggest(p.placed(misplacedRoutes[where])...)
		}
	},
}

// misplaced reports whether no port that serves a route can do what its mode
// says, be it only to redirect.
func misplaced(r *flow.Route) bool {
	some := func(f func(*flow.Listener) bool) bool { return somePort(r, f) }
	takes := func(l *flow.Listener) bool { return l.Takes(r) }
	relays := func(l *flow.Listener) bool { return l.Relays(r) }
	switch {
	case !some(anyPort):
		return false
	case r.Mode.V == flow.ModePassthrough:
		return !some(takes)
	case r.Mode.V == flow.ModeNone: // on a relay a host is an SNI, which plaintext has not
		return !some(func(l *flow.Listener) bool {
			return takes(l) && !(relays(l) && r.HostOn(l.Proxy) != "" && plaintextServers(r))
		})
	}
	return !some(func(l *flow.Listener) bool { return l.Ends(r) }) && (some(relays) || !some(takes))
}

func (p *Pass) reportMisplaced(r *flow.Route, where string) {
	says := "is " + modeOf(r)
	if !r.Mode.IsSet() {
		says = "states no tls, which means plaintext"
	}
	d := p.Report(known(r.Mode.At, r.At), "%s", so(fmt.Sprintf("route %q %s, and no port that serves it %s (%s)", r.Name, says, cannot[r.Mode.V], where), p.askersGet(r)))
	relatedPort(d, r)
}

// portsInWords are the ports that serve a route: proxy "haproxy" has tcp :443.
func portsInWords(r *flow.Route) string {
	var out []string
	for _, l := range portsOf(r) {
		out = append(out, fmt.Sprintf("%s :%s", l.Kind, words.Ports(l)))
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("proxy %q has %s", r.Proxies[0].Name, strings.Join(out, ", "))
}

// tcpAlone reports whether a route that is not passthrough is on tcp ports
// alone, which read no HTTP, be there TLS around it or not.
func tcpAlone(r *flow.Route) bool {
	return r.Mode.V != flow.ModePassthrough && somePort(r, anyPort) &&
		!somePort(r, func(l *flow.Listener) bool { return l.Kind != flow.ListenTCP })
}

// unread reports what a route says of HTTP that none of its ports reads.
func (p *Pass) unread(r *flow.Route) {
	report := func(gone diag.Step, format string, args ...any) {
		d := p.Report(gone.At, "route %q is on tcp ports alone, which read no HTTP: the proxy cannot "+format, append([]any{r.Name}, args...)...)
		relatedPort(d, r)
		if w, ok := p.relistening([]*flow.Route{r}, true); ok {
			d.Suggest(w)
		}
		d.Suggest(way(gone))
	}
	if r.Path.IsSet() && r.Path.V != "" {
		report(remove(inRoute(r), diag.FactPath, r.Path.At, r.Path.V), "match the path %q", r.Path.V)
	}
	for _, m := range unseen(r) {
		report(withoutMatch(r, m), "match the %s", askedAbout(m))
	}
	for _, h := range r.Headers {
		report(remove(inRoute(r), diag.FactHeader, h.At, headerWords(h)...), "%s the %s header %q", h.Do, h.On, h.Name)
	}
	if r.Affinity.IsSet() {
		report(remove(inRoute(r), diag.FactAffinity, r.Affinity.At, r.Affinity.V), "set the cookie %q", r.Affinity.V)
	}
	if r.HSTS.IsSet() {
		report(remove(inRoute(r), diag.FactHSTS, r.HSTS.At, inTime(r.HSTS.V)), "add the HSTS header")
	}
	if r.WithoutCertificate.IsSet() {
		report(remove(inRoute(r), diag.FactWithoutCertificate, r.WithoutCertificate.At, strconv.Itoa(r.WithoutCertificate.V)), "answer requests without a client certificate")
	}
	if r.Rewrite.IsSet() {
		report(remove(inRoute(r), diag.FactRewrite, r.Rewrite.At, r.Rewrite.V), "rewrite the path")
	}
}

// deadRedirect reports whether a route redirects plaintext that comes to no
// port of its own.
func deadRedirect(r *flow.Route) bool {
	return r.Insecure.V == flow.InsecureRedirect && somePort(r, anyPort) &&
		!somePort(r, func(l *flow.Listener) bool { return l.Kind == flow.ListenHTTP })
}

// reportRedirect warns of a redirect that no port can answer, once a proxy.
func (p *Pass) reportRedirect(r *flow.Route) {
	d := p.Report(r.Insecure.At, "route %q redirects plaintext, and no port that serves it accepts plaintext: clients that ask for http:// get no redirect", r.Name)
	d.Severity = diag.Warning
	relatedPort(d, r)
	proxy := r.Proxies[0]
	everyPort := !slices.ContainsFunc(r.On, func(on flow.OnProxy) bool { return on.Port != 0 })
	if everyPort && proxy.Listens(80) == nil {
		d.Suggest(way(add(inProxy(proxy), diag.FactListener, "http", ":80")))
	}
	var steps []diag.Step
	for _, o := range proxy.Routes {
		if deadRedirect(o) && o.Proxies[0] == proxy {
			if p.askedIn(o, "http") {
				return
			}
			steps = append(steps, remove(inRoute(o), diag.FactInsecure, o.Insecure.At, o.Insecure.V.String()))
		}
	}
	d.Suggest(way(steps...))
}

// explainPlaintext explains the plaintext requests for a route's host that
// fail.
func (p *Pass) explainPlaintext(r *flow.Route) {
	for _, host := range hostsOf(r) {
		for _, q := range p.model.asked().of(host) {
			if q.Calls[0].Scheme == "http" && p.course(q).outcome.Fault != flow.FaultNone {
				p.explain(q)
			}
		}
	}
}

// cannot is what no port does where a mode needs it.
var cannot = map[flow.Mode]string{
	flow.ModeNone:        "takes plaintext",
	flow.ModeEdge:        "ends TLS",
	flow.ModeReencrypt:   "ends TLS",
	flow.ModePassthrough: "takes TLS",
}

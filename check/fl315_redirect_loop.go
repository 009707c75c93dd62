package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var redirectLoop = &Rule{
	Code: "FL315", Name: "redirect-loop", Severity: diag.Error, Since: "0.3", Scope: ScopePorts,
	Doc: "a redirect leads to a URL that is not redirected back to it",
	Why: "behind a proxy that terminates the client's TLS and sends plaintext, the next proxy gets plaintext " +
		"whatever the client used. Its redirect leads to the https URL that the client requested, which is " +
		"redirected again (RFC 9110, 15.4, on cyclical redirections). Content delivery networks call this mode " +
		"flexible; cloud balancers do it when a TLS listener forwards to an http port. The proxy in front can " +
		"send X-Forwarded-Proto, and the proxy behind it can test that header; in HAProxy: http-request redirect " +
		"scheme https unless { ssl_fc } or { hdr(x-forwarded-proto) https } (measured: then 200). A route's " +
		"redirect does not test it",
	Wire: "inside its TLS session the client gets 302 with the URL that it requested as Location, and requests it " +
		"again. curl -L ends with error 47 after its maximum of redirects (measured with HAProxy 2.6.12), " +
		"browsers after about twenty with ERR_TOO_MANY_REDIRECTS. No backend gets a request",
	Except: "the proxy behind tests X-Forwarded-Proto: state insecure allow in its route, which then serves plaintext " +
		"from the proxy in front",
	Bad: `proxy cdn {
    listen https :443
}
proxy origin {
    listen http :80
    listen https :443
}

route cdn on cdn {
    host shop.apps.example.test
    tls edge
    to origin:80
}
route shop on origin {
    host shop.apps.example.test
    tls edge
    insecure redirect
    to shop
}
`,
	Good: `proxy cdn {
    listen https :443
}
proxy origin {
    listen http :80
    listen https :443
}

route cdn on cdn {
    host shop.apps.example.test
    tls reencrypt
    to origin:443
}
route shop on origin {
    host shop.apps.example.test
    tls edge
    insecure redirect
    to shop
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Insecure.V != flow.InsecureRedirect && !r.Redirect.IsSet() {
				return
			}
			var on []*flow.Path
			p.over(r, func(path *flow.Path) bool {
				own := r.Redirect.IsSet() && !path.At.RedirectsPlaintext(r)
				if path.End == flow.EndRedirect && path.Route == r && (own || path.EndsTLS() != nil) && p.looping(path) {
					on = append(on, path)
				}
				return true
			})
			if len(on) == 0 || p.expectedFailure(r, flow.FaultRedirectLoop) {
				return
			}
			p.explainRoute(r, flow.FaultRedirectLoop)
			if first := on[0]; first.EndsTLS() != nil && (first.At.RedirectsPlaintext(r) || r.Redirect.V.Kind == flow.RedirectScheme) {
				p.reportLoop(r, on)
			} else {
				p.reportRedirectBack(r, on)
			}
		}, flow.Modes...)
	},
}

// reportRedirectBack reports a redirect that leads its clients back to it.
func (p *Pass) reportRedirectBack(r *flow.Route, on []*flow.Path) {
	path := on[0]
	d := p.Report(r.Redirect.At, "route %q redirects %s, and the redirect leads back to the same route: clients get a redirect loop", r.Name, words.Redirect(r.Redirect.V))
	d.Way = wayOf(on)
	if next := p.redirectedTo(path); next != nil && next != r {
		related(d, next.Redirect.At, "it leads to this redirect of route %q", next.Name)
	}
	d.Suggest(notRedirecting(r))
}

// notRedirecting is the way to have a route redirect nothing.
func notRedirecting(r *flow.Route) diag.Suggestion {
	to := r.Redirect.V
	gone := remove(inRoute(r), diag.FactRedirect, r.Redirect.At, to.Kind.String(), to.To)
	return given(way(gone, add(inRoute(r), diag.FactAnswer, "404")), "there is nothing to redirect to")
}

// redirectedTo is the route that takes what a client asks for that follows the redirect
// of a path; nil for none.
func (p *Pass) redirectedTo(path *flow.Path) *flow.Route {
	q := path.Request()
	q.Follow = flow.Default(true)
	if c := flow.Derive(p.Topology, q); len(c.Exchanges) > 1 {
		return c.Exchanges[1].Route
	}
	return nil
}

// looping reports whether a path redirects a client back to the URL that it asked
// for, or to URLs that are redirected without end: the proxy in front may rewrite
// the path.
func (p *Pass) looping(path *flow.Path) bool {
	if slices.ContainsFunc(path.Classes, func(c *flow.Class) bool { return c.Summary.Fault == flow.FaultRedirectLoop }) {
		return true
	}
	q := path.Request()
	q.Follow = flow.Default(true)
	return p.course(q).outcome.Fault == flow.FaultRedirectLoop
}

func (p *Pass) reportLoop(r *flow.Route, on []*flow.Path) {
	path := on[0]
	hop := path.EndsTLS()
	at := path.At.Proxy
	own := !path.At.RedirectsPlaintext(r)
	stated := known(r.Insecure.At, r.At)
	if own {
		stated = r.Redirect.At
	}
	d := p.Report(stated, "route %q redirects plaintext on proxy %q, and proxy %q ends the client's TLS before it: clients get a redirect loop",
		r.Name, at.Name, hop.From.Name)
	d.Way = wayOf(on)
	related(d, known(hop.Route.Mode.At, hop.Route.At), "TLS ends at proxy %q, by this mode of route %q", hop.From.Name, hop.Route.Name)
	related(d, hop.Target.At, "proxy %q sends the request on in plaintext, to port %d", hop.From.Name, hop.Port)
	if hop.Listener == path.At {
		if steps, ok := p.reencrypting(hop.Route); ok {
			d.Suggest(because(way(steps...), "the request then comes to a port where TLS ends"))
		}
	}
	if own {
		d.Suggest(notRedirecting(r))
		return
	}
	if r.Mode.V != flow.ModePassthrough && (len(d.Suggestions) == 0 || !p.guarded(r, on)) {
		d.Suggest(because(way(insecure(r, flow.InsecureAllow)), "requests from proxy %q are then served", hop.From.Name))
	}
}

// guarded reports whether a route is not to be served in plaintext to the proxies in front
// of it: it requires a client certificate, or the network between them is untrusted.
func (p *Pass) guarded(r *flow.Route, on []*flow.Path) bool {
	if _, ok := required(r); ok {
		return true
	}
	return slices.ContainsFunc(on, func(path *flow.Path) bool {
		for i, h := range path.Hops[1:] {
			before := path.Hops[i].Listener.Proxy
			if _, open := p.Topology.Untrusted(before.Zone, h.Listener.Proxy.Zone); open && !h.TLS {
				return true
			}
		}
		return false
	})
}

// loops reports whether FL315 is about a path: what crosses it in plaintext does so no
// more once the loop is mended.
func (p *Pass) loops(path *flow.Path) bool {
	return path.End == flow.EndRedirect && path.EndsTLS() != nil && p.blamed(path.Route, flow.FaultRedirectLoop)
}

package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// What clients and other proxies can reach without the client certificate that a
// route requires.

// requiresCertificates reports whether a route or port of the model requires a client
// certificate.
func (p *Pass) requiresCertificates() bool {
	requires := func(a flow.Fact[flow.ClientAuth]) bool { return a.V.Mode == flow.AuthRequired }
	return slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool { return requires(r.ClientCertificate) }) ||
		slices.ContainsFunc(p.Topology.Proxies, func(x *flow.Proxy) bool {
			return slices.ContainsFunc(x.Listeners, func(l *flow.Listener) bool { return requires(l.End.ClientCertificate) })
		})
}

// required is the client certificate that a route requires of every client that uses TLS:
// its own, or that of every port where its TLS ends; ok is false where there is none.
func required(r *flow.Route) (auth flow.Fact[flow.ClientAuth], ok bool) {
	if r.ClientCertificate.IsSet() {
		return r.ClientCertificate, r.ClientCertificate.V.Mode == flow.AuthRequired && somePort(r, func(l *flow.Listener) bool { return l.Ends(r) })
	}
	for _, l := range portsOf(r) {
		if !l.Ends(r) {
			continue
		}
		if l.End.ClientCertificate.V.Mode != flow.AuthRequired {
			return flow.Fact[flow.ClientAuth]{}, false
		}
		auth, ok = l.End.ClientCertificate, true
	}
	return auth, ok
}

// unaskedHosts reports routes whose client certificate the sessions of other hosts
// of the same port are not asked for.
func (p *Pass) unaskedHosts(fronts []unaskedProxy) {
	first := once[*flow.Route]()
	for _, proxy := range p.Topology.Proxies {
		for _, l := range proxy.Listeners {
			if !slices.ContainsFunc(proxy.Routes, func(r *flow.Route) bool { return r.ClientCertificate.V.Mode == flow.AuthRequired }) {
				break
			}
			sessions := l.AskedFor()
			if len(sessions) < 2 {
				continue // all are asked for the same
			}
			for _, r := range proxy.Routes {
				by, ok := l.Bypass(r, sessions)
				if !ok || p.model.doubt.any(r, by.Route) || !p.begun(by, l, r) || !first(r) {
					continue
				}
				d := p.Report(r.ClientCertificate.At, "clients can reach route %q without the client certificate that it requires: %s requests certificates by SNI, and for %s %s",
					r.Name, portOf(l), namedBy(by, proxy), askedInstead(by.Auth.V, r.ClientCertificate.V))
				if by.Route != nil {
					related(d, hostAt(by.Route), "sessions for the host of route %q get by without it", by.Route.Name)
				} else {
					related(d, l.At, "%s states nothing else for such sessions", portOf(l))
				}
				d.Suggest(p.guarding(l, r, sessions, fronts))
			}
		}
	}
}

// begun reports whether clients can begin the session by which they get past a route's
// client certificate. One with another host's SNI is a route's own business; one that no
// route names is a client's, which a proxy in front of the port may not pass on.
func (p *Pass) begun(by flow.Asked, l *flow.Listener, r *flow.Route) bool {
	if by.Route != nil {
		return true
	}
	host := sample(r, l.Proxy).Host
	return p.Topology.Meets(l, host, by.SNI, p.visited(host))
}

// namedBy is the SNI of a session, in words.
func namedBy(by flow.Asked, proxy *flow.Proxy) string {
	switch {
	case by.Route != nil:
		return cmp.Or(by.Route.HostOn(proxy), "another host")
	case by.SNI == "":
		return "a client without SNI"
	case by.SNI == flow.AnyHost:
		return "a name that no route has"
	}
	return by.SNI
}

// askedInstead says what sessions are asked for that get to another host's route.
func askedInstead(a, required flow.ClientAuth) string {
	switch {
	case a.Mode == flow.AuthNone:
		return "it requests none"
	case a.CA == nil || a.CA == required.CA:
		return "it does not require one"
	}
	return fmt.Sprintf("it accepts one of CA %q", a.CA.Name)
}

// guarding is the way to answer requests without a certificate for a route with 421:
// those of the model expect it, proxies show their certificates, and the hosts of a
// port accept certificates of one CA.
func (p *Pass) guarding(l *flow.Listener, r *flow.Route, sessions []flow.Asked, fronts []unaskedProxy) diag.Suggestion {
	var steps []diag.Step
	if r.WithoutCertificate.V == 0 {
		steps = append(steps, add(inRoute(r), diag.FactWithoutCertificate, "421"))
	}
	for _, f := range fronts {
		if f.route == r {
			steps = append(steps, p.showingOne(f)...)
		}
	}
	steps = append(steps, p.refusedThen(r)...)
	w := way(steps...)
	ca := r.ClientCertificate.V.CA
	first := once[diag.Place]()
	for _, s := range sessions {
		a := s.Auth.V
		in := inListener(l)
		if s.Route != nil && s.Route.ClientCertificate.IsSet() {
			in = inRoute(s.Route)
		}
		if a.Mode == flow.AuthNone || a.CA == nil || ca == nil || a.CA == ca || !first(in) {
			continue
		}
		w.Steps = append(w.Steps, change(in, diag.FactClientAuth, s.Auth.At, authWords(a), authWords(flow.ClientAuth{Mode: a.Mode, CA: ca})...))
		w.If = fmt.Sprintf("all of these clients have certificates of CA %q", ca.Name)
	}
	return w
}

// requiring are the steps by which a route requires a client certificate of everyone who
// comes to it over a port: those of other sessions are refused, where these are not asked.
func requiring(r *flow.Route, l *flow.Listener, auth flow.ClientAuth) []diag.Step {
	steps := []diag.Step{state(inRoute(r), diag.FactClientAuth, r.ClientCertificate, authWords(r.ClientCertificate.V), authWords(auth)...)}
	if r.WithoutCertificate.V == 0 && !l.End.ClientCertificate.V.Satisfies(auth) {
		steps = append(steps, add(inRoute(r), diag.FactWithoutCertificate, "421"))
	}
	return steps
}

// refusedThen are the steps by which the requests that come to a route without a
// certificate expect 421.
func (p *Pass) refusedThen(r *flow.Route) []diag.Step {
	var steps []diag.Step
	for _, q := range p.model.asked().taking[r] {
		if q.Derived || p.course(q).outcome.Fault != flow.FaultNone || !p.uncertified(q, r) {
			continue
		}
		if len(q.Expect) > 0 {
			steps = append(steps, change(inRequest(q), diag.FactExpect, q.Expect[0].At, []string{wanted(q)}, "421"))
		} else {
			steps = append(steps, add(inRequest(q), diag.FactExpect, "421"))
		}
	}
	return steps
}

// uncertified reports whether a client's request comes to a route without a client
// certificate: in plaintext, or in a session that has none.
func (p *Pass) uncertified(q *flow.Request, r *flow.Route) bool {
	for _, s := range p.derived.Of(q).Sessions {
		if far := s.Ends[1]; far != nil && far.Proxy != nil && slices.Contains(r.Proxies, far.Proxy) {
			return s.ClientCert == nil && s.Ends[0].Kind == flow.KindClient
		}
	}
	return q.From != nil
}

// unaskedProxy is a proxy that comes to a route of another one in a session which is
// not asked for the client certificate that the route requires.
type unaskedProxy struct {
	flow.ProxyWay
	route *flow.Route
}

// unaskedProxies finds them, once for each route that opens the sessions and each
// that they come to.
func (p *Pass) unaskedProxies() []unaskedProxy {
	var out []unaskedProxy
	first := once[[2]*flow.Route]()
	guarded := map[*flow.Listener][]*flow.Route{}
	for _, w := range p.Topology.ProxyWays() {
		routes, known := guarded[w.At]
		if !known {
			for _, r := range w.At.Proxy.Routes {
				if a := r.ClientCertificate; a.IsSet() && a.V.Mode == flow.AuthRequired && w.At.Ends(r) {
					routes = append(routes, r)
				}
			}
			guarded[w.At] = routes
		}
		for _, r := range routes {
			if w.Opened.Upstream.SNIHost && w.Opened.HostOn(w.By) == "" {
				w.SNI = flow.OneHost(r.HostOn(w.At.Proxy)) // the host that is asked for, whichever it is
			}
			if !sharesHost(w.Opened, w.By, r, w.At.Proxy) || !sharesPath(w.Opened, r) || w.At.Asks(w.SNI).V.Satisfies(r.ClientCertificate.V) {
				continue
			}
			if !p.model.doubt.any(w.Opened, r) && first([2]*flow.Route{w.Opened, r}) {
				out = append(out, unaskedProxy{w, r})
			}
		}
	}
	return out
}

// sharesPath reports whether requests for the paths of one route may be for those of
// another.
func sharesPath(a, b *flow.Route) bool {
	return !a.Apart(b) && (flow.PathMatches(a.Path.V, b.Path.V) || flow.PathMatches(b.Path.V, a.Path.V))
}

func (p *Pass) reportUnasked(f unaskedProxy) {
	up := f.Opened.Upstream
	why := "its SNI is " + f.SNI
	if f.SNI == "" {
		why = "it sends no SNI"
		if !up.SNI.IsSet() {
			why += ", which is the default"
		}
	}
	get := ""
	if f.route.WithoutCertificate.V != 0 {
		get = "clients get " + strconv.Itoa(f.route.WithoutCertificate.V)
		p.explainRoute(f.route, flow.FaultUncertified)
	}
	d := p.Report(known(up.SNI.At, up.Name.At, up.At, f.Opened.Mode.At, f.Opened.At), "%s", so(fmt.Sprintf(
		"proxy %q reaches route %q without the client certificate that the route requires, because %s", f.By.Name, f.route.Name, why), get))
	relatedRequired(d, f.route, f.route.ClientCertificate)
	d.Suggest(way(p.showingOne(f)...))
}

// showingOne are the steps by which a proxy names the host of the route that it
// comes to, and shows the certificate that it is then asked for.
func (p *Pass) showingOne(f unaskedProxy) []diag.Step {
	up, auth := f.Opened.Upstream, f.route.ClientCertificate.V
	var steps []diag.Step
	if up.SNI.IsSet() {
		steps = append(steps, change(inUpstream(f.Opened), diag.FactSNI, up.SNI.At, []string{orNoSNI(up.SNI.V)}, "host"))
	} else {
		steps = append(steps, add(inUpstream(f.Opened), diag.FactSNI, "host"))
	}
	own := f.Opened.UpstreamEnd(f.By).Certificate
	if refuses(auth, own.V) != "" {
		steps = append(steps, p.clientCertificate(inUpstream(f.Opened), up.End.Certificate, auth.CA, f.By.Name)...)
	}
	return steps
}

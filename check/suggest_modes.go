package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// Steps by which routes have other modes, and what comes with them.

// mode is the step that gives a route another mode.
func mode(r *flow.Route, m flow.Mode) diag.Step {
	return state(inRoute(r), diag.FactMode, r.Mode, []string{r.Mode.V.String()}, m.String())
}

// insecure is the step that states another insecure of a route.
func insecure(r *flow.Route, i flow.Insecure) diag.Step {
	return state(inRoute(r), diag.FactInsecure, r.Insecure, []string{r.Insecure.V.String()}, i.String())
}

// speaking is the step that has a backend speak another protocol.
func speaking(b *flow.Backend, p flow.Protocol) diag.Step {
	return state(inBackend(b), diag.FactSpeaks, b.Speaks, []string{b.Speaks.V.String()}, p.String())
}

// redirecting are the steps by which plaintext requests for a route are
// redirected to TLS: those that are to end well follow that.
func (p *Pass) redirecting(r *flow.Route) []diag.Step {
	steps := []diag.Step{insecure(r, flow.InsecureRedirect)}
	first := once[*flow.Request]()
	for _, host := range hostsOf(r) {
		for _, q := range p.model.asked().of(host) {
			if q.Calls[0].Scheme == "http" && !q.Follow.V && expectsSuccess(q) && first(q) {
				steps = append(steps, add(inRequest(q), diag.FactFollow))
			}
		}
	}
	return steps
}

// What a change of modes means for clients and servers.
const (
	endsWithReencrypt = "the proxy then presents its own certificate to clients, and opens TLS of its own to the servers"
	endsWithEdge      = "the proxy then presents its own certificate to clients"
	endsAtServers     = "the servers then present their certificate to clients, and no rule about paths or headers can apply"
)

// endingTLS is the way to end TLS at the proxy of a passthrough route: it
// reencrypts, shows a certificate for its host, and verifies its servers. ok is
// false where more than that is in the way.
func (p *Pass) endingTLS(r *flow.Route) (w diag.Suggestion, ok bool) {
	steps, ok := p.reencrypting(r)
	if !ok || r.SNI.V != flow.SNIHost {
		return w, false
	}
	return because(way(steps...), endsWithReencrypt), true
}

// reencrypting are the steps by which a route becomes reencrypt.
func (p *Pass) reencrypting(r *flow.Route, with ...*flow.Route) (steps []diag.Step, ok bool) {
	return p.terminating(r, flow.ModeReencrypt, with...)
}

// terminating are the steps by which TLS ends at the proxy of a route, in one
// of the two modes of that: its clients are shown a certificate that fits, and
// its servers are spoken to as they speak. ok is false where more than that is
// in the way. Routes that change with it are not.
func (p *Pass) terminating(r *flow.Route, m flow.Mode, with ...*flow.Route) (steps []diag.Step, ok bool) {
	if !somePort(r, (*flow.Listener).Terminates) {
		return nil, false
	}
	steps = append(p.certified(r), mode(r, m))
	for _, t := range r.Targets {
		b := t.Backend
		switch {
		case b == nil && m == flow.ModeReencrypt:
			to, ok := toTLS(r, t)
			if !ok {
				return nil, false
			}
			steps = append(steps, to...)
		case b == nil:
		case b.Speaks.IsSet() && (b.Speaks.V == flow.SpeaksTLS || b.Speaks.V == flow.SpeaksTCP):
			return nil, false // no port that reads HTTP leads there
		case b.Speaks.IsSet() && !b.Speaks.V.TLS() && m == flow.ModeReencrypt:
			if p.alsoPlaintext(b, append(with, r)) {
				return nil, false
			}
			steps = append(steps, speaking(b, flow.SpeaksHTTPS))
		}
	}
	if r.ClientCertificate.V.Mode == flow.AuthRequired && r.WithoutCertificate.V == 0 && r.Mode.V != flow.ModeEdge && r.Mode.V != flow.ModeReencrypt {
		steps = append(steps, add(inRoute(r), diag.FactWithoutCertificate, "421")) // other hosts of the port may be asked for none
	}
	if m == flow.ModeReencrypt {
		up, known := p.upstreamFor(r)
		return append(steps, up...), known
	}
	return steps, true
}

// certified are the steps by which a route shows a certificate for its host,
// where no port of it does.
func (p *Pass) certified(r *flow.Route) []diag.Step {
	if r.Certificate.IsSet() {
		return nil
	}
	for _, l := range portsOf(r) {
		host := flow.OneHost(r.HostOn(l.Proxy))
		c, _ := l.CertificateFor(host)
		if l.Terminates() && c != nil && host != "" && !c.Covers(host) {
			return p.certify(inRoute(r), diag.FactCertificate, nil, naming(host), p.publicCertificate(r, l.Proxy))
		}
	}
	return nil
}

// upstreamFor are the steps by which a route that opens sessions gets to what
// its servers show, and verifies it, where they state it: the SNI by which they
// choose, their CA if it is private, a name, and the certificate that they require.
// ok is false where a CA is trusted and no name is known.
func (p *Pass) upstreamFor(r *flow.Route) (steps []diag.Step, ok bool) {
	up := r.Upstream
	unnamed := unnamed(up)
	for _, t := range r.Targets {
		if l := r.NextPort(t); unnamed && l != nil && choosesBySNI(l) {
			return []diag.Step{add(inUpstream(r), diag.FactSNI, "host")}, true
		}
	}
	if up.IsSet() || len(r.Proxies) == 0 {
		return nil, len(up.End.Trust) == 0 || !unnamed
	}
	at := r.Proxies[0]
	s, ok := p.sessionTo(aheadOf(r), at, r.UpstreamEnd(at), false, theirLikelyName(r), flow.OneHost(r.FirstHost()))
	return s.in(inUpstream(r)), ok
}

// passable reports whether a route states nothing that a passthrough route
// cannot do.
func passable(r *flow.Route) bool {
	return r.Path.V == "" && len(r.Matches) == 0 && len(r.Headers) == 0 && !r.Affinity.IsSet() && !r.Rewrite.IsSet() && !r.HSTS.IsSet() && !r.WithoutCertificate.IsSet() &&
		!r.Certificate.IsSet() && !r.ALPN.IsSet() && !r.ClientCertificate.IsSet() && r.Insecure.V != flow.InsecureAllow &&
		len(r.Proxies) > 0 && r.FirstHost() != ""
}

// passing are the steps by which a route becomes passthrough. ok is false where
// no port takes TLS for it, and where clients would refuse what its servers show.
func (p *Pass) passing(r *flow.Route, with ...*flow.Route) (steps []diag.Step, ok bool) {
	tls := func(l *flow.Listener) bool { return l.Kind != flow.ListenHTTP }
	if !passable(r) || !somePort(r, tls) || p.sentOtherSNI(r) {
		return nil, false
	}
	steps = append(steps, mode(r, flow.ModePassthrough))
	for _, t := range r.Targets {
		b := t.Backend
		switch {
		case b == nil:
			to, ok := toTLS(r, t)
			if !ok {
				return nil, false
			}
			if !p.endsForClients(tlsPort(r, t), flow.OneHost(r.FirstHost())) {
				return nil, false
			}
			steps = append(steps, to...)
		case !p.forClients(b, flow.OneHost(r.FirstHost())):
			return nil, false
		case b.Speaks.IsSet() && !b.Speaks.V.TLS():
			if p.alsoPlaintext(b, append(with, r)) {
				return nil, false
			}
			steps = append(steps, speaking(b, flow.SpeaksHTTPS))
		}
	}
	return steps, true
}

// sentOtherSNI reports whether a proxy in front sends for a route an SNI by which it
// would not be chosen.
func (p *Pass) sentOtherSNI(r *flow.Route) bool {
	return slices.ContainsFunc(p.model.paths().over[r], func(path *flow.Path) bool {
		i := slices.IndexFunc(path.Hops, func(h flow.Hop) bool { return h.Route == r })
		if i < 1 {
			return false
		}
		sni, opener := path.Hops[i-1].SNI, path.Opener(i-1)
		return opener != nil && !flow.HostMatches(r.HostOn(path.Hops[i].From), sni)
	})
}

// toTLS are the steps by which a target that is another proxy is sent TLS at a
// port that speaks it.
func toTLS(r *flow.Route, t *flow.Target) ([]diag.Step, bool) {
	l := r.NextPort(t)
	if l == nil || spokenOn(l, nil) != protocolOf(false) {
		return nil, true
	}
	if ways := otherPort(r, t, false); len(ways) > 0 {
		return ways[0].Steps, true
	}
	return nil, false
}

// forClients reports whether clients accept what the servers of a backend show
// for a host, as far as it is stated.
func (p *Pass) forClients(b *flow.Backend, host string) bool {
	good := func(c flow.Fact[*flow.Certificate]) bool {
		return c.V.Covers(host) && slices.ContainsFunc(p.Topology.Clients, func(client *flow.Client) bool { return client.End.Trusts(c.V) })
	}
	return len(b.End.Certificates) == 0 || slices.ContainsFunc(b.End.Certificates, good)
}

// endsForClients reports whether clients accept what a port of the next proxy shows
// for a host, and have what it requires, as far as it is stated.
func (p *Pass) endsForClients(l *flow.Listener, host string) bool {
	if l == nil || !l.Terminates() {
		return true
	}
	c, _ := l.CertificateFor(host)
	auth := l.Asks(host).V
	return slices.ContainsFunc(p.Topology.Clients, func(client *flow.Client) bool {
		return (c == nil || c.Covers(host) && client.End.Trusts(c)) && refuses(auth, client.End.Certificate.V) == ""
	})
}

// alsoPlaintext reports whether another route sends plaintext to a backend,
// which could not speak TLS in its place.
func (p *Pass) alsoPlaintext(b *flow.Backend, but []*flow.Route) bool {
	return p.alsoSent(b, false, but...)
}

// canServeTLS reports whether more can be stated of the TLS of a backend: it
// speaks TLS, or says nothing of that and no route sends it plaintext.
func (p *Pass) canServeTLS(b *flow.Backend) bool {
	if b.Speaks.IsSet() {
		return b.Speaks.V.TLS()
	}
	return !p.alsoPlaintext(b, nil)
}

// alsoSent reports whether another route sends TLS, or plaintext, to a backend.
func (p *Pass) alsoSent(b *flow.Backend, tls bool, but ...*flow.Route) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool {
		plain := r.Mode.V == flow.ModeEdge || r.Mode.V == flow.ModeNone
		return !slices.Contains(but, r) && plain != tls &&
			slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b })
	})
}

// encrypting are the ways to encrypt the hop to the servers of routes, all of
// them in the same mode.
func (p *Pass) encrypting(routes ...*flow.Route) []diag.Suggestion {
	var out []diag.Suggestion
	for i, f := range []func(*flow.Route, ...*flow.Route) ([]diag.Step, bool){p.reencrypting, p.passing} {
		var all []diag.Step
		every := true
		for _, r := range routes {
			steps, ok := f(r, routes...)
			every = every && ok
			for _, s := range steps { // routes may share a backend
				same := func(o diag.Step) bool { return o.Do == s.Do && o.In == s.In && o.Fact == s.Fact && o.At == s.At }
				if !slices.ContainsFunc(all, same) {
					all = append(all, s)
				}
			}
		}
		if every {
			w := way(all...)
			if i > 0 {
				w.Why = endsAtServers
			}
			out = append(out, w)
		}
	}
	return out
}

// headerWords are what a header action states.
func headerWords(h flow.HeaderAction) []string {
	words := []string{h.On, h.Do, h.Name}
	if h.Do == "set" {
		words = append(words, h.Value)
	}
	return words
}

// onlyBackend is the backend of a route of one target; nil elsewhere.
func onlyBackend(r *flow.Route) *flow.Backend {
	if len(r.Targets) != 1 {
		return nil
	}
	return r.Targets[0].Backend
}

// removeUpstream is the step that takes out what a route states of a session
// that it does not open.
func removeUpstream(r *flow.Route) diag.Step {
	return remove(inUpstream(r), diag.FactUpstream, r.Upstream.At)
}

// askedIn reports whether a request of the model asks for a host of a route in
// a scheme.
func (p *Pass) askedIn(r *flow.Route, scheme string) bool {
	for _, host := range hostsOf(r) {
		for _, q := range p.model.asked().of(host) {
			if q.Calls[0].Scheme == scheme && !q.Derived {
				return true
			}
		}
	}
	return false
}

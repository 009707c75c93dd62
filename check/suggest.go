package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// What a suggestion is about: declarations and their parts, and the steps that
// rules have in common.

// way is a suggestion of steps that belong together.
func way(steps ...diag.Step) diag.Suggestion { return diag.Suggestion{Steps: steps} }

// because adds to a suggestion what its steps achieve or rest on.
func because(w diag.Suggestion, format string, args ...any) diag.Suggestion {
	w.Why = fmt.Sprintf(format, args...)
	return w
}

// given adds to a suggestion what must hold for its steps to be right.
func given(w diag.Suggestion, condition string) diag.Suggestion {
	w.If = condition
	return w
}

// safe marks a suggestion as one that cannot change what the model means.
func safe(w diag.Suggestion) diag.Suggestion {
	w.Safe = true
	return w
}

func inDecl(kind diag.Kind, d *flow.Decl) diag.Place {
	return diag.Place{Kind: kind, Name: d.Name, At: d.At}
}

func inModel() diag.Place                          { return diag.Place{Kind: diag.KindModel} }
func inCA(c *flow.CA) diag.Place                   { return inDecl(diag.KindCA, &c.Decl) }
func inCertificate(c *flow.Certificate) diag.Place { return inDecl(diag.KindCertificate, &c.Decl) }
func inNamespace(n *flow.Namespace) diag.Place     { return inDecl(diag.KindNamespace, &n.Decl) }
func inClient(c *flow.Client) diag.Place           { return inDecl(diag.KindClient, &c.Decl) }
func inProxy(p *flow.Proxy) diag.Place             { return inDecl(diag.KindProxy, &p.Decl) }
func inBackend(b *flow.Backend) diag.Place         { return inDecl(diag.KindBackend, &b.Decl) }
func inRoute(r *flow.Route) diag.Place             { return inDecl(diag.KindRoute, &r.Decl) }
func inRequest(q *flow.Request) diag.Place         { return inDecl(diag.KindRequest, &q.Decl) }
func newCertificate(name string) diag.Place {
	return diag.Place{Kind: diag.KindCertificate, Name: name}
}
func part(p diag.Place, which diag.Part, key string, at source.Span) diag.Place {
	p.Part, p.Key, p.PartAt = which, key, at
	return p
}

// inListener is a port of a proxy.
func inListener(l *flow.Listener) diag.Place {
	return part(inProxy(l.Proxy), diag.PartListener, socketOf(l), l.At)
}

// socketOf is how a port is stated: ":443", "192.0.2.1:443".
func socketOf(l *flow.Listener) string {
	if strings.Contains(l.Address, ":") {
		return fmt.Sprintf("[%s]:%d", l.Address, l.Port)
	}
	return fmt.Sprintf("%s:%d", l.Address, l.Port)
}

// inUpstream is the session that a proxy opens to the servers of a route.
func inUpstream(r *flow.Route) diag.Place {
	return part(inRoute(r), diag.PartUpstream, "", r.Mode.At)
}

// inServing is what the servers of a backend speak.
func inServing(b *flow.Backend) diag.Place {
	return part(inBackend(b), diag.PartServing, "", b.Speaks.At)
}

func inServer(s *flow.Server) diag.Place {
	return part(inBackend(s.Backend), diag.PartServer, s.Name, s.At)
}

func inTarget(r *flow.Route, t *flow.Target) diag.Place {
	return part(inRoute(r), diag.PartTarget, t.Name(), t.At)
}

// stated is where a fact is stated, the zero Place where it is not: it tells
// facts apart that no text states.
func stated[T any](f flow.Fact[T], in diag.Place) diag.Place {
	if !f.IsSet() {
		return diag.Place{}
	}
	return in
}

// add is the step that adds a fact to a place.
func add(in diag.Place, fact diag.Fact, value ...string) diag.Step {
	return diag.Step{Do: diag.Add, In: in, Fact: fact, Value: value}
}

// remove is the step that takes a fact out of the place where it stands.
func remove(in diag.Place, fact diag.Fact, at source.Span, was ...string) diag.Step {
	return diag.Step{Do: diag.Remove, In: in, Fact: fact, At: at, Was: was}
}

// removeAll is the step that takes a whole declaration, or part of it, out.
func removeAll(in diag.Place) diag.Step { return diag.Step{Do: diag.Remove, In: in} }

// state is the step by which a fact has a value: it is changed where it stands,
// else added.
func state(in diag.Place, fact diag.Fact, at source.Span, was []string, value ...string) diag.Step {
	if !at.Known() {
		return add(in, fact, value...)
	}
	return diag.Step{Do: diag.Change, In: in, Fact: fact, At: at, Was: was, Value: value}
}

// declare is the step that makes a new declaration.
func declare(kind diag.Kind, name string, with ...diag.Setting) diag.Step {
	return diag.Step{Do: diag.Declare, In: diag.Place{Kind: kind, Name: name}, With: with}
}

func setting(fact diag.Fact, value ...string) diag.Setting {
	return diag.Setting{Fact: fact, Value: value}
}

// mode is the step that gives a route another mode.
func mode(r *flow.Route, m flow.Mode) diag.Step {
	return state(inRoute(r), diag.FactMode, r.Mode.At, []string{r.Mode.V.String()}, m.String())
}

// insecure is the step that states another insecure of a route.
func insecure(r *flow.Route, i flow.Insecure) diag.Step {
	return state(inRoute(r), diag.FactInsecure, r.Insecure.At, []string{r.Insecure.V.String()}, i.String())
}

// speaking is the step that has a backend speak another protocol.
func speaking(b *flow.Backend, p flow.Protocol) diag.Step {
	return state(inBackend(b), diag.FactSpeaks, b.Speaks.At, []string{b.Speaks.V.String()}, p.String())
}

// trustToo is the step by which the opener of a session trusts one more CA,
// beside those that it trusts where it states them.
func trustToo(in diag.Place, stated []flow.Fact[*flow.CA], ca string) diag.Step {
	if len(stated) == 0 {
		return add(in, diag.FactTrust, ca)
	}
	was := namesOfCAs(stated)
	return state(in, diag.FactTrust, stated[len(stated)-1].At, was, append(slices.Clone(was), ca)...)
}

func namesOfCAs(list []flow.Fact[*flow.CA]) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.V.Name)
	}
	return out
}

// valuesOf are the values of facts of one word each.
func valuesOf(list []flow.Fact[string]) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.V)
	}
	return out
}

// certificatesOf are the names of the certificates that an end states.
func certificatesOf(list []flow.Fact[*flow.Certificate]) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.V.Name)
	}
	return out
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

// expectsSuccess reports whether a request expects a status that is neither a
// failure nor a redirect.
func expectsSuccess(q *flow.Request) bool {
	if len(q.Expect) == 0 || expectsFailure(q) {
		return false
	}
	first, ok := q.Expect[0].Ending.(flow.Answered)
	return ok && first.Status < 300
}

// certify are the steps by which who answers shows a certificate for a host: a
// declared one that is good for it, else a new one. The first one of a list is
// shown by default; of a route there is only one.
func (p *Pass) certify(in diag.Place, fact diag.Fact, stated []flow.Fact[*flow.Certificate], good func(*flow.Certificate) bool, fresh diag.Step) []diag.Step {
	var steps []diag.Step
	name := ""
	if i := slices.IndexFunc(p.Topology.Certificates, good); i >= 0 {
		name = p.Topology.Certificates[i].Name
	} else {
		name, steps = fresh.In.Name, append(steps, fresh)
	}
	switch {
	case len(stated) == 0:
		return append(steps, add(in, fact, name))
	case fact == diag.FactCertificate:
		return append(steps, state(in, fact, stated[0].At, []string{stated[0].V.Name}, name))
	}
	was := certificatesOf(stated)
	return append(steps, state(in, fact, stated[len(stated)-1].At, was, append(slices.Clone(was), name)...))
}

// freeName is a name that no declaration of a kind has: base, or base-2, ….
func freeName[T any](base string, declared []T, nameOf func(T) string) string {
	for n, name := 2, base; ; n++ {
		if !slices.ContainsFunc(declared, func(d T) bool { return strings.EqualFold(nameOf(d), name) }) {
			return name
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

// freeCertificate is a name that no certificate has yet.
func (p *Pass) freeCertificate(base string) string {
	base = strings.ReplaceAll(base, "/", "-")
	return freeName(base, p.Topology.Certificates, func(c *flow.Certificate) string { return c.Name })
}

// openerIn is where the opener of a handshake states its end: the client,
// or the session that the proxy opens for a route.
func openerIn(h flow.Handshake) diag.Place {
	if h.Client != nil {
		return inClient(h.Client)
	}
	return inUpstream(h.Opened)
}

// answererIn is where who answers the ClientHello of a handshake states its end.
func answererIn(h flow.Handshake) diag.Place {
	if h.Backend != nil {
		return inServing(h.Backend)
	}
	return inListener(h.Listener)
}

// endingTLS is the way to end TLS at the proxy of a passthrough route: it
// reencrypts, shows a certificate for its host, and verifies its servers. ok is
// false where more than that is in the way.
func (p *Pass) endingTLS(r *flow.Route) (w diag.Suggestion, ok bool) {
	steps, ok := p.reencrypting(r)
	if !ok || r.SNI.V != flow.SNIHost {
		return w, false
	}
	return because(way(steps...), "TLS then ends at the proxy"), true
}

// reencrypting are the steps by which a route becomes reencrypt.
func (p *Pass) reencrypting(r *flow.Route) (steps []diag.Step, ok bool) {
	return p.terminating(r, flow.ModeReencrypt)
}

// terminating are the steps by which TLS ends at the proxy of a route, in one
// of the two modes of that: its clients are shown a certificate that fits, and
// its servers are spoken to as they speak. ok is false where more than that is
// in the way.
func (p *Pass) terminating(r *flow.Route, m flow.Mode) (steps []diag.Step, ok bool) {
	if !slices.ContainsFunc(portsOf(r), (*flow.Listener).Terminates) {
		return nil, false
	}
	steps = append(p.certified(r), mode(r, m))
	for _, t := range r.Targets {
		b := t.Backend
		switch {
		case b == nil:
		case b.Speaks.IsSet() && (b.Speaks.V == flow.SpeaksTLS || b.Speaks.V == flow.SpeaksTCP):
			return nil, false // no port that reads HTTP leads there
		case m == flow.ModeReencrypt && b.End.ClientCertificate.V.Mode == flow.AuthRequired && r.Upstream.End.Certificate.V == nil:
			return nil, false
		case b.Speaks.IsSet() && !b.Speaks.V.TLS() && m == flow.ModeReencrypt:
			if p.alsoPlaintext(b, r) {
				return nil, false
			}
			steps = append(steps, speaking(b, flow.SpeaksHTTPS))
		}
	}
	if m == flow.ModeReencrypt {
		up, known := upstreamFor(r)
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
		host := oneHost(r.HostOn(l.Proxy))
		c, _ := l.CertificateFor(host)
		if l.Terminates() && c != nil && host != "" && !c.Covers(host) {
			return p.certify(inRoute(r), diag.FactCertificate, nil, naming(host), p.publicCertificate(r, l.Proxy))
		}
	}
	return nil
}

// upstreamFor are the steps by which a route that opens sessions gets to what
// its servers show, and verifies it, where they state it: the SNI by which they
// choose, their CA if it is private, and a name. ok is false where a CA is
// trusted and nobody knows a name.
func upstreamFor(r *flow.Route) (steps []diag.Step, ok bool) {
	up := r.Upstream
	unnamed := up.Name.V == "" && up.SNI.V == "" && !up.SNIHost
	for _, t := range r.Targets {
		if l := nextPort(r, t); unnamed && l != nil && choosesBySNI(l) {
			return []diag.Step{add(inUpstream(r), diag.FactSNI, "host")}, true
		}
	}
	b := onlyBackend(r)
	if b == nil || len(b.End.Certificates) == 0 || r.Upstream.IsSet() {
		return nil, len(up.End.Trust) == 0 || !unnamed
	}
	c := b.End.Certificates[0].V
	trusted := func(p *flow.Proxy) bool { return r.UpstreamEnd(p).Trusts(c) }
	if ca := c.Issuer.V; ca != nil && slices.ContainsFunc(r.Proxies, func(p *flow.Proxy) bool { return !trusted(p) }) {
		steps = append(steps, add(inUpstream(r), diag.FactTrust, ca.Name))
	}
	if name := someName(c); name != "" {
		steps = append(steps, add(inUpstream(r), diag.FactCheckedName, name))
	}
	return steps, true
}

// someName is a host that a certificate names; "" where it names none.
func someName(c *flow.Certificate) string {
	for _, n := range c.Names {
		if !strings.HasPrefix(n.V, "*.") {
			return n.V
		}
	}
	return ""
}

// naming accepts certificates that state a name for a host.
func naming(host string) func(*flow.Certificate) bool {
	return func(c *flow.Certificate) bool { return len(c.Names) > 0 && c.Covers(host) }
}

// publicCertificate declares a certificate for the host of a route.
func (p *Pass) publicCertificate(r *flow.Route, on *flow.Proxy) diag.Step {
	return declare(diag.KindCertificate, p.freeCertificate(r.Name+"-public"), setting(diag.FactNames, r.HostOn(on)))
}

// passable reports whether a route states nothing that a passthrough route
// cannot do.
func passable(r *flow.Route) bool {
	return r.Path.V == "" && len(r.Matches) == 0 && len(r.Headers) == 0 && !r.Affinity.IsSet() && !r.Rewrite.IsSet() && !r.HSTS.IsSet() &&
		!r.Certificate.IsSet() && !r.ALPN.IsSet() && !r.ClientCertificate.IsSet() && r.Insecure.V != flow.InsecureAllow &&
		len(r.Proxies) > 0 && r.HostOn(r.Proxies[0]) != ""
}

// passing are the steps by which a route becomes passthrough. ok is false where
// no port takes TLS for it, and where clients would refuse what its servers show.
func (p *Pass) passing(r *flow.Route) (steps []diag.Step, ok bool) {
	tls := func(l *flow.Listener) bool { return l.Kind != flow.ListenHTTP }
	if !passable(r) || !slices.ContainsFunc(portsOf(r), tls) {
		return nil, false
	}
	steps = append(steps, mode(r, flow.ModePassthrough))
	for _, t := range r.Targets {
		b := t.Backend
		switch {
		case b == nil:
		case !p.forClients(b, oneHost(r.HostOn(r.Proxies[0]))):
			return nil, false
		case b.Speaks.IsSet() && !b.Speaks.V.TLS():
			if p.alsoPlaintext(b, r) {
				return nil, false
			}
			steps = append(steps, speaking(b, flow.SpeaksHTTPS))
		}
	}
	return steps, true
}

// forClients reports whether clients accept what the servers of a backend show
// for a host, as far as it is stated.
func (p *Pass) forClients(b *flow.Backend, host string) bool {
	good := func(c flow.Fact[*flow.Certificate]) bool {
		return c.V.Covers(host) && slices.ContainsFunc(p.Topology.Clients, func(client *flow.Client) bool { return client.End.Trusts(c.V) })
	}
	return len(b.End.Certificates) == 0 || slices.ContainsFunc(b.End.Certificates, good)
}

// alsoPlaintext reports whether another route sends plaintext to a backend,
// which could not speak TLS in its place.
func (p *Pass) alsoPlaintext(b *flow.Backend, but *flow.Route) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool {
		return r != but && (r.Mode.V == flow.ModeEdge || r.Mode.V == flow.ModeNone) &&
			slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b })
	})
}

// encrypting are the ways to encrypt the hop to the servers of a route.
func (p *Pass) encrypting(r *flow.Route) []diag.Suggestion {
	var out []diag.Suggestion
	if steps, ok := p.reencrypting(r); ok {
		out = append(out, way(steps...))
	}
	if steps, ok := p.passing(r); ok {
		out = append(out, way(steps...))
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

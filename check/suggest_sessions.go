package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// shownAhead is what the far end of a session shows and asks for where no SNI chooses
// it.
type shownAhead struct {
	certificate *flow.Certificate // nil where nothing is said of it
	auth        flow.ClientAuth
}

// aheadAt is what a port shows and asks for.
func aheadAt(l *flow.Listener) shownAhead {
	c, _ := l.CertificateFor("")
	return shownAhead{c, l.Asks("").V}
}

// aheadOf are the far ends of the sessions that a proxy opens for a route.
func aheadOf(r *flow.Route) []shownAhead {
	var out []shownAhead
	for _, t := range r.Targets {
		switch l := tlsPort(r, t); {
		case l != nil && l.Terminates():
			out = append(out, aheadAt(l))
		case t.Backend != nil && len(t.Backend.End.Certificates) > 0:
			out = append(out, shownAhead{t.Backend.End.Certificates[0].V, t.Backend.End.ClientCertificate.V})
		case t.Backend != nil:
			out = append(out, shownAhead{nil, t.Backend.End.ClientCertificate.V})
		}
	}
	return out
}

// tlsPort is the port of the next proxy to which a target leads, or would where that
// speaks plaintext: another one that does not.
func tlsPort(r *flow.Route, t *flow.Target) *flow.Listener {
	l := portBehind(r, t)
	if l == nil || spokenOn(l, nil) != protocolOf(false) {
		return l
	}
	for _, o := range t.Proxy.Listeners {
		if spokenOn(o, nil) == protocolOf(true) {
			return o
		}
	}
	return nil
}

// portBehind is the port of the next proxy to which a target leads, or would if a port of
// the route's own took it.
func portBehind(r *flow.Route, t *flow.Target) *flow.Listener {
	if l := r.NextPort(t); l != nil || t.Proxy == nil {
		return l
	}
	for _, l := range portsOf(r) {
		if next := t.Proxy.Listens(l.Port); next != nil {
			return next
		}
	}
	return nil
}

// sentTLS reports whether a target is a port of the next proxy that speaks TLS.
func sentTLS(r *flow.Route, t *flow.Target) bool {
	l := portBehind(r, t)
	return l != nil && spokenOn(l, nil) == protocolOf(true)
}

// session is what a proxy states of the sessions that it opens for a route.
type session struct {
	facts []diag.Setting
	first []diag.Step // declares what they name
}

// in are the steps by which a place states a session.
func (s session) in(place diag.Place) []diag.Step {
	steps := slices.Clone(s.first)
	for _, f := range s.facts {
		steps = append(steps, add(place, f.Fact, f.Value...))
	}
	return steps
}

// sessionTo is what the sessions of a proxy to some far ends have to state: the CAs of
// what is shown there, a name that stands in all of it, and the certificate that is
// required. own is what it states already; likely is a name where none is known. ok
// is false where no session does for all of them.
func (p *Pass) sessionTo(ends []shownAhead, by *flow.Proxy, own flow.ClientEnd, named bool, likely ...string) (s session, ok bool) {
	var cas []string
	var shown []*flow.Certificate
	for _, e := range ends {
		c := e.certificate
		if c == nil {
			continue
		}
		shown = append(shown, c)
		if ca := c.Issuer.V; ca != nil && !own.Trusts(c) && !slices.Contains(cas, ca.Name) {
			cas = append(cas, ca.Name)
		}
	}
	if len(cas) > 0 {
		s.facts = append(s.facts, setting(diag.FactTrust, slices.Concat(namesOfCAs(own.Trust), cas)...))
	}
	if name, fits := nameInAll(shown, likely); !named && len(shown) > 0 {
		switch {
		case fits:
			s.facts = append(s.facts, setting(diag.FactCheckedName, name))
		case len(cas) > 0 || len(own.Trust) > 0:
			return session{}, false
		}
	}
	for _, e := range ends {
		if e.auth.Mode != flow.AuthRequired || refuses(e.auth, own.Certificate.V) == "" {
			continue
		}
		steps := p.clientCertificate(inProxy(by), flow.Fact[*flow.Certificate]{}, e.auth.CA, by.Name)
		last := steps[len(steps)-1]
		if i := slices.IndexFunc(s.facts, func(f diag.Setting) bool { return f.Fact == diag.FactCertificate }); i >= 0 {
			if s.facts[i].Value[0] != last.Value[0] {
				return session{}, false // each wants another one
			}
			continue
		}
		s.first = append(s.first, steps[:len(steps)-1]...)
		s.facts = append(s.facts, setting(last.Fact, last.Value...))
	}
	return s, true
}

// nameInAll is a name that stands in all of several certificates: one of the first, or
// one of those that are likely.
func nameInAll(all []*flow.Certificate, likely []string) (name string, ok bool) {
	var names []string
	for _, c := range all {
		for _, n := range c.Names {
			if n.V[0] != '*' {
				names = append(names, n.V)
			}
		}
	}
	for _, name := range append(names, likely...) {
		if name != "" && !slices.ContainsFunc(all, func(c *flow.Certificate) bool { return !c.Covers(name) }) {
			return name, true
		}
	}
	return "", false
}

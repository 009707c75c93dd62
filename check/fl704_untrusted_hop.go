package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var untrustedHop = &Rule{
	Code: "FL704", Name: "untrusted-plaintext", Severity: diag.Error, Since: "0.2",
	Doc: "no request crosses an untrusted zone or link in plaintext",
	Why: "anyone on that network can read and change plaintext (RFC 9325, 3.2): paths, cookies, bodies, and the " +
		"headers in which the proxy names the client",
	Wire: "nothing fails. In edge the request and the response are readable on the hop to the server, with " +
		"everything that the proxy adds. With insecure allow they are also readable on the client's hop " +
		"(measured)",
	Except: "the network is encrypted below TCP, by IPsec or WireGuard: state it as trusted",
	Bad: `zone berlin trusted
zone munich trusted
link berlin munich untrusted

proxy haproxy in berlin

backend payments in munich

route payments {
    host payments.apps.example.test
    tls edge
    to payments
}
`,
	Good: `zone berlin trusted
zone munich trusted
link berlin munich untrusted

proxy haproxy in berlin

backend payments in munich

route payments {
    host payments.apps.example.test
    tls reencrypt
    to payments
}
`,
	Run: func(p *Pass) {
		var hops openHops
		for _, q := range p.Topology.Requests {
			if c := p.course(q); !q.Derived && q.From != nil && p.sound(q, c) && !(c.outcome.Fault == flow.FaultRedirectLoop && p.model.explained[q]) {
				p.plaintext(c, true, &hops)
			}
		}
		for _, path := range p.model.paths().All {
			if path.Ask.Request == nil && !p.model.doubt.path(path) && !p.loops(path) {
				p.plainOn(path, &hops)
			}
		}
		for _, h := range hops.merged() {
			p.reportOpen(h)
		}
	},
}

// openHop is a hop over an untrusted zone or link that requests cross in
// plaintext, with the routes for which they do.
type openHop struct {
	from, to hopEnd
	client   bool   // opens it
	why      string // it is untrusted
	routes   []*flow.Route
	more     []string // other far ends, over the same network for the same routes
}

// openHops are the hops of a model, in the order in which they are found.
type openHops struct {
	list  []*openHop
	known map[[2]string]*openHop
}

// add notes that requests for a route cross a hop. A client's hop is one for
// each route.
func (o *openHops) add(r *flow.Route, from, to hopEnd, client bool, why string) {
	key := [2]string{from.name, to.name}
	if client {
		key = [2]string{r.Name, "its client"}
	}
	h := o.known[key]
	if h == nil {
		if o.known == nil {
			o.known = map[[2]string]*openHop{}
		}
		h = &openHop{from: from, to: to, client: client, why: why}
		o.known[key], o.list = h, append(o.list, h)
	}
	if !slices.Contains(h.routes, r) {
		h.routes = append(h.routes, r)
	}
}

// merged are the hops, those as one that one end opens for the same routes over the same
// network: they are encrypted by the same steps.
func (o *openHops) merged() []*openHop {
	var out []*openHop
	known := map[string]*openHop{}
	for _, h := range o.list {
		if h.client {
			out = append(out, h)
			continue
		}
		key := fmt.Sprintf("%q %q", h.from.name, h.why)
		for _, r := range h.routes {
			key += fmt.Sprintf(" %q", r.Name)
		}
		if first := known[key]; first != nil {
			first.more = append(first.more, h.to.name)
			continue
		}
		known[key] = h
		out = append(out, h)
	}
	return out
}

// plainPorts reports whether each port that takes a route is stated to take
// plaintext, so that the route cannot be but plaintext.
func plainPorts(r *flow.Route) bool {
	some := false
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if !l.Takes(r) {
				continue
			}
			if l.Kind != flow.ListenHTTP || l.Supplied() {
				return false
			}
			some = true
		}
	}
	return some
}

// plaintext reports the plaintext hops of a course; the client's own only
// where the client is meant.
func (p *Pass) plaintext(c *course, client bool, hops *openHops) {
	for _, h := range c.plain {
		if h.client && !client {
			continue
		}
		p.untrusted(h.route, h.from, h.to, h.client, hops)
	}
}

// plainOn looks at the hops of a path that flowc asked for. Of one whose mode is
// not stated only a request can say that it is plaintext.
func (p *Pass) plainOn(path *flow.Path, hops *openHops) {
	for i, h := range path.Hops {
		r := cmp.Or(h.Route, path.Route)
		plain := slices.ContainsFunc(path.Classes, func(c *flow.Class) bool { return c.Summary.Plain[i] })
		if i == 0 && path.Ask.Inside {
			continue // nothing says that clients come there
		}
		if !plain || r == nil || !saysPlain(r) && !saysPlain(path.Ask.Wanted) {
			continue
		}
		if h.From != nil {
			p.untrusted(r, hopEnd{fmt.Sprintf("proxy %q", h.From.Name), h.From.Zone}, farEndOf(h), false, hops)
			continue
		}
		for _, c := range p.clientsOver(path) {
			p.untrusted(r, hopEnd{fmt.Sprintf("client %q", c.Name), c.Zone}, farEndOf(h), true, hops)
		}
	}
}

// saysPlain reports whether a model says what a route's clients speak.
func saysPlain(r *flow.Route) bool { return r.Mode.IsSet() || plainPorts(r) }

// farEndOf is the proxy or backend at the far end of a hop.
func farEndOf(h flow.Hop) hopEnd {
	if h.Server != nil {
		return hopEnd{fmt.Sprintf("backend %q", h.Server.Backend.Name), h.Server.Backend.Zone}
	}
	return hopEnd{fmt.Sprintf("proxy %q", h.Listener.Proxy.Name), h.Listener.Proxy.Zone}
}

// clientsOver are the clients that can go a path over an untrusted network. Where another one comes
// over a trusted one, the route may be for that: then only the client that is drawn on it counts.
func (p *Pass) clientsOver(path *flow.Path) []*flow.Client {
	at := path.Ask.Via.Proxy
	var out []*flow.Client
	trusted := false
	for _, c := range p.Topology.Clients {
		if !at.ReachedFrom(c.Zone) {
			continue
		}
		if _, open := p.Topology.Untrusted(c.Zone, at.Zone); !open || p.model.doubt.client(c) {
			trusted = true
			continue
		}
		out = append(out, c)
	}
	if trusted {
		out = slices.DeleteFunc(out, func(c *flow.Client) bool { return !p.isDrawn(c, path) })
	}
	return out
}

// isDrawn reports whether pictures show a client on a way to a path's route: flowc supplies a request from it.
func (p *Pass) isDrawn(c *flow.Client, path *flow.Path) bool {
	return slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool {
		return q.Derived && q.From == c && slices.Contains(p.course(q).taken, path.Route)
	})
}

func (p *Pass) untrusted(r *flow.Route, from, to hopEnd, client bool, hops *openHops) {
	why, ok := p.Topology.Untrusted(from.zone, to.zone)
	if !ok {
		return
	}
	if _, broken := policyOf(r, "every-hop-encrypted"); broken {
		return // reported as the broken policy that it is
	}
	hops.add(r, from, to, client, why)
}

func (p *Pass) reportOpen(h *openHop) {
	r := h.routes[0]
	at, ways := known(r.Mode.At, r.At), p.encrypting(h.routes...)
	if h.client {
		at, ways = known(r.Insecure.At, r.Mode.At, r.At), []diag.Suggestion{way(p.redirecting(r)...)}
		if r.Mode.V == flow.ModeNone {
			at, ways = known(r.Mode.At, r.At), p.encryptingClients(r)
		}
	}
	d := p.Report(at, "requests for %s go from %s to %s in plaintext over %s, which is untrusted: anyone there can read them",
		routesInWords(h.routes), h.from.name, listed(append([]string{h.to.name}, h.more...)), h.why)
	place, stated := p.trustOf(h.from.zone, h.to.zone)
	related(d, stated, "%s is declared untrusted here", h.why)
	for _, o := range h.routes[1:] {
		related(d, known(o.Mode.At, o.At), "so do those for route %q", o.Name)
	}
	if len(ways) == 0 {
		trusted := diag.Step{Do: diag.Change, In: place, Fact: diag.FactTrusted, At: stated, Was: []string{"untrusted"}, Value: []string{"trusted"}}
		ways = append(ways, given(way(trusted), "something below TCP encrypts that network, such as a VPN"))
	}
	d.Suggest(ways...)
	if h.client {
		d.Suggest(p.forAnother(r)...)
	}
}

// forAnother is the way to say that a route is for a client that comes over a trusted network, where
// flowc has supplied its request.
func (p *Pass) forAnother(r *flow.Route) []diag.Suggestion {
	for _, q := range p.Topology.Requests {
		if !q.Derived || q.Via == nil || len(q.Calls) == 0 || !slices.Contains(p.course(q).taken, r) {
			continue
		}
		for _, c := range p.Topology.Clients {
			if _, open := p.Topology.Untrusted(c.Zone, q.Via.Zone); open || !q.Via.ReachedFrom(c.Zone) || p.model.doubt.client(c) {
				continue
			}
			return []diag.Suggestion{given(way(declare(diag.KindRequest, p.freeRequest(c.Name), setting(diag.FactClientOf, c.Name),
				setting(diag.FactRequest, q.Calls[0].Method, q.Calls[0].URL()))), "route %q is for client %q", r.Name, c.Name)}
		}
	}
	return nil
}

// trustOf is where a zone or link between two zones is said to be untrusted.
func (p *Pass) trustOf(a, b *flow.Zone) (diag.Place, source.Span) {
	for _, z := range []*flow.Zone{a, b} {
		if z != nil && z.Trust.V == flow.Untrusted {
			return inDecl(diag.KindZone, &z.Decl), z.Trust.At
		}
	}
	i := slices.IndexFunc(p.Topology.Links, func(l *flow.Link) bool { return l.A == a && l.B == b || l.A == b && l.B == a })
	if i < 0 {
		return diag.Place{}, source.Span{}
	}
	l := p.Topology.Links[i]
	return diag.Place{Kind: diag.KindLink, Name: l.A.Name + " " + l.B.Name, At: l.At}, l.Trust.At
}

// encryptingClients are the ways to have clients of a route come in TLS, where
// none do so far.
func (p *Pass) encryptingClients(r *flow.Route) []diag.Suggestion {
	var out []diag.Suggestion
	if steps, ok := p.terminating(r, flow.ModeEdge); ok {
		out = append(out, way(append(steps, p.redirecting(r)...)...))
	}
	if steps, ok := p.passing(r); ok && !p.askedIn(r, "http") {
		out = append(out, because(way(steps...), endsAtServers))
	}
	return out
}

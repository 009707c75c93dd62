package verify

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

// hopKind is what accepts a connection.
type hopKind int

// The kinds of hop. A hop to a listener may be a client's or another proxy's.
const (
	hopNone hopKind = iota
	hopListener
	hopInner
	hopServer
)

// hop is a place of the model that accepts connections, and where it is.
type hop struct {
	kind     hopKind
	proxy    *flow.Proxy    // of a listener and of an inner stage
	listener *flow.Listener // nil where nobody listens on the port
	server   *flow.Server
	addr     netip.Addr // invalid where the model states none and nothing maps it
	port     uint16
}

// name is the participant of a lifecycle that accepts at the hop.
func (h *hop) name() string {
	switch h.kind {
	case hopListener:
		return h.proxy.Name
	case hopInner:
		return h.proxy.Name + "/inner"
	case hopNone, hopServer:
	}
	return h.server.Backend.Name + "/" + h.server.Name
}

// accepts reports whether a derived connection can end at the hop. The servers
// of a backend may stand in for each other.
func (h *hop) accepts(d *flow.Connection) bool {
	switch h.kind {
	case hopServer:
		return d.To.Server != nil && d.To.Server.Backend == h.server.Backend
	case hopListener:
		return d.To.Kind == flow.KindProxy && d.To.Proxy == h.proxy && d.Port == int(h.port)
	case hopInner:
		return d.To.Kind == flow.KindInner && d.To.Proxy == h.proxy
	case hopNone:
	}
	panic("verify: a hop of no kind")
}

// places are where a connection may end: one address and port can be several
// places of a model, and a place without an address can be anywhere. Which one
// it is only a lifecycle tells. There is none for other traffic.
type places []*hop

// has reports whether one of the places is of a kind.
func (p places) has(kind hopKind) bool {
	return slices.ContainsFunc(p, func(h *hop) bool { return h.kind == kind })
}

// accept reports whether a derived connection can end at one of the places.
func (p places) accept(d *flow.Connection) bool {
	return slices.ContainsFunc(p, func(h *hop) bool { return h.accepts(d) })
}

// name is "store/pod", or "store/pod or raw/pod".
func (p places) name() string {
	var out []string
	for _, h := range p {
		if n := h.name(); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, " or ")
}

// hops finds the places of a model in a capture, by addresses and ports.
type hops struct {
	byEnd   map[netip.AddrPort]places // where the address is known
	byPorts map[uint16]places         // where it is not
	clients map[string]netip.Prefix   // by name, of those whose address is known
	proxies map[netip.Addr]bool       // from which connections to backends come
	byPort  bool                      // some place is known by its port alone
	serves  map[service]bool
	terms   map[*flow.Listener]hints // what its sessions may have, on its own terms or a route's
}

// service is a proxy and a backend to which one of its routes leads, be it over the unix
// socket of another proxy.
type service struct {
	proxy   *flow.Proxy
	backend *flow.Backend
}

// services are those of a model.
func services(t *flow.Topology) map[service]bool {
	out := map[service]bool{}
	for _, p := range t.Proxies {
		behind := []*flow.Proxy{p}
		for i := 0; i < len(behind); i++ {
			for _, to := range targetsOf(behind[i]) {
				switch {
				case to.Proxy == nil:
					out[service{p, to.Backend}] = true
				case overSocket(to) && !slices.Contains(behind, to.Proxy):
					behind = append(behind, to.Proxy)
				}
			}
		}
	}
	return out
}

func targetsOf(p *flow.Proxy) []*flow.Target {
	var out []*flow.Target
	for _, r := range p.Routes {
		out = append(out, r.Targets...)
	}
	return out
}

// overSocket reports whether a proxy is reached over a unix socket.
func overSocket(to *flow.Target) bool {
	l := to.Proxy.Listens(to.Port)
	return l != nil && l.Socket.IsSet()
}

// findHops lists the places of a model. mapped says where names are that the
// model states no address for (--map), and goes before what it states.
func findHops(t *flow.Topology, mapped map[string]netip.AddrPort) *hops {
	h := &hops{byEnd: map[netip.AddrPort]places{}, byPorts: map[uint16]places{}, clients: map[string]netip.Prefix{}, proxies: map[netip.Addr]bool{}, serves: services(t), terms: map[*flow.Listener]hints{}}
	for _, c := range t.Clients {
		if p, err := netip.ParsePrefix(c.Address.V); err == nil {
			h.clients[c.Name] = p
		} else if a, err := netip.ParseAddr(c.Address.V); err == nil {
			h.clients[c.Name] = netip.PrefixFrom(a, a.BitLen())
		}
		if at, ok := mapped[c.Name]; ok {
			h.clients[c.Name] = netip.PrefixFrom(at.Addr(), at.Addr().BitLen())
		}
	}
	for _, p := range t.Proxies {
		h.known(p.Source.V)
		for _, l := range p.Listeners {
			if l.Socket.IsSet() {
				continue
			}
			for port := l.Port; port < l.Port+l.Ports(); port++ {
				at := place(l.Address, port, mapped[p.Name])
				at.kind, at.proxy, at.listener = hopListener, p, l
				h.add(at)
			}
		}
		if p.Inner.V.On && p.Inner.V.Port != 0 {
			at := place(p.Inner.V.Address, p.Inner.V.Port, mapped[p.Name+"/inner"])
			at.kind, at.proxy = hopInner, p
			h.add(at)
		}
	}
	for _, b := range t.Backends {
		for _, s := range b.Servers {
			m, ok := mapped[b.Name+"/"+s.Name]
			if !ok {
				m = mapped[b.Name]
			}
			for _, port := range portsOf(t, s) {
				at := place(s.Address, port, m)
				at.kind, at.server = hopServer, s
				if m.Port() != 0 {
					at.port = m.Port()
				}
				h.add(at)
			}
		}
	}
	return h
}

// portsOf are the ports at which proxies connect to a server: its own, or those at which
// they take what they send there.
func portsOf(t *flow.Topology, s *flow.Server) []int {
	if !s.SamePort.V {
		return []int{s.Port}
	}
	var out []int
	for _, p := range t.Proxies {
		for _, l := range p.Listeners {
			leads := func(r *flow.Route) bool {
				return l.Takes(r) && slices.ContainsFunc(r.Targets, func(to *flow.Target) bool { return to.Backend == s.Backend })
			}
			if !slices.ContainsFunc(p.Routes, leads) {
				continue
			}
			for port := l.Port + s.Offset.V; port < l.Port+s.Offset.V+l.Ports(); port++ {
				if !slices.Contains(out, port) {
					out = append(out, port)
				}
			}
		}
	}
	return out
}

func place(addr string, port int, mapped netip.AddrPort) *hop {
	at := &hop{port: uint16(port)}
	if a, err := netip.ParseAddr(addr); err == nil && !a.IsUnspecified() {
		at.addr = a.Unmap()
	}
	if mapped.Addr().IsValid() {
		at.addr = mapped.Addr().Unmap()
	}
	return at
}

func (h *hops) known(addr string) {
	if a, err := netip.ParseAddr(addr); err == nil {
		h.proxies[a.Unmap()] = true
	}
}

func (h *hops) add(at *hop) {
	if !at.addr.IsValid() {
		h.byPort = true
		h.byPorts[at.port] = append(h.byPorts[at.port], at)
		return
	}
	end := netip.AddrPortFrom(at.addr, at.port)
	h.byEnd[end] = append(h.byEnd[end], at)
	if at.kind != hopServer {
		h.proxies[at.addr] = true
	}
}

// refused adds the ports that a lifecycle connects to and nobody listens on.
func (h *hops) refused(lc *flow.Lifecycle, mapped map[string]netip.AddrPort) {
	for _, c := range lc.Connections {
		if c.To.Kind != flow.KindProxy || c.Listener != nil {
			continue
		}
		for _, l := range c.To.Proxy.Listeners {
			at := place(l.Address, c.Port, mapped[c.To.Proxy.Name])
			at.kind, at.proxy = hopListener, c.To.Proxy
			if at.addr.IsValid() && !h.byEnd[netip.AddrPortFrom(at.addr, at.port)].has(hopListener) {
				h.add(at)
			}
		}
	}
}

// of returns the places at which a connection may end. A place without an
// address is known by its port: a server where a proxy opened the connection, a
// listener where somebody else did.
func (h *hops) of(c *conn) places {
	end := c.Ends[acceptor]
	exact, byPort := h.byEnd[end], h.byPorts[end.Port()]
	if len(byPort) == 0 || h.reached(exact, end) {
		return exact
	}
	if h.proxies[c.Ends[opener].Addr()] {
		return slices.Concat(exact, byPort)
	}
	if listeners := byPort.only(hopListener); len(listeners) > 0 || len(exact) > 0 {
		return slices.Concat(exact, listeners)
	}
	return byPort
}

// reached reports whether an end is a proxy's for sure: no server is there.
func (h *hops) reached(exact places, end netip.AddrPort) bool {
	return h.proxies[end.Addr()] && exact.has(hopListener) && !exact.has(hopServer)
}

// only are the places of a kind.
func (p places) only(kind hopKind) places {
	var out places
	for _, h := range p {
		if h.kind == kind {
			out = append(out, h)
		}
	}
	return out
}

// mutual reports whether a client certificate may be asked for on a connection.
func (h *hops) mutual(j *joined) bool {
	return slices.ContainsFunc(j.ends, func(at *hop) bool {
		switch {
		case at.listener != nil:
			return h.termsOf(at.listener).mutual
		case at.server != nil:
			return at.server.Backend.End.ClientCertificate.V.Mode != flow.AuthNone
		}
		return false
	})
}

// termsOf are the terms of a port's sessions: a route can have its own.
func (h *hops) termsOf(l *flow.Listener) hints {
	out, ok := h.terms[l]
	if !ok {
		out = hints{mutual: l.End.ClientCertificate.V.Mode != flow.AuthNone, two: slices.Contains(l.End.ALPN.V, "h2")}
		for _, r := range l.Proxy.Routes {
			if r.Serves(l) {
				out.mutual = out.mutual || r.ClientCertificate.V.Mode != flow.AuthNone
				out.two = out.two || slices.Contains(r.ALPN.V, "h2")
			}
		}
		h.terms[l] = out
	}
	return out
}

// two reports whether HTTP/2 may be chosen where a connection ends.
func (h *hops) two(j *joined) bool {
	return slices.ContainsFunc(j.ends, func(at *hop) bool {
		switch {
		case at.listener != nil:
			return h.termsOf(at.listener).two
		case at.server != nil:
			return slices.Contains(at.server.Backend.End.ALPN.V, "h2")
		}
		return false
	})
}

// relays reports whether a connection can end only where bytes are relayed.
func (h *hops) relays(j *joined) bool {
	return len(j.ends) > 0 && !slices.ContainsFunc(j.ends, func(at *hop) bool { return at.listener == nil || at.listener.Kind != flow.ListenTCP })
}

// learn notes the addresses at which proxies were reached by their port alone:
// from there come their connections to backends, unless a source is stated.
func (h *hops) learn(conns []*conn) {
	for _, c := range conns {
		if at := h.of(c); at.has(hopListener) && !at.has(hopServer) || at.has(hopInner) {
			h.proxies[c.Ends[acceptor].Addr()] = true
		}
	}
}

// ParseMap reads NAME=ADDR or NAME=ADDR:PORT of a model: a client, a proxy, a
// proxy's inner stage (PROXY/inner), a backend or a server (BACKEND/SERVER).
func ParseMap(t *flow.Topology, words []string) (map[string]netip.AddrPort, error) {
	names := mapNames(t)
	out := map[string]netip.AddrPort{}
	for _, w := range words {
		name, at, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fmt.Errorf("--map %q is not NAME=ADDR[:PORT]", w)
		}
		if !names[name] {
			return nil, fmt.Errorf("--map: the model has no %q%s", name, spell.DidYouMean(name, orderedNames(t)))
		}
		ap, err := netip.ParseAddrPort(at)
		if err != nil {
			a, addrErr := netip.ParseAddr(strings.Trim(at, "[]"))
			if addrErr != nil {
				return nil, fmt.Errorf("--map %s: %q is not a valid address", name, at)
			}
			ap = netip.AddrPortFrom(a, 0)
		}
		out[name] = ap
	}
	return out, nil
}

func mapNames(t *flow.Topology) map[string]bool {
	out := map[string]bool{}
	for _, n := range orderedNames(t) {
		out[n] = true
	}
	return out
}

// orderedNames are the names that --map takes.
func orderedNames(t *flow.Topology) []string {
	var out []string
	for _, c := range t.Clients {
		out = append(out, c.Name)
	}
	for _, p := range t.Proxies {
		out = append(out, p.Name)
		if p.Inner.V.On {
			out = append(out, p.Name+"/inner")
		}
	}
	for _, b := range t.Backends {
		out = append(out, b.Name)
		for _, s := range b.Servers {
			out = append(out, b.Name+"/"+s.Name)
		}
	}
	return out
}

// Accepts returns who is known to accept connections in a model.
func Accepts(t *flow.Topology, mapped map[string]netip.AddrPort) func(netip.AddrPort) bool {
	h := findHops(t, mapped)
	return func(end netip.AddrPort) bool { return len(h.byEnd[end]) > 0 }
}

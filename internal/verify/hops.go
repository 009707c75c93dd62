package verify

import (
	"fmt"
	"net/netip"
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

// group is what may stand in for each other: the servers of a backend.
func (h *hop) group() string {
	if h.kind == hopServer {
		return h.server.Backend.Name
	}
	return h.name()
}

// hops finds the places of a model in a capture, by addresses and ports.
type hops struct {
	all     []*hop
	clients map[string]netip.Prefix // by name, of those whose address is known
	proxies map[netip.Addr]bool     // from which connections to backends come
	byPort  bool                    // some place is known by its port alone
}

// findHops lists the places of a model. mapped says where names are that the
// model states no address for (--map), and goes before what it states.
func findHops(t *flow.Topology, mapped map[string]netip.AddrPort) *hops {
	h := &hops{clients: map[string]netip.Prefix{}, proxies: map[netip.Addr]bool{}}
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
			at := place(l.Address, l.Port, mapped[p.Name])
			at.kind, at.proxy, at.listener = hopListener, p, l
			h.add(at)
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
			at := place(s.Address, s.Port, m)
			at.kind, at.server = hopServer, s
			if m.Port() != 0 {
				at.port = m.Port()
			}
			h.add(at)
		}
	}
	return h
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
	h.all = append(h.all, at)
	switch {
	case !at.addr.IsValid():
		h.byPort = true
	case at.kind != hopServer:
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
			if at.addr.IsValid() && h.exact(netip.AddrPortFrom(at.addr, at.port)) == nil {
				h.add(at)
			}
		}
	}
}

func (h *hops) exact(end netip.AddrPort) *hop {
	for _, at := range h.all {
		if at.addr.IsValid() && at.addr == end.Addr() && at.port == end.Port() {
			return at
		}
	}
	return nil
}

// of returns the place at which a connection ends; nil for other traffic. A
// place without an address is known by its port: to a server where a proxy
// opened the connection, to a listener where somebody else did.
func (h *hops) of(c *conn) *hop {
	if at := h.exact(c.Ends[acceptor]); at != nil {
		return at
	}
	want := []hopKind{hopListener, hopInner, hopServer}
	if h.proxies[c.Ends[opener].Addr()] {
		want = []hopKind{hopServer, hopInner, hopListener}
	}
	for _, kind := range want {
		for _, at := range h.all {
			if !at.addr.IsValid() && at.kind == kind && at.port == c.Ends[acceptor].Port() {
				return at
			}
		}
	}
	return nil
}

// learn notes the addresses at which proxies were reached by their port alone:
// from there come their connections to backends, unless a source is stated.
func (h *hops) learn(conns []*conn) {
	for _, c := range conns {
		if at := h.of(c); at != nil && at.kind != hopServer {
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
	return func(end netip.AddrPort) bool { return h.exact(end) != nil }
}

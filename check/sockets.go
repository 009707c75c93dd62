package check

import (
	"net/netip"

	"github.com/flowc-lang/flowc/flow"
)

// sockets finds ports that take the same connections as another one, by port and
// address: see sameSocket.
type sockets struct {
	all    []*flow.Listener
	shared map[socket]int    // the first of any proxy on an address of a network
	zoned  map[inZone]int    // the first of the proxies of a zone, or of those without one
	own    map[ownSocket]int // the first of a proxy on an address, or on every one
	family map[ownSocket]int // the first of a proxy on any address of IPv4, or of IPv6
}

type socket struct {
	port    int
	address netip.Addr
}

type inZone struct {
	zone *flow.Zone // nil where none is stated
	socket
}

type ownSocket struct {
	proxy *flow.Proxy
	socket
}

func newSockets() *sockets {
	return &sockets{shared: map[socket]int{}, zoned: map[inZone]int{}, own: map[ownSocket]int{}, family: map[ownSocket]int{}}
}

// anyAddress is the address that stands for all of a family.
func anyAddress(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

func (s *sockets) add(l *flow.Listener) {
	n := len(s.all)
	s.all = append(s.all, l)
	for port := l.Port; port < l.Port+l.Ports(); port++ {
		at := socket{port, address(l)}
		note(s.shared, at, n)
		note(s.zoned, inZone{l.Proxy.Zone, at}, n)
		note(s.own, ownSocket{l.Proxy, at}, n)
		note(s.family, ownSocket{l.Proxy, socket{port, anyAddress(at.address)}}, n)
	}
}

func note[K comparable](first map[K]int, k K, n int) {
	if _, ok := first[k]; !ok {
		first[k] = n
	}
}

// other returns the first port that was added and takes the same connections;
// nil for none.
func (s *sockets) other(l *flow.Listener) *flow.Listener {
	found := len(s.all)
	for port := l.Port; port < l.Port+l.Ports(); port++ {
		found = min(found, s.otherOn(l, port))
	}
	if found == len(s.all) {
		return nil
	}
	return s.all[found]
}

// otherOn is the number of the first port that takes the same connections as one of a
// listener; that of all for none.
func (s *sockets) otherOn(l *flow.Listener, port int) int {
	at := socket{port, address(l)}
	found := len(s.all)
	look := func(n int, ok bool) {
		if ok {
			found = min(found, n)
		}
	}
	every := socket{port, anyAddress(at.address)}
	if at == every {
		n, ok := s.family[ownSocket{l.Proxy, every}]
		look(n, ok)
	} else {
		n, ok := s.own[ownSocket{l.Proxy, at}]
		look(n, ok)
		n, ok = s.own[ownSocket{l.Proxy, every}]
		look(n, ok)
		switch zone := l.Proxy.Zone; {
		case at.address.IsLoopback():
		case zone != nil && private(at.address): // one of each zone: see otherNetworks
			n, ok = s.zoned[inZone{zone, at}]
			look(n, ok)
			n, ok = s.zoned[inZone{nil, at}]
			look(n, ok)
		default:
			n, ok = s.shared[at]
			look(n, ok)
		}
	}
	return found
}

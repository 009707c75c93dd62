package verify

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/flowc-lang/flowc/flow"
)

// Scope is which exchanges are looked at. The zero value is all of them.
type Scope struct {
	Host     string       // that the client asks for by SNI or Host; "*.example.test" is every host below it; "" for any
	Client   netip.Prefix // from which the client comes; invalid for anywhere
	From, To Moment       // when the exchange begins; both are within
}

// Moment is a time, or how long after the first packet; the zero value is none.
type Moment struct {
	at    time.Time
	after time.Duration
	set   bool
}

// momentForms are the forms of a time of day; without a zone it is UTC.
var momentForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

// ParseMoment reads a time as RFC 3339 has it, or how long after the first
// packet something is: "90s", "2m30s", or seconds as Wireshark shows them.
func ParseMoment(s string) (Moment, error) {
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 && n < 1e9 {
		return Moment{after: time.Duration(n * float64(time.Second)), set: true}, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return Moment{after: d, set: true}, nil
	}
	for _, form := range momentForms {
		if at, err := time.Parse(form, s); err == nil {
			return Moment{at: at, set: true}, nil
		}
	}
	return Moment{}, fmt.Errorf("%q is not a time; write 2026-11-30T09:15:00Z, or how long after the first packet: 90s, 2m30s", s)
}

// ParseClients reads an address, a prefix, or the name of a client of the model
// whose address is known; t is nil without a model.
func ParseClients(t *flow.Topology, mapped map[string]netip.AddrPort, s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	if t != nil {
		if p, ok := findHops(t, mapped).clients[s]; ok {
			return p, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("%q is not an address, a prefix or a client of the model with an address", s)
}

// narrow is a scope with the times of a capture.
type narrow struct {
	Scope
	start   int64 // of the first packet, nanoseconds since 1970
	end     int64 // of the last one
	clients int   // exchanges in the capture
}

// all reports whether nothing is left out.
func (n *narrow) all() bool { return n.Scope == Scope{} }

func (n *narrow) nanos(m Moment) int64 {
	if m.at.IsZero() {
		return n.start + int64(m.after)
	}
	return m.at.UnixNano()
}

// has reports whether an exchange is looked at.
func (n *narrow) has(x *exchange) bool {
	c := x.Client()
	if n.Host != "" && !asksFor(c, strings.ToLower(n.Host)) {
		return false
	}
	if n.Client.IsValid() && !n.Client.Contains(c.Ends[opener].Addr()) && !n.Client.Contains(c.origin()) {
		return false
	}
	if len(c.Events) == 0 {
		return !n.From.set && !n.To.set
	}
	at := c.Events[0].Time
	return !(n.From.set && at < n.nanos(n.From)) && !(n.To.set && at > n.nanos(n.To))
}

// origin is the address of the client that a balancer states in its PROXY header; invalid
// where none does.
func (c *joined) origin() netip.Addr {
	if c.Header == nil {
		return netip.Addr{}
	}
	return c.Header.Src.Addr().Unmap()
}

// asksFor reports whether a client asks for a host on a connection, as far as
// that can be read.
func asksFor(c *joined, host string) bool {
	if c.hello() && isHost(c.TLS.SNI, host) {
		return true
	}
	for _, e := range c.Events {
		if e.head == nil {
			continue
		}
		name := e.head.host
		if at, err := netip.ParseAddrPort(name); err == nil {
			name = at.Addr().String()
		} else if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
			name = name[:i]
		}
		if isHost(strings.Trim(name, "[]"), host) {
			return true
		}
	}
	return false
}

func isHost(name, pattern string) bool {
	if below, wild := strings.CutPrefix(pattern, "*"); wild {
		return strings.HasSuffix(name, below) && len(name) > len(below)
	}
	return name == pattern
}

package verify

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// JoinedBy is how it is known that a connection belongs to another one.
type JoinedBy string

// The ways to know it, the surer ones first.
const (
	ByHello  JoinedBy = "the same ClientHello" // relayed: passthrough, or a proxy's inner stage
	ByHeader JoinedBy = "its PROXY header"
	ByTime   JoinedBy = "its time"
	ByReuse  JoinedBy = "a request on it" // another exchange left it open
)

// Exchange is a client's connection and those that were opened for it, or a
// connection that belongs to none.
type Exchange struct {
	N     int
	Conns []*Joined // the client's first, then in the order in which they were opened
}

// Joined is a connection in an exchange.
type Joined struct {
	*Conn
	From   *Joined // for which it was opened; nil for the client's own
	By     JoinedBy
	Reused bool // it is the part of a connection that another exchange had opened
	hop    *hop // where it ends in the model; nil without a model
}

// Client returns the connection that the exchange begins with.
func (x *Exchange) Client() *Joined { return x.Conns[0] }

// joiner knows the connections that others may have been opened for.
type joiner struct {
	byRandom map[string][]*Joined
	byEnd    map[netip.AddrPort][]*Joined // by their opener, or the one that their PROXY header states
	all      []*Joined
}

// join finds the connections of every exchange. isClient says which ones begin
// one for sure, and mayFollow whether the second can have been opened for the
// first.
func join(conns []*Joined, isClient func(*Joined) bool, mayFollow func(a, b *Joined) bool) []*Exchange {
	conns = slices.Clone(conns)
	slices.SortStableFunc(conns, func(a, b *Joined) int { return cmp.Compare(a.start(), b.start()) })
	j := &joiner{byRandom: map[string][]*Joined{}, byEnd: map[netip.AddrPort][]*Joined{}}
	var out []*Exchange
	of := map[*Joined]*Exchange{}
	for _, c := range conns {
		if !isClient(c) {
			c.From, c.By = j.opener(c, mayFollow)
		}
		x := of[c.From]
		if c.From == nil {
			x = &Exchange{N: len(out) + 1}
			out = append(out, x)
		}
		of[c] = x
		x.Conns = append(x.Conns, c)
		j.know(c)
	}
	reuse(out, mayFollow)
	return out
}

// start is the order of a connection's first message.
func (c *Joined) start() int {
	if len(c.Events) == 0 {
		return c.first
	}
	return c.Events[0].Order
}

func (j *joiner) know(c *Joined) {
	j.all = append(j.all, c)
	if c.TLS != nil && c.TLS.Random != "" {
		j.byRandom[c.TLS.Random] = append(j.byRandom[c.TLS.Random], c)
	}
	j.byEnd[c.Ends[Opener]] = append(j.byEnd[c.Ends[Opener]], c)
	if c.Header != nil && c.Header.Src.IsValid() {
		j.byEnd[c.Header.Src] = append(j.byEnd[c.Header.Src], c)
	}
}

// opener returns the connection that another was opened for.
func (j *joiner) opener(c *Joined, mayFollow func(a, b *Joined) bool) (*Joined, JoinedBy) {
	last := func(list []*Joined) *Joined {
		for _, a := range slices.Backward(list[max(0, len(list)-maxCandidates):]) {
			if a != c && a.Ends != c.Ends && mayFollow(a, c) {
				return a
			}
		}
		return nil
	}
	if c.TLS != nil && c.TLS.Random != "" {
		if a := last(j.byRandom[c.TLS.Random]); a != nil {
			return a, ByHello
		}
	}
	if c.Header != nil && c.Header.Src.IsValid() {
		if a := last(j.byEnd[c.Header.Src]); a != nil {
			return a, ByHeader
		}
	}
	if a := j.byTime(c, mayFollow); a != nil {
		return a, ByTime
	}
	return nil, ""
}

// maxCandidates bounds how many earlier connections are looked at for one.
const maxCandidates = 256

// byTime returns the connection on which somebody asked for something last,
// before c was opened.
func (j *joiner) byTime(c *Joined, mayFollow func(a, b *Joined) bool) *Joined {
	var best *Joined
	latest, looked := -1, 0
	at := c.start()
	for _, a := range slices.Backward(j.all) {
		if looked++; looked > maxCandidates {
			break
		}
		if !mayFollow(a, c) || relays(a, c) {
			continue
		}
		if asked := lastAsked(a.Conn, at); asked > latest && open(a.Conn, at) {
			best, latest = a, asked
		}
	}
	return best
}

// relays reports whether a carried a ClientHello that c, which has one of its
// own, should have if it were opened to relay a. It is no reason for a proxy
// that ends TLS; what tells is that a has not come beyond its ClientHello.
func relays(a, c *Joined) bool {
	return c.TLS != nil && c.TLS.Random != "" && a.TLS != nil && a.TLS.Random != "" &&
		a.TLS.Random != c.TLS.Random && a.TLS.Version == 0
}

// lastAsked is the order of the last bytes that the opener sent before at; 0
// where it only connected.
func lastAsked(c *Conn, at int) int {
	out := -1
	for _, e := range c.Events {
		if e.Order >= at {
			break
		}
		if e.From != Opener {
			continue
		}
		out = max(out, 0)
		if e.Layer() != flow.LayerTCP {
			out = e.Order
		}
	}
	return out
}

// open reports whether the opener had not closed its side before at.
func open(c *Conn, at int) bool {
	for _, e := range c.Events {
		if e.Order >= at {
			break
		}
		if e.Op == flow.OpRST || e.Op == flow.OpFIN && e.From == Acceptor {
			return false
		}
	}
	return true
}

// reuse gives an exchange without a connection to a backend the part of another
// exchange's connection that it reused: a request that went out on it between
// the client's request and the client's answer.
func reuse(exchanges []*Exchange, mayFollow func(a, b *Joined) bool) {
	for i, x := range exchanges {
		client := x.Client()
		asked, answered := client.firstOf(Opener), client.lastOf(Acceptor)
		if len(x.Conns) > 1 || asked == 0 {
			continue
		}
	search:
		for _, y := range slices.Backward(exchanges[max(0, i-maxCandidates):i]) {
			for _, b := range y.Conns[1:] {
				if b.Reused || !mayFollow(client, b) {
					continue
				}
				k := slices.IndexFunc(b.Events, func(e *Event) bool {
					return e.From == Opener && e.Layer() != flow.LayerTCP && e.Order > asked && e.Order < answered
				})
				if k <= 0 {
					continue
				}
				part := *b.Conn
				part.Events = slices.Clone(b.Events[k:])
				whole := *b.Conn
				whole.Events = b.Events[:k:k]
				b.Conn = &whole
				x.Conns = append(x.Conns, &Joined{Conn: &part, From: client, By: ByReuse, hop: b.hop, Reused: true})
				break search
			}
		}
	}
}

// firstOf is the order of the first message of a side beyond TCP; lastOf of
// its last.
func (c *Conn) firstOf(side Side) int {
	for _, e := range c.Events {
		if e.From == side && e.Layer() != flow.LayerTCP {
			return e.Order
		}
	}
	return 0
}

func (c *Conn) lastOf(side Side) int {
	for _, e := range slices.Backward(c.Events) {
		if e.From == side && e.Layer() != flow.LayerTCP {
			return e.Order
		}
	}
	return 0
}

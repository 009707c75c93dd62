package verify

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// joinedBy is how it is known that a connection belongs to another one.
type joinedBy string

// The ways to know it, the surer ones first.
const (
	byHello  joinedBy = "the same ClientHello" // relayed: passthrough, or a proxy's inner stage
	byHeader joinedBy = "its PROXY header"
	byTime   joinedBy = "its time"
	byReuse  joinedBy = "a request on it" // another exchange left it open
)

// exchange is a client's connection and those that were opened for it, or a
// connection that belongs to none.
type exchange struct {
	N     int
	Conns []*joined // the client's first, then in the order in which they were opened
}

// joined is a connection in an exchange.
type joined struct {
	*conn
	From   *joined // for which it was opened; nil for the client's own
	By     joinedBy
	Reused bool   // it is the part of a connection that another exchange had opened
	ends   places // where it may end in the model; none without a model
}

// Client returns the connection that the exchange begins with.
func (x *exchange) Client() *joined { return x.Conns[0] }

// joiner knows the connections that others may have been opened for.
type joiner struct {
	byRandom map[string][]*joined
	byEnd    map[netip.AddrPort][]*joined // by their opener, or the one that their PROXY header states
	all      []*joined
}

// join finds the connections of every exchange. isClient says which ones begin
// one for sure, and mayFollow whether the second can have been opened for the
// first.
func join(conns []*joined, isClient func(*joined) bool, mayFollow func(a, b *joined) bool) []*exchange {
	conns = slices.Clone(conns)
	slices.SortStableFunc(conns, func(a, b *joined) int { return cmp.Compare(a.start(), b.start()) })
	j := &joiner{byRandom: map[string][]*joined{}, byEnd: map[netip.AddrPort][]*joined{}}
	var out []*exchange
	of := map[*joined]*exchange{}
	for _, c := range conns {
		if !isClient(c) {
			c.From, c.By = j.opener(c, mayFollow)
		}
		x := of[c.From]
		if c.From == nil {
			x = &exchange{N: len(out) + 1}
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
func (c *joined) start() int {
	if len(c.Events) == 0 {
		return c.first
	}
	return c.Events[0].Order
}

func (j *joiner) know(c *joined) {
	j.all = append(j.all, c)
	if c.TLS != nil && c.TLS.Random != "" {
		j.byRandom[c.TLS.Random] = append(j.byRandom[c.TLS.Random], c)
	}
	j.byEnd[c.Ends[opener]] = append(j.byEnd[c.Ends[opener]], c)
	if c.Header != nil && c.Header.Src.IsValid() {
		j.byEnd[c.Header.Src] = append(j.byEnd[c.Header.Src], c)
	}
}

// opener returns the connection that another was opened for.
func (j *joiner) opener(c *joined, mayFollow func(a, b *joined) bool) (*joined, joinedBy) {
	last := func(list []*joined) *joined {
		for _, a := range slices.Backward(list[max(0, len(list)-maxCandidates):]) {
			if a != c && a.Ends != c.Ends && mayFollow(a, c) {
				return a
			}
		}
		return nil
	}
	if c.TLS != nil && c.TLS.Random != "" {
		if a := last(j.byRandom[c.TLS.Random]); a != nil {
			return a, byHello
		}
	}
	if c.Header != nil && c.Header.Src.IsValid() {
		if a := last(j.byEnd[c.Header.Src]); a != nil {
			return a, byHeader
		}
	}
	if a := j.byTime(c, mayFollow); a != nil {
		return a, byTime
	}
	return nil, ""
}

// maxCandidates bounds how many earlier connections are looked at for one.
const maxCandidates = 256

// byTime returns the connection on which somebody asked for something last,
// before c was opened.
func (j *joiner) byTime(c *joined, mayFollow func(a, b *joined) bool) *joined {
	var best *joined
	latest, looked := -1, 0
	at := c.start()
	for _, a := range slices.Backward(j.all) {
		if looked++; looked > maxCandidates {
			break
		}
		if !mayFollow(a, c) || relays(a, c) {
			continue
		}
		if asked := lastAsked(a.conn, at); asked > latest && open(a.conn, at) {
			best, latest = a, asked
		}
	}
	return best
}

// relays reports whether a carried a ClientHello that c, which has one of its
// own, should have if it were opened to relay a. It is no reason for a proxy
// that ends TLS; what tells is that a has not come beyond its ClientHello.
func relays(a, c *joined) bool {
	return c.TLS != nil && c.TLS.Random != "" && a.TLS != nil && a.TLS.Random != "" &&
		a.TLS.Random != c.TLS.Random && a.TLS.Version == 0
}

// lastAsked is the order of the last bytes that the opener sent before at; 0
// where it only connected.
func lastAsked(c *conn, at int) int {
	out := -1
	for _, e := range c.Events {
		if e.Order >= at {
			break
		}
		if e.From != opener {
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
func open(c *conn, at int) bool {
	for _, e := range c.Events {
		if e.Order >= at {
			break
		}
		if e.Op == flow.OpRST || e.Op == flow.OpFIN && e.From == acceptor {
			return false
		}
	}
	return true
}

// reuse gives an exchange without a connection to a backend the part of another
// exchange's connection that it reused: a request that went out on it between
// the client's request and the client's answer.
func reuse(exchanges []*exchange, mayFollow func(a, b *joined) bool) {
	for i, x := range exchanges {
		client := x.Client()
		asked, answered := client.firstOf(opener), client.lastOf(acceptor)
		if len(x.Conns) > 1 || asked == 0 {
			continue
		}
	search:
		for _, y := range slices.Backward(exchanges[max(0, i-maxCandidates):i]) {
			for _, b := range y.Conns[1:] {
				if b.Reused || !mayFollow(client, b) {
					continue
				}
				k := slices.IndexFunc(b.Events, func(e *event) bool {
					return e.From == opener && e.Layer() != flow.LayerTCP && e.Order > asked && e.Order < answered
				})
				if k <= 0 {
					continue
				}
				part := *b.conn
				part.Events = slices.Clone(b.Events[k:])
				whole := *b.conn
				whole.Events = b.Events[:k:k]
				b.conn = &whole
				x.Conns = append(x.Conns, &joined{conn: &part, From: client, By: byReuse, ends: b.ends, Reused: true})
				break search
			}
		}
	}
}

// firstOf is the order of the first message of a side beyond TCP; lastOf of
// its last.
func (c *conn) firstOf(side connSide) int {
	for _, e := range c.Events {
		if e.From == side && e.Layer() != flow.LayerTCP {
			return e.Order
		}
	}
	return 0
}

func (c *conn) lastOf(side connSide) int {
	for _, e := range slices.Backward(c.Events) {
		if e.From == side && e.Layer() != flow.LayerTCP {
			return e.Order
		}
	}
	return 0
}

package verify

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// guide says what a model knows of which turns belong together: where the
// requests lead that a connection can be.
type guide struct {
	hops       *hops
	lifecycles []*flow.Lifecycle
	bySNI      map[string][]*flow.Lifecycle
	known      map[asked][]*flow.Lifecycle
	check      func(*joined) *Result // what a connection is as a health check; nil for none
	checks     map[*joined]bool      // whether it is one
}

// asked is what is seen of a request on a connection.
type asked struct {
	end          netip.AddrPort
	from         netip.Addr
	sni          string
	method, path string // "" where they cannot be read
}

func newGuide(h *hops, lifecycles []*flow.Lifecycle, check func(*joined) *Result) *guide {
	g := &guide{hops: h, lifecycles: lifecycles, bySNI: map[string][]*flow.Lifecycle{}, known: map[asked][]*flow.Lifecycle{}, check: check, checks: map[*joined]bool{}}
	for _, lc := range lifecycles {
		had := map[string]bool{}
		for _, s := range lc.Sessions {
			if name := strings.ToLower(s.SNI); !had[name] {
				had[name] = true
				g.bySNI[name] = append(g.bySNI[name], lc)
			}
		}
	}
	return g
}

// sameName returns the lifecycles whose client asks for the name that a
// connection asks for; all of them where none does, or nothing can be seen.
func (g *guide) sameName(j *joined) []*flow.Lifecycle {
	if !j.hello() || len(g.bySNI[j.TLS.SNI]) == 0 {
		return g.lifecycles
	}
	return g.bySNI[j.TLS.SNI]
}

// fits says what speaks against a turn on a server's connection being for one on a
// proxy's; 0 for a health check where the other leads elsewhere.
func (g *guide) fits(slot, item *turn) fit {
	f, leads, check := sameRequest(slot, item), g.leads(slot, item), g.isCheck(item.conn)
	switch _, read := lineOfTurn(slot); {
	case check && !leads:
		return 0
	case check && !read:
		return fitsNothing
	case !leads:
		return min(f+1, fitsNothing)
	}
	return f
}

// isCheck reports whether a connection on its own is what a health check of the model is:
// then it is hardly for a client.
func (g *guide) isCheck(j *joined) bool {
	is, ok := g.checks[j]
	if !ok {
		is = g.check(j) != nil
		g.checks[j] = is
	}
	return is
}

// leads reports whether a request that a slot can be leads where an item is.
func (g *guide) leads(slot, item *turn) bool {
	all := g.of(slot)
	return len(all) == 0 || slices.ContainsFunc(all, func(lc *flow.Lifecycle) bool { return connects(lc, item) > 0 })
}

// tried is how often a proxy connects where an item is for what a slot can be,
// at most.
func (g *guide) tried(slot, item *turn) int {
	most := 0
	for _, lc := range g.of(slot) {
		most = max(most, connects(lc, item))
	}
	return most
}

// connects is how often proxies connect in a lifecycle where an item is.
func connects(lc *flow.Lifecycle, item *turn) int {
	n := 0
	for _, d := range lc.Connections {
		if d.From.Kind != flow.KindClient && item.conn.ends.accept(d) {
			n++
		}
	}
	return n
}

// of are the lifecycles that a slot can be, for what can be seen of it.
func (g *guide) of(slot *turn) []*flow.Lifecycle {
	j := slot.conn
	key := asked{end: j.Ends[acceptor], from: j.Ends[opener].Addr()}
	if j.hello() {
		key.sni = j.TLS.SNI
	}
	if line, ok := lineOfTurn(slot); ok {
		key.method, key.path = line.Method, pathOf(line.Path)
	}
	all, ok := g.known[key]
	if !ok {
		all = g.can(j, key)
		g.known[key] = all
	}
	return all
}

// can are the lifecycles that a request can be.
func (g *guide) can(j *joined, key asked) []*flow.Lifecycle {
	var out []*flow.Lifecycle
	for _, lc := range g.sameName(j) {
		for _, d := range lc.Connections {
			if !j.ends.accept(d) || !g.hops.from(d, j) {
				continue
			}
			if key.method == "" || asks(lc, d, key) {
				out = append(out, lc)
				break
			}
		}
	}
	return out
}

// asks reports whether a derived connection carries a request.
func asks(lc *flow.Lifecycle, d *flow.Connection, key asked) bool {
	for _, s := range lc.Steps {
		if line, ok := s.Facts.(flow.RequestLine); ok && s.Connection == d && line.Method == key.method && line.Path == key.path {
			return true
		}
	}
	return false
}

// lineOfTurn is what a turn asks for, where that can be read.
func lineOfTurn(t *turn) (flow.RequestLine, bool) {
	if t.ask == nil {
		return flow.RequestLine{}, false
	}
	line, ok := t.ask.Facts.(flow.RequestLine)
	return line, ok
}

// sameRequest compares what two turns say, as far as both can be read.
func sameRequest(slot, item *turn) fit {
	if item.ask == nil || item.ask.head == nil {
		return fitsAll
	}
	if from, err := netip.ParseAddr(item.ask.head.forwarded); err == nil && from.Unmap() != slot.client() {
		return fitsNothing
	}
	a, readA := lineOfTurn(slot)
	b, readB := lineOfTurn(item)
	if !readA || !readB || slot.ask.head == nil {
		return fitsAll
	}
	if a.Method != b.Method || pathOf(a.Path) != pathOf(b.Path) || slot.ask.head.length != item.ask.head.length ||
		slot.ask.head.host != item.ask.head.host || otherStatus(slot.answer, item.answer) {
		return fitsTime
	}
	return fitsAll
}

// client is the address that a turn comes from: what a PROXY header says, else
// where the connection does.
func (t *turn) client() netip.Addr {
	if h := t.conn.Header; h != nil && h.Src.IsValid() {
		return h.Src.Addr()
	}
	return t.conn.Ends[opener].Addr()
}

func otherStatus(a, b *event) bool {
	if a == nil || b == nil {
		return false
	}
	x, readX := a.Facts.(flow.StatusLine)
	y, readY := b.Facts.(flow.StatusLine)
	return readX && readY && x.Status != y.Status
}

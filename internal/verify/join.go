package verify

import (
	"cmp"
	"net/netip"
	"slices"
)

// joinedBy is how it is known that a connection belongs to another one.
type joinedBy string

// The ways to know it, the surer ones first.
const (
	byHello   joinedBy = "the same ClientHello" // relayed: passthrough, or a proxy's inner stage
	byHeader  joinedBy = "its PROXY header"
	byRequest joinedBy = "its request"     // several could be it by their time, and one asks for the same
	byReuse   joinedBy = "a request on it" // another exchange left it open
	byTime    joinedBy = "its time"
	byFollow  joinedBy = "its client, which follows a redirect or asks again"
)

// exchange is a client's connection and those that were opened for it, or a
// connection that belongs to none.
type exchange struct {
	N     int
	Conns []*joined // the client's first, then in the order in which they were opened
}

// joined is a connection in an exchange, or the part of one that is the
// exchange's: a proxy's connection to a server can serve many clients.
type joined struct {
	*conn
	From   *joined // for which it was opened; nil for the client's own
	By     joinedBy
	Reused bool      // it begins in another exchange
	Kept   bool      // it goes on in another exchange
	ends   places    // where it may end in the model; none without a model
	calls  int       // the turns of it that are the exchange's
	Or     []*joined // other connections that may be the exchange's in its place
	of     *joined   // the whole of it
	turns  []*turn   // those that are the exchange's
}

// Client returns the connection that the exchange begins with.
func (x *exchange) Client() *joined { return x.Conns[0] }

// start is the order of a connection's first message.
func (c *joined) start() int {
	if len(c.Events) == 0 {
		return c.first
	}
	return c.Events[0].Order
}

// rules say what is known of a capture's connections beside what they carry.
type rules struct {
	isClient  func(*joined) bool      // it begins an exchange for sure
	isFront   func(*joined) bool      // it may end at a proxy
	mayFollow func(a, b *joined) bool // the second can have been opened for the first
	hints     func(*joined) hints
	tried     func(slot, item *turn) int // how often a proxy connects there for it, at most
	isRelay   func(*joined) bool         // it ends where a proxy relays bytes: each connection has one behind it
	fits      func(slot, item *turn) fit // what speaks against it
}

// weave is the connections of a capture, joined.
type weave struct {
	rules
	conns    []*joined // in the order of their first messages
	turns    map[*joined][]*turn
	byRandom map[string][]*joined
	byEnd    map[netip.AddrPort][]*joined // by their opener, or the one that their PROXY header states
	sure     map[*joined][]*joined        // the connections that were opened for one for sure
	chosen   *assignment
	slotOf   map[*turn]int // index into chosen
	itemOf   map[*turn]int
	tries    map[*turn][]*turn // of a slot, attempts for it that failed
	vain     map[*turn][]edge  // the slots that each of these could be for
	owner    map[*turn]*turn   // of an item, the slot
	relay    map[*joined]*turn // of a connection that a proxy relays, its slot
}

// join finds for which connection every other one was opened: those that are
// sure first, then the turns on the others, all at once.
func join(conns []*joined, r rules) *weave {
	w := &weave{
		rules: r, conns: slices.Clone(conns), turns: map[*joined][]*turn{}, byRandom: map[string][]*joined{},
		byEnd: map[netip.AddrPort][]*joined{}, sure: map[*joined][]*joined{}, slotOf: map[*turn]int{}, itemOf: map[*turn]int{},
		tries: map[*turn][]*turn{}, owner: map[*turn]*turn{}, relay: map[*joined]*turn{},
	}
	slices.SortStableFunc(w.conns, func(a, b *joined) int { return cmp.Compare(a.start(), b.start()) })
	var slots, items, vain []*turn
	for _, c := range w.conns {
		w.turns[c] = turnsOf(c, w.hints(c))
		client := w.isClient(c)
		if !client {
			if a, by := w.surely(c); a != nil {
				c.From, c.By = a, by
				w.sure[a] = append(w.sure[a], c)
			}
		}
		w.know(c)
		if !client && c.From == nil {
			items, vain = w.split(c, items, vain)
		}
	}
	for _, c := range w.conns {
		if w.isFront(c) {
			slots = append(slots, w.open(c)...)
		}
	}
	w.chosen = assign(slots, items, w.fit)
	for s, t := range w.chosen.slots {
		w.slotOf[t] = s
	}
	for i, t := range w.chosen.items {
		w.itemOf[t] = i
	}
	for s := range w.chosen.slots {
		w.own(s)
	}
	w.inVain(vain)
	return w
}

func (w *weave) know(c *joined) {
	if c.hello() {
		w.byRandom[c.TLS.Random] = append(w.byRandom[c.TLS.Random], c)
	}
	w.byEnd[c.Ends[opener]] = append(w.byEnd[c.Ends[opener]], c)
	if c.Header != nil && c.Header.Src.IsValid() {
		w.byEnd[c.Header.Src] = append(w.byEnd[c.Header.Src], c)
	}
}

// surely returns the connection that another was opened for, where what it
// carries says so.
func (w *weave) surely(c *joined) (*joined, joinedBy) {
	last := func(list []*joined) *joined {
		for _, a := range slices.Backward(list[max(0, len(list)-maxActive):]) {
			if a != c && a.Ends != c.Ends && w.mayFollow(a, c) {
				return a
			}
		}
		return nil
	}
	if c.hello() {
		if a := last(w.byRandom[c.TLS.Random]); a != nil {
			return a, byHello
		}
	}
	if c.Header != nil && c.Header.Src.IsValid() {
		if a := last(w.byEnd[c.Header.Src]); a != nil {
			return a, byHeader
		}
	}
	return nil, ""
}

// split puts the turns of a connection to those that were answered and those
// that were not: a proxy may try again.
func (w *weave) split(c *joined, items, vain []*turn) (answered, others []*turn) {
	if len(w.turns[c]) == 0 {
		w.turns[c] = []*turn{whole(c)}
	}
	if all := w.turns[c]; all[0].loose && all[0].hidden { // its requests cannot be told apart
		all[0].to, all[0].answered, all[0].done = len(c.Events), all[0].asked, 0
		w.turns[c] = all[:1]
	}
	for _, t := range w.turns[c] {
		if t.answered > 0 {
			items = append(items, t)
		} else {
			vain = append(vain, t)
		}
	}
	return items, vain
}

// open are the turns of a connection for which others may have been opened: not
// those that are known to have theirs.
func (w *weave) open(c *joined) []*turn {
	if len(w.turns[c]) == 0 {
		w.turns[c] = []*turn{whole(c)}
	}
	out := slices.Clone(w.turns[c])
	if w.isRelay(c) { // what it asks is not waited for: one connection is for all of it
		slot, last := *out[0], out[len(out)-1]
		slot.asked, slot.to, slot.done, slot.relayed = c.start(), last.to, max(slot.done, last.done), true
		w.relay[c] = &slot
		out = []*turn{&slot}
	}
	for _, child := range w.sure[c] {
		if child.By == byHello {
			return nil // it is relayed
		}
		for _, item := range w.turns[child] {
			if i := slices.IndexFunc(out, func(t *turn) bool { return t.within(item) }); i >= 0 {
				out = slices.Delete(out, i, i+1)
			}
		}
	}
	return out
}

// fit is how a turn on a connection fits one on another; 0 where it cannot
// have been for it at all.
func (w *weave) fit(slot, item *turn) fit {
	a, b := slot.conn, item.conn
	first := item == w.turns[b][0] && !b.Middle
	if a == b || a.Ends == b.Ends || !w.mayFollow(a, b) || relays(a, b) || first && b.start() < a.start() || item.tail() && !a.Middle {
		return 0
	}
	f := w.fits(slot, item)
	began, ready := item.asked, max(slot.asked, slot.ready)
	if first {
		began = b.start()
	}
	if w.isRelay(a) {
		if !first && !b.Middle {
			return 0
		}
		ready = slot.greeted // it connects before anything is asked
		if end := b.shut(); end > 0 && end < a.leaves() && b.firstEnd() == opener {
			ready = began + 1 // and closes when its client does
		}
	}
	if f > 0 && (began < ready || slot.loose && slot.hidden && slot.from > w.turns[a][0].from) {
		f = min(f+1, fitsNothing)
	}
	return f
}

// relays reports whether a carried a ClientHello that c, which has one of its
// own, should have if it were opened to relay a. It is no reason for a proxy
// that ends TLS; what tells is that a has not come beyond its ClientHello.
func relays(a, c *joined) bool {
	return c.hello() && a.hello() && a.TLS.Random != c.TLS.Random && a.TLS.Version == 0
}

// inVain gives what was not answered to the slots: to one without an answer
// first, and in turn, each as often as a proxy tries.
func (w *weave) inVain(vain []*turn) {
	slices.SortStableFunc(vain, earlier)
	w.vain = map[*turn][]edge{}
	last := map[int]int{}
	for i, edges := range edgesOf(w.chosen.slots, vain, w.fit) {
		t := vain[i]
		if len(edges) == 0 {
			continue
		}
		slices.SortStableFunc(edges, func(a, b edge) int {
			return cmp.Or(cmp.Compare(a.fit, b.fit), cmp.Compare(w.full(a.slot), w.full(b.slot)), cmp.Compare(last[a.slot], last[b.slot]), cmp.Compare(a.gap, b.gap))
		})
		w.vain[t] = edges
		left := maxSearch
		if !w.room(t, map[*turn]bool{t: true}, &left) {
			w.give(t, nil, w.chosen.slots[edges[0].slot])
		}
		last[w.slotOf[w.owner[t]]] = t.asked
	}
}

// full is 1 for a slot that has an answer.
func (w *weave) full(slot int) int {
	if w.chosen.by[slot] >= 0 {
		return 1
	}
	return 0
}

// room puts a failed attempt to a slot that has room for it, or gets it by
// moving another one on, and that another one; false where none has.
func (w *weave) room(t *turn, seen map[*turn]bool, left *int) bool {
	edges := w.vain[t]
	for _, e := range edges {
		if e.fit == edges[0].fit && w.hasRoom(e.slot, t) {
			w.give(t, nil, w.chosen.slots[e.slot])
			return true
		}
	}
	for _, e := range edges {
		slot := w.chosen.slots[e.slot]
		for _, other := range slices.Clone(w.tries[slot]) {
			if *left--; seen[other] || *left < 0 || e.fit > edges[0].fit {
				continue
			}
			seen[other] = true
			w.give(other, slot, nil)
			if w.hasRoom(e.slot, t) {
				w.give(t, nil, slot)
				if w.room(other, seen, left) {
					return true
				}
				w.give(t, slot, nil)
			}
			w.give(other, nil, slot)
		}
	}
	return false
}

// hasRoom reports whether a proxy can have tried for a slot once more: not more
// often than it does, and not before it had failed the time before.
func (w *weave) hasRoom(slot int, t *turn) bool {
	s := w.chosen.slots[slot]
	if len(w.tries[s])+w.full(slot) >= w.tried(s, t) {
		return false
	}
	return !slices.ContainsFunc(w.tries[s], func(o *turn) bool { return t.asked < max(o.asked, o.done) && o.asked < max(t.asked, t.done) })
}

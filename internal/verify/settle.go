package verify

import (
	"fmt"
	"slices"
	"strings"
)

// Where several connections may be an exchange's for all that is known of them,
// the assignment under which the exchanges agree is looked for: what departs
// under every one of them departs. An exchange that agrees with some of them,
// which lead to several places, and departs with another one is an open question.

// openQuestion is an exchange that agrees or departs with one connection or
// another.
type openQuestion struct {
	Agrees, Departs []*joined // the candidates
}

// words are "it agrees with A or B, and differs with C".
func (q *openQuestion) words() string {
	return fmt.Sprintf("it agrees with %s, and differs with %s", either(q.Agrees), either(q.Departs))
}

func either(conns []*joined) string {
	var out []string
	for _, j := range conns {
		if name := pairWords(j); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " or ")
}

// pairWords are the two ends of a connection.
func pairWords(j *joined) string { return fmt.Sprintf("%s > %s", j.Ends[opener], j.Ends[acceptor]) }

// What bounds the search.
const (
	maxTies  = 8  // connections that are tried for one slot
	maxTried = 32 // of one exchange
)

// settle exchanges connections between exchanges where more of them agree then.
func (m *matcher) settle() {
	a := m.weave.chosen
	agrees := map[*turn]bool{} // by the first turn of an exchange
	verdict := func(head *turn) bool { return len(m.alone(head).Departures) == 0 }
	var heads []*turn
	for s, t := range a.slots {
		if a.tie[s] == 0 || a.by[s] < 0 {
			continue
		}
		if head := m.weave.head(t); head != nil && !slices.Contains(heads[max(0, len(heads)-maxActive):], head) {
			heads = append(heads, head)
			agrees[head] = verdict(head)
		}
	}
	m.retry(agrees, verdict)
	for _, head := range heads {
		for tried := 0; !agrees[head] && tried < maxTried; tried++ {
			if !m.trade(head, agrees, verdict) {
				break
			}
		}
	}
}

// trade swaps one connection of an exchange with another exchange, where it
// agrees then and the other one agrees as before.
func (m *matcher) trade(head *turn, agrees map[*turn]bool, verdict func(*turn) bool) bool {
	a := m.weave.chosen
	for _, slot := range m.weave.slotsOf(m.weave.turns[head.conn]) {
		mine := a.by[slot]
		for _, item := range a.others(slot, maxTies) {
			from := a.of[item]
			other := m.weave.head(a.slots[from])
			if other == nil || !a.swap(slot, item) {
				continue
			}
			m.weave.own(slot, from)
			now := verdict(head)
			then := now
			if other != head {
				then = verdict(other)
			}
			if now && (then || !agrees[other]) {
				agrees[head], agrees[other] = now, then
				return true
			}
			a.put(mine, slot)
			a.put(item, from)
			m.weave.own(slot, from)
		}
	}
	return false
}

// retry moves failed attempts between exchanges where more of them agree
// then: nothing but its time says whose it was.
func (m *matcher) retry(agrees map[*turn]bool, verdict func(*turn) bool) {
	w := m.weave
	known := func(t *turn) bool {
		head := w.head(t)
		if head == nil {
			return true
		}
		if _, ok := agrees[head]; !ok {
			agrees[head] = verdict(head)
		}
		return agrees[head]
	}
	for _, slot := range w.chosen.slots {
		if len(w.tries[slot]) == 0 || known(slot) {
			continue
		}
		tried := 0
		for _, t := range slices.Clone(w.tries[slot]) {
			for _, e := range w.vain[t] {
				other := w.chosen.slots[e.slot]
				if other == slot || agrees[w.head(slot)] || w.head(other) == nil || tried > maxTried {
					continue
				}
				for _, back := range append([]*turn{nil}, w.tries[other]...) {
					if tried++; tried > maxTried || back != nil && !slices.ContainsFunc(w.vain[back], func(e edge) bool { return w.chosen.slots[e.slot] == slot }) {
						continue
					}
					before := known(other)
					w.give(t, slot, other)
					w.give(back, other, slot)
					a, b := verdict(w.head(slot)), verdict(w.head(other))
					if a && (b || !before) || b && !before {
						agrees[w.head(slot)], agrees[w.head(other)] = a, b
						break
					}
					w.give(t, other, slot)
					w.give(back, slot, other)
				}
			}
		}
	}
}

// give moves failed attempts from one slot to another; from or to nil it
// is for none.
func (w *weave) give(t, from, to *turn) {
	if t == nil {
		return
	}
	delete(w.owner, t)
	if from != nil {
		w.tries[from] = slices.DeleteFunc(w.tries[from], func(o *turn) bool { return o == t })
	}
	if to != nil {
		w.tries[to] = append(w.tries[to], t)
		slices.SortStableFunc(w.tries[to], earlier)
		w.owner[t] = to
	}
}

// own notes whose the items of slots are. What a proxy relays has a connection of its
// own: all turns of it that are nobody else's.
func (w *weave) own(slots ...int) {
	for _, s := range slots {
		i := w.chosen.by[s]
		if i < 0 {
			continue
		}
		item, slot := w.chosen.items[i], w.chosen.slots[s]
		w.owner[item] = slot
		if !slot.relayed {
			continue
		}
		for _, t := range w.turns[item.conn] {
			if k, ok := w.itemOf[t]; !ok || w.chosen.of[k] < 0 {
				w.owner[t] = slot
			}
		}
	}
}

// head is the first turn of the connection with which the exchange of a turn
// begins; nil for none.
func (w *weave) head(t *turn) *turn {
	for range maxActive { // proxies before each other
		switch up := w.owner[t]; {
		case up != nil:
			t = up
		case t.relayed:
			t = w.turns[t.conn][0]
		case t.conn.From != nil && len(w.turns[t.conn.From]) > 0:
			t = w.turns[t.conn.From][0]
		case len(w.turns[t.conn]) > 0:
			return w.turns[t.conn][0]
		default:
			return nil
		}
	}
	return nil
}

// slotsOf are the slots of turns, and of those that were for them, that others
// could swap with.
func (w *weave) slotsOf(turns []*turn) []int {
	var out []int
	for _, t := range turns {
		for _, c := range w.sure[t.conn] {
			out = append(out, w.slotsOf(within([]*turn{t}, w.turns[c]))...)
		}
		s, ok := w.slotOf[w.slot(t)]
		if !ok || w.chosen.by[s] < 0 || slices.Contains(out, s) {
			continue
		}
		if w.chosen.tie[s] != 0 {
			out = append(out, s)
		}
		out = append(out, w.slotsOf([]*turn{w.chosen.items[w.chosen.by[s]]})...)
	}
	return out
}

// alone is what an exchange is by itself: of several requests on a connection
// that differ from the model the first.
func (m *matcher) alone(head *turn) *Result { return m.of(head.conn, m.weave.turns[head.conn]) }

// of is what some turns of a client's connection are.
func (m *matcher) of(c *joined, turns []*turn) *Result {
	x := m.weave.exchange(c, turns)
	best := m.best([]*exchange{x}, nil).Result
	if len(best.Departures) == 0 {
		return best
	}
	series := m.series(x)
	if len(series) == 0 || departure(series) <= best.Departures[0].order {
		return best
	}
	if i := slices.IndexFunc(series, func(r *Result) bool { return len(r.Departures) > 0 }); i >= 0 {
		return series[i]
	}
	return series[0]
}

// decide finds out whether an exchange that agrees would depart with another
// connection that may be its own, and agree with a third one that leads
// elsewhere.
func (m *matcher) decide(r *Result) {
	c := r.Client()
	ambiguous := func(j *joined) bool { return len(j.Or) > 0 }
	if len(r.Departures) > 0 || r.cmp == nil || c.of == nil || !slices.ContainsFunc(r.Conns, ambiguous) {
		return
	}
	a := m.weave.chosen
	q := &openQuestion{}
	kinds := map[string]bool{kindOf(r): true}
	for _, slot := range m.weave.slotsOf(c.turns) {
		mine := a.by[slot]
		q.Agrees = append(q.Agrees, a.items[mine].conn)
		for _, item := range a.others(slot, maxTies) {
			from := a.of[item]
			a.by[slot] = item
			m.weave.own(slot)
			if other := m.of(c.of, c.turns); len(other.Departures) > 0 {
				q.Departs = append(q.Departs, a.items[item].conn)
			} else {
				q.Agrees = append(q.Agrees, a.items[item].conn)
				kinds[kindOf(other)] = true
			}
			a.put(mine, slot)
			a.put(item, from)
			m.weave.own(slot, from)
		}
	}
	if len(q.Departs) > 0 && len(kinds) > 1 {
		r.Open = q
	}
}

// kindOf says where a result's connections lead.
func kindOf(r *Result) string {
	out := ""
	for _, j := range r.Conns[1:] {
		out += fmt.Sprintf("%s %s\n", j.ends.name(), r.Lifecycle.Request.Name)
	}
	return out
}

package verify

import (
	"cmp"
	"slices"
)

// exchanges are the exchanges of a capture, in the order in which they began.
func (w *weave) exchanges() []*exchange {
	var out []*exchange
	for _, c := range w.conns {
		switch {
		case c.From != nil:
		case w.heads(c):
			out = append(out, w.exchange(c, w.turns[c]))
		default:
			if n := w.orphans(c); n > 0 {
				out = append(out, &exchange{Conns: []*joined{w.part(c, w.turns[c][:n], nil)}})
			}
		}
	}
	for i, x := range out {
		x.N = i + 1
	}
	return out
}

// heads reports whether an exchange begins with a connection: none of its turns
// was for another one.
func (w *weave) heads(c *joined) bool {
	return !slices.ContainsFunc(w.turns[c], func(t *turn) bool { return w.owner[t] != nil })
}

// orphans are the first turns of a connection that belong to no client, where others
// of it are for somebody. What such turns come behind has them as well.
func (w *weave) orphans(c *joined) int {
	if c.Middle {
		return 0
	}
	return slices.IndexFunc(w.turns[c], func(t *turn) bool { return w.owner[t] != nil })
}

// exchange is a client's connection, or some turns of it, and what was opened
// or used for them.
func (w *weave) exchange(c *joined, turns []*turn) *exchange {
	x := &exchange{Conns: []*joined{w.part(c, turns, nil)}}
	w.collect(x, x.Conns[0], turns)
	slices.SortStableFunc(x.Conns[1:], func(a, b *joined) int { return cmp.Compare(a.start(), b.start()) })
	return x
}

// collect adds the connections that were opened or used for turns of one.
func (w *weave) collect(x *exchange, front *joined, slots []*turn) {
	for _, c := range w.sure[front.of] {
		turns := w.turns[c]
		if front.calls < len(w.turns[front.of]) {
			turns = within(slots, turns)
		}
		if len(turns) > 0 || front.calls == len(w.turns[front.of]) {
			p := w.part(c, turns, front)
			x.Conns = append(x.Conns, p)
			w.collect(x, p, turns)
		}
	}
	used := map[*joined][]*turn{}
	var order []*joined
	for _, s := range slots {
		for _, item := range w.held(s) {
			if used[item.conn] == nil {
				order = append(order, item.conn)
			}
			used[item.conn] = append(used[item.conn], item)
		}
	}
	for _, c := range order {
		items := used[c]
		slices.SortFunc(items, earlier)
		p := w.part(c, items, front)
		x.Conns = append(x.Conns, p)
		w.collect(x, p, items)
	}
}

// within are the turns that fall into the time of a slot.
func within(slots, turns []*turn) []*turn {
	var out []*turn
	for _, t := range turns {
		if slices.ContainsFunc(slots, func(s *turn) bool { return s.within(t) }) {
			out = append(out, t)
		}
	}
	return out
}

// slot is what others are for that are for a turn: the connection of it, where a proxy relays that.
func (w *weave) slot(t *turn) *turn {
	if relay := w.relay[t.conn]; relay != nil {
		return relay
	}
	return t
}

// held are the turns that are for a turn. Of a connection that is for all of what a proxy
// relays those are for it that fall into its time, and the beginning is for the first one.
func (w *weave) held(t *turn) []*turn {
	slot, all := w.slot(t), w.turns[t.conn]
	var out []*turn
	if slot == t || t == all[0] {
		out = slices.Clone(w.tries[slot])
	}
	i, ok := w.slotOf[slot]
	if !ok || w.chosen.by[i] < 0 {
		return out
	}
	item := w.chosen.items[w.chosen.by[i]]
	if slot == t {
		return append(out, item)
	}
	for _, o := range w.turns[item.conn] {
		if w.owner[o] == slot && (len(all) == 1 || o == item && t == all[0] || o != item && t.within(o)) {
			out = append(out, o)
		}
	}
	return out
}

// part is a connection with the messages of some of its turns alone. Its
// beginning goes with the first turn; turns that belong to no client go with the one
// before them.
func (w *weave) part(c *joined, turns []*turn, from *joined) *joined {
	p := &joined{conn: c.conn, From: from, By: c.By, ends: c.ends, calls: len(turns), of: c, turns: turns}
	all := w.turns[c]
	relayed := false
	if from != nil && c.From == nil {
		known := turns
		if slot := w.owner[turns[0]]; slot != nil && slot.relayed {
			relayed, known = true, all[:1]
		}
		p.By, p.Or = w.why(known[0]), w.instead(known)
	}
	late := c.Middle && len(all) > 0 && all[0].from > 0 // what it begins with answers a request before the capture
	if len(turns) == len(all) && !late {
		return p
	}
	var events []*event
	for i, k := 0, 0; i < len(all); i++ {
		mine := k < len(turns) && turns[k] == all[i]
		switch {
		case mine && i == 0 && !late:
			events = append(events, c.Events[:all[i].to]...)
		case mine, k > 0 && turns[k-1].from < all[i].from && from != nil && w.owner[all[i]] == nil && ownedBefore(w, all, i) == turns[k-1]:
			events = append(events, c.Events[all[i].from:all[i].to]...)
		}
		if mine {
			k++
		}
	}
	part := *c.conn
	part.Events = events
	p.conn = &part
	p.Reused = turns[0] != all[0] || late
	p.Kept = turns[len(turns)-1] != all[len(all)-1]
	if turns[0] != all[0] && from != nil && c.From == nil && !relayed {
		p.By = byReuse
	}
	return p
}

// ownedBefore is the last turn before one that is for somebody.
func ownedBefore(w *weave, all []*turn, i int) *turn {
	for i--; i >= 0; i-- {
		if w.owner[all[i]] != nil {
			return all[i]
		}
	}
	return nil
}

// why is how it is known for which slot an item is: where others fit its time
// and ask for something else, it is its request.
func (w *weave) why(item *turn) joinedBy {
	i, ok := w.itemOf[item]
	if !ok || w.chosen.of[i] < 0 || w.chosen.tie[w.chosen.of[i]] != 0 {
		return byTime
	}
	mine := w.chosen.slots[w.chosen.of[i]]
	if _, read := lineOfTurn(mine); !read || sameRequest(mine, item) != fitsAll {
		return byTime
	}
	if slices.ContainsFunc(w.chosen.edges[i], func(e edge) bool { return sameRequest(w.chosen.slots[e.slot], item) != fitsAll }) {
		return byRequest
	}
	return byTime
}

// maxOthers is how many connections are named that may be another one.
const maxOthers = 8

// instead are the connections that may be an exchange's in place of one, for
// all that is known of those turns of it.
func (w *weave) instead(turns []*turn) []*joined {
	var out []*joined
	for _, t := range turns {
		i, ok := w.itemOf[t]
		if !ok || w.chosen.of[i] < 0 {
			continue
		}
		for _, o := range w.chosen.others(w.chosen.of[i], maxOthers) {
			if c := w.chosen.items[o].conn; c != t.conn && len(out) < maxOthers && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

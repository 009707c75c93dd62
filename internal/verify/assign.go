package verify

import (
	"cmp"
	"slices"
)

// fit is how well what a proxy asked of a server fits what it was asked itself;
// the better ones first.
type fit int

// The grades of a fit.
const (
	fitsAll     fit = iota + 1 // nothing that is known speaks against it
	fitsTime                   // the request says otherwise, or the model sends it elsewhere
	fitsBarely                 // both
	fitsNothing                // another client is named
)

// edge is a turn on a front connection for which a turn may have been.
type edge struct {
	slot int
	fit  fit
	gap  int // the messages of the capture between both
}

// assignment gives the turns that proxies ask of others ("items") to those for
// which they are ("slots"), each slot one at most: the most that fit, the best
// ones first (bipartite matching along augmenting paths: H. W. Kuhn, The
// Hungarian method for the assignment problem, 1955).
type assignment struct {
	slots []*turn
	items []*turn
	edges [][]edge // by item, the best first
	of    []int    // by item: its slot, or -1
	by    []int    // by slot: its item, or -1
	tie   []int    // by slot: those with the same number could be swapped; 0 for none
}

// What bounds the work for captures in which everything fits everything.
const (
	maxActive = 256     // slots that are open at a time
	maxEdges  = 64      // of one item
	maxSearch = 1 << 12 // edges that one search looks at
)

// assign finds the assignment of items to slots.
func assign(slots, items []*turn, fits func(slot, item *turn) fit) *assignment {
	a := &assignment{slots: slots, items: items, of: filled(len(items)), by: filled(len(slots)), tie: make([]int, len(slots))}
	slices.SortStableFunc(a.slots, earlier)
	slices.SortStableFunc(a.items, earlier)
	a.edges = edgesOf(a.slots, a.items, fits)
	a.match()
	a.ties()
	return a
}

func earlier(x, y *turn) int { return cmp.Compare(x.asked, y.asked) }

// edgesOf finds for every item the slots that were open when it was asked. Both
// lists are in the order of the capture.
func edgesOf(slots, items []*turn, fits func(slot, item *turn) fit) [][]edge {
	out := make([][]edge, len(items))
	var active []int
	next := 0
	for i, item := range items {
		for ; next < len(slots) && slots[next].asked < item.asked; next++ {
			active = append(active, next)
		}
		active = slices.DeleteFunc(active, func(s int) bool { end := slots[s].ends(); return end > 0 && end < item.asked })
		if n := len(active) - maxActive; n > 0 {
			active = slices.Delete(active, 0, n)
		}
		for _, s := range active {
			if !slots[s].within(item) {
				continue
			}
			if f := fits(slots[s], item); f != 0 {
				out[i] = append(out[i], edge{s, f, item.asked - slots[s].asked})
			}
		}
		slices.SortStableFunc(out[i], func(x, y edge) int { return cmp.Or(cmp.Compare(x.fit, y.fit), cmp.Compare(x.gap, y.gap)) })
		out[i] = out[i][:min(len(out[i]), maxEdges)]
	}
	return out
}

func filled(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

// match gives every item a slot that can have one, the best fits first.
func (a *assignment) match() {
	seen := make([]int, len(a.slots)) // by slot: the search that looked at it
	search := 0
	for f := fitsAll; f <= fitsNothing; f++ {
		for i := range a.items {
			if a.of[i] < 0 {
				search++
				left := maxSearch
				a.augment(i, f, seen, search, &left)
			}
		}
	}
}

// augment finds a slot for an item, and another one for whatever has it.
func (a *assignment) augment(i int, f fit, seen []int, search int, left *int) bool {
	for _, free := range []bool{true, false} {
		for _, e := range a.edges[i] {
			if *left--; *left < 0 || e.fit > f {
				break
			}
			switch {
			case free && a.by[e.slot] < 0:
				a.put(i, e.slot)
				return true
			case free || seen[e.slot] == search || a.by[e.slot] < 0:
				continue
			}
			seen[e.slot] = search
			if other := a.by[e.slot]; a.augment(other, f, seen, search, left) {
				a.put(i, e.slot)
				return true
			}
		}
	}
	return false
}

func (a *assignment) put(i, slot int) { a.of[i], a.by[slot] = slot, i }

// swap gives an item that another slot has to a slot, and that one the slot's own,
// and reports whether both fit.
func (a *assignment) swap(slot, item int) bool {
	mine, other := a.by[slot], a.of[item]
	if mine < 0 || other < 0 || !slices.ContainsFunc(a.edges[mine], func(e edge) bool { return e.slot == other }) {
		return false
	}
	a.put(item, slot)
	a.put(mine, other)
	return true
}

// fitOf is how an item fits its slot.
func (a *assignment) fitOf(i int) fit {
	for _, e := range a.edges[i] {
		if e.slot == a.of[i] {
			return e.fit
		}
	}
	return 0
}

// ties finds which slots could have another item with no item fitting worse: an
// item may move from its slot to another one where that moves its own on, round
// to the first or to a slot that has none. Those are the strongly connected
// components of the moves (R. Tarjan, 1972).
func (a *assignment) ties() {
	room := len(a.slots) // stands for every slot without an item
	moves := make([][]int, room+1)
	for i, s := range a.of {
		if s < 0 {
			continue
		}
		f := a.fitOf(i)
		for _, e := range a.edges[i] {
			if e.fit <= f && e.slot != s {
				moves[s] = append(moves[s], e.slot)
			}
		}
		moves[room] = append(moves[room], s)
	}
	for s, i := range a.by {
		if i < 0 {
			moves[s] = append(moves[s], room)
		}
	}
	parts := components(moves)
	count := map[int]int{}
	for s := range a.slots {
		count[parts[s]]++
	}
	for s := range a.slots {
		if count[parts[s]] > 1 {
			a.tie[s] = parts[s]
		}
	}
}

// others are the items that a slot could have in place of its own, at most n.
func (a *assignment) others(slot, n int) []int {
	var out []int
	if a.tie[slot] == 0 {
		return nil
	}
	for i := a.near(slot); i < len(a.items) && len(out) < n; i++ {
		if s := a.of[i]; s < 0 || s == slot || a.tie[s] != a.tie[slot] {
			if a.slots[slot].ends() > 0 && a.items[i].asked > a.slots[slot].ends() {
				break
			}
			continue
		}
		f := a.fitOf(i)
		if slices.ContainsFunc(a.edges[i], func(e edge) bool { return e.slot == slot && e.fit <= f }) {
			out = append(out, i)
		}
	}
	return out
}

// near is the first item that was asked after a slot.
func (a *assignment) near(slot int) int {
	i, _ := slices.BinarySearchFunc(a.items, a.slots[slot].asked, func(t *turn, at int) int { return cmp.Compare(t.asked, at) })
	return i
}

// components numbers the strongly connected components of a graph from 1.
func components(next [][]int) []int {
	type visit struct{ node, at int }
	n := len(next)
	index, low, part := make([]int, n), make([]int, n), make([]int, n)
	var path []int
	var calls []visit
	count, parts := 0, 0
	for root := range n {
		if index[root] != 0 {
			continue
		}
		calls = append(calls, visit{root, 0})
		for len(calls) > 0 {
			v := &calls[len(calls)-1]
			if v.at == 0 {
				count++
				index[v.node], low[v.node] = count, count
				path = append(path, v.node)
			}
			if v.at < len(next[v.node]) {
				w := next[v.node][v.at]
				v.at++
				switch {
				case index[w] == 0:
					calls = append(calls, visit{w, 0})
				case part[w] == 0:
					low[v.node] = min(low[v.node], index[w])
				}
				continue
			}
			node := v.node
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].node
				low[up] = min(low[up], low[node])
			}
			if low[node] == index[node] {
				parts++
				for {
					w := path[len(path)-1]
					path = path[:len(path)-1]
					part[w] = parts
					if w == node {
						break
					}
				}
			}
		}
	}
	return part
}

package verify

import (
	"cmp"
	"net/netip"
	"slices"
)

// Observe says what a capture shows without a model: connections that were
// opened for another one are found by what they carry and when.
func Observe(c *Capture) *Report {
	out := &Report{Capture: c}
	var conns []*joined
	for _, conn := range c.Conns {
		if len(conn.Events) > 0 {
			conns = append(conns, &joined{conn: conn})
		}
	}
	clients := clientsOf(conns)
	w := join(conns, rules{
		isClient:  func(j *joined) bool { return clients[j] },
		isFront:   func(*joined) bool { return true },
		mayFollow: behindProxy(conns),
		hints:     func(j *joined) hints { return hints{two: j.mayBeTwo(true)} },
		tried:     func(_, _ *turn) int { return maxTried },
		isRelay:   func(*joined) bool { return false },
		fits:      sameRequest,
	})
	for _, x := range w.exchanges() {
		if !c.only.has(x) {
			out.LeftOut++
			continue
		}
		res := &Result{exchange: x, Observed: observed(x.Conns), Resumed: resumedSides(x.Conns)}
		res.N = len(out.Results) + 1
		out.Results = append(out.Results, res)
	}
	return out
}

// behindProxy returns whether the second connection can be one of the proxy at
// which the first one ends. A proxy is a host that accepts connections and opens
// others; where its addresses differ, only what a connection carries can tell.
func behindProxy(conns []*joined) func(a, b *joined) bool {
	accepts := map[netip.Addr]bool{}
	for _, j := range conns {
		accepts[j.Ends[acceptor].Addr()] = true
	}
	return func(a, b *joined) bool {
		return a.Ends[acceptor] != b.Ends[acceptor] && a.Ends[opener].Addr() != b.Ends[opener].Addr() &&
			(a.Ends[acceptor].Addr() == b.Ends[opener].Addr() || !accepts[b.Ends[opener].Addr()])
	}
}

// clientsOf are the connections that begin an exchange. A host that connects where
// an exchange began, or from an address from which one did, begins another. Of
// a connection that began before the capture nothing shows who opened it first:
// it tells nothing of others, and they tell of it.
func clientsOf(conns []*joined) map[*joined]bool {
	ordered := slices.Clone(conns)
	slices.SortStableFunc(ordered, func(a, b *joined) int {
		if a.Middle != b.Middle {
			if b.Middle {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.start(), b.start())
	})
	mayFollow := behindProxy(conns)
	began, behind := map[netip.AddrPort]bool{}, map[netip.AddrPort]bool{}
	clients, proxies := map[netip.Addr]bool{}, map[netip.Addr]bool{}
	var ends []*joined // the first connection to each end
	out := map[*joined]bool{}
	for _, c := range ordered {
		to, by := c.Ends[acceptor], c.Ends[opener].Addr()
		out[c] = !behind[to] && !proxies[by] &&
			(began[to] || clients[by] || !slices.ContainsFunc(ends, func(a *joined) bool { return mayFollow(a, c) }))
		if !began[to] && !behind[to] {
			ends = append(ends, c)
		}
		if out[c] {
			began[to], clients[by] = true, true
		} else {
			behind[to], proxies[by] = true, true
		}
	}
	return out
}

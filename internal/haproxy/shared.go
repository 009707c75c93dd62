package haproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// share says in each proxy what most of its sections say. Timeouts of clients that only
// some have are those of their ports; how servers are chosen, and timeouts of servers,
// those of their routes.
func (b *builder) share() {
	for _, p := range b.order {
		fronts, backs := b.sectionsOf(p)
		for _, kind := range frontTimeouts {
			b.clientTimeout(p, fronts, kind)
		}
		if len(backs) == 0 {
			backs = fronts[:1]
		}
		for _, kind := range backTimeouts {
			if t, all := b.usual(backs, kind); all {
				p.Timeouts = append(p.Timeouts, t)
			}
		}
		slices.SortStableFunc(p.Timeouts, byPlace)
		b.behaviour(p, fronts, backs)
	}
}

// sectionsOf are the sections whose ports a proxy has, and those to whose servers they lead.
func (b *builder) sectionsOf(p *flow.ProxyDraft) (fronts, backs []*unit) {
	seen := map[*unit]bool{}
	lead := func(u *unit) {
		for _, e := range b.decisionsOf(u).out {
			if back := e.backend; back != nil && !seen[back] && len(back.servers) > 0 {
				seen[back] = true
				backs = append(backs, back)
			}
		}
	}
	for _, l := range p.Listeners {
		u := b.owner[l]
		if slices.Contains(fronts, u) {
			continue
		}
		fronts = append(fronts, u)
		lead(u)
		if stage := b.inner[u]; stage != nil {
			lead(stage.u)
		}
	}
	return fronts, backs
}

// inherited is the line that some sections have of the defaults that are the same for all of
// them, though some may say otherwise; nil for none.
func inherited(of []*unit, words ...string) *haproxycfg.Line {
	var out *haproxycfg.Line
	for i, u := range of {
		own := (&unit{m: u.m, section: &haproxycfg.Section{}, defaults: u.defaults}).last(words...)
		if own == nil || len(own.Words) <= len(words) || i > 0 && own != out {
			return nil
		}
		out = own
	}
	return out
}

// usual is the timeout of a kind that some sections inherit, else the one that most of them
// have, the first of those that are as many; all is false where one has none.
func (b *builder) usual(of []*unit, kind string) (most flow.Timeout, all bool) {
	number := map[int64]int{}
	var some []flow.Timeout
	if l := inherited(of, "timeout", kind); l != nil {
		if n, ok := b.millis(l.Words[2]); ok {
			return flow.Timeout{Kind: kind, Millis: n, At: l.At}, true
		}
	}
	for _, u := range of {
		t := b.timeouts(u, []string{kind})
		if len(t) == 0 {
			return flow.Timeout{}, false
		}
		if number[t[0].Millis]++; number[t[0].Millis] == 1 {
			some = append(some, t[0])
		}
	}
	return slices.MaxFunc(some, func(x, y flow.Timeout) int {
		return cmp.Compare(number[x.Millis], number[y.Millis])
	}), true
}

// clientTimeout is how long the ports of a proxy wait for clients: all alike, or each as its
// section says.
func (b *builder) clientTimeout(p *flow.ProxyDraft, fronts []*unit, kind string) {
	usual, all := b.usual(fronts, kind)
	if all {
		p.Timeouts = append(p.Timeouts, usual)
	}
	for _, l := range p.Listeners {
		if own := b.timeouts(b.owner[l], []string{kind}); len(own) > 0 && (!all || own[0].Millis != usual.Millis) {
			l.Timeouts = append(l.Timeouts, own...)
		}
	}
}

func byPlace(a, b flow.Timeout) int { return cmp.Compare(a.At.Start, b.At.Start) }

// connections are what becomes of connections, by the options that say so. Of several in
// a section the last one counts (measured with 2.6.12).
var connections = map[string]string{
	"httpclose": "close", "forceclose": "close", "http-server-close": "server-close", "http-keep-alive": "keep-alive",
}

// behaviour is what sections say of connections, and of the choice of servers.
func (b *builder) behaviour(p *flow.ProxyDraft, fronts, backs []*unit) {
	p.Connection = b.listOthers(slices.Concat(fronts, backs), (*unit).connection)
	p.Reuse = b.listOthers(backs, (*unit).reuse)
	p.Balance = stated(mostSay(backs, (*unit).balance))
	if l := inherited(backs, "balance"); l != nil {
		p.Balance = (&unit{m: b.model, section: &haproxycfg.Section{Lines: []*haproxycfg.Line{l}}}).balance()
	}
	for _, u := range backs {
		own := u.balance()
		if l := u.last("balance"); l != nil && len(l.Words) > 1 && (own.V != l.Arg(1) || len(l.Words) > 2) {
			b.list(flow.LosesDetail, own.At, asWritten(own.At)) // of what the hash is
		}
	}
	retries := b.listOthers(backs, (*unit).retries)
	if n, err := strconv.Atoi(retries.V); err == nil && n >= 0 {
		if n > flow.MostRetries {
			b.list(flow.LosesDetail, retries.At, fmt.Sprintf("%s: shown as %d, the most that a model has", asWritten(retries.At), flow.MostRetries))
		}
		p.Retries = flow.State(min(n, flow.MostRetries), retries.At)
	} else if retries.IsSet() {
		b.report(haproxycfg.FaultValue, retries.At, "write retries N", "invalid number %q of retries", retries.V)
	}
}

// What a section says of connections and servers, or HAProxy's default (configuration
// manual, 4.2).
func (u *unit) reuse() flow.Fact[string]   { return u.word("http-reuse", "safe") }
func (u *unit) retries() flow.Fact[string] { return u.word("retries", "3") }

// balance leaves out of what a hash is.
func (u *unit) balance() flow.Fact[string] {
	f := u.word("balance", "roundrobin")
	name, _, _ := strings.Cut(f.V, "(")
	switch f.V = name; name {
	case "url_param", "hdr", "rdp-cookie", "hash", "log-hash":
		f.V = "hash"
	case "sticky", "log-sticky":
		f.V = "first"
	}
	return f
}

func (u *unit) connection() flow.Fact[string] {
	if l := u.lastOption(connections); l != nil {
		return flow.State(connections[l.Arg(1)], l.At)
	}
	return flow.Default("keep-alive")
}

// word is the argument of the last line with a keyword.
func (u *unit) word(keyword, otherwise string) flow.Fact[string] {
	if l := u.last(keyword); l != nil {
		return flow.State(cmp.Or(l.Arg(1), otherwise), l.At) // "balance" alone is round robin
	}
	return flow.Default(otherwise)
}

// mostSay is what most sections say, the first of those that are as many.
func mostSay(of []*unit, says func(*unit) flow.Fact[string]) flow.Fact[string] {
	number := map[string]int{}
	best := flow.Fact[string]{}
	for _, u := range of {
		own := says(u)
		if number[own.V]++; number[own.V] > number[best.V] || best.V == "" || own.V == best.V && !best.IsSet() {
			best = own
		}
	}
	return best
}

// listOthers is what most sections say. Lines that say something else are listed.
func (b *builder) listOthers(of []*unit, says func(*unit) flow.Fact[string]) flow.Fact[string] {
	best := mostSay(of, says)
	for _, u := range of {
		if own := says(u); own.IsSet() && own.V != best.V {
			b.list(flow.LosesDetail, own.At, asWritten(own.At))
		}
	}
	return stated(best)
}

// stated is a fact that a line states; nothing of a default.
func stated(f flow.Fact[string]) flow.Fact[string] {
	if f.IsSet() {
		return f
	}
	return flow.Fact[string]{}
}

// ownBalance is how a backend chooses among its servers, where its proxy says otherwise.
func (b *builder) ownBalance(p *flow.ProxyDraft, back *unit) flow.Fact[string] {
	own := back.balance()
	usual := cmp.Or(p.Balance.V, "roundrobin")
	itself := len(back.m.linesOf(back.section, "balance")) > 0 // also of one server: others may come
	switch {
	case own.V == usual || len(back.servers) < 2 && !back.templated() && !itself:
		return flow.Fact[string]{}
	case !own.IsSet():
		return flow.State(own.V, back.section.At)
	}
	return own
}

// templated reports whether a section makes servers of a template.
func (u *unit) templated() bool {
	return slices.ContainsFunc(u.servers, func(s *server) bool { return s.line.Is("server-template") })
}

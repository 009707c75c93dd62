package diff

import (
	"context"
	"slices"
	"sync"

	"github.com/flowc-lang/flowc/flow"
)

// side is one of the two topologies, and what is asked for in it.
type side struct {
	t       *flow.Topology
	paths   *flow.Paths
	clients map[string]*flow.Client
	asks    []*asked
	by      map[askKey]*asked
	foreign map[*flow.Client]*flow.Client // clients of the other topology as they are here
	sources map[*flow.Proxy]bool          // whether conditions of its routes are about addresses
	cross   []flow.Question               // what is asked for there, and not here
	fill    []func([]member)              // takes the paths of each client of each question of cross
}

// askKey tells apart what is asked for in a topology.
type askKey struct {
	via  *flow.Listener
	port int
	what string
}

// asked is something that is asked for, and what each kind of client gets.
type asked struct {
	ask     *flow.Ask
	answers []*answer
	used    bool
	astray  bool // the name of the host leads elsewhere, so that nobody asks here
}

// answer is what a client gets: the paths that its bytes can take.
type answer struct {
	client  *flow.Client
	members []member
}

// member is a path, and the class of the client that goes it.
type member struct {
	path  *flow.Path
	class *flow.Class
}

func newSide(ctx context.Context, of Side) *side {
	t := of.Topology
	s := &side{t: t, clients: map[string]*flow.Client{}, by: map[askKey]*asked{}, foreign: map[*flow.Client]*flow.Client{}, sources: map[*flow.Proxy]bool{}}
	for _, c := range t.Clients {
		s.clients[c.Name] = c
	}
	s.paths = of.Paths
	if s.paths == nil {
		if s.paths = flow.FindPaths(ctx, t, func(*flow.Request) bool { return false }); s.paths == nil {
			return nil
		}
	}
	var last *asked
	for _, p := range s.paths.All {
		if last == nil || last.ask != p.Ask {
			last = s.asked(p.Ask)
		}
		last.add(p)
	}
	if !s.derived(ctx) {
		return nil
	}
	for _, a := range s.asks {
		entries, domain := t.EntryProxies(a.ask.Call.Host)
		a.astray = domain != "" && !a.ask.Inside && a.ask.Request == nil && !slices.Contains(entries, a.ask.Via.Proxy)
	}
	return s
}

// derived has the topology asked for what its own requests ask for that no path is of: they
// come to a proxy that leads it nowhere.
func (s *side) derived(ctx context.Context) (ok bool) {
	routes := sync.OnceValue(func() map[string]*flow.Route {
		out := make(map[string]*flow.Route, len(s.t.Routes))
		for _, r := range s.t.Routes {
			out[r.Name] = r
		}
		return out
	})
	for _, q := range s.t.Requests {
		a, ok := q.AsAsk()
		if !ok || a.Via == nil || q.From == nil || s.by[askKey{a.Via, a.Port(), a.What()}] != nil {
			continue
		}
		if a.Wanted = routes()[q.Name]; a.Wanted == nil {
			continue
		}
		own := &answer{client: q.From}
		x := s.asked(&a)
		x.answers = append(x.answers, own)
		s.ask(&a, a.Via, q.From, func(m []member) { own.members = m })
	}
	return s.follow(ctx)
}

// asked is where what an ask asks for is noted.
func (s *side) asked(a *flow.Ask) *asked {
	k := askKey{a.Via, a.Port(), a.What()}
	if known := s.by[k]; known != nil {
		known.ask = a
		return known
	}
	out := &asked{ask: a}
	s.by[k] = out
	s.asks = append(s.asks, out)
	return out
}

// add notes a path for each of its clients.
func (x *asked) add(p *flow.Path) {
	for i, c := range p.Clients {
		a := x.of(c)
		if a == nil {
			a = &answer{client: c}
			x.answers = append(x.answers, a)
		}
		a.members = append(a.members, member{p, p.Classes[i]})
	}
}

func (x *asked) of(c *flow.Client) *answer {
	for _, a := range x.answers {
		if a.client == c {
			return a
		}
	}
	return nil
}

// where is the port at which clients ask here for what the other topology is asked for at
// one of its ports: of the same proxy, unless the name leads there and to another one here, or
// others stand in front of it; nil where nothing listens.
func (s *side) where(p *pairing, there *side, a *flow.Ask) *flow.Listener {
	same := other(p, a.Via.Proxy)
	port := a.Port()
	for _, l := range []*flow.Listener{other(p, a.Via), listens(same, port)} {
		if l != nil && s.by[askKey{l, port, a.What()}] != nil {
			return l // it is asked for there natively
		}
	}
	before, _ := there.t.EntryProxies(a.Call.Host)
	stays := a.Inside || a.Request != nil && a.Request.ViaStated || !slices.Contains(before, a.Via.Proxy)
	entries, domain := s.t.EntryProxies(a.Call.Host)
	if same != nil && (stays || slices.Contains(entries, same)) {
		if l := same.Listens(port); l != nil || stays || domain == "" {
			return l
		}
	}
	for _, e := range entries {
		if l := e.Listens(port); l != nil && (same == nil || domain != "" || s.t.IsBehind(same)) {
			return l
		}
	}
	return listens(same, port)
}

// listens is the port of a proxy, of which there may be none.
func listens(p *flow.Proxy, port int) *flow.Listener {
	if p == nil {
		return nil
	}
	return p.Listens(port)
}

// kindKey tells clients apart as paths do.
type kindKey struct {
	kind    int
	address string // of one that is made up, to have an address
}

func (s *side) kindOf(c *flow.Client) kindKey {
	base := s.clients[c.Name]
	switch base {
	case c:
		return kindKey{kind: s.paths.Kind(c)}
	case nil:
		return kindKey{kind: -1}
	}
	return kindKey{s.paths.Kind(base), c.Address.V}
}

// here is a client of the other topology as it is here: the same party, or else a copy of it.
func (s *side) here(p *pairing, there *side, c *flow.Client) *flow.Client {
	if known := s.foreign[c]; known != nil {
		return known
	}
	base := there.clients[c.Name]
	out := other(p, base)
	switch {
	case base == nil || out == nil:
		out = p.copied(c)
	case c != base: // it is made up, to have an address
		at := *out
		at.Address = c.Address
		out = &at
	}
	s.foreign[c] = out
	return out
}

// copied is a client whose zone, CAs and certificate are those of the other topology.
func (p *pairing) copied(c *flow.Client) *flow.Client {
	out := *c
	out.Zone = other(p, c.Zone)
	out.End.Trust = slices.Clone(c.End.Trust)
	for i := range out.End.Trust {
		ca := &out.End.Trust[i]
		if o := other(p, ca.V); o != nil {
			ca.V = o
		}
	}
	if o := other(p, c.End.Certificate.V); o != nil {
		out.End.Certificate.V = o
	} else if k := c.End.Certificate.V; k != nil {
		own := *k
		if ca := other(p, k.Issuer.V); ca != nil {
			own.Issuer.V = ca
		}
		out.End.Certificate.V = &own
	}
	return &out
}

// ask has something of the other topology asked here, at a port, by a client, and filled in
// when all is followed.
func (s *side) ask(a *flow.Ask, l *flow.Listener, c *flow.Client, fill func([]member)) {
	if l == nil || a.Request == nil && !l.Proxy.ReachedFrom(c.Zone) {
		return
	}
	s.cross = append(s.cross, flow.Question{Ask: a.At(l, c), Clients: []*flow.Client{c}})
	s.fill = append(s.fill, fill)
}

// follow follows what was asked.
func (s *side) follow(ctx context.Context) (ok bool) {
	if len(s.cross) == 0 {
		return true
	}
	found := flow.Answers(ctx, s.t, s.cross)
	if found == nil {
		return false
	}
	at := make(map[*flow.Ask]int, len(s.cross))
	for i := range s.cross {
		at[s.cross[i].Ask] = i
	}
	members := make([][]member, len(s.cross))
	for _, p := range found.All {
		i := at[p.Ask]
		members[i] = append(members[i], member{p, p.Classes[0]})
	}
	for i, fill := range s.fill {
		fill(members[i])
	}
	s.cross, s.fill = nil, nil
	return true
}

// question is something that is asked for in both topologies.
type question struct {
	old, is   *asked         // nil where that topology alone is not asked for it
	at        *flow.Ask      // one of them
	was, goes *flow.Listener // the port at which it is asked for; nil where nothing listens
	by        []*exchange
}

// exchange is what one kind of client gets of a question.
type exchange struct {
	q        *question
	client   [2]*flow.Client // as each of the topologies has it
	stranger string          // what is said of a client that no model states; "" for one that is stated
	outsider bool            // it is on no allow list
	gone     bool            // the new topology does not state the client
	apart    bool            // the client could not reach the port in the old topology
	was, is  []member
	noWas    bool // the old topology is not asked natively for it
}

// questions pairs what the two topologies are asked for, and asks each for what the other
// one alone is asked for.
func questions(p *pairing, old, is *side) []*question {
	var out []*question
	for _, a := range old.asks {
		if a.astray {
			out = append(out, byName(p, old, is, a)...)
			continue
		}
		l := is.where(p, old, a.ask)
		q := &question{old: a, at: a.ask, was: a.ask.Via, goes: l}
		if l != nil {
			if q.is = is.by[askKey{l, a.ask.Port(), a.ask.What()}]; q.is != nil {
				q.is.used = true
				q.at = q.is.ask
			}
		}
		out = append(out, q)
	}
	for _, a := range is.asks {
		if a.astray {
			out = append(out, byName(p, old, is, a)...)
			continue
		}
		if a.used {
			continue
		}
		l := old.where(p, is, a.ask)
		q := &question{is: a, at: a.ask, was: l, goes: a.ask.Via}
		if l != nil {
			q.old = old.by[askKey{l, a.ask.Port(), a.ask.What()}]
		}
		out = append(out, q)
	}
	for _, q := range out {
		q.exchanges(p, old, is)
	}
	return out
}

// byName is what is asked for where a name leads, in each topology, in place of a port that
// it does not lead to.
func byName(p *pairing, old, is *side, a *asked) []*question {
	was := old.entry(a.ask, nil)
	q := &question{at: a.ask, was: was, goes: is.entry(a.ask, other(p, was))}
	for _, o := range a.answers {
		x := &exchange{q: q, noWas: true}
		if old.clients[o.client.Name] == o.client {
			x.client = [2]*flow.Client{o.client, is.here(p, old, o.client)}
		} else {
			x.client = [2]*flow.Client{old.here(p, is, o.client), o.client}
		}
		q.by = append(q.by, x)
		old.ask(a.ask, q.was, x.client[0], func(m []member) { x.was = m })
		is.ask(a.ask, q.goes, x.client[1], func(m []member) { x.is = m })
	}
	return []*question{q}
}

// entry is a port to which a name leads, the one that is wanted or the first one; nil where
// nothing listens.
func (s *side) entry(a *flow.Ask, wanted *flow.Listener) *flow.Listener {
	entries, _ := s.t.EntryProxies(a.Call.Host)
	if wanted != nil && slices.Contains(entries, wanted.Proxy) {
		return wanted
	}
	for _, e := range entries {
		if l := e.Listens(a.Port()); l != nil {
			return l
		}
	}
	return nil
}

// exchanges lists who asks, and has each side asked that nobody asks natively.
func (q *question) exchanges(p *pairing, old, is *side) {
	var mine, theirs []*answer
	if q.old != nil {
		mine = q.old.answers
	}
	if q.is != nil {
		theirs = q.is.answers
	}
	taken := make([]bool, len(theirs))
	for _, a := range mine {
		c := is.here(p, old, a.client)
		x := &exchange{q: q, client: [2]*flow.Client{a.client, c}, was: a.members, gone: other(p, old.clients[a.client.Name]) == nil}
		q.by = append(q.by, x)
		kind := is.kindOf(c)
		i := slices.IndexFunc(theirs, func(o *answer) bool { return is.kindOf(o.client) == kind })
		if i >= 0 && kind.kind >= 0 {
			taken[i], x.is = true, theirs[i].members
			continue
		}
		is.ask(q.old.ask, q.goes, c, func(m []member) { x.is = m })
	}
	for i, a := range theirs {
		if taken[i] {
			continue
		}
		c := old.here(p, is, a.client)
		x := &exchange{q: q, client: [2]*flow.Client{c, a.client}, is: a.members}
		q.by = append(q.by, x)
		kind := old.kindOf(c)
		j := slices.IndexFunc(mine, func(o *answer) bool { return old.kindOf(o.client) == kind })
		if j >= 0 && kind.kind >= 0 {
			x.was = mine[j].members
			continue
		}
		x.noWas = true
		x.apart = q.was != nil && !q.was.Proxy.ReachedFrom(c.Zone)
		old.ask(q.is.ask, q.was, c, func(m []member) { x.was = m })
	}
}

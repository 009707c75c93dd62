package diff

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// exchange compares what a client gets in the two topologies.
func (c *comparison) exchange(x *exchange) {
	if c.equal(x.was, x.is) {
		return
	}
	if c.merged = c.sameAddresses(x); c.merged && c.equal(x.was, x.is) {
		c.merged = false
		return // the same servers, in other backends
	}
	defer func() { c.merged = false }()
	c.worst, c.noted = 0, 0
	for _, p := range c.matched(x) {
		c.way(x, p[0], p[1])
	}
	c.outcome(x)
	if c.noted == 0 {
		c.say(Way, x, first(x.was), first(x.is), "", "", "")
	}
}

func first(of []member) *member {
	if len(of) == 0 {
		return nil
	}
	return &of[0]
}

// one is the first path that succeeds, or that fails; else the first one.
func (c *comparison) one(of []member, ok bool) *member {
	for i := range of {
		if c.faces.face(of[i].class).ok == ok {
			return &of[i]
		}
	}
	return first(of)
}

// equal reports whether two sets of paths mean the same.
func (c *comparison) equal(was, is []member) bool {
	if len(was) != len(is) && !c.merged {
		return false
	}
	if len(was) == 1 && len(is) == 1 {
		c.buf = c.old.signature(c, c.buf[:0], was[0])
		n := len(c.buf)
		c.buf = c.is.signature(c, c.buf, is[0])
		return bytes.Equal(c.buf[:n], c.buf[n:])
	}
	sign := func(s *side, of []member) []string {
		out := make([]string, len(of))
		for i := range of {
			out[i] = string(s.signature(c, nil, of[i]))
		}
		slices.Sort(out)
		if c.merged {
			out = slices.Compact(out)
		}
		return out
	}
	return slices.Equal(sign(c.old, was), sign(c.is, is))
}

// sameAddresses reports whether the servers on all paths of the two sides have the same addresses:
// then it does not matter how they are divided into backends.
func (c *comparison) sameAddresses(x *exchange) bool {
	ends := func(of []member) []string {
		var out []string
		for i := range of {
			s := last(&of[i]).Server
			if s == nil {
				continue
			}
			at := addressesOf(s.Backend)
			if at == "" {
				return nil
			}
			out = append(out, strings.Fields(at)...)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	was := ends(x.was)
	return len(was) > 0 && slices.Equal(was, ends(x.is))
}

// signature appends what a path means: two with the same one are no difference.
func (s *side) signature(c *comparison, b []byte, m member) []byte {
	b = append(b, byte(m.path.End))
	b = appendUint(b, uint64(c.faces.face(m.class).id))
	for i := range m.path.Hops {
		h := &m.path.Hops[i]
		b = appendUint(b, uint64(c.party(h)))
		if c.certified {
			a := authOn(h)
			b = append(b, byte(a.Mode))
			b = appendUint(b, uint64(c.ca(a.CA)))
		}
		if h.Opens && h.TLS {
			b = c.trust(b, s.opener(m, i))
		}
		if !h.TLS && s.untrusted(m, i) {
			b = append(b, 1)
		}
	}
	return append(b, redirectOf(m.path)...)
}

// party is the number of who is at the far end of a hop; 0 for nobody.
func (c *comparison) party(h *flow.Hop) int32 {
	switch {
	case h.Server != nil && c.merged:
		return -1
	case h.Server != nil:
		return c.pairs.idOf(h.Server.Backend)
	case h.Listener != nil:
		return c.pairs.idOf(h.Listener.Proxy)
	}
	return 0
}

// partyName names who is at the far end of a hop.
func partyName(h *flow.Hop) string {
	switch {
	case h.Server != nil:
		return h.Server.Backend.Name
	case h.Listener != nil:
		return h.Listener.Proxy.Name
	case h.Target != nil:
		return h.Target.Name()
	}
	return ""
}

func (c *comparison) ca(ca *flow.CA) int32 {
	if ca == nil {
		return 0
	}
	return c.pairs.idOf(ca)
}

// authOn is the client certificate that the far end of a hop requests in the session that ends there.
func authOn(h *flow.Hop) flow.ClientAuth {
	switch {
	case !h.TLS || h.Relayed != nil:
		return flow.ClientAuth{}
	case h.Server != nil:
		return h.Server.Backend.End.ClientCertificate.V
	case h.Listener != nil && h.Listener.Terminates():
		return h.Listener.Asks(h.SNI).V
	}
	return flow.ClientAuth{}
}

// asksAny reports whether any port, route or server of a topology asks for a client certificate.
func asksAny(t *flow.Topology) bool {
	asks := func(a flow.Fact[flow.ClientAuth]) bool { return a.V.Mode != flow.AuthNone }
	return slices.ContainsFunc(t.Routes, func(r *flow.Route) bool { return asks(r.ClientCertificate) }) ||
		slices.ContainsFunc(t.Backends, func(b *flow.Backend) bool { return asks(b.End.ClientCertificate) }) ||
		slices.ContainsFunc(t.Proxies, func(p *flow.Proxy) bool {
			return slices.ContainsFunc(p.Listeners, func(l *flow.Listener) bool { return asks(l.End.ClientCertificate) })
		})
}

// opener is the end that opens the session of a hop.
func (s *side) opener(m member, hop int) flow.ClientEnd {
	h := &m.path.Hops[hop]
	if h.From == nil {
		return m.class.Client.End
	}
	return h.Route.UpstreamEnd(h.From)
}

// trust appends the CAs that an end trusts.
func (c *comparison) trust(b []byte, end flow.ClientEnd) []byte {
	if !end.Verify.V {
		return append(b, 1)
	}
	ids := make([]uint64, len(end.Trust))
	for i, ca := range end.Trust {
		ids[i] = uint64(c.ca(ca.V))
	}
	b = append(b, 2)
	for _, id := range sorted(ids) {
		b = appendUint(b, id)
	}
	return b
}

// untrusted reports whether a hop crosses a network that is stated as untrusted.
func (s *side) untrusted(m member, hop int) bool {
	if len(s.t.Zones) == 0 {
		return false
	}
	from, to := s.zones(m, hop)
	_, ok := s.t.Untrusted(from, to)
	return ok
}

func (s *side) zones(m member, hop int) (from, to *flow.Zone) {
	h := &m.path.Hops[hop]
	from = m.class.Client.Zone
	if h.From != nil {
		from = h.From.Zone
	}
	switch {
	case h.Server != nil:
		to = h.Server.Backend.Zone
	case h.Listener != nil:
		to = h.Listener.Proxy.Zone
	}
	return from, to
}

// redirectOf is where a path redirects to, or what it is answered by a route.
func redirectOf(p *flow.Path) string {
	switch {
	case p.Route == nil:
	case p.End == flow.EndRedirect && p.Route.Redirect.IsSet():
		return words.Redirect(p.Route.Redirect.V)
	case p.End == flow.EndRedirect:
		return fmt.Sprintf("%d to https", p.Route.RedirectStatus.V)
	case p.End == flow.EndAnswer:
		return words.Answer(p.Route.Answer.V)
	}
	return ""
}

// got is what comes of the paths of one side.
type got struct {
	words   string // "200", "200 or 503"
	all     bool   // every path succeeds
	some    bool   // some path does
	unled   bool   // on none there is a route or a listener for it
	nothing bool   // nothing listens
}

func (c *comparison) got(of []member) got {
	if len(of) == 0 {
		return got{words: "no connection", unled: true, nothing: true}
	}
	out := got{all: true, unled: true}
	var seen []string
	for _, m := range of {
		f := c.faces.face(m.class)
		text := f.outcome
		if to := redirectOf(m.path); f.ok && m.path.End == flow.EndRedirect && to != "" {
			text = to
		}
		if !slices.Contains(seen, text) {
			seen = append(seen, text)
		}
		out.all, out.some, out.unled = out.all && f.ok, out.some || f.ok, out.unled && f.unled
	}
	slices.Sort(seen)
	out.words = strings.Join(seen, " or ")
	return out
}

// outcome compares how requests end.
func (c *comparison) outcome(x *exchange) {
	was, is := c.got(x.was), c.got(x.is)
	if was.words == is.words && was.all == is.all && was.some == is.some {
		return
	}
	k := c.kindOf(x, was, is)
	if was.some && (k == Answers || k == Plaintext) && c.worst == Breaking {
		return // it is said why
	}
	wants := k != Fails && k != Closed && k != FailsOther // what succeeds shows it
	c.say(k, x, c.one(x.was, !wants), c.one(x.is, wants), "", was.words, is.words)
}

// kindOf is the kind of a difference of outcomes.
func (c *comparison) kindOf(x *exchange, was, is got) Kind {
	switch {
	case was.all && !is.all, was.some && !is.some:
		if x.stranger != "" || x.gone {
			return Closed
		}
		return Fails
	case !was.some && is.some:
		if k := c.opens(x, was); k != 0 {
			return k
		}
		if x.noWas && was.unled && !x.apart && !c.known(x.q.at) {
			return Added
		}
		return Mended
	case !was.all && is.all:
		return Mended
	case was.some && c.sentToTLS(x):
		return Plaintext
	case was.some:
		return Answers
	}
	return FailsOther
}

// known reports whether a route of the old topology is for what is asked for.
func (c *comparison) known(a *flow.Ask) bool {
	if c.hosts == nil {
		c.hosts = map[string]bool{}
		for _, r := range c.result.Old.Routes {
			for _, p := range slices.Concat(r.Proxies, []*flow.Proxy{{}}) {
				c.hosts[flow.Fold(r.HostOn(p))+strings.TrimSuffix(r.Path.V, "/")] = true
			}
		}
	}
	path := strings.TrimSuffix(a.Call.Path, "/")
	return a.Wanted != nil && c.hosts[flow.Fold(a.Pattern())+path] || c.hosts[flow.Fold(a.Call.Host)+path]
}

// pair is a path of each side that are compared; one of them may be nil.
type pair [2]*member

// matched pairs the paths of two sides: those over the same parties, then those that end at
// the same one, then the rest as they come.
func (c *comparison) matched(x *exchange) []pair {
	var out []pair
	old, is := pointers(x.was), pointers(x.is)
	take := func(same func(a, b *member) bool) {
		old = slices.DeleteFunc(old, func(a *member) bool {
			i := slices.IndexFunc(is, func(b *member) bool { return same(a, b) })
			if i < 0 {
				return false
			}
			out = append(out, pair{a, is[i]})
			is = slices.Delete(is, i, i+1)
			return true
		})
	}
	take(func(a, b *member) bool {
		return c.sameWay(a, b) && c.faces.face(a.class).id == c.faces.face(b.class).id
	})
	take(c.sameWay)
	take(func(a, b *member) bool {
		return c.party(last(a)) == c.party(last(b)) && c.party(last(a)) != 0
	})
	if len(old) == len(is) {
		take(func(*member, *member) bool { return true })
	}
	for _, a := range old {
		out = append(out, pair{a, nil})
	}
	for _, b := range is {
		out = append(out, pair{nil, b})
	}
	return out
}

func last(m *member) *flow.Hop { return &m.path.Hops[len(m.path.Hops)-1] }

func pointers(of []member) []*member {
	out := make([]*member, len(of))
	for i := range of {
		out[i] = &of[i]
	}
	return out
}

func (c *comparison) sameWay(a, b *member) bool {
	return slices.EqualFunc(a.path.Hops, b.path.Hops, func(h, o flow.Hop) bool { return c.party(&h) == c.party(&o) })
}

// way compares two paths hop by hop.
func (c *comparison) way(x *exchange, a, b *member) {
	switch {
	case a == nil && b == nil:
		return
	case a == nil || b == nil:
		c.alone(x, a, b)
		return
	}
	f, g := c.faces.face(a.class), c.faces.face(b.class)
	if a.path.End == flow.EndServer && b.path.End == flow.EndServer && c.party(last(a)) != c.party(last(b)) && f.ok && g.ok {
		c.say(Goes, x, a, b, "", partyName(last(a)), partyName(last(b)))
	}
	at := map[int32]int{}
	for i := range a.path.Hops {
		at[c.party(&a.path.Hops[i])] = i
	}
	n := len(a.path.Hops)
	for j := range b.path.Hops {
		i, ok := at[c.party(&b.path.Hops[j])]
		if !ok && j == len(b.path.Hops)-1 && c.lastAlone(a, b) {
			i, ok = n-1, true // other servers, in the place of those
		}
		if ok {
			c.hop(x, a, b, i, j)
			continue
		}
		c.come(x, a, b, j)
	}
	c.left(x, a, b)
}

// lastAlone reports whether the ends of two paths stand in each other's place.
func (c *comparison) lastAlone(a, b *member) bool {
	end := c.party(last(a))
	return last(a).Server != nil && last(b).Server != nil &&
		!slices.ContainsFunc(b.path.Hops, func(h flow.Hop) bool { return c.party(&h) == end })
}

// alone is a path that is there on one side alone: some requests go elsewhere.
func (c *comparison) alone(x *exchange, a, b *member) {
	switch {
	case c.merged:
	case a != nil && len(x.is) > 0 && a.path.End == flow.EndServer && c.faces.face(a.class).ok:
		c.say(Goes, x, a, first(x.is), "", partyName(last(a)), "")
	case b != nil && len(x.was) > 0 && b.path.End == flow.EndServer && c.faces.face(b.class).ok && c.got(x.was).some:
		c.say(Goes, x, first(x.was), b, "", "", partyName(last(b)))
		c.nearest(x, b)
	}
}

// mostNearest is with how many of the old paths a new one is compared.
const mostNearest = 8

// nearest compares a path that is there on the new side alone with the old one from which it differs
// the least: where it is protected less than each of them, that is said.
func (c *comparison) nearest(x *exchange, b *member) {
	var best []saying
	worst := Breaking + 1
	for i := range x.was[:min(len(x.was), mostNearest)] {
		a := &x.was[i]
		if !c.faces.face(a.class).ok {
			continue
		}
		outer := c.held
		c.held = &[]saying{}
		c.way(x, a, b)
		said := *c.held
		c.held = outer
		own := Grade(0)
		for _, s := range said {
			own = max(own, s.kind.Grade())
		}
		if own < worst {
			best, worst = said, own
		}
	}
	for _, s := range best {
		if s.kind != Goes && s.kind != Way {
			c.say(s.kind, s.x, s.a, s.b, s.where, s.was, s.is)
		}
	}
}

// saying is a difference that may be said.
type saying struct {
	kind           Kind
	x              *exchange
	a, b           *member
	where, was, is string
}

// come is a party on the new way that was not on the old one.
func (c *comparison) come(x *exchange, a, b *member, j int) {
	f, g := c.faces.face(a.class), c.faces.face(b.class)
	h := &b.path.Hops[j]
	if h.Listener == nil || !f.ok || !g.ok {
		return
	}
	if hop := g.hops[j]; hop.stands && hop.far.reads() {
		c.say(Reads, x, a, b, partyName(h), "", "reads requests")
		return
	}
	c.say(Way, x, a, b, partyName(h), "", "passes requests on")
}

// left are the parties on the old way that are not on the new one.
func (c *comparison) left(x *exchange, a, b *member) {
	f, g := c.faces.face(a.class), c.faces.face(b.class)
	if !f.ok || !g.ok {
		return
	}
	for i := range a.path.Hops {
		h := &a.path.Hops[i]
		gone := h.Listener != nil && !slices.ContainsFunc(b.path.Hops, func(o flow.Hop) bool { return c.party(&o) == c.party(h) })
		if gone {
			c.say(Way, x, a, b, partyName(h), "passes requests on", "")
		}
	}
}

// hop compares a hop of one path with the one of the other that leads to the same party.
func (c *comparison) hop(x *exchange, a, b *member, i, j int) {
	f, g := &c.faces.face(a.class).hops[i], &c.faces.face(b.class).hops[j]
	h, o := &a.path.Hops[i], &b.path.Hops[j]
	where := hopName(b, j)
	if h.TLS && o.TLS {
		c.certificates(x, a, b, i, j, where)
	}
	c.plain(x, a, b, i, j, where)
	if !f.crossed || !g.crossed || !c.faces.face(a.class).ok || !c.faces.face(b.class).ok {
		return // of what fails, that is said
	}
	c.readers(x, a, b, f, g, o, where)
	if h.TLS && o.TLS && f.versions != g.versions && f.versions.Min != 0 && g.versions.Min != 0 {
		c.say(Session, x, a, b, where, "TLS "+f.versions.String(), "TLS "+g.versions.String())
	}
}

// plain compares whether a hop is read by everybody on the wire.
func (c *comparison) plain(x *exchange, a, b *member, i, j int, where string) {
	f, g := c.faces.face(a.class), c.faces.face(b.class)
	h, o := &a.path.Hops[i], &b.path.Hops[j]
	switch {
	case h.TLS && !o.TLS && f.hops[i].crossed && g.hops[j].crossed:
		c.say(Plaintext, x, a, b, where, "TLS", "plaintext")
	case !h.TLS && o.TLS && f.hops[i].crossed && g.hops[j].crossed:
		c.say(Encrypted, x, a, b, where, "plaintext", "TLS")
	case f.ok && !h.TLS && !o.TLS && !a.class.Summary.Plain[i] && b.class.Summary.Plain[j] && g.ok && c.inTLS(x):
		c.say(Plaintext, x, a, b, where, "no server was asked", "servers are asked")
	}
	was, is := c.old.untrusted(*a, i), c.is.untrusted(*b, j)
	if !was && is && !o.TLS && g.hops[j].crossed && f.ok && g.ok {
		_, to := c.is.zones(*b, j)
		c.say(Reads, x, a, b, where, "", "plaintext over an untrusted network"+in(to))
	}
	if was && !is && !h.TLS && f.hops[i].crossed {
		c.say(ReadsLess, x, a, b, where, "plaintext over an untrusted network", "")
	}
}

func in(z *flow.Zone) string {
	if z == nil {
		return ""
	}
	return " to zone " + z.Name
}

// readers compares who can read what around a hop.
func (c *comparison) readers(x *exchange, a, b *member, f, g *hopFace, o *flow.Hop, where string) {
	if f.stands && g.stands && o.Server == nil {
		switch {
		case !f.far.reads() && g.far.reads():
			c.say(Reads, x, a, b, partyName(o), "passes requests on unread", "reads requests")
		case f.far.reads() && !g.far.reads():
			c.say(ReadsLess, x, a, b, partyName(o), "reads requests", "passes requests on unread")
		}
	}
	type shown struct {
		what    string
		was, is flow.Visibility
	}
	for _, s := range []shown{
		{"the SNI", f.wire.sni, g.wire.sni},
		{"the certificate", f.wire.certificate, g.wire.certificate},
		{"the client's address", f.wire.address, g.wire.address},
	} {
		if s.was != s.is && f.wire.url == g.wire.url {
			c.say(Shows, x, a, b, where, s.what+" "+readable(s.was), s.what+" "+readable(s.is))
		}
	}
	if f.far.address != g.far.address && f.stands && g.stands && f.wire.address == g.wire.address {
		c.say(Shows, x, a, b, partyName(o), "the client's address "+readable(f.far.address), "the client's address "+readable(g.far.address))
	}
}

func readable(v flow.Visibility) string {
	if v == flow.Hidden {
		return "is not shown"
	}
	return "is shown"
}

// certificates compares who verifies whom on a hop.
func (c *comparison) certificates(x *exchange, a, b *member, i, j int, where string) {
	f, g := &c.faces.face(a.class).hops[i], &c.faces.face(b.class).hops[j]
	h, o := &a.path.Hops[i], &b.path.Hops[j]
	if h.Opens && o.Opens {
		was, is := c.old.opener(*a, i), c.is.opener(*b, j)
		who := openerName(b, j)
		switch {
		case was.Verify.V && !is.Verify.V:
			c.say(Unverified, x, a, b, where, who+" verifies the certificate", who+" verifies nothing")
		case !was.Verify.V && is.Verify.V:
			c.say(Verified, x, a, b, where, who+" verifies nothing", who+" verifies the certificate")
		case was.Verify.V && !bytes.Equal(c.trust(nil, was), c.trust(nil, is)):
			c.say(Verified, x, a, b, where, who+" trusts "+trusted(was), who+" trusts "+trusted(is))
		}
		switch {
		case !f.crossed || !g.crossed || !f.verified || !g.verified || f.named == g.named:
		case f.named:
			c.say(Unverified, x, a, b, where, who+" verifies the name", who+" verifies no name")
		default:
			c.say(Verified, x, a, b, where, who+" verifies no name", who+" verifies the name")
		}
	}
	was, is := authOn(h), authOn(o)
	switch to := partyName(o); {
	case was.Mode > is.Mode:
		c.say(Uncertified, x, a, b, where, to+" "+asks(was), to+" "+asks(is))
	case was.Mode < is.Mode, was.Mode != flow.AuthNone && c.ca(was.CA) != c.ca(is.CA):
		c.say(Verified, x, a, b, where, to+" "+asks(was), to+" "+asks(is))
	}
}

func asks(a flow.ClientAuth) string {
	var text string
	switch a.Mode {
	case flow.AuthNone:
		return "requests no client certificate"
	case flow.AuthOptional:
		text = "accepts a client certificate"
	case flow.AuthRequired:
		text = "requires a client certificate"
	default:
		panic("diff: unknown mode of client authentication")
	}
	if a.CA != nil {
		text += " of " + a.CA.Name
	}
	return text
}

func trusted(end flow.ClientEnd) string {
	if len(end.Trust) == 0 {
		return "public CAs"
	}
	var names []string
	for _, ca := range end.Trust {
		names = append(names, ca.V.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// hopName is "edge > shop".
func hopName(m *member, hop int) string {
	return connector(m, hop) + " > " + partyName(&m.path.Hops[hop])
}

// connector names who opens the connection of a hop.
func connector(m *member, hop int) string {
	if from := m.path.Hops[hop].From; from != nil {
		return from.Name
	}
	return m.class.Client.Name
}

// openerName names who opens the session that crosses a hop.
func openerName(m *member, hop int) string {
	for i := hop; i > 0; i-- {
		if h := &m.path.Hops[i]; h.Opens {
			return h.From.Name
		}
	}
	return m.class.Client.Name
}

// say notes a difference of what a client gets.
func (c *comparison) say(k Kind, x *exchange, a, b *member, where, was, is string) {
	if c.held != nil {
		*c.held = append(*c.held, saying{k, x, a, b, where, was, is})
		return
	}
	c.noted++
	c.worst = max(c.worst, k.Grade())
	s := Subject{Asks: asksFor(x), From: cmp.Or(x.stranger, x.client[1].Name), Where: where}
	if a != nil {
		s.Old = Course{a.path, x.client[0]}
	}
	if b != nil {
		s.New = Course{b.path, x.client[1]}
	}
	c.note(k, was, is, s, c.causes(k, x, a, b))
}

// asksFor is what is asked for, in words.
func asksFor(x *exchange) string {
	a := x.q.at
	call := a.Call
	if a.Placeholder() {
		call.Host = strings.Replace(cmp.Or(a.Pattern(), "(any host)"), "*", "(any)", 1)
	}
	text := call.URL()
	if call.IsHTTP() {
		text = call.Method + " " + text
	}
	return text
}

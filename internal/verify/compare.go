package verify

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// difference is how a capture departs from a lifecycle.
type difference int

// The kinds of difference.
const (
	stepMissing   difference = iota + 1 // derived and not captured
	messageExtra                        // captured and not derived
	secrecyEarly                        // captured before what must come first
	factDifferent                       // captured with another meaning than derived
)

// String returns the word of the JSON contract.
func (d difference) String() string {
	return [...]string{"", "missing", "extra", "early", "different"}[d]
}

// Departure is one place at which a capture departs from a lifecycle.
type Departure struct {
	Kind  difference
	Step  *flow.Step // nil for Extra
	Event *event     // nil for Missing
	After *event     // of Missing: what it should have followed; of Early: what should have come first
	Text  string
	first *flow.Step // of Early: what After is
	conn  *flow.Connection
	side  connSide
	order int // where it stands in the capture
}

// comparison holds the connections of an exchange against a lifecycle.
type comparison struct {
	lc        *flow.Lifecycle
	conns     []*joined
	steps     []*flow.Step        // those of the lifecycle, and what comes later
	later     map[*flow.Step]bool // beyond the outcome: whether it comes is open
	derived   map[*joined]*flow.Connection
	joined    map[*flow.Connection]*joined
	begun     []begun // connections that carry on what another one began
	at        map[*flow.Step]span
	encrypted map[*flow.Step]bool   // of at: a protected record may be it
	events    map[*event]*flow.Step // what a message was found to be
	byOrder   map[int]*event
	out       []Departure
	followed  int // missing steps that follow from an earlier departure
	open      int // steps that the capture ends before
	last      int // the order of the last message
}

// span is where a step may stand in the capture: a protected record can be one
// step or another.
type span struct{ lo, hi int }

// compare returns how an exchange's connections depart from a lifecycle.
func compare(lc *flow.Lifecycle, conns []*joined) *comparison {
	c := &comparison{
		lc: lc, conns: conns, steps: slices.Concat(lc.Steps, lc.Later), later: map[*flow.Step]bool{}, derived: map[*joined]*flow.Connection{}, joined: map[*flow.Connection]*joined{},
		at: map[*flow.Step]span{}, encrypted: map[*flow.Step]bool{}, events: map[*event]*flow.Step{}, byOrder: map[int]*event{},
	}
	for _, j := range conns {
		for _, e := range j.Events {
			c.byOrder[e.Order] = e
			c.last = max(c.last, e.Order)
		}
	}
	for _, s := range lc.Later {
		c.later[s] = true
	}
	c.pair()
	c.carryOn()
	steps := map[*flow.Connection]*[2][]*flow.Step{}
	for _, s := range c.steps {
		if s.Kind() != flow.Message {
			continue
		}
		if steps[s.Connection] == nil {
			steps[s.Connection] = &[2][]*flow.Step{}
		}
		side := sideOf(s)
		steps[s.Connection][side] = append(steps[s.Connection][side], s)
	}
	var missing []*flow.Step
	for _, conn := range lc.Connections {
		j := c.joined[conn]
		if steps[conn] == nil {
			continue
		}
		for side := range 2 {
			if j == nil {
				missing = append(missing, c.mandatory(steps[conn][side])...)
				continue
			}
			missing = append(missing, c.direction(j, connSide(side), j.own(steps[conn][side]))...)
		}
	}
	for _, j := range conns {
		if c.derived[j] == nil {
			c.unexpected(j)
		}
	}
	c.relayed()
	missing = append(missing, c.order()...)
	c.absent(missing)
	slices.SortStableFunc(c.out, func(a, b Departure) int { return cmp.Compare(a.order, b.order) })
	c.instead()
	c.follow()
	return c
}

// follow leaves out what is missing on a connection behind its first departure:
// it is a consequence, and only counted.
func (c *comparison) follow() {
	departed := map[*flow.Connection]bool{}
	c.out = slices.DeleteFunc(c.out, func(d Departure) bool {
		after := d.Kind == stepMissing && d.Event == nil && departed[d.conn]
		departed[d.conn] = departed[d.conn] || d.conn != nil
		if after {
			c.followed++
		}
		return after
	})
}

// instead makes one departure of what is missing on a direction and what came
// there in its place.
func (c *comparison) instead() {
	for i := 0; i < len(c.out); i++ {
		d := &c.out[i]
		if d.Kind != stepMissing {
			continue
		}
		first := func(o Departure) bool { return o.conn == d.conn && o.side == d.side && o.Kind != factDifferent }
		if slices.IndexFunc(c.out, first) != i {
			continue
		}
		j := slices.IndexFunc(c.out, func(o Departure) bool { return first(o) && o.Kind == messageExtra })
		if j < 0 {
			continue
		}
		d.Event = c.out[j].Event
		d.Text = fmt.Sprintf("%s came where %s is expected", d.Event.words(), stepWords(d.Step))
		c.out = slices.Delete(c.out, j, j+1)
	}
}

func sideOf(s *flow.Step) connSide {
	if s.From == s.Connection.From {
		return opener
	}
	return acceptor
}

// optional reports whether a step may be missing. What goes over a unix socket is in no
// capture.
func (c *comparison) optional(s *flow.Step) bool {
	return s.Optional || c.later[s] || s.Connection != nil && s.Connection.OverSocket()
}

func (c *comparison) mandatory(steps []*flow.Step) []*flow.Step {
	return slices.DeleteFunc(slices.Clone(steps), c.optional)
}

// pair gives each connection of the capture the derived one that it is: those
// that end at the same place, in order. The servers of a backend are one place.
func (c *comparison) pair() {
	free := slices.Clone(c.lc.Connections)
	for _, j := range c.conns {
		i := slices.IndexFunc(free, func(d *flow.Connection) bool {
			return j.ends.accept(d) && (d.To.Kind != flow.KindProxy || (d.From.Kind == flow.KindClient) == (j.From == nil))
		})
		if i < 0 {
			continue
		}
		c.derived[j], c.joined[free[i]] = free[i], j
		free = slices.Delete(free, i, i+1)
	}
}

// unexpected is a connection that is not derived at all.
func (c *comparison) unexpected(j *joined) {
	for _, e := range j.Events {
		if e.Aside {
			continue
		}
		c.depart(Departure{
			Kind: messageExtra, Event: e, side: e.From, order: e.Order,
			Text: fmt.Sprintf("%s opens a connection to %s, which is not expected%s", c.openerName(j), j.ends.name(), c.noRoute()),
		})
		return
	}
}

// noRoute is ": " and why no connection to a server is derived, where it is that no route is
// taken; else "".
func (c *comparison) noRoute() string {
	taken := slices.ContainsFunc(c.lc.Exchanges, func(x *flow.Exchange) bool { return x.Route != nil })
	if why := c.lc.Outcome.Why; why != nil && !taken {
		return ": " + words.Why(why)
	}
	return ""
}

func (c *comparison) openerName(j *joined) string {
	if j.From != nil {
		return j.From.ends.name()
	}
	return "a client"
}

// direction compares one direction of one connection and returns the derived
// steps that it lacks.
func (c *comparison) direction(j *joined, side connSide, steps []*flow.Step) (missing []*flow.Step) {
	used := map[*flow.Step]bool{}
	var hidden []*event
	var stream *flow.Step // of bytes that go on
	for _, e := range j.Events {
		switch {
		case e.From != side:
		case e.Secrecy == secrecyHidden:
			hidden = append(hidden, e)
		default:
			s := match(e, steps, used)
			switch {
			case s == nil && stream != nil && e.Op == flow.OpData:
				c.more(stream, e)
				continue
			case s == nil:
				c.extra(j, e)
				continue
			}
			used[s] = true
			c.found(j, s, e)
			c.meaning(j, s, e)
			if isStream(s) {
				stream = s
			}
		}
	}
	rest := slices.DeleteFunc(slices.Clone(steps), func(s *flow.Step) bool { return used[s] })
	if len(hidden) > 0 || readsNothing(j) {
		var encrypted []*flow.Step
		encrypted, rest = split(rest, func(s *flow.Step) bool { return s.Protected })
		missing = c.records(j, side, encrypted, hidden)
	}
	missing = append(missing, c.mandatory(rest)...)
	if j.Lost[side] > 0 {
		return nil // what is missing may be among the lost bytes
	}
	return missing
}

// readsNothing reports whether the connection carries TLS that was not read.
func readsNothing(j *joined) bool { return j.TLS != nil && !j.TLS.Read }

func split(steps []*flow.Step, is func(*flow.Step) bool) (yes, no []*flow.Step) {
	for _, s := range steps {
		if is(s) {
			yes = append(yes, s)
		} else {
			no = append(no, s)
		}
	}
	return yes, no
}

// match returns the first step that a readable message can be.
func match(e *event, steps []*flow.Step, used map[*flow.Step]bool) *flow.Step {
	for _, s := range steps {
		if !used[s] && (s.Op == e.Op || e.Op == flow.OpData && isStream(s)) &&
			(e.Op != flow.OpAlert || e.alert() == 0 || e.alert() == s.Alert()) &&
			(s.Layer() != flow.LayerHTTP || s.Protected == e.Inside) {
			return s
		}
	}
	return nil
}

// isStream reports whether a step is bytes that need not come at once: a body,
// a tunnel, what is not HTTP.
func isStream(s *flow.Step) bool {
	_, unknown := s.Facts.(flow.UnknownProtocol)
	return s.Op == flow.OpData || unknown
}

// more notes that a stream goes on.
func (c *comparison) more(s *flow.Step, e *event) {
	at := c.at[s]
	at.hi = e.Order
	c.at[s], c.events[e] = at, s
}

func (c *comparison) found(j *joined, s *flow.Step, e *event) {
	c.at[s] = span{e.Order, e.Order}
	if j.Lost[e.From] > 0 {
		c.at[s] = span{0, e.Order} // an earlier one of its kind may be lost
	}
	c.events[e] = s
}

func (c *comparison) depart(d Departure) { c.out = append(c.out, d) }

func (c *comparison) extra(j *joined, e *event) {
	if e.Aside || c.pooled(j) && e.closes() || c.takesTicket(j, e) || e.From == acceptor && j.Lost[opener] > 0 {
		return // what it answers may be among the lost bytes
	}
	c.depart(Departure{
		Kind: messageExtra, Event: e, conn: c.derived[j], side: e.From, order: e.Order,
		Text: fmt.Sprintf("%s is not expected", e.words()),
	})
}

// takesTicket reports whether a message is the ticket of TLS 1.2 that the
// ClientHello asks for where none is derived: whether a client asks for tickets
// is not in a model. There is one.
func (c *comparison) takesTicket(j *joined, e *event) bool {
	if e.Op != flow.OpNewSessionTicket || e.From != acceptor || j.TLS == nil || !j.TLS.Tickets || j.TLS.Version == 0 || j.TLS.Version >= flow.TLS13 {
		return false
	}
	first := slices.IndexFunc(j.Events, func(o *event) bool { return o.Op == flow.OpNewSessionTicket })
	return j.Events[first] == e && !slices.ContainsFunc(c.steps, func(s *flow.Step) bool {
		return s.Op == flow.OpNewSessionTicket && s.Connection == c.derived[j] && sideOf(s) == acceptor
	}) && !slices.ContainsFunc(j.Events[first+1:], func(o *event) bool { return o.Op == flow.OpNewSessionTicket })
}

// pooled reports whether a proxy keeps the connection beyond the lifecycle: it
// may be closed at any time after.
func (c *comparison) pooled(j *joined) bool { return c.derived[j] != nil && c.derived[j].Pooled }

// closes reports whether a message ends a connection or a session.
func (e *event) closes() bool {
	return (e.Op == flow.OpFIN || e.Op == flow.OpRST) ||
		e.Op == flow.OpAlert && (e.alert() == 0 || e.alert() == flow.AlertCloseNotify)
}

// alert is what an alert says; 0 for none, and for one that was not read.
func (e *event) alert() flow.Alert {
	a, _ := e.Facts.(flow.AlertSent)
	return a.Alert
}

package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Difference is how a capture departs from a lifecycle.
type Difference int

// The kinds of difference.
const (
	Missing   Difference = iota + 1 // derived and not captured
	Extra                           // captured and not derived
	Early                           // captured before what must come first
	Different                       // captured with another meaning than derived
)

// String returns the word of the JSON contract.
func (d Difference) String() string {
	return [...]string{"", "missing", "extra", "early", "different"}[d]
}

// Departure is one place at which a capture departs from a lifecycle.
type Departure struct {
	Kind  Difference
	Step  *flow.Step // nil for Extra
	Event *Event     // nil for Missing
	After *Event     // of Missing: what it should have followed; of Early: what should have come first
	Text  string
	conn  *flow.Connection
	side  Side
	order int // where it stands in the capture
}

// comparison holds the connections of an exchange against a lifecycle.
type comparison struct {
	lc       *flow.Lifecycle
	conns    []*Joined
	derived  map[*Joined]*flow.Connection
	joined   map[*flow.Connection]*Joined
	at       map[*flow.Step]span
	veiled   map[*flow.Step]bool   // of at: a protected record may be it
	events   map[*Event]*flow.Step // what a message was found to be
	byOrder  map[int]*Event
	out      []Departure
	followed int // missing steps that follow from an earlier departure
	open     int // steps that the capture ends before
	last     int // the order of the last message
}

// span is where a step may stand in the capture: a protected record can be one
// step or another.
type span struct{ lo, hi int }

// compare returns how an exchange's connections depart from a lifecycle.
func compare(lc *flow.Lifecycle, conns []*Joined) *comparison {
	c := &comparison{
		lc: lc, conns: conns, derived: map[*Joined]*flow.Connection{}, joined: map[*flow.Connection]*Joined{},
		at: map[*flow.Step]span{}, veiled: map[*flow.Step]bool{}, events: map[*Event]*flow.Step{}, byOrder: map[int]*Event{},
	}
	for _, j := range conns {
		for _, e := range j.Events {
			c.byOrder[e.Order] = e
			c.last = max(c.last, e.Order)
		}
	}
	c.pair()
	steps := map[*flow.Connection]*[2][]*flow.Step{}
	for _, s := range lc.Steps {
		if s.Kind != flow.Message {
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
				missing = append(missing, mandatory(steps[conn][side])...)
				continue
			}
			missing = append(missing, c.direction(j, Side(side), steps[conn][side])...)
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
		after := d.Kind == Missing && d.Event == nil && departed[d.conn]
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
		if d.Kind != Missing {
			continue
		}
		first := func(o Departure) bool { return o.conn == d.conn && o.side == d.side && o.Kind != Different }
		if slices.IndexFunc(c.out, first) != i {
			continue
		}
		j := slices.IndexFunc(c.out, func(o Departure) bool { return first(o) && o.Kind == Extra })
		if j < 0 {
			continue
		}
		d.Event = c.out[j].Event
		d.Text = fmt.Sprintf("%s came where %s is derived", d.Event.words(), stepWords(d.Step))
		c.out = slices.Delete(c.out, j, j+1)
	}
}

func sideOf(s *flow.Step) Side {
	if s.From == s.Connection.From {
		return Opener
	}
	return Acceptor
}

func mandatory(steps []*flow.Step) []*flow.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s *flow.Step) bool { return s.Optional })
}

// pair gives each connection of the capture the derived one that it is: those
// that end at the same place, in order. The servers of a backend are one place.
func (c *comparison) pair() {
	derivedEnd := func(d *flow.Connection) string {
		if d.To.Server != nil {
			return d.To.Server.Backend.Name
		}
		return d.To.ID
	}
	free := slices.Clone(c.lc.Connections)
	for _, j := range c.conns {
		i := slices.IndexFunc(free, func(d *flow.Connection) bool {
			return derivedEnd(d) == j.hop.group() &&
				(j.hop.kind != hopListener || d.Port == j.hop.listener.Port) &&
				(j.hop.kind != hopListener || (d.From.Kind == flow.KindClient) == (j.From == nil))
		})
		if i < 0 {
			continue
		}
		c.derived[j], c.joined[free[i]] = free[i], j
		free = slices.Delete(free, i, i+1)
	}
}

// unexpected is a connection that is not derived at all.
func (c *comparison) unexpected(j *Joined) {
	for _, e := range j.Events {
		if e.Aside {
			continue
		}
		c.depart(Departure{
			Kind: Extra, Event: e, side: e.From, order: e.Order,
			Text: fmt.Sprintf("%s opens a connection to %s, which is not derived", c.openerName(j), j.hop.name()),
		})
		return
	}
}

func (c *comparison) openerName(j *Joined) string {
	if j.From != nil {
		return j.From.hop.name()
	}
	return "a client"
}

// direction compares one direction of one connection and returns the derived
// steps that it lacks.
func (c *comparison) direction(j *Joined, side Side, steps []*flow.Step) (missing []*flow.Step) {
	used := map[*flow.Step]bool{}
	var hidden []*Event
	for _, e := range j.Events {
		switch {
		case e.From != side:
		case e.Secrecy == Hidden:
			hidden = append(hidden, e)
		default:
			s := match(e, steps, used)
			if s == nil {
				c.extra(j, e)
				continue
			}
			used[s] = true
			c.found(j, s, e)
			c.meaning(j, s, e)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(steps), func(s *flow.Step) bool { return used[s] })
	if len(hidden) > 0 || readsNothing(j) {
		var veiled []*flow.Step
		veiled, rest = split(rest, func(s *flow.Step) bool { return s.Protected })
		missing = c.records(j, side, veiled, hidden)
	}
	missing = append(missing, mandatory(rest)...)
	if j.Lost[side] > 0 {
		return nil // what is missing may be among the lost bytes
	}
	return missing
}

// readsNothing reports whether the connection carries TLS that was not read.
func readsNothing(j *Joined) bool { return j.TLS != nil && !j.TLS.Read }

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
func match(e *Event, steps []*flow.Step, used map[*flow.Step]bool) *flow.Step {
	for _, s := range steps {
		if !used[s] && s.Layer == e.Layer && s.Name == e.Name &&
			(e.Name != "Alert" || e.Detail == "" || s.Detail == "" || e.Detail == s.Detail) &&
			(s.Layer != flow.LayerHTTP || s.Protected == e.Inside) {
			return s
		}
	}
	return nil
}

func (c *comparison) found(j *Joined, s *flow.Step, e *Event) {
	c.at[s] = span{e.Order, e.Order}
	if j.Lost[e.From] > 0 {
		c.at[s] = span{0, e.Order} // an earlier one of its kind may be lost
	}
	c.events[e] = s
}

// place notes that one of several protected records holds a step.
func (c *comparison) place(j *Joined, s *flow.Step, first, last *Event) {
	c.at[s], c.veiled[s] = span{first.Order, last.Order}, true
	if j.Lost[last.From] > 0 {
		c.at[s] = span{0, last.Order}
	}
}

func (c *comparison) depart(d Departure) { c.out = append(c.out, d) }

func (c *comparison) extra(j *Joined, e *Event) {
	if e.Aside || c.pooled(j) && e.closes() {
		return
	}
	c.depart(Departure{
		Kind: Extra, Event: e, conn: c.derived[j], side: e.From, order: e.Order,
		Text: fmt.Sprintf("%s is not derived", e.words()),
	})
}

// pooled reports whether a proxy keeps the connection beyond the lifecycle: it
// may be closed at any time after.
func (c *comparison) pooled(j *Joined) bool { return c.derived[j] != nil && c.derived[j].Left != "" }

// closes reports whether a message ends a connection or a session.
func (e *Event) closes() bool {
	return e.Layer == flow.LayerTCP && (e.Name == "FIN" || e.Name == "RST") ||
		e.Name == "Alert" && (e.Detail == "" || e.Detail == "close_notify")
}

// group is steps that may share a protected record: one message of HTTP, or
// messages of the handshake under the same keys (RFC 8446, 5.1).
type group struct {
	steps    []*flow.Step
	optional bool
}

// records compares the protected records of a direction with the steps that
// they hide. What is certain: different content types and different keys do
// not share a record, and an alert of TLS 1.3 is a record of a known length.
func (c *comparison) records(j *Joined, side Side, veiled []*flow.Step, hidden []*Event) (missing []*flow.Step) {
	alerts, veiled := split(veiled, func(s *flow.Step) bool { return s.Name == "Alert" })
	if j.TLS != nil && j.TLS.Version == flow.TLS13 {
		hidden, missing = c.alerts(j, alerts, hidden)
		if n := len(hidden); c.pooled(j) && n > 0 && hidden[n-1].isAlert() {
			hidden = hidden[:n-1]
		}
	} else {
		missing = mandatory(alerts)
	}
	groups, must := groupsOf(veiled), 0
	for _, g := range groups {
		if !g.optional {
			must++
		}
	}
	n := 0
	for _, e := range hidden {
		n += e.Count
	}
	most := n
	if !slices.ContainsFunc(veiled, func(s *flow.Step) bool { return s.Layer == flow.LayerHTTP }) {
		most = len(veiled)
	}
	if n > most {
		e := hidden[min(most, len(hidden)-1)]
		c.depart(Departure{
			Kind: Extra, Event: e, conn: c.derived[j], side: side, order: e.Order,
			Text: fmt.Sprintf("%s is not derived", e.words()),
		})
	}
	before := 0
	for _, g := range groups {
		switch {
		case g.optional:
			continue
		case before >= n:
			missing = append(missing, mandatory(g.steps)...)
		default:
			last := max(n-(must-before), before) // room for the groups behind
			first, end := nth(hidden, before), nth(hidden, last)
			for _, s := range g.steps {
				c.place(j, s, first, end)
			}
			if first == end {
				c.events[first] = g.steps[0]
			}
		}
		before++
	}
	return missing
}

// nth returns the event of the nth record, counting folded ones.
func nth(hidden []*Event, n int) *Event {
	for _, e := range hidden {
		if n < e.Count {
			return e
		}
		n -= e.Count
	}
	return hidden[len(hidden)-1]
}

// groupsOf puts together what may share a record.
func groupsOf(steps []*flow.Step) []group {
	var out []group
	kind := func(s *flow.Step) string {
		switch {
		case s.Layer == flow.LayerHTTP:
			return "http"
		case s.Name == "NewSessionTicket":
			return "tickets"
		}
		return "handshake"
	}
	for _, s := range steps {
		if n := len(out); n > 0 && kind(s) == kind(out[n-1].steps[0]) && !(speech[s.Name] && out[n-1].speaks()) {
			out[n-1].steps = append(out[n-1].steps, s)
			out[n-1].optional = out[n-1].optional && s.Optional
			continue
		}
		out = append(out, group{steps: []*flow.Step{s}, optional: s.Optional})
	}
	return out
}

// speech are the messages of HTTP that wait for the other side before the next
// one of their direction; what opens HTTP/2 may share a record with them.
var speech = map[string]bool{"request": true, "response": true, "data": true}

func (g *group) speaks() bool {
	return slices.ContainsFunc(g.steps, func(s *flow.Step) bool { return speech[s.Name] })
}

// alerts takes the records that are as long as an alert for the derived
// alerts, the last ones first: a message of two bytes is as long, too.
func (c *comparison) alerts(j *Joined, alerts []*flow.Step, hidden []*Event) (rest []*Event, missing []*flow.Step) {
	var short []*Event
	for _, e := range hidden {
		if e.isAlert() {
			short = append(short, e)
		}
	}
	take := min(len(short), len(alerts))
	short = short[len(short)-take:]
	// the optional ones give way first
	chosen := slices.Clone(alerts)
	for i := len(chosen) - 1; i >= 0 && len(chosen) > take; i-- {
		if chosen[i].Optional {
			chosen = slices.Delete(chosen, i, i+1)
		}
	}
	missing = mandatory(chosen[min(take, len(chosen)):])
	for i, s := range chosen[:min(take, len(chosen))] {
		c.found(j, s, short[i])
	}
	rest = slices.DeleteFunc(slices.Clone(hidden), func(e *Event) bool {
		return slices.Contains(short[:min(take, len(chosen))], e)
	})
	return rest, missing
}

// isAlert reports whether a protected record is as long as an alert.
func (e *Event) isAlert() bool {
	return e.Secrecy == Hidden && e.Count == 1 && e.Bytes == recordHeader+alertRecord
}

// meaning compares what a message says with what is derived.
func (c *comparison) meaning(j *Joined, s *flow.Step, e *Event) {
	wrong := ""
	switch ses := j.TLS; {
	case s.Name == "ClientHello" && ses != nil && s.Session != nil && ses.SNI != strings.ToLower(s.Session.SNI):
		wrong = fmt.Sprintf("the ClientHello has %s, derived is %s", sni(ses.SNI), sni(s.Session.SNI))
	case s.Name == "ServerHello" && ses != nil && s.Session != nil && ses.Version != 0 && s.Session.Version != 0 && ses.Version != s.Session.Version:
		wrong = fmt.Sprintf("the ServerHello chooses TLS %s, derived is TLS %s", ses.Version, s.Session.Version)
	case s.Name == "response":
		if got, want := statusIn(e.Detail), statusIn(s.Detail); got != "" && want != "" && got != want && !slices.Contains(c.lc.Outcome.Client, got) {
			wrong = fmt.Sprintf("the response is %s, derived is %s", got, want)
		}
	}
	if wrong != "" {
		c.depart(Departure{Kind: Different, Step: s, Event: e, conn: s.Connection, side: e.From, order: e.Order, Text: wrong})
	}
}

func sni(name string) string {
	if name == "" {
		return "no SNI"
	}
	return "SNI " + name
}

// statusIn returns the status of "HTTP/1.1 200 OK"; "" where there is none.
func statusIn(line string) string {
	for _, w := range strings.Fields(line) {
		if n, err := strconv.Atoi(w); err == nil && n >= 100 && n < 1000 {
			return w
		}
	}
	return ""
}

// relayed compares which connections carry one session: a relay passes on the
// client's own ClientHello, whoever ends TLS sends another one.
func (c *comparison) relayed() {
	for _, j := range c.conns {
		if j.From == nil || c.derived[j] == nil || c.derived[j.From] == nil || !j.hello() || !j.From.hello() {
			continue
		}
		s, o := sessionOn(c.lc, c.derived[j]), sessionOn(c.lc, c.derived[j.From])
		same := j.TLS.Random == j.From.TLS.Random
		if s == nil || o == nil || (s == o) == same {
			continue
		}
		for _, e := range j.Events {
			if e.Name != "ClientHello" {
				continue
			}
			text := "the ClientHello is the client's own, relayed; derived is one of the proxy's"
			if !same {
				text = "the ClientHello is one of the proxy's; derived is the client's own, relayed"
			}
			c.depart(Departure{Kind: Different, Step: c.events[e], Event: e, conn: c.derived[j], side: Opener, order: e.Order, Text: text})
			break
		}
	}
}

// hello reports whether the connection's ClientHello was read.
func (c *Conn) hello() bool { return c.TLS != nil && c.TLS.Random != "" }

// sessionOn is the first TLS session that a connection carries.
func sessionOn(lc *flow.Lifecycle, conn *flow.Connection) *flow.Session {
	for _, s := range lc.Steps {
		if s.Connection == conn && s.Layer == flow.LayerTLS && s.Session != nil {
			return s.Session
		}
	}
	return nil
}

// order finds the steps that the capture shows before one that must precede
// them. A protected record that comes too early to be a step is not it, and the
// step is missing.
func (c *comparison) order() (missing []*flow.Step) {
	low := map[*flow.Step]int{} // of a step and all before it, the latest place
	for _, s := range c.lc.Steps {
		high := 0
		for _, a := range s.After {
			high = max(high, low[a])
		}
		if at, ok := c.at[s]; ok {
			switch {
			case at.hi < high && c.veiled[s]:
				delete(c.at, s)
				if !s.Optional {
					missing = append(missing, s)
				}
				at.lo = 0
			case at.hi < high:
				e, before := c.byOrder[at.hi], c.byOrder[high]
				c.depart(Departure{
					Kind: Early, Step: s, Event: e, After: before, conn: s.Connection, side: sideOf(s), order: at.hi,
					Text: fmt.Sprintf("%s comes before %s", e.words(), before.words()),
				})
			}
			high = max(high, at.lo)
		}
		low[s] = high
	}
	return missing
}

// absent says which steps the capture should have and does not. Where an
// exchange is still going on at its end, they may come yet.
func (c *comparison) absent(missing []*flow.Step) {
	low := map[*flow.Step]int{}
	for _, s := range c.lc.Steps {
		for _, a := range s.After {
			low[s] = max(low[s], low[a], c.at[a].lo)
		}
	}
	for _, s := range missing {
		j := c.joined[s.Connection]
		after := max(low[s], c.before(s))
		switch {
		case j != nil && j.Middle && after < j.start():
			continue // it was before the capture began
		case c.unfinished(s, after):
			c.open++
			continue
		}
		d := Departure{Kind: Missing, Step: s, After: c.byOrder[after], conn: s.Connection, side: sideOf(s), order: after}
		d.Text = fmt.Sprintf("%s is derived and not captured", stepWords(s))
		c.depart(d)
	}
}

// before is the place of the last step of the same direction before s.
func (c *comparison) before(s *flow.Step) int {
	out := 0
	for _, o := range c.lc.Steps {
		if o == s {
			break
		}
		if o.Kind == flow.Message && o.Connection == s.Connection && sideOf(o) == sideOf(s) {
			out = max(out, c.at[o].lo)
		}
	}
	return out
}

// unfinished reports whether the capture may end before a step: nothing came
// after what it follows, on a connection that is not closed.
func (c *comparison) unfinished(s *flow.Step, after int) bool {
	if after < c.last {
		return false
	}
	j := c.joined[s.Connection]
	return j == nil || !j.closed()
}

// closed reports whether an end of the connection has closed it.
func (c *Conn) closed() bool {
	return slices.ContainsFunc(c.Events, func(e *Event) bool {
		return e.Layer == flow.LayerTCP && (e.Name == "FIN" || e.Name == "RST")
	})
}

// words name a message of the capture.
func (e *Event) words() string {
	switch {
	case e.Secrecy == Hidden:
		return "a protected record"
	case e.Name == "Alert" && e.Detail == "":
		return "a protected alert"
	case e.Name == "Alert":
		return "alert " + e.Detail
	case e.Layer == flow.LayerHTTP && e.Detail != "" && !e.Inside:
		return "plaintext " + e.Detail
	case e.Layer == flow.LayerHTTP && e.Detail != "":
		return e.Detail
	}
	return e.Name
}

// stepWords name a derived message.
func stepWords(s *flow.Step) string {
	switch {
	case s.Name == "Alert":
		return "alert " + s.Detail
	case s.Layer == flow.LayerHTTP && s.Detail != "" && !s.Protected:
		return "plaintext " + s.Detail
	case s.Layer == flow.LayerHTTP && s.Detail != "":
		return s.Detail
	}
	return s.Name
}

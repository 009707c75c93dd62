package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var handshakeView = &View{
	Name:  "handshake",
	Doc:   "the flights of every TLS handshake, a panel for each mode in use, and who holds the keys",
	Per:   PerModel,
	Draws: &Sequence{},
	Project: func(in *Input) (Picture, string) {
		shapes := newScope(in).shapes()
		if !slices.ContainsFunc(shapes, func(x *shape) bool { return len(x.course.Sessions) > 0 }) {
			return nil, "no TLS anywhere"
		}
		return handshakeOf(in, shapes), ""
	},
}

func handshakeOf(in *Input, shapes []*shape) *Sequence {
	s := &Sequence{}
	s.Title = heading(in.Topology, "handshakes")
	lists := [][]flow.Assumption{in.Topology.Assumed}
	var words []string
	for _, x := range shapes {
		s.Panels = append(s.Panels, flightsPanel(in, x))
		lists = append(lists, x.course.Assumed)
		words = append(words, fmt.Sprintf("%s. %s.", x.title(), strings.Join(keys(x.course), "; ")))
	}
	s.frame()
	s.Foot = assumed(lists...)
	s.Desc = strings.Join(words, " ")
	return s
}

// flight is the messages that one end sends without waiting, on one connection.
type flight struct {
	session *flow.Session
	name    flow.Flight // 0 for an alert
	alert   flow.Alert
	conn    *flow.Connection
}

// flights projects the handshakes of one course. Rows are numbered by flight,
// not by step, and a relayed flight keeps its number.
type flights struct {
	in     *Input
	course *flow.Lifecycle
	// expected says that what goes wrong is what the model says
	expected bool
	lanes    *lanes
	rows     []Row
	bands    []*Band
	clear    []*Band
	of       map[flight]*MessageRow
	number   map[flight]int // without conn
	// messages are those of a row, without ChangeCipherSpec: it protects nothing
	// in TLS 1.3 and says nothing of its own before.
	messages map[*MessageRow][]*flow.Step
}

func flightsPanel(in *Input, x *shape) *Panel {
	onPath := path(x.course)
	f := &flights{
		in: in, course: x.course, expected: in.expects(x.routes[0], x.course), of: map[flight]*MessageRow{}, number: map[flight]int{},
		messages: map[*MessageRow][]*flow.Step{},
		lanes:    newLanes(x.course, func(p *flow.Participant) bool { return onPath[p] }),
	}
	finished := lastFinished(x.course)
	for _, s := range x.course.Steps {
		if s.Attempt > 1 || s.Session == nil || !f.onLanes(s) {
			continue
		}
		switch {
		case s.Op == flow.OpVerifyCertificate:
			f.verified(s)
		case s.Kind() == flow.Message && s.Layer() == flow.LayerTLS:
			f.message(s)
			if s.Session.Up && finished[s.Session] == s {
				f.up(s.Session)
			}
		}
	}
	f.plainHops()
	for _, b := range f.bands {
		b.Last = len(f.rows) - 1
	}
	p := &Panel{
		Title: x.title(), Lifelines: f.lanes.lines, Rows: f.rows, Bands: f.bands, Clear: f.clear, Course: x.course, Flights: true,
	}
	if !slices.ContainsFunc(x.course.Sessions, func(s *flow.Session) bool { return s.Up }) {
		p.Foot = keys(x.course)
	}
	return p
}

// lastFinished is the step with which each session is up on both ends, copies
// of relays included.
func lastFinished(l *flow.Lifecycle) map[*flow.Session]*flow.Step {
	out := map[*flow.Session]*flow.Step{}
	for _, s := range l.Steps {
		if s.Op == flow.OpFinished {
			out[s.Session] = s
		}
	}
	return out
}

func (f *flights) onLanes(s *flow.Step) bool {
	if s.Kind() == flow.Action {
		return f.lanes.has(s.At)
	}
	return f.lanes.has(s.From) && f.lanes.has(s.To)
}

// message adds a message to its flight.
func (f *flights) message(s *flow.Step) {
	if s.Op == flow.OpNewSessionTicket || s.Alert() == flow.AlertCloseNotify {
		return
	}
	whole := flight{session: s.Session, name: s.Flight, alert: s.Alert()}
	key := whole
	key.conn = s.Connection
	if f.number[whole] == 0 {
		f.number[whole] = len(f.number) + 1
	}
	row := f.of[key]
	if row == nil {
		row = &MessageRow{
			Kind: messageHandshake, First: f.number[whole], Last: f.number[whole], Session: s.Session.ID, Line: line(s),
			From: f.lanes.index[s.From], To: f.lanes.index[s.To],
		}
		f.of[key] = row
		f.rows = append(f.rows, row)
	}
	if s.Op != flow.OpChangeCipherSpec {
		f.messages[row] = append(f.messages[row], s)
		row.Text = flightText(f.messages[row]) + inTheClear(f.messages[row])
		row.Line = line(f.messages[row]...)
	}
	row.IDs = append(row.IDs, s.ID)
	if s.Fault != flow.FaultNone {
		row.Marks = append(row.Marks, faultMark(words.Why(f.course.Outcome.Why), f.expected))
	}
}

// flightText is a flight in words: "ServerHello to Finished, certificate
// wildcard", "ClientHello of its own, SNI shop.shop.svc".
func flightText(ss []*flow.Step) string {
	if len(ss) == 1 && ss[0].Op == flow.OpClientHello {
		text := "ClientHello"
		if ss[0].Session.Ends[0].Kind != flow.KindClient {
			text += " of its own"
		}
		if detail := words.Detail(ss[0]); detail != "" {
			text += ", " + detail
		}
		return text
	}
	text := messageText(ss[0])
	if len(ss) > 1 {
		text = ss[0].Op.String() + " to " + ss[len(ss)-1].Op.String()
	}
	for _, s := range ss {
		if s.Op == flow.OpCertificate && s.Facts != nil && len(ss) > 1 {
			text += ", certificate " + words.Detail(s)
		}
	}
	return text
}

// verified says what the client end made of the certificate.
func (f *flights) verified(s *flow.Step) {
	f.rows = append(f.rows, &ActionRow{
		At: f.lanes.index[s.At], IDs: []string{s.ID}, Session: s.Session.ID, Text: actionText(s)})
}

// up says who holds a session's keys from now on.
func (f *flights) up(s *flow.Session) {
	b := &Band{Session: s.ID, Label: s.ID + " " + s.Title(), First: len(f.rows), Open: true}
	b.From, b.To = f.lanes.span(s.Ends[0], s.Ends[1])
	b.Relays = f.lanes.relays(s, b)
	f.bands = append(f.bands, b)
	f.rows = append(f.rows, &SpanRow{From: b.From, To: b.To, Session: s.ID, Text: keysOf(s)})
}

// plainHops says which wires see no handshake.
func (f *flights) plainHops() {
	for _, h := range hopsOf(f.course) {
		if h.session != nil || !f.lanes.has(h.conn.From) || !f.lanes.has(h.conn.To) {
			continue
		}
		at := len(f.rows)
		b := &Band{Plain: len(f.clear) + 1, Label: clearLabel(h.conn), First: at, Last: at}
		b.From, b.To = f.lanes.span(h.conn.From, h.conn.To)
		f.clear = append(f.clear, b)
		f.rows = append(f.rows, &SpanRow{From: b.From, To: b.To, Plain: b.Plain, Text: "no handshake: plain on this wire"})
	}
}

// keysOf says who holds the keys of a session.
func keysOf(s *flow.Session) string {
	return fmt.Sprintf("keys of %s: %s", s.ID, series(labels(s.Ends[:])))
}

// keys lists who holds the keys of each session.
func keys(l *flow.Lifecycle) []string {
	var out []string
	for _, s := range l.Sessions {
		if s.Up {
			out = append(out, keysOf(s))
		}
	}
	if len(out) == 0 {
		return []string{"no session is established"}
	}
	return out
}

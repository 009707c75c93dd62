package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// rowKind is what the messages of one row do together.
type rowKind int

// The kinds of row.
const (
	rowOwn rowKind = iota + 1 // one message: its layer is opened
	rowOpen
	rowClose
	rowHandshake
	rowAlert
	rowSettings
	rowHTTP
)

// unitKey says which row a message belongs to: messages of one key are one row.
type unitKey struct {
	kind  rowKind
	conn  *flow.Connection // that opens, or the first of the path
	of    *flow.Session
	alert flow.Alert
	op    flow.Op    // of HTTP
	facts flow.Facts // of HTTP
}

// unit is the messages of one row: consecutive steps with one key.
type unit struct {
	key   unitKey
	steps []*flow.Step
}

// takes reports whether a step goes into the same row. Steps of one key do; so
// does the copy that a relay passes on, unless its layer is opened.
func (u *unit) takes(s *flow.Step, key unitKey) bool {
	if key.kind == rowOwn || u.key != key {
		return false
	}
	last := u.steps[len(u.steps)-1]
	return key.kind != rowHTTP || s.Relayed && s.From == last.To
}

// key says which row a message belongs to.
func (p *panel) key(s *flow.Step) unitKey {
	if p.opened(s.Layer()) {
		return unitKey{kind: rowOwn}
	}
	switch s.Layer() {
	case flow.LayerTCP:
		if s.Op != flow.OpFIN && (s.Op != flow.OpRST || p.links.refused[s.Connection]) {
			return unitKey{kind: rowOpen, conn: s.Connection}
		}
		return unitKey{kind: rowClose, conn: p.links.root(s.Connection)}
	case flow.LayerPROXY:
		return unitKey{kind: rowOpen, conn: s.Connection}
	case flow.LayerTLS:
		switch {
		case s.Alert() == flow.AlertCloseNotify:
			return unitKey{kind: rowClose, conn: p.links.root(s.Connection)}
		case s.Op == flow.OpAlert:
			return unitKey{kind: rowAlert, of: s.Session, alert: s.Alert()}
		}
		return unitKey{kind: rowHandshake, of: s.Session}
	case flow.LayerHTTP:
		if settings[s.Op] {
			return unitKey{kind: rowSettings, conn: p.links.root(s.Connection)}
		}
		return unitKey{kind: rowHTTP, conn: p.links.root(s.Connection), op: s.Op, facts: s.Facts}
	}
	panic("view: unknown layer")
}

// opened reports whether the dial shows each message of a layer.
func (p *panel) opened(l flow.Layer) bool {
	switch l {
	case flow.LayerTCP:
		return p.show.TCP
	case flow.LayerPROXY:
		return p.show.PROXY
	case flow.LayerTLS:
		return p.show.TLS
	case flow.LayerHTTP:
		return p.show.HTTP
	}
	panic("view: unknown layer")
}

// unitRow is the row of a unit.
func (p *panel) unitRow(u *unit) Row {
	first, last := u.steps[0], u.steps[len(u.steps)-1]
	r := &MessageRow{First: first.N, Last: last.N, Line: line(u.steps...), Optional: true}
	var who []*flow.Participant
	for _, s := range u.steps {
		r.IDs = append(r.IDs, s.ID)
		r.Optional = r.Optional && s.Optional
		who = append(who, s.From, s.To)
		p.rowOf[s.N] = r
	}
	lo, hi := p.lanes.span(who...)
	r.From, r.To = lo, hi
	if p.lanes.index[first.From] == hi || p.lanes.index[first.From] > p.lanes.index[first.To] && p.lanes.index[first.To] == lo {
		r.From, r.To = hi, lo
	}
	forward := p.lanes.index[first.From] < p.lanes.index[first.To]
	r.Both = slices.ContainsFunc(u.steps, func(s *flow.Step) bool {
		return (p.lanes.index[s.From] < p.lanes.index[s.To]) != forward
	})
	session := first.Session
	switch u.key.kind {
	case rowOpen:
		r.Kind, r.Text = openKind(u.steps), openText(u.steps)
	case rowClose:
		session = p.links.sessionOn(first.Connection)
		r.Kind, r.Text = messageClose, closeText(u.steps, session, p.links.root(first.Connection).Port)
		if !slices.ContainsFunc(closing(u.steps), func(s *flow.Step) bool { return s.Op == flow.OpAlert }) {
			r.Line = LinePlain // it is drawn as what it names
		}
		// a FIN may be missing because there is RST instead: some end there is
		r.Optional = r.Optional && !slices.ContainsFunc(u.steps, func(s *flow.Step) bool { return s.Op == flow.OpFIN })
	case rowHandshake:
		r.Kind, r.Text = messageHandshake, handshakeText(u.steps)+inTheClear(u.steps)
	case rowSettings:
		r.Kind, r.Text = messageHTTP, settingsText(u.steps)
	case rowHTTP, rowAlert, rowOwn:
		if first.Layer() == flow.LayerHTTP {
			r.Kind = messageHTTP
		}
		r.Text = messageText(first) + inTheClear(u.steps)
	}
	if session != nil {
		r.Session = session.ID
	} else if r.Kind == messageHTTP && r.Line == LinePlain || r.Kind == messageClose {
		r.Plain = p.clear.number(first.Connection)
	}
	r.Marks = p.faultMarks(u.steps...)
	return r
}

// line is how messages go over the wire. Those of a row that anything in is
// protected are TLS, so a handshake is, although it begins in the clear.
func line(ss ...*flow.Step) Line {
	if slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Protected }) {
		return LineTLS
	}
	return LinePlain
}

// inTheClear says so of messages of a handshake that anyone on the wire reads.
func inTheClear(ss []*flow.Step) string {
	if ss[0].Layer() == flow.LayerTLS && line(ss...) == LinePlain {
		return ", in the clear"
	}
	return ""
}

// messageText is one message; a readable one of HTTP says so.
func messageText(s *flow.Step) string {
	detail := words.Detail(s)
	switch {
	case s.Layer() == flow.LayerHTTP:
		text := detail
		if text == "" || s.Op == flow.OpData {
			text = strings.TrimSpace(s.Op.String() + " " + detail)
		}
		if !s.Protected {
			text = "plain " + text
		}
		return text
	case s.Op == flow.OpAlert:
		return strings.TrimSpace("alert " + detail)
	case detail != "":
		return s.Op.String() + ", " + detail
	}
	return s.Op.String()
}

// openKind says whether a connection opens. A PROXY header whose connection is
// in rows of its own is a message like others.
func openKind(ss []*flow.Step) messageKind {
	switch {
	case slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpACK }):
		return messageOpen
	case slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpSYN }):
		return messageTry
	}
	return messageOther
}

// openText is how a connection begins: "TCP handshake :443, PROXY v2".
func openText(ss []*flow.Step) string {
	var parts []string
	done := slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpACK })
	for _, s := range ss {
		switch {
		case s.Layer() == flow.LayerPROXY:
			parts = add(parts, s.Op.String())
		case s.Op == flow.OpConnect:
			parts = add(parts, "connect to a unix socket")
		case !done:
			parts = add(parts, s.Op.String())
		default:
			parts = add(parts, strings.TrimSpace("TCP handshake "+port(s.Connection.Port)))
		}
	}
	return strings.Join(parts, ", ")
}

// settingsText is how an h2 connection begins: "HTTP/2 preface, SETTINGS".
func settingsText(ss []*flow.Step) string {
	var parts []string
	for _, s := range ss {
		if s.Op != flow.OpSettingsAck || len(ss) == 1 {
			parts = add(parts, s.Op.String())
		}
	}
	text := "HTTP/2 " + strings.Join(parts, ", ")
	if !ss[0].Protected {
		text = "plain " + text
	}
	return text
}

// closeText is how a connection ends, and who began: "closes: close_notify, FIN,
// Browser first". One that carries no session is told from others by its port.
func closeText(ss []*flow.Step, session *flow.Session, number int) string {
	var names []string
	for _, s := range closing(ss) {
		if s.Op == flow.OpAlert {
			names = add(names, words.Detail(s))
		} else {
			names = add(names, s.Op.String())
		}
	}
	what := "closes"
	if session == nil && number != 0 {
		what += " " + port(number)
	}
	return what + ": " + strings.Join(names, ", ") + ", " + ss[0].From.Label + " first"
}

// closing are the steps of an end that are worth a word: alerts, then FIN, then
// RST. What may be missing is left out unless it is all there is; of a FIN,
// which RST may stand for, that is no matter.
func closing(ss []*flow.Step) []*flow.Step {
	var out []*flow.Step
	for _, optional := range []bool{false, true} {
		for _, s := range ss {
			if s.Optional == optional && (!optional || s.Op == flow.OpFIN || len(out) == 0) {
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *flow.Step) int { return closeOrder[a.Op] - closeOrder[b.Op] })
	return out
}

var closeOrder = map[flow.Op]int{flow.OpAlert: 0, flow.OpFIN: 1, flow.OpRST: 2}

// handshakeText is "handshake TLS 1.3, 2 tickets", or, of a handshake that
// something else interrupts or that ends early, its messages.
func handshakeText(ss []*flow.Step) string {
	session := ss[0].Session
	var shown []*flow.Step // without relayed copies
	tickets := 0
	for _, s := range ss {
		switch {
		case s.Relayed && len(ss) > 1 && !first(s, ss):
		case s.Op == flow.OpNewSessionTicket:
			tickets++
		default:
			shown = append(shown, s)
		}
	}
	var parts []string
	switch done := slices.ContainsFunc(ss, func(s *flow.Step) bool { return s == session.Established }); {
	case done && session.Up:
		parts = append(parts, "handshake TLS "+session.Version.String())
		if session.Resumed {
			parts = append(parts, "resumed")
		}
		if session.ClientCert != nil {
			parts = append(parts, "both show certificates")
		}
	case len(shown) == 1:
		parts = append(parts, messageText(shown[0]))
	case len(shown) > 1:
		parts = append(parts, shown[0].Op.String()+" to "+shown[len(shown)-1].Op.String())
	}
	if tickets > 0 {
		parts = append(parts, count(tickets, "ticket"))
	}
	return strings.Join(parts, ", ")
}

// first reports whether no earlier step of ss is the same message, so that a
// relayed copy is counted where its original is in another row.
func first(s *flow.Step, ss []*flow.Step) bool {
	for _, o := range ss {
		if o == s {
			return true
		}
		if o.Op == s.Op && o.To == s.From {
			return false
		}
	}
	return true
}

// port is ":443"; "" where it is not known.
func port(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(":%d", n)
}

// links knows which connections one relay joined to one path, and what goes
// over them.
type links struct {
	parent   map[*flow.Connection]*flow.Connection
	refused  map[*flow.Connection]bool
	sessions map[*flow.Connection]*flow.Session
}

func newLinks(l *flow.Lifecycle) *links {
	k := &links{
		parent:   map[*flow.Connection]*flow.Connection{},
		refused:  map[*flow.Connection]bool{},
		sessions: map[*flow.Connection]*flow.Session{},
	}
	for _, s := range l.Steps {
		if s.Kind() != flow.Message {
			continue
		}
		switch s.Op {
		case flow.OpSYN:
			k.refused[s.Connection] = true
		case flow.OpACK:
			delete(k.refused, s.Connection)
		default:
		}
		if s.Relayed && len(s.After) > 0 {
			if o := s.After[len(s.After)-1]; o.Connection != nil && o.To == s.From {
				k.join(o.Connection, s.Connection)
			}
		}
	}
	for _, s := range l.Sessions {
		for i, c := range s.Connections {
			k.sessions[c] = s
			if i > 0 {
				k.join(s.Connections[0], c)
			}
		}
	}
	return k
}

func (k *links) root(c *flow.Connection) *flow.Connection {
	for k.parent[c] != nil {
		c = k.parent[c]
	}
	return c
}

func (k *links) join(a, b *flow.Connection) {
	if ra, rb := k.root(a), k.root(b); ra != rb {
		k.parent[rb] = ra
	}
}

// sessionOn returns the session that a connection carries; nil for none.
func (k *links) sessionOn(c *flow.Connection) *flow.Session { return k.sessions[c] }

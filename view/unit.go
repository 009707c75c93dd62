package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// unit is the messages of one row: consecutive steps with one key.
type unit struct {
	key   string
	steps []*flow.Step
}

// takes reports whether a step goes into the same row. Steps of one key do; so
// does the copy that a relay passes on, unless its layer is opened (key "").
func (u *unit) takes(s *flow.Step, key string) bool {
	if key == "" || u.key == "" {
		return false
	}
	last := u.steps[len(u.steps)-1]
	if strings.HasPrefix(key, "http ") && !(s.Relayed && s.From == last.To) {
		return false
	}
	return u.key == key
}

// key says which row a message belongs to; "" is a row of its own.
func (p *panel) key(s *flow.Step) string {
	switch s.Layer() {
	case flow.LayerTCP:
		switch {
		case p.show.TCP:
			return ""
		case s.Op != flow.OpFIN && (s.Op != flow.OpRST || p.links.refused[s.Connection]):
			return "open " + s.Connection.ID
		}
		return "close " + p.links.id(s.Connection)
	case flow.LayerPROXY:
		if p.show.PROXY {
			return ""
		}
		return "open " + s.Connection.ID
	case flow.LayerTLS:
		switch {
		case p.show.TLS:
			return ""
		case s.Op == flow.OpAlert && s.Detail == "close_notify":
			return "close " + p.links.id(s.Connection)
		case s.Op == flow.OpAlert:
			return "alert " + s.Session.ID + " " + s.Detail
		}
		return "handshake " + s.Session.ID
	case flow.LayerHTTP:
		switch {
		case p.show.HTTP:
			return ""
		case settings[s.Op]:
			return "settings " + p.links.id(s.Connection)
		}
		return "http " + p.links.id(s.Connection) + " " + s.Op.String() + " " + s.Detail
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
		p.rowOf[s] = r
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
	kind, _, _ := strings.Cut(u.key, " ")
	session := first.Session
	switch kind {
	case "open":
		r.Kind, r.Text = openKind(u.steps), openText(u.steps)
	case "close":
		r.Kind, r.Text = MessageClose, closeText(u.steps)
		if !strings.Contains(r.Text, "close_notify") {
			r.Line = LinePlain // it is drawn as what it names
		}
		// a FIN may be missing because there is RST instead: some end there is
		r.Optional = r.Optional && !slices.ContainsFunc(u.steps, func(s *flow.Step) bool { return s.Op == flow.OpFIN })
		session = p.links.sessionOn(first.Connection)
	case "handshake":
		r.Kind, r.Text = MessageHandshake, handshakeText(u.steps)+inTheClear(u.steps)
	case "settings":
		r.Kind, r.Text = MessageHTTP, settingsText(u.steps)
	default:
		if first.Layer() == flow.LayerHTTP {
			r.Kind = MessageHTTP
		}
		r.Text = messageText(first) + inTheClear(u.steps)
	}
	if session != nil {
		r.Session = session.ID
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
	switch {
	case s.Layer() == flow.LayerHTTP:
		text := s.Detail
		if text == "" || s.Op == flow.OpData {
			text = strings.TrimSpace(s.Op.String() + " " + s.Detail)
		}
		if !s.Protected {
			text = "plain " + text
		}
		return text
	case s.Op == flow.OpAlert:
		return strings.TrimSpace("alert " + s.Detail)
	case s.Detail != "":
		return s.Op.String() + ", " + s.Detail
	}
	return s.Op.String()
}

// openKind says whether a connection opens. A PROXY header whose connection is
// in rows of its own is a message like others.
func openKind(ss []*flow.Step) MessageKind {
	switch {
	case slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpACK }):
		return MessageOpen
	case slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpSYN }):
		return MessageTry
	}
	return MessageOther
}

// openText is how a connection begins: "TCP handshake :443, PROXY v2".
func openText(ss []*flow.Step) string {
	var words []string
	done := slices.ContainsFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpACK })
	for _, s := range ss {
		switch {
		case s.Layer() == flow.LayerPROXY:
			words = add(words, s.Op.String())
		case !done:
			words = add(words, s.Op.String())
		default:
			words = add(words, strings.TrimSpace("TCP handshake "+port(s.Connection.Port)))
		}
	}
	return strings.Join(words, ", ")
}

// settingsText is how an h2 connection begins: "HTTP/2 preface, SETTINGS".
func settingsText(ss []*flow.Step) string {
	var words []string
	for _, s := range ss {
		if s.Op != flow.OpSettingsAck || len(ss) == 1 {
			words = add(words, s.Op.String())
		}
	}
	text := "HTTP/2 " + strings.Join(words, ", ")
	if !ss[0].Protected {
		text = "plain " + text
	}
	return text
}

// closeText is how a connection ends, and who began: "closes: close_notify,
// FIN, Browser first". What may be missing is left out unless it is all there
// is; of a FIN, which RST may stand for, that is no matter.
func closeText(ss []*flow.Step) string {
	var words []string
	for _, optional := range []bool{false, true} {
		for _, s := range ss {
			name := s.Op.String()
			if name == "Alert" {
				name = s.Detail
			}
			if s.Optional == optional && (!optional || name == "FIN" || len(words) == 0) {
				words = add(words, name)
			}
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return closeOrder[a] - closeOrder[b] })
	return "closes: " + strings.Join(words, ", ") + ", " + ss[0].From.Label + " first"
}

var closeOrder = map[string]int{"close_notify": 0, "FIN": 1, "RST": 2}

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
	var words []string
	switch done := slices.ContainsFunc(ss, func(s *flow.Step) bool { return s == session.Established }); {
	case done && session.Up:
		words = append(words, "handshake TLS "+session.Version.String())
		if session.Resumed {
			words = append(words, "resumed")
		}
		if session.ClientCert != nil {
			words = append(words, "both show certificates")
		}
	case len(shown) == 1:
		words = append(words, messageText(shown[0]))
	case len(shown) > 1:
		words = append(words, shown[0].Op.String()+" to "+shown[len(shown)-1].Op.String())
	}
	if tickets > 0 {
		words = append(words, count(tickets, "ticket"))
	}
	return strings.Join(words, ", ")
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
		if s.Layer() == flow.LayerTCP {
			switch s.Op {
			case flow.OpSYN:
				k.refused[s.Connection] = true
			case flow.OpACK:
				delete(k.refused, s.Connection)
			}
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

// id names the path that a connection is part of.
func (k *links) id(c *flow.Connection) string { return k.root(c).ID }

// sessionOn returns the session that a connection carries; nil for none.
func (k *links) sessionOn(c *flow.Connection) *flow.Session { return k.sessions[c] }

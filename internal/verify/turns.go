package verify

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// turn is one request on a connection and its answer, as far as a reader can
// tell: in the clear the messages say it, behind TLS it is the records of one
// side and those of the other that come after them.
type turn struct {
	conn     *joined
	from, to int // its messages: conn.Events[from:to]
	asked    int // the order of its first message
	answered int // of the first one that came back; 0 for none
	done     int // of the last one that came back
	ready    int // of the last ticket that came with it: a proxy is not done with the handshake before
	hidden   bool
	ticket   bool // the handshake's last records may be among what came back
	told     int  // of the first one that is none of these
	relayed  bool // bytes of a relay: what comes back may come behind the first FIN
	loose    bool // of HTTP/2: other requests and answers may be among it
	greeted  int  // of the last message of the client's handshake; 0 for none
	ask      *event
	answer   *event
}

// ends is the order after which nothing that the turn caused can come back
// through a proxy: all is said by then. 0 where that is not known.
func (t *turn) ends() int {
	switch {
	case t.relayed:
		return t.conn.over()
	case t.loose:
		return t.conn.shut()
	case t.told > 0:
		return t.told
	case t.ticket && t.to == len(t.conn.Events):
		return t.conn.shut() // only tickets came, for all that is known
	case t.ticket && t.done > 0:
		return t.done
	case t.answered > 0:
		return t.answered
	}
	return t.conn.shut()
}

// shut is the order of the first end of the connection; 0 where it has none.
func (c *conn) shut() int {
	for _, e := range c.Events {
		if e.Op == flow.OpFIN || e.Op == flow.OpRST {
			return e.Order
		}
	}
	return 0
}

// leaves is the order of the first thing by which a side says that it ends the connection:
// an alert, or the end itself; 0 for none.
func (c *conn) leaves() int {
	for _, e := range c.Events {
		if e.Op == flow.OpFIN || e.Op == flow.OpRST || e.Op == flow.OpAlert || e.isAlert() {
			return e.Order
		}
	}
	return 0
}

// over is the order of what ends the connection in both directions; 0 where nothing does.
func (c *conn) over() int {
	var closed [2]bool
	for _, e := range c.Events {
		closed[e.From] = closed[e.From] || e.Op == flow.OpFIN
		if e.Op == flow.OpRST || closed[opener] && closed[acceptor] {
			return e.Order
		}
	}
	return 0
}

// firstEnd is the side that ended the connection first.
func (c *conn) firstEnd() connSide {
	for _, e := range c.Events {
		if e.Op == flow.OpFIN || e.Op == flow.OpRST {
			return e.From
		}
	}
	return -1
}

// within reports whether b can have been asked and answered for a.
func (a *turn) within(b *turn) bool {
	if b.asked <= a.asked {
		return false
	}
	if end := a.ends(); end > 0 && (b.asked > end || b.answered > end || b.answered == 0 && b.done > end) {
		return false
	}
	return !(!a.loose && a.hidden && a.done > 0 && b.hidden && b.done > a.done)
}

// whole is a connection as one turn: nothing was asked that can be told apart. An alert ends it:
// a proxy answers for a session that fails without waiting for what the server says then.
func whole(j *joined) *turn {
	t := &turn{conn: j, to: len(j.Events), asked: j.start()}
	for _, e := range j.Events {
		if e.Layer() != flow.LayerTCP {
			t.done = e.Order
		}
		if e.Op == flow.OpAlert || e.isAlert() {
			break
		}
	}
	t.greeted = greeted(j)
	return t
}

// tail reports whether a turn is the rest of what was asked before the capture.
func (t *turn) tail() bool {
	return t.conn.Middle && t.from == 0 && len(t.conn.Events) > 0 && t.conn.Events[0].From == acceptor
}

// greetings are the messages of an opener's handshake.
var greetings = []flow.Op{flow.OpSYN, flow.OpACK, flow.OpProxyV1, flow.OpProxyV2, flow.OpClientHello, flow.OpFinished}

// greeted is the order of the last message of the opener's handshake, of TCP
// where it has no other.
func greeted(j *joined) int {
	last := 0
	for _, e := range j.Events {
		if e.From != opener {
			continue
		}
		if e.Op == flow.OpRecord && j.TLS != nil && j.TLS.Version >= flow.TLS13 && !e.isAlert() {
			return e.Order // Finished, or it begins the flight with it
		}
		if slices.Contains(greetings, e.Op) {
			last = e.Order
		}
	}
	return last
}

// hints are what is known of a connection beside what it shows.
type hints struct {
	mutual bool // a client certificate may be asked for
	two    bool // it may be HTTP/2
	front  bool // it ends at a proxy for sure
}

// mayBeTwo reports whether a connection may speak HTTP/2 behind TLS, for all that
// can be read; offers says whether that is all it takes.
func (c *conn) mayBeTwo(offers bool) bool {
	switch {
	case c.TLS == nil || c.TLS.Read:
		return false
	case c.TLS.Version == flow.TLS13:
		return offers && slices.Contains(c.TLS.Offered, "h2")
	}
	return c.TLS.ALPN == "h2"
}

// splitter finds the turns of a connection.
type splitter struct {
	j       *joined
	mutual  bool // a client certificate may be asked for
	front   bool // it ends at a proxy
	last    int  // the index of the opener's last record that is no alert
	greeted bool // the opener's side of the handshake is over
	greets  bool // the acceptor's side has begun behind its ServerHello
	frame   framePlace
	flight  int // the opener's records in its first packet behind the handshake
	size    int // of a ticket: the first record that came back behind the handshake
	tickets int // how many came
	turns   []*turn
}

// turnsOf are the turns of a connection; none where nothing was asked, or nothing can be told.
func turnsOf(j *joined, h hints) []*turn {
	s := &splitter{j: j, mutual: h.mutual, front: h.front, last: -1}
	for i, e := range j.Events {
		if e.From == opener && e.Secrecy == secrecyHidden && !e.isAlert() {
			s.last = i
		}
	}
	s.greeted = j.TLS == nil || j.TLS.Read || j.TLS.Version < flow.TLS13
	for i, e := range j.Events {
		switch {
		case e.Secrecy == secrecyHidden:
			s.record(i, e)
		case e.Op == flow.OpRequest, e.Op == flow.OpData && e.From == opener && !e.Aside && len(s.turns) == 0:
			s.begin(i, e)
			s.turns[len(s.turns)-1].ask = e
		case e.Layer() == flow.LayerHTTP && e.From == acceptor && e.Op != flow.OpSettings && e.Op != flow.OpSettingsAck:
			s.answer(e)
		}
	}
	n := len(s.turns)
	if n <= 1 && j.Lost[opener]+j.Lost[acceptor] > 0 {
		return nil // what was asked and when may be among the lost bytes
	}
	if n > 0 {
		s.turns[n-1].to = len(j.Events)
		s.turns[0].ready = tickets(j, s.turns[0], s.size)
		s.turns[0].greeted = greeted(j)
	}
	if h.two || slices.ContainsFunc(j.Events, func(e *event) bool { return e.Op == flow.OpPreface }) {
		for _, t := range s.turns {
			t.loose = true
		}
	}
	return s.turns
}

// record is a protected record: of the handshake, of a request, or of an answer.
func (s *splitter) record(i int, e *event) {
	switch {
	case e.From == opener && i > s.last:
		// an alert that ends the session
	case e.From == opener && !s.greeted && !s.greets && !s.j.Middle:
		// early data: the other side's handshake comes behind it
	case e.From == opener && !s.greeted:
		s.greeted, s.frame, s.flight = true, e.At, 1
	case e.From == opener && s.mutual && s.flight > 0 && s.flight < clientFlight && e.At == s.frame && i != s.last:
		s.flight++ // Certificate and CertificateVerify come before Finished
	case e.From == opener:
		if n := len(s.turns); n == 0 || s.turns[n-1].isAnswered(s.front) {
			s.begin(i, e)
			t := s.turns[n]
			t.hidden, t.ticket = true, n == 0 && s.j.TLS != nil && s.j.TLS.Version == flow.TLS13 && !s.j.Middle
		}
	case s.greeted && !(e.isAlert() && i > s.last):
		s.answer(e)
	case e.From == acceptor:
		s.greets = true
	}
}

// tickets is the order of the last ticket that came before the answer to a
// connection's first turn; 0 for none. Where they cannot be read they are the
// first records, and about as long as each other (RFC 8446, 4.6.1; OpenSSL sends
// two): of that size.
func tickets(j *joined, t *turn, size int) int {
	last := 0
	for i, e := range j.Events[:t.to] {
		switch {
		case e.From == opener:
		case e.Op == flow.OpResponse:
			return last
		case e.Op == flow.OpNewSessionTicket:
			last = e.Order
		case t.ticket && i > t.from && e.Secrecy == secrecyHidden && !e.isAlert():
			if !alike(e.Bytes, size) || e.until == t.done || e.Order == t.done {
				return last
			}
			last = e.Order
		}
	}
	return last
}

// ticketBlock is what OpenSSL pads a ticket to, which is a session encrypted with
// AES-CBC (ssl/statem/statem_srvr.c, construct_stateless_ticket). Two sessions of one connection differ in
// ticket_age_add, a random number that is written with as many bytes as it needs
// (ssl/ssl_asn1.c), so that their tickets are as long or a block apart.
const ticketBlock = 16

// alike reports whether records of these lengths can be tickets of one connection.
func alike(a, b int) bool { return a == b || a-b == ticketBlock || b-a == ticketBlock }

// isAnswered reports whether something came back that is no ticket of a proxy: with
// tickets alone, what comes next is more of the request. A server may have sent its
// tickets before, as Go's does, or none.
func (t *turn) isAnswered(front bool) bool {
	return t.answered > 0 && (!front || !t.ticket || t.told > 0)
}

// clientFlight is how many records a client's Certificate, CertificateVerify and
// Finished are.
const clientFlight = 3

func (s *splitter) begin(i int, e *event) {
	if n := len(s.turns); n > 0 {
		s.turns[n-1].to = i
	}
	s.turns = append(s.turns, &turn{conn: s.j, from: i, asked: e.Order})
}

// most is how many tickets come at most: OpenSSL sends two, and one after a
// session that was resumed (SSL_CTX_set_num_tickets(3)).
func (s *splitter) most() int {
	if s.j.TLS != nil && s.j.TLS.Resumed {
		return 1
	}
	return 2
}

func (s *splitter) answer(e *event) {
	n := len(s.turns)
	ticket := (s.size == 0 || alike(e.Bytes, s.size)) && s.tickets < s.most()
	if ticket {
		s.size = e.Bytes
		s.tickets++
	}
	if n == 0 {
		return // tickets, or what was asked before the capture
	}
	t := s.turns[n-1]
	if t.ticket && t.told == 0 && !ticket {
		t.told = e.Order
	}
	if t.answered == 0 {
		t.answered = e.Order
	}
	if t.answer == nil && e.Op == flow.OpResponse {
		t.answer = e
	}
	t.done = max(e.Order, e.until)
}

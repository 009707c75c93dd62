package view

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// partyKinds are the words before a participant's name.
var partyKinds = map[flow.ParticipantKind]string{
	flow.KindClient: "client",
	flow.KindProxy:  "proxy",
	flow.KindInner:  "proxy", // its label says that it is the inner stage
	flow.KindServer: "server",
}

// spokenPanel says one panel.
type spokenPanel struct {
	*Panel
	*Part
	names called
}

func describePanel(p *Panel) *Part {
	s := &spokenPanel{Panel: p, Part: &Part{Title: p.Title}}
	s.names = s.called()
	if p.Course != nil {
		s.asks()
	}
	for i, l := range p.Lifelines {
		words := add([]string{s.names.of(l.ID)}, l.Sub)
		if l.Untrusted {
			words = append(words, "untrusted")
		}
		s.fact("Party %d is %s", i+1, strings.Join(words, ", "))
	}
	if p.Course != nil {
		s.hops(s.sessions())
		s.outcome()
	} else {
		for _, f := range p.Foot {
			s.fact("%s", f)
		}
	}
	for _, r := range p.Rows {
		s.row(r)
	}
	return s.Part
}

// called names all parties, also those that have no lifeline.
func (s *spokenPanel) called() called {
	if s.Course == nil {
		return name(len(s.Lifelines), func(i int) (id, kind, label string) {
			l := s.Lifelines[i]
			return l.ID, partyKinds[l.Kind], l.Label
		})
	}
	all := s.Course.Participants
	return name(len(all), func(i int) (id, kind, label string) {
		return all[i].ID, partyKinds[all[i].Kind], all[i].Label
	})
}

func (s *spokenPanel) party(p *flow.Participant) string { return s.names.of(p.ID) }

func (s *spokenPanel) parties(ps []*flow.Participant) []string {
	var out []string
	for _, p := range ps {
		out = append(out, s.party(p))
	}
	return out
}

// asks says what is requested.
func (s *spokenPanel) asks() {
	q := s.Course.Request
	var calls []string
	for _, c := range q.Calls {
		calls = add(calls, callWords(c))
	}
	if len(calls) == 0 || len(s.Course.Participants) == 0 {
		return
	}
	times := ""
	if n := q.Times.V; n > 1 {
		times = fmt.Sprintf(", %d times", n)
	}
	s.fact("%s asks: %s%s", s.party(s.Course.Participants[0]), series(calls), times)
}

// sessions says each session, those that are like an earlier one in a sentence
// for all of them. It returns whom each is like: itself, if no other.
func (s *spokenPanel) sessions() map[*flow.Session]string {
	leader, like := map[*flow.Session]string{}, map[string][]string{}
	first := map[string]string{} // by what is said of it
	var order []string
	said := map[string]*Part{}
	for _, x := range s.Course.Sessions {
		words := strings.Join(s.tls(x, "it").Facts, " ")
		if id, ok := first[words]; ok {
			leader[x], like[id] = id, append(like[id], x.ID)
			continue
		}
		leader[x], first[words], said[x.ID] = x.ID, x.ID, s.tls(x, x.ID)
		order = append(order, x.ID)
	}
	for _, id := range order {
		s.Facts = append(s.Facts, said[id].Facts...)
		switch others := like[id]; len(others) {
		case 0:
		case 1:
			s.fact("%s is another session like %s, with keys of its own", others[0], id)
		default:
			s.fact("%s are other sessions like %s, each with keys of its own", series(others), id)
		}
	}
	if len(order) == 0 {
		s.fact("Nothing is encrypted: there is no TLS session")
	}
	return leader
}

// tls says where a session starts and ends, who holds its keys, who passes it
// on unread, and which certificates it shows.
func (s *spokenPanel) tls(x *flow.Session, id string) *Part {
	p := &Part{}
	from, to := s.party(x.Ends[0]), s.party(x.Ends[1])
	p.session(id, from, to, strings.Join(sessionWords(x), ", "), x.Up)
	for _, relay := range s.parties(x.RelayedBy) {
		p.fact("%s relays %s and cannot read it", relay, id)
	}
	if x.Certificate != nil {
		p.fact("In %s, %s shows certificate %s%s", id, to, x.Certificate.Title(), s.checks(x))
	}
	if x.ClientCert != nil {
		p.fact("In %s, %s shows client certificate %s", id, from, x.ClientCert.Title())
	}
	return p
}

// sessionWords are what a session agreed on.
func sessionWords(x *flow.Session) []string {
	out := []string{"TLS"}
	if x.Version != 0 {
		out[0] += " " + x.Version.String()
	}
	if x.ALPN != "" {
		out = append(out, "ALPN "+x.ALPN)
	}
	if x.SNI != "" {
		out = append(out, "SNI "+words.Host(x.SNI))
	}
	switch {
	case x.Since != nil:
		out = append(out, "open since an earlier request")
	case x.Resumed:
		out = append(out, "resumed from an earlier session")
	}
	if x.EarlyData {
		out = append(out, "with early data")
	}
	return out
}

// checks says what the client's side of a session verifies.
func (s *spokenPanel) checks(x *flow.Session) string {
	from := s.party(x.Ends[0])
	switch {
	case !x.Verified:
		return "; " + from + " does not verify it"
	case len(x.Checks) == 0:
		return ""
	}
	return "; " + from + " checks " + series(words.Hosts(x.Checks))
}

// hops says what each wire carries. Connections of which all is the same are
// one hop: attempts, and requests that each open a connection.
func (s *spokenPanel) hops(leader map[*flow.Session]string) {
	times := map[string]int{}
	like := map[string][]string{}
	var order []string
	for _, h := range carried(s.Course, newLinks(s.Course), s.Course.Connections) {
		words := fmt.Sprintf("%s to %s, %s", s.party(h.conn.From), s.party(h.conn.To), h.wire(leader[h.session]))
		order = add(order, words)
		times[words]++
		if h.session != nil && h.session.ID != leader[h.session] {
			like[words] = append(like[words], h.session.ID)
		}
	}
	for i, words := range order {
		switch n := times[words]; {
		case len(like[words]) > 0:
			s.fact("Hop %d, %s; likewise %s", i+1, words, series(like[words]))
		case n > 1:
			s.fact("Hop %d, %s; %d connections", i+1, words, n)
		default:
			s.fact("Hop %d, %s", i+1, words)
		}
	}
}

func (s *spokenPanel) outcome() {
	o := s.Course.Outcome
	if len(o.Endings) == 0 {
		return
	}
	text := words.Outcome(o)
	if o.From != nil {
		text += ", from " + s.names.of(o.From.ID)
	}
	s.fact("The outcome is %s", text)
	if o.Why != nil {
		s.fact("The reason is: %s", words.Why(o.Why))
	}
}

// row says one row, and what is wrong at it.
func (s *spokenPanel) row(r Row) {
	when, where := s.when(r), "this point"
	if first, last := r.Numbers(); first > 0 {
		where = s.numbers(first, last)
	}
	var marks []Mark
	switch r := r.(type) {
	case *MessageRow:
		s.message(when, r)
		marks = r.Marks
	case *ActionRow:
		s.step("%s, inside %s: %s", when, s.at(r.At), r.Text)
		marks = r.Marks
	case *SpanRow:
		who := "at " + s.at(r.From)
		if r.From != r.To {
			who = fmt.Sprintf("between %s and %s", s.at(r.From), s.at(r.To))
		}
		s.step("%s, %s: %s", when, who, cmp.Or(r.Said, r.Text))
		marks = r.Marks
	case *GapRow:
		s.step("%s: %s", when, r.Text)
	default:
		panic("view: unknown row")
	}
	s.Steps = append(s.Steps, markWords(where, marks)...)
}

// when is the number of a row: "step 18", "steps 5 to 17"; "then" for none.
func (s *spokenPanel) when(r Row) string {
	if first, last := r.Numbers(); first > 0 {
		return s.numbers(first, last)
	}
	return "then"
}

func (s *spokenPanel) numbers(first, last int) string {
	switch {
	case s.Flights:
		return fmt.Sprintf("flight %d", first)
	case s.Frames:
		return strings.Replace(stepWords(first, last), "step", "frame", 1)
	}
	return stepWords(first, last)
}

// at is the party of a lifeline.
func (s *spokenPanel) at(i int) string { return s.names.of(s.Lifelines[i].ID) }

// messageVerbs are what two parties do, by what a row is for: one that goes
// one way, and one that goes both ways.
var messageVerbs = map[messageKind][2]string{
	messageOther:     {"%s sends to %s", "%s and %s exchange"},
	messageOpen:      {"%s connects to %s", "%s connects to %s"},
	messageTry:       {"%s tries to connect to %s", "%s tries to connect to %s"},
	messageHandshake: {"%s sends to %s", "%s and %s exchange"},
	messageHTTP:      {"%s sends to %s", "%s and %s exchange"},
	messageClose:     {"%s closes with %s", "%s and %s close"},
}

func (s *spokenPanel) message(when string, r *MessageRow) {
	verb, text := messageVerbs[r.Kind][0], r.Text
	if r.Both {
		verb = messageVerbs[r.Kind][1]
	}
	if r.Optional {
		when += ", optional"
	}
	switch r.Kind {
	case messageOpen:
		text = strings.Replace(text, "TCP handshake :", "TCP handshake on port ", 1)
	case messageClose:
		text = strings.TrimPrefix(text, "closes: ")
		if rest, ok := strings.CutPrefix(text, "closes :"); ok {
			text = "port " + strings.Replace(rest, ":", ",", 1)
		}
	case messageHTTP:
		text = strings.TrimPrefix(text, "plain ")
	case messageOther, messageTry, messageHandshake:
	}
	s.step("%s: %s%s: %s", when, fmt.Sprintf(verb, s.at(r.From), s.at(r.To)), messageState(r), text)
}

// messageState is how messages go over the wire. A handshake begins in the
// clear, so it is only said whose it is.
func messageState(r *MessageRow) string {
	switch {
	case r.Kind == messageClose && r.Session != "":
		return ", ending " + r.Session
	case r.Session != "" && (r.Kind == messageHandshake || r.Line == LinePlain):
		return ", for " + r.Session
	case r.Session != "":
		return ", encrypted by " + r.Session
	case r.Kind == messageHTTP:
		return ", in plaintext"
	}
	return ""
}

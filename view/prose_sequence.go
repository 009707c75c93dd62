package view

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
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
		for _, x := range p.Course.Sessions {
			s.tls(x)
		}
		if len(p.Course.Sessions) == 0 {
			s.fact("Nothing is encrypted: there is no TLS session")
		}
		s.hops()
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

// tls says where a session starts and ends, who holds its keys, who passes it
// on unread, and which certificates it shows.
func (s *spokenPanel) tls(x *flow.Session) {
	from, to := s.party(x.Ends[0]), s.party(x.Ends[1])
	words := []string{"TLS"}
	if x.Version != 0 {
		words[0] += " " + x.Version.String()
	}
	if x.ALPN != "" {
		words = append(words, "ALPN "+x.ALPN)
	}
	if x.SNI != "" {
		words = append(words, "SNI "+x.SNI)
	}
	switch {
	case x.Since != nil:
		words = append(words, "open since an earlier request")
	case x.Resumed:
		words = append(words, "resumed from an earlier session")
	}
	if x.EarlyData {
		words = append(words, "with early data")
	}
	s.Part.session(x.ID, from, to, strings.Join(words, ", "), x.Up)
	for _, p := range s.parties(x.RelayedBy) {
		s.fact("%s relays %s and cannot read it", p, x.ID)
	}
	if x.Certificate != nil {
		s.fact("In %s, %s shows certificate %s%s", x.ID, to, x.Certificate.Title(), s.checks(x))
	}
	if x.ClientCert != nil {
		s.fact("In %s, %s shows client certificate %s", x.ID, from, x.ClientCert.Title())
	}
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
	return "; " + from + " checks " + series(x.Checks)
}

// hops says what each wire carries. Connections of which all is the same are
// one hop: attempts, and requests that each open a connection.
func (s *spokenPanel) hops() {
	times := map[string]int{}
	var order []string
	for _, h := range carried(s.Course, s.Course.Connections) {
		words := fmt.Sprintf("%s to %s, %s", s.party(h.conn.From), s.party(h.conn.To), h.wire(h.id()))
		order = add(order, words)
		times[words]++
	}
	for i, words := range order {
		if n := times[words]; n > 1 {
			words += fmt.Sprintf("; %d connections", n)
		}
		s.fact("Hop %d, %s", i+1, words)
	}
}

func (s *spokenPanel) outcome() {
	o := s.Course.Outcome
	if len(o.Client) == 0 {
		return
	}
	words := strings.Join(o.Client, " or ")
	if o.From != "" {
		words += ", from " + s.names.of(o.From)
	}
	s.fact("The outcome is %s", words)
	if o.Why != "" {
		s.fact("The reason is: %s", o.Why)
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
	if s.Flights {
		return fmt.Sprintf("flight %d", first)
	}
	return stepWords(first, last)
}

// at is the party of a lifeline.
func (s *spokenPanel) at(i int) string {
	if i < 0 || i >= len(s.Lifelines) {
		return "nobody"
	}
	return s.names.of(s.Lifelines[i].ID)
}

// messageVerbs are what two parties do, by what a row is for: one that goes
// one way, and one that goes both ways.
var messageVerbs = map[MessageKind][2]string{
	MessageOther:     {"%s sends to %s", "%s and %s exchange"},
	MessageOpen:      {"%s connects to %s", "%s connects to %s"},
	MessageTry:       {"%s tries to connect to %s", "%s tries to connect to %s"},
	MessageHandshake: {"%s sends to %s", "%s and %s exchange"},
	MessageHTTP:      {"%s sends to %s", "%s and %s exchange"},
	MessageClose:     {"%s closes with %s", "%s and %s close"},
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
	case MessageOpen:
		text = strings.Replace(text, "TCP handshake :", "TCP handshake on port ", 1)
	case MessageClose:
		text = strings.TrimPrefix(text, "closes: ")
	case MessageHTTP:
		text = strings.TrimPrefix(text, "plain ")
	}
	s.step("%s: %s%s: %s", when, fmt.Sprintf(verb, s.at(r.From), s.at(r.To)), messageState(r), text)
}

// messageState is how messages go over the wire. A handshake begins in the
// clear, so it is only said whose it is.
func messageState(r *MessageRow) string {
	switch {
	case r.Kind == MessageClose && r.Session != "":
		return ", ending " + r.Session
	case r.Session != "" && (r.Kind == MessageHandshake || r.Line == LinePlain):
		return ", for " + r.Session
	case r.Session != "":
		return ", encrypted by " + r.Session
	case r.Kind == MessageHTTP:
		return ", in plaintext"
	}
	return ""
}

package hear_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/hear"
)

// differences are what a text says otherwise than a lifecycle. Nothing in here
// comes from the packages that make the words.
func differences(text string, l *flow.Lifecycle, full bool) []string {
	a, err := hear.Parse(text)
	if err != nil {
		return []string{err.Error()}
	}
	x := &expected{l: l, names: names(l)}
	var out []string
	report := func(what string, want, got any) {
		if d := cmp.Diff(want, got); d != "" {
			out = append(out, fmt.Sprintf("%s (-derived +heard):\n%s", what, d))
		}
	}
	sessions := x.sessions()
	report("sessions", sessions, inOrder(a.Sessions))
	report("nothing is encrypted", len(sessions) == 0, a.Plain)
	report("hops", sorted(x.hops()), sorted(singly(a.Hops)))
	report("outcome", words.Outcome(l.Outcome), a.Outcome)
	report("reason", strings.TrimSpace(words.Why(l.Outcome.Why)), a.Reason)
	report("who answers", x.byID(l.Outcome.FromID()), a.From)
	return append(out, x.events(a.Events, full)...)
}

// inOrder are sessions in the order of their numbers.
func inOrder(sessions []hear.Session) []hear.Session {
	number := func(s hear.Session) int { n, _ := strconv.Atoi(s.ID[1:]); return n }
	out := slices.Clone(sessions)
	slices.SortFunc(out, func(a, b hear.Session) int { return number(a) - number(b) })
	return out
}

// singly are hops with one session each.
func singly(hops []hear.Hop) []hear.Hop {
	var out []hear.Hop
	for _, h := range hops {
		like := h.Like
		h.Like = nil
		out = append(out, h)
		for _, id := range like {
			other := h
			other.State = session.ReplaceAllString(h.State, id)
			out = append(out, other)
		}
	}
	return out
}

var session = regexp.MustCompile(`\bT\d+\b`)

func sorted(hops []hear.Hop) []string {
	var out []string
	for _, h := range hops {
		out = append(out, fmt.Sprintf("%+v", h))
	}
	slices.Sort(out)
	return out
}

type expected struct {
	l     *flow.Lifecycle
	names map[*flow.Participant]string
}

var kinds = map[flow.ParticipantKind]string{
	flow.KindClient: "client ", flow.KindProxy: "proxy ", flow.KindInner: "proxy ", flow.KindServer: "server ",
}

// names are what the participants of a lifecycle must be called.
func names(l *flow.Lifecycle) map[*flow.Participant]string {
	used := map[string]int{}
	for _, p := range l.Participants {
		used[kinds[p.Kind]+label(p.Label)]++
	}
	out := map[*flow.Participant]string{}
	for _, p := range l.Participants {
		out[p] = kinds[p.Kind] + label(p.Label)
		if used[out[p]] > 1 {
			out[p] += " (" + p.ID + ")"
		}
	}
	return out
}

// label is a name that can be told from the words around it.
func label(s string) string {
	if strings.ContainsAny(s, ",;:") {
		return `"` + s + `"`
	}
	return s
}

func (x *expected) byID(id string) string {
	for _, p := range x.l.Participants {
		if p.ID == id {
			return x.names[p]
		}
	}
	return id
}

func (x *expected) sessions() []hear.Session {
	var out []hear.Session
	for _, s := range x.l.Sessions {
		h := hear.Session{ID: s.ID, Start: x.names[s.Ends[0]], End: x.names[s.Ends[1]], Up: s.Up}
		if s.Up {
			h.Holders = []string{h.Start, h.End}
		}
		for _, p := range s.RelayedBy {
			h.Relays = append(h.Relays, x.names[p])
		}
		if s.Certificate != nil {
			h.Shows = append(h.Shows, h.End+": "+s.Certificate.Title())
		}
		if s.ClientCert != nil {
			h.Shows = append(h.Shows, h.Start+": "+s.ClientCert.Title())
		}
		out = append(out, h)
	}
	return out
}

// hops are what each connection carries; those that are alike are one.
func (x *expected) hops() []hear.Hop {
	var out []hear.Hop
	times := map[string]int{}
	key := func(h hear.Hop) string { return fmt.Sprintf("%+v", h) }
	for _, c := range x.l.Connections {
		h := hear.Hop{From: x.names[c.From], To: x.names[c.To]}
		h.Port, h.Header, h.State = wire(x.l, c)
		if times[key(h)]++; times[key(h)] == 1 {
			out = append(out, h)
		}
	}
	for i, h := range out {
		if n := times[key(h)]; n > 1 {
			out[i].Note = fmt.Sprintf("%d connections", n)
		}
	}
	return out
}

// wire is what a connection carries.
func wire(l *flow.Lifecycle, c *flow.Connection) (port, header, state string) {
	var session *flow.Session
	for _, s := range l.Sessions {
		if slices.Contains(s.Connections, c) {
			session = s
		}
	}
	readable := false
	for _, s := range l.Steps {
		if s.Connection != c {
			continue
		}
		switch s.Layer() {
		case flow.LayerPROXY:
			header = s.Op.String()
		case flow.LayerTLS:
			session = s.Session
		case flow.LayerHTTP:
			readable = readable || !s.Protected
		case flow.LayerTCP:
		}
	}
	if c.Port != 0 {
		port = strconv.Itoa(c.Port)
	}
	switch {
	case session != nil && session.Up:
		state = "encrypted by " + session.ID
	case session != nil:
		state = session.ID + " is not established"
	case readable:
		state = "plaintext"
	default:
		state = "nothing is sent"
	}
	return port, header, state
}

// events holds what happens against the steps: in order, each message once, by
// whom, to whom, in which session. On the full dial each message that is not
// folded has a sentence of its own, and so has each action.
func (x *expected) events(events []hear.Event, full bool) []string {
	var out []string
	fail := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	covered := make([]*hear.Event, len(x.l.Steps)+1)
	last := 0
	for i := range events {
		e := &events[i]
		if e.Kind == hear.Wrong || e.First == 0 {
			continue
		}
		if e.First <= last || e.Last < e.First || e.Last > len(x.l.Steps) {
			fail("steps %d to %d come after step %d", e.First, e.Last, last)
			continue
		}
		last = e.Last
		for n := e.First; n <= e.Last; n++ {
			covered[n] = e
		}
		out = append(out, x.event(e, full)...)
	}
	for _, s := range x.l.Steps {
		e := covered[s.N]
		if e == nil && (s.Kind() == flow.Message || full) {
			fail("step %d, %s, is not heard of", s.N, s.ID)
		}
		if e != nil && s.Kind() == flow.Message && e.Kind == hear.Inside {
			fail("step %d, %s, is said to be inside %s", s.N, s.ID, e.From)
		}
	}
	return append(out, x.waits(events)...)
}

// waits are the times that pass outside of what is folded.
func (x *expected) waits(events []hear.Event) []string {
	heard, folded := 0, map[int]bool{}
	for _, e := range events {
		if e.Kind == hear.Wait {
			heard++
		}
		for n := e.First; n <= e.Last && e.Kind == hear.Folded; n++ {
			folded[n] = true
		}
	}
	want := 0
	for _, s := range x.l.Steps {
		if s.Wait > 0 && !folded[s.N] {
			want++
		}
	}
	if want != heard {
		return []string{fmt.Sprintf("time passes %d times, heard of %d", want, heard)}
	}
	return nil
}

// event holds one event against the steps that it stands for.
func (x *expected) event(e *hear.Event, full bool) []string {
	steps := x.l.Steps[e.First-1 : e.Last]
	switch e.Kind {
	case hear.Sent:
		if full {
			return x.message(e, steps)
		}
		return x.messages(e, steps)
	case hear.Inside:
		for _, s := range steps {
			if s.Kind() != flow.Action || x.names[s.At] != e.From {
				return []string{fmt.Sprintf("step %d, %s, does not happen inside %s", s.N, s.ID, e.From)}
			}
		}
	case hear.Folded:
		return x.fold(e, steps)
	case hear.Wait, hear.Wrong:
	}
	return nil
}

// message holds an event against its only step.
func (x *expected) message(e *hear.Event, steps []*flow.Step) []string {
	s := steps[0]
	if len(steps) > 1 || s.Kind() != flow.Message {
		return []string{fmt.Sprintf("steps %d to %d are no single message", e.First, e.Last)}
	}
	want := hear.Event{
		Kind: hear.Sent, First: s.N, Last: s.N, From: x.names[s.From], To: x.names[s.To], Does: "sends to",
		Optional: s.Optional, Text: said(s), State: state(s),
	}
	if d := cmp.Diff(want, *e); d != "" {
		return []string{fmt.Sprintf("step %d (-derived +heard):\n%s", s.N, d)}
	}
	return nil
}

// state is how a message must be said to go over the wire.
func state(s *flow.Step) string {
	switch {
	case s.Protected:
		return "encrypted by " + s.Session.ID
	case s.Session != nil:
		return "for " + s.Session.ID
	case s.Layer() == flow.LayerHTTP:
		return "in plaintext"
	}
	return ""
}

// said is what a message must be called.
func said(s *flow.Step) string {
	text := s.Op.String()
	switch {
	case s.Layer() == flow.LayerHTTP && words.Detail(s) != "" && s.Op != flow.OpData:
		return words.Detail(s)
	case s.Layer() == flow.LayerHTTP, s.Op == flow.OpAlert:
		text = strings.TrimSpace(strings.Replace(s.Op.String(), "Alert", "alert", 1) + " " + words.Detail(s))
	case words.Detail(s) != "":
		text += ", " + words.Detail(s)
	}
	if s.Layer() == flow.LayerTLS && !s.Protected {
		text += ", in the clear"
	}
	return text
}

// parts are what a sum of steps may say, and a step that it has to have then.
var parts = []struct {
	said string
	is   func(*flow.Step) bool
}{
	{"handshake TLS", func(s *flow.Step) bool { return s.Op == flow.OpFinished }},
	{"close_notify", func(s *flow.Step) bool { return s.Op == flow.OpAlert && words.Detail(s) == "close_notify" }},
}

// messages holds an event against the steps that it sums up: it begins and ends
// where they do, names their session, and has the words of each request and
// response.
func (x *expected) messages(e *hear.Event, steps []*flow.Step) []string {
	var out []string
	fail := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("steps %d to %d: ", e.First, e.Last)+fmt.Sprintf(format, args...))
	}
	var parties []string
	var first *flow.Step
	back, optional := false, true
	for _, s := range steps {
		if s.Kind() != flow.Message {
			continue
		}
		if first == nil {
			first = s
		}
		parties = append(parties, x.names[s.From], x.names[s.To])
		back = back || s.To == first.From
		optional = optional && s.Optional
		if s.Session != nil && !strings.Contains(e.State, s.Session.ID) && s.Layer() == flow.LayerTLS {
			fail("%s belongs to %s, heard %q", s.ID, s.Session.ID, e.State)
		}
		if s.Layer() != flow.LayerHTTP {
			continue
		}
		if state(s) != e.State {
			fail("%s is %q, heard %q", s.ID, state(s), e.State)
		}
		if !strings.Contains(e.Text, said(s)) && s.Op != flow.OpSettingsAck {
			fail("%s says %q, heard %q", s.ID, said(s), e.Text)
		}
	}
	for _, part := range parts {
		if strings.Contains(e.Text, part.said) && !slices.ContainsFunc(steps, part.is) {
			fail("no %s, heard %q", part.said, e.Text)
		}
	}
	switch {
	case first == nil:
		fail("no message")
	case x.names[first.From] != e.From && !first.Relayed, !slices.Contains(parties, e.From):
		fail("begins at %s, heard %s", x.names[first.From], e.From)
	case !slices.Contains(parties, e.To) || e.To == e.From:
		fail("never comes to %s", e.To)
	case back && !e.Both && e.Does == "sends to":
		fail("goes both ways, heard one")
	case e.Optional && !optional:
		fail("is not optional")
	}
	return out
}

// like is what a fold says that it repeats.
var like = regexp.MustCompile(`\bsteps? (\d+)(?: to (\d+))?`)

// fold holds a fold against what it says that it repeats: each of its messages
// is there. Requests that are only counted need not be alike.
func (x *expected) fold(e *hear.Event, steps []*flow.Step) []string {
	known := map[string]bool{}
	for _, m := range like.FindAllStringSubmatch(e.Text, -1) {
		first, _ := strconv.Atoi(m[1])
		last, err := strconv.Atoi(m[2])
		if err != nil {
			last = first
		}
		if first < 1 || last >= e.First {
			return []string{fmt.Sprintf("steps %d to %d are as %d to %d, which were not heard yet", e.First, e.Last, first, last)}
		}
		for _, s := range x.l.Steps[first-1 : last] {
			known[x.kind(s)] = true
		}
	}
	for _, s := range steps {
		if s.Kind() == flow.Message && len(known) > 0 && s.Layer() == flow.LayerHTTP && !known[x.kind(s)] {
			return []string{fmt.Sprintf("step %d, %s, is in %q and not there", s.N, s.ID, e.Text)}
		}
	}
	return nil
}

// kind is what a message and its repetition have in common.
func (x *expected) kind(s *flow.Step) string {
	return fmt.Sprint(x.names[s.From], x.names[s.To], s.Op.String(), words.Detail(s))
}

package view

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// fold is a stretch of steps that a picture says in one line, because another
// stretch has shown it already.
type fold struct {
	first, last int    // step numbers
	text        string // "requests 2 to 5 as 11-25, no handshake"
	said        string // the same with its ranges in words; "" where it has none
}

// folds returns the stretches that repeat an earlier one, in order and without
// overlap: retries, and further requests on one connection.
func folds(l *flow.Lifecycle) []fold {
	out := append(attemptFolds(l), requestFolds(l)...)
	slices.SortFunc(out, func(a, b fold) int { return a.first - b.first })
	var kept []fold
	for _, f := range out {
		if n := len(kept); n == 0 || kept[n-1].last < f.first {
			kept = append(kept, f)
		}
	}
	return kept
}

// attemptFolds folds the second and later attempts that went like the one
// before: "4 attempts, 1 s apart".
func attemptFolds(l *flow.Lifecycle) []fold {
	on := byConnection(l)
	var out []fold
	conns := l.Connections
	for i := 0; i < len(conns); i++ {
		if len(on[conns[i]]) == 0 {
			continue
		}
		j := i + 1
		for j < len(conns) && retries(conns[j-1], conns[j]) && sameMessages(on[conns[j-1]], on[conns[j]]) {
			j++
		}
		if j-i > 1 {
			if f, ok := attemptFold(l, on, conns[i:j]); ok {
				out = append(out, f)
			}
		}
		i = j - 1
	}
	return out
}

// retries reports whether b is the next attempt after a.
func retries(a, b *flow.Connection) bool {
	return b.Attempt > 1 && b.Attempt == a.Attempt+1 && a.From == b.From
}

func attemptFold(l *flow.Lifecycle, on map[*flow.Connection][]*flow.Step, conns []*flow.Connection) (fold, bool) {
	shown := on[conns[0]]
	end := on[conns[len(conns)-1]]
	f := fold{first: shown[len(shown)-1].N + 1, last: end[len(end)-1].N}
	wait := int64(-1)
	for _, s := range l.Steps[f.first-1 : f.last] {
		if s.Kind() == flow.Message && !slices.Contains(conns[1:], s.Connection) {
			return fold{}, false // something else goes on between: show it
		}
		if s.Wait > 0 {
			wait = s.Wait
		}
	}
	f.text = count(len(conns), "attempt")
	if wait > 0 {
		f.text += ", " + millis(wait) + " apart"
	}
	f.text += fmt.Sprintf(": %d more ", len(conns)-1)
	first, last := shown[0].N, shown[len(shown)-1].N
	f.text, f.said = f.text+"as "+steps(first, last), f.text+"like "+stepWords(first, last)
	return f, true
}

// trip is one of the client's requests: the steps from its request to its
// response.
type trip struct {
	x           *flow.Exchange
	first, last int // step numbers
}

// trips are the client's requests in order.
func trips(l *flow.Lifecycle) []trip {
	at := map[*flow.Exchange]int{}
	all := make([]trip, len(l.Exchanges))
	for i, x := range l.Exchanges {
		at[x], all[i].x = i, x
	}
	for _, s := range l.Steps {
		i, ok := at[s.Exchange]
		if !ok || s.Layer() != flow.LayerHTTP {
			continue
		}
		t := &all[i]
		if s.From.Kind == flow.KindClient && s.Op == flow.OpRequest && t.first == 0 {
			t.first = s.N
		}
		if s.To.Kind == flow.KindClient && t.first > 0 {
			t.last = s.N
		}
	}
	return slices.DeleteFunc(all, func(t trip) bool { return t.last == 0 })
}

// mostInTurn is how many servers may take turns for their requests to be folded.
const mostInTurn = 8

// requestFolds folds the requests that went like an earlier one: "requests 2 to
// 5 as 11-25, no handshake". Where servers take turns, those of one turn are
// shown: "requests 3 to 6 in turn as 11-25 and 30-44, no handshake".
func requestFolds(l *flow.Lifecycle) []fold {
	own := trips(l)
	var out []fold
	for i := 0; i < len(own); {
		end, period := i+1, 1
		for p := 1; p <= mostInTurn && i+p < len(own); p++ {
			j := i + p
			for j < len(own) && repeats(l, own, j, p) {
				j++
			}
			if j > i+p {
				end, period = j, p
				break
			}
		}
		if end > i+period {
			out = append(out, requestFold(l, own, i, period, end))
		}
		i = max(end, i+1)
	}
	return out
}

// repeats reports whether own[j] goes as own[j-p] did: the same HTTP messages,
// either the same handshakes or none, and before it either nothing or the same.
func repeats(l *flow.Lifecycle, own []trip, j, p int) bool {
	gap := before(l, own, j)
	if own[j].first <= own[j-1].last || len(gap) > 0 && (j == p || !sameMessages(gap, before(l, own, j-p))) {
		return false
	}
	a, b := within(l, own[j-p]), within(l, own[j])
	return sameMessages(requestsOnly(a), requestsOnly(b)) && (len(opening(b)) == 0 || sameMessages(a, b))
}

// before returns the messages between a trip, which is not the first, and the
// one before it: those with which one connection closes and the next opens.
// Tickets are not counted, they race with everything.
func before(l *flow.Lifecycle, own []trip, j int) []*flow.Step {
	if own[j].first <= own[j-1].last {
		return nil
	}
	ss := messages(l.Steps[own[j-1].last : own[j].first-1])
	return slices.DeleteFunc(ss, func(s *flow.Step) bool { return s.Op == flow.OpNewSessionTicket })
}

// requestFold folds own[i+period:end], which repeat own[i:i+period].
func requestFold(l *flow.Lifecycle, own []trip, i, period, end int) fold {
	f := fold{first: own[i+period-1].last + 1, last: own[end-1].last}
	what := fmt.Sprintf("request %d", i+period+1)
	if end-i-period > 1 {
		what = fmt.Sprintf("requests %d to %d", i+period+1, end)
	}
	if period > 1 {
		what += " in turn"
	}
	anew := len(before(l, own, i+period)) > 0
	var like, said []string
	for k := i; k < i+period; k++ {
		first := own[k].first
		if anew {
			first = own[k-1].last + 1
		}
		like = append(like, steps(first, own[k].last))
		said = append(said, stepWords(first, own[k].last))
	}
	f.text, f.said = what+" as "+series(like), what+" like "+series(said)
	if !anew && len(opening(within(l, own[i+period]))) == 0 {
		f.text += ", no handshake"
		f.said += ", no handshake"
	}
	return f
}

// within returns the messages of a trip.
func within(l *flow.Lifecycle, t trip) []*flow.Step {
	return messages(l.Steps[t.first-1 : t.last])
}

func messages(ss []*flow.Step) []*flow.Step {
	var out []*flow.Step
	for _, s := range ss {
		if s.Kind() == flow.Message {
			out = append(out, s)
		}
	}
	return out
}

// requestsOnly returns requests and responses with what they carry.
func requestsOnly(ss []*flow.Step) []*flow.Step {
	var out []*flow.Step
	for _, s := range ss {
		if s.Layer() == flow.LayerHTTP && !settings[s.Op] {
			out = append(out, s)
		}
	}
	return out
}

// settings are the messages with which an h2 connection begins (RFC 9113, 3.4).
var settings = map[flow.Op]bool{flow.OpPreface: true, flow.OpSettings: true, flow.OpSettingsAck: true}

// opening returns the messages that open connections or sessions.
func opening(ss []*flow.Step) []*flow.Step {
	var out []*flow.Step
	for _, s := range ss {
		if s.Op == flow.OpSYN || s.Op == flow.OpClientHello {
			out = append(out, s)
		}
	}
	return out
}

func byConnection(l *flow.Lifecycle) map[*flow.Connection][]*flow.Step {
	out := map[*flow.Connection][]*flow.Step{}
	for _, s := range messages(l.Steps) {
		out[s.Connection] = append(out[s.Connection], s)
	}
	return out
}

// sameMessages reports whether two stretches say the same between the same
// parties.
func sameMessages(a, b []*flow.Step) bool {
	return slices.EqualFunc(a, b, func(x, y *flow.Step) bool {
		return flow.SameMessage(x, y) &&
			x.From == y.From && x.To == y.To && x.Fault == y.Fault
	})
}

package flow

import (
	"cmp"
	"strings"
)

// answer is how one request on a channel ends.
type answer struct {
	status  int          // 0 where fail is set
	from    *Participant // who made it
	step    *Step        // after which it travels back
	fail    *failure     // there is no answer: the channel has ended, or nothing comes
	closes  bool         // the far end closes the connection behind it
	endless bool         // it has no length: it ends with the connection
	end     *Step        // with which the end of the connection that it came on arrived; nil where that stays
}

func protocol(l *channel) string {
	if l.carriesBytes() {
		return protocol(l.from)
	}
	if l.http2() || l.server != nil && l.server.Backend.Speaks.V == SpeaksH2C && l.session == nil {
		return "HTTP/2"
	}
	if l.opener.Proxy != nil {
		return cmp.Or(l.protocol, l.opener.Proxy.Behaves().UpstreamHTTP)
	}
	return "HTTP/1.1"
}

func requestMessage(l *channel, call Call) message {
	var facts Facts = RequestLine{Method: call.Method, Path: call.Path, Protocol: protocol(l)}
	if !call.IsHTTP() {
		facts = UnknownProtocol{}
	}
	return message{op: OpRequest, facts: facts, protected: l.session != nil}
}

func responseMessage(l *channel, call Call, a answer) message {
	line := StatusLine{Protocol: protocol(l), Status: a.status}
	if !strings.HasPrefix(line.Protocol, "HTTP/2") {
		line.Reason = reason(a.status)
	}
	var facts Facts = line
	if !call.IsHTTP() && a.from.Proxy == nil { // what a proxy says itself is HTTP
		facts = UnknownProtocol{}
	}
	return message{op: OpResponse, facts: facts, protected: l.session != nil}
}

// roundtrip sends one request over a channel that is open and brings its answer
// back to the opener.
func (d *deriver) roundtrip(l *channel, call Call, after *Step) answer {
	l.exchanges++
	arrived := d.sendRequest(l, call, after)
	body := d.sendBody(l, call)
	if body != nil && (l.far.Proxy == nil || l.far.Proxy.Behaves().BuffersBody) {
		arrived = body
	}
	if l.far.Kind == KindServer {
		if l.session != nil {
			arrived = d.act(l.far, OpDecrypt, nil, l.session, arrived)
		}
	}
	var a answer
	switch {
	case l.carriesBytes() && l.misread(call) && (l.listener == nil || l.listener.Kind != ListenTCP):
		a = d.misunderstood(l, arrived)
	case l.speaksOther(call):
		// measured: before a greeting of IMAP HAProxy answers 502
		a = d.unread(l, arrived, UnknownProtocol{}, &Why{Fault: FaultProtocol, Problem: ProblemNotHTTP, At: l.far})
	case l.server != nil:
		a = d.serverAnswer(l, arrived)
	default:
		a = d.proxyAnswer(l, call, arrived)
	}
	if a.fail != nil {
		if a.fail.ending == Ending(TimedOut{}) && len(l.path) > 1 {
			d.relayTimeout(l, a.fail)
		}
		return a
	}
	a.step = d.pass(l, false, l.session, []message{responseMessage(l, call, a)}, a.step)
	if l.server != nil && l.server.Backend.ConnectionClose.V && a.status != statusSwitching {
		a.closes, l.raced = true, true // it says so in its answer
	}
	if a.closes {
		k := closing{first: a.end}
		if l.raced {
			k.second = a.step
		}
		a.end = d.closeInOrder(l, k)
	}
	if l.server != nil && a.endless && l.end().header != nil {
		d.put(l.end(), false, tcp(OpRST, true), nil, false, arrived) // it came behind a header that was not understood
	}
	return a
}

// sendRequest puts the request on the wire; over h2 after the connection
// preface, on the first one (RFC 9113, 3.4).
func (d *deriver) sendRequest(l *channel, call Call, after *Step) *Step {
	first := l.exchanges == 1
	if l.early != nil {
		// it is there already, and is acted upon when the client has finished
		// (measured: the SYN towards the server comes after that)
		if protocol(l) == "HTTP/2" {
			d.settings(l, l.early)
		}
		l.early = nil
		return l.session.Established
	}
	if first && protocol(l) == "HTTP/2" {
		preface := d.pass(l, true, l.session, prefaceMessages(l), l.ready, after)
		if !l.misread(call) {
			d.settings(l, preface)
		}
	}
	m := requestMessage(l, call)
	if l.session == nil && first && l.sent < len(l.path) {
		l.first = m
		d.deliver(l, l.ready, after)
		return l.arrived
	}
	ready := l.ready
	l.ready = nil // what comes later comes after this request
	return d.pass(l, true, l.session, []message{m}, ready, after)
}

// firstData is what the opener of a channel sends first of all once it may.
func (l *channel) firstData() []message {
	m := requestMessage(l, l.call)
	if protocol(l) == "HTTP/2" {
		return append(prefaceMessages(l), m)
	}
	return []message{m}
}

func settingsMessage(l *channel, op Op) message {
	return message{op: op, protected: l.session != nil}
}

func prefaceMessages(l *channel) []message {
	return []message{settingsMessage(l, OpPreface), settingsMessage(l, OpSettings)}
}

// settings is the server's side of an h2 connection's beginning. The client
// need not wait for it before it sends its request.
func (d *deriver) settings(l *channel, mine *Step) {
	after := mine
	if l.server != nil && l.session != nil {
		after = l.session.Established // its preface needs no other (RFC 9113, 3.4; measured with Go)
	}
	ack := settingsMessage(l, OpSettingsAck)
	ack.loose = true
	yours := d.pass(l, false, l.session, []message{settingsMessage(l, OpSettings)}, after)
	d.pass(l, false, l.session, []message{ack}, mine)
	ack.optional = true
	d.pass(l, true, l.session, []message{ack}, yours)
}

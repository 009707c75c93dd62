package flow

import "strings"

// A tcp port that ends TLS relays the bytes within as they are (HAProxy
// configuration manual, mode tcp): which HTTP its client speaks was agreed with the
// port, and the end behind it may not read that version.

// carriesBytes reports whether the channel carries what the client of a tcp port
// sends, which its opener does not read.
func (l *channel) carriesBytes() bool {
	return l.from != nil && l.from.listener != nil && l.from.listener.Kind == ListenTCP
}

// reads is the version of HTTP that the far end of a channel of bytes reads; "" where
// it reads any, or something else.
func (l *channel) reads() string {
	switch {
	case l.http2():
		return "HTTP/2"
	case l.server == nil:
		if l.listener == nil || l.listener.Kind == ListenTCP || l.far.Proxy.Behaves().TakesPreface {
			return ""
		}
		return "HTTP/1.1"
	}
	switch l.server.Backend.Speaks.V {
	case SpeaksH2C:
		return "HTTP/2"
	case SpeaksHTTP, SpeaksHTTPS:
		return "HTTP/1.1"
	case SpeaksTCP, SpeaksTLS:
		return ""
	}
	panic("flow: unknown protocol")
}

// misread reports whether the end that reads a channel's requests reads another version
// of HTTP than the one in which they are.
func (l *channel) misread(call Call) bool {
	if l.listener != nil && l.listener.Kind == ListenTCP {
		return len(l.ups) > 0 && l.ups[0].misread(call)
	}
	if !l.carriesBytes() || call.Scheme == "tls" {
		return false
	}
	want := l.reads()
	return want != "" && strings.HasPrefix(protocol(l), "HTTP/2") != (want == "HTTP/2")
}

// readAsHTTP reports whether a proxy on the way of a channel has read what it carries as
// HTTP.
func (l *channel) readAsHTTP() bool {
	for at := l; at.from != nil && at.from.listener != nil; at = at.from {
		if at.from.listener.Kind != ListenTCP {
			return true
		}
	}
	return false
}

// speaksOther reports whether the server at the far end of a channel is said to speak
// something else than HTTP, which a proxy has made of the request.
func (l *channel) speaksOther(call Call) bool {
	if l.server == nil || call.Scheme == "tls" || !l.server.Backend.Speaks.IsSet() {
		return false
	}
	speaks := l.server.Backend.Speaks.V
	return (speaks == SpeaksTCP || speaks == SpeaksTLS && l.session != nil) && l.readAsHTTP()
}

// misunderstood is an end that was sent another HTTP than it reads. One of HTTP/1.1 answers
// the preface of HTTP/2 in HTTP/1.1, as it likes (measured: Go's net/http 200 to a
// handler of everything, others 400 or 505), which its client cannot read, and closes. One of
// HTTP/2 closes, over TLS behind its SETTINGS (measured: Go, and a port of HAProxy
// 2.6, without a word).
func (d *deriver) misunderstood(l *channel, arrived *Step) answer {
	var reply Facts
	if protocol(l) == "HTTP/2" {
		reply = StatusLine{Protocol: "HTTP/1.1", Status: 505, Reason: "HTTP Version Not Supported"}
	}
	return d.unread(l, arrived, reply, &Why{Fault: FaultProtocol, Problem: ProblemOtherHTTP, At: l.far, Name: protocol(l)})
}

// unread is an end that cannot read a request: it may send a reply, which is relayed
// unchanged to the end that reads it, and it closes.
func (d *deriver) unread(l *channel, arrived *Step, reply Facts, why *Why) answer {
	arrived.Fault = FaultProtocol
	said, step := arrived, arrived
	for at := l; reply != nil && at != nil; at = at.from {
		m := message{op: OpResponse, facts: reply, protected: at.session != nil, optional: true}
		step = d.pass(at, false, at.session, []message{m}, step)
		if at == l {
			said = d.last(l.end(), false)
		}
		if !at.carriesBytes() {
			break
		}
	}
	known := d.closeInOrder(l, closing{first: said})
	return answer{fail: &failure{ending: Closed{}, from: l.far, cause: arrived, known: known, sent: wasSent, why: why}}
}

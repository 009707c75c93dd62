package verify

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// talk is what both directions of a connection share while they are read.
type talk struct {
	conn    *conn
	rec     *recorder
	keys    *KeyLog
	readers [2]*reader // by Side
	tls     tlsState
	http    httpState
}

// reader finds the protocol messages in one direction of a connection, by
// what is said and not by the port. A reader inside another one reads what TLS
// carried.
type reader struct {
	talk  *talk
	from  connSide
	mode  mode
	buf   []byte // of a message that is not complete
	skip  int    // bytes that belong to what was read and say nothing more
	at    framePlace
	time  int64
	tls   tlsHalf
	http  httpHalf
	inner *reader // of what is inside TLS
	over  bool    // this is an inner one
}

// mode is what a reader expects next.
type mode int

// The modes of a reader.
const (
	modeStart mode = iota // nothing was read yet
	modeTLS
	modeHTTP1
	modeHTTP2
	modeData // bytes that say nothing: a tunnel, or another protocol
	modeLost // a hole in the stream: what follows is not the beginning of a message
)

// maxHead bounds the head of an HTTP message, and whatever else is buffered
// until it is complete, but TLS records, which have their own bound.
const maxHead = 64 << 10

// feed takes the next bytes of the direction. It keeps none of them.
func (r *reader) feed(data []byte, at framePlace, time int64) {
	r.at, r.time = at, time
	if r.mode == modeLost {
		r.resume(data)
	}
	for {
		if n := min(r.skip, len(data)); n > 0 && len(r.buf) == 0 {
			data = data[n:]
			r.pass(n)
		}
		if len(data) == 0 {
			return
		}
		b := data
		if len(r.buf) > 0 {
			r.buf = append(r.buf, data...)
			b = r.buf
		}
		n := r.step(b)
		switch {
		case n == 0 && len(b) > r.bound():
			r.mode, r.buf = modeData, nil
			r.data(len(b))
			return
		case n == 0:
			if len(r.buf) == 0 {
				r.buf = append([]byte(nil), b...)
			}
			return
		}
		rest := b[min(n, len(b)):]
		r.skip += max(n-len(b), 0)
		if len(r.buf) > 0 {
			rest = bytes.Clone(rest)
			r.buf = nil
		}
		data = rest
	}
}

func (r *reader) bound() int {
	if r.mode == modeTLS {
		return recordHeader + maxRecord
	}
	return maxHead
}

// step reads one message at the beginning of b and returns its length, which
// may be more than b has where the rest says nothing; 0 where more is needed.
func (r *reader) step(b []byte) int {
	switch r.mode {
	case modeStart:
		return r.start(b)
	case modeTLS:
		return r.record(b)
	case modeHTTP1:
		return r.http1(b)
	case modeHTTP2:
		return r.http2(b)
	case modeData, modeLost:
	}
	r.data(len(b))
	return len(b)
}

// event records a message of this direction.
func (r *reader) event(op flow.Op, facts flow.Facts, secrecy secrecy, n int) {
	r.talk.rec.add(event{
		Conn: r.talk.conn, From: r.from, At: r.at, Time: r.time,
		Op: op, Facts: facts, Secrecy: secrecy, Bytes: n,
		Inside: r.over || op.Layer() == flow.LayerTLS && secrecy != secrecyClear,
	})
}

// aside marks the last message as one that a lifecycle may leave out.
func (r *reader) aside() {
	events := r.talk.conn.Events
	if n := len(events); n > 0 && events[n-1].Order == r.talk.rec.order { // else it was not kept
		events[n-1].Aside = true
	}
}

// data is bytes that are no message: the body of a tunnel. A run of them is one.
func (r *reader) data(n int) {
	c := r.talk.conn
	if k := len(c.Events); k > 0 {
		if last := c.Events[k-1]; last.Op == flow.OpData && last.From == r.from {
			last.Bytes += n
			last.until = r.talk.rec.order
			return
		}
	}
	r.event(flow.OpData, nil, secrecyClear, n)
}

// carried is a part of a body. That of a request is a message of its own, which
// a lifecycle has where the model states a body.
func (r *reader) carried(n int) {
	if r.from == opener {
		r.data(n)
		r.aside()
	}
}

// pass goes past bytes that belong to what was read: of HTTP/1, a body whose
// length its head has said.
func (r *reader) pass(n int) {
	r.skip -= n
	if r.mode == modeHTTP1 && !r.http.chunked {
		r.carried(n)
	}
}

// lose says that bytes of the direction are not in the capture.
func (r *reader) lose(n int) {
	if len(r.buf) == 0 && r.skip >= n {
		r.pass(n) // of a body; nothing that counts is lost
		if r.mode == modeTLS {
			r.tls.missed = true
		}
		return
	}
	r.hole()
}

// hole lets go of what the next bytes would have continued.
func (r *reader) hole() {
	r.buf, r.skip = nil, 0
	r.http.fields.lose()
	r.tls.missed = true
	r.tls.message, r.tls.messageSkip = nil, 0
	if r.mode != modeData {
		r.mode = modeLost
	}
	if r.inner != nil {
		r.inner.buf, r.inner.skip = nil, 0
		r.inner.http.fields.lose()
		if r.inner.mode != modeData {
			r.inner.mode = modeLost
		}
	}
}

// What a reader inside TLS and the keys of one direction take, in bytes.
const (
	readerCost = 512
	stateCost  = 1536
)

// holds is how many bytes the direction takes until more of it comes.
func (r *reader) holds() int {
	n := cap(r.buf) + cap(r.tls.message) + stateCost*len(r.tls.keys) + cap(r.http.fields.block) + r.http.fields.stored
	if r.inner != nil {
		n += readerCost + r.inner.holds()
	}
	return n
}

// giveUp lets go of all that the direction takes. What follows is read as behind
// a hole.
func (r *reader) giveUp() {
	r.hole()
	r.tls.keys, r.inner = nil, nil
}

// resume finds where a protocol goes on behind a hole: a segment often begins
// with a message.
func (r *reader) resume(b []byte) {
	switch {
	case !r.over && looksLikeRecord(b):
		r.mode = modeTLS
	case isRequest(b), isResponse(b):
		r.mode = modeHTTP1
		r.http = httpHalf{}
	}
	if r.mode == modeLost {
		r.skip = len(b) // wait for the next segment
	}
}

// end is the FIN of the direction: what waited for more is all there is.
func (r *reader) end(at framePlace, time int64) {
	if len(r.buf) > 0 && r.mode == modeStart {
		r.at, r.time = at, time
		r.data(len(r.buf))
	}
	r.buf = nil
}

// release frees what is only needed while there is more to read.
func (r *reader) release() {
	r.buf, r.tls.message, r.tls.keys = nil, nil, nil
	r.http.fields = fields{}
	if r.inner != nil {
		r.inner.release()
	}
}

// start recognises what the direction speaks.
func (r *reader) start(b []byte) int {
	c := r.talk.conn
	if r.from == opener && !r.over && c.Header == nil {
		if n, header, ok := proxyHeader(b); ok {
			if n > 0 {
				c.Header = header
				r.event([...]flow.Op{1: flow.OpProxyV1, 2: flow.OpProxyV2}[header.Version], header.facts(), secrecyClear, n)
			}
			return n
		}
	}
	switch {
	case !r.over && looksLikeRecord(b):
		r.mode = modeTLS
		r.talk.tls.seen = true
	case r.from == opener && bytes.HasPrefix(b, []byte(preface)):
		r.mode = modeHTTP2
		r.talk.http.two = true
		r.event(flow.OpPreface, nil, secrecyClear, len(preface))
		return len(preface)
	case r.from == acceptor && r.speaksHTTP2() && len(b) >= frameHeader && b[3] == frameSettings:
		r.mode = modeHTTP2
	case r.talk.http.tunnel:
		r.mode = modeData
	case isRequest(b), isResponse(b):
		r.mode = modeHTTP1
	case mayBecome(b, r.over):
		return 0
	default:
		r.mode = modeData
	}
	return r.step(b)
}

// speaksHTTP2 reports whether HTTP/2 was begun or agreed upon: over TLS a server
// may say so before its client does (RFC 9113, 3.4).
func (r *reader) speaksHTTP2() bool {
	return r.talk.http.two || r.over && r.session().ALPN == "h2"
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// looksLikeRecord reports whether b begins with the header of a TLS record.
func looksLikeRecord(b []byte) bool {
	return len(b) >= recordHeader && b[0] >= recordCCS && b[0] <= recordData && b[1] == 3 && b[2] <= 4 &&
		int(binary.BigEndian.Uint16(b[3:])) <= maxRecord
}

// mayBecome reports whether b is too short to be told.
func mayBecome(b []byte, inner bool) bool {
	if !inner && len(b) < recordHeader && b[0] >= recordCCS && b[0] <= recordData && (len(b) < 2 || b[1] == 3) {
		return true
	}
	for _, p := range []string{preface, "HTTP/1.", string(signature2), "PROXY "} {
		if len(b) < len(p) && strings.HasPrefix(p, string(b)) {
			return true
		}
	}
	// a method, or the beginning of one
	return len(b) < 16 && isMethod(bytes.TrimRight(b, " "))
}

// greets tells which side would begin with these bytes; -1 for neither.
func greets(b []byte) connSide {
	switch {
	case len(b) >= 6 && b[0] == recordHandshake && b[1] == 3:
		switch b[5] {
		case handshakeClientHello, 16:
			return opener
		case handshakeServerHello:
			return acceptor
		}
	case isResponse(b):
		return acceptor
	case isRequest(b), bytes.HasPrefix(b, []byte(preface)), bytes.HasPrefix(b, signature2):
		return opener
	}
	return -1
}

// signature2 begins a PROXY v2 header.
var signature2 = []byte("\r\n\r\n\x00\r\nQUIT\n")

// maxProxy1 is the longest PROXY v1 header (proxy-protocol.txt, 2.1).
const maxProxy1 = 107

// proxyHeader reads a PROXY header. ok is false where b is none; n is 0 where
// more is needed.
func proxyHeader(b []byte) (n int, h *seenHeader, ok bool) {
	const first = "PROXY "
	switch {
	case bytes.HasPrefix(b, []byte(first)):
		line, _, complete := bytes.Cut(b[:min(len(b), maxProxy1)], []byte("\r\n"))
		if !complete {
			return 0, nil, len(b) < maxProxy1
		}
		return len(line) + 2, header1(string(line)), true
	case bytes.HasPrefix(b, signature2):
		if len(b) < 16 {
			return 0, nil, true
		}
		n = 16 + int(binary.BigEndian.Uint16(b[14:]))
		if len(b) < n && n <= maxHead {
			return 0, nil, true
		}
		return n, header2(b[:min(n, len(b))]), true
	case len(b) < len(signature2) && (strings.HasPrefix(first, string(b)) || bytes.HasPrefix(signature2, b)):
		return 0, nil, true
	}
	return 0, nil, false
}

// header1 reads "PROXY TCP4 127.0.0.10 127.0.0.20 38900 443".
func header1(line string) *seenHeader {
	h := &seenHeader{Version: 1}
	f := strings.Fields(line)
	if len(f) == 6 {
		h.Src, h.Dst = addrPort(f[2], f[4]), addrPort(f[3], f[5])
	}
	return h
}

func addrPort(addr, port string) netip.AddrPort {
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	ap, _ := netip.ParseAddrPort(addr + ":" + port)
	return ap
}

// header2 reads the binary form (proxy-protocol.txt, 2.2).
func header2(b []byte) *seenHeader {
	h := &seenHeader{Version: 2}
	family, rest := b[13], b[16:]
	size := map[byte]int{0x11: 4, 0x21: 16}[family]
	if b[12]&0xf != 1 || size == 0 || len(rest) < 2*size+4 { // LOCAL, or not TCP
		return h
	}
	src, _ := netip.AddrFromSlice(rest[:size])
	dst, _ := netip.AddrFromSlice(rest[size : 2*size])
	h.Src = netip.AddrPortFrom(src.Unmap(), binary.BigEndian.Uint16(rest[2*size:]))
	h.Dst = netip.AddrPortFrom(dst.Unmap(), binary.BigEndian.Uint16(rest[2*size+2:]))
	return h
}

func (h *seenHeader) facts() flow.Facts {
	if !h.Src.IsValid() {
		return nil
	}
	return flow.ProxyHeader{Client: h.Src.String(), To: h.Dst.String()}
}

package verify

import (
	"encoding/binary"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/flowc-lang/flowc/flow"
)

// The content types of records (RFC 8446, 5.1), and their sizes.
const (
	recordCCS       = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23

	recordHeader = 5
	maxRecord    = 1<<14 + 2048 // RFC 5246, 6.2.3; TLS 1.3 allows less
)

// alertRecord is the length of a TLS 1.3 record with an alert in it: two bytes,
// the content type, and the tag, without padding.
const alertRecord = 2 + 1 + 16

// The types of handshake messages that are looked into.
const (
	handshakeClientHello       = 1
	handshakeServerHello       = 2
	handshakeEndOfEarlyData    = 5
	handshakeExtensions        = 8
	handshakeFinished          = 20
	handshakeCertificateStatus = 22
	handshakeKeyUpdate         = 24
)

// handshakeOps are the types of handshake messages (RFC 8446, 4; RFC 5246, 7.4).
var handshakeOps = map[byte]flow.Op{
	0: flow.OpHelloRequest, 1: flow.OpClientHello, 2: flow.OpServerHello, 4: flow.OpNewSessionTicket, 5: flow.OpEndOfEarlyData,
	8: flow.OpEncryptedExtensions, 11: flow.OpCertificate, 12: flow.OpServerKeyExchange, 13: flow.OpCertificateRequest,
	14: flow.OpServerHelloDone, 15: flow.OpCertificateVerify, 16: flow.OpClientKeyExchange, 20: flow.OpFinished,
	22: flow.OpCertificateStatus, 24: flow.OpKeyUpdate, 25: flow.OpCompressedCertificate,
}

// retryRandom is the random of a ServerHello that is a HelloRetryRequest
// (RFC 8446, 4.1.3).
const retryRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" +
	"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

// tlsState is what both directions of a TLS connection share.
type tlsState struct {
	seen         bool
	session      string // the session ID that the client offers
	serverRandom string
	secrets      *secrets // of the key log; nil where it has none for the session
}

// tlsHalf is one direction of a TLS connection.
type tlsHalf struct {
	changed     bool           // TLS 1.2: a ChangeCipherSpec was seen, what follows is protected
	finished    bool           // TLS 1.2: the Finished was seen
	message     []byte         // of a handshake message that is not complete
	messageSkip int            // bytes of a handshake message that is not looked into
	missed      bool           // a hole: what a record of the handshake continues is unknown
	keys        []*cipherState // in the order in which they come into use
}

// session returns what is known of the connection's session.
func (r *reader) session() *session {
	c := r.talk.conn
	if c.TLS == nil {
		c.TLS = &session{}
	}
	return c.TLS
}

// record reads one TLS record.
func (r *reader) record(b []byte) int {
	if len(b) < recordHeader {
		return 0
	}
	if !looksLikeRecord(b) {
		r.mode = modeStart // the other end answers a ClientHello in plaintext
		if len(r.talk.conn.Events) > 0 && r.tls.message == nil && r.session().Version == 0 {
			return r.start(b)
		}
		r.mode = modeData
		return r.step(b)
	}
	n := recordHeader + int(binary.BigEndian.Uint16(b[3:]))
	kind := b[0]
	if kind == recordData && !r.readable() {
		r.protected(kind, n)
		return n
	}
	if len(b) < n {
		return 0
	}
	body := b[recordHeader:n]
	if kind == recordAlert && len(body) > clearAlert && r.talk.conn.Lost[opener]+r.talk.conn.Lost[acceptor] > 0 {
		r.tls.changed = true // ChangeCipherSpec is among what is lost
	}
	if r.encrypted(kind) {
		plain, inner, ok := r.open(b[:recordHeader], body)
		if !ok {
			r.protected(kind, n)
			return n
		}
		r.session().Read = true
		r.content(inner, plain, n, hiddenText)
		return n
	}
	r.content(kind, body, n, secrecyClear)
	return n
}

// clearAlert is the length of an alert in the clear (RFC 5246, 7.2).
const clearAlert = 2

// encrypted reports whether a record of this direction is protected.
func (r *reader) encrypted(kind byte) bool {
	return kind == recordData || r.tls.changed && kind != recordCCS && r.session().Version < flow.TLS13
}

// protected is a record that cannot be read.
func (r *reader) protected(kind byte, n int) {
	switch {
	case kind == recordAlert:
		r.event(flow.OpAlert, nil, hiddenText, n)
	case kind == recordHandshake && !r.tls.finished:
		r.tls.finished = true
		r.event(flow.OpFinished, nil, hiddenText, n)
	case kind == recordHandshake:
		r.event(flow.OpHandshake, nil, hiddenText, n)
	default:
		r.event(flow.OpRecord, nil, secrecyHidden, n)
	}
}

// content is what a record holds. secrecy is Clear where it came in the clear.
func (r *reader) content(kind byte, body []byte, n int, secrecy secrecy) {
	switch kind {
	case recordCCS:
		if r.changes() {
			r.tls.changed = true
			r.rekey12()
		}
		r.event(flow.OpChangeCipherSpec, nil, secrecyClear, n)
	case recordAlert:
		var says flow.Facts
		if len(body) >= 2 {
			says = flow.AlertSent{Alert: flow.AlertOf(body[1])}
		}
		r.read(flow.OpAlert, says, secrecy, n)
	case recordHandshake:
		r.handshake(body, secrecy, n)
	case recordData:
		if r.inner == nil {
			r.inner = &reader{talk: r.talk, from: r.from, over: true}
		}
		r.inner.feed(body, r.at, r.time)
	}
}

// changes reports whether a ChangeCipherSpec means something: in TLS 1.3 it does
// not (RFC 8446, D.4), and there alone it may come before the ServerHello.
func (r *reader) changes() bool {
	ses := r.session()
	return !ses.Retried && ses.Version != flow.TLS13 && (ses.Version != 0 || ses.Random == "")
}

// read records a message of TLS; what was decrypted is known and was protected.
func (r *reader) read(op flow.Op, facts flow.Facts, secrecy secrecy, n int) {
	r.talk.rec.add(event{
		Conn: r.talk.conn, From: r.from, At: r.at, Time: r.time,
		Op: op, Facts: facts, Inside: secrecy != secrecyClear, Bytes: n,
	})
}

// maxHello bounds the handshake messages that are looked into; the others are
// passed over.
const maxHello = 1 << 16

// handshake reads the handshake messages of a record, which may begin in one
// record and end in another.
func (r *reader) handshake(b []byte, secrecy secrecy, n int) {
	t := &r.tls
	if t.missed && len(t.message) == 0 && t.messageSkip == 0 {
		t.missed = false
	}
	for len(b) > 0 {
		if k := min(t.messageSkip, len(b)); k > 0 {
			t.messageSkip -= k
			b = b[k:]
			continue
		}
		t.message = append(t.message, b...)
		if len(t.message) < 4 {
			return
		}
		kind := t.message[0]
		size := 4 + (int(t.message[1])<<16 | int(binary.BigEndian.Uint16(t.message[2:])))
		looked := kind == handshakeClientHello || kind == handshakeServerHello || kind == handshakeExtensions
		if looked && size <= maxHello && len(t.message) < size {
			return // it is complete when its last byte came
		}
		whole := t.message
		t.message = nil
		if size > len(whole) {
			t.messageSkip = size - len(whole)
			b = nil
		} else {
			b = whole[size:]
			whole = whole[:size]
		}
		r.message(kind, whole[4:], secrecy, n)
	}
}

// message is one handshake message.
func (r *reader) message(kind byte, body []byte, secrecy secrecy, n int) {
	op, known := handshakeOps[kind]
	if !known {
		op = flow.OpHandshake
	}
	var says flow.Facts
	switch kind {
	case handshakeClientHello:
		says = r.clientHello(body)
	case handshakeServerHello:
		if r.serverHello(body) {
			op = flow.OpHelloRetryRequest
		}
	case handshakeExtensions:
		r.encryptedExtensions(body)
	}
	r.read(op, says, secrecy, n)
	if kind == handshakeCertificateStatus || kind == handshakeKeyUpdate {
		r.aside()
	}
	switch {
	case kind == handshakeFinished:
		r.tls.finished = true
		r.next(phaseHandshake)
	case kind == handshakeEndOfEarlyData:
		r.next(phaseEarly)
	case kind == handshakeKeyUpdate && r.readable():
		r.tls.keys[0].update()
	}
}

// The extensions that are looked into (RFC 8446, 4.2; RFC 6066; RFC 7301).
const (
	extensionServerName = 0
	extensionALPN       = 16
	extensionTicket     = 35 // session_ticket (RFC 5077, 3.2)
	extensionKey        = 41 // pre_shared_key
	extensionEarlyData  = 42
	extensionVersions   = 43
)

// clientHello reads a ClientHello (RFC 8446, 4.1.2) and returns what of it is
// worth saying.
func (r *reader) clientHello(body []byte) flow.Facts {
	var version uint16
	var random, id, suites, compression, extensions cryptobyte.String
	s := cryptobyte.String(body)
	ses := r.session()
	if !s.ReadUint16(&version) || !s.ReadBytes((*[]byte)(&random), 32) || !s.ReadUint8LengthPrefixed(&id) ||
		!s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compression) {
		return nil
	}
	if ses.Retried {
		return flow.ClientHello{Again: true}
	}
	ses.Random = string(random)
	r.talk.tls.session = string(id)
	ses.Can = flow.Versions{Min: flow.TLS10, Max: flow.Version(version)}
	early := false
	if s.ReadUint16LengthPrefixed(&extensions) {
		each(extensions, func(kind uint16, data cryptobyte.String) {
			switch kind {
			case extensionServerName:
				ses.SNI = serverName(data)
			case extensionALPN:
				ses.Offered = protocols(data)
			case extensionVersions:
				ses.Can = versions(data)
			case extensionTicket:
				ses.Tickets = true
			case extensionEarlyData:
				early = true
			}
		})
	}
	if sec := r.talk.keys.of(ses.Random); sec != nil {
		r.talk.tls.secrets = sec
		if early {
			r.early()
		}
	}
	return flow.ClientHello{SNI: ses.SNI, ALPN: ses.Offered}
}

// each calls f for the extensions of a hello.
func each(extensions cryptobyte.String, f func(kind uint16, data cryptobyte.String)) {
	for !extensions.Empty() {
		var kind uint16
		var data cryptobyte.String
		if !extensions.ReadUint16(&kind) || !extensions.ReadUint16LengthPrefixed(&data) {
			return
		}
		f(kind, data)
	}
}

func serverName(data cryptobyte.String) string {
	var list, name cryptobyte.String
	var kind uint8
	if !data.ReadUint16LengthPrefixed(&list) || !list.ReadUint8(&kind) || kind != 0 || !list.ReadUint16LengthPrefixed(&name) {
		return ""
	}
	return strings.ToLower(clip(string(name)))
}

func protocols(data cryptobyte.String) []string {
	var list, name cryptobyte.String
	var out []string
	if !data.ReadUint16LengthPrefixed(&list) {
		return nil
	}
	for len(out) < 16 && list.ReadUint8LengthPrefixed(&name) {
		out = append(out, clip(string(name)))
	}
	return out
}

// versions reads supported_versions; values that are no version are there to
// keep servers tolerant (RFC 8701).
func versions(data cryptobyte.String) flow.Versions {
	var list cryptobyte.String
	var out flow.Versions
	if !data.ReadUint8LengthPrefixed(&list) {
		return out
	}
	var v uint16
	for list.ReadUint16(&v) {
		w := flow.Version(v)
		if w < flow.TLS10 || w > flow.TLS13 {
			continue
		}
		if out.Min == 0 || w < out.Min {
			out.Min = w
		}
		out.Max = max(out.Max, w)
	}
	return out
}

// serverHello reads a ServerHello (RFC 8446, 4.1.3) and reports whether it is a
// HelloRetryRequest.
func (r *reader) serverHello(body []byte) (retry bool) {
	var version, suite uint16
	var random, id, extensions cryptobyte.String
	var compression uint8
	s := cryptobyte.String(body)
	ses := r.session()
	if !s.ReadUint16(&version) || !s.ReadBytes((*[]byte)(&random), 32) || !s.ReadUint8LengthPrefixed(&id) ||
		!s.ReadUint16(&suite) || !s.ReadUint8(&compression) {
		return false
	}
	if string(random) == retryRandom {
		ses.Retried = true
		return true
	}
	ses.Version, ses.Suite = flow.Version(version), suite
	key := false
	if s.ReadUint16LengthPrefixed(&extensions) {
		each(extensions, func(kind uint16, data cryptobyte.String) {
			var v uint16
			switch {
			case kind == extensionKey:
				key = true
			case kind == extensionVersions && data.ReadUint16(&v):
				ses.Version = flow.Version(v)
			case kind == extensionALPN:
				if p := protocols(data); len(p) == 1 {
					ses.ALPN = p[0]
				}
			}
		})
	}
	ses.Resumed = resumes(ses.Version, key, string(id), r.talk.tls.session)
	r.talk.tls.serverRandom = string(random)
	if ses.Version == flow.TLS13 {
		r.handshakeKeys()
	}
	return false
}

// resumes reports whether a ServerHello takes up an earlier session: in TLS 1.3
// with pre_shared_key (RFC 8446, 4.2.11), before with the client's own session
// ID, which a client with a ticket makes up (RFC 5246, 7.4.1.3; RFC 5077, 3.4).
// The ID that TLS 1.3 echoes says nothing (RFC 8446, 4.1.3).
func resumes(v flow.Version, key bool, id, offered string) bool {
	if v >= flow.TLS13 {
		return key
	}
	return id != "" && id == offered
}

// encryptedExtensions has the chosen ALPN in TLS 1.3 (RFC 8446, 4.3.1).
func (r *reader) encryptedExtensions(body []byte) {
	var extensions cryptobyte.String
	s := cryptobyte.String(body)
	if !s.ReadUint16LengthPrefixed(&extensions) {
		return
	}
	each(extensions, func(kind uint16, data cryptobyte.String) {
		if p := protocols(data); kind == extensionALPN && len(p) == 1 {
			r.session().ALPN = p[0]
		}
	})
}

package verify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/cryptobyte"

	"github.com/flowc-lang/flowc/flow"
)

// suite is what a cipher suite needs to be read.
type suite struct {
	hash     func() hash.Hash
	key      int // bytes
	chacha   bool
	explicit bool // TLS 1.2 with AES-GCM: eight bytes of the nonce travel (RFC 5288, 3)
}

// suites are those that are read: AES-GCM and ChaCha20-Poly1305.
var suites = map[uint16]suite{
	// TLS 1.3 (RFC 8446, B.4)
	0x1301: {hash: sha256.New, key: 16},
	0x1302: {hash: sha512.New384, key: 32},
	0x1303: {hash: sha256.New, key: 32, chacha: true},
	// TLS 1.2 (RFC 5288, 5289, 7905)
	0x009c: {hash: sha256.New, key: 16, explicit: true},
	0x009d: {hash: sha512.New384, key: 32, explicit: true},
	0x009e: {hash: sha256.New, key: 16, explicit: true},
	0x009f: {hash: sha512.New384, key: 32, explicit: true},
	0xc02b: {hash: sha256.New, key: 16, explicit: true},
	0xc02c: {hash: sha512.New384, key: 32, explicit: true},
	0xc02f: {hash: sha256.New, key: 16, explicit: true},
	0xc030: {hash: sha512.New384, key: 32, explicit: true},
	0xcca8: {hash: sha256.New, key: 32, chacha: true},
	0xcca9: {hash: sha256.New, key: 32, chacha: true},
	0xccaa: {hash: sha256.New, key: 32, chacha: true},
}

// cipherState reads the records of one direction under one key.
type cipherState struct {
	suite  suite
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
	secret []byte // TLS 1.3; nil in TLS 1.2
	phase  phase
}

// phase is what keys of TLS 1.3 are for.
type phase int

// The phases, in the order in which their keys come into use.
const (
	phaseEarly phase = iota + 1
	phaseHandshake
	phaseApplication
)

func (s suite) aead(key []byte) cipher.AEAD {
	if s.chacha {
		a, err := chacha20poly1305.New(key)
		if err != nil {
			return nil
		}
		return a
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	return a
}

// traffic derives the keys of a TLS 1.3 traffic secret (RFC 8446, 7.3); nil
// where there is none, or it cannot be one.
func (s suite) traffic(secret []byte, p phase) *cipherState {
	if len(secret) != s.hash().Size() {
		return nil
	}
	c := &cipherState{suite: s, secret: secret, phase: p, iv: s.expand(secret, "iv", 12)}
	if c.aead = s.aead(s.expand(secret, "key", s.key)); c.aead == nil {
		return nil
	}
	return c
}

// expand is HKDF-Expand-Label with an empty context (RFC 8446, 7.1).
func (s suite) expand(secret []byte, label string, n int) []byte {
	var b cryptobyte.Builder
	b.AddUint16(uint16(n))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("tls13 " + label)) })
	b.AddUint8(0)
	out, err := hkdf.Expand(s.hash, secret, string(b.BytesOrPanic()), n)
	if err != nil {
		panic(err) // n is a constant that fits
	}
	return out
}

// update is what a KeyUpdate does (RFC 8446, 7.2).
func (c *cipherState) update() {
	if c.secret == nil {
		return
	}
	if next := c.suite.traffic(c.suite.expand(c.secret, "traffic upd", len(c.secret)), c.phase); next != nil {
		*c = *next
	}
}

// maxMissed is how many lost records are looked past for the next number.
const maxMissed = 64

// open reads one record. Behind a hole the number of the record is not known,
// so that the next ones are tried, too.
func (c *cipherState) open(header, body []byte, missed bool) (plain []byte, ok bool) {
	tries := 1
	if missed {
		tries = maxMissed
	}
	for i := range tries {
		if plain, ok = c.try(c.seq+uint64(i), header, body); ok {
			c.seq += uint64(i) + 1
			return plain, true
		}
	}
	return nil, false
}

func (c *cipherState) try(seq uint64, header, body []byte) ([]byte, bool) {
	nonce := make([]byte, 12)
	copy(nonce, c.iv)
	aad := header
	switch {
	case c.suite.explicit:
		if len(body) < 8 {
			return nil, false
		}
		copy(nonce[4:], body[:8])
		body = body[8:]
	default:
		for i := range 8 {
			nonce[4+i] ^= byte(seq >> (56 - 8*i))
		}
	}
	if len(body) < c.aead.Overhead() {
		return nil, false
	}
	if c.secret == nil {
		aad = binary.BigEndian.AppendUint64(nil, seq)
		aad = append(aad, header[:3]...)
		aad = binary.BigEndian.AppendUint16(aad, uint16(len(body)-c.aead.Overhead()))
	}
	plain, err := c.aead.Open(nil, nonce, body, aad)
	return plain, err == nil
}

// readable reports whether this direction's records may be opened.
func (r *reader) readable() bool { return len(r.tls.keys) > 0 }

// open decrypts a record and returns what it holds and of which type that is.
// The keys are tried in the order in which they come into use: a message that
// would say that the next ones are due may be missing.
func (r *reader) open(header, body []byte) (plain []byte, kind byte, ok bool) {
	t := &r.tls
	for i, k := range t.keys {
		if plain, ok = k.open(header, body, t.missed); !ok {
			continue
		}
		t.keys, t.missed = t.keys[i:], false
		if k.secret == nil {
			return plain, header[0], true
		}
		for j := len(plain) - 1; j >= 0; j-- { // RFC 8446, 5.4: zeros pad behind the type
			if plain[j] != 0 {
				return plain[:j], plain[j], true
			}
		}
		return nil, 0, false
	}
	return nil, 0, false
}

// suite returns the chosen suite, where it is one that is read.
func (r *reader) suite() (suite, bool) {
	s, ok := suites[r.session().Suite]
	return s, ok
}

// early begins the client's early data. Its suite is that of the session that
// is resumed, which only trying tells.
func (r *reader) early() {
	for _, id := range []uint16{0x1301, 0x1302, 0x1303} {
		r.use(suites[id].traffic(r.talk.tls.secrets.early, phaseEarly))
	}
}

// handshakeKeys come into use behind the ServerHello, in both directions, and
// those of the application behind each side's Finished.
func (r *reader) handshakeKeys() {
	sec := r.talk.tls.secrets
	s, ok := r.suite()
	if sec == nil || !ok {
		return
	}
	for side, o := range r.talk.readers {
		o.use(s.traffic(sec.handshake[side], phaseHandshake))
		o.use(s.traffic(sec.application[side], phaseApplication))
	}
}

// maxStates bounds the keys that a direction may come to use: three for early
// data, one for the handshake, one for the application, and those of a second
// ServerHello.
const maxStates = 8

func (r *reader) use(k *cipherState) {
	if k != nil && len(r.tls.keys) < maxStates {
		r.tls.keys = append(r.tls.keys, k)
	}
}

// next leaves the keys of a phase of TLS 1.3 behind.
func (r *reader) next(done phase) {
	for len(r.tls.keys) > 0 && r.tls.keys[0].secret != nil && r.tls.keys[0].phase <= done {
		r.tls.keys = r.tls.keys[1:]
	}
}

// rekey12 is where TLS 1.2 begins to protect a direction: its
// ChangeCipherSpec (RFC 5246, 6.3).
func (r *reader) rekey12() {
	sec := r.talk.tls.secrets
	s, ok := r.suite()
	ses := r.session()
	if sec == nil || !ok || sec.master == nil || ses.Version == flow.TLS13 || ses.Version == 0 {
		return
	}
	fixed := 12
	if s.explicit {
		fixed = 4
	}
	seed := "key expansion" + r.talk.tls.serverRandom + ses.Random
	block := prf(s.hash, sec.master, []byte(seed), 2*s.key+2*fixed)
	key := block[int(r.from)*s.key:][:s.key]
	iv := block[2*s.key+int(r.from)*fixed:][:fixed]
	if a := s.aead(key); a != nil {
		r.tls.keys = []*cipherState{{suite: s, aead: a, iv: iv}}
	}
}

// prf is P_hash of TLS 1.2 (RFC 5246, 5).
func prf(h func() hash.Hash, secret, seed []byte, n int) []byte {
	sum := func(parts ...[]byte) []byte {
		m := hmac.New(h, secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	var out []byte
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

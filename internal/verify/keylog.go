package verify

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// KeyLog is the secrets of TLS sessions in the format of SSLKEYLOGFILE
// (draft-ietf-tls-keylogfile), by the random of their ClientHello.
type KeyLog struct{ sessions map[string]*secrets }

// secrets are those of one session.
type secrets struct {
	master                 []byte    // TLS 1.2
	early                  []byte    // TLS 1.3, the client's early data
	handshake, application [2][]byte // TLS 1.3, by Side
}

// maxKeys bounds the sessions of a key log: twice the connections that are kept.
const maxKeys = 1 << 17

const (
	randomSize = 32 // bytes of a ClientHello's random (RFC 8446, 4.1.2)
	maxSecret  = 64 // bytes; those of the longest hash that TLS knows
)

// labels are those lines of a key log that are read, with the secret of a session
// that each states.
var labels = map[string]func(*secrets) *[]byte{
	"CLIENT_RANDOM":                   func(s *secrets) *[]byte { return &s.master },
	"CLIENT_EARLY_TRAFFIC_SECRET":     func(s *secrets) *[]byte { return &s.early },
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET": func(s *secrets) *[]byte { return &s.handshake[opener] },
	"SERVER_HANDSHAKE_TRAFFIC_SECRET": func(s *secrets) *[]byte { return &s.handshake[acceptor] },
	"CLIENT_TRAFFIC_SECRET_0":         func(s *secrets) *[]byte { return &s.application[opener] },
	"SERVER_TRAFFIC_SECRET_0":         func(s *secrets) *[]byte { return &s.application[acceptor] },
}

// ReadKeyLog reads a key log. Lines of other labels are passed over. Its errors
// name lines and print nothing of them: they are secrets, or a file that is none.
func ReadKeyLog(r io.Reader) (*KeyLog, error) {
	k := &KeyLog{sessions: map[string]*secrets{}}
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		f := strings.Fields(lines.Text())
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d is not LABEL RANDOM SECRET", n)
		}
		secret, known := labels[f[0]]
		if !known {
			continue
		}
		if err := k.add(secret, f[1], f[2]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d is longer than that of any key", n+1)
	}
	return k, lines.Err()
}

// add notes one secret of a session.
func (k *KeyLog) add(which func(*secrets) *[]byte, random, secret string) error {
	if len(random) != 2*randomSize || len(secret) > 2*maxSecret {
		return fmt.Errorf("not a random of %d bytes and a secret of at most %d", randomSize, maxSecret)
	}
	id, err1 := hex.DecodeString(random)
	value, err2 := hex.DecodeString(secret)
	if err1 != nil || err2 != nil {
		return errors.New("not hexadecimal")
	}
	s := k.sessions[string(id)]
	if s == nil {
		if len(k.sessions) >= maxKeys {
			return fmt.Errorf("more than %d sessions; give the part of the key log that is of the capture", maxKeys)
		}
		s = &secrets{}
		k.sessions[string(id)] = s
	}
	*which(s) = value
	return nil
}

// of returns the secrets of a session; nil where there are none.
func (k *KeyLog) of(random string) *secrets {
	if k == nil {
		return nil
	}
	return k.sessions[random]
}

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

// maxKeys bounds the sessions of a key log.
const maxKeys = 1 << 20

// ReadKeyLog reads a key log. Lines of other labels are passed over.
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
		random, err1 := hex.DecodeString(f[1])
		secret, err2 := hex.DecodeString(f[2])
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if len(k.sessions) >= maxKeys {
			return nil, fmt.Errorf("more than %d sessions", maxKeys)
		}
		k.add(f[0], string(random), secret)
	}
	return k, lines.Err()
}

func (k *KeyLog) add(label, random string, secret []byte) {
	s := k.sessions[random]
	if s == nil {
		s = &secrets{}
		k.sessions[random] = s
	}
	switch label {
	case "CLIENT_RANDOM":
		s.master = secret
	case "CLIENT_EARLY_TRAFFIC_SECRET":
		s.early = secret
	case "CLIENT_HANDSHAKE_TRAFFIC_SECRET":
		s.handshake[opener] = secret
	case "SERVER_HANDSHAKE_TRAFFIC_SECRET":
		s.handshake[acceptor] = secret
	case "CLIENT_TRAFFIC_SECRET_0":
		s.application[opener] = secret
	case "SERVER_TRAFFIC_SECRET_0":
		s.application[acceptor] = secret
	}
}

// of returns the secrets of a session; nil where there are none.
func (k *KeyLog) of(random string) *secrets {
	if k == nil {
		return nil
	}
	return k.sessions[random]
}

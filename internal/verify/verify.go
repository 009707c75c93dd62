// Package verify holds a capture of a real proxy against what flowc derives
// for it. It reads pcap and pcapng, puts TCP streams in order, recognises PROXY
// headers, TLS and HTTP on them, joins the connections of one exchange, and
// compares what was seen with a derived lifecycle, as far as a reader without
// the keys can tell.
package verify

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// Capture is what was seen in the captures of a run.
type Capture struct {
	Files    []string // as they were named
	Packets  int
	Conns    []*conn
	Notes    []string // what could not be read, or was left out: for people
	Messages int

	only     narrow
	compared func(done, of int)
}

// Options are how a capture is read. The zero value is right.
type Options struct {
	Keys   *KeyLog                   // nil: nothing is decrypted
	Limits limits                    // the zero Limits are DefaultLimits
	Server func(netip.AddrPort) bool // who is known to accept connections; nil for nobody
	Only   Scope                     // which exchanges are looked at
	// Compared is called now and then with the exchanges that were compared.
	Compared func(done, of int)
	// Progress is called now and then with the packets that were read.
	Progress func(packets int)
}

// progressEvery is how many packets pass between two calls of Progress; of a
// capture that is still being made the first ones are told one by one.
const progressEvery = 1 << 8

// Read reads captures as one. Its error is that none of a capture could be
// read; what is damaged further on is a note.
func Read(inputs []Input, opt Options) (*Capture, error) {
	if opt.Limits == (limits{}) {
		opt.Limits = defaultLimits
	}
	c := &Capture{only: narrow{Scope: opt.Only}, compared: opt.Compared}
	for _, in := range inputs {
		c.Files = append(c.Files, in.Name)
	}
	var d decoder
	var left [isForeign + 1]int
	s := newStreams(opt.Limits, opt.Keys, opt.Server)
	cut := 0
	err := merge(inputs, func(p packet) {
		if c.Packets++; c.Packets == 1 {
			c.only.start = p.time.UnixNano()
		}
		c.only.end = p.time.UnixNano()
		if opt.Progress != nil && (c.Packets < progressEvery || c.Packets%progressEvery == 0) {
			opt.Progress(c.Packets)
		}
		seg, v := d.decode(p)
		left[v]++
		if v != isTCP {
			return
		}
		if seg.length > len(seg.payload) {
			cut++
		}
		s.add(&seg)
	}, func(at framePlace, err error) {
		c.note("%s", unread(c.Files[at.File], at.Frame+1, err))
	})
	if err != nil {
		return nil, err
	}
	s.close()
	c.Conns = s.conns
	c.Messages = s.rec.order
	c.tell(left, cut, s)
	return c, nil
}

func (c *Capture) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// tell notes what the capture lacks and what was left out of it.
func (c *Capture) tell(left [isForeign + 1]int, cut int, s *streams) {
	for _, n := range []struct {
		n    int
		what string
	}{
		{left[isShort], "cut within their headers and were not read; take the capture with a longer snap length"},
		{left[isPiece], "fragments of IP packets and were not read"},
		{left[isForeign], "of a link type that is not read"},
		{cut, "kept without the end of their bytes (a short snap length)"},
	} {
		if n.n > 0 {
			c.note("%s %s", amount(n.n, "packet was", "packets were"), n.what)
		}
	}
	middle, lossy, full := 0, 0, 0
	foreign, keyless := 0, 0
	for _, conn := range c.Conns {
		if conn.Middle {
			middle++
		}
		if conn.Lost[opener]+conn.Lost[acceptor] > 0 {
			lossy++
		}
		if conn.Cut {
			full++
		}
		if t := conn.TLS; t != nil && s.keys != nil && t.Version != 0 && !t.Read {
			if _, known := suites[t.Suite]; !known {
				foreign++
			} else if s.keys.of(t.Random) == nil {
				keyless++
			}
		}
	}
	if middle > 0 {
		c.note("%s before the capture", amount(middle, "connection began", "connections began"))
	}
	if lossy > 0 {
		c.note("%s bytes that the capture has not", amount(lossy, "connection carried", "connections carried"))
	}
	if full > 0 {
		c.note("%s more messages than are kept", amount(full, "connection has", "connections have"))
	}
	if foreign > 0 {
		c.note("%s of a cipher suite that is not read, whatever the key log has", amount(foreign, "session is", "sessions are"))
	}
	if keyless > 0 {
		c.note("%s no secrets in the key log", amount(keyless, "session has", "sessions have"))
	}
	if s.refused > 0 {
		c.note("%s left out: no more than %d connections are kept", amount(s.refused, "packet of a further connection was", "packets of further connections were"), len(c.Conns))
	}
}

func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// unread says from which packet on a capture could not be read, and why.
func unread(file string, packet int, err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("%s ends in the middle of packet %d: it is cut off", file, packet)
	}
	return fmt.Sprintf("%s is not read from packet %d on: %v", file, packet, err)
}

//go:build unix

package verify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// made is a file of so many bytes that is made while it is read.
type made struct {
	left int
	buf  []byte
	i    int
	part func(i int) []byte
}

func (m *made) Read(p []byte) (int, error) {
	for len(m.buf) == 0 {
		if m.left <= 0 {
			return 0, io.EOF
		}
		m.buf = m.part(m.i)
		m.i++
		m.left -= len(m.buf)
	}
	n := copy(p, m.buf)
	m.buf = m.buf[n:]
	return n, nil
}

// block is a block of a pcapng.
func block(kind uint32, body ...[]byte) []byte {
	b := bytes.Join(body, nil)
	n := uint32(blockFrame + len(b))
	out := binary.LittleEndian.AppendUint32(nil, kind)
	out = binary.LittleEndian.AppendUint32(out, n)
	out = append(out, b...)
	return binary.LittleEndian.AppendUint32(out, n)
}

func le(all ...uint32) []byte {
	var out []byte
	for _, n := range all {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	return out
}

// option is an option of a block whose value has a length without padding.
func option(code uint16, value []byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, code)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(value)))
	return append(out, value...)
}

var (
	section = block(blockSection, le(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff))
	face    = block(blockInterface, le(101, 0))
	long    = bytes.Repeat([]byte("x"), 60000)
)

// claim is the head of a block that claims more bytes than it has.
func claim(kind, length uint32, body ...uint32) []byte {
	return append(le(kind, length), le(body...)...)
}

// pcapng is a capture that begins with some blocks and goes on with others.
func pcapng(size int, first []byte, part func(i int) []byte) io.Reader {
	return &made{left: size, part: func(i int) []byte {
		if i == 0 {
			return append(bytes.Clone(section), first...)
		}
		return part(i)
	}}
}

// pcap is a capture of so many bytes that each of many connections sends.
func pcap(size, each int, payload func(conn int) []byte) io.Reader {
	var e endless
	var parts [][]byte
	conn, sent := 0, 0
	var text []byte
	return &made{left: size, part: func(i int) []byte {
		if i == 0 {
			return []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0}
		}
		if len(parts) == 0 {
			if sent == 0 {
				conn, text = conn+1, payload(conn)
			}
			parts = append(parts, e.packet(uint16(conn), uint16(conn>>16)|1024, uint32(7+sent), 0x10, text[sent:min(len(text), sent+each)]))
			if sent += each; sent >= len(text) {
				sent = 0
			}
		}
		out := parts[0]
		parts = parts[1:]
		return out
	}}
}

func hello(alpn int) []byte {
	var names []byte
	for i := range alpn {
		names = append(names, 255)
		names = append(names, bytes.Repeat([]byte{byte('a' + i)}, 255)...)
	}
	u16 := func(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }
	extensions := join2([]byte{0, 16}, u16(u16(names)))
	body := join2([]byte{3, 3}, make([]byte, 32), []byte{0}, u16([]byte{0x13, 1}), []byte{1, 0}, u16(extensions))
	message := join2([]byte{1, 0}, u16(body))
	return join2([]byte{recordHandshake, 3, 1}, u16(message))
}

// http2Table fills the tables that HTTP/2 keeps for a connection.
func http2Table() []byte {
	literal := join2([]byte{0x40, 1, 'k', 0x7f, 0x80 + (16000-127)%128, (16000 - 127) / 128}, bytes.Repeat([]byte("v"), 16000))
	frame := func(kind, flags byte, b []byte) []byte {
		return join2([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b)), kind, flags, 0, 0, 0, 1}, b)
	}
	resize := []byte{0x3f, 0xe1, 0xff, 3}
	return join2([]byte(preface), frame(frameSettings, 0, nil), frame(frameHeaders, flagEndHeaders, join2(resize, literal, literal, literal)))
}

// hostile are captures that want more memory than there is; part divides their
// size.
var hostile = map[string]func(part int) io.Reader{
	"interfaces": func(part int) io.Reader { return pcapng(40<<20/part, nil, func(int) []byte { return face }) },
	"interfaces that talk": func(part int) io.Reader {
		return pcapng(400<<20/part, nil, func(int) []byte {
			return block(blockInterface, le(101, 0), option(2, long), option(3, long), option(1, long))
		})
	},
	"sections": func(part int) io.Reader {
		return pcapng(200<<20/part, nil, func(i int) []byte { return join2(section, face, face) })
	},
	"names": func(part int) io.Reader {
		records := bytes.Repeat(join2(option(1, []byte("\x01\x02\x03\x04a.example.test\x00\x00\x00"))), 2000)
		return pcapng(100<<20/part, nil, func(int) []byte { return block(4, records) })
	},
	"secrets": func(part int) io.Reader {
		return pcapng(300<<20/part, nil, func(int) []byte { return block(10, le(0x544c534b, 60000), long) })
	},
	"statistics": func(part int) io.Reader {
		return pcapng(300<<20/part, face, func(int) []byte { return block(5, le(0, 0, 0), option(1, long)) })
	},
	"a custom block": func(part int) io.Reader {
		return pcapng(400<<20/part, claim(0xbad, 0xf0000000), func(int) []byte { return long })
	},
	"a section header": func(part int) io.Reader {
		return pcapng(400<<20/part, claim(blockSection, 0xf0000000, 0x1a2b3c4d, 1), func(int) []byte { return option(1, long) })
	},
	"a packet": func(part int) io.Reader {
		return pcapng(400<<20/part, join2(face, claim(blockEnhanced, 0xf0000000, 0, 0, 0, 0xe0000000, 0xe0000000)), func(int) []byte { return long })
	},
	"a packet's length": func(part int) io.Reader {
		return pcapng(400<<20/part, join2(face, block(blockEnhanced, le(0, 0, 0, 0xe0000000, 0xe0000000))), func(int) []byte { return long })
	},
	"a simple packet": func(part int) io.Reader {
		return pcapng(400<<20/part, join2(face, block(blockSimple, le(0xe0000000))), func(int) []byte { return long })
	},
	"a packet's options": func(part int) io.Reader {
		return pcapng(400<<20/part, join2(face, claim(blockEnhanced, 0xf0000000, 0, 0, 0, 0, 0)), func(int) []byte { return option(1, long) })
	},
	"a packet of a pcap": func(part int) io.Reader {
		return &made{left: 400 << 20 / part, part: func(i int) []byte {
			if i == 0 {
				return le(0xa1b2c3d4, 0x40002, 0, 0, 0xffffffff, 101, 0, 0, 0xe0000000, 0xe0000000)
			}
			return long
		}}
	},
	"heads": func(part int) io.Reader {
		return pcap(700<<20/part, 1<<16-100, func(int) []byte { return join2([]byte("GET / HTTP/1.1\r\nX: "), long) })
	},
	"hosts": func(part int) io.Reader {
		return pcap(400<<20/part, 1<<16-100, func(int) []byte { return join2([]byte("GET / HTTP/1.1\r\nHost: "), long, []byte("\r\n\r\n")) })
	},
	"long lines": func(part int) io.Reader {
		return pcap(700<<20/part, 1400, func(int) []byte {
			return bytes.Repeat(join2([]byte("GET /"), long[:240], []byte(" HTTP/1.1\r\nHost: "), long[:260], []byte("\r\n\r\n")), 2000)
		})
	},
	"hellos": func(part int) io.Reader {
		return pcap(500<<20/part, 1<<16-100, func(int) []byte { return bytes.Repeat(hello(16), 14) })
	},
	"handshakes": func(part int) io.Reader {
		return pcap(600<<20/part, 1<<16-100, func(int) []byte {
			return join2([]byte{recordHandshake, 3, 1, 0x40, 0, 1, 0, 0xf0, 0}, long[:16380], []byte{recordHandshake, 3, 1, 0x40, 0}, long[:16384], []byte{recordHandshake, 3, 1, 0x40, 0}, long[:16384])
		})
	},
	"tables of HTTP/2": func(part int) io.Reader {
		return pcap(500<<20/part, 1<<16-100, func(int) []byte { return http2Table() })
	},
	"what comes early": func(part int) io.Reader {
		var e endless
		return &made{left: 300 << 20 / part, part: func(i int) []byte {
			switch {
			case i == 0:
				return []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0}
			case i%4 == 1:
				return e.packet(uint16(i/4), 443, 1, 0x10, []byte("x"))
			}
			return e.packet(uint16(i/4), 443, uint32(9+2000*(i%4)), 0x10, long[:1400])
		}}
	},
	"connections": func(part int) io.Reader { return pcap(60<<20/part, 1, func(int) []byte { return []byte("x") }) },
}

// ofPackets are those of the captures whose size in bytes the limits decide: they
// take so many MB.
var ofPackets = []string{"heads", "hosts", "long lines", "hellos", "handshakes", "tables of HTTP/2", "what comes early", "connections"}

// TestMemory: what a capture claims is not made room for, and of what it has no
// more is kept than the limits say. The limits of packets are a sixteenth of the
// usual ones, and so are the captures.
func TestMemory(t *testing.T) {
	small := defaultLimits
	small.Conns, small.Events = small.Conns>>4, small.Events>>4
	small.Pending, small.Kept, small.Open = small.Pending>>4, small.Kept>>4, small.Open>>4
	for name, open := range hostile {
		t.Run(name, func(t *testing.T) {
			most, use := uint64(64<<20), defaultLimits // of interfaces there are as many
			if slices.Contains(ofPackets, name) {
				most, use = 14<<20, small
			}
			if used := inUse(t, open(16), use); used > most {
				t.Errorf("%d MB in use, want no more than %d", used>>20, most>>20)
			}
		})
	}
}

// inUse is how much memory is in use while a capture is read, at most.
func inUse(t *testing.T, r io.Reader, use limits) (most uint64) {
	t.Helper()
	var m runtime.MemStats
	measure := func() uint64 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := measure()
	c, err := Read([]Input{{"hostile", &watched{r: r, look: func() { most = max(most, measure()) }}}}, Options{Limits: use})
	if err != nil {
		t.Fatal(err)
	}
	most = max(most, measure())
	runtime.KeepAlive(c)
	return most - min(before, most)
}

// watched looks now and then while it is read.
type watched struct {
	r    io.Reader
	n    int
	look func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.n += n; w.n > 4<<20 {
		w.n = 0
		w.look()
	}
	return n, err
}

const hostileChild = "FLOWC_TEST_HOSTILE"

// TestHostile reads these captures, whole, in a process of its own each, which may
// take 256 MB. All of them are 6 GB: FLOWC_E2E=1 asks for them. Else it is the one
// that takes most.
func TestHostile(t *testing.T) {
	if name := os.Getenv(hostileChild); name != "" {
		debug.SetMemoryLimit(Memory)
		c, err := Read([]Input{{"hostile", hostile[name](1)}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("NOTES %d connections; %q\n", len(c.Conns), c.Notes)
		return
	}
	wanted := []string{"hellos"}
	if os.Getenv("FLOWC_E2E") == "1" {
		wanted = slices.Sorted(maps.Keys(hostile))
	}
	for _, name := range wanted {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestHostile$")
			cmd.Env = append(os.Environ(), hostileChild+"="+name)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			most := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			if runtime.GOOS != "darwin" {
				most <<= 10
			}
			said, _, _ := strings.Cut(string(out), "\n")
			t.Logf("%d MB at most, %.1f s: %s", most>>20, cmd.ProcessState.UserTime().Seconds(), said)
			if most > 256<<20 {
				t.Errorf("%d MB at most, want no more than 256", most>>20)
			}
		})
	}
}

// TestUnread: what stands before the place that cannot be read counts, and a note
// says which place that is.
func TestUnread(t *testing.T) {
	good := writeNg(t, layers.LinkTypeEthernet, frames(t, theCase(t, "plain_close").pcap))
	whole := len(frames(t, theCase(t, "plain_close").pcap))
	for _, tc := range []struct {
		name   string
		behind []byte
		note   string // "" where all is read
	}{
		{"interfaces", bytes.Repeat(face, maxInterfaces), "more than 65536 interfaces"},
		{"few interfaces", bytes.Repeat(face, maxInterfaces-1), ""},
		{"sections", bytes.Repeat(join2(section, bytes.Repeat(face, maxInterfaces/2)), 3), ""},
		{"words about interfaces", bytes.Repeat(block(blockInterface, le(101, 0), option(2, long)), 140), "more than 8 MiB about interfaces"},
		{"names and secrets", join2(block(4, option(1, long)), block(10, le(1, 0)), block(0xbad, long, long)), ""},
		{"a block without its own length", le(blockInterface, 8, 0), "a block of 8 bytes"},
		{"a block without an end", claim(0xbad, 1000), "it is cut off"},
		{"a long block", claim(blockInterface, 2<<20, 101, 0), "a block of 2097152 bytes"},
		{"a packet longer than its block", block(blockEnhanced, le(0, 0, 0, 100, 100)), "a packet of 100 bytes"},
		{"a simple packet longer than its block", block(blockSimple, le(100)), "a packet of 100 bytes"},
	} {
		c, err := Read([]Input{{"x", bytes.NewReader(join2(good, tc.behind))}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(c.Notes, "\n")
		if c.Packets != whole || tc.note == "" && said != "" || !strings.Contains(said, tc.note) {
			t.Errorf("%s: %d of %d packets, %q, want %q", tc.name, c.Packets, whole, said, tc.note)
		}
	}
}

// TestKeyLogLimits: a key log is bounded, and its errors print nothing of it.
func TestKeyLogLimits(t *testing.T) {
	random, secret := strings.Repeat("ab", randomSize), strings.Repeat("cd", 48)
	many := &made{left: 82 * (maxKeys + 1), part: func(i int) []byte { return fmt.Appendf(nil, "CLIENT_RANDOM %064x 00\n", i) }}
	for _, tc := range []struct {
		name string
		r    io.Reader
		want string // "" where it is read
	}{
		{"a session", strings.NewReader("# c\n\nCLIENT_RANDOM " + random + " " + secret + "\n"), ""},
		{"another label", strings.NewReader("EXPORTER_SECRET zz zz\n"), ""},
		{"passwd", strings.NewReader("root:x:0:0:root:/root:/bin/bash\n"), "line 1 is not LABEL RANDOM SECRET"},
		{"no hexadecimal", strings.NewReader("CLIENT_RANDOM " + strings.Repeat("zz", randomSize) + " " + secret), "line 1: not hexadecimal"},
		{"a short random", strings.NewReader("CLIENT_RANDOM abcd " + secret), "line 1: not a random of 32 bytes and a secret of at most 64"},
		{"a long secret", strings.NewReader("CLIENT_RANDOM " + random + " " + strings.Repeat("0", 1000)), "line 1: not a random of 32 bytes and a secret of at most 64"},
		{"a long line", strings.NewReader("# a\n" + strings.Repeat("x", 1<<20)), "line 2 is longer than that of any key"},
		{"many sessions", many, "line 131073: more than 131072 sessions; give the part of the key log that is of the capture"},
	} {
		said := ""
		if _, err := ReadKeyLog(tc.r); err != nil {
			said = err.Error()
		}
		if said != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, said, tc.want)
		}
	}
}

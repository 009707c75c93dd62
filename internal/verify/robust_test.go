package verify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/flowc-lang/flowc/flow/words"
)

// frame is one packet of a capture that a test takes apart.
type frame struct {
	info gopacket.CaptureInfo
	data []byte
}

const ethernetHeader = 14

func frames(t testing.TB, pcap []byte) []frame {
	t.Helper()
	var r interface {
		gopacket.PacketDataSource
		LinkType() layers.LinkType
	}
	var err error
	if r, err = pcapgo.NewReader(bytes.NewReader(pcap)); err != nil {
		r, err = pcapgo.NewNgReader(bytes.NewReader(pcap), pcapgo.DefaultNgReaderOptions)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.LinkType() != layers.LinkTypeEthernet {
		t.Fatalf("the capture's link type is %v", r.LinkType())
	}
	var out []frame
	for {
		data, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, frame{info, data})
	}
}

// write makes a pcap of frames.
func write(t testing.TB, link layers.LinkType, all []frame) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(maxPacket, link); err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.info.CaptureLength == f.info.Length {
			f.info.Length = len(f.data)
		}
		f.info.CaptureLength = len(f.data)
		if err := w.WritePacket(f.info, f.data); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func writeNg(t testing.TB, link layers.LinkType, all []frame) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, link)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		f.info.CaptureLength, f.info.Length, f.info.InterfaceIndex = len(f.data), len(f.data), 0
		if err := w.WritePacket(f.info, f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// each rewrites every frame.
func mapped(all []frame, f func(ip []byte) []byte) []frame {
	var out []frame
	for _, fr := range all {
		out = append(out, frame{gopacket.CaptureInfo{Timestamp: fr.info.Timestamp}, f(fr.data[ethernetHeader:])})
	}
	return out
}

func join2(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

var macs = make([]byte, 12)

// tunnel wraps an Ethernet frame in IPv4, UDP and a header.
func tunnel(port uint16, header []byte, inner []byte) []byte {
	udp := binary.BigEndian.AppendUint16([]byte{0x30, 0x39}, port)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(header)+len(inner)))
	udp = append(udp, 0, 0)
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(udp)+len(header)+len(inner)))
	return join2(macs, []byte{8, 0}, ip, udp, header, inner)
}

// v6 turns an IPv4 packet into IPv6: 127.0.0.10 becomes fd00::7f00:a.
func v6(ip []byte) []byte {
	head := int(ip[0]&0xf) * 4
	total := int(binary.BigEndian.Uint16(ip[2:]))
	prefix := join2([]byte{0xfd}, make([]byte, 11))
	out := []byte{0x60, 0, 0, 0, 0, 0, 6, 64}
	binary.BigEndian.PutUint16(out[4:], uint16(total-head))
	return join2(out, prefix, ip[12:16], prefix, ip[16:20], ip[head:total])
}

// wrappings are the same capture as other interfaces would have shown it.
var wrappings = []struct {
	name string
	link layers.LinkType
	wrap func(ip []byte) []byte
	v6   bool
}{
	{"Ethernet", layers.LinkTypeEthernet, func(ip []byte) []byte { return join2(macs, []byte{8, 0}, ip) }, false},
	{"VLAN", layers.LinkTypeEthernet, func(ip []byte) []byte { return join2(macs, []byte{0x81, 0, 0, 7, 8, 0}, ip) }, false},
	{"two VLANs", layers.LinkTypeEthernet, func(ip []byte) []byte {
		return join2(macs, []byte{0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 8, 0}, ip)
	}, false},
	{"raw", layers.LinkTypeRaw, func(ip []byte) []byte { return ip }, false},
	{"NULL", layers.LinkTypeNull, func(ip []byte) []byte { return join2([]byte{2, 0, 0, 0}, ip) }, false},
	{"LOOP", layers.LinkTypeLoop, func(ip []byte) []byte { return join2([]byte{0, 0, 0, 2}, ip) }, false},
	{"SLL", layers.LinkTypeLinuxSLL, func(ip []byte) []byte {
		return join2([]byte{0, 0, 0, 1, 0, 6}, make([]byte, 8), []byte{8, 0}, ip)
	}, false},
	{"SLL2", layers.LinkTypeLinuxSLL2, func(ip []byte) []byte {
		return join2([]byte{8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6}, make([]byte, 8), ip)
	}, false},
	{"Geneve", layers.LinkTypeEthernet, func(ip []byte) []byte {
		return tunnel(portGeneve, []byte{0, 0, 0x65, 0x58, 0, 0, 9, 0}, join2(macs, []byte{8, 0}, ip))
	}, false},
	{"Geneve with an option", layers.LinkTypeEthernet, func(ip []byte) []byte {
		return tunnel(portGeneve, []byte{2, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 2, 0x80, 1, 0, 1, 0, 2}, join2(macs, []byte{8, 0}, ip))
	}, false},
	{"VXLAN", layers.LinkTypeEthernet, func(ip []byte) []byte {
		return tunnel(portVXLAN, []byte{8, 0, 0, 0, 0, 0, 9, 0}, join2(macs, []byte{8, 0}, ip))
	}, false},
	{"VXLAN on Linux's port", layers.LinkTypeEthernet, func(ip []byte) []byte {
		return tunnel(portVXLANLinux, []byte{8, 0, 0, 0, 0, 0, 9, 0}, join2(macs, []byte{8, 0}, ip))
	}, false},
	{"IPv6", layers.LinkTypeEthernet, func(ip []byte) []byte { return join2(macs, []byte{0x86, 0xdd}, v6(ip)) }, true},
	{"IPv6 raw", layers.LinkTypeIPv6, v6, true},
	{"IPv6 with a header for destinations", layers.LinkTypeRaw, func(ip []byte) []byte {
		out := v6(ip)
		binary.BigEndian.PutUint16(out[4:], binary.BigEndian.Uint16(out[4:])+8)
		out[6] = 60
		return join2(out[:40], []byte{6, 0, 1, 4, 0, 0, 0, 0}, out[40:])
	}, true},
}

// TestWrappings: the same capture says the same whatever is around it.
func TestWrappings(t *testing.T) {
	for _, name := range []string{"edge_tls13_close", "passthrough_ppv2", "os_loop_edge_tls13"} {
		m := theCase(t, name)
		all := frames(t, m.pcap)
		want := text(t, hold(t, m.name, m.model, m.read(t, false)))
		for _, w := range wrappings {
			for format, write := range map[string]func(testing.TB, layers.LinkType, []frame) []byte{"pcap": write, "pcapng": writeNg} {
				n := m
				n.pcap = write(t, w.link, mapped(all, w.wrap))
				if w.v6 {
					n.model = strings.NewReplacer("127.0.0.10", "fd00::7f00:a").Replace(n.model)
					for _, host := range []string{"20", "22", "23", "30"} {
						hex := fmt.Sprintf("fd00::7f00:%x", atoi(host))
						n.model = strings.ReplaceAll(n.model, "127.0.0."+host+":", "["+hex+"]:")
					}
					n.model = strings.ReplaceAll(n.model, "127.0.0.21", "fd00::7f00:15")
				}
				r := hold(t, n.name, n.model, n.read(t, false))
				if !r.Agrees() || r.Other != 0 {
					t.Errorf("%s in %s as %s:\n%s", name, w.name, format, text(t, r))
				}
				if got := text(t, r); !w.v6 && got != want {
					t.Errorf("%s in %s as %s:\n%s\nwant:\n%s", name, w.name, format, got, want)
				}
			}
		}
	}
}

func atoi(s string) int {
	n := 0
	fmt.Sscan(s, &n)
	return n
}

// mustSay holds a damaged capture against its right model: what is damaged may
// hide something, and may never make a departure.
func mustSay(t *testing.T, m measured, pcap []byte, note string) {
	t.Helper()
	m.pcap = pcap
	c := m.read(t, false)
	if note != "" && !strings.Contains(strings.Join(c.Notes, "\n"), note) {
		t.Errorf("%s: the notes %q do not say %q", m.name, c.Notes, note)
	}
	r := hold(t, m.name, m.model, c)
	for _, x := range r.Results {
		if len(x.Departures) > 0 {
			t.Errorf("%s, damaged:\n%s", m.name, text(t, r))
			return
		}
	}
}

// TestCutOff: a capture that ends anywhere is read as far as it goes.
func TestCutOff(t *testing.T) {
	for _, name := range []string{"edge_tls13_close", "plain_keepalive", "passthrough_tls12_close"} {
		m := theCase(t, name)
		all := frames(t, m.pcap)
		for _, pcap := range [][]byte{m.pcap, writeNg(t, layers.LinkTypeEthernet, all)} {
			for n := range pcap {
				_, err := Read([]Input{{"cut.pcap", bytes.NewReader(pcap[:n])}}, Options{})
				if n < 24 && err == nil {
					t.Errorf("%s: %d bytes are a capture", name, n)
				}
			}
		}
		for n := range all {
			r := hold(t, m.name, m.model, measured{name: m.name, pcap: write(t, layers.LinkTypeEthernet, all[:n])}.read(t, false))
			for _, x := range r.Results {
				for _, d := range x.Departures {
					if d.Kind != stepMissing {
						t.Errorf("%s after %d packets: %s", name, n, d.Text)
					}
				}
			}
		}
		mustSay(t, m, m.pcap[:len(m.pcap)-7], "it is cut off")
	}
}

// TestMiddle: a capture that begins in the middle of a connection.
func TestMiddle(t *testing.T) {
	for _, m := range cases(t) {
		all := frames(t, m.pcap)
		for _, n := range []int{1, 2, 3, 4, 5, len(all) / 2} {
			c := measured{name: m.name, pcap: write(t, layers.LinkTypeEthernet, all[min(n, len(all)):])}.read(t, false)
			for _, conn := range c.Conns {
				if conn.Middle && len(conn.Events) > 0 && conn.Ends[acceptor].Port() > 11000 {
					t.Errorf("%s from packet %d: the opener of %v is taken for the acceptor", m.name, n+1, conn.Ends)
				}
			}
		}
	}
	m := theCase(t, "plain_keepalive")
	mustSay(t, m, write(t, layers.LinkTypeEthernet, frames(t, m.pcap)[1:]), "began before the capture")
	m = theCase(t, "reencrypt_tls13_close")
	mustSay(t, m, write(t, layers.LinkTypeEthernet, frames(t, m.pcap)[3:]), "began before the capture")
}

// TestReordered: packets that a capture has in another order than the wire.
func TestReordered(t *testing.T) {
	for _, name := range []string{"edge_tls13_close", "passthrough_tls13_close", "reencrypt_tls12_close"} {
		m := theCase(t, name)
		all := frames(t, m.pcap)
		want := messages(m.read(t, true))
		for i := 1; i < len(all); i++ {
			swapped := append([]frame(nil), all...)
			swapped[i-1].data, swapped[i].data = swapped[i].data, swapped[i-1].data
			n := m
			n.pcap = write(t, layers.LinkTypeEthernet, swapped)
			got := messages(n.read(t, true))
			if len(got) != len(want) {
				t.Errorf("%s with packets %d and %d swapped: %d messages, want %d", name, i, i+1, len(got), len(want))
			}
		}
		doubled := n2(all)
		n := m
		n.pcap = write(t, layers.LinkTypeEthernet, doubled)
		if got := messages(n.read(t, true)); len(got) != len(want) {
			t.Errorf("%s with every packet twice: %d messages, want %d", name, len(got), len(want))
		}
	}
}

func n2(all []frame) []frame {
	var out []frame
	for _, f := range all {
		out = append(out, f, f)
	}
	return out
}

func messages(c *Capture) []string {
	var out []string
	for _, conn := range c.Conns {
		for _, e := range conn.Events {
			out = append(out, fmt.Sprint(conn.N, e.From, e.Op, words.Facts(e.Op, e.Facts)))
		}
	}
	return out
}

// TestDropped: packets that the capture lost. What is there is still read, and
// with the keys, too.
func TestDropped(t *testing.T) {
	for _, keys := range []bool{false, true} {
		for _, m := range cases(t) {
			all := frames(t, m.pcap)
			want := len(messages(m.read(t, keys)))
			for i := range all {
				n := m
				n.pcap = write(t, layers.LinkTypeEthernet, append(append([]frame(nil), all[:i]...), all[i+1:]...))
				if got := len(messages(n.read(t, keys))); got < want-12 || got > want+2 {
					t.Errorf("%s without packet %d, keys %v: %d messages, want about %d", m.name, i+1, keys, got, want)
				}
			}
		}
	}
}

// TestShort: a snap length that keeps headers and little else.
func TestShort(t *testing.T) {
	for _, name := range []string{"edge_tls13_close", "plain_close", "reencrypt_tls12_close"} {
		m := theCase(t, name)
		for _, snap := range []int{40, 60, 66, 74, 90, 96, 128} {
			var cut []frame
			for _, f := range frames(t, m.pcap) {
				f.data = f.data[:min(snap, len(f.data))]
				cut = append(cut, f)
			}
			note := "a short snap length"
			if snap < 66 {
				note = "a longer snap length"
			}
			mustSay(t, m, write(t, layers.LinkTypeEthernet, cut), note)
		}
	}
}

// TestOtherTraffic: what is not of the model is counted and nothing more.
func TestOtherTraffic(t *testing.T) {
	m := theCase(t, "edge_tls13_close")
	other := mapped(frames(t, theCase(t, "reencrypt_reuse_always").pcap), func(ip []byte) []byte {
		for _, at := range []int{12, 16} {
			copy(ip[at:], []byte{10, 9})
		}
		return join2(macs, []byte{8, 0}, ip)
	})
	all := append(frames(t, m.pcap), other...)
	for i := range all {
		all[i].info.Timestamp = time.Unix(int64(i), 0)
	}
	arp := frame{gopacket.CaptureInfo{Timestamp: time.Unix(0, 0)}, join2(macs, []byte{8, 6}, make([]byte, 28))}
	c := measured{name: "mixed", pcap: write(t, layers.LinkTypeEthernet, append([]frame{arp}, all...))}.read(t, false)
	r := hold(t, m.name, m.model, c)
	if !r.Agrees() || r.Other != 3 {
		t.Errorf("%d of other traffic:\n%s", r.Other, text(t, r))
	}
}

// TestSeveral: captures of two interfaces are one, by their clocks.
func TestSeveral(t *testing.T) {
	m := theCase(t, "reencrypt_tls13_close")
	var front, back []frame
	for _, f := range frames(t, m.pcap) {
		ip := f.data[ethernetHeader:]
		if ip[15] == 30 || ip[19] == 30 {
			back = append(back, f)
		} else {
			front = append(front, f)
		}
	}
	c, err := Read([]Input{
		{"back.pcap", bytes.NewReader(write(t, layers.LinkTypeEthernet, back))},
		{"front.pcapng", bytes.NewReader(writeNg(t, layers.LinkTypeEthernet, front))},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := hold(t, m.name, m.model, c); !r.Agrees() {
		t.Error(text(t, r))
	}
}

// TestNoCapture: what is none is an error that says so.
func TestNoCapture(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "x: it is empty",
		"abc":                  "x: neither pcap nor pcapng",
		"hello, this is text":  "x: neither pcap nor pcapng",
		"\x0a\x0d\x0d\x0a":     "x: unexpected EOF",
		"\xd4\xc3\xb2\xa1\x02": "x: unexpected EOF",
		"\x1f\x8b garbage":     "x: gzip: invalid header",
	} {
		_, err := Read([]Input{{"x", strings.NewReader(in)}}, Options{})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

// FuzzCapture: nothing that is in a file makes the reader panic, hang, or keep
// more than its limits.
func FuzzCapture(f *testing.F) {
	for _, name := range []string{"edge_h2", "passthrough_ppv2", "edge_hrr", "plain_keepalive", "fail_tls_to_http_port"} {
		m := theCase(f, name)
		f.Add(m.pcap)
		f.Add(writeNg(f, layers.LinkTypeEthernet, frames(f, m.pcap)))
	}
	for _, w := range wrappings {
		f.Add(write(f, w.link, mapped(frames(f, theCase(f, "plain_close").pcap), w.wrap)))
	}
	m := theCase(f, "edge_h2")
	keys, err := ReadKeyLog(bytes.NewReader(m.keys))
	if err != nil {
		f.Fatal(err)
	}
	limits := limits{Conns: 8, Events: 500, ConnEvents: 100, ConnPending: 4096, Pending: 16384, Kept: 1 << 20, Open: 1 << 17}
	f.Fuzz(func(t *testing.T, pcap []byte) {
		for _, k := range []*KeyLog{nil, keys} {
			c, err := Read([]Input{{"fuzz", bytes.NewReader(pcap)}}, Options{Keys: k, Limits: limits})
			if err != nil {
				continue
			}
			n := 0
			for _, conn := range c.Conns {
				n += len(conn.Events)
				if len(conn.Events) > limits.ConnEvents {
					t.Errorf("%d messages of one connection", len(conn.Events))
				}
			}
			if len(c.Conns) > limits.Conns || n > limits.Events {
				t.Errorf("%d connections, %d messages", len(c.Conns), n)
			}
			var b bytes.Buffer
			if err := Observe(c).WriteText(&b); err != nil {
				t.Error(err)
			}
			r := hold(t, m.name, m.model, c)
			if err := r.WriteJSON(&b); err != nil {
				t.Error(err)
			}
			if err := r.WriteMarkdown(&b); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestNoise: bytes that are no protocol, in segments that lie about their
// place.
func TestNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	base := frames(t, theCase(t, "edge_tls13_close").pcap)
	for range 200 {
		var all []frame
		for _, f := range base {
			data := bytes.Clone(f.data)
			for range rng.IntN(4) {
				data[ethernetHeader+20+rng.IntN(len(data)-ethernetHeader-20)] ^= byte(rng.Uint32())
			}
			all = append(all, frame{f.info, data})
		}
		c := measured{name: "noise", pcap: write(t, layers.LinkTypeEthernet, all)}.read(t, false)
		text(t, Observe(c))
	}
}

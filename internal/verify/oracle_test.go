package verify

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// unwrapped are the layers that lead to a segment.
var unwrapped = []gopacket.LayerType{
	layers.LayerTypeEthernet, layers.LayerTypeDot1Q, layers.LayerTypeLinuxSLL, layers.LayerTypeLinuxSLL2, layers.LayerTypeLoopback,
	layers.LayerTypeIPv4, layers.LayerTypeIPv6, layers.LayerTypeIPv6HopByHop, layers.LayerTypeIPv6Routing, layers.LayerTypeIPv6Destination,
	layers.LayerTypeUDP, layers.LayerTypeGeneve, layers.LayerTypeVXLAN, layers.LayerTypeTCP, gopacket.LayerTypePayload,
}

// TestOracle compares what is read of a packet with what gopacket reads: of all captures, as
// each kind of interface would have shown them, and with wrong bytes in their headers.
func TestOracle(t *testing.T) {
	layers.RegisterUDPPortLayerType(portVXLANLinux, layers.LayerTypeVXLAN)
	rng := rand.New(rand.NewPCG(3, 4))
	segments, broken := 0, 0
	for _, name := range []string{"edge_h2", "plain_close", "passthrough_ppv2", "fail_tls_to_http_port"} {
		all := frames(t, theCase(t, name).pcap)
		for _, w := range wrappings {
			for _, f := range mapped(all, w.wrap) {
				if !asGopacket(t, w.name, w.link, f.data) {
					t.Errorf("%s, %s: a packet that is no segment: %x", name, w.name, f.data)
				}
				segments++
				for range 200 {
					data := bytes.Clone(f.data)
					for range 1 + rng.IntN(2) {
						data[rng.IntN(min(len(data), 120))] = byte(rng.Uint32())
					}
					if cut := rng.IntN(3 * len(data)); cut < len(data) {
						data = data[:cut]
					}
					if !asGopacket(t, w.name, w.link, data) {
						broken++
					}
				}
			}
		}
	}
	if segments < 500 || broken < segments {
		t.Errorf("%d packets, %d broken ones: the test does not look at enough", segments, broken)
	}
}

// asGopacket reports whether a packet is a segment; it must be what gopacket says.
func asGopacket(t *testing.T, name string, link layers.LinkType, data []byte) bool {
	t.Helper()
	var d decoder
	got, v := d.decode(packet{link: linkType(link), data: data})
	if link == layers.LinkTypeRaw && len(data) > 0 && data[0]>>4 == 6 {
		link = layers.LinkTypeIPv6
	}
	p := gopacket.NewPacket(data, link, gopacket.NoCopy)
	theirs, _ := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if g, ok := p.Layer(layers.LayerTypeGeneve).(*layers.Geneve); ok {
		for _, o := range g.Options {
			g.OptionsLength -= o.Length
		}
		if g.OptionsLength != 0 {
			return v == isTCP // gopacket believes the lengths of the options, not the header's
		}
	}
	if p.ErrorLayer() != nil && theirs == nil || slices.ContainsFunc(p.Layers(), func(l gopacket.Layer) bool { return !slices.Contains(unwrapped, l.LayerType()) }) {
		return v == isTCP // what hosts would drop, or what is not read: gopacket is stricter about options
	}
	if (v == isTCP) != (theirs != nil && p.ErrorLayer() == nil) {
		t.Errorf("%s: verdict %d, gopacket: %v\n%x", name, v, p, data)
		return v == isTCP
	}
	if v != isTCP {
		return false
	}
	want := segment{
		src: netip.AddrPortFrom(got.src.Addr(), uint16(theirs.SrcPort)), dst: netip.AddrPortFrom(got.dst.Addr(), uint16(theirs.DstPort)),
		seq: theirs.Seq, ack: theirs.Ack, syn: theirs.SYN, fin: theirs.FIN, rst: theirs.RST, acks: theirs.ACK,
		payload: theirs.Payload,
	}
	var src, dst []byte
	for _, l := range p.Layers() { // the innermost counts
		switch l := l.(type) {
		case *layers.IPv4:
			src, dst = l.SrcIP, l.DstIP
		case *layers.IPv6:
			src, dst = l.SrcIP, l.DstIP
		}
	}
	a, _ := netip.AddrFromSlice(src)
	b, _ := netip.AddrFromSlice(dst)
	want.src, want.dst = netip.AddrPortFrom(a.Unmap(), want.src.Port()), netip.AddrPortFrom(b.Unmap(), want.dst.Port())
	if got.src != want.src || got.dst != want.dst || got.seq != want.seq || got.ack != want.ack || got.syn != want.syn ||
		got.fin != want.fin || got.rst != want.rst || got.acks != want.acks || !bytes.Equal(got.payload, want.payload) {
		t.Errorf("%s: %+v, gopacket: %+v\n%x", name, got, want, data)
	}
	return true
}

// TestClocks reads times of interfaces with clocks of their own, in both orders of bytes.
func TestClocks(t *testing.T) {
	stamp := time.Date(2026, 11, 1, 12, 0, 0, 123456789, time.UTC)
	for _, tc := range []struct {
		name       string
		resolution byte
		offset     int64
		want       time.Time
	}{
		{"microseconds", 6, 0, stamp.Truncate(time.Microsecond)},
		{"nanoseconds", 9, 0, stamp},
		{"seconds", 0, 0, stamp.Truncate(time.Second)},
		{"tenths of nanoseconds", 10, 0, stamp},
		{"1024ths", 0x80 | 10, 0, stamp.Truncate(time.Second).Add(126 * time.Second / 1024)},
		{"an offset", 6, -3600, stamp.Truncate(time.Microsecond).Add(-time.Hour)},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			p, err := oneOf(order, tc.resolution, tc.offset, stamp)
			if err != nil || !p.time.Equal(tc.want) {
				t.Errorf("%s, %v: %v, %v, want %v", tc.name, order, p.time, err, tc.want)
			}
		}
	}
	if _, err := oneOf(binary.LittleEndian, 20, 0, stamp); err == nil {
		t.Error("a clock of 10^-20 seconds is read")
	}
}

// oneOf reads the packet of a pcapng that has one.
func oneOf(order binary.AppendByteOrder, resolution byte, offset int64, at time.Time) (packet, error) {
	clock, _ := clockOf(resolution)
	stamp := uint64(at.Unix())*clock + uint64(at.Nanosecond())*min(clock, 1e9)/1e9*max(1, clock/1e9)
	words := func(kind uint32, body []byte) []byte {
		n := uint32(blockFrame + len(body))
		return order.AppendUint32(join2(order.AppendUint32(order.AppendUint32(nil, kind), n), body), n)
	}
	var section, device, body []byte
	section = order.AppendUint64(order.AppendUint32(order.AppendUint32(nil, byteOrderMagic), 0), 0)
	order.(binary.ByteOrder).PutUint16(section[4:], 1)
	device = order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, 1), 0), 0)
	device = append(order.AppendUint16(order.AppendUint16(device, 9), 1), resolution, 0, 0, 0)
	device = order.AppendUint64(order.AppendUint16(order.AppendUint16(device, 14), 8), uint64(offset))
	for _, w := range []uint32{0, uint32(stamp >> 32), uint32(stamp), 0, 60} {
		body = order.AppendUint32(body, w)
	}
	c, err := newCapture("x", 0, bytes.NewReader(join2(words(blockSection, section), words(blockInterface, device), words(blockEnhanced, body))))
	if err != nil {
		return packet{}, err
	}
	return c.packet()
}

// TestFiles reads each packet of captures as pcapgo does, in both formats.
func TestFiles(t *testing.T) {
	for _, m := range cases(t) {
		all := frames(t, m.pcap)
		for format, text := range map[string][]byte{"pcap": m.pcap, "pcapng": writeNg(t, layers.LinkTypeEthernet, all)} {
			c, err := newCapture(m.name, 0, bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range all {
				p, err := c.packet()
				if err != nil {
					t.Fatalf("%s as %s, packet %d: %v", m.name, format, i, err)
				}
				if p.at.Frame != i+1 || !p.time.Equal(f.info.Timestamp) || !bytes.Equal(p.data, f.data) || p.cut != (format == "pcap" && f.info.Length > len(f.data)) {
					t.Errorf("%s as %s, packet %d differs", m.name, format, i)
				}
			}
			if _, err := c.packet(); err == nil {
				t.Errorf("%s as %s has more packets", m.name, format)
			}
		}
	}
}

// TestSections passes over a section of another version, and takes 1.2 for 1.0.
func TestSections(t *testing.T) {
	good := writeNg(t, layers.LinkTypeEthernet, frames(t, theCase(t, "plain_close").pcap))
	n := len(frames(t, theCase(t, "plain_close").pcap))
	version := func(major, minor uint16) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint16(b[12:], major)
		binary.LittleEndian.PutUint16(b[14:], minor)
		return b
	}
	for _, tc := range []struct {
		name string
		text []byte
		want int
	}{
		{"1.0", good, n},
		{"1.2", version(1, 2), n},
		{"2.0", version(2, 0), 0},
		{"2.0 before 1.0", join2(version(2, 0), good), n},
		{"1.0 before 2.0", join2(good, version(2, 0)), n},
	} {
		c, err := newCapture("x", 0, bytes.NewReader(tc.text))
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for ; ; got++ {
			if _, err = c.packet(); err != nil {
				break
			}
		}
		if got != tc.want {
			t.Errorf("%s: %d packets, want %d", tc.name, got, tc.want)
		}
	}
	if _, err := pcapgo.NewNgReader(bytes.NewReader(good), pcapgo.DefaultNgReaderOptions); err != nil {
		t.Error(err)
	}
}

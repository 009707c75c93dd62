package verify

import (
	"encoding/binary"
	"net/netip"
)

// segment is one TCP segment. Its payload is valid until the next packet.
type segment struct {
	at        framePlace
	time      int64 // nanoseconds
	src, dst  netip.AddrPort
	seq, ack  uint32
	syn, fin  bool
	rst, acks bool
	payload   []byte
	length    int // of the payload on the wire; more than len(payload) where the capture cut it
}

// The ports of the tunnels that are looked into (RFC 8926, RFC 7348; 8472 is
// Linux's own for VXLAN).
const (
	portGeneve     = 6081
	portVXLAN      = 4789
	portVXLANLinux = 8472
)

// maxLayers bounds how many headers are unwrapped of one packet.
const maxLayers = 24

// verdict is what became of a packet on its way to TCP.
type verdict int

// The verdicts of decode.
const (
	isTCP     verdict = iota
	isOther           // another protocol, or a header that is malformed
	isShort           // cut within its headers
	isPiece           // a fragment of an IP packet
	isForeign         // of a link type that is not read
)

// header is a kind of header. The zero header is one that is not read.
type header int

// The headers before TCP, and TCP.
const (
	headerEthernet header = iota + 1
	headerVLAN
	headerCooked  // LINUX_SLL: of the device "any"
	headerCooked2 // LINUX_SLL2
	headerLoopback
	headerIP // either version
	headerIPv4
	headerIPv6
	headerExtension // of IPv6
	headerFragment  // what is left of an IP packet that was cut into several
	headerUDP
	headerGeneve
	headerVXLAN
	headerTCP
)

// linkType is what the packets of a capture begin with (https://www.tcpdump.org/linktypes.html).
type linkType uint16

// first is the header that a link type begins with; 0 for one that is not read.
func (l linkType) first() header {
	switch l {
	case 0, 108:
		return headerLoopback
	case 1:
		return headerEthernet
	case 101, 12, 14: // no link header; BSD and OpenBSD have their own numbers for it
		return headerIP
	case 113:
		return headerCooked
	case 228:
		return headerIPv4
	case 229:
		return headerIPv6
	case 276:
		return headerCooked2
	}
	return 0
}

// decoder unwraps packets down to TCP. What it keeps is of the innermost IP header.
type decoder struct {
	src, dst netip.Addr
	length   int // of the IP payload as its header states it

	data []byte // what is not unwrapped yet
	lost bool   // a header states more than the packet has
}

// decode unwraps one packet.
func (d *decoder) decode(p packet) (segment, verdict) {
	next := p.link.first()
	if next == 0 {
		return segment{}, isForeign
	}
	d.data = p.data
	for range maxLayers {
		switch next {
		case 0:
			return segment{}, isOther
		case headerFragment:
			return segment{}, isPiece
		}
		s, ok := segment{at: p.at, time: p.time.UnixNano()}, false
		d.lost = false
		if next == headerTCP {
			ok = d.tcp(&s)
		} else {
			next, ok = d.unwrap(next)
		}
		switch {
		case !ok && (p.cut || d.lost):
			return segment{}, isShort
		case !ok:
			return segment{}, isOther
		case s.src.IsValid():
			return s, isTCP
		}
	}
	return segment{}, isOther
}

// unwrap takes one header off. It returns the next one, or false for a header that is
// malformed or not complete.
func (d *decoder) unwrap(h header) (next header, ok bool) {
	switch h {
	case headerEthernet:
		return d.link(14, 12)
	case headerVLAN:
		return d.link(4, 2)
	case headerCooked:
		return d.link(16, 14)
	case headerCooked2:
		return d.cooked2()
	case headerLoopback:
		return d.loopback()
	case headerIP:
		if len(d.data) > 0 && d.data[0]>>4 == 6 {
			return d.ip6()
		}
		return d.ip4()
	case headerIPv4:
		return d.ip4()
	case headerIPv6:
		return d.ip6()
	case headerExtension:
		return d.extension()
	case headerUDP:
		return d.udp()
	case headerGeneve:
		return d.geneve()
	case headerVXLAN:
		return headerEthernet, d.skip(8)
	case headerFragment, headerTCP:
	}
	panic("verify: no header to unwrap")
}

// skip drops the first bytes, or reports that there are not so many.
func (d *decoder) skip(n int) bool {
	if len(d.data) < n {
		return false
	}
	d.data = d.data[n:]
	return true
}

// keep drops what is behind the bytes that a header states, the padding of a short frame.
func (d *decoder) keep(n int) {
	d.lost = d.lost || n > len(d.data)
	d.data = d.data[:min(n, len(d.data))]
}

// link reads a header of the link layer, which says what follows in its EtherType at a place.
func (d *decoder) link(size, at int) (header, bool) {
	if len(d.data) < size {
		return 0, false
	}
	next := etherType(binary.BigEndian.Uint16(d.data[at:]))
	return next, d.skip(size)
}

// etherType is the header that an EtherType stands for
// (https://www.iana.org/assignments/ieee-802-numbers).
func etherType(t uint16) header {
	switch t {
	case 0x0800:
		return headerIPv4
	case 0x86dd:
		return headerIPv6
	case 0x8100, 0x88a8:
		return headerVLAN
	case 0x6558: // "trans ether bridging"
		return headerEthernet
	}
	return 0
}

// cooked2 reads a header of LINUX_SLL2. Of a device of GRE its protocol is not an EtherType.
func (d *decoder) cooked2() (header, bool) {
	const size, deviceGRE = 20, 778
	if len(d.data) < size {
		return 0, false
	}
	next := etherType(binary.BigEndian.Uint16(d.data))
	if binary.BigEndian.Uint16(d.data[8:]) == deviceGRE {
		next = headerEthernet
	}
	return next, d.skip(size)
}

// loopback reads a header of NULL or LOOP: an address family in the order of the bytes of the
// machine that captured, or of the network.
func (d *decoder) loopback() (header, bool) {
	if len(d.data) < 4 {
		return 0, false
	}
	family := binary.LittleEndian.Uint32(d.data)
	if d.data[0] == 0 && d.data[1] == 0 {
		family = binary.BigEndian.Uint32(d.data)
	}
	d.skip(4)
	switch family {
	case 2:
		return headerIPv4, true
	case 10, 24, 28, 30: // Linux, NetBSD and OpenBSD, FreeBSD, Darwin
		return headerIPv6, true
	}
	return 0, true
}

// udp reads a header of UDP. A tunnel is known by its port.
func (d *decoder) udp() (header, bool) {
	const size = 8
	if len(d.data) < size {
		d.lost = true
		return 0, false
	}
	port, length := binary.BigEndian.Uint16(d.data[2:]), int(binary.BigEndian.Uint16(d.data[4:]))
	if length != 0 { // it is 0 where the card splits the packet later
		if length < size {
			return 0, false
		}
		d.keep(length)
	}
	d.skip(size)
	switch port {
	case portGeneve:
		return headerGeneve, true
	case portVXLAN, portVXLANLinux:
		return headerVXLAN, true
	}
	return 0, true
}

// geneve reads a header of Geneve with its options.
func (d *decoder) geneve() (header, bool) {
	const size = 8
	if len(d.data) < size {
		d.lost = true
		return 0, false
	}
	next := etherType(binary.BigEndian.Uint16(d.data[2:]))
	options := int(d.data[0]&0x3f) * 4
	d.lost = size+options > len(d.data)
	return next, d.skip(size + options)
}

// tcp reads a header of TCP.
func (d *decoder) tcp(s *segment) bool {
	const size = 20
	if len(d.data) < size {
		d.lost = true
		return false
	}
	at, offset, flags := d.data, int(d.data[12]>>4)*4, d.data[13]
	if offset < size {
		return false
	}
	s.src = netip.AddrPortFrom(d.src, binary.BigEndian.Uint16(at))
	s.dst = netip.AddrPortFrom(d.dst, binary.BigEndian.Uint16(at[2:]))
	s.seq, s.ack = binary.BigEndian.Uint32(at[4:]), binary.BigEndian.Uint32(at[8:])
	s.fin, s.syn, s.rst, s.acks = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&16 != 0
	d.lost = offset > len(d.data)
	if !d.skip(offset) {
		return false
	}
	s.payload = d.data
	// A packet that the network card splits later may state no length.
	s.length = max(d.length-offset, len(s.payload))
	return true
}

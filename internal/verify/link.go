package verify

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
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
	isOther           // another protocol
	isShort           // cut within its headers
	isPiece           // a fragment of an IP packet
	isForeign         // of a link type that is not read
)

// decoder unwraps packets down to TCP. It keeps the headers of one packet so
// that nothing is allocated for each.
type decoder struct {
	ethernet layers.Ethernet
	vlan     layers.Dot1Q
	sll      layers.LinuxSLL
	sll2     layers.LinuxSLL2
	loopback layers.Loopback
	ip4      layers.IPv4
	ip6      layers.IPv6
	ext6     layers.IPv6ExtensionSkipper
	udp      layers.UDP
	geneve   layers.Geneve
	vxlan    layers.VXLAN
	tcp      layers.TCP

	src, dst netip.Addr
	length   int // of the IP payload as its header states it
}

// truncation notes that a header states more than the capture kept.
type truncation struct{ truncated bool }

func (t *truncation) SetTruncated() { t.truncated = true }

// links says which header a link type begins with.
var links = map[layers.LinkType]gopacket.LayerType{
	layers.LinkTypeNull:      layers.LayerTypeLoopback,
	layers.LinkTypeLoop:      layers.LayerTypeLoopback,
	layers.LinkTypeEthernet:  layers.LayerTypeEthernet,
	layers.LinkTypeLinuxSLL:  layers.LayerTypeLinuxSLL,
	layers.LinkTypeLinuxSLL2: layers.LayerTypeLinuxSLL2,
	layers.LinkTypeIPv4:      layers.LayerTypeIPv4,
	layers.LinkTypeIPv6:      layers.LayerTypeIPv6,
}

// raw are the link types without a link header; BSD and OpenBSD have their own
// numbers for it.
var raw = map[layers.LinkType]bool{layers.LinkTypeRaw: true, 12: true, 14: true}

// decode unwraps one packet.
func (d *decoder) decode(p packet) (segment, verdict) {
	next, ok := links[p.link]
	if raw[p.link] && len(p.data) > 0 {
		next, ok = layers.LayerTypeIPv4, true
		if p.data[0]>>4 == 6 {
			next = layers.LayerTypeIPv6
		}
	}
	if !ok {
		return segment{}, isForeign
	}
	data := p.data
	for range maxLayers {
		header, known := d.header(next)
		if !known {
			return segment{}, isOther
		}
		var t truncation
		if err := header.DecodeFromBytes(data, &t); err != nil {
			if p.cut || t.truncated {
				return segment{}, isShort
			}
			return segment{}, isOther
		}
		switch next {
		case layers.LayerTypeTCP:
			return d.segment(p), isTCP
		case layers.LayerTypeIPv4, layers.LayerTypeIPv6:
			if d.address(next); d.fragment(next) {
				return segment{}, isPiece
			}
		}
		next, data = d.after(next, header), header.LayerPayload()
	}
	return segment{}, isOther
}

// header returns the space for a header of a type.
func (d *decoder) header(t gopacket.LayerType) (gopacket.DecodingLayer, bool) {
	switch t {
	case layers.LayerTypeEthernet:
		return &d.ethernet, true
	case layers.LayerTypeDot1Q:
		return &d.vlan, true
	case layers.LayerTypeLinuxSLL:
		return &d.sll, true
	case layers.LayerTypeLinuxSLL2:
		return &d.sll2, true
	case layers.LayerTypeLoopback:
		return &d.loopback, true
	case layers.LayerTypeIPv4:
		return &d.ip4, true
	case layers.LayerTypeIPv6:
		return &d.ip6, true
	case layers.LayerTypeIPv6HopByHop, layers.LayerTypeIPv6Routing, layers.LayerTypeIPv6Destination:
		return &d.ext6, true
	case layers.LayerTypeUDP:
		return &d.udp, true
	case layers.LayerTypeGeneve:
		return &d.geneve, true
	case layers.LayerTypeVXLAN:
		return &d.vxlan, true
	case layers.LayerTypeTCP:
		return &d.tcp, true
	}
	return nil, false
}

// after is the type of what a header carries. A tunnel is known by its port.
func (d *decoder) after(t gopacket.LayerType, header gopacket.DecodingLayer) gopacket.LayerType {
	if t != layers.LayerTypeUDP {
		if t == layers.LayerTypeIPv6HopByHop || t == layers.LayerTypeIPv6Routing || t == layers.LayerTypeIPv6Destination {
			d.length -= len(d.ext6.Contents)
		}
		return header.NextLayerType()
	}
	switch d.udp.DstPort {
	case portGeneve:
		return layers.LayerTypeGeneve
	case portVXLAN, portVXLANLinux:
		return layers.LayerTypeVXLAN
	}
	return gopacket.LayerTypeZero
}

// address takes the addresses and the length of an IP header.
func (d *decoder) address(t gopacket.LayerType) {
	if t == layers.LayerTypeIPv4 {
		d.src, _ = netip.AddrFromSlice(d.ip4.SrcIP)
		d.dst, _ = netip.AddrFromSlice(d.ip4.DstIP)
		d.length = int(d.ip4.Length) - int(d.ip4.IHL)*4
	} else {
		d.src, _ = netip.AddrFromSlice(d.ip6.SrcIP)
		d.dst, _ = netip.AddrFromSlice(d.ip6.DstIP)
		d.length = int(d.ip6.Length)
		if d.ip6.HopByHop != nil {
			d.length -= len(d.ip6.HopByHop.Contents)
		}
	}
	d.src, d.dst = d.src.Unmap(), d.dst.Unmap()
}

func (d *decoder) fragment(t gopacket.LayerType) bool {
	if t == layers.LayerTypeIPv4 {
		return d.ip4.FragOffset != 0 || d.ip4.Flags&layers.IPv4MoreFragments != 0
	}
	return d.ip6.NextLayerType() == layers.LayerTypeIPv6Fragment
}

func (d *decoder) segment(p packet) segment {
	t := &d.tcp
	s := segment{
		at: p.at, time: p.time.UnixNano(),
		src: netip.AddrPortFrom(d.src, uint16(t.SrcPort)),
		dst: netip.AddrPortFrom(d.dst, uint16(t.DstPort)),
		seq: t.Seq, ack: t.Ack, syn: t.SYN, fin: t.FIN, rst: t.RST, acks: t.ACK,
		payload: t.Payload,
	}
	// A packet that the network card splits later may state no length.
	s.length = max(d.length-int(t.DataOffset)*4, len(s.payload))
	return s
}

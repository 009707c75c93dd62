package verify

import (
	"encoding/binary"
	"net/netip"
)

// The protocols in IP that are read (https://www.iana.org/assignments/protocol-numbers).
const (
	protocolHopByHop    = 0
	protocolIPv4        = 4
	protocolTCP         = 6
	protocolUDP         = 17
	protocolIPv6        = 41
	protocolRouting     = 43
	protocolFragment    = 44
	protocolDestination = 60
	protocolIPIP        = 94
)

// protocol is the header that a protocol number stands for in both versions of IP.
func protocol(number byte) header {
	switch number {
	case protocolIPv4, protocolIPIP:
		return headerIPv4
	case protocolIPv6:
		return headerIPv6
	case protocolTCP:
		return headerTCP
	case protocolUDP:
		return headerUDP
	}
	return 0
}

// protocol6 is protocol with the extensions of IPv6.
func protocol6(number byte) header {
	switch number {
	case protocolHopByHop, protocolRouting, protocolDestination:
		return headerExtension
	case protocolFragment:
		return headerFragment
	}
	return protocol(number)
}

// addresses takes two addresses of some bytes each.
func (d *decoder) addresses(at []byte, size int) {
	src, _ := netip.AddrFromSlice(at[:size])
	dst, _ := netip.AddrFromSlice(at[size : 2*size])
	d.src, d.dst = src.Unmap(), dst.Unmap()
}

// ip4 reads a header of IPv4 (RFC 791, 3.1).
func (d *decoder) ip4() (header, bool) {
	const least = 20
	if len(d.data) < least {
		d.lost = true
		return 0, false
	}
	at := d.data
	size, total := int(at[0]&0xf)*4, int(binary.BigEndian.Uint16(at[2:]))
	if total == 0 { // the card splits the packet later
		total = len(at)
	}
	if size < least || size > total {
		return 0, false
	}
	d.keep(total)
	if !d.skip(size) {
		return 0, false
	}
	d.addresses(at[12:], 4)
	d.length = total - size
	if moreOrOffset := binary.BigEndian.Uint16(at[6:]) & 0x3fff; moreOrOffset != 0 {
		return headerFragment, true
	}
	return protocol(at[9]), true
}

// ip6 reads a header of IPv6 (RFC 8200, 3). Of a packet that the card splits later, a length
// of 0 stands there, or behind in an option (RFC 2675): then it is what there is.
func (d *decoder) ip6() (header, bool) {
	const size = 40
	if len(d.data) < size {
		d.lost = true
		return 0, false
	}
	at := d.data
	d.skip(size)
	d.addresses(at[8:], 16)
	if d.length = int(binary.BigEndian.Uint16(at[4:])); d.length == 0 {
		d.length = len(d.data)
	}
	d.keep(d.length)
	return protocol6(at[6]), true
}

// extension reads an extension header of IPv6, whose length is in units of eight bytes after
// the first eight (RFC 8200, 4).
func (d *decoder) extension() (header, bool) {
	if len(d.data) < 2 {
		d.lost = true
		return 0, false
	}
	next, size := protocol6(d.data[0]), int(d.data[1])*8+8
	d.length -= size
	return next, d.skip(size)
}

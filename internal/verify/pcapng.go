package verify

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"
)

// The types of pcapng blocks that are read
// (draft-ietf-opsawg-pcapng, 4).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

// The limits of a pcapng: each interface that it describes is kept, and a length in it may be
// any number.
const (
	maxInterfaces = 1 << 16
	maxDescribed  = 8 << 20 // bytes of the blocks of the interfaces of a section
	maxBlock      = 1 << 20 // bytes of one block that is read
)

// byteOrderMagic stands in each section, in the order of its bytes.
const byteOrderMagic = 0x1a2b3c4d

// blockFrame is the size of a block without anything in it: its type, and its length at both ends.
const blockFrame = 12

// ngFile reads the packets of a pcapng. Other blocks than those of packets and
// of their interfaces are passed over.
type ngFile struct {
	r          *bufio.Reader
	order      binary.ByteOrder
	unread     bool // the section is of a version that is not known
	interfaces []device
	described  int // bytes of the blocks of the interfaces of this section
	data       []byte
}

// device is an interface as far as its packets need it.
type device struct {
	link   linkType
	snap   uint32 // bytes of a packet that are kept; 0 for all
	clock  uint64 // units of its time in a second
	offset int64  // seconds that are added to each time
}

// newPcapng reads the head of the first section.
func newPcapng(r *bufio.Reader) (*ngFile, error) {
	p := &ngFile{r: r, order: binary.LittleEndian}
	_, head, err := p.block()
	if err != nil {
		return nil, err
	}
	return p, p.section(head)
}

func (p *ngFile) next() (packet, error) {
	for {
		kind, block, err := p.block()
		if err != nil {
			return packet{}, err
		}
		switch kind {
		case blockSection:
			err = p.section(block)
		case blockInterface:
			err = p.device(block)
		default:
			return p.packet(kind, block)
		}
		if err != nil {
			return packet{}, err
		}
	}
}

// block returns the next block that is needed, without its frame.
func (p *ngFile) block() (kind uint32, block []byte, err error) {
	for {
		head, err := p.r.Peek(blockFrame)
		switch {
		case len(head) == 0:
			return 0, nil, err
		case err != nil:
			return 0, nil, unexpected(err)
		}
		if kind = p.order.Uint32(head); kind == blockSection { // the same in both orders
			if err := p.ordered(head[8:]); err != nil {
				return 0, nil, err
			}
		}
		size := p.order.Uint32(head[4:])
		switch wanted := p.wants(kind); {
		case size < blockFrame:
			return 0, nil, fmt.Errorf("a block of %d bytes", size)
		case wanted && size > maxBlock:
			return 0, nil, fmt.Errorf("a block of %d bytes", size)
		case !wanted:
			if err := p.discard(int64(size)); err != nil {
				return 0, nil, err
			}
			continue
		}
		p.data = sized(p.data, int(size))
		if _, err := io.ReadFull(p.r, p.data); err != nil {
			return 0, nil, unexpected(err)
		}
		return kind, p.data[8 : size-4], nil
	}
}

// discard passes over some bytes.
func (p *ngFile) discard(n int64) error {
	_, err := io.CopyN(io.Discard, p.r, n)
	return unexpected(err)
}

// ordered takes the order of the bytes of a section.
func (p *ngFile) ordered(magic []byte) error {
	switch uint32(byteOrderMagic) {
	case binary.LittleEndian.Uint32(magic):
		p.order = binary.LittleEndian
	case binary.BigEndian.Uint32(magic):
		p.order = binary.BigEndian
	default:
		return errors.New("a section without an order of its bytes")
	}
	return nil
}

// wants reports whether a kind of block is read.
func (p *ngFile) wants(kind uint32) bool {
	switch kind {
	case blockSection:
		return true
	case blockInterface, blockPacket, blockSimple, blockEnhanced:
		return !p.unread
	}
	return false
}

// section begins a section. One of another version is passed over; 1.2 is 1.0
// (draft-ietf-opsawg-pcapng, 4.1).
func (p *ngFile) section(block []byte) error {
	if len(block) < 16 {
		return fmt.Errorf("a block of %d bytes", len(block)+blockFrame)
	}
	major, minor := p.order.Uint16(block[4:]), p.order.Uint16(block[6:])
	p.unread = major != 1 || minor != 0 && minor != 2
	p.interfaces, p.described = p.interfaces[:0], 0
	return nil
}

// device reads what a section says about an interface.
func (p *ngFile) device(block []byte) error {
	if len(block) < 8 {
		return fmt.Errorf("a block of %d bytes", len(block)+blockFrame)
	}
	p.described += len(block) + blockFrame
	switch {
	case len(p.interfaces) == maxInterfaces:
		return fmt.Errorf("more than %d interfaces", maxInterfaces)
	case p.described > maxDescribed:
		return fmt.Errorf("more than %d MiB about interfaces", maxDescribed>>20)
	}
	f := device{link: linkType(p.order.Uint16(block)), snap: p.order.Uint32(block[4:]), clock: 1e6}
	for rest := block[8:]; len(rest) >= 4; {
		code, size := p.order.Uint16(rest), int(p.order.Uint16(rest[2:]))
		padded := (size + 3) &^ 3
		if rest = rest[4:]; code == 0 || padded > len(rest) {
			break
		}
		if err := p.option(&f, code, rest[:size]); err != nil {
			return err
		}
		rest = rest[padded:]
	}
	p.interfaces = append(p.interfaces, f)
	return nil
}

// option reads one option of an interface (draft-ietf-opsawg-pcapng, 4.2).
func (p *ngFile) option(f *device, code uint16, value []byte) error {
	const resolution, offset = 9, 14
	switch {
	case code == resolution && len(value) == 1:
		clock, ok := clockOf(value[0])
		if !ok {
			return errors.New("an interface whose clock is too fine")
		}
		f.clock = clock
	case code == offset && len(value) == 8:
		f.offset = int64(p.order.Uint64(value))
	}
	return nil
}

// clockOf is how many units of time a second has: a negative power of 10, or of 2 with the
// highest bit.
func clockOf(resolution byte) (clock uint64, ok bool) {
	exponent := int(resolution & 0x7f)
	if resolution&0x80 != 0 {
		return 1 << exponent, exponent < 64
	}
	clock = 1
	for range exponent {
		over, low := bits.Mul64(clock, 10)
		if over != 0 {
			return 0, false
		}
		clock = low
	}
	return clock, true
}

// at is a time of an interface.
func (f device) at(high, low uint32) time.Time {
	stamp := uint64(high)<<32 | uint64(low)
	over, product := bits.Mul64(stamp%f.clock, 1e9)
	nanos, _ := bits.Div64(over, product, f.clock)
	return time.Unix(int64(stamp/f.clock)+f.offset, int64(nanos)).UTC()
}

// packet reads a block with a packet.
func (p *ngFile) packet(kind uint32, block []byte) (packet, error) {
	if kind == blockSimple {
		return p.simple(block)
	}
	const before = 20 // of its bytes
	if len(block) < before {
		return packet{}, fmt.Errorf("a block of %d bytes", len(block)+blockFrame)
	}
	number := p.order.Uint32(block)
	if kind == blockPacket {
		number = uint32(p.order.Uint16(block))
	}
	if int64(number) >= int64(len(p.interfaces)) {
		return packet{}, fmt.Errorf("a packet of interface %d, which is not described", number)
	}
	f := p.interfaces[number]
	kept, length := p.order.Uint32(block[12:]), p.order.Uint32(block[16:])
	out, err := f.packet(block[before:], kept, length)
	out.time = f.at(p.order.Uint32(block[4:]), p.order.Uint32(block[8:]))
	return out, err
}

// simple reads a block with a packet of the first interface, without a time.
func (p *ngFile) simple(block []byte) (packet, error) {
	if len(block) < 4 {
		return packet{}, fmt.Errorf("a block of %d bytes", len(block)+blockFrame)
	}
	if len(p.interfaces) == 0 {
		return packet{}, errors.New("a packet of interface 0, which is not described")
	}
	f, length := p.interfaces[0], p.order.Uint32(block)
	kept := length
	if f.snap > 0 {
		kept = min(kept, f.snap)
	}
	return f.packet(block[4:], kept, length)
}

// packet is a packet of which some bytes were kept.
func (f device) packet(data []byte, kept, length uint32) (packet, error) {
	if kept > maxPacket || int64(kept) > int64(len(data)) {
		return packet{}, fmt.Errorf("a packet of %d bytes", kept)
	}
	return packet{link: f.link, data: data[:kept], cut: length > kept}, nil
}

package verify

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
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

// The limits of what a section of a pcapng may describe before its packets: the
// reader behind keeps each interface with its names and comments.
const (
	maxInterfaces = 1 << 16
	maxDescribed  = 8 << 20 // bytes of their blocks
	maxBlock      = 1 << 20 // bytes of one block that is read
)

const (
	blockFrame  = 12 // a block's type and its length, which stands at both ends
	blockHeader = 32 // of a packet and all that stands before its bytes: the most that is looked at
)

// blocks passes on those blocks of a pcapng that the reader of packets needs,
// within limits: that reader keeps names and statistics, which are not needed here,
// and believes each length that it is told.
type blocks struct {
	r          *bufio.Reader
	order      binary.ByteOrder
	left       int // bytes of the block that is passed on
	interfaces int // of this section
	described  int // bytes of their blocks
	snap       int // bytes that the first of them keeps of a packet, 0 for all
}

func newBlocks(r *bufio.Reader) *blocks {
	return &blocks{r: r, order: binary.LittleEndian}
}

// Read implements io.Reader.
func (b *blocks) Read(p []byte) (int, error) {
	for b.left == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// next looks at the next block and passes it on or over.
func (b *blocks) next() error {
	head, err := b.r.Peek(blockHeader)
	switch {
	case len(head) < blockFrame && err != nil:
		return b.end(len(head), err)
	case binary.BigEndian.Uint32(head) != blockSection:
	case binary.BigEndian.Uint32(head[8:]) == 0x1a2b3c4d:
		b.order = binary.BigEndian
	default:
		b.order = binary.LittleEndian
	}
	n := int64(b.order.Uint32(head[4:]))
	if n < blockFrame {
		return fmt.Errorf("a block of %d bytes", n)
	}
	wanted, err := b.wants(head, n)
	switch {
	case err != nil:
		return err
	case !wanted:
		_, err := b.r.Discard(int(n))
		return unexpected(err)
	case n > maxBlock:
		return fmt.Errorf("a block of %d bytes", n)
	}
	b.left = int(n)
	return nil
}

// end passes on what is left where no further block begins.
func (b *blocks) end(rest int, err error) error {
	if rest == 0 || !errors.Is(err, io.EOF) {
		return err
	}
	b.left = rest
	return nil
}

// wants reports whether a block of n bytes is needed, or that the rest cannot be
// read.
func (b *blocks) wants(head []byte, n int64) (bool, error) {
	at := func(i int) int64 {
		if len(head) < i+4 {
			return 0 // it is cut off, and the reader behind finds that
		}
		return int64(b.order.Uint32(head[i:]))
	}
	switch at(0) {
	case blockSection:
		b.interfaces, b.described, b.snap = 0, 0, 0
		return true, nil
	case blockInterface:
		if b.interfaces == 0 {
			b.snap = int(at(12))
		}
		b.interfaces++
		b.described += int(n)
		switch {
		case b.interfaces > maxInterfaces:
			return false, fmt.Errorf("more than %d interfaces", maxInterfaces)
		case b.described > maxDescribed:
			return false, fmt.Errorf("more than %d MiB about interfaces", maxDescribed>>20)
		}
		return true, nil
	case blockPacket, blockEnhanced:
		return true, fits(at(20), n-blockHeader)
	case blockSimple:
		kept := at(8)
		if b.snap > 0 {
			kept = min(kept, int64(b.snap))
		}
		return true, fits(kept, n-16)
	}
	return false, nil
}

// fits returns an error for a packet that is longer than its block, or than any.
func fits(kept, room int64) error {
	if kept > maxPacket || kept > room {
		return fmt.Errorf("a packet of %d bytes", kept)
	}
	return nil
}

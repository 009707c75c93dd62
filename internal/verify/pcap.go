package verify

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// pcapFile reads the packets of a pcap (draft-ietf-opsawg-pcap).
type pcapFile struct {
	r        *bufio.Reader
	order    binary.ByteOrder
	fraction time.Duration // the unit of the second part of a time
	link     linkType
	data     []byte
}

// newPcap reads the header of a pcap.
func newPcap(r *bufio.Reader) (*pcapFile, error) {
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	p := &pcapFile{r: r, order: binary.LittleEndian, fraction: time.Microsecond}
	if little := p.order.Uint32(head[:]); little != magicPcapMicros && little != magicPcapNanos {
		p.order = binary.BigEndian
	}
	if p.order.Uint32(head[:]) == magicPcapNanos {
		p.fraction = time.Nanosecond
	}
	if major, minor := p.order.Uint16(head[4:]), p.order.Uint16(head[6:]); major != 2 || minor != 4 {
		return nil, fmt.Errorf("a pcap of version %d.%d; only 2.4 is read", major, minor)
	}
	p.link = linkType(p.order.Uint32(head[20:])) // above are bits about a checksum of the frames
	return p, nil
}

func (p *pcapFile) next() (packet, error) {
	var head [16]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return packet{}, err
	}
	seconds, rest := p.order.Uint32(head[:]), p.order.Uint32(head[4:])
	kept, length := p.order.Uint32(head[8:]), p.order.Uint32(head[12:])
	switch {
	case kept > maxPacket:
		return packet{}, fmt.Errorf("a packet of %d bytes", kept)
	case kept > length:
		return packet{}, fmt.Errorf("a packet of %d bytes, of which %d are there", length, kept)
	}
	p.data = sized(p.data, int(kept))
	if _, err := io.ReadFull(p.r, p.data); err != nil {
		return packet{}, unexpected(err)
	}
	return packet{
		time: time.Unix(int64(seconds), int64(rest)*int64(p.fraction)).UTC(),
		link: p.link, data: p.data, cut: length > kept,
	}, nil
}

// sized is a buffer of a size, the same one where it is large enough.
func sized(buffer []byte, size int) []byte {
	if cap(buffer) < size {
		return make([]byte, size, max(size, 2*cap(buffer)))
	}
	return buffer[:size]
}

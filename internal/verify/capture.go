package verify

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// framePlace is where something stands in a capture.
type framePlace struct {
	File  int // index into the captures of a run
	Frame int // counts from 1 in its file, as Wireshark does; 0 for nowhere
}

// packet is one packet as the capture has it. Its data is valid until the next
// one of the same capture is read.
type packet struct {
	at   framePlace
	time time.Time
	link layers.LinkType
	data []byte
	cut  bool // the capture kept only its beginning (a short snap length)
}

// capture reads the packets of one capture, pcap or pcapng, plain or gzipped.
type capture struct {
	name  string
	file  int
	frame int
	next  func() (data []byte, info gopacket.CaptureInfo, link layers.LinkType, err error)
}

// The magic numbers of the formats, as they stand in a file.
const (
	magicPcapMicros = 0xa1b2c3d4
	magicPcapNanos  = 0xa1b23c4d
	magicPcapng     = 0x0a0d0d0a
	magicGzip       = 0x1f8b
)

// maxPacket bounds one packet in bytes; libpcap's own bound.
const maxPacket = 262144

// errFormat is a capture that is none.
var errFormat = errors.New("neither pcap nor pcapng")

// newCapture recognises the format of a capture.
func newCapture(name string, file int, r io.Reader) (*capture, error) {
	s := &capture{name: name, file: file}
	buffered := bufio.NewReaderSize(r, 1<<16)
	head, err := buffered.Peek(4)
	if len(head) >= 2 && binary.BigEndian.Uint16(head) == magicGzip {
		unzipped, zipErr := gzip.NewReader(buffered)
		if zipErr != nil {
			return nil, fmt.Errorf("%s: %w", name, zipErr)
		}
		buffered = bufio.NewReaderSize(unzipped, 1<<16)
		head, err = buffered.Peek(4)
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(head) == 0:
		return nil, fmt.Errorf("%s: it is empty", name)
	case len(head) < 4:
		return nil, fmt.Errorf("%s: %w", name, errFormat)
	}
	switch little, big := binary.LittleEndian.Uint32(head), binary.BigEndian.Uint32(head); {
	case big == magicPcapng:
		err = s.pcapng(buffered)
	case little == magicPcapMicros, little == magicPcapNanos, big == magicPcapMicros, big == magicPcapNanos:
		err = s.pcap(buffered)
	default:
		err = errFormat
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, unexpected(err))
	}
	return s, nil
}

func (s *capture) pcap(r io.Reader) error {
	p, err := pcapgo.NewReader(r)
	if err != nil {
		return err
	}
	p.SetSnaplen(min(p.Snaplen(), maxPacket)) // a file may state any length, and claim it for a packet
	link := p.LinkType()
	s.next = func() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
		data, info, err := p.ZeroCopyReadPacketData()
		return data, info, link, err
	}
	return nil
}

func (s *capture) pcapng(r *bufio.Reader) error {
	p, err := pcapgo.NewNgReader(newBlocks(r), pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return err
	}
	s.next = func() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
		data, info, err := p.ZeroCopyReadPacketData()
		if err != nil {
			return nil, info, 0, err
		}
		link, _ := info.AncillaryData[0].(layers.LinkType)
		return data, info, link, nil
	}
	return nil
}

// packet returns the next packet; io.EOF at the end, and any other error where
// the rest cannot be read.
func (s *capture) packet() (packet, error) {
	data, info, link, err := s.next()
	if err != nil {
		return packet{}, err
	}
	if len(data) > maxPacket {
		return packet{}, fmt.Errorf("a packet of %d bytes", len(data))
	}
	s.frame++
	return packet{
		at: framePlace{s.file, s.frame}, time: info.Timestamp, link: link, data: data, cut: info.Length > len(data),
	}, nil
}

// unexpected names the end of a file that ends too soon.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Input is one capture to read.
type Input struct {
	Name string // as messages name it
	R    io.Reader
}

// merge reads several captures as one, in the order of their clocks: rotated
// files and captures of two interfaces alike. It calls packet for each and
// says with cutOff where a capture ends within a packet or is broken; what
// came before counts.
func merge(inputs []Input, each func(packet), cutOff func(framePlace, error)) error {
	var open []*capture
	heads := map[*capture]packet{}
	advance := func(s *capture) {
		p, err := s.packet()
		if err == nil {
			heads[s] = p
			return
		}
		if !errors.Is(err, io.EOF) {
			cutOff(framePlace{s.file, s.frame}, err)
		}
		delete(heads, s)
	}
	for i, in := range inputs {
		s, err := newCapture(in.Name, i, in.R)
		if err != nil {
			return err
		}
		open = append(open, s)
		advance(s)
	}
	for len(heads) > 0 {
		var first *capture
		for _, s := range open {
			if p, ok := heads[s]; ok && (first == nil || p.time.Before(heads[first].time)) {
				first = s
			}
		}
		each(heads[first])
		advance(first)
	}
	return nil
}

package verify

import (
	"encoding/binary"
	"io"
	"runtime"
	"testing"
	"time"
)

// endless is a capture of so many bytes that is made while it is read: a
// handshake, a request, and an answer in TLS records without end. Some packets
// are lost, some come late.
type endless struct {
	left  int // bytes
	buf   []byte
	n     int
	seq   uint32
	delay []byte
	noise bool // every packet is of a connection of its own instead
}

const endlessPayload = 1400

func (e *endless) Read(p []byte) (int, error) {
	if len(e.buf) == 0 {
		if e.left <= 0 {
			return 0, io.EOF
		}
		e.buf = e.next()
		e.left -= len(e.buf)
	}
	n := copy(p, e.buf)
	e.buf = e.buf[n:]
	return n, nil
}

func (e *endless) next() []byte {
	e.n++
	switch {
	case e.n == 1:
		return []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0}
	case e.noise:
		return e.packet(uint16(e.n), uint16(e.n>>16)|1, 7, 2, nil)
	}
	payload := make([]byte, endlessPayload)
	for i := 0; i+9 <= len(payload); i += 7 { // records of two bytes
		copy(payload[i:], []byte{recordData, 3, 3, 0, 2, 'x', 'y'})
	}
	out := e.packet(443, 40000, e.seq, 0x10, payload)
	e.seq += endlessPayload
	switch {
	case e.n%100 == 0:
		return e.next() // lost
	case e.n%100 == 50:
		e.delay = out // late
		return e.next()
	case e.delay != nil && e.n%100 == 60:
		out, e.delay = append(out, e.delay...), nil
	}
	return out
}

func (e *endless) packet(src, dst uint16, seq uint32, flags byte, payload []byte) []byte {
	total := 40 + len(payload)
	out := make([]byte, 16, 16+total)
	binary.LittleEndian.PutUint32(out, uint32(e.n/1000))
	binary.LittleEndian.PutUint32(out[8:], uint32(total))
	binary.LittleEndian.PutUint32(out[12:], uint32(total))
	out = append(out, 0x45, 0, byte(total>>8), byte(total), 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	out = binary.BigEndian.AppendUint16(out, src)
	out = binary.BigEndian.AppendUint16(out, dst)
	out = binary.BigEndian.AppendUint32(out, seq)
	out = append(out, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(out, payload...)
}

// peak reads a capture and returns the most memory that was in use while that
// went on, beyond what was before.
func peak(t testing.TB, r io.Reader) (most uint64, c *Capture) {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	measure := func(packets int) {
		if packets&(1<<16-1) != 0 {
			return
		}
		runtime.GC() // what the test made is not what the reader keeps
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	c, err := Read([]Input{{"large", r}}, Options{Progress: measure})
	if err != nil {
		t.Fatal(err)
	}
	measure(0)
	return most - min(before, most), c
}

// TestLarge: a capture of 200 MB is read in a few megabytes.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 200 MB")
	}
	start := time.Now()
	used, c := peak(t, &endless{left: 200 << 20})
	t.Logf("%d packets of 200 MB in %.1f s, at most %d kB in use", c.Packets, time.Since(start).Seconds(), used>>10)
	if used > 4<<20 {
		t.Errorf("%d kB in use, want at most 4 MB", used>>10)
	}
	if len(c.Conns) != 1 || c.Conns[0].Lost[0]+c.Conns[0].Lost[1] == 0 {
		t.Errorf("%d connections, lost %v", len(c.Conns), c.Conns[0].Lost)
	}
}

// TestManyConnections: a capture of nothing but SYNs keeps to its limits.
func TestManyConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 30 MB")
	}
	used, c := peak(t, &endless{left: 30 << 20, noise: true})
	t.Logf("%d packets, %d connections, %d kB in use", c.Packets, len(c.Conns), used>>10)
	if len(c.Conns) != defaultLimits.Conns || used > 4*30<<20 {
		t.Errorf("%d connections, %d kB in use", len(c.Conns), used>>10)
	}
}

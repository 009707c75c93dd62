//go:build linux

package haproxy_test

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/afpacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// loopback is the capture of everything that the cases send.
var loopback *wiretap

// wiretap hands each case the packets of its network. One of them serves all
// cases: to start a program for each costs more than most cases do.
type wiretap struct {
	socket *afpacket.TPacket
	mu     sync.Mutex
	cases  map[prefix]*recording
}

// prefix is the first three numbers of the addresses of a case.
type prefix [3]byte

const (
	// outgoing is the kind of packet (packet(7), sll_pkttype) that a loopback
	// interface shows a second time when it comes in.
	outgoing = 4
	snapLen  = 1 << 18
	// The kernel hands over a block that has a packet when its time is over, full or
	// not: their number times that is how long this process may be kept waiting.
	ringBlock  = 1 << 17 // bytes, more than a packet of loopback has
	ringBlocks = 512
	ringTime   = 20 * time.Millisecond
)

// newWiretap begins to capture on the loopback interface.
func newWiretap() (*wiretap, error) {
	socket, err := afpacket.NewTPacket(
		afpacket.OptInterface("lo"), afpacket.TPacketVersion3, afpacket.OptFrameSize(1<<16), afpacket.OptBlockSize(ringBlock),
		afpacket.OptNumBlocks(ringBlocks), afpacket.OptBlockTimeout(ringTime), afpacket.OptPollTimeout(100*time.Millisecond),
	)
	if err != nil {
		return nil, fmt.Errorf("cannot capture: %w", err)
	}
	incoming, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: outgoing, SkipTrue: 1},
		bpf.RetConstant{Val: snapLen},
		bpf.RetConstant{Val: 0},
	})
	if err == nil {
		err = socket.SetBPF(incoming)
	}
	if err != nil {
		socket.Close()
		return nil, err
	}
	w := &wiretap{socket: socket, cases: map[prefix]*recording{}}
	go w.listen()
	return w, nil
}

func (w *wiretap) listen() {
	for {
		data, at, err := w.socket.ZeroCopyReadPacketData()
		switch {
		case errors.Is(err, afpacket.ErrTimeout):
			continue
		case err != nil:
			fmt.Fprintln(os.Stderr, "the capture ended:", err)
			os.Exit(1)
		}
		w.take(data, at)
	}
}

// What is looked at of an Ethernet frame with IPv4 without options.
const (
	frameProtocol = 14 + 9
	frameSource   = 14 + 12
	frameTarget   = 14 + 16
	framePayload  = 14 + 20 + 8 // of UDP
)

func (w *wiretap) take(frame []byte, at gopacket.CaptureInfo) {
	if len(frame) < framePayload || binary.BigEndian.Uint16(frame[12:]) != uint16(layers.EthernetTypeIPv4) {
		return
	}
	w.mu.Lock()
	r := w.cases[prefix(frame[frameSource:])]
	if r == nil {
		r = w.cases[prefix(frame[frameTarget:])]
	}
	w.mu.Unlock()
	if r == nil {
		return
	}
	switch layers.IPProtocol(frame[frameProtocol]) {
	case layers.IPProtocolTCP:
		r.write(frame, at)
	case layers.IPProtocolUDP:
		r.mark(frame[framePayload:])
	default: // of no case
	}
}

// lost is how many packets the capture missed: a difference that they make
// would be a fault of the capture.
func (w *wiretap) lost() (uint, error) {
	_, stats, err := w.socket.SocketStats()
	return stats.Drops(), err
}

// recording is the capture of one case.
type recording struct {
	t       *testing.T
	network string
	mu      sync.Mutex
	file    *os.File
	out     *pcapgo.NgWriter
	err     error
	packets int
	last    time.Time         // when the last packet was seen
	marks   map[uint64]uint64 // of each CPU, the last mark that was seen
	sent    uint64            // the last mark that was sent
}

// capture records a case's network until it is stopped.
func capture(t *testing.T, file, network string) *recording {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{t: t, network: network, file: f, last: time.Now(), marks: map[uint64]uint64{}}
	if r.out, err = pcapgo.NewNgWriter(f, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	loopback.mu.Lock()
	loopback.cases[r.prefix()] = r
	loopback.mu.Unlock()
	t.Cleanup(r.stop)
	return r
}

func (r *recording) prefix() prefix {
	return prefix(net.ParseIP(r.network + "1").To4())
}

func (r *recording) write(frame []byte, at gopacket.CaptureInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at.InterfaceIndex = 0
	r.packets++
	r.last = time.Now()
	if r.file == nil {
		return
	}
	if err := r.out.WritePacket(at, frame); err != nil {
		r.err = err
	}
}

func (r *recording) mark(payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(payload) >= 16 {
		cpu := binary.BigEndian.Uint64(payload[8:])
		r.marks[cpu] = max(r.marks[cpu], binary.BigEndian.Uint64(payload))
	}
}

// stop ends the recording, and writes what is left of it.
func (r *recording) stop() {
	loopback.mu.Lock()
	delete(loopback.cases, r.prefix())
	loopback.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return
	}
	if err := errors.Join(r.err, r.out.Flush(), r.file.Close()); err != nil {
		r.t.Error(err)
	}
	r.file = nil
}

// caughtUp waits until everything that has been sent is in the recording: until
// the datagrams are there that are sent behind it. Each CPU has a queue of its own
// for what is sent over loopback from there (netif_rx(9)), which may be emptied late
// where the machine is busy: there is a datagram for each.
func (r *recording) caughtUp() {
	r.t.Helper()
	discard := &net.UDPAddr{IP: net.ParseIP(r.network + "9"), Port: 9}           // without a listener
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}) // not connected: that nobody listens is no error
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	r.sent++
	cpus, err := onEach(func(cpu int) error {
		_, err := conn.WriteTo(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.sent), uint64(cpu)), discard)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	until(r.t, func() string { return "the capture does not come on" }, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return !slices.ContainsFunc(cpus, func(cpu int) bool { return r.marks[uint64(cpu)] < r.sent })
	})
}

// onEach does something on each CPU that these tests run on, and returns these.
func onEach(do func(cpu int) error) ([]int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, err
	}
	var cpus []int
	var failed error
	for cpu := 0; len(cpus) < all.Count(); cpu++ {
		if !all.IsSet(cpu) {
			continue
		}
		cpus = append(cpus, cpu)
		var one unix.CPUSet
		one.Set(cpu)
		failed = cmp.Or(failed, unix.SchedSetaffinity(0, &one), do(cpu))
	}
	return cpus, cmp.Or(failed, unix.SchedSetaffinity(0, &all))
}

// begun waits for the first packet.
func (r *recording) begun() {
	r.t.Helper()
	until(r.t, func() string { return "nothing is sent" }, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.packets > 0
	})
}

// How long nothing may have been sent for a case to be over: not at all where no
// connection is open; longer where one end has closed one and the other has not.
const (
	settleIdle    = time.Second
	settleClosing = 1500 * time.Millisecond
)

// settled waits for late FINs.
func (r *recording) settled() {
	r.t.Helper()
	until(r.t, func() string { return "the connections of the case do not come to rest" }, func() bool {
		wait := time.Duration(0)
		for _, s := range sockets(r.t) {
			switch {
			case prefix(s.local.Addr().AsSlice()) != r.prefix():
			case s.state == stateEstablished:
				wait = max(wait, settleIdle)
			case s.state != stateListen && s.state != stateTimeWait:
				wait = max(wait, settleClosing)
			}
		}
		r.caughtUp()
		r.mu.Lock()
		defer r.mu.Unlock()
		return time.Since(r.last) >= wait
	})
}

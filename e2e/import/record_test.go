//go:build linux

package import_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/afpacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"golang.org/x/net/bpf"
)

// record writes what is sent to BASE.pcapng, and the secrets of its sessions to
// BASE.keys, until it is stopped.
func record(t *testing.T, k *pki) (base string, stop func()) {
	t.Helper()
	to := os.Getenv("FLOWC_E2E_KEEP")
	if to == "" {
		to = t.TempDir()
	}
	base = filepath.Join(to, filepath.Base(t.Name()))
	socket, err := afpacket.NewTPacket(afpacket.OptInterface("lo"), afpacket.TPacketVersion3, afpacket.OptFrameSize(1<<16),
		afpacket.OptBlockSize(1<<17), afpacket.OptNumBlocks(128), afpacket.OptBlockTimeout(20*time.Millisecond),
		afpacket.OptPollTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	// a loopback interface shows each packet when it goes out and when it comes in
	// (packet(7), sll_pkttype)
	const outgoing = 4
	once, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: outgoing, SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 18}, bpf.RetConstant{Val: 0},
	})
	if err = errors.Join(err, socket.SetBPF(once), os.MkdirAll(to, 0o755)); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(base + ".pcapng")
	if err != nil {
		t.Fatal(err)
	}
	w, err := pcapgo.NewNgWriter(file, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	ended, done := make(chan struct{}), make(chan error)
	go func() { done <- copyPackets(socket, w, ended) }()
	return base, func() {
		close(ended)
		keys, err := os.ReadFile(k.keys.Name())
		err = errors.Join(<-done, w.Flush(), file.Close(), err, os.WriteFile(base+".keys", keys, 0o600))
		socket.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// afterwards is how long packets are still written after the end: they may be on their way.
const afterwards = 100 * time.Millisecond

// copyPackets writes packets until it is ended, and then those of a moment more, or until
// none has come for one: health checks never cease.
func copyPackets(socket *afpacket.TPacket, w *pcapgo.NgWriter, ended chan struct{}) error {
	var last time.Time // zero before the end
	for {
		data, at, err := socket.ZeroCopyReadPacketData()
		if last.IsZero() {
			select {
			case <-ended:
				last = time.Now().Add(afterwards)
			default:
			}
		}
		switch {
		case errors.Is(err, afpacket.ErrTimeout) && last.IsZero():
			continue
		case errors.Is(err, afpacket.ErrTimeout), err == nil && !last.IsZero() && at.Timestamp.After(last):
			return nil
		case err != nil:
			return fmt.Errorf("the capture ended: %w", err)
		}
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at.Timestamp, CaptureLength: len(data), Length: at.Length}, data); err != nil {
			return err
		}
	}
}

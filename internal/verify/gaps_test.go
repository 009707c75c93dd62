package verify

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/flowc-lang/flowc/flow"
)

// TestLacking: a capture that lacks a packet does not differ for that, if TCP tells that the packet was sent; where
// what is left of an exchange differs, it is not compared.
func TestLacking(t *testing.T) {
	told, lacking := 0, 0
	for _, keys := range []bool{false, true} {
		for _, m := range cases(t) {
			top := topology(t, m.name, m.model)
			derive := flow.NewCache(top).Of
			all := frames(t, m.pcap)
			for i := range all {
				if !isTold(all, i) {
					continue
				}
				told++
				n := m
				n.pcap = write(t, layers.LinkTypeEthernet, append(append([]frame(nil), all[:i]...), all[i+1:]...))
				r := Verify(top, derive, n.read(t, keys), nil)
				lacking += r.Lacking
				for _, x := range r.Results {
					if len(x.Departures) > 0 {
						t.Errorf("%s without packet %d, keys %v:\n%s", m.name, i+1, keys, text(t, r))
						break
					}
				}
			}
		}
	}
	if told < 2000 || lacking == 0 {
		t.Errorf("%d packets, %d exchanges lack one", told, lacking)
	}
}

// What the captures have of Ethernet and IPv4, and of TCP behind that.
const (
	tcpHeader = ethernetHeader + 20
	flagFIN   = 1
	flagSYN   = 2
	flagRST   = 4
	flagACK   = 16
)

// isTold reports whether what is left of a connection tells that a packet of it was sent: the other end acknowledges it.
// Nothing does of the first SYN of a connection, of its last packets, and of the ACK of a client that says nothing.
func isTold(all []frame, i int) bool {
	p := all[i].data
	flags := p[tcpHeader+13]
	if flags&flagRST != 0 || flags&(flagSYN|flagACK) == flagSYN {
		return false
	}
	size := func(p []byte) uint32 { return uint32(len(p) - tcpHeader - int(p[tcpHeader+12]>>4)*4) }
	end := binary.BigEndian.Uint32(p[tcpHeader+4:]) + size(p)
	if size(p) == 0 && flags&(flagFIN|flagSYN) == 0 {
		return slices.ContainsFunc(all[i+1:], func(o frame) bool { // more comes behind an ACK
			return bytes.Equal(o.data[tcpHeader:tcpHeader+4], p[tcpHeader:tcpHeader+4]) && size(o.data) > 0
		})
	}
	if flags&(flagFIN|flagSYN) != 0 {
		end++
	}
	for _, later := range all[i+1:] {
		o := later.data
		answers := bytes.Equal(o[tcpHeader:tcpHeader+2], p[tcpHeader+2:tcpHeader+4]) && bytes.Equal(o[tcpHeader+2:tcpHeader+4], p[tcpHeader:tcpHeader+2])
		if answers && o[tcpHeader+13]&(flagACK|flagRST) == flagACK && after(binary.BigEndian.Uint32(o[tcpHeader+8:]), end) >= 0 {
			return true
		}
	}
	return false
}

// TestWhole: captures that lack nothing have no gap.
func TestWhole(t *testing.T) {
	whole := func(name string, c *Capture) {
		for _, conn := range c.Conns {
			if len(conn.gaps) > 0 {
				t.Errorf("%s: %v > %v lacks a packet: %v", name, conn.Ends[opener], conn.Ends[acceptor], conn.gaps)
			}
		}
	}
	for _, m := range cases(t) {
		whole(m.name, m.read(t, false))
	}
	for _, folder := range []string{"races", "atonce", "more"} {
		paths, err := filepath.Glob("testdata/" + folder + "/*.pcapng")
		if err != nil || len(paths) < 8 {
			t.Fatalf("%d captures in %s, %v", len(paths), folder, err)
		}
		for _, path := range paths {
			whole(path, readFile(t, path))
		}
	}
}

// TestAlertBehindLoss: an alert is not taken for one in the clear where the ChangeCipherSpec before it is lost.
func TestAlertBehindLoss(t *testing.T) {
	for _, name := range []string{"edge_tls12_close", "edge_tls12_keepalive", "reencrypt_tls12_close"} {
		m := theCase(t, name)
		all := frames(t, m.pcap)
		for i := range all {
			n := m
			n.pcap = write(t, layers.LinkTypeEthernet, append(append([]frame(nil), all[:i]...), all[i+1:]...))
			for _, said := range messages(n.read(t, false)) {
				if strings.Contains(said, "alert_") {
					t.Errorf("%s without packet %d: %s", name, i+1, said)
				}
			}
		}
	}
}

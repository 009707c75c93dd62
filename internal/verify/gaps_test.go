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
	for _, m := range append(cases(t), anyCase(t, "parallel"), anyCase(t, "relay")) {
		all := frames(t, m.pcap)
		each := 1
		if len(all) > 300 {
			each = 3 // clients at once
		}
		top := topology(t, m.name, m.model)
		derive := flow.NewCache(top).Of
		for i := range all {
			if i%each != 0 || !isTold(all, i) {
				continue
			}
			n := m
			n.pcap = write(t, layers.LinkTypeEthernet, append(append([]frame(nil), all[:i]...), all[i+1:]...))
			for _, keys := range []bool{false, true} {
				told++
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
// Nothing does of the first SYN of a connection, of its last packets, of the ACK of a client that says nothing, and of what
// is sent again. A RST without ACK tells of the segment that it answers, if that was the first to acknowledge so much.
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
			return sameWay(o.data, p) && size(o.data) > 0
		})
	}
	if flags&(flagFIN|flagSYN) != 0 {
		end++
	}
	number := func(p []byte) uint32 { return binary.BigEndian.Uint32(p[tcpHeader+4:]) }
	acknowledged := func(p []byte) uint32 { return binary.BigEndian.Uint32(p[tcpHeader+8:]) }
	before := func(o []byte) bool {
		return sameWay(o, p) && o[tcpHeader+13]&flagACK != 0 && after(acknowledged(o), acknowledged(p)) >= 0
	}
	first := !slices.ContainsFunc(all[:i], func(o frame) bool { return before(o.data) })
	for _, later := range all[i+1:] {
		o := later.data
		if sameWay(o, p) && size(o) > 0 && number(o) == number(p) {
			return false
		}
		first = first && !before(o)
		answers := bytes.Equal(o[tcpHeader:tcpHeader+2], p[tcpHeader+2:tcpHeader+4]) && bytes.Equal(o[tcpHeader+2:tcpHeader+4], p[tcpHeader:tcpHeader+2])
		switch how := o[tcpHeader+13] & (flagACK | flagRST); {
		case answers && how == flagACK && after(acknowledged(o), end) >= 0, answers && how == flagRST && first && number(o) == acknowledged(p):
			return true
		}
	}
	return false
}

// sameWay reports whether two packets go from the same port to the same port.
func sameWay(a, b []byte) bool {
	return bytes.Equal(a[tcpHeader:tcpHeader+4], b[tcpHeader:tcpHeader+4])
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

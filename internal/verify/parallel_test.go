package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"

	"github.com/flowc-lang/flowc/flow"
)

// pairsOf reads which connection a proxy opened for which client, from the log of
// HAProxy: "LOG CLIENT BACKEND-CONNECTION BACKEND STATUS".
func pairsOf(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/more/" + name + ".pairs.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 2 {
			out[f[1]] = f[2]
		}
	}
	return out
}

// TestParallel holds twelve clients at once against their model: all agree, and
// no connection is said to be another client's.
func TestParallel(t *testing.T) {
	m := anyCase(t, "parallel")
	pairs := pairsOf(t, "parallel")
	for order, model := range map[string]string{"as declared": m.model, "backwards": backwards(m.model)} {
		for _, keys := range []bool{false, true} {
			r := hold(t, m.name, model, m.read(t, keys))
			if !r.Agrees() || len(r.Results) != 12 || r.Undecided() > 0 {
				t.Errorf("%s, keys %v:\n%s", order, keys, text(t, r))
			}
			sure := 0
			for _, x := range r.Results {
				client := x.Client().Ends[opener].String()
				for _, j := range x.Conns[1:] {
					if len(j.Or) > 0 {
						continue
					}
					sure++
					if got := j.Ends[opener].String(); got != pairs[client] {
						t.Errorf("%s, keys %v: %s is said to be for %s, which has %s", order, keys, got, client, pairs[client])
					}
				}
			}
			t.Logf("%s, keys %v: %d of %d are joined for sure", order, keys, sure, len(pairs))
		}
	}
}

// TestRelays holds clients of ports that relay: each request on a connection is an exchange, and no
// connection is said to be another client's.
func TestRelays(t *testing.T) {
	m := anyCase(t, "relay")
	pairs := pairsOf(t, "relay")
	for keys, want := range map[bool]int{false: 20, true: 24} { // a passthrough shows its requests to who has the keys
		r := hold(t, m.name, m.model, m.read(t, keys))
		if !r.Agrees() || len(r.Results) != want || r.Undecided() > 0 {
			t.Errorf("keys %v: %d exchanges, want %d:\n%s", keys, len(r.Results), want, text(t, r))
		}
		for _, x := range r.Results {
			client := x.Client().Ends[opener].String()
			if len(x.Conns) != 2 || len(x.Conns[1].Or) > 0 || x.Conns[1].Ends[opener].String() != pairs[client] {
				t.Errorf("keys %v: exchange %d is not %s and %s alone:\n%s", keys, x.N, client, pairs[client], text(t, r))
			}
		}
	}
}

// TestAtOnce: where nothing tells which connection is whose, all agree and none is
// said to be somebody's.
func TestAtOnce(t *testing.T) {
	m := anyCase(t, "parallel")
	r := hold(t, m.name, m.model, atOnce(m.read(t, false)))
	if !r.Agrees() || len(r.Results) != 12 || ambiguous(r) != 12 || r.Undecided() > 0 {
		t.Errorf("%d of 12 are open:\n%s", ambiguous(r), text(t, r))
	}
}

// TestCutOut: what began before a capture of busy clients is no difference.
func TestCutOut(t *testing.T) {
	m := anyCase(t, "parallel")
	for from := 120; from < 300; from += 13 {
		r := hold(t, m.name, m.model, cutOut(t, m.pcap, from, 333))
		for _, x := range r.Results {
			if len(x.Departures) > 0 {
				t.Errorf("from packet %d on:\n%s", from, text(t, r))
				break
			}
		}
	}
}

// cutOut reads some packets of a capture.
func cutOut(t *testing.T, pcapng []byte, from, to int) *Capture {
	t.Helper()
	in, err := pcapgo.NewNgReader(bytes.NewReader(pcapng), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out, err := pcapgo.NewNgWriter(&b, in.LinkType())
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		data, info, err := in.ReadPacketData()
		if err != nil {
			break
		}
		info.InterfaceIndex = 0
		if n >= from && n < to {
			if err := out.WritePacket(info, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	c, err := Read([]Input{{"cut.pcapng", &b}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestParallelOtherwise: a real difference is reported, whichever client it belongs to.
func TestParallelOtherwise(t *testing.T) {
	m := anyCase(t, "parallel")
	for name, change := range map[string]struct {
		from, to string
		departs  int
	}{
		"another mode":   {"tls edge\n", "tls reencrypt { verify none }\n", 6},
		"another server": {"server pod 127.91.0.30:9080", "server pod 127.91.0.31:9080", 6},
		"another path":   {"https://shelf.lab.example.test:8443/\n", "https://shelf.lab.example.test:8443/other\n", 6},
		"another name":   {"name store.internal.test", "name other.internal.test", 6},
	} {
		for _, keys := range []bool{false, true} {
			model := strings.Replace(m.model, change.from, change.to, 1)
			if model == m.model {
				t.Fatalf("%s: no %q", name, change.from)
			}
			r := hold(t, m.name, model, m.read(t, keys))
			n := 0
			for _, x := range r.Results {
				if len(x.Departures) > 0 {
					n++
				}
			}
			if n != change.departs {
				t.Errorf("%s, keys %v: %d depart, want %d:\n%s", name, keys, n, change.departs, text(t, r))
			}
		}
	}
}

// TestOneOfMany: the request of one client of many is another one, and one
// exchange departs.
func TestOneOfMany(t *testing.T) {
	m := anyCase(t, "parallel")
	for _, keys := range []bool{false, true} {
		c := m.read(t, keys)
		changed := ""
		for _, conn := range c.Conns {
			if conn.Ends[acceptor].Port() != 9080 || changed != "" {
				continue
			}
			for i, e := range conn.Events {
				if line, ok := e.Facts.(flow.RequestLine); ok {
					other := *e
					line.Path = "/other"
					other.Facts = line
					conn.Events[i] = &other
					changed = conn.Ends[opener].String()
				}
			}
		}
		r := hold(t, m.name, m.model, c)
		var found []string
		for _, x := range r.Results {
			for _, d := range x.Departures {
				found = append(found, fmt.Sprintf("%s %s", d.Event.Conn.Ends[opener], d.Text))
			}
		}
		if len(found) != 1 || !strings.HasPrefix(found[0], changed+" the request is GET /other") {
			t.Errorf("keys %v: %q, want one of %s:\n%s", keys, found, changed, text(t, r))
		}
	}
}

// TestObserved: without a model there is an exchange for each client, and what is
// left out of a list is counted.
func TestObserved(t *testing.T) {
	for name, want := range map[string]int{"four-clients": 4, "four-clients-tls12": 4, "parallel": 12, "busy": 0} {
		r := Observe(anyCase(t, name).read(t, false))
		if want > 0 && len(r.Results) != want {
			t.Errorf("%s: %d exchanges, want %d:\n%s", name, len(r.Results), want, text(t, r))
		}
		for _, x := range r.Results {
			if want > 0 && len(x.Conns) != 2 {
				t.Errorf("%s: exchange %d has %d connections", name, x.N, len(x.Conns))
			}
		}
	}
	pairs := pairsOf(t, "parallel")
	for _, x := range Observe(anyCase(t, "parallel").read(t, false)).Results {
		client := x.Client().Ends[opener].String()
		for _, j := range x.Conns[1:] {
			if got := j.Ends[opener].String(); len(j.Or) == 0 && got != pairs[client] {
				t.Errorf("%s is said to be for %s, which has %s", got, client, pairs[client])
			}
		}
	}
}

// TestWords: what differs names both messages, with their connections and frames.
func TestWords(t *testing.T) {
	m := anyCase(t, "early")
	early := regexp.MustCompile(`frame \d+ on browser>haproxy#1: ChangeCipherSpec from browser comes before Finished from haproxy on browser>haproxy#1 \(frame \d+\), which is expected first`)
	if got := text(t, hold(t, m.name, strings.Replace(m.model, "    early-data\n    expect", "    expect", 1), m.read(t, true))); !early.MatchString(got) {
		t.Error(got)
	}
	long := theCase(t, "plain_close").read(t, false)
	for range 100 {
		long.Conns[0].Events = append(long.Conns[0].Events, long.Conns[0].Events[3])
	}
	seen := Observe(long)
	if got := text(t, seen); !regexp.MustCompile(`and \d+ more messages; --all lists them`).MatchString(got) {
		t.Error(got)
	}
	if seen.All = true; strings.Contains(text(t, seen), "more messages") {
		t.Error("a list of all messages ends before them")
	}
	m = anyCase(t, "followed-redirect")
	got := text(t, hold(t, m.name, m.model, m.read(t, false)))
	for _, want := range []string{
		"observed plain, answered by the proxy; then reencrypt, declared plain, answered by the proxy; then reencrypt (followed-redirect.flow:",
		"joined by its client, which follows a redirect or asks again",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	var b bytes.Buffer
	if err := hold(t, m.name, m.model, m.read(t, false)).WriteJSON(&b); err != nil || strings.Count(b.String(), `"joined_by"`) != 2 {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// oneHost is the model of the parallel captures with one host for all, whose
// paths lead to the servers, and one more that no request asks for.
const oneHost = `ca front
ca inner
certificate edge {
    names *.lab.example.test
    issuer front
}
certificate svc {
    names store.internal.test
    issuer inner
}
client curl {
    address 127.91.0.10
    alpn http/1.1
}
proxy haproxy {
    source 127.91.0.21
    listen https 127.91.0.20:8443 { certificate edge }
}
backend store {
    speaks https { certificate svc }
    server pod 127.91.0.30:9443
}
backend shelf { server pod 127.91.0.30:9080 }
backend admin { server pod 127.91.0.30:9081 }
route store {
    host all.lab.example.test
    path /store
    tls reencrypt {
        trust inner
        name store.internal.test
    }
    to store
}
route shelf {
    host all.lab.example.test
    path /shelf
    tls edge
    to shelf
}
route admin {
    host all.lab.example.test
    path /admin
    tls edge
    to admin
}
request store {
    from curl
    get https://all.lab.example.test:8443/store
    expect 200
}
request shelf {
    from curl
    get https://all.lab.example.test:8443/shelf
    expect 200
}
`

// ofOneHost is the parallel capture as if all clients asked for one host, the
// servers for nothing that can be read, and, where wrong is set, a request went
// where none of the model does.
func ofOneHost(t *testing.T, wrong bool) *Capture {
	t.Helper()
	c := anyCase(t, "parallel").read(t, false)
	for _, conn := range c.Conns {
		switch conn.Ends[acceptor].Port() {
		case 8443:
			conn.TLS.SNI = "all.lab.example.test"
		case 9080:
			for _, e := range conn.Events {
				if line, ok := e.Facts.(flow.RequestLine); ok {
					line.Path = "/shelf"
					e.Facts = line
				}
			}
			if wrong {
				wrong = false
				conn.Ends[acceptor] = netip.AddrPortFrom(conn.Ends[acceptor].Addr(), 9081)
			}
		}
	}
	return c
}

// atOnce is a capture in which every client has asked before any connection to a
// server begins, and is answered when all have.
func atOnce(c *Capture) *Capture {
	var all []*event
	phase := map[*event]int{}
	for _, conn := range c.Conns {
		answered := 0
		if turns := turnsOf(&joined{conn: conn}, hints{}); len(turns) > 0 && conn.Ends[acceptor].Port() == 8443 {
			answered = turns[0].done
		}
		for _, e := range conn.Events {
			all = append(all, e)
			switch {
			case answered == 0:
				phase[e] = 2
			case e.Order >= answered:
				phase[e] = 3
			}
		}
	}
	slices.SortFunc(all, func(a, b *event) int { return cmp.Or(cmp.Compare(phase[a], phase[b]), cmp.Compare(a.Order, b.Order)) })
	for i, e := range all {
		e.Order, e.until = i+1, 0
	}
	return c
}

// TestCannotBeToldApart: where only the time tells whose a connection is, all
// assignments agree or none is claimed, and what departs under every one departs.
func TestCannotBeToldApart(t *testing.T) {
	for _, keep := range []bool{true, false} {
		read := func(wrong bool) *Capture {
			if keep {
				return ofOneHost(t, wrong)
			}
			return atOnce(ofOneHost(t, wrong))
		}
		r := hold(t, "onehost", oneHost, read(false))
		if !r.Agrees() || r.Undecided() > 0 || len(r.Results) != 12 || ambiguous(r) == 0 != keep {
			t.Errorf("%s", text(t, r))
		}
		r = hold(t, "onehost", oneHost, read(true))
		differ := 0
		for _, x := range r.Results {
			if len(x.Departures) > 0 {
				differ++
			}
		}
		got := text(t, r)
		if differ != 1 || !strings.Contains(got, "haproxy opens a connection to admin/pod, which is not expected") {
			t.Errorf("%d differ, want the one whose request went to admin:\n%s", differ, got)
		}
		if want := !keep; r.Undecided() > 0 != want || want && !strings.Contains(got, "cannot be told apart: it agrees with 127.91.0.21:") {
			t.Errorf("%d exchanges are open:\n%s", r.Undecided(), got)
		}
	}
}

// ambiguous is how many connections may be another exchange's.
func ambiguous(r *Report) int {
	n := 0
	for _, x := range r.Results {
		for _, j := range x.Conns[1:] {
			if len(j.Or) > 0 {
				n++
			}
		}
	}
	return n
}

//go:build linux

package haproxy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// The traffic of TestBusy.
const (
	busyClients = 200
	busyAtOnce  = 20
	busyHosts   = 60 // addresses of each kind of client: some share one
)

// TestBusy records a router with many clients at a time, whose connections to
// servers are pooled and whose sessions are resumed, and holds what flowc verify
// says of them against HAProxy's own log. FLOWC_BUSY is how long: 3m.
func TestBusy(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("FLOWC_BUSY"))
	if err != nil {
		t.Skip("FLOWC_BUSY=3m asks for it")
	}
	b := newBusy(t)
	b.run(length)
	for _, keys := range []bool{false, true} {
		b.judge(keys)
	}
	for _, each := range []int{2000, 200, 20} {
		b.lose(each)
	}
}

// lose holds what flowc verify says of the same capture without one of so many packets: nothing differs
// for that.
func (b *busy) lose(each int) {
	b.t.Helper()
	path := filepath.Join(b.dir, fmt.Sprintf("without-one-of-%d.pcapng", each))
	lost := b.thin(path, each)
	for _, keys := range [][]string{nil, {"--keylog", b.pki.log}} {
		out, _ := exec.Command(flowcExe, append([]string{"verify", b.model, path}, keys...)...).Output()
		c, _ := b.count(string(out))
		lacking := 0
		if m := busyLacking.FindStringSubmatch(string(out)); m != nil {
			lacking, _ = strconv.Atoi(m[1])
		}
		b.t.Logf("without %d packets, one of %d, keys %v: %d exchanges: %d agree, %d differ, %d cannot be told apart; %d are not compared",
			lost, each, keys != nil, c.exchanges, c.agree, c.differ, c.open, lacking)
		if c.differ > 0 || c.exchanges == 0 {
			b.t.Errorf("%d of %d exchanges differ from the model:\n%s", c.differ, c.exchanges, first(string(out), "differs from the model at"))
		}
	}
}

// thin writes the capture without one of so many packets, and returns how many that are.
func (b *busy) thin(path string, each int) int {
	b.t.Helper()
	in, err := os.Open(b.capture)
	if err != nil {
		b.t.Fatal(err)
	}
	defer in.Close()
	r, err := pcapgo.NewNgReader(in, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := os.Create(path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Close()
	w, err := pcapgo.NewNgWriter(out, r.LinkType())
	if err != nil {
		b.t.Fatal(err)
	}
	lost := 0
	for {
		data, at, err := r.ReadPacketData()
		switch {
		case errors.Is(err, io.EOF):
			if err := w.Flush(); err != nil {
				b.t.Fatal(err)
			}
			return lost
		case err != nil:
			b.t.Fatal(err)
		case rand.IntN(each) == 0:
			lost++
		default:
			if err := w.WritePacket(at, data); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// busy is a router and its clients.
type busy struct {
	t          *testing.T
	dir, model string
	top        *flow.Topology
	pki        *pki
	proxy      *process
	capture    string
	truth      []served
}

// served is a line of HAProxy's log: a request, or a connection that is relayed.
type served struct{ client, server, backend, path string }

func newBusy(t *testing.T) *busy {
	b := &busy{t: t, dir: t.TempDir()}
	text, err := os.ReadFile("testdata/busy/busy.flow")
	if err != nil {
		t.Fatal(err)
	}
	b.model = filepath.Join(b.dir, "busy.flow")
	if err := os.WriteFile(b.model, []byte(strings.ReplaceAll(string(text), network, own(busyNetwork))), 0o644); err != nil {
		t.Fatal(err)
	}
	m := pipeline.Load(filepath.ToSlash(b.model), os.ReadFile)
	m.Compile()
	if !m.Drawable() {
		t.Fatal(m.Findings)
	}
	b.top = m.Topology
	var configs []string
	configs, b.pki = exportTo(t, b.dir, b.top, &row{})
	for _, s := range b.top.Backends {
		for _, srv := range s.Servers {
			b.serve(srv)
		}
	}
	b.log(configs[0])
	b.capture = filepath.Join(b.dir, "busy.pcapng")
	b.proxy = runProxies(t, b.dir, b.top, configs, &row{})[0]
	return b
}

// log has the proxy log which client each of its connections to servers served
// (HAProxy configuration manual, 8.2.4: %ci, %cp, %bi, %bp, %b, %s, %HP).
func (b *busy) log(config string) {
	path := filepath.Join(b.dir, config)
	text, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	out := regexp.MustCompile(`(?m)^global.*$`).ReplaceAllString(string(text), "global\n    log stderr format raw daemon")
	out = regexp.MustCompile(`(?m)^frontend fe_tcp.*$`).ReplaceAllString(out, "$0\n    log global\n    log-format \"SERVED %ci:%cp %bi:%bp %b -\"")
	out = regexp.MustCompile(`(?m)^frontend fe_http.*$`).ReplaceAllString(out, "$0\n    log global\n    log-format \"SERVED %ci:%cp %bi:%bp %b %HP\"")
	if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// serve runs a server that takes its time, and answers with more or less.
func (b *busy) serve(s *flow.Server) {
	l, err := net.Listen("tcp", net.JoinHostPort(s.Address, strconv.Itoa(s.Port)))
	if err != nil {
		b.t.Fatal(err)
	}
	if s.Backend.Speaks.V.TLS() {
		l = tls.NewListener(l, b.pki.serverConfig(s.Backend.End))
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), 100)
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		time.Sleep(time.Duration(5+rand.IntN(145)) * time.Millisecond)
		w.Write(body[:100+rand.IntN(len(body)-100)])
	})}
	go srv.Serve(l)
	b.t.Cleanup(func() { srv.Close() })
}

// run has the clients come and go, and records it.
func (b *busy) run(length time.Duration) {
	tap := capture(b.t, b.capture, own(busyNetwork))
	clients := make([]*visitor, busyClients)
	for i := range clients {
		clients[i] = b.visitor(i)
	}
	end := time.Now().Add(length)
	var all sync.WaitGroup
	for w := range busyAtOnce {
		all.Go(func() {
			for k := w; time.Now().Before(end); k += busyAtOnce { // each has clients of its own
				clients[k%busyClients].visit()
			}
		})
	}
	all.Wait()
	tap.settled()
	tap.stop()
	b.proxy.stop(syscall.SIGTERM)
	said := b.proxy.stderr.String()
	if err := os.WriteFile(filepath.Join(b.dir, "haproxy.log"), []byte(said), 0o644); err != nil {
		b.t.Fatal(err)
	}
	for line := range strings.Lines(said) {
		if f := strings.Fields(line); len(f) == 5 && f[0] == "SERVED" {
			b.truth = append(b.truth, served{f[1], f[2], f[3], f[4]})
		}
	}
	keep(b.t, b.dir)
}

// visitor is a client, which keeps its tickets.
type visitor struct {
	b      *busy
	is     *flow.Client
	from   net.IP
	config *tls.Config
}

func (b *busy) visitor(n int) *visitor {
	pool, _ := b.pki.pool(b.top.Clients[0].End.Trust)
	cfg := &tls.Config{
		RootCAs: pool, NextProtos: []string{"http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(8), KeyLogWriter: b.pki.keys,
	}
	is := b.top.Clients[0]
	if n%4 == 0 {
		is = b.top.Clients[1]
	}
	low, high := tlsVersions(is.End.TLS.V)
	cfg.MinVersion, cfg.MaxVersion = low, high
	prefix := netip.MustParsePrefix(is.Address.V).Addr().As4()
	prefix[3] += byte(1 + n%busyHosts)
	return &visitor{b, is, net.IP(prefix[:]), cfg}
}

// visit makes some requests on one connection: mostly to the host with many
// routes.
func (v *visitor) visit() {
	var kind []*flow.Request
	want := map[int]string{0: "status", 1: "media"}[rand.IntN(6)]
	for _, q := range v.b.top.Requests {
		name := strings.TrimPrefix(q.Name, v.is.Name+"-")
		if q.From == v.is && (name == want || want == "" && name != "status" && name != "media") {
			kind = append(kind, q)
		}
	}
	port := kind[0].Calls[0].Port
	transport := &http.Transport{
		TLSClientConfig: v.config, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: v.from}}
			return d.DialContext(ctx, "tcp", own(busyNetwork)+"20:"+strconv.Itoa(port))
		},
	}
	hc := &http.Client{Transport: transport, Timeout: limit}
	for range 1 + rand.IntN(5) {
		v.ask(hc, kind[rand.IntN(len(kind))])
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
	}
	transport.CloseIdleConnections()
}

func (v *visitor) ask(hc *http.Client, q *flow.Request) {
	call := q.Calls[0]
	var body io.Reader
	if q.Body.IsSet() {
		body = bytes.NewReader(make([]byte, q.Body.V))
	}
	req, err := http.NewRequest(call.Method, fmt.Sprintf("%s://%s:%d%s", call.Scheme, call.Host, call.Port, call.Path), body)
	if err != nil {
		v.b.t.Error(err)
		return
	}
	res, err := hc.Do(req)
	if err != nil {
		v.b.t.Error(err)
		return
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		v.b.t.Errorf("%s: %s", req.URL, res.Status)
	}
}

// The lines of a report that are counted.
var (
	busyHeading = regexp.MustCompile(`^\d+  (\S+): (\S+) > \S+?(, a later request.*)?$`)
	busyLacking = regexp.MustCompile(`(?m)^note: (\d+) exchanges? (?:is|are) not compared: packets`)
	busyJoined  = regexp.MustCompile(`^    (\S+) > \S+, joined by ([^;]*)(; as likely is .*)?$`)
)

// counted is what a report says, against the log.
type counted struct {
	exchanges, agree, differ, open int
	pairs, sure, wrong             int // connections of a client and to a server, as the log has them
	unlogged                       int // pairs of which the log has neither
}

// judge holds what flowc verify says against the log.
func (b *busy) judge(keys bool) {
	b.t.Helper()
	args := []string{"verify", b.model, b.capture}
	least := 80
	if keys {
		args, least = append(args, "--keylog", b.pki.log), 95
	}
	cmd := exec.Command(flowcExe, args...)
	began := time.Now()
	out, err := cmd.Output()
	took := time.Since(began)
	if cmd.ProcessState == nil {
		b.t.Fatal(err)
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	info, err := os.Stat(b.capture)
	if err != nil {
		b.t.Fatal(err)
	}
	c, wrong := b.count(string(out))
	b.t.Logf("keys %v: %d MB in %.1f s (%.1f s of CPU) and %d MB; %d requests in the log, %d exchanges: %d agree, %d differ, %d cannot be told apart; "+
		"of %d pairs of connections %d are named for sure, %d of them wrongly, and %d that the log lacks",
		keys, info.Size()>>20, took.Seconds(), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), usage.Maxrss>>10,
		len(b.truth), c.exchanges, c.agree, c.differ, c.open, c.pairs, c.sure, c.wrong, c.unlogged)
	switch {
	case c.differ > 0:
		b.t.Errorf("%d exchanges differ from the model:\n%s", c.differ, first(string(out), "differs from the model at"))
	case c.wrong > 0:
		b.t.Errorf("connections are said to be another client's: %s", wrong)
	case c.unlogged*100 > c.pairs:
		b.t.Errorf("the log lacks %d pairs", c.unlogged)
	case c.agree*100 < least*c.exchanges || c.exchanges == 0:
		b.t.Errorf("%d of %d exchanges agree, want %d %%", c.agree, c.exchanges, least)
	case c.sure*100 < least*c.pairs || c.pairs == 0:
		b.t.Errorf("%d of %d pairs are named, want %d %%", c.sure, c.pairs, least)
	}
}

// count reads a report, and says which pairs it names wrongly.
func (b *busy) count(report string) (counted, []string) {
	var c counted
	log, logged := map[[2]string]bool{}, map[string]bool{}
	for _, s := range b.truth {
		log[[2]string{s.client, s.server}] = true
		logged[s.client], logged[s.server] = true, true
	}
	c.pairs = len(log)
	client := ""
	sure := map[[2]string]bool{}
	var wrong []string
	for line := range strings.Lines(report) {
		line = strings.TrimSuffix(line, "\n")
		if m := busyHeading.FindStringSubmatch(line); m != nil {
			client = m[2]
			c.exchanges++
			continue
		}
		switch text := strings.TrimSpace(line); {
		case strings.HasPrefix(text, "agrees: "):
			c.agree++
		case strings.HasPrefix(text, "differs from the model at "):
			c.differ++
		case strings.HasPrefix(text, "cannot be told apart: "):
			c.open++
		}
		m := busyJoined.FindStringSubmatch(line)
		if m == nil || m[3] != "" {
			continue
		}
		pair := [2]string{client, m[1]}
		switch {
		case !logged[pair[0]] && !logged[pair[1]]:
			c.unlogged++ // HAProxy drops lines rather than wait
		case !log[pair]:
			c.wrong++
			wrong = append(wrong, fmt.Sprint(pair))
		case !sure[pair]:
			sure[pair] = true
			c.sure++
		}
	}
	return c, wrong
}

// first are the first exchanges of a report with a line like this.
func first(report, has string) string {
	var out []string
	for block := range strings.SplitSeq(report, "\n\n") {
		if strings.Contains(block, has) && len(out) < 5 {
			out = append(out, block)
		}
	}
	return strings.Join(out, "\n\n")
}

//go:build linux

package haproxy_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// checksWait is how long health checks are recorded from the first one on: HAProxy
// makes one every two seconds ("inter"), or one alone (patientChecks).
const checksWait = 3 * time.Second

// TestEndToEndSeries runs what is not one request of one client: requests that
// come after each other, with what the earlier ones have left, and health
// checks, which no client asks for.
//
// What is not here cannot be made to happen with these means. Early data to a
// server, relayed or HAProxy's own: crypto/tls takes it over QUIC alone, and
// openssl s_server answers no requests where it takes it. A HelloRetryRequest
// to the proxy: a model does not say which groups it offers. The end of an idle
// pool: it comes 5 to 15 s after the last answer, and is in the captures that
// flowc verify is tested with.
func TestEndToEndSeries(t *testing.T) {
	t.Parallel()
	runAll(t, "testdata/series/*.flow", firstSeries, runSeries)
}

// series is a case that runs.
type series struct {
	t       *testing.T
	model   *pipeline.Model
	pki     *pki
	clients map[*flow.Client]tls.ClientSessionCache
	openssl *openssl
	differ  []string
	saw     []string
}

func runSeries(t *testing.T, file string, n int, r *row) {
	dir := t.TempDir()
	place(t, dir, file, n)
	path := filepath.Join(dir, "series", filepath.Base(file))
	s := &series{t: t, model: pipeline.Load(filepath.ToSlash(path), os.ReadFile), clients: map[*flow.Client]tls.ClientSessionCache{}}
	s.model.Compile()
	if !s.model.Drawable() {
		t.Fatalf("findings: %v", s.model.Findings)
	}
	configs := s.export(dir, r)
	servers := startServers(t, s.model.Topology, s.pki, portOf(s.model.Topology.Requests[0]))
	pcap := filepath.Join(dir, "case.pcapng")
	// checks begin with the proxy, and so the capture begins before it
	tap := capture(t, pcap, own(n))
	proxies := runProxies(t, dir, s.model.Topology, configs, r, s.threads(dir)...)
	for _, q := range s.model.Topology.Requests {
		s.run(q, proxies, tap)
	}
	r.ran = "yes"
	tap.settled()
	tap.stop()
	for _, p := range proxies {
		p.stop(syscall.SIGTERM)
	}
	keep(t, dir)
	s.connected(servers)
	r.outcome = "as derived: " + strings.Join(s.saw, ", ")
	if len(s.differ) > 0 {
		r.outcome = "DEPARTS: " + strings.Join(s.saw, ", ")
		t.Error(strings.Join(s.differ, "\n"))
	}
	v := verify(t, path, pcap)
	if v.agrees {
		v = verify(t, path, pcap, "--keylog", s.pki.log)
	}
	r.verified = "agrees"
	if !v.agrees {
		r.verified = "DEPARTS: " + v.first
		t.Errorf("the capture departs from the model:\n%s", v.text)
	} else if got, want := exchanges(v.text), s.asked(); !slices.Equal(got, want) {
		// a session that was not resumed would agree with the first request
		r.verified = "DEPARTS: it shows " + strings.Join(got, ", ")
		t.Errorf("the capture shows %v, asked was %v:\n%s", got, want, v.text)
	}
}

var heading = regexp.MustCompile(`(?m)^\d+  (\S+): `)

// exchanges are the requests that a report finds, in its order; a check that
// comes again and again is one.
func exchanges(report string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(report, -1) {
		out = append(out, m[1])
	}
	return slices.Compact(out)
}

// asked are the names of the model's requests.
func (s *series) asked() []string {
	var out []string
	for _, q := range s.model.Topology.Requests {
		out = append(out, q.Name)
	}
	return out
}

// export writes what HAProxy needs.
func (s *series) export(dir string, r *row) (configs []string) {
	s.t.Helper()
	configs, s.pki = exportTo(s.t, dir, s.model.Topology, r)
	for _, f := range configs {
		s.patientChecks(filepath.Join(dir, f))
	}
	return configs
}

// checkedServer is a server that HAProxy checks.
var checkedServer = regexp.MustCompile(`(?m)^(    server .*? check)( |$)`)

// patientChecks gives health checks that are derived to go well more time than the two
// seconds that they have, and come again after ("inter"): a server here is a part of this
// process, which may be kept waiting longer where the machine is busy.
func (s *series) patientChecks(config string) {
	for _, q := range s.model.Topology.Requests {
		if q.Check == nil || flow.Fails(s.model.Derive(q).Outcome.Endings[0]) {
			return
		}
	}
	text, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, checkedServer.ReplaceAll(text, []byte("$1 inter 20s$2")), 0o644)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// threads are arguments that have HAProxy run one thread where it is to resume
// a session or to take a connection that another client has left: each thread
// keeps those towards servers for itself, so that with several it is a matter
// of luck.
func (s *series) threads(dir string) []string {
	shares := func(p *flow.Proxy) bool { return p.Reuse.V == "aggressive" || p.Reuse.V == "always" }
	if !s.resumes("backend") && !slices.ContainsFunc(s.model.Topology.Proxies, shares) {
		return nil
	}
	const file = "one-thread.cfg"
	if err := os.WriteFile(filepath.Join(dir, file), []byte("global\n\tnbthread 1\n"), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return []string{file}
}

// run makes one request, or waits for health checks.
func (s *series) run(q *flow.Request, proxies []*process, tap *recording) {
	lc := s.model.Derive(q)
	var got saw
	if q.Check != nil {
		tap.begun()
		if flow.Fails(lc.Outcome.Endings[0]) {
			until(s.t, func() string { return "HAProxy takes the server for well" }, func() bool { return isDown(proxies) })
		} else {
			time.Sleep(checksWait)
		}
		got = s.checked(q, lc, proxies)
	} else {
		got = s.ask(q, lc)
	}
	s.saw = append(s.saw, got.outcome)
	for _, d := range compare(lc, got, nil) {
		s.differ = append(s.differ, q.Name+": "+d)
	}
}

// ask is a client that knows what its earlier requests have left with it.
func (s *series) ask(q *flow.Request, lc *flow.Lifecycle) saw {
	if s.early() {
		// crypto/tls sends no early data but over QUIC
		if s.openssl == nil {
			s.openssl = newOpenSSL(s.t, s.pki)
		}
		return s.openssl.ask(q)
	}
	c := &client{t: s.t, req: q, pki: s.pki, derived: lc, timeout: limit}
	if s.resumes("client") {
		if s.clients[q.From] == nil {
			s.clients[q.From] = tls.NewLRUClientSessionCache(8)
		}
		c.tickets = s.clients[q.From]
	}
	return c.run()
}

func (s *series) early() bool {
	return slices.ContainsFunc(s.model.Topology.Requests, func(q *flow.Request) bool { return q.EarlyData.V })
}

func (s *series) resumes(end string) bool {
	return slices.ContainsFunc(s.model.Topology.Requests, func(q *flow.Request) bool { return q.Resume.V == end })
}

// isDown reports whether HAProxy says that a server is down.
func isDown(proxies []*process) bool {
	return slices.ContainsFunc(proxies, func(p *process) bool { return strings.Contains(p.stderr.String(), "is DOWN") })
}

// checked is what HAProxy says of a server that it checks: nothing as long as
// it is well.
func (s *series) checked(q *flow.Request, lc *flow.Lifecycle, proxies []*process) saw {
	for _, p := range proxies {
		if text := p.stderr.String(); strings.Contains(text, "is DOWN") {
			// which outcome that is, the capture tells
			if flow.Fails(lc.Outcome.Endings[0]) {
				return saw{outcome: words.Ending(lc.Outcome.Endings[0])}
			}
			return saw{outcome: "down", err: fmt.Errorf("HAProxy says %s", text)}
		}
	}
	if !flow.Fails(lc.Outcome.Endings[0]) {
		return saw{outcome: words.Ending(lc.Outcome.Endings[0])}
	}
	return saw{outcome: "up"}
}

// connected holds how often each server was connected to against the
// derivation. Health checks come as often as they like.
func (s *series) connected(servers map[*flow.Server]*server) {
	for srv, got := range servers {
		derived := 0
		for _, q := range s.model.Topology.Requests {
			for _, c := range s.model.Derive(q).Connections {
				if c.To.Server == srv && c.Since == nil {
					derived++
				}
				if c.Check {
					return
				}
			}
		}
		if n := int(got.accepted.Load()); n != derived {
			s.differ = append(s.differ, fmt.Sprintf("%s/%s was connected to %d times, expected %d", srv.Backend.Name, srv.Name, n, derived))
		}
	}
}

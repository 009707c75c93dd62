package verify

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// measured is one capture of a real proxy with the model of what was measured.
type measured struct {
	name, model string
	pcap, keys  []byte // keys is nil where nothing was encrypted
}

// cases returns the captures, each with its model, which is that of the test
// of the derivation.
func cases(t testing.TB) []measured {
	t.Helper()
	paths, err := filepath.Glob("testdata/captures/*.pcap")
	if err != nil || len(paths) < 77 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	var out []measured
	for _, p := range paths {
		out = append(out, theCase(t, strings.TrimSuffix(filepath.Base(p), ".pcap")))
	}
	return out
}

func theCase(t testing.TB, name string) measured {
	t.Helper()
	model, err := txtar.ParseFile(filepath.Join("..", "..", "flow", "testdata", "wire", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	m := measured{name: name, model: string(model.Files[0].Data)}
	if m.pcap, err = os.ReadFile(filepath.Join("testdata", "captures", name+".pcap")); err != nil {
		t.Fatal(err)
	}
	m.keys, _ = os.ReadFile(filepath.Join("testdata", "captures", name+".keys"))
	return m
}

// topology compiles a model whose syntax and names must be right.
func topology(t testing.TB, name, text string) *flow.Topology {
	t.Helper()
	f, found := grammar.Parse(source.NewFile(name+".flow", text))
	draft, more := resolve.Draft(name, f, nil)
	out, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(found, more...) {
		t.Fatalf("%s: %s %s", name, d.Code, d.Message)
	}
	return out
}

// read reads a capture, with its keys or without.
func (m measured) read(t testing.TB, withKeys bool) *Capture {
	t.Helper()
	var opt Options
	if withKeys && m.keys != nil {
		keys, err := ReadKeyLog(bytes.NewReader(m.keys))
		if err != nil {
			t.Fatal(err)
		}
		opt.Keys = keys
	}
	c, err := Read([]Input{{m.name + ".pcap", bytes.NewReader(m.pcap)}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hold compares a capture with a model.
func hold(t testing.TB, name, model string, c *Capture) *Report {
	t.Helper()
	top := topology(t, name, model)
	return Verify(top, flow.NewCache(top).Of, c, nil)
}

func text(t testing.TB, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRightModel: every capture agrees with the model of what was measured,
// for a reader without the keys and for one with them.
func TestRightModel(t *testing.T) {
	agreed := map[bool]int{}
	all := cases(t)
	for _, m := range all {
		for _, keys := range []bool{false, true} {
			r := hold(t, m.name, m.model, m.read(t, keys))
			if !r.Agrees() || r.Other > 0 {
				t.Errorf("%s, keys %v:\n%s", m.name, keys, text(t, r))
				continue
			}
			agreed[keys]++
		}
	}
	t.Logf("%d of %d captures agree without keys, %d with", agreed[false], len(all), agreed[true])
}

// modes are the four main captures, and how a model of one becomes a model of
// another.
var modes = []struct{ name, capture, tls string }{
	{"none", "plain_close", "tls none"},
	{"edge", "edge_tls13_close", "tls edge"},
	{"reencrypt", "reencrypt_tls13_close", "tls reencrypt {\n        trust back-ca\n        name backend.svc.test\n        tls 1.2..1.3\n    }"},
	{"passthrough", "passthrough_tls13_close", "tls passthrough"},
}

// TestWrongMode: with another mode the model departs from the capture, in TLS
// 1.3 and without keys, where the least is visible.
func TestWrongMode(t *testing.T) {
	var table strings.Builder
	table.WriteString("\ncapture of   | model says none | edge    | reencrypt | passthrough\n")
	for _, captured := range modes {
		m := theCase(t, captured.capture)
		row := captured.name + strings.Repeat(" ", 12-len(captured.name))
		for _, said := range modes {
			r := hold(t, m.name, inMode(t, m.model, captured.tls, said.tls), m.read(t, false))
			verdict := "differs from the model"
			if r.Agrees() {
				verdict = "agrees "
			}
			row += " | " + verdict
			if want := captured.name == said.name; r.Agrees() != want {
				t.Errorf("a capture of %s and a model of %s:\n%s", captured.name, said.name, text(t, r))
			}
		}
		table.WriteString(row + "\n")
	}
	t.Log(table.String())
}

func inMode(t *testing.T, model, from, to string) string {
	t.Helper()
	if !strings.Contains(model, from) {
		t.Fatalf("no %q in the model", from)
	}
	model = strings.Replace(model, from, to, 1)
	if strings.HasSuffix(to, "none") || strings.HasSuffix(to, "edge") {
		return strings.Replace(model, "speaks https { certificate back }", "speaks http", 1)
	}
	return strings.Replace(model, "speaks http\n", "speaks https { certificate back }\n", 1)
}

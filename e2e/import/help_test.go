//go:build linux

package import_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/internal/front"
	flowhaproxy "github.com/flowc-lang/flowc/internal/haproxy"
)

// faulty are the configurations that break rules.
const faulty = "../../internal/haproxy/testdata/faulty"

// TestHelp follows each way of each help line of the configurations that break rules: the
// real HAProxy takes the edited file as it takes the file today.
func TestHelp(t *testing.T) {
	ways := 0
	for _, f := range asked.FaultyIn(t, faulty) {
		t.Run(f.Name, func(t *testing.T) {
			put(t, f.Text, f.Files)
			was, said := judged(t, oneFile(f.Text))
			if was == "refuses" {
				t.Fatalf("HAProxy refuses the file:\n%s", said)
			}
			for _, d := range advised(t, f) {
				if d.Help == "" || len(d.Suggestions) == 0 {
					continue
				}
				for _, way := range asked.Ways(d.Help) {
					edited, err := asked.Follow(f.Text, way)
					if err != nil {
						t.Errorf("%s: %q: %v", d.Code, way, err)
						continue
					}
					ways++
					put(t, edited.Text, nil)
					is, said := judged(t, oneFile(edited.Text))
					if is == "refuses" || is == "warns" && was == "accepts" {
						t.Errorf("%s: after %q HAProxy %s:\n%s", d.Code, way, is, said)
					}
				}
			}
		})
	}
	t.Logf("%d ways followed", ways)
	if ways < 60 {
		t.Errorf("only %d ways", ways)
	}
}

func oneFile(text string) *txtar.Archive {
	return &txtar.Archive{Files: []txtar.File{{Name: "haproxy.cfg", Data: []byte(text)}}}
}

var pemFile = regexp.MustCompile(`/etc/haproxy/[a-z_]+\.pem`)

// put writes the files of a configuration, and a certificate for each other one that it
// names.
func put(t *testing.T, text string, files map[string][]byte) {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range pemFile.FindAllString(text, -1) {
		if _, err := os.Stat(name); err != nil {
			all[name] = asked.Certificate(t, nil, false)
		}
	}
	for name, data := range files {
		all[name] = data
		for _, other := range pemFile.FindAllString(string(data), -1) {
			if all[other] == nil && files[other] == nil {
				all[other] = asked.Certificate(t, nil, false)
			}
		}
	}
	for name, data := range all {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// advised is what the rules find in a configuration, with help.
func advised(t *testing.T, f *asked.Faulty) diag.List {
	t.Helper()
	read := func(path string) ([]byte, error) {
		if path == "haproxy.cfg" {
			return []byte(f.Text), nil
		}
		return os.ReadFile(path)
	}
	m, err := flowhaproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: read, Data: read})
	if err != nil {
		t.Fatal(err)
	}
	draft, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	topology, _ := flow.Complete(draft)
	found, err := check.RunWith(t.Context(), check.Options{Today: "2026-11-01"}, topology, flow.NewCache(topology))
	if err != nil {
		t.Fatal(err)
	}
	m.Advise(topology, found)
	return found
}

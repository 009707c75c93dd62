package haproxy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// FuzzModel reads any text as a configuration, with another one as its map and list,
// and completes what it states: nothing panics, and each place is within its text.
func FuzzModel(f *testing.F) {
	good, err := filepath.Glob(configurations + "/*/haproxy.cfg")
	if err != nil || len(good) < 20 {
		f.Fatal(len(good), err)
	}
	for _, file := range good {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "shop.example.test app\n/x y\n^a(b)?\\.?(:[0-9]+)?(/.*)?$ z\n10.0.0.0/8\n")
	}
	bad, err := filepath.Glob("../haproxycfg/testdata/malformed/*.txtar")
	if err != nil || len(bad) < 100 {
		f.Fatal(len(bad), err)
	}
	for _, file := range bad {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), "a.pem [alpn h2] a.example.test !b.example.test\n")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		read := func(path string) ([]byte, error) {
			switch path {
			case "haproxy.cfg":
				return []byte(text), nil
			case "":
				return nil, fs.ErrNotExist
			}
			return []byte(other), nil
		}
		m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: read, Data: read})
		if err != nil {
			t.Fatal(err)
		}
		draft, _, err := m.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range m.Findings {
			if at := d.At; at.Known() && (at.Start < 0 || at.End < at.Start || at.End > len(at.File.Text)) {
				t.Fatalf("a place outside of its text: %s %+v", d.Message, at)
			}
		}
		flow.Complete(draft)
	})
}

package haproxycfg_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// seeds are the configurations that were run on a real HAProxy, and those with a fault.
func seeds(f *testing.F) {
	good, err := filepath.Glob("../../e2e/import/configs/*/haproxy.cfg")
	if err != nil || len(good) < 20 {
		f.Fatal(len(good), err)
	}
	for _, file := range good {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	bad, err := filepath.Glob("testdata/malformed/*.txtar")
	if err != nil || len(bad) < 100 {
		f.Fatal(len(bad), err)
	}
	for _, file := range bad {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data))
	}
	f.Add("global\n.if defined(A) && !streq(\"$A\",b) || version_atleast(2.4)\n.else\n.endif\n")
	f.Add("frontend a\n bind \"${A[*]-b}\" '\\x41' \\x41 a\\ b # c")
}

// FuzzRead reads any text: it does not panic, and each place is within the text.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		src := source.NewFile("haproxy.cfg", text)
		c, err := haproxycfg.Read(t.Context(), []*source.File{src}, haproxycfg.Options{Env: map[string]string{"A": "1 2"}, Version: "2.6"})
		if err != nil {
			t.Fatal(err)
		}
		within := func(at source.Span) {
			if at.File != src || at.Start < 0 || at.End < at.Start || at.End > len(src.Text) {
				t.Fatalf("a place outside of the text: %+v of %d", at, len(src.Text))
			}
		}
		for _, d := range c.Findings {
			within(d.At)
			if strings.TrimSpace(d.Message) == "" {
				t.Fatal("a finding without words")
			}
		}
		for _, s := range c.Sections {
			for _, l := range s.Lines {
				within(l.At)
				for _, w := range l.Words {
					within(w.At)
				}
				haproxycfg.ParseTest(l.From(1))
				haproxycfg.ParseFormat(l.Arg(1))
			}
		}
		for _, x := range c.Comments {
			within(x.At)
		}
	})
}

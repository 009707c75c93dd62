package grammar_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/source"
)

// seeds returns every model and every file of testdata by name.
func seeds(t testing.TB) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, pattern := range []string{"*.flow", "lib/*.flow"} {
		names, err := fs.Glob(models.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(models.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			out["models/"+name] = string(text)
		}
	}
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

// Whatever the text, Parse returns; every finding has a place in the text and
// a message, every node lies in the text, and what is broken is reported.
func FuzzParse(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Add("a {\n{ } }\n(((,,,\"\\")
	f.Add("route a {\n ho" + strings.Repeat("\xbb", 300) + " b\n" + strings.Repeat("\xbb", 300) + "\n}\n")
	f.Add("route a {\n  tls reencrypt {\nroute b {\n to c\n")
	f.Fuzz(func(t *testing.T, text string) { sound(t, text) })
}

// sound parses a text and reports what must not be, whatever the text is.
func sound(t *testing.T, text string) diag.List {
	t.Helper()
	src := source.NewFile("fuzz.flow", text)
	file, found := grammar.Parse(src)
	within := func(what string, at source.Span) {
		if at.File != src || at.Start < 0 || at.Start > at.End || at.End > len(text) {
			t.Fatalf("%s is at %d..%d of %d bytes", what, at.Start, at.End, len(text))
		}
	}
	for _, d := range found {
		within(d.Message, d.At)
		if d.Message == "" || d.Code == "" || d.Severity != diag.Error || !d.Broken {
			t.Fatalf("an unfit finding: %+v", d)
		}
		for _, r := range d.Related {
			within(r.Message, r.At)
		}
		if d.Fix != nil {
			for _, e := range d.Fix.Edits {
				within(d.Fix.Message, e.At)
			}
			if d.Fix.Message == "" || fixed(text, d.Fix) == text {
				t.Fatalf("a fix that does nothing: %+v", d)
			}
		}
	}
	broken := false
	ast.Walk(file, func(n ast.Node) bool {
		within("a node", n.Span())
		if s, ok := n.(*ast.Statement); ok {
			broken = broken || s.Broken
			if s.Keyword == nil {
				t.Fatal("a statement without a keyword")
			}
		}
		return true
	})
	if broken && len(found) == 0 {
		t.Fatal("a statement is broken and nothing was reported")
	}
	var out bytes.Buffer
	diag.WriteText(&out, found, diag.TextOptions{})
	if bytes.ContainsAny(out.Bytes(), "\x1b\x07\x00") {
		t.Fatal("a control character of the text reaches the terminal")
	}
	return found
}

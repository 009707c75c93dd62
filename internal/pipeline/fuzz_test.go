package pipeline

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/models"
)

// FuzzPipeline takes any text from the parser to every format of every view.
// Nothing panics, hangs or fills memory, and what comes out is well formed.
func FuzzPipeline(f *testing.F) {
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		f.Add(string(text))
	}
	// and those that reuse, resume, upgrade and check
	courses, err := filepath.Glob("../../flow/testdata/course/*.flow")
	if err != nil || len(courses) == 0 {
		f.Fatal("no models of courses", err)
	}
	for _, path := range courses {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	// the models that break rules are faulty in interesting ways
	rules, err := filepath.Glob("../../check/testdata/*.txtar")
	if err != nil || len(rules) == 0 {
		f.Fatal("no models that break rules", err)
	}
	for _, path := range rules {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range ar.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 8<<10 {
			return
		}
		m := LoadText("m.flow", text)
		m.Compile()
		for _, d := range m.Findings {
			if d.Message == "" || !d.At.Known() {
				t.Errorf("%s says %q and stands nowhere", d.Code, d.Message)
			}
		}
		if !m.Drawable() {
			return
		}
		emitAll(t, m)
	})
}

func emitAll(t *testing.T, m *Model) {
	opt := emit.Options{
		Name: "m",
		Layout: func(context.Context, []byte) ([]byte, error) {
			return nil, errors.New("no worker in a fuzz target")
		},
		// What a renderer is given stands for what it would make of it.
		Convert: func(_ context.Context, svg []byte, _ emit.Page) ([]byte, error) { return svg, nil },
	}
	plans, _ := m.Plans(Choice{})
	for _, p := range plans {
		pic, reason := p.Picture()
		if pic == nil {
			if reason == "" {
				t.Errorf("%s is not drawn and does not say why", p.Name)
			}
			continue
		}
		read := map[string]bool{} // PNG and PDF are of one SVG here
		for _, format := range emit.Formats {
			if !format.Fits(pic) {
				continue
			}
			out, found, err := m.Emit(context.Background(), p, pic, format, opt)
			if err != nil || len(found) > 0 || read[string(out)] {
				continue
			}
			read[string(out)] = true
			wellFormed(t, p.Name, format.Name, out)
		}
	}
}

func wellFormed(t *testing.T, view, format string, out []byte) {
	if !utf8.Valid(out) {
		t.Errorf("%s as %s is not UTF-8", view, format)
	}
	switch format {
	case "svg", "png", "pdf":
		d := xml.NewDecoder(strings.NewReader(string(out)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%s as %s: %v", view, format, err)
			}
		}
	case "words":
		if strings.ContainsFunc(string(out), func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
			t.Errorf("%s in words acts on the terminal: %q", view, out)
		}
	case "json":
		if !json.Valid(out) {
			t.Errorf("%s as JSON is not valid", view)
		}
	}
}

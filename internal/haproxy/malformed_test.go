package haproxy_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
	"github.com/flowc-lang/flowc/source"
)

// malformed is one configuration with one fault.
type malformed struct {
	name  string
	files map[string]string
	file  string // that the fault is in
	line  int
	says  []string
	is    string // what HAProxy does: refuses, warns, accepts
}

func malformedCases(t *testing.T) []malformed {
	paths, err := filepath.Glob("../haproxycfg/testdata/malformed/*.txtar")
	if err != nil || len(paths) < 100 {
		t.Fatal(len(paths), err)
	}
	var out []malformed
	for _, p := range paths {
		archive, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		c := malformed{name: strings.TrimSuffix(filepath.Base(p), ".txtar"), files: map[string]string{}, file: "haproxy.cfg"}
		for _, f := range archive.Files {
			c.files[f.Name] = string(f.Data)
		}
		for line := range strings.Lines(string(archive.Comment)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			value = strings.TrimSpace(value)
			switch key {
			case "line":
				if file, n, ok := strings.Cut(value, ":"); ok {
					c.file, value = file, n
				}
				fmt.Sscan(value, &c.line)
			case "says":
				for _, w := range strings.Split(value, ",") {
					c.says = append(c.says, strings.TrimSpace(w))
				}
			case "haproxy":
				c.is = value
			}
		}
		out = append(out, c)
	}
	return out
}

func (c malformed) read(t *testing.T) diag.List {
	open := func(path string) ([]byte, error) {
		if text, ok := c.files[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open})
	if err != nil {
		t.Fatal(err)
	}
	draft, more, err := m.Draft(t.Context())
	if err != nil || draft == nil {
		t.Fatal(err)
	}
	return slices.Concat(m.Findings, more)
}

// TestMalformed reads configurations with one fault each: there is a finding on its
// line, and that says what is meant.
func TestMalformed(t *testing.T) {
	unmet := unmetIn(t, "testdata/malformed.unmet")
	for _, c := range malformedCases(t) {
		t.Run(c.name, func(t *testing.T) { unmet.hold(t, c.name, c.wrong(c.read(t))) })
	}
}

// wrong says what is wrong with what is found of a case; "" for nothing.
func (c malformed) wrong(found diag.List) string {
	var here []string
	for _, d := range found {
		if at := place(d.At); at == fmt.Sprintf("%s:%d", c.file, c.line) {
			here = append(here, d.Message+" ["+d.Help+"]")
		}
	}
	if len(here) == 0 {
		return fmt.Sprintf("nothing is found at %s:%d, which HAProxy %s; there is:\n%s", c.file, c.line, c.is, listing(found))
	}
	text := strings.ToLower(strings.Join(here, "\n"))
	for _, w := range c.says {
		if !strings.Contains(text, strings.ToLower(w)) {
			return fmt.Sprintf("%q is not said, but:\n%s", w, text)
		}
	}
	return ""
}

func place(at source.Span) string {
	if !at.Known() {
		return ""
	}
	return fmt.Sprintf("%s:%d", at.File.Name, at.File.Position(at.Start).Line)
}

func listing(found diag.List) string {
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintf(&b, "%s %s: %s [%s]\n", place(d.At), d.Code, d.Message, d.Help)
	}
	return b.String()
}

package resolve_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// codeTooMany is the code of findings that are not listed.
const codeTooMany = diag.Code("FL198")

// TestCodes holds that every code has a case, and that they are in order.
func TestCodes(t *testing.T) {
	var all strings.Builder
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range cases {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	var before diag.Code
	for _, c := range append(slices.Clone(check.NameCodes), resolve.Codes...) {
		if c.Code <= before || c.Doc == "" {
			t.Errorf("%s comes after %s, with the line %q", c.Code, before, c.Doc)
		}
		before = c.Code
		own := c.Code == resolve.CodeForm || c.Code == codeTooMany // tested below
		if !own && !strings.Contains(all.String(), "\n"+string(c.Code)+" ") {
			t.Errorf("no case has %s: %s", c.Code, c.Doc)
		}
	}
}

// TestTooMany holds that a list of findings ends.
func TestTooMany(t *testing.T) {
	text := "backend shop\nroute r {\n" + strings.Repeat("    to shop\n", 1000) + "}\n"
	f, _ := grammar.Parse(source.NewFile("model.flow", text))
	_, list := complete("model", f, nil)
	last := list[len(list)-1]
	if len(list) != 101 || last.Code != codeTooMany || last.Message != "899 more errors in names are not listed" {
		t.Errorf("%d findings, the last is %s %s", len(list), last.Code, last.Message)
	}
}

// TestNotParsed resolves statements that no grammar made: each is a finding,
// none a panic.
func TestNotParsed(t *testing.T) {
	src := source.NewFile("model.flow", "x")
	word := func(s string) *ast.Word { return &ast.Word{Text: s, At: src.Span(0, 1)} }
	statement := func(keyword string, args ...string) *ast.Statement {
		s := &ast.Statement{Keyword: word(keyword), At: src.Span(0, 1), Block: &ast.Block{At: src.Span(0, 1)}}
		for _, a := range args {
			s.Args = append(s.Args, word(a))
		}
		return s
	}
	for place, keywords := range resolve.Tables {
		if place == "file" || place == "speaks" || place == "reencrypt" || place == "listen" {
			continue
		}
		for _, keyword := range keywords {
			for _, args := range [][]string{nil, {"-"}, {"-", "-"}, {"-", "-", "-", "-", "-"}} {
				decl := statement(place, "name", "sequence")
				decl.Block.Items = []ast.Item{statement(keyword, args...)}
				file := &ast.File{Source: src, Items: []ast.Item{decl}}
				topology, _ := complete("model", file, nil)
				sound(t, topology)
			}
		}
	}
	for _, keyword := range resolve.Tables["file"] {
		for _, args := range [][]string{nil, {"-"}, {"a", "-"}, {"a", "b", "-"}} {
			file := &ast.File{Source: src, Items: []ast.Item{statement(keyword, args...), &ast.Statement{Broken: true}}}
			topology, _ := complete("model", file, nil)
			sound(t, topology)
		}
	}
}

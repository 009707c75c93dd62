package grammar_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/source"
)

func parseFile(t testing.TB, path string) (*ast.File, diag.List) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return grammar.Parse(source.NewFile(filepath.Base(path), string(text)))
}

// Each file of mistakes is reported in one run as it was read and found right.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file == filepath.FromSlash("testdata/all.flow") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, found := parseFile(t, file)
			var out bytes.Buffer
			diag.WriteText(&out, found, diag.TextOptions{})
			golden.Check(t, strings.TrimSuffix(file, ".flow")+".golden", out.Bytes())
			for _, d := range found {
				if !d.Broken || d.Severity != diag.Error {
					t.Errorf("%q is not marked as broken", d.Message)
				}
			}
		})
	}
}

// The tree of a file with every statement in every form is as it was read and
// found right.
func TestTree(t *testing.T) {
	file, found := parseFile(t, "testdata/all.flow")
	for _, d := range found {
		t.Errorf("%s: %s (%s)", d.At.Text(), d.Message, d.Help)
	}
	var out strings.Builder
	dump(&out, file.Items, "")
	golden.Check(t, "testdata/all.golden", out.String())
}

// dump writes items one a line; a list is in brackets, its elements separated
// by bars, a word that was quoted in quotes.
func dump(out *strings.Builder, items []ast.Item, indent string) {
	for _, it := range items {
		switch it := it.(type) {
		case *ast.Comment:
			fmt.Fprintf(out, "%s%s%s\n", blankLine(it.Blank), indent, it.Text)
		case *ast.Statement:
			out.WriteString(blankLine(it.Blank) + indent + it.Keyword.Text)
			if it.Broken {
				out.WriteString("!")
			}
			dumpArgs(out, it.Args)
			for _, c := range it.Inner {
				fmt.Fprintf(out, "  inner %q", c.Text)
			}
			if it.Trail != nil {
				fmt.Fprintf(out, "  trail %q", it.Trail.Text)
			}
			out.WriteString("\n")
			if it.Block != nil {
				fmt.Fprintf(out, "%s{\n", indent)
				dump(out, it.Block.Items, indent+"    ")
				out.WriteString(indent + "}")
				if it.Block.Trail != nil {
					fmt.Fprintf(out, "  trail %q", it.Block.Trail.Text)
				}
				out.WriteString("\n")
			}
		}
	}
}

func blankLine(blank bool) string {
	if blank {
		return "\n"
	}
	return ""
}

func dumpArgs(out *strings.Builder, args []ast.Arg) {
	for _, a := range args {
		switch a := a.(type) {
		case *ast.Word:
			if a.Quoted {
				fmt.Fprintf(out, " %q", a.Text)
			} else {
				out.WriteString(" " + a.Text)
			}
		case *ast.Group:
			out.WriteString(" (")
			for _, w := range a.Words {
				dumpArgs(out, []ast.Arg{w})
			}
			out.WriteString(" )")
		case *ast.List:
			out.WriteString(" [")
			for i, e := range a.Elems {
				if i > 0 {
					out.WriteString(" |")
				}
				dumpArgs(out, e.Args)
			}
			out.WriteString(" ]")
		}
	}
}

package grammar_test

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// Each case is an input and what it becomes.
func TestFormat(t *testing.T) {
	cases, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files) != 2 || archive.Files[0].Name != "input" || archive.Files[1].Name != "want" {
				t.Fatal("a case is an input and what is wanted")
			}
			want := string(archive.Files[1].Data)
			if got := formatted(t, string(archive.Files[0].Data)); got != want {
				t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
			}
			sameAgain(t, string(archive.Files[0].Data))
		})
	}
}

// What an archive of texts cannot hold.
func TestFormatBytes(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"\n \t\r\n\n", ""},
		{"zone a", "zone a\n"},
		{"\uFEFFzone a\r\n\r\n\r\nzone b # c \t\r\n", "zone a\n\nzone b  # c\n"},
		{"# a", "# a\n"},
		{"\t# a\t\n\n\n", "# a\n"},
		{"title \"a\tb\" # c\n", "title \"a\tb\"  # c\n"},
		{"title \"\u00a0\u200b\" # c", "title \"\u00a0\u200b\"  # c\n"},
		{"request r { header A \"\" }", "request r { header A \"\" }\n"},
		{"\uFEFFca a # b\n     # c\n", "ca a  # b\n      # c\n"},
	} {
		if got := formatted(t, tc.text); got != tc.want {
			t.Errorf("%q becomes\n %q, not\n %q", tc.text, got, tc.want)
		}
		sameAgain(t, tc.text)
	}
}

// The models are in the style, and are brought back to it from any other.
func TestModelsAreInTheStyle(t *testing.T) {
	for name, text := range seeds(t) {
		if !strings.HasPrefix(name, "models/") {
			continue
		}
		for how, other := range map[string]string{
			"as it is":   text,
			"distorted":  distorted(text),
			"DOS":        "\uFEFF" + strings.ReplaceAll(text, "\n", "\r\n"),
			"spread out": "\n\n" + strings.ReplaceAll(text, "\n\n", "\n \n\t\n\n") + "\n\n",
		} {
			if got := formatted(t, other); got != text {
				t.Errorf("%s, %s (-model +formatted):\n%s", name, how, cmp.Diff(text, got))
			}
		}
	}
}

// So is what `flowc new --from` writes, although it is put together of several.
func TestStartersAreInTheStyle(t *testing.T) {
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		if got := formatted(t, string(text)); got != string(text) {
			t.Errorf("%s (-starter +formatted):\n%s", m.Name, cmp.Diff(string(text), got))
		}
	}
}

// distorted returns a model without its indentation, with tabs between words
// and no blanks around braces and commas.
func distorted(text string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		line = strings.TrimLeft(line, " ")
		parts := strings.Split(line, `"`)
		for i := 0; i < len(parts) && !strings.HasPrefix(line, "#"); i += 2 { // outside quotes
			code, comment, _ := strings.Cut(parts[i], " #")
			code = strings.NewReplacer(" { ", "{", " {", "{", " }", "}", ", ", ",", " ", "\t\t").Replace(code)
			if comment != "" {
				parts[i] = code + "#" + comment
				break
			}
			parts[i] = code
		}
		out.WriteString(strings.Join(parts, `"`) + "\n")
	}
	return out.String()
}

// Whatever the text, formatting keeps what it says and every comment, and does
// nothing the second time.
func FuzzFormat(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
		f.Add(distorted(text))
	}
	cases, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, found := grammar.Parse(source.NewFile("a.flow", text)); len(found) == 0 {
			sameAgain(t, text)
		}
	})
}

// formatted formats a text without mistakes.
func formatted(t *testing.T, text string) string {
	t.Helper()
	file, found := grammar.Parse(source.NewFile("a.flow", text))
	for _, d := range found {
		t.Fatalf("%q: %s", d.At.Text(), d.Message)
	}
	return grammar.Format(file)
}

// sameAgain formats a text and holds what it says against the result.
func sameAgain(t *testing.T, text string) {
	t.Helper()
	before, _ := grammar.Parse(source.NewFile("a.flow", text))
	once := grammar.Format(before)
	after, found := grammar.Parse(source.NewFile("a.flow", once))
	for _, d := range found {
		t.Fatalf("formatting breaks %q: %s\n%s", d.At.Text(), d.Message, once)
	}
	if twice := grammar.Format(after); twice != once {
		t.Fatalf("formatting again changes (-once +twice):\n%s", cmp.Diff(once, twice))
	}
	sameModel(t, before, after)
	if a, b := tree(before), tree(after); a != b {
		t.Fatalf("the tree is another (-before +after):\n%s", cmp.Diff(a, b))
	}
	for line := range strings.SplitSeq(once, "\n") {
		if strings.TrimRight(line, " ") != line {
			t.Fatalf("a blank ends the line %q", line)
		}
	}
}

// tree returns what a file says and where its comments are, without what
// formatting may change: quotes, blank lines where a block begins, and whether a
// ca is private in its line or in a block of nothing else.
func tree(file *ast.File) string {
	first := func(items []ast.Item) {
		if len(items) == 0 {
			return
		}
		switch it := items[0].(type) {
		case *ast.Statement:
			it.Blank = false
		case *ast.Comment:
			it.Blank = false
		}
	}
	first(file.Items)
	ast.Walk(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Block:
			first(n.Items)
		case *ast.Statement:
			flagInLine(n)
		case *ast.Word:
			n.Quoted = false
		}
		return true
	})
	var out strings.Builder
	dump(&out, file.Items, "")
	return out.String()
}

func flagInLine(st *ast.Statement) {
	inner := st.Block.Statements()
	if st.Keyword.Text != "ca" || st.Trail != nil || len(inner) != 1 || len(st.Block.Items) != 1 || inner[0].Trail != nil {
		return
	}
	st.Args, st.Trail, st.Block = append(st.Args, inner[0].Keyword), st.Block.Trail, nil
}

// sameModel compares what two files resolve to, but for the places of it.
func sameModel(t *testing.T, before, after *ast.File) {
	t.Helper()
	draft, _ := resolve.Draft("a", before, nil)
	b, bad := flow.Complete(draft)
	draft, _ = resolve.Draft("a", after, nil)
	a, worse := flow.Complete(draft)
	if len(bad) != len(worse) {
		t.Fatalf("%d findings become %d", len(bad), len(worse))
	}
	if x, y := graph(b), graph(a); x != y {
		t.Fatalf("the model is another (-before +after):\n%s", cmp.Diff(x, y))
	}
}

// graph writes a value and all that it points to, each thing once; of a place
// only whether there is one, and nothing of what is not exported.
func graph(v any) string {
	var out strings.Builder
	seen := make(map[uintptr]int)
	var write func(v reflect.Value)
	write = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				out.WriteString("nil\n")
				return
			}
			if n, ok := seen[v.Pointer()]; ok {
				fmt.Fprintf(&out, "#%d\n", n)
				return
			}
			seen[v.Pointer()] = len(seen)
			write(v.Elem())
		case reflect.Struct:
			if at, ok := v.Interface().(source.Span); ok {
				fmt.Fprintln(&out, at.Known())
				return
			}
			for i := range v.NumField() {
				if !v.Type().Field(i).IsExported() {
					continue // an index of the rest
				}
				out.WriteString(v.Type().Field(i).Name + ": ")
				write(v.Field(i))
			}
		case reflect.Slice:
			fmt.Fprintf(&out, "%d of\n", v.Len())
			for i := range v.Len() {
				write(v.Index(i))
			}
		case reflect.Interface:
			if v.IsNil() {
				out.WriteString("nil\n")
				return
			}
			fmt.Fprintf(&out, "%s: ", v.Elem().Type())
			write(v.Elem())
		case reflect.Map, reflect.Func:
			panic("a topology with a " + v.Kind().String())
		default:
			fmt.Fprintf(&out, "%#v\n", v)
		}
	}
	write(reflect.ValueOf(v))
	return out.String()
}

package grammar

import (
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/source"
)

// shapeSeeds are all models and all texts of the package's test data.
func shapeSeeds(t testing.TB) []string {
	t.Helper()
	var out []string
	add := func(text []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	err := fs.WalkDir(models.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".flow") {
			add(fs.ReadFile(models.FS, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := filepath.Glob("testdata/*.flow")
	if err != nil || len(texts) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range texts {
		add(os.ReadFile(name))
	}
	archives, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			add(f.Data, nil)
		}
	}
	return out
}

// brokenShapes are texts that the grammar does not have, each in a way of its own.
var brokenShapes = []string{
	"a b,\n", "a , b\n", "a b,, c\n", "a b c,\n}\n", "a (b, c\n", "a (b, (c))\n", "a ()\n", "a b)\n", "a (b c)\n", "a (b,)\n", "a (,b)\n",
	"\"a\" b\n", "(a)\n", ", a\n", "a {\n , b\n c d\n}\ne f\n", "a {\n b {\n c,\n}\n d e\n}\n", "a b, {\n c\n}\n", "a (b {\n c\n}\n",
	"a\n{\n b\n}\n", "a { b } c\n", "a {\n b\n", "a }\nb\n", "{ }\n", "a { { b } }\n", "}\n}\n", "a {\n\"b\" {\n c ,, d\n}\n}\n", "a { b, }\n",
	"a,\n\n\nb {\n}\n", strings.Repeat("a {\n", 20) + "b,,\n" + strings.Repeat("}\n", 20),
}

// Both ways of reading the shape understand a text alike: the same statements,
// the same syntax tree, the same findings with the same fixes.
func FuzzShape(f *testing.F) {
	for _, text := range shapeSeeds(f) {
		f.Add(text)
		f.Add(strings.ReplaceAll(text, ",", ",,"))
		f.Add(strings.ReplaceAll(text, "}\n", ""))
		f.Add(text[:len(text)/2])
	}
	for _, text := range brokenShapes {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := source.NewFile("a.flow", text)
		s := scan(src)
		tokens := balance(s)
		want := byGrammar(tokens)
		i := 0
		for got, next := range shapes(tokens, len(text)) {
			if i == len(want) || !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("statement %d is\n%s, by the grammar\n%s", i, written(got), written(at(want, i)))
			}
			i++
			if after := following(want[i:], len(text)); after != next {
				t.Fatalf("behind statement %d one begins at %d, by the grammar at %d", i-1, next, after)
			}
		}
		if i != len(want) {
			t.Fatalf("%d statements, by the grammar %d", i, len(want))
		}
		quick, found := parse(src, shapes)
		slow, wanted := parse(src, shapesByGrammar)
		if !reflect.DeepEqual(found, wanted) {
			t.Fatalf("the findings are\n%s, by the grammar\n%s", says(found), says(wanted))
		}
		if !reflect.DeepEqual(quick, slow) {
			t.Fatal("the trees differ")
		}
	})
}

// shapesByGrammar is shapes without the quick way.
func shapesByGrammar(tokens tokens, end int) iter.Seq2[*shapeStatement, int] {
	return within(&shapeBlock{Statements: byGrammar(tokens)}, end)
}

func at(l []*shapeStatement, i int) *shapeStatement {
	if i < len(l) {
		return l[i]
	}
	return nil
}

// following returns where the first of the statements begins, or end.
func following(l []*shapeStatement, end int) int {
	if len(l) == 0 {
		return end
	}
	first, _ := l[0].first()
	return first.Pos.Offset
}

// written writes a statement in a line.
func written(s *shapeStatement) string {
	if s == nil {
		return "none"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%v%v", s.Line, s.Broken)
	if s.Block != nil {
		out.WriteString(" {")
		for _, in := range s.Block.Statements {
			out.WriteString(" " + written(in) + ";")
		}
		out.WriteString(" }")
	}
	return out.String()
}

func says(l diag.List) string {
	var out strings.Builder
	for _, d := range l {
		fmt.Fprintf(&out, "%s at %d %s (%s)\n", d.Code, d.At.Start, d.Message, d.Help)
	}
	return out.String()
}

// The grammar alone reads all models: its productions are the language's shape,
// and not only what the quick way leaves to them.
func TestGrammarReadsModels(t *testing.T) {
	for _, text := range shapeSeeds(t) {
		src := source.NewFile("a.flow", text)
		s := scan(src)
		tokens := balance(s)
		_, found := parse(src, shapes)
		if len(found) > 0 {
			continue
		}
		if _, err := fileParser().ParseFromLexer(replayed(tokens.lexed())); err != nil {
			t.Errorf("the grammar does not read what is sound: %v\n%s", err, text)
		}
	}
}

// A statement that the quick way leaves to the grammar is broken: else it is
// slower than it should be.
func TestQuickReadsWhatIsSound(t *testing.T) {
	for _, text := range shapeSeeds(t) {
		src := source.NewFile("a.flow", text)
		q := &quick{tokens: balance(scan(src))}
		for q.peek() != lexer.EOF {
			start := q.i
			if q.statement() != nil {
				continue
			}
			for _, s := range q.recovered(start) {
				if !isBroken(s) {
					t.Errorf("left to the grammar: %s", written(s))
				}
			}
		}
	}
}

func isBroken(s *shapeStatement) bool {
	if s.Broken != nil {
		return true
	}
	return s.Block != nil && slices.ContainsFunc(s.Block.Statements, isBroken)
}

// BenchmarkShape reads the shape of a backend of 10,000 servers in both ways,
// and of one with a broken line in the middle.
func BenchmarkShape(b *testing.B) {
	var text strings.Builder
	text.WriteString("backend b {\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "    server s%d 10.0.%d.%d:8443 labels tier=web, team=t%d\n", i, i/250, i%250, i)
	}
	sound := text.String() + "}\n"
	broken := text.String() + "    server a,, b\n}\n"
	for _, bc := range []struct {
		name, text string
		shapes     func(tokens, int) iter.Seq2[*shapeStatement, int]
	}{{"quick", sound, shapes}, {"grammar", sound, shapesByGrammar}, {"broken", broken, shapes}} {
		b.Run(bc.name, func(b *testing.B) {
			tokens := balance(scan(source.NewFile("a.flow", bc.text)))
			b.ReportAllocs()
			for b.Loop() {
				for range bc.shapes(tokens, len(bc.text)) {
				}
			}
		})
	}
}

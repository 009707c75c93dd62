package docs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// suite is an archive of documents. Behind each document stand the files that
// say what must become of it: NAME.want lists what is found, and NAME.out is
// the document as it is filled, with the names of the pictures that it links;
// where a document has no NAME.out, it must stay as it is.
type suite struct {
	path  string
	files map[string]string
	docs  []string // in the order of the archive
}

func suites(t testing.TB) []*suite {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	var out []*suite
	for _, p := range paths {
		a, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		s := &suite{path: p, files: make(map[string]string)}
		for _, f := range a.Files {
			s.files[f.Name] = string(f.Data)
			if document.LanguageOf(f.Name) != nil {
				s.docs = append(s.docs, f.Name)
			}
		}
		out = append(out, s)
	}
	return out
}

// fakeCommands print what they are told; cmd/flowc tests the real ones.
var fakeCommands = map[string]func(args []string) (Output, error){
	"say": func(args []string) (Output, error) { return Output{Text: []byte(strings.Join(args, "\n") + "\n")}, nil },
	"svg": func([]string) (Output, error) { return Output{Text: []byte(svgStart + "></svg>\n")}, nil },
	"refuse": func([]string) (Output, error) {
		return Output{}, &RefusedError{Message: "this cannot be shown", Help: "show another"}
	},
	"break": func([]string) (Output, error) { return Output{}, errors.New("the disk is full") },
}

// builder reads the files of a map and runs fake commands.
func builder(files map[string]string) *Builder {
	return &Builder{
		Read: func(p string) ([]byte, error) {
			text, ok := files[p]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
		Run: func(c Command) (Output, error) { return fakeCommands[c.Args[0]](c.Args[1:]) },
		Draw: func(ctx context.Context, m *pipeline.Model, p *pipeline.Plan, pic view.Picture, f *emit.Format, opt emit.Options) ([]byte, diag.List, error) {
			return m.Emit(ctx, p, pic, f, opt)
		},
	}
}

func build(t testing.TB, b *Builder, name, text string) *Result {
	t.Helper()
	r, err := b.Build(context.Background(), name, []byte(text), document.LanguageOf(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// found lists findings for a NAME.want.
func found(r *Result) string {
	var b strings.Builder
	place := func(d diag.Diagnostic) string {
		if !d.At.Known() {
			return "nowhere"
		}
		at := d.At.File.Position(d.At.Start)
		where := fmt.Sprintf("%d:%d", at.Line, at.Column)
		if d.At.File.Name != r.Document.Path {
			where = d.At.File.Name + ":" + where
		}
		return where
	}
	for _, list := range []struct {
		head string
		all  diag.List
	}{{"", r.Findings}, {"stale ", r.Stale}} {
		for _, d := range list.all {
			fmt.Fprintf(&b, "%s%s %s %s\n", list.head, place(d), d.Code, d.Message)
			for _, other := range d.Related {
				fmt.Fprintf(&b, "  %s %s\n", place(diag.Diagnostic{At: other.At}), other.Message)
			}
			if d.Help != "" {
				fmt.Fprintf(&b, "  help: %s\n", d.Help)
			}
		}
	}
	return b.String()
}

// filled is a NAME.out.
func filled(r *Result) string {
	var b strings.Builder
	b.WriteString(r.Text)
	for _, p := range r.Pictures {
		fmt.Fprintf(&b, "=> %s\n", p.Path)
	}
	return b.String()
}

// TestDocuments fills the documents of testdata. With -update it writes what
// was found, and what they are filled with, behind each of them.
func TestDocuments(t *testing.T) {
	for _, s := range suites(t) {
		t.Run(strings.TrimSuffix(filepath.Base(s.path), ".txtar"), func(t *testing.T) {
			made := make(map[string]string)
			for _, name := range s.docs {
				t.Run(name, func(t *testing.T) {
					r := build(t, builder(s.files), name, s.files[name])
					made[name+".want"] = found(r)
					if r.Text != s.files[name] {
						made[name+".out"] = filled(r)
					}
					if r.Findings.Count(diag.Error) > 0 && r.Text != s.files[name] {
						t.Error("a document with errors would be written")
					}
					if !golden.Updating() {
						for _, kind := range []string{".want", ".out"} {
							same(t, name+kind, made[name+kind], s.files[name+kind])
						}
					}
				})
			}
			if golden.Updating() {
				golden.Check(t, s.path, updated(t, s, made))
			}
		})
	}
}

// updated is the archive of a suite with what was made of its documents.
func updated(t *testing.T, s *suite, made map[string]string) []byte {
	a, err := txtar.ParseFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	out := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if of := strings.TrimSuffix(strings.TrimSuffix(f.Name, ".want"), ".out"); of != f.Name && document.LanguageOf(of) != nil {
			continue
		}
		out.Files = append(out.Files, f)
		for _, kind := range []string{".want", ".out"} {
			if text := made[f.Name+kind]; text != "" {
				out.Files = append(out.Files, txtar.File{Name: f.Name + kind, Data: []byte(text)})
			}
		}
	}
	return txtar.Format(out)
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is\n%s\nwant\n%s", what, got, want)
	}
}

// variants are other forms of a text, of which flowc must make the same.
var variants = []struct {
	name string
	of   func(string) string
}{
	{"CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
	{"byte order mark", func(s string) string { return "\ufeff" + s }},
	{"no final newline", func(s string) string { return strings.TrimSuffix(s, "\n") }},
	{"blank lines at the end", func(s string) string { return s + "\n\n\n" }},
}

// TestVariants holds what is made of a document in another form against the
// other form of what is made of it.
func TestVariants(t *testing.T) {
	for _, s := range suites(t) {
		for _, name := range s.docs {
			for _, v := range variants {
				t.Run(path.Base(s.path)+"/"+name+"/"+v.name, func(t *testing.T) {
					plain := build(t, builder(s.files), name, s.files[name])
					r := build(t, builder(s.files), name, v.of(s.files[name]))
					same(t, "findings", found(r), found(plain))
					same(t, "text", r.Text, v.of(plain.Text))
				})
			}
		}
	}
}

// TestTwice fills documents again, with the pictures that they link: nothing
// may change, and nothing may be stale.
func TestTwice(t *testing.T) {
	n := 0
	for _, s := range suites(t) {
		for _, name := range s.docs {
			t.Run(path.Base(s.path)+"/"+name, func(t *testing.T) {
				files := maps.Clone(s.files)
				first := build(t, builder(files), name, files[name])
				if first.Findings.Count(diag.Error) > 0 {
					return
				}
				n += len(first.Document.Regions)
				for _, p := range first.Pictures {
					files[p.Path] = string(p.Text)
				}
				second := build(t, builder(files), name, first.Text)
				same(t, "text", second.Text, first.Text)
				same(t, "findings", found(second), found(&Result{Document: first.Document, Findings: first.Findings}))
				outsideStays(t, first, second)
			})
		}
	}
	if n == 0 {
		t.Error("no region was filled")
	}
}

// outsideStays compares what two results have outside of regions.
func outsideStays(t *testing.T, a, b *Result) {
	t.Helper()
	if x, y := outside(a), outside(b); !slices.Equal(x, y) {
		t.Errorf("text outside of regions was\n%q\nand is\n%q", x, y)
	}
}

// outside is the lines of a document as it was read that are in no region and
// no begin marker.
func outside(r *Result) []string {
	var out []string
	src := r.Document.Source
	next := 1
	for _, region := range r.Document.Regions {
		for ; next < src.Position(region.At.Start).Line; next++ {
			out = append(out, src.Line(next))
		}
		next = src.Position(region.At.End).Line + 1 + len(region.Body)
	}
	for ; next <= src.Lines(); next++ {
		out = append(out, src.Line(next))
	}
	return out
}

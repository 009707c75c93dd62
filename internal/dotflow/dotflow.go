// Package dotflow is the front end of .flow texts: it loads them, parses them,
// resolves their names and finds their comments.
package dotflow

import (
	"context"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// End is the front end of .flow texts.
var End = &front.End{
	Name:  "flow",
	Named: func(file string) bool { return path.Ext(file) == ".flow" },
	// A text of any name is one that a user takes for a model.
	Owns:  func(string, string) bool { return true },
	Codes: func() []diag.CodeDoc { return slices.Concat(grammar.Codes, load.Codes, resolve.Codes, Codes) },
	Read:  read,
	Style: style,
}

// style returns a text in the one style, or its syntax errors.
func style(src *source.File) (string, diag.List) {
	file, found := grammar.Parse(src)
	if len(found) > 0 {
		return "", found
	}
	return grammar.Format(file), nil
}

func read(ctx context.Context, in front.Input) (*front.Model, error) {
	loaded, findings, err := load.From(ctx, in.Path, load.Files{
		Read: in.Read, Named: in.Named, Same: in.Same, Foreign: func(path, text string) bool { return owner(in, path, text) != nil },
	})
	if err != nil {
		return nil, err
	}
	if own := resolve.ProfileOf(loaded.Entry); own != nil {
		in.Profile = own
	}
	others, err := foreign(ctx, in, loaded.Foreign)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		findings = append(findings, o.Findings...)
	}
	t := &texts{foreign: loaded.Foreign, files: append([]*ast.File{loaded.Entry}, loaded.Imported...)}
	for _, f := range t.files {
		t.sources = append(t.sources, f.Source)
	}
	name := loaded.Name
	return &front.Model{
		Name: name, Sources: t.sources, Findings: findings, Asks: asks(loaded.Entry),
		Partial: slices.ContainsFunc(others, func(o imported) bool { return o.Partial }),
		Draft: func(ctx context.Context) (*flow.Draft, diag.List, error) {
			files := t.syntax()
			draft, found := resolve.Draft(name, files[0], files[1:])
			t.letGo()
			more, err := extendAll(ctx, others, draft)
			if err != nil {
				return nil, nil, err
			}
			return draft, append(found, more...), ctx.Err()
		},
		Torn: func(broken []source.Span) front.Torn { return torn(t.syntax(), broken) },
		Advise: func(topology *flow.Topology, found diag.List) {
			if slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return len(d.Suggestions) > 0 }) {
				files := t.syntax()
				r := advice.New(topology, files[0], files[1:])
				for i := range found {
					if t.holds(found[i].Suggestions) {
						r.Fill(found[i : i+1])
						continue
					}
					for _, o := range others {
						if o.Advise != nil {
							o.Advise(topology, found[i:i+1])
						}
					}
				}
			}
		},
		Judge: func(topology *flow.Topology, found diag.List) diag.List {
			for _, o := range others {
				if o.Judge != nil {
					found = o.Judge(topology, found)
				}
			}
			return found
		},
		Comments: func() []suppress.Comment {
			var out []suppress.Comment
			if slices.ContainsFunc(t.sources, func(src *source.File) bool { return suppress.Mentioned(src.Text) }) {
				out = comments(t.syntax())
			}
			for _, o := range others {
				for _, c := range o.Comments() {
					c.Imported = true
					out = append(out, c)
				}
			}
			return out
		},
		Objects: func() []suppress.Object {
			out := objects(t.syntax())
			for _, o := range others {
				if o.Objects != nil {
					out = append(out, o.Objects()...)
				}
			}
			return out
		},
		Declarations: func() []front.Declaration { return declarations(t.syntax()) },
	}, nil
}

// texts are the texts of a model, the entry file first.
type texts struct {
	sources []*source.File
	foreign []*source.File // those of them that are in another language
	files   []*ast.File    // of each; nil where they were let go
}

// large is the size of texts whose syntax is not kept, in bytes. It takes many
// times the room of the text, and nobody asks for it where nothing is found.
const large = 1 << 18

// huge is the size of texts whose syntax is so large that its memory is needed
// again at once.
const huge = 1 << 20

// letGo forgets the syntax of large texts.
func (t *texts) letGo() {
	size := 0
	for _, src := range t.sources {
		size += len(src.Text)
	}
	if size <= large {
		return
	}
	t.files = nil
	if size > huge {
		runtime.GC() // else the syntax is in memory beside the topology that is made next
	}
}

// holds reports whether suggestions change nothing but texts of this language.
func (t *texts) holds(ways []diag.Suggestion) bool {
	own := func(at source.Span) bool {
		return !at.Known() || slices.Contains(t.sources, at.File) && !slices.Contains(t.foreign, at.File)
	}
	return !slices.ContainsFunc(ways, func(w diag.Suggestion) bool {
		return slices.ContainsFunc(w.Steps, func(s diag.Step) bool { return !own(s.At) || !own(s.In.At) || !own(s.In.PartAt) })
	})
}

// syntax returns the syntax of the texts, read once more where it was let go.
func (t *texts) syntax() []*ast.File {
	if t.files == nil {
		for _, src := range t.sources {
			f := &ast.File{Source: src}
			if !slices.Contains(t.foreign, src) {
				f, _ = grammar.Parse(src)
			}
			t.files = append(t.files, f)
		}
	}
	return t.files
}

// asks reports whether a file states a request.
func asks(f *ast.File) bool {
	return slices.ContainsFunc(f.Items, func(i ast.Item) bool {
		s, ok := i.(*ast.Statement)
		return ok && s.Keyword != nil && s.Keyword.Text == "request"
	})
}

// objects are the declarations, with the statements in them as their fields.
func objects(files []*ast.File) []suppress.Object {
	var out []suppress.Object
	for _, f := range files {
		for _, s := range f.Statements() {
			o := suppress.Object{Name: words(s, 2), At: s.At}
			o.Field = func(at source.Span) string { return field(s, at) }
			out = append(out, o)
		}
	}
	return out
}

// field is the statement in another one that a place is in, with those around it.
func field(s *ast.Statement, at source.Span) string {
	out := ""
	for s.Block != nil {
		inner := s.Block.Statements()
		i := slices.IndexFunc(inner, func(s *ast.Statement) bool { return s.At.Contains(at) })
		if i < 0 {
			break
		}
		s = inner[i]
		out = strings.TrimPrefix(out+" "+words(s, 64), " ")
	}
	return out
}

// words are the first words of a statement.
func words(s *ast.Statement, most int) string {
	out := s.Keyword.Text
	for i, a := range s.Args {
		w, ok := a.(*ast.Word)
		if !ok || i+1 >= most {
			break
		}
		out += " " + w.Text
	}
	return out
}

// declarations are the statements of files, by their first two words.
func declarations(files []*ast.File) []front.Declaration {
	var out []front.Declaration
	for _, f := range files {
		for _, s := range f.Statements() {
			d := front.Declaration{Name: s.Keyword.Text, Words: []string{s.Keyword.Text}, At: s.At}
			if len(s.Args) > 0 {
				d.Name += " " + s.Args[0].Span().Text()
			}
			for _, a := range s.Args {
				w, ok := a.(*ast.Word)
				if !ok {
					break
				}
				d.Words = append(d.Words, w.Text)
			}
			out = append(out, d)
		}
	}
	return out
}

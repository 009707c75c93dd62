// Package dotflow is the front end of .flow texts: it loads them, parses them,
// resolves their names and finds their comments.
package dotflow

import (
	"context"
	"path"
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/check"
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
	Codes: func() []diag.CodeDoc { return slices.Concat(grammar.Codes, load.Codes, resolve.Codes) },
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
	loaded, findings, err := load.Named(ctx, in.Path, in.Read, in.Named)
	if err != nil {
		return nil, err
	}
	files := append([]*ast.File{loaded.Entry}, loaded.Imported...)
	m := &front.Model{
		Name: loaded.Name, Findings: findings, Asks: asks(loaded.Entry),
		Resolve: func(ctx context.Context) (*flow.Topology, diag.List, error) {
			t, found := complete(loaded.Name, loaded.Entry, loaded.Imported)
			return t, found, ctx.Err()
		},
		Torn:         func(broken []source.Span) ([]source.Span, bool) { return torn(files, broken) },
		Advise:       func(t *flow.Topology, found diag.List) { advice.New(t, loaded.Entry, loaded.Imported).Fill(found) },
		Comments:     func() []suppress.Comment { return comments(files) },
		Declarations: func() []front.Declaration { return declarations(files) },
	}
	for _, f := range files {
		m.Sources = append(m.Sources, f.Source)
	}
	return m, nil
}

// complete makes the topology of a model and says what is wrong with its names.
func complete(name string, entry *ast.File, imported []*ast.File) (*flow.Topology, diag.List) {
	draft, findings := resolve.Draft(name, entry, imported)
	topology, mistakes := flow.Complete(draft)
	return topology, append(findings, check.Mistakes(mistakes)...)
}

// asks reports whether a file states a request.
func asks(f *ast.File) bool {
	return slices.ContainsFunc(f.Items, func(i ast.Item) bool {
		s, ok := i.(*ast.Statement)
		return ok && s.Keyword != nil && s.Keyword.Text == "request"
	})
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

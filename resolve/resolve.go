// Package resolve is the front end of .flow: the syntax of a model goes in, and
// a draft of it comes out, the declarations with what is stated of them. It
// looks no name up and fills in no default; flow.Complete does. It knows no
// rule of TLS.
package resolve

import (
	"fmt"
	"path"
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/blocks"
)

// Draft reads a model: its entry file and what that imports, each file once.
// The draft is never nil; what was not understood is noted in it as lost. The
// findings are about words that the grammar would not have let through.
func Draft(name string, entry *ast.File, imported []*ast.File) (*flow.Draft, diag.List) {
	r := &reader{draft: &flow.Draft{Name: name}}
	r.draft.Lost.File = importsMissing(append(slices.Clone(imported), entry))
	r.origin = flow.OriginImported
	for _, f := range imported {
		r.file(f)
	}
	r.origin = flow.OriginStated
	r.file(entry)
	return r.draft, r.found.Sort()
}

// reader is the state of one Draft.
type reader struct {
	draft  *flow.Draft
	origin flow.Origin // of what the file declares that is being read
	found  diag.List

	// what the lines of one declaration are made of
	lines  []line
	tokens []token

	rooms rooms
}

// rooms are where the declarations of a draft are made.
type rooms struct {
	routes       blocks.Of[flow.RouteDraft]
	backends     blocks.Of[flow.BackendDraft]
	servers      blocks.Of[flow.ServerDraft]
	certificates blocks.Of[flow.CertificateDraft]
}

// Codes lists the findings of this package in the order of their codes.
var Codes = []diag.CodeDoc{
	{Code: codeForm, Name: "malformed-tree", Severity: diag.Error, Doc: "an invalid value in a syntax tree that was not parsed from text"},
}

// codeForm is a word that the grammar would not have let through. As with a
// broken name, no picture is drawn of the model.
const codeForm diag.Code = "FL199"

func (r *reader) misfit(w *ast.Word) {
	r.found = append(r.found, diag.Diagnostic{
		Code: codeForm, Severity: diag.Error, At: w.At, Broken: true,
		Message: fmt.Sprintf("invalid value %q", w.Text),
	})
}

// add adds a declaration.
func (r *reader) add(d flow.Declaration) { r.draft.Declarations = append(r.draft.Declarations, d) }

// unnamed notes that a declaration of a kind lost its name, which was reported.
func (r *reader) unnamed(kind flow.DeclKind) {
	r.draft.Lost.Unnamed = append(r.draft.Lost.Unnamed, kind)
}

// file reads the declarations of a file.
func (r *reader) file(f *ast.File) {
	for _, s := range f.Statements() {
		if s.Keyword == nil {
			continue
		}
		declare, ok := declarations[s.Keyword.Text]
		switch {
		case !ok:
			r.suspect(s)
		case r.origin == flow.OriginImported && grammar.Lookup("file", s.Keyword.Text).EntryOnly:
		default:
			declare(r, r.line(s))
			r.lines, r.tokens = r.lines[:0], r.tokens[:0]
		}
	}
}

// suspect notes the name in a declaration that was not understood, so that
// those who use it are not told that there is none. Where it begins with no
// word of the language, that may be the name.
func (r *reader) suspect(s *ast.Statement) {
	names := &r.draft.Lost.Names
	*names = append(*names, s.Keyword.Text)
	if l := r.line(s); l.peek() != nil {
		*names = append(*names, l.peek().Text)
	}
}

// importsMissing reports whether one of the files imports another that is not
// among them: it could not be read, which was already said.
func importsMissing(files []*ast.File) bool {
	have := map[string]bool{}
	for _, f := range files {
		have[path.Clean(f.Source.Path)] = true
	}
	for _, f := range files {
		for _, s := range f.Statements() {
			if s.Keyword == nil || s.Keyword.Text != "import" || len(s.Args) == 0 {
				continue
			}
			w, ok := s.Args[0].(*ast.Word)
			if !ok || !have[path.Join(path.Dir(f.Source.Path), w.Text)] {
				return true
			}
		}
	}
	return false
}

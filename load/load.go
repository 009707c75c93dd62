// Package load reads a model: an entry file goes in, and it and all that it
// imports come out parsed, each file once. It reads through a function, so it
// knows no file system, and it resolves nothing.
package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// The limits of one model. A real one imports a handful of files; what imports
// without end is a mistake or an attack.
const (
	MaxFiles = 256      // imported files
	maxBytes = 64 << 20 // of all files together
)

const (
	codeUnreadable   = diag.Code("FL110")
	codeCycle        = diag.Code("FL111")
	codeTooManyFiles = diag.Code("FL905")
)

// Codes lists what Load reports beside what grammar.Parse does, in order.
var Codes = []diag.CodeDoc{
	{Code: codeUnreadable, Name: "unreadable-file", Severity: diag.Error, Doc: "a file cannot be read: the model itself or one that it imports"},
	{Code: codeCycle, Name: "import-cycle", Severity: diag.Error, Doc: "files that import each other in a cycle"},
	{Code: codeTooManyFiles, Name: "too-many-files", Severity: diag.Error, Doc: "a model imports more files than the limit"},
}

// Model is an entry file and what it imports.
type Model struct {
	Name     string // the entry file's name without folder and extension: "reencrypt"
	Entry    *ast.File
	Imported []*ast.File // directly or not, in the order in which they are first imported
	// Foreign are those of the imported files that are in another language: their
	// syntax is empty.
	Foreign []*source.File
}

// Load reads and parses the file at path, which has slashes, and what it
// imports through read. The model is never nil: a file that cannot be read is
// a finding and is empty. Findings have the place of the import that names the
// file; only that of an unreadable entry file has none.
func Load(name string, read func(path string) ([]byte, error)) (*Model, diag.List) {
	m, found, err := From(context.Background(), name, Files{Read: read})
	if err != nil {
		panic(err) // this context does not end
	}
	return m, found
}

// Files is where a model is read from.
type Files struct {
	Read func(path string) ([]byte, error)
	// Named returns the name by which findings call the file at a path: that of
	// the document in which it stands. nil where that is the path.
	Named func(path string) string
	// Same returns what tells whether two paths are one file: a link leads to a
	// file that has another path. nil where each path is a file.
	Same func(path string) string
	// Foreign reports whether an imported file is in another language, which somebody
	// else reads. nil where there is none.
	Foreign func(path, text string) bool
}

// From is Load for files that may be links or stand in documents. Its error is that of
// a context which ended: then there is no model.
func From(ctx context.Context, name string, in Files) (*Model, diag.List, error) {
	l := &loader{ctx: ctx, Files: in, files: make(map[string]*ast.File), unread: make(map[string]bool)}
	m := &Model{Name: modelName(name)}
	text, err := l.Read(name)
	if err != nil {
		l.list = append(l.list, diag.Diagnostic{
			Code: codeUnreadable, Severity: diag.Error, Broken: true,
			Message: fmt.Sprintf("%q cannot be read: %s", name, reason(err)),
		})
	}
	m.Entry = l.parse(name, text)
	l.imports(m.Entry, []string{l.same(path.Clean(name))}, []string{path.Clean(name)})
	m.Imported, m.Foreign = l.order, l.foreign
	if l.err != nil {
		return nil, nil, l.err
	}
	return m, l.list.Sort(), nil
}

// modelName is the entry file's name without folder and extension: the model in
// guide.md is called "guide". One that has no name left, as standard input
// ("-"), is called "model".
func modelName(name string) string {
	base := path.Base(name)
	base = strings.TrimSuffix(base, path.Ext(base))
	if base == "-" || base == "" {
		return "model"
	}
	return base
}

type loader struct {
	Files
	ctx     context.Context
	err     error                // ctx has ended: nothing more is read
	files   map[string]*ast.File // by what Same says
	unread  map[string]bool      // clean paths of files that cannot be read; links to them are, too
	order   []*ast.File
	foreign []*source.File
	bytes   int
	full    bool // a limit was reported
	list    diag.List
}

func (l *loader) parse(name string, text []byte) *ast.File {
	src := l.source(name, text)
	f, found, err := grammar.ParseContext(l.ctx, src)
	if err != nil {
		l.err = err
		return &ast.File{Source: src}
	}
	l.list = append(l.list, found...)
	return f
}

func (l *loader) source(name string, text []byte) *source.File {
	l.bytes += len(text)
	src := source.NewFile(name, string(text))
	if l.Named != nil {
		src.Name = l.Named(name)
	}
	return src
}

// same is a clean path, or what tells which file it leads to.
func (l *loader) same(name string) string {
	if l.Same == nil {
		return name
	}
	return l.Same(name)
}

// imports loads what a file imports. chain holds the files from the entry file
// to this one, and paths how they are called.
func (l *loader) imports(f *ast.File, chain, paths []string) {
	for _, s := range f.Statements() {
		if s.Keyword.Text != "import" || len(s.Args) == 0 {
			continue
		}
		w, ok := s.Args[0].(*ast.Word)
		if !ok || w.Text == "" || path.IsAbs(w.Text) {
			continue // the grammar has reported it
		}
		l.load(w, path.Join(path.Dir(f.Source.Path), w.Text), chain, paths)
	}
}

func (l *loader) load(w *ast.Word, name string, chain, paths []string) {
	file := l.same(name)
	if i := slices.Index(chain, file); i >= 0 {
		l.cycle(w, append(slices.Clone(paths[i:]), name))
		return
	}
	if l.files[file] != nil || l.unread[name] || l.full || l.err != nil {
		return
	}
	if len(l.order) >= MaxFiles || l.bytes > maxBytes {
		l.full = true
		l.report(codeTooManyFiles, w, fmt.Sprintf("the model imports more than %d files or %d MiB; the rest is not read", MaxFiles, maxBytes>>20))
		return
	}
	text, err := l.Read(name)
	if err != nil {
		l.unread[name] = true
		d := l.report(codeUnreadable, w, fmt.Sprintf("%q cannot be read: %s", name, reason(err)))
		l.instead(d, w, name)
		return
	}
	if l.Foreign != nil && l.Foreign(name, string(text)) {
		f := &ast.File{Source: l.source(name, text)}
		l.files[file] = f
		l.order, l.foreign = append(l.order, f), append(l.foreign, f.Source)
		return
	}
	f := l.parse(name, text)
	l.files[file] = f
	l.order = append(l.order, f)
	l.imports(f, append(slices.Clone(chain), file), append(slices.Clone(paths), name))
}

func (l *loader) report(code diag.Code, w *ast.Word, message string) *diag.Diagnostic {
	l.list = append(l.list, diag.Diagnostic{Code: code, Severity: diag.Error, Broken: true, Message: message, At: w.At})
	return &l.list[len(l.list)-1]
}

// cycle reports files that import each other: the first of them is the last.
func (l *loader) cycle(w *ast.Word, files []string) {
	if len(files) == 2 {
		l.report(codeCycle, w, fmt.Sprintf("%q imports itself", files[0]))
		return
	}
	l.report(codeCycle, w, "files import each other in a circle: "+strings.Join(files, " imports "))
}

// instead looks where the file could be that an import meant, by the two
// mistakes that are usual.
func (l *loader) instead(d *diag.Diagnostic, w *ast.Word, name string) {
	if path.Ext(name) != ".flow" && l.readable(name+".flow") {
		d.Help = fmt.Sprintf("did you mean %q?", w.Text+".flow")
		if !strings.ContainsAny(w.Text, "\"\\") { // which quotes would escape
			d.Fix = diag.Replace(w.At, `"`+w.Text+`.flow"`)
		}
		return
	}
	if clean := path.Clean(w.Text); clean != name && l.readable(clean) {
		d.Help = fmt.Sprintf("there is a file %q, but a path is relative to the file that imports", clean)
	}
}

func (l *loader) readable(name string) bool {
	_, err := l.Read(name)
	return err == nil
}

// reason is what kept a file from being read, without its path, which the
// message names and which may be absolute.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// Package pipeline walks a model through the phases of flowc: a path goes in,
// and out come what was found in it and the pictures that somebody chose. It
// decides the order of the phases and what is drawn by default; it knows no
// rule, no view and no format by name but the formats that are the default.
package pipeline

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// Model is one model as far as it has come. Load makes it, Compile completes
// it.
type Model struct {
	Path     string   // of the entry file, as it was given, with slashes
	Imports  []string // paths of the files that it imports, directly or not
	Topology *flow.Topology
	Findings diag.List // sorted: of syntax, names and, after Compile, rules

	loaded  *load.Model
	courses *flow.Courses
}

// Load reads and parses a model and what it imports.
func Load(path string, read func(path string) ([]byte, error)) *Model {
	return LoadAs(path, read, nil)
}

// LoadAs is Load where messages call some of the files by another name: that of
// the document in which they stand. named returns it; a nil one changes none.
func LoadAs(path string, read func(path string) ([]byte, error), named func(path string) string) *Model {
	loaded, findings := load.Named(path, read, named)
	m := &Model{Path: path, Findings: findings.Sort(), loaded: loaded}
	for _, f := range loaded.Imported {
		m.Imports = append(m.Imports, f.Source.Path)
	}
	return m
}

// Sources returns the files that the model was read from, the entry file first.
func (m *Model) Sources() []*source.File {
	out := []*source.File{m.loaded.Entry.Source}
	for _, f := range m.loaded.Imported {
		out = append(out, f.Source)
	}
	return out
}

// Declaration returns the text of the declaration that begins with some words,
// "route shop", or false where the model has none.
func (m *Model) Declaration(words []string) (string, bool) {
	for _, f := range append([]*ast.File{m.loaded.Entry}, m.loaded.Imported...) {
		for _, s := range f.Statements() {
			if begins(s, words) {
				return s.At.Text(), true
			}
		}
	}
	return "", false
}

// Declarations returns the first two words of what the model declares.
func (m *Model) Declarations() []string {
	var out []string
	for _, f := range append([]*ast.File{m.loaded.Entry}, m.loaded.Imported...) {
		for _, s := range f.Statements() {
			name := s.Keyword.Text
			if len(s.Args) > 0 {
				name += " " + s.Args[0].Span().Text()
			}
			out = append(out, name)
		}
	}
	return out
}

// begins reports whether a statement begins with some words.
func begins(s *ast.Statement, words []string) bool {
	if len(words) == 0 || s.Keyword.Text != words[0] || len(s.Args) < len(words)-1 {
		return false
	}
	for i, w := range words[1:] {
		arg, ok := s.Args[i].(*ast.Word)
		if !ok || arg.Text != w {
			return false
		}
	}
	return true
}

// Asks reports whether the model's own file states a request.
func (m *Model) Asks() bool {
	return slices.ContainsFunc(m.loaded.Entry.Items, func(i ast.Item) bool {
		s, ok := i.(*ast.Statement)
		return ok && s.Keyword != nil && s.Keyword.Text == "request"
	})
}

// LoadText parses a model that is one text and imports nothing.
func LoadText(path, text string) *Model {
	return Load(path, func(file string) ([]byte, error) {
		if file != path {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
}

// Days are the days on which a model is judged, "2026-11-01". Where a day is
// not given, nothing is judged on it.
type Days struct {
	At    string // the day that somebody asks about: it is taken for the model's date
	Today string // judges where neither At nor the model names a day, but decides nothing that is drawn
}

// Compile is CompileOn no day but the model's own.
func (m *Model) Compile() { m.CompileOn(Days{}) }

// CompileOn resolves the names of a loaded model and applies the rules, then
// the waivers. Where syntax or names are broken, the rules speak of the rest.
// Whether a waiver has ended is a matter of today, not of the model's date.
func (m *Model) CompileOn(days Days) {
	topology, findings := resolve.Resolve(m.loaded.Name, m.loaded.Entry, m.loaded.Imported)
	topology.Date = cmp.Or(days.At, topology.Date)
	m.Topology = topology
	m.courses = flow.NewCourses(topology)
	m.Findings = append(m.Findings, findings...)
	rules := check.RunOn(days.Today, topology, m.courses)
	if m.Findings.Broken() {
		rules = standing(rules, m.loaded, m.Findings, topology.Date, days.Today)
	}
	m.Findings = append(m.Findings, rules...)
	if m.lacksImport() {
		// what it declares is not known: a name that nothing declares follows from that
		m.Findings = slices.DeleteFunc(m.Findings, func(d diag.Diagnostic) bool { return d.Code == "FL120" || d.Code == "FL123" })
	}
	m.Findings = suppress.Apply(m.loaded.Entry, m.loaded.Imported, m.Findings, suppress.Options{
		Codes:    ruleCodes(),
		Day:      cmp.Or(days.At, days.Today),
		Complete: !m.Findings.Broken(),
		Unjudged: unjudged(cmp.Or(topology.Date, days.Today)),
	}).Sort()
}

// lacksImport reports whether a file that the model imports could not be read.
func (m *Model) lacksImport() bool {
	return slices.ContainsFunc(m.Findings, func(d diag.Diagnostic) bool { return d.Code == "FL110" && d.At.Known() })
}

// unjudged returns the codes of the rules that cannot look for lack of a day.
func unjudged(day string) []diag.Code {
	var codes []diag.Code
	for _, r := range check.Rules {
		if r.Dated && day == "" {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

func ruleCodes() []diag.Code {
	codes := make([]diag.Code, len(check.Rules))
	for i, r := range check.Rules {
		codes[i] = r.Code
	}
	return codes
}

// Drawable reports whether pictures can be drawn: no syntax and no name is
// broken.
func (m *Model) Drawable() bool { return !m.Findings.Broken() }

// Derive returns the lifecycle of a request of this model.
func (m *Model) Derive(r *flow.Request) *flow.Lifecycle { return m.courses.Of(r) }

// marks returns the findings in the words of a picture.
func (m *Model) marks() []view.Finding {
	var out []view.Finding
	for _, d := range m.Findings {
		ofWaiver := slices.ContainsFunc(suppress.Codes, func(c diag.CodeDoc) bool { return c.Code == d.Code })
		if d.At.Known() && !ofWaiver {
			mark := view.Mark{Code: string(d.Code), Message: d.Message, Error: d.Severity == diag.Error}
			out = append(out, view.Finding{Mark: mark, At: d.At})
		}
	}
	return out
}

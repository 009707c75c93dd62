// Package pipeline walks a model through the phases of flowc: a path goes in,
// and out come what was found in it and the pictures that somebody chose. It
// decides the order of the phases and what is drawn by default; it knows no
// rule, no view and no format by name but the formats that are the default.
package pipeline

import (
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
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
	loaded, findings := load.Load(path, read)
	m := &Model{Path: path, Findings: findings.Sort(), loaded: loaded}
	for _, f := range loaded.Imported {
		m.Imports = append(m.Imports, f.Source.Name)
	}
	return m
}

// Compile resolves the names of a loaded model and applies the rules. The
// rules say something useful about a model with broken syntax, but not about
// one with broken names: what they would find follows from those.
func (m *Model) Compile() {
	topology, findings := resolve.Resolve(m.loaded.Name, m.loaded.Entry, m.loaded.Imported)
	m.Topology = topology
	m.courses = flow.NewCourses(topology)
	m.Findings = append(m.Findings, findings...)
	if !findings.Broken() {
		m.Findings = append(m.Findings, check.Run(topology, m.courses)...)
	}
	m.Findings = m.Findings.Sort()
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
		if d.At.Known() {
			mark := view.Mark{Code: string(d.Code), Message: d.Message, Error: d.Severity == diag.Error}
			out = append(out, view.Finding{Mark: mark, At: d.At})
		}
	}
	return out
}

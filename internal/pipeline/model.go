// Package pipeline walks a model through the phases of flowc: a path goes in,
// and out come what was found in it and the pictures that somebody chose. It
// decides the order of the phases and what is drawn by default; it knows no
// rule, no view and no format by name but the formats that are the default.
package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/dotflow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// Model is one model as far as it has come. Load makes it, Compile completes
// it.
type Model struct {
	Path     string   // of the entry file, as it was given, with slashes
	Language string   // of the front end that read it: "flow"
	Imports  []string // paths of the files that it imports, directly or not
	Topology *flow.Topology
	Findings diag.List // sorted: of syntax, names and, after Compile, rules
	Ignored  int       // findings that comments of the model answer for
	// Waivers is a file of waivers for several models; nil for none. It is given before
	// the model is compiled, and Waived then says what the file answers for.
	Waivers *suppress.File
	Waived  *suppress.Use

	read    *front.Model
	courses *flow.Cache
}

// Fronts lists the front ends. A model is read by the first one that owns its
// text, so the last one takes every text.
var Fronts = []*front.End{haproxy.End, cluster.End, dotflow.End}

// Input is where a model comes from.
type Input struct {
	front.Input
	Fronts []*front.End // that can read it; nil for all of flowc's own
	From   string       // the language of the entry file; "" where its text says it
}

// LoadFrom reads a model and what it imports. Its error is that of a context
// which ended: then there is no model.
func LoadFrom(ctx context.Context, in Input) (*Model, error) {
	end, read := owner(in)
	in.Read, in.Others = read, others(in.Fronts)
	m, err := end.Read(ctx, in.Input)
	if err != nil {
		return nil, err
	}
	out := &Model{Path: in.Path, Language: end.Name, Findings: m.Findings.Sort(), read: m}
	for _, src := range m.Sources[1:] {
		out.Imports = append(out.Imports, src.Path)
	}
	return out, nil
}

// others are the front ends of languages that a model may import files of.
func others(fronts []*front.End) []*front.End {
	if fronts == nil {
		fronts = Fronts
	}
	return fronts[:len(fronts)-1]
}

// owner returns the front end of a model, and a function that reads as the one
// of the input does, but the entry file only once: it may be a pipe.
func owner(in Input) (*front.End, func(string) ([]byte, error)) {
	all := in.Fronts
	if all == nil {
		all = Fronts
	}
	if i := slices.IndexFunc(all, func(e *front.End) bool { return e.Name == in.From }); i >= 0 {
		return all[i], in.Read
	}
	bytes, err := in.Read(in.Path)
	read := func(path string) ([]byte, error) {
		if path == in.Path {
			return bytes, err
		}
		return in.Read(path)
	}
	text := string(bytes)
	for _, end := range all[:len(all)-1] {
		if err != nil && end.Named(in.Path) || err == nil && end.Owns(in.Path, text) {
			return end, read
		}
	}
	return all[len(all)-1], read
}

// Named reports whether a file is a model by its name alone, in a language of
// one of the front ends; nil stands for all of flowc's own.
func Named(fronts []*front.End, path string) bool {
	if fronts == nil {
		fronts = Fronts
	}
	return slices.ContainsFunc(fronts, func(e *front.End) bool { return e.Named(path) })
}

// MayBe reports whether a file may be a model that somebody names: by its name, or by
// how that ends.
func MayBe(fronts []*front.End, file string) bool {
	if fronts == nil {
		fronts = Fronts
	}
	return Named(fronts, file) || slices.ContainsFunc(fronts, func(e *front.End) bool { return slices.Contains(e.Extensions, path.Ext(file)) })
}

// Style returns the text of a file in the one style of its language, or what
// keeps it from that. ok is false where the language has none.
func Style(fronts []*front.End, src *source.File) (text string, found diag.List, ok bool) {
	read := func(string) ([]byte, error) { return []byte(src.Text), nil }
	end, _ := owner(Input{Input: front.Input{Path: src.Path, Read: read}, Fronts: fronts})
	if end.Style == nil {
		return "", nil, false
	}
	text, found = end.Style(src)
	return text, found, true
}

// Load reads a model and what it imports.
func Load(path string, read func(path string) ([]byte, error)) *Model {
	m, err := LoadFrom(context.Background(), Input{Input: front.Input{Path: path, Read: read}})
	if err != nil {
		panic(err) // this context does not end
	}
	return m
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

// Draft returns what the texts of the model state, and what is wrong with that before any
// name is looked up. Its error is that of a context which ended.
func (m *Model) Draft(ctx context.Context) (*flow.Draft, diag.List, error) { return m.read.Draft(ctx) }

// Sources returns the files that the model was read from, the entry file first.
func (m *Model) Sources() []*source.File { return m.read.Sources }

// Asks reports whether the model's own file states a request.
func (m *Model) Asks() bool { return m.read.Asks }

// Declaration returns the text of the declaration that begins with some words,
// "route shop", or false where the model has none.
func (m *Model) Declaration(words []string) (string, bool) {
	for _, d := range m.read.Declarations() {
		if len(words) > 0 && len(d.Words) >= len(words) && slices.Equal(d.Words[:len(words)], words) {
			return d.At.Text(), true
		}
	}
	return "", false
}

// Declarations returns the names of what the model declares.
func (m *Model) Declarations() []string {
	var out []string
	for _, d := range m.read.Declarations() {
		out = append(out, d.Name)
	}
	return out
}

// Days are the days on which a model is judged, "2026-11-01". Where a day is
// not given, nothing is judged on it.
type Days struct {
	At    string // the day that somebody asks about: it is taken for the model's date
	Today string // judges where neither At nor the model names a day, but decides nothing that is drawn
}

// Compile is CompileOn no day but the model's own.
func (m *Model) Compile() {
	if err := m.CompileOn(context.Background(), Days{}); err != nil {
		panic(err) // this context does not end
	}
}

// CompileOn resolves the names of a loaded model and applies the rules, then
// the waivers. Where syntax or names are broken, the rules speak of the rest.
// Whether a waiver has ended is a matter of today, not of the model's date. Its
// error is that of a context which ended: then the model is of no use.
func (m *Model) CompileOn(ctx context.Context, days Days) error {
	topology, findings, err := m.complete(ctx)
	if err != nil {
		return err
	}
	topology.Date = cmp.Or(days.At, topology.Date)
	m.Topology = topology
	m.courses = flow.NewCache(topology)
	m.Findings = append(m.Findings, findings...)
	rules, err := check.RunWith(ctx, check.Options{Today: days.Today, Doubt: m.doubt()}, topology, m.courses)
	if err != nil {
		return err
	}
	if m.read.Advise != nil {
		m.read.Advise(topology, rules)
	}
	if m.read.Judge != nil {
		rules = m.read.Judge(topology, rules)
	}
	m.Findings = append(m.Findings, rules...)
	if m.lacksImport() {
		// what it declares is not known: a name that nothing declares follows from that
		m.Findings = slices.DeleteFunc(m.Findings, func(d diag.Diagnostic) bool { return d.Code == "FL120" || d.Code == "FL123" })
	}
	m.waive(days)
	return nil
}

// waive leaves out the findings that waivers answer for.
func (m *Model) waive(days Days) {
	opt := suppress.Options{
		Codes:    waivable(),
		Day:      cmp.Or(days.At, days.Today),
		Complete: !m.Findings.Broken() && !m.read.Partial,
		Unjudged: unjudged(cmp.Or(m.Topology.Date, days.Today)),
		File:     m.Waivers,
	}
	if m.Waivers != nil && m.read.Objects != nil {
		opt.Objects = m.read.Objects()
	}
	r := suppress.Apply(m.read.Comments(), m.Findings, opt)
	m.Findings, m.Ignored, m.Waived = r.Left.Sort(), r.Comments, r.Use
}

// complete makes the topology of the model's draft, and says what is wrong with
// its names.
func (m *Model) complete(ctx context.Context) (*flow.Topology, diag.List, error) {
	draft, findings, err := m.read.Draft(ctx)
	if err != nil {
		return nil, nil, err
	}
	topology, mistakes := flow.Complete(draft)
	findings = append(findings, check.Mistakes(mistakes)...)
	return topology, append(findings, takenViews(topology)...), ctx.Err()
}

// takenViews finds the declared views that have the name of one that every model
// has: only one of the two could be drawn under it.
func takenViews(topology *flow.Topology) diag.List {
	var out diag.List
	for _, v := range topology.Views {
		if !slices.ContainsFunc(view.Views, func(own *view.View) bool { return own.Name == v.Name }) || !v.At.Known() {
			continue
		}
		out = append(out, diag.Diagnostic{
			Code: "FL121", Severity: diag.Error, Broken: true, At: v.At,
			Message: fmt.Sprintf("view %q has the name of a view that flowc draws of every model", v.Name),
			Help:    "give it another name",
		})
	}
	return out
}

// doubt is what is not known of a model that is broken; nil for a whole one.
func (m *Model) doubt() *check.Doubt {
	if !m.Findings.Broken() {
		return nil
	}
	broken := slices.Clone(m.Topology.Unresolved)
	for _, d := range m.Findings {
		if d.Broken && d.At.Known() {
			broken = append(broken, d.At)
		}
	}
	torn := m.read.Torn(broken)
	return &check.Doubt{Places: torn.Places, Ports: torn.Ports, Reach: torn.Reach, Everything: torn.Everything}
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

// waivable are the codes that can be waived, in order: of the rules, and of what is wrong
// with texts of other languages than .flow. What of the latter stops pictures is shown all
// the same.
func waivable() []diag.Code {
	codes := make([]diag.Code, len(check.Rules))
	for i, r := range check.Rules {
		codes[i] = r.Code
	}
	for _, end := range Fronts[:len(Fronts)-1] {
		for _, c := range end.Codes() {
			codes = append(codes, c.Code)
		}
	}
	slices.Sort(codes)
	return codes
}

// Waivers reads a file of waivers.
func Waivers(src *source.File) *suppress.File { return suppress.ReadFile(src, waivable()) }

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

// MayGather reports whether a file may belong to a model of several files by its name alone.
func MayGather(fronts []*front.End, file string) bool {
	if fronts == nil {
		fronts = Fronts
	}
	return slices.ContainsFunc(fronts, func(e *front.End) bool { return e.Gathers != nil && slices.Contains(e.Extensions, path.Ext(file)) })
}

// Gathers reports whether a file belongs to a model of several files, by its name and its
// text.
func Gathers(fronts []*front.End, file, text string) bool {
	if fronts == nil {
		fronts = Fronts
	}
	return slices.ContainsFunc(fronts, func(e *front.End) bool { return e.Gathers != nil && e.Gathers(file, text) })
}

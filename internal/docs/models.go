package docs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// files finds the fences that are files of this document.
func (t *task) files() {
	t.texts = make(map[string]*document.Fence)
	for _, f := range t.doc.Fences {
		at := f.Attrs.Get("file")
		if at == nil {
			continue
		}
		name := path.Clean(at.Value)
		switch other := t.texts[name]; {
		case path.IsAbs(name), strings.HasPrefix(name, "../"), f.Model && !pipeline.Named(t.Fronts, name), path.Base(name) == ".flow":
			t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
				Message: fmt.Sprintf("file=%s is not the name of a model", at.Value), Help: "write file=NAME.flow"})
		case other != nil:
			t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
				Message: fmt.Sprintf("two fences are the file %q", name), Help: "give one of them another name",
				Related: []diag.Related{{Message: "the other one is here", At: other.At}}})
		default:
			t.texts[name] = f
		}
	}
}

// load compiles a model: a fence of the document, or a file. base is the folder
// that names of fences are taken from.
func (t *task) load(base, file string) *pipeline.Model {
	key := base + "\x00" + file
	if m := t.models[key]; m != nil {
		return m
	}
	m := t.compile(front.Input{Path: file, Read: t.reader(base), Data: t.data(base), Named: t.named(base), Same: t.Same})
	t.models[key] = m
	for _, src := range m.Sources() {
		if src.Name != t.doc.Path { // not a fence
			t.result.Inputs = append(t.result.Inputs, src.Path)
		}
	}
	if t.Waivers != nil {
		t.result.Inputs = append(t.result.Inputs, t.Waivers.Source.Name)
	}
	return m
}

// compile compiles a model and what it imports. Where the task's context has
// ended it is an empty one, which nothing is made of.
func (t *task) compile(in front.Input) *pipeline.Model {
	m, err := pipeline.LoadFrom(t.ctx, pipeline.Input{Input: in, Fronts: t.Fronts})
	if err == nil {
		m.Waivers = t.Waivers
		err = m.CompileOn(t.ctx, pipeline.Days{})
	}
	if err != nil {
		t.machine(err)
		m = pipeline.LoadText(in.Path, "")
		m.Compile()
	}
	return m
}

// loadFence compiles a fence. One that is no file has the document's name, which
// no model has: a model beside the document may have a similar one.
func (t *task) loadFence(f *document.Fence) *pipeline.Model {
	base := path.Dir(t.doc.Path)
	if at := f.Attrs.Get("file"); at != nil && t.texts[path.Clean(at.Value)] == f {
		return t.load(base, path.Join(base, at.Value))
	}
	t.unnamed = f
	defer func() { t.unnamed = nil }()
	delete(t.models, base+"\x00"+t.doc.Path) // of the fence before
	m := t.load(base, t.doc.Path)
	m.Topology.Name = "" // the document's name is no title of a picture in it
	return m
}

// fenceAt returns the fence that is the file at a path, nil where none is.
func (t *task) fenceAt(base, file string) *document.Fence {
	if t.unnamed != nil && file == t.doc.Path {
		return t.unnamed
	}
	if base == "." {
		return t.texts[path.Clean(file)]
	}
	name, ok := strings.CutPrefix(path.Clean(file), base+"/")
	if !ok {
		return nil
	}
	return t.texts[name]
}

// reader reads files, and fences in their place.
func (t *task) reader(base string) func(string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		if f := t.fenceAt(base, file); f != nil {
			return []byte(f.Padded()), nil
		}
		text, err := t.readModel(file)
		if err != nil { // it may come to be there
			t.result.Inputs = append(t.result.Inputs, file)
		}
		return text, err
	}
}

// data reads files that models name and that are not models, such as the maps of a
// configuration, and fences in their place.
func (t *task) data(base string) func(string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		if f := t.fenceAt(base, file); f != nil {
			return []byte(f.Padded()), nil
		}
		text, err := t.Read(file)
		t.result.Inputs = append(t.result.Inputs, file)
		return text, err
	}
}

// named calls fences by the name of the document.
func (t *task) named(base string) func(string) string {
	return func(file string) string {
		if t.fenceAt(base, file) != nil {
			return t.doc.Path
		}
		return file
	}
}

// sound holds the findings of a model against what may be found in it, and
// reports whether it can be shown. expected is the attribute error, nil where
// it is not there; at is where a model that cannot be shown is reported.
func (t *task) sound(m *pipeline.Model, expected *document.Attr, at source.Span) bool {
	codes := codesOf(m, diag.Error)
	if expected != nil {
		return t.expected(m, expected)
	}
	t.result.Findings = append(t.result.Findings, m.Findings...)
	if len(codes) == 0 {
		return true
	}
	if file := t.elsewhere(m); file != "" { // say what of this document they concern
		t.report(diag.Diagnostic{Code: codeUndrawn, Severity: diag.Error, At: at,
			Message: fmt.Sprintf("%q has errors (%s), and is not shown", file, strings.Join(codes, ", ")),
			Help:    fmt.Sprintf("correct them; error=%s says that the document is about them", strings.Join(codes, ","))})
	}
	return false
}

// elsewhere returns the file in which all errors of a model stand, or the first
// of several, where none stands in the document.
func (t *task) elsewhere(m *pipeline.Model) string {
	file := ""
	for _, d := range m.Findings {
		switch {
		case d.Severity != diag.Error:
		case !d.At.Known():
			file = cmp.Or(file, m.Path)
		case d.At.File.Name == t.doc.Path:
			return ""
		default:
			file = cmp.Or(file, d.At.File.Name)
		}
	}
	return file
}

func codeNames() []string {
	var out []string
	for _, d := range pipeline.Codes() {
		out = append(out, string(d.Code))
	}
	return out
}

// codesOf returns the codes of the findings of a severity, sorted.
func codesOf(m *pipeline.Model, severity diag.Severity) []string {
	var out []string
	for _, d := range m.Findings {
		if d.Severity == severity && !slices.Contains(out, string(d.Code)) {
			out = append(out, string(d.Code))
		}
	}
	slices.Sort(out)
	return out
}

// expected holds the findings of a model against those that it must have: all
// of its errors, and of its warnings those that are named.
func (t *task) expected(m *pipeline.Model, at *document.Attr) bool {
	wrong := func(code diag.Code, message, help string) bool {
		t.report(diag.Diagnostic{Code: code, Severity: diag.Error, At: at.At, Message: message, Help: help})
		return false
	}
	errs, warnings := codesOf(m, diag.Error), codesOf(m, diag.Warning)
	if at.Bare || at.Value == "true" {
		return len(errs) > 0 || wrong(codeExpected, "this model must have an error, and has none", "delete the word error")
	}
	want := strings.Split(at.Value, ",")
	for _, code := range want {
		if known := codeNames(); !slices.Contains(known, code) {
			message := fmt.Sprintf("unknown finding %q", code)
			if near, ok := spell.Typo(code, known); ok {
				message += fmt.Sprintf(", did you mean %q?", near)
			}
			return wrong(codeAttribute, message, "flowc rules --all lists them all")
		}
	}
	met := func(from, of []string) bool {
		return !slices.ContainsFunc(from, func(code string) bool { return !slices.Contains(of, code) })
	}
	if met(errs, want) && met(want, slices.Concat(errs, warnings)) {
		return true
	}
	found, help := "no error", "delete "+at.At.Text()
	if len(errs) > 0 {
		found = strings.Join(errs, ", ")
		help = "write error=" + strings.Join(errs, ",")
	}
	return wrong(codeExpected, fmt.Sprintf("this model must have the errors %s, and has %s", strings.Join(want, ", "), found), help)
}

// there reports whether a file can be read, or says at an attribute that it
// cannot.
func (t *task) there(r *document.Region, at *document.Attr, base, file string) bool {
	message, help := t.missing(at, base, file)
	return message == "" || t.fail(codeUndrawn, r, at, message, help)
}

// missing says why the file that an attribute names cannot be read, and what to
// do; "" where it can.
func (t *task) missing(at *document.Attr, base, file string) (message, help string) {
	if t.fenceAt(base, file) != nil {
		return "", ""
	}
	_, err := t.readModel(file)
	if err == nil {
		return "", ""
	}
	t.result.Inputs = append(t.result.Inputs, file) // it may come to be there
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("%q cannot be read: %v", file, bare(err)), ""
	}
	message = fmt.Sprintf("there is no file %q", file)
	if _, err := t.Read(at.Value); err == nil {
		return message, fmt.Sprintf("a path is relative to the document's folder: did you mean %q?", relative(path.Dir(t.doc.Path), at.Value))
	}
	if t.Near != nil {
		if near := t.Near(file); near != "" {
			return message, fmt.Sprintf("did you mean %q?", relative(base, near))
		}
	}
	return message, "a path is relative to the document's folder, or that which in= names"
}

// errNoModel refuses a file that is not called like a model. What a document
// shows is published: it shows models, and no other file of the machine.
var errNoModel = errors.New("the name of a model ends in .flow")

// readModel reads a model from a file.
func (t *task) readModel(file string) ([]byte, error) {
	if !pipeline.Named(t.Fronts, file) {
		return nil, errNoModel
	}
	return t.Read(file)
}

// bare is an error without the path that its message names already.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// relative is the path of a file as seen from a folder. Both are relative to
// one place, with slashes.
func relative(folder, file string) string {
	from, to := strings.Split(path.Clean(folder), "/"), strings.Split(path.Clean(file), "/")
	if from[0] == "." {
		from = nil
	}
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}

package docs

import (
	"path"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// fence compiles a fence where it stands, and says what is wrong with what it
// wants to be drawn.
func (t *task) fence(f *document.Fence) {
	if !f.Model || f.Attrs.On("ignore") {
		return
	}
	t.fenceModel(f)
}

// fenced is a fence that is to be drawn.
type fenced struct {
	Model   *pipeline.Model
	Plan    *pipeline.Plan // nil where the text of the model is shown
	Picture view.Picture
}

// fenceModel compiles a fence and chooses its picture; nil where something is
// wrong. A fence that names no view shows its text where it must fail, is a
// file, or has no request.
func (t *task) fenceModel(f *document.Fence) *fenced {
	m := t.modelOf(f)
	if m == nil {
		return nil
	}
	expected := f.Attrs.Get("error")
	ok := t.fenceFormat(f)
	if _, known := t.wordsWanted(f.Attrs); !known {
		ok = false
	}
	if !t.sound(m, expected, f.At) || !ok {
		return nil
	}
	out := &fenced{Model: m}
	if !m.Drawable() || !f.Attrs.Has("view") && (expected != nil || f.Attrs.Has("file") || len(m.Topology.Requests) == 0) {
		return out
	}
	out.Plan, out.Picture = t.plan(m, f.Attrs, f.At)
	if out.Picture == nil {
		return nil
	}
	return out
}

// modelOf compiles the model of a fence, or the file that it names instead; nil
// where there is none.
func (t *task) modelOf(f *document.Fence) *pipeline.Model {
	at := f.Attrs.Get("model")
	wrong := func(code diag.Code, message, help string) *pipeline.Model {
		t.report(diag.Diagnostic{Code: code, Severity: diag.Error, At: at.At, Message: message, Help: help})
		return nil
	}
	switch {
	case at == nil:
		return t.loadFence(f)
	case f.Attrs.Has("file"):
		return wrong(codeAttribute, "a fence is a file or shows one, not both", "delete model= or file=")
	case strings.TrimSpace(f.Body) != "":
		return wrong(codeAttribute, "a fence with model= shows that file, and has a text of its own", "delete the text, or model=")
	case path.IsAbs(at.Value):
		return wrong(codeAttribute, "the path of a model is absolute", "write it relative to the document")
	}
	base := path.Dir(t.doc.Path)
	file := path.Join(base, at.Value)
	if message, help := t.missing(at, base, file); message != "" {
		return wrong(codeUndrawn, message, help)
	}
	return t.load(base, file)
}

// fenceFormats are the formats in which a fence is drawn in its place.
var fenceFormats = []string{formatSVG, formatMermaid, formatText}

// fenceFormat says whether the format of a fence is one.
func (t *task) fenceFormat(f *document.Fence) bool {
	at := f.Attrs.Get("format")
	if at == nil {
		return true
	}
	return t.oneOf(at, "format of a fence", fenceFormats)
}

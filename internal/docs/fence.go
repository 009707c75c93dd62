package docs

import (
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

// Fenced is a fence that is to be drawn.
type Fenced struct {
	Model   *pipeline.Model
	Plan    *pipeline.Plan // nil where the text of the model is shown
	Picture view.Picture
}

// fenceModel compiles a fence and chooses its picture; nil where something is
// wrong. A fence that names no view shows its text where it must fail, is a
// file, or has no request.
func (t *task) fenceModel(f *document.Fence) *Fenced {
	m := t.loadFence(f)
	expected := f.Attrs.Get("error")
	ok := t.fenceFormat(f)
	if _, known := t.wordsWanted(f.Attrs); !known {
		ok = false
	}
	if !t.sound(m, expected, f.At) || !ok {
		return nil
	}
	out := &Fenced{Model: m}
	if !m.Drawable() || !f.Attrs.Has("view") && (expected != nil || f.Attrs.Has("file") || len(m.Topology.Requests) == 0) {
		return out
	}
	out.Plan, out.Picture = t.plan(m, f.Attrs, f.At)
	if out.Picture == nil {
		return nil
	}
	return out
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

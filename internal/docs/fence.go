package docs

import (
	"path"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/view"
)

// fence compiles a fence where it stands, and says what is wrong with what it
// wants to be drawn.
func (t *task) fence(f *document.Fence) {
	if !f.Model || f.Attrs.Has("ignore") {
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
	base := path.Dir(t.doc.Path)
	name := entryName(t.doc.Path, f)
	file := path.Join(base, name)
	if t.texts[name] == nil { // another name may be taken by a file on disk
		t.texts[name] = f
		defer delete(t.texts, name)
	}
	delete(t.models, base+"\x00"+file)
	m := t.load(base, file)
	expected := f.Attrs.Get("error")
	if !t.sound(m, expected, f.At) || !t.fenceFormat(f) {
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
	for _, known := range fenceFormats {
		if at.Value == known {
			return true
		}
	}
	t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
		Message: spell.Unknown("format of a fence", at.Value, fenceFormats).Error(), Help: "there are " + strings.Join(fenceFormats, ", ")})
	return false
}

// entryName is the name of the file that a fence is: its own, or one like the
// document's.
func entryName(doc string, f *document.Fence) string {
	if at := f.Attrs.Get("file"); at != nil {
		return path.Clean(at.Value)
	}
	base := path.Base(doc)
	return strings.TrimSuffix(base, path.Ext(base)) + ".flow"
}

package docs

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/filename"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// The formats of regions that are none of flowc's pictures.
const (
	formatSource   = "source"
	formatSVG      = "svg"
	formatGraphviz = "graphviz"
	formatMermaid  = "mermaid"
	formatMarkdown = "markdown"
	formatText     = "text"
	formatWords    = "words"
)

// modelFormats are the formats in which a region shows a model.
var modelFormats = []string{formatMermaid, formatSVG, formatGraphviz, formatMarkdown, formatText, formatWords, formatSource}

// modelRegion makes the body of a region that shows a model.
func (t *task) modelRegion(r *document.Region) ([]string, bool) {
	at := r.Attrs.Get("model")
	base := t.base(r)
	file := path.Join(base, at.Value)
	if path.IsAbs(at.Value) {
		return nil, t.fail(codeAttribute, r, at, "a model's path is relative to the document", "")
	}
	if document.LanguageOf(at.Value) != nil {
		return nil, t.fail(codeAttribute, r, at, fmt.Sprintf("%q is a document, not a model", at.Value), "a fence of this document is a model by its file=NAME.flow")
	}
	if !t.there(r, at, base, file) {
		return nil, false
	}
	format := r.Attrs.Value("format")
	if f := r.Attrs.Get("format"); f != nil && !t.oneOf(f, "format", modelFormats) {
		return nil, false
	}
	if format == formatSource && !t.takes(r, sourceKeys) {
		return nil, false
	}
	m := t.load(base, file)
	if !t.sound(m, r.Attrs.Get("error"), r.At) {
		return nil, false
	}
	if format == formatSource {
		return t.source(r, m)
	}
	if !m.Drawable() {
		return nil, t.fail(codeUndrawn, r, at, fmt.Sprintf("%q has broken syntax or names, and cannot be drawn", file), "show it with format=source, or what flowc check says of it with command=")
	}
	plan, pic := t.plan(m, r.Attrs, r.At)
	if pic == nil {
		return nil, false
	}
	return t.draw(r, m, plan, pic, format)
}

// plan chooses the one picture that attributes want of a model: a sequence
// where they name no view, of the first request where they name none. It
// returns nil where there is none, and reports why.
func (t *task) plan(m *pipeline.Model, a document.Attrs, at source.Span) (*pipeline.Plan, view.Picture) {
	choice, ok := t.choice(m, a)
	if !ok {
		return nil, nil
	}
	plans, _ := m.Plans(choice)
	if len(plans) == 0 {
		t.report(diag.Diagnostic{Code: codeUndrawn, Severity: diag.Error, At: at, Message: called(t, m) + " has no request to draw"})
		return nil, nil
	}
	pic, reason := plans[0].Picture()
	if pic == nil {
		t.report(diag.Diagnostic{Code: codeUndrawn, Severity: diag.Error, At: at, Message: fmt.Sprintf("%s of %s has nothing to draw: %s", plans[0].Name, called(t, m), reason)})
		return nil, nil
	}
	_, sequence := pic.(*view.Sequence)
	for _, of := range []struct {
		key string
		ok  bool
	}{{"request", plans[0].Request != nil}, {"show", sequence}} {
		if at := a.Get(of.key); at != nil && !of.ok {
			t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
				Message: fmt.Sprintf("%s= says nothing of %s", of.key, plans[0].Name), Help: "delete it, or choose another view"})
			return nil, nil
		}
	}
	return plans[0], pic
}

// called is how messages call a model.
func called(t *task, m *pipeline.Model) string {
	if m.Path == t.doc.Path {
		return "this model"
	}
	return strconv.Quote(m.Path)
}

// choice reads the attributes that choose a picture.
func (t *task) choice(m *pipeline.Model, a document.Attrs) (c pipeline.Choice, ok bool) {
	wrong := func(at *document.Attr, err error) bool {
		t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At, Message: err.Error()})
		return false
	}
	list := func(key string) []string {
		if v := a.Value(key); v != "" {
			return strings.Split(v, ",")
		}
		return nil
	}
	for _, part := range []struct {
		key string
		set func(c *pipeline.Choice)
	}{
		{"view", func(c *pipeline.Choice) { c.Views = []string{a.Value("view")} }},
		{"request", func(c *pipeline.Choice) { c.Requests = []string{a.Value("request")} }},
		{"route", func(c *pipeline.Choice) { c.Route = a.Value("route") }},
		{"only", func(c *pipeline.Choice) { c.Only = list("only") }},
		{"around", func(c *pipeline.Choice) { c.Around = list("around") }},
	} {
		at := a.Get(part.key)
		if at == nil {
			continue
		}
		var one pipeline.Choice
		part.set(&one)
		if err := one.Validate([]*pipeline.Model{m}); err != nil {
			return c, wrong(at, err)
		}
		part.set(&c)
	}
	if len(c.Views) == 0 {
		c.Views = []string{"sequence"}
	}
	if at := a.Get("show"); at != nil {
		show, err := pipeline.ParseShow(list("show"))
		if err != nil {
			return c, wrong(at, err)
		}
		c.Show = show
	}
	return c, true
}

// draw writes a picture in the format of a region.
func (t *task) draw(r *document.Region, m *pipeline.Model, plan *pipeline.Plan, pic view.Picture, format string) ([]string, bool) {
	w := t.writer()
	if format == "" {
		format = w.usual(pic)
	}
	kind := pictureKeys
	picture := format == formatSVG || format == formatGraphviz
	if picture {
		kind = svgKeys
	}
	if !t.takes(r, kind) {
		return nil, false
	}
	switch format {
	case formatMarkdown:
		return w.native(pic), true
	case formatWords:
		return w.prose(view.Describe(pic)), true
	}
	f, err := pipeline.Format(format)
	if err != nil {
		panic(err) // modelFormats has it
	}
	if !f.Fits(pic) {
		return nil, t.fail(codeAttribute, r, r.Attrs.Get("format"), fmt.Sprintf("%s cannot be drawn as %s", plan.Name, format), "leave format= out, or write format=svg or format=markdown")
	}
	look, ok := t.look(r.Attrs)
	if !ok {
		return nil, false
	}
	text, ok := t.emit(m, plan, pic, f, r.At, look)
	if !ok {
		return nil, false
	}
	if picture {
		return t.linked(r, stem(m, plan)+"."+f.Ext, text, view.Describe(pic))
	}
	return w.fence(format, string(text)), true
}

// emit draws. What is wrong with the picture is said at a place.
func (t *task) emit(m *pipeline.Model, plan *pipeline.Plan, pic view.Picture, f *emit.Format, at source.Span, opt emit.Options) ([]byte, bool) {
	text, found, err := t.Draw(t.ctx, m, plan, pic, f, opt)
	for _, d := range found {
		d.At = at
		t.report(d)
	}
	if err != nil {
		t.machine(err)
	}
	return text, err == nil && text != nil
}

// stem is the name of a picture beside its document: MODEL.VIEW[.REQUEST].
func stem(m *pipeline.Model, plan *pipeline.Plan) string {
	parts := []string{m.Topology.Name, plan.Name}
	if plan.Request != nil && plan.Several {
		parts = append(parts, plan.Request.Name)
	}
	for i, p := range parts {
		parts[i] = filename.Safe(p)
	}
	return strings.Join(parts, ".")
}

// linked writes a picture beside the document, by a name where out= gives none, and returns
// the link to it, with its words.
func (t *task) linked(r *document.Region, name string, svg []byte, words *view.Prose) ([]string, bool) {
	href := r.Attrs.Value("out")
	if href == "" {
		href = name
	}
	w := t.writer()
	alt := r.Attrs.Value("alt")
	wanted, ok := t.wordsWanted(r.Attrs)
	switch {
	case !ok:
		return nil, false
	case words != nil && alt == "":
		alt = words.Line()
	case words == nil && alt == "":
		return nil, t.fail(codeAttribute, r, nil, "a picture of a command has no words of its own", "say what it shows with alt=\"…\"")
	case words == nil && wanted:
		return nil, t.fail(codeAttribute, r, r.Attrs.Get("words"), "a picture of a command has no words of its own", "delete words=yes")
	}
	if !t.picture(r, href, svg) {
		return nil, false
	}
	body := w.image(href, alt)
	if wanted {
		body = append(append(body, ""), w.details(w, "In words", words)...)
	}
	return body, true
}

// source returns a model, or one declaration of it.
func (t *task) source(r *document.Region, m *pipeline.Model) ([]string, bool) {
	text := m.Sources()[0].Text
	if f := t.fenceAt(t.base(r), m.Path); f != nil {
		text = f.Body
	}
	if at := r.Attrs.Get("of"); at != nil {
		declared, ok := m.Declaration(strings.Fields(at.Value))
		if !ok {
			return nil, t.fail(codeAttribute, r, at, spell.Unknown("declaration", at.Value, m.Declarations()).Error(), "write of=\"route NAME\", as the declaration begins")
		}
		text = declared + "\n"
	}
	return t.writer().fence("flow", strings.TrimPrefix(text, "\ufeff")), true
}

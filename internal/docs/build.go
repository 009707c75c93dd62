// Package docs says what the regions of a document should hold. A document goes
// in, and out come its text with every region filled, the pictures that it
// links, and what is wrong: broken markers, models that cannot be drawn,
// regions that somebody edited. It reads through a function and writes nothing.
package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/view"
)

// Builder fills documents. Its functions may be called from several goroutines.
type Builder struct {
	// Read returns the text of a file by its path, with slashes.
	Read func(path string) ([]byte, error)
	// Same returns what tells whether two paths are one file. It may be nil.
	Same func(path string) string
	// Near returns the model whose path is nearest to one that is not there, ""
	// for none. It may be nil.
	Near func(path string) string
	// Run runs a command of flowc.
	Run func(Command) (Output, error)
	// Draw is pipeline.Model.Emit, or something that remembers what it made.
	Draw func(context.Context, *pipeline.Model, *pipeline.Plan, view.Picture, *emit.Format, emit.Options) ([]byte, diag.List, error)
	// Fronts are the front ends that read models; nil stands for all of flowc's own.
	Fronts []*front.End
	// Waivers are those of a file, for the models of all documents; nil for none.
	Waivers *suppress.File
	// Force writes over what somebody edited.
	Force bool
}

// Result is what became of one document.
type Result struct {
	Document *document.Document
	Text     string    // with every region as it should be; what was read where the document has errors
	Pictures []Picture // that its regions link
	Inputs   []string  // paths that its regions and fences were made from, sorted
	Findings diag.List // what is wrong with it and its models
	Stale    diag.List // regions and pictures that are not as they should be
}

// Picture is a file that a region links.
type Picture struct {
	Path   string // with slashes, as the document's
	Text   []byte
	Region *document.Region
}

// task is one document on its way.
type task struct {
	*Builder
	ctx    context.Context
	doc    *document.Document
	result *Result
	texts  map[string]*document.Fence // the fences that are files, by their names
	// unnamed is a fence that is no file, while it is compiled.
	unnamed  *document.Fence
	models   map[string]*pipeline.Model // by path
	pictures map[string]int             // places in result.Pictures, by path in lower case
	err      error                      // what the machine failed to do
}

// Build fills the regions of a document. Its error tells what the machine
// failed to do; what is wrong with the document is among the findings.
func (b *Builder) Build(ctx context.Context, file string, text []byte, lang *document.Language) (*Result, error) {
	doc := document.Parse(file, string(text), lang)
	t := &task{
		Builder: b, ctx: ctx, doc: doc,
		result: &Result{Document: doc, Text: string(text), Findings: slices.Clone(doc.Findings)},
		models: make(map[string]*pipeline.Model), pictures: make(map[string]int),
	}
	t.files()
	for _, f := range doc.Fences {
		t.fence(f)
	}
	bodies := make([][]string, len(doc.Regions))
	for i, r := range doc.Regions {
		bodies[i] = t.region(r)
	}
	slices.Sort(t.result.Inputs)
	t.result.Inputs = slices.Compact(t.result.Inputs)
	t.result.Findings = t.result.Findings.Sort()
	t.result.Stale = t.result.Stale.Sort()
	if t.result.Findings.Count(diag.Error) == 0 {
		t.result.Text = doc.Text(bodies)
	}
	return t.result, t.err
}

// region returns the new body of a region, nil where it stays as it is.
func (t *task) region(r *document.Region) []string {
	body, ok := t.fill(r)
	if !ok {
		return nil
	}
	same := r.Holds(body)
	switch {
	case same && r.Signed() && !r.Edited():
		return nil
	case !same && r.Edited() && !t.Force:
		message, help := "this region was edited by hand since flowc wrote it", "change the model, or let flowc write over it with --force"
		if !r.Signed() {
			message, help = "this region holds text that flowc did not write", "delete the text, or let flowc write over it with --force"
		}
		t.fail(codeEdited, r, nil, message, help)
		return nil
	}
	message := "this region is stale"
	if r.Empty() || !r.Signed() {
		message = "this region is not filled yet"
	}
	t.result.Stale = append(t.result.Stale, diag.Diagnostic{
		Code: codeStale, Severity: diag.Error, Message: message, At: r.At, Help: "flowc docs " + t.doc.Path + " writes it",
	})
	return body
}

// fill makes the body of a region; ok is false where it cannot be made, and the
// findings say why.
func (t *task) fill(r *document.Region) (body []string, ok bool) {
	a := r.Attrs
	switch model, command := a.Get("model"), a.Get("command"); {
	case model != nil && command != nil:
		return nil, t.fail(codeAttribute, r, command, "a region shows a model or the output of a command, not both", "delete one of them")
	case model == nil && command == nil:
		return nil, t.fail(codeAttribute, r, nil, "a region needs model=FILE or command=\"…\"", "write flow:begin model=FILE view=VIEW")
	case command != nil:
		if !t.takes(r, commandKeys) {
			return nil, false
		}
		return t.command(r)
	}
	return t.modelRegion(r)
}

// taken is the attributes that one kind of region takes, beside those that say
// what it shows.
type taken struct {
	what string
	keys []string
}

var (
	commandKeys = taken{"command=", []string{"format", "lang", "out", "alt", "words", "in"}}
	sourceKeys  = taken{"format=" + formatSource, []string{"format", "of", "error", "in"}}
	pictureKeys = taken{"a picture of a model in the text", []string{"format", "view", "request", "route", "only", "around", "show", "error", "in"}}
	svgKeys     = taken{"format=" + formatSVG, append([]string{"out", "alt", "words", "theme", "scheme", "width"}, pictureKeys.keys...)}
)

// takes reports the attributes of a region that say nothing of what it shows.
func (t *task) takes(r *document.Region, kind taken) bool {
	ok := true
	for _, a := range r.Attrs {
		if slices.Contains([]string{"model", "command", "sum"}, a.Key) || slices.Contains(kind.keys, a.Key) {
			continue
		}
		var where []string
		for _, other := range []taken{pictureKeys, svgKeys, sourceKeys, commandKeys} {
			if slices.Contains(other.keys, a.Key) && (other.what != svgKeys.what || len(where) == 0) {
				where = append(where, other.what)
			}
		}
		ok = t.fail(codeAttribute, r, &a, fmt.Sprintf("%s= does not go with %s", a.Key, kind.what), "delete it; it goes with "+strings.Join(where, " or "))
	}
	return ok
}

// oneOf reports an attribute whose value is not one of those that are known.
func (t *task) oneOf(at *document.Attr, what string, known []string) bool {
	if slices.Contains(known, at.Value) {
		return true
	}
	t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
		Message: fmt.Sprintf("unknown %s %q%s", what, at.Value, spell.DidYouMean(at.Value, known)), Help: "there are " + strings.Join(known, ", ")})
	return false
}

// wordsWanted reports whether the words of a picture are to stand below it; ok
// is false where the attribute says neither.
func (t *task) wordsWanted(a document.Attrs) (wanted, ok bool) {
	at := a.Get("words")
	if at == nil || at.Bare {
		return at != nil, true
	}
	return a.On("words"), at.Value == "true" || at.Value == "false" || t.oneOf(at, "value of words=", []string{"yes", "no"})
}

// fail reports an error at an attribute of a region, or at its marker, and
// returns false.
func (t *task) fail(code diag.Code, r *document.Region, at *document.Attr, message, help string) bool {
	span := r.At
	if at != nil {
		span = at.At
	}
	t.report(diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, At: span, Help: help})
	return false
}

func (t *task) report(d diag.Diagnostic) { t.result.Findings = append(t.result.Findings, d) }

// machine remembers what the machine failed to do.
func (t *task) machine(err error) { t.err = errors.Join(t.err, err) }

// base is the folder that the paths of a region are relative to.
func (t *task) base(r *document.Region) string {
	return path.Join(path.Dir(t.doc.Path), r.Attrs.Value("in"))
}

// picture adds a picture that a region links, unless the place is taken.
func (t *task) picture(r *document.Region, href string, text []byte) bool {
	at := r.Attrs.Get("out")
	if path.IsAbs(href) || strings.Contains(href, "\\") || strings.Contains(href, ":") {
		return t.fail(codeAttribute, r, at, fmt.Sprintf("out=%s is not a path relative to the document", href), "write out=NAME.svg, with slashes")
	}
	if slices.Contains(strings.Split(strings.ToLower(path.Clean(href)), "/"), ".git") {
		return t.fail(codeAttribute, r, at, fmt.Sprintf("out=%s lies in the folder of Git", href), "write it beside the document")
	}
	if path.Ext(href) != ".svg" {
		return t.fail(codeAttribute, r, at, fmt.Sprintf("%q does not end in .svg", href), "write out=NAME.svg")
	}
	p := Picture{Path: path.Join(path.Dir(t.doc.Path), href), Text: signed(text), Region: r}
	id := strings.ToLower(p.Path)
	if i, ok := t.pictures[id]; ok {
		other := t.result.Pictures[i]
		if other.Path == p.Path && bytes.Equal(other.Text, p.Text) {
			return true
		}
		t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: r.At,
			Message: fmt.Sprintf("two regions write different pictures to %q", p.Path), Help: "give one of them out=NAME.svg",
			Related: []diag.Related{{Message: "the other one is here", At: other.Region.At}}})
		return false
	}
	t.pictures[id] = len(t.result.Pictures)
	t.result.Pictures = append(t.result.Pictures, p)
	return t.compare(p)
}

// compare holds a picture against the file that is there.
func (t *task) compare(p Picture) bool {
	have, err := t.Read(p.Path)
	stale := func(message string) {
		t.result.Stale = append(t.result.Stale, diag.Diagnostic{
			Code: codePicture, Severity: diag.Error, At: p.Region.At,
			Message: fmt.Sprintf("the picture %q %s", p.Path, message), Help: "flowc docs " + t.doc.Path + " writes it",
		})
	}
	switch {
	case err != nil:
		stale("is missing")
	case sameText(have, p.Text):
	case !t.Force && len(have) > 0 && !bytes.HasPrefix(have, []byte(svgStart)):
		return t.fail(codeEdited, p.Region, nil, fmt.Sprintf("%q is there and is not a picture of flowc", p.Path), "choose another file with out=NAME.svg, or write over it with --force")
	case !t.Force && editedPicture(have):
		return t.fail(codeEdited, p.Region, nil, fmt.Sprintf("%q was edited by hand since flowc wrote it", p.Path), "change the model, or write over it with --force")
	default:
		stale("is stale")
	}
	return true
}

// sameText compares two texts less the line breaks that a checkout may change.
func sameText(a, b []byte) bool {
	return bytes.Equal(lineFeeds(a), lineFeeds(b))
}

// Conflict is the finding that two documents write different pictures to one
// file.
func Conflict(a, b Picture) diag.Diagnostic {
	return diag.Diagnostic{
		Code: codeAttribute, Severity: diag.Error, At: b.Region.At,
		Message: fmt.Sprintf("two documents write different pictures to %q", b.Path), Help: "give one of them out=NAME.svg",
		Related: []diag.Related{{Message: "the other one is here", At: a.Region.At}},
	}
}

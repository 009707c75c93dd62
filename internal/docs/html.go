package docs

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/filename"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// Source is a fence as an engine hands it over.
type Source struct {
	File    string // the document, with slashes
	Info    string // what stands behind the word flow
	Body    string // without the prefixes of lists and quotes
	Line    int    // of the document, on which Body begins, from 1; 0: it is looked for
	Columns int    // that stand before each line
}

// HTML returns what a page shows in the place of a fence: one block of HTML
// without blank lines, for Markdown ends a block at them. It is nil where the
// findings have an error.
func (b *Builder) HTML(ctx context.Context, src Source) ([]byte, *Result, error) {
	doc, err := b.documentOf(src.File)
	if err != nil {
		return nil, nil, err
	}
	if src.Line == 0 {
		src.Line = 1
		asked, _ := doc.NewFence(src.Info, src.Body, src.Line, src.Columns)
		if f := doc.Find(src.Body, asked.Attrs); f != nil {
			src.Line, src.Columns = f.Line, f.Columns()
		}
	}
	t := &task{Builder: b, ctx: ctx, doc: doc, result: &Result{Document: doc}, models: make(map[string]*pipeline.Model)}
	t.files()
	t.result.Findings = nil // what is wrong with other fences is said at them
	f, found := doc.NewFence(src.Info, src.Body, src.Line, src.Columns)
	t.result.Findings = append(t.result.Findings, found...)
	var out []byte
	if len(found) == 0 {
		out = t.html(f)
	}
	t.result.Findings = t.result.Findings.Sort()
	if t.result.Findings.Count(diag.Error) > 0 || t.err != nil {
		out = nil
	}
	return out, t.result, t.err
}

// documentOf parses the document of a fence. One that is not there, as an
// editor's, is empty.
func (b *Builder) documentOf(file string) (*document.Document, error) {
	lang := document.LanguageOf(file)
	if lang == nil {
		lang = document.Markdown
	}
	text, err := b.Read(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", file, bare(err))
	}
	return document.Parse(file, string(text), lang), nil
}

// html writes a fence.
func (t *task) html(f *document.Fence) []byte {
	if f.Attrs.On("ignore") {
		return preformatted("language-flow", f.Body)
	}
	shown := t.fenceModel(f)
	if shown == nil {
		return nil
	}
	if shown.Plan == nil {
		body := f.Body
		if f.Attrs.Has("model") {
			body = shown.Model.Sources()[0].Text
		}
		out := preformatted("language-flow", body)
		if f.Attrs.Has("error") {
			out = append(out, preformatted("language-text", t.findingsOf(f, shown.Model))...)
		}
		return out
	}
	format := f.Attrs.Value("format")
	if format == "" {
		format = formatSVG
	}
	chosen, err := pipeline.Format(format)
	if err != nil {
		panic(err) // fenceFormats has it
	}
	if !chosen.Fits(shown.Picture) {
		t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: f.Attrs.Get("format").At,
			Message: fmt.Sprintf("%s cannot be drawn as %s", shown.Plan.Name, format), Help: "write format=svg"})
		return nil
	}
	look, ok := t.look(f.Attrs)
	if !t.drawnOnly(f, format) || !ok {
		return nil
	}
	look.Name, look.Scheme = fenceID(t.doc.Path, f), cmp.Or(look.Scheme, emit.OfPage)
	text, ok := t.emit(shown.Model, shown.Plan, shown.Picture, chosen, f.At, look)
	if !ok {
		return nil
	}
	switch format {
	case formatMermaid:
		return []byte("<pre class=\"mermaid\">" + kept(string(text)) + "</pre>\n")
	case formatText:
		return preformatted("language-text", string(text))
	}
	var out bytes.Buffer
	out.WriteString("<figure class=\"flowc\" style=\"margin: 1em 0; overflow-x: auto\">\n")
	out.Write(withoutBlankLines(fitted(text)))
	if words, _ := t.wordsWanted(f.Attrs); words {
		words := wordsHTML(`<details style="text-align: start">`, "In words", view.Describe(shown.Picture), func(s string) string { return html.EscapeString(oneLine(s)) })
		out.WriteString(strings.Join(words, "\n") + "\n")
	}
	out.WriteString("</figure>\n")
	return out.Bytes()
}

// fenceID is the name of a fence's picture, which is that of no other on the
// page, also where an engine makes one page of many documents.
func fenceID(file string, f *document.Fence) string {
	stem := strings.TrimSuffix(path.Clean(file), path.Ext(file))
	return filename.Safe(fmt.Sprintf("%s-%d", strings.Trim(strings.ReplaceAll(stem, "/", "-"), ".-"), f.Line))
}

// findingsOf is what flowc check says of the model of a fence that must fail,
// which its readers see from its first line on.
func (t *task) findingsOf(f *document.Fence, m *pipeline.Model) string {
	base := path.Dir(t.doc.Path)
	if !f.Attrs.Has("model") {
		m = t.fromFirstLine(f, base)
	}
	var out bytes.Buffer
	diag.WriteText(&out, m.Findings, diag.TextOptions{Links: diag.NoLinks})
	return out.String()
}

// fromFirstLine compiles the model of a fence as if it stood alone in a file.
func (t *task) fromFirstLine(f *document.Fence, base string) *pipeline.Model {
	m := t.compile(front.Input{
		Path: t.doc.Path, Same: t.Same,
		Read: func(file string) ([]byte, error) {
			if file == t.doc.Path {
				return []byte(f.Body), nil
			}
			if other := t.fenceAt(base, file); other != nil {
				return []byte(other.Body), nil
			}
			return t.readModel(file)
		},
		Named: func(file string) string {
			if file == t.doc.Path {
				return path.Clean(cmp.Or(f.Attrs.Value("file"), "model.flow"))
			}
			return relative(base, file)
		},
	})
	return m
}

// preformatted shows a text as it is.
func preformatted(class, text string) []byte {
	return []byte("<pre style=\"overflow-x: auto\"><code class=\"" + class + "\">" + kept(text) + "</code></pre>\n")
}

// kept is a text in which HTML means nothing, and which has no blank line.
func kept(text string) string {
	text = html.EscapeString(strings.TrimRight(text, "\n"))
	for strings.Contains(text, "\n\n") {
		text = strings.ReplaceAll(text, "\n\n", "\n&#10;")
	}
	return text
}

// svgWidth is the width of a picture of flowc.
var svgWidth = lazy.Regexp(`^(<svg [^>]*width="(\d+)")`)

// least is the part of its width to which a picture is made smaller for a
// narrow page. Below it its text is too small to read, and it is scrolled.
const least = 0.7

// fitted is a picture that a narrow page shows smaller.
func fitted(svg []byte) []byte {
	m := svgWidth.Get().FindSubmatch(svg)
	if m == nil {
		return svg
	}
	width, err := strconv.Atoi(string(m[2]))
	if err != nil {
		return svg
	}
	style := fmt.Sprintf(` style="max-width: 100%%; min-width: %dpx; height: auto"`, int(least*float64(width)))
	return slices.Concat(m[1], []byte(style), svg[len(m[1]):])
}

func withoutBlankLines(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 {
			out = append(out, line...)
		}
	}
	return out
}

// wordsHTML are the words of a picture, hidden until a reader opens them, as
// lines of one block of HTML.
func wordsHTML(open, summary string, p *view.Prose, text func(string) string) []string {
	out := []string{open, "<summary>" + text(summary) + "</summary>"}
	for _, part := range p.Parts {
		if part.Title != "" {
			out = append(out, "<p><strong>"+text(part.Title)+"</strong></p>")
		}
		if len(part.Facts) > 0 {
			out = append(out, "<p>"+text(strings.Join(part.Facts, " "))+"</p>")
		}
		if len(part.Steps) > 0 {
			out = append(out, "<ul>")
			for _, s := range part.Steps {
				out = append(out, "<li>"+text(s)+"</li>")
			}
			out = append(out, "</ul>")
		}
	}
	if len(p.Foot) > 0 {
		out = append(out, "<p>"+text(strings.Join(p.Foot, " "))+"</p>")
	}
	return append(out, "</details>")
}

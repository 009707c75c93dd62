package docs

import (
	"strings"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// writer writes what a region holds in the language of its document, as lines
// without the region's prefix.
type writer struct {
	// fence shows a text in a language as it is.
	fence func(lang, text string) []string
	// image links a picture.
	image func(href, alt string) []string
	// details hides the words of a picture until a reader opens them.
	details func(w *writer, summary string, p *view.Prose) []string
	// paragraph and items are prose; table is a table's part under one title.
	paragraph func(text string) []string
	items     func(texts []string) []string
	table     func(t *view.Table, s *view.Section) []string
	// title heads a part of a region, below every heading of the document.
	title func(text string) []string
	// mermaid reports whether drawings are Mermaid unless a region says otherwise.
	mermaid bool
}

// writers are those of all languages.
var writers = map[*document.Language]*writer{
	document.Markdown: markdownWriter(emit.MarkdownText, emit.MarkdownText, htmlDetails),
	document.MDX:      markdownWriter(mdxText, mdxAlt, mdxDetails),
	document.Asciidoc: asciidocWriter,
	document.RST:      rstWriter,
}

func (t *task) writer() *writer { return writers[t.doc.Language] }

// usual is the format of a picture where a region names none.
func (w *writer) usual(pic view.Picture) string {
	switch f := pipeline.Pasted(pic); {
	case f.Name != formatMermaid:
		return formatMarkdown
	case w.mermaid:
		return formatMermaid
	}
	return formatSVG
}

// native writes a picture in the markup of the document: tables as tables, all
// else as sentences.
func (w *writer) native(pic view.Picture) []string {
	table, ok := pic.(*view.Table)
	if !ok {
		return w.prose(view.Describe(pic))
	}
	var out []string
	for _, s := range table.Sections {
		if len(s.Rows) == 0 {
			continue
		}
		if s.Title != "" {
			out = block(out, w.title(s.Title))
		}
		out = block(out, w.table(table, s))
	}
	for _, foot := range table.Foot {
		out = block(out, w.paragraph(foot))
	}
	return out
}

// prose writes sentences: what holds as a paragraph, what happens as a list.
func (w *writer) prose(p *view.Prose) []string {
	var out []string
	for _, part := range p.Parts {
		if part.Title != "" {
			out = block(out, w.title(part.Title))
		}
		if len(part.Facts) > 0 {
			out = block(out, w.paragraph(strings.Join(part.Facts, " ")))
		}
		if len(part.Steps) > 0 {
			out = block(out, w.items(part.Steps))
		}
	}
	if len(p.Foot) > 0 {
		out = block(out, w.paragraph(strings.Join(p.Foot, " ")))
	}
	return out
}

// block adds lines behind a blank one.
func block(to, lines []string) []string {
	if len(to) > 0 && len(lines) > 0 {
		to = append(to, "")
	}
	return append(to, lines...)
}

// oneLine is a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// longer returns a run of a sign that is longer than each run of it in a text,
// and not shorter than least.
func longer(sign byte, text string, least int) string {
	run := 0
	for i := range len(text) {
		if text[i] != sign {
			run = 0
			continue
		}
		if run++; run >= least {
			least = run + 1
		}
	}
	return strings.Repeat(string(sign), least)
}

// cells returns the texts of a row, one for each column, and what was found at
// it behind the last.
func cells(t *view.Table, r *view.TableRow) []string {
	out := make([]string, len(t.Columns))
	for i := range out {
		if i < len(r.Cells) {
			out[i] = oneLine(r.Cells[i].Text)
		}
	}
	var found []string
	for _, m := range r.Marks {
		found = append(found, strings.TrimSpace(m.Code+" "+m.Message))
	}
	if len(found) > 0 && len(out) > 0 {
		out[len(out)-1] = strings.TrimSpace(out[len(out)-1] + " (" + strings.Join(found, "; ") + ")")
	}
	return out
}

func headings(t *view.Table) []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, oneLine(c.Heading()))
	}
	return out
}

// Package document reads the documents that flowc keeps true: Markdown, MDX,
// AsciiDoc and reStructuredText. A text goes in; the regions that flowc fills
// and the fences that hold models come out, each with its place, and a text
// with other regions can be made of it. It knows no model and no picture.
package document

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// Document is one document as it was read.
type Document struct {
	Path     string // as messages name it, with slashes
	Language *Language
	Source   *source.File // the text without byte order mark, its line breaks as "\n"
	Regions  []*Region    // in the order of the text, as the fences
	Fences   []*Fence
	Findings diag.List // what is wrong with markers and their attributes

	mark  string   // the byte order mark, or ""
	lines []string // of Source, with carriage returns that end no line
	ends  []string // the line break of each line: "\n", "\r\n"; "" for the last
}

// Region is a part of a document that flowc writes: what stands between its two
// markers.
type Region struct {
	At     source.Span // the begin marker, as a whole
	Attrs  Attrs
	Prefix string // what each line of the region begins with: "> ", "   "
	Body   []string

	document    *Document
	first, last int // the lines between the markers, from 1; first > last where there are none
	parent      any // what the region stands in: its end must stand in the same
}

// Fence is a model that stands in a document, or another file of it that
// commands read.
type Fence struct {
	Model bool        // it is in the language flow
	At    source.Span // the word flow that makes it one, or the attribute file
	Attrs Attrs
	Body  string // without the prefixes of lists and quotes; ends in a line break unless it is empty
	Line  int    // the line of the document at which Body begins, from 1

	columns []int // of each line of Body: how many columns stand before it in the document
	last    int   // the line that closes it, or the last of the text
}

// Language is a language that documents are written in.
type Language struct {
	Name string
	Exts []string // of its files: ".md"
	scan func(*scanner)
	// comment returns a marker as a comment of the language.
	comment func(text string) string
	// tight: no blank line parts a marker from what it marks.
	tight bool
	// formatted: formatters change texts without changing what they say.
	formatted bool
}

// languages are those that Parse reads.
var languages = []*Language{Markdown, MDX, Asciidoc, RST}

// LanguageOf returns the language of a file by its extension, nil for none.
func LanguageOf(file string) *Language {
	ext := strings.ToLower(path.Ext(file))
	for _, l := range languages {
		if slices.Contains(l.Exts, ext) {
			return l
		}
	}
	return nil
}

// Extensions returns the extensions of all documents, for messages.
func Extensions() []string {
	var out []string
	for _, l := range languages {
		out = append(out, l.Exts...)
	}
	return out
}

const byteOrderMark = "\ufeff"

// Parse finds the regions and fences of a document. It always returns a
// document: what is wrong with it is among its findings, and a region with a
// broken marker is not among its regions.
func Parse(file, text string, lang *Language) *Document {
	d := &Document{Path: file, Language: lang}
	if strings.HasPrefix(text, byteOrderMark) {
		d.mark, text = byteOrderMark, text[len(byteOrderMark):]
	}
	var lines []string
	for line := range strings.Lines(text) {
		body, end := strings.TrimSuffix(line, "\n"), ""
		if body != line {
			end = "\n"
			if cut, ok := strings.CutSuffix(body, "\r"); ok {
				body, end = cut, "\r\n"
			}
		}
		lines, d.ends = append(lines, body), append(d.ends, end)
	}
	if n := len(d.ends); n == 0 || d.ends[n-1] != "" {
		lines, d.ends = append(lines, ""), append(d.ends, "")
	}
	d.lines = lines
	d.Source = source.NewFile(file, strings.Join(lines, "\n"))
	if at := strings.IndexByte(d.Source.Text, 0); at >= 0 {
		d.report(codeUnreadable, d.Source.Span(at, at+1), "the document has a NUL byte", "save it as UTF-8")
		return d
	}
	if at := invalid(d.Source.Text); at >= 0 {
		d.report(codeUnreadable, d.Source.Span(at, at+1), "the document is not UTF-8", "save it as UTF-8")
		return d
	}
	s := &scanner{doc: d, src: d.Source}
	lang.scan(s)
	s.end()
	d.Findings = d.Findings.Sort()
	return d
}

// invalid is where a text stops to be UTF-8, -1 where it is.
func invalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for at, r := range text {
		if _, size := utf8.DecodeRuneInString(text[at:]); r == utf8.RuneError && size == 1 {
			return at
		}
	}
	return -1
}

func (d *Document) report(code diag.Code, at source.Span, message, help string) *diag.Diagnostic {
	d.Findings = append(d.Findings, diag.Diagnostic{
		Code: code, Severity: diag.Error, Message: message, At: at, Help: help,
	})
	return &d.Findings[len(d.Findings)-1]
}

// Text returns the text of the document with other regions: bodies holds, for
// each of Regions, its new lines without prefix, and nil where it stays as it
// is, marker and all. A marker gets the checksum of its new body.
func (d *Document) Text(bodies [][]string) string {
	var b strings.Builder
	b.WriteString(d.mark)
	next := 1 // the first line that is not yet written
	for i, r := range d.Regions {
		if bodies[i] == nil {
			continue
		}
		d.copyLines(&b, next, r.beginLine()-1)
		end := d.ends[r.beginLine()-1]
		marker := d.Source.Text[d.Source.LineSpan(r.beginLine()).Start:r.At.Start] + r.marker(bodies[i])
		b.WriteString(strings.ReplaceAll(marker, "\n", end))
		b.WriteString(end)
		for _, line := range r.lines(bodies[i]) {
			b.WriteString(line)
			b.WriteString(end)
		}
		next = r.last + 1
	}
	d.copyLines(&b, next, len(d.ends))
	return b.String()
}

// copyLines copies lines first to last as they are.
func (d *Document) copyLines(b *strings.Builder, first, last int) {
	for n := first; n <= last; n++ {
		b.WriteString(d.lines[n-1])
		b.WriteString(d.ends[n-1])
	}
}

// beginLine is the line at which the begin marker begins.
func (r *Region) beginLine() int { return r.document.Source.Position(r.At.Start).Line }

// lines returns a body as it stands between the markers.
func (r *Region) lines(body []string) []string {
	out := slices.Clone(body)
	if !r.document.Language.tight {
		out = append(append([]string{""}, out...), "")
	}
	for i, line := range out {
		out[i] = strings.TrimRight(r.Prefix+line, " \t")
		if line != "" {
			out[i] = r.Prefix + line
		}
	}
	return out
}

// Padded returns the model of a fence as a text in which everything has the
// line and the column that it has in the document.
func (f *Fence) Padded() string {
	var b strings.Builder
	b.WriteString(strings.Repeat("\n", f.Line-1))
	i := 0
	for line := range strings.Lines(f.Body) {
		if strings.TrimRight(line, "\r\n") != "" {
			b.WriteString(strings.Repeat(" ", f.columns[i]))
		}
		b.WriteString(line)
		i++
	}
	return b.String()
}

// LastLine returns the line of the document at which the fence ends.
func (f *Fence) LastLine() int { return f.last }

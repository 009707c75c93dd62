package docs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// Inline returns the text of a Markdown document with the HTML of each fence in
// its place. An engine may have changed the text since it read it from the file:
// what is wrong with a fence is said where it stands in the file.
func (b *Builder) Inline(ctx context.Context, file, text string) (string, *Result, error) {
	doc := document.Parse(file, text, document.Markdown)
	if onDisk, err := b.Read(file); err == nil {
		doc.Locate(document.Parse(file, string(onDisk), document.Markdown))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("%s: %w", file, bare(err))
	}
	t := &task{Builder: b, ctx: ctx, doc: doc, result: &Result{Document: doc}, models: make(map[string]*pipeline.Model)}
	t.files()
	html := make([][]byte, len(doc.Fences))
	for i, f := range doc.Fences {
		if f.Model {
			html[i] = t.html(f)
		}
	}
	t.result.Findings = t.result.Findings.Sort()
	if t.err != nil || t.result.Findings.Count(diag.Error) > 0 {
		return "", t.result, t.err
	}
	return replaced(doc, html), t.result, nil
}

// replaced puts HTML in the place of fences, in the list item or quote that
// each of them stands in.
func replaced(doc *document.Document, html [][]byte) string {
	var out strings.Builder
	next := 1
	for i, f := range doc.Fences {
		if html[i] == nil {
			continue
		}
		for ; next < f.Opener(); next++ {
			out.WriteString(doc.Source.Line(next) + "\n")
		}
		first, rest := f.Prefixes()
		prefix := first
		for line := range strings.Lines(string(html[i])) {
			out.WriteString(prefix + line)
			prefix = rest
		}
		next = f.LastLine() + 1
	}
	for ; next <= doc.Source.Lines(); next++ {
		out.WriteString(doc.Source.Line(next))
		if next < doc.Source.Lines() {
			out.WriteString("\n")
		}
	}
	return out.String()
}

package emit

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// mermaid writes flowcharts and sequences for Mermaid 10.0.2 and later.
var mermaid = &Format{
	Name: "mermaid",
	Ext:  "mmd",
	Doc:  "Mermaid, which GitHub, GitLab and most documentation tools draw from text",
	Fits: isDrawing,
	Emit: func(_ context.Context, pic view.Picture, _ Options) ([]byte, diag.List, error) {
		out, findings := mermaidSource(pic, true)
		return out, findings, nil
	},
}

// What Mermaid draws unless a site raises its maxTextSize and maxEdges. Above
// either it draws an error in place of the picture.
const (
	mermaidMaxText  = 50_000 // UTF-16 code units
	mermaidMaxEdges = 500
)

// isDrawing reports whether a picture is boxes or lifelines.
func isDrawing(pic view.Picture) bool {
	switch pic.(type) {
	case *view.Flowchart, *view.Sequence:
		return true
	case *view.Table:
		return false
	}
	panic("emit: unknown picture")
}

// mermaidSource returns the source of a drawing, or none and a diagnostic
// where Mermaid would refuse it. Framed draws its title and its foot, too.
func mermaidSource(pic view.Picture, framed bool) ([]byte, diag.List) {
	var out []byte
	edges := 0
	switch pic := pic.(type) {
	case *view.Flowchart:
		out, edges = mermaidFlowchart(pic, framed), len(pic.Edges)
	case *view.Sequence:
		out = mermaidSequence(pic, framed)
	default:
		panic("emit: Mermaid draws no tables")
	}
	title := strings.Join(textLines(pic.Header().Title), " ")
	if edges > mermaidMaxEdges {
		return nil, diag.List{mermaidTooLarge(title, "arrows", edges, mermaidMaxEdges)}
	}
	if size := utf16Len(string(out)); size > mermaidMaxText {
		return nil, diag.List{mermaidTooLarge(title, "characters of source", size, mermaidMaxText)}
	}
	return out, nil
}

func mermaidTooLarge(title, what string, have, limit int) diag.Diagnostic {
	return diag.Diagnostic{
		Code:     codeMermaidLimit,
		Severity: diag.Error,
		Message:  fmt.Sprintf("%q is too large for Mermaid: %d %s, it draws at most %d", title, have, what, limit),
		Help:     "keep less of it with `--only NAME,…`, fold it with `collapse servers` or `collapse routes` in a view, or render it with `--format svg`",
	}
}

// utf16Len is the length of a string as JavaScript counts it.
func utf16Len(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// mermaidHead begins a diagram: its title where it is framed, its settings, its
// kind, and the name and description for screen readers.
func mermaidHead(b *strings.Builder, kind, settings string, head *view.Head, framed bool) {
	b.WriteString("---\n")
	if framed {
		fmt.Fprintf(b, "title: \"%s\"\n", mermaidTitle(head.Title))
	}
	b.WriteString(settings + "---\n")
	fmt.Fprintf(b, "%s\n  accTitle: %s\n", kind, mermaidLine(head.Title))
	if head.Desc != "" {
		fmt.Fprintf(b, "  accDescr: %s\n", mermaidLine(head.Desc))
	}
}

// mermaidLines escapes each text and puts it on a line of its own, leaving out
// empty ones.
func mermaidLines(texts ...string) string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, mermaidText(text))
		}
	}
	if len(out) == 0 {
		return mermaidText("")
	}
	return strings.Join(out, "<br/>")
}

// markLines is what a picture says of its faults on the spot.
func markLines(marks []view.Mark) []string {
	out := make([]string, 0, len(marks))
	for _, m := range marks {
		out = append(out, strings.TrimSpace(lookOf(m).char+" "+joinNonEmpty(" ", m.Code, markSaid(m))))
	}
	return out
}

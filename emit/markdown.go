package emit

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// markdown writes a table as one in GitHub's dialect, and a drawing as a fenced
// Mermaid block under its title. Lines end without blanks, and one blank line
// parts every two blocks, as formatters leave it.
var markdown = &Format{
	Name: "markdown",
	Ext:  "md",
	Doc:  "tables as Markdown, drawings as a Mermaid block in it",
	Fits: func(view.Picture) bool { return true },
	Emit: func(_ context.Context, pic view.Picture, _ Options) ([]byte, diag.List, error) {
		var b bytes.Buffer
		head := pic.Header()
		title := markdownText(head.Title)
		if title == "" {
			title = "Untitled"
		}
		fmt.Fprintf(&b, "# %s\n", title)
		switch pic := pic.(type) {
		case *view.Table:
			markdownTable(&b, pic, "##")
		case *view.Flowchart:
			if pic.Above != nil {
				markdownTable(&b, pic.Above, "##")
			}
		}
		if isDrawing(pic) {
			source, findings := mermaidSource(pic, false)
			if len(findings) > 0 {
				return nil, findings, nil
			}
			fmt.Fprintf(&b, "\n```mermaid\n%s```\n", source)
		}
		markdownFoot(&b, head.Foot)
		return b.Bytes(), nil, nil
	},
}

// markdownTable writes a table's sections, each under its title.
func markdownTable(b *bytes.Buffer, t *view.Table, level string) {
	for _, s := range t.Sections {
		if len(s.Rows) == 0 {
			continue
		}
		if s.Title != "" {
			fmt.Fprintf(b, "\n%s %s\n", level, markdownText(s.Title))
		}
		one := &view.Table{Columns: t.Columns, Sections: []*view.Section{{Rows: s.Rows}}}
		lines := records(one)
		b.WriteString("\n")
		markdownRow(b, lines[0], func(int) string { return "" })
		b.WriteString("|")
		for i := range lines[0] {
			if i < len(t.Columns) && t.Columns[i].Right {
				b.WriteString(" ---: |")
			} else {
				b.WriteString(" --- |")
			}
		}
		b.WriteString("\n")
		for i, line := range lines[1:] {
			markdownRow(b, line, func(column int) string {
				switch r := s.Rows[i]; {
				case r.Own, column < len(t.Columns) && t.Columns[column].Own:
					return "**"
				case r.Wire:
					return "*"
				}
				return ""
			})
		}
	}
}

// markdownRow writes one row, each of its cells between its column's marks.
func markdownRow(b *bytes.Buffer, cells []string, mark func(column int) string) {
	b.WriteString("|")
	for i, c := range cells {
		if text := markdownText(c); text != "" {
			b.WriteString(" " + mark(i) + text + mark(i))
		}
		b.WriteString(" |")
	}
	b.WriteString("\n")
}

func markdownFoot(b *bytes.Buffer, foot []string) {
	for _, line := range foot {
		fmt.Fprintf(b, "\n%s\n", markdownText(line))
	}
}

// markdownText escapes text for a heading, a paragraph and a table's cell: what
// Markdown or HTML would read gets a backslash or becomes an entity.
func markdownText(s string) string {
	var b strings.Builder
	for i, line := range textLines(s) {
		if i > 0 {
			b.WriteString("<br>")
		}
		runes := []rune(line)
		for j, r := range runes {
			switch {
			case r == '&':
				b.WriteString("&amp;")
			case r == '<':
				b.WriteString("&lt;")
			case r == '>':
				b.WriteString("&gt;")
			case isBidiControl(r):
				fmt.Fprintf(&b, "&#%d;", r)
			case markdownTrap(runes, j):
				b.WriteString("\\" + string(r))
			default:
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// markdownTrap reports whether Markdown would read the rune at i of a line as
// syntax.
func markdownTrap(line []rune, i int) bool {
	switch r := line[i]; r {
	case '\\', '`', '*', '[', ']', '|', '~', '$':
		return true
	case '#', '-', '+', '=':
		return i == 0
	case '_':
		return !inWord(line, i)
	case '.', ')':
		return ordersList(line, i)
	}
	return false
}

// MarkdownText returns a text as Markdown in which nothing is markup, for those
// who put it into a document.
func MarkdownText(s string) string { return markdownText(s) }

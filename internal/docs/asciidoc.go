package docs

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/view"
)

// asciidocWriter writes AsciiDoc, whose substitutions are kept away from texts
// by character references.
var asciidocWriter = &writer{
	fence: func(lang, text string) []string {
		style := "[source," + lang + "]"
		if lang == "flow" { // which is shown, not drawn
			style = "[source%ignore,flow]"
		}
		sign := longer('-', text, 4)
		out := append([]string{style, sign}, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
		return append(out, sign)
	},
	image: func(href, alt string) []string {
		return []string{"image::" + destination(href) + `["` + asciidocText(alt) + `"]`}
	},
	details: func(w *writer, summary string, p *view.Prose) []string {
		out := []string{"." + asciidocText(summary), "[%collapsible]", "====="}
		return append(append(out, w.prose(p)...), "=====")
	},
	title:     func(s string) []string { return []string{"*" + asciidocText(s) + "*"} },
	paragraph: func(s string) []string { return []string{asciidocText(s)} },
	items: func(all []string) []string {
		var out []string
		for _, s := range all {
			out = append(out, "* "+asciidocText(s))
		}
		return out
	},
	table: func(t *view.Table, s *view.Section) []string {
		var columns []string
		for _, c := range t.Columns {
			if c.Right {
				columns = append(columns, ">1")
			} else {
				columns = append(columns, "1")
			}
		}
		out := []string{`[%header,cols="` + strings.Join(columns, ",") + `"]`, "|==="}
		out = append(out, asciidocRow(headings(t)))
		for _, r := range s.Rows {
			out = append(out, asciidocRow(cells(t, r)))
		}
		return append(out, "|===")
	},
}

func asciidocRow(cells []string) string {
	var out []string
	for _, c := range cells {
		out = append(out, strings.TrimSpace("|"+asciidocText(c)))
	}
	return strings.Join(out, " ")
}

// adocHead is how an item of a list or an admonition may begin.
var adocHead = lazy.Regexp(`^(?:\w+[.)]|[A-Z]+:)`)

// asciidocText writes as character references what AsciiDoc would take for
// markup: quotes, macros, attributes, replacements.
func asciidocText(s string) string {
	var b strings.Builder
	s = oneLine(s)
	head := len(adocHead.Get().FindString(s)) // which would make a list or an admonition of the line
	for i, r := range s {
		first := i == 0 && strings.ContainsRune(".-=/:", r)
		if first || i == head-1 || strings.ContainsRune("*_`#^~+[]{}<>&|\"'\\;()$", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return strings.NewReplacer("--", "&#45;&#45;", "..", "&#46;&#46;", "://", "&#58;//", "->", "&#45;>", "@", "&#64;", "::", "&#58;&#58;").Replace(b.String())
}

package docs

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/view"
)

// rstWriter writes reStructuredText.
var rstWriter = &writer{
	fence: func(lang, text string) []string {
		directive := ".. code-block:: " + lang
		switch lang {
		case formatMermaid:
			directive = ".. mermaid::"
		case "flow": // which is shown, not drawn, and which Pygments does not know
			directive = ".. code-block:: text"
		}
		return append([]string{directive, ""}, indented(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))...)
	},
	image: func(href, alt string) []string {
		return []string{".. image:: " + destination(href), "   :alt: " + oneLine(alt)}
	},
	details: func(w *writer, summary string, p *view.Prose) []string {
		return append([]string{".. container:: flowc-words", ""}, indented(append([]string{rstText(summary) + ":", ""}, w.prose(p)...))...)
	},
	title:     func(s string) []string { return []string{"**" + rstText(s) + "**"} },
	paragraph: func(s string) []string { return []string{rstText(s)} },
	items: func(all []string) []string {
		var out []string
		for _, s := range all {
			out = append(out, "- "+rstText(s))
		}
		return out
	},
	table: func(t *view.Table, s *view.Section) []string {
		out := []string{".. list-table::", "   :header-rows: 1", ""}
		add := func(cells []string) {
			for i, c := range cells {
				lead := "     - "
				if i == 0 {
					lead = "   * - "
				}
				out = append(out, strings.TrimRight(lead+rstText(c), " "))
			}
		}
		add(headings(t))
		for _, r := range s.Rows {
			add(cells(t, r))
		}
		return out
	},
}

// indented is the content of a directive.
func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			out[i] = "   " + line
		}
	}
	return out
}

// enumerator is how an item of a list may begin: "1.", "a)", "#.".
var enumerator = lazy.Regexp(`^(?:\w+|#)[.)]`)

// rstText escapes what begins inline markup, and what would make a line a
// construct of its own.
func rstText(s string) string {
	s = oneLine(s)
	first := enumerator.Get().MatchString(s)
	var b strings.Builder
	for i, r := range s {
		sign := r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		if strings.ContainsRune("\\*`|_", r) || i == 0 && (sign || first) || i == len(s)-1 && strings.HasSuffix(s, "::") {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

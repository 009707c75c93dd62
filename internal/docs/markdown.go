package docs

import (
	"net/url"
	"strings"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/view"
)

// markdownWriter writes GitHub's Markdown, or MDX, which escapes otherwise.
func markdownWriter(escape func(string) string) *writer {
	text := func(s string) string { return escape(oneLine(s)) }
	return &writer{
		mermaid: true,
		fence:   markdownFence,
		image: func(href, alt string) []string {
			return []string{"![" + text(alt) + "](" + destination(href) + ")"}
		},
		details: func(summary string, body []string) []string {
			out := []string{"<details>", "<summary>" + text(summary) + "</summary>", ""}
			return append(append(out, body...), "", "</details>")
		},
		title:     func(s string) []string { return []string{"**" + text(s) + "**"} },
		paragraph: func(s string) []string { return []string{text(s)} },
		items: func(all []string) []string {
			var out []string
			for _, s := range all {
				out = append(out, "- "+text(s))
			}
			return out
		},
		table: func(t *view.Table, s *view.Section) []string { return markdownTable(t, s, text) },
	}
}

// mdxText escapes what MDX reads beside Markdown: braces begin expressions.
func mdxText(s string) string {
	return strings.NewReplacer("{", "&#123;", "}", "&#125;").Replace(emit.MarkdownText(s))
}

// markdownFence shows a text. A model that is shown is not one to draw: the
// word ignore says so to flowc and to the engines.
func markdownFence(lang, text string) []string {
	if lang == "flow" {
		lang = "flow ignore"
	}
	sign := longer('`', text, 3)
	out := append([]string{sign + lang}, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	return append(out, sign)
}

// destination is a link to a file: each part of its path escaped as RFC 3986
// says, and parentheses, which would end it.
func destination(href string) string {
	parts := strings.Split(href, "/")
	for i, p := range parts {
		parts[i] = strings.NewReplacer("(", "%28", ")", "%29").Replace(url.PathEscape(p))
	}
	return strings.Join(parts, "/")
}

func markdownTable(t *view.Table, s *view.Section, text func(string) string) []string {
	row := func(cells []string, mark func(column int) string) string {
		var b strings.Builder
		b.WriteString("|")
		for i, c := range cells {
			if c != "" {
				c = " " + mark(i) + text(c) + mark(i)
			}
			b.WriteString(c + " |")
		}
		return b.String()
	}
	rule := "|"
	for _, c := range t.Columns {
		if c.Right {
			rule += " ---: |"
		} else {
			rule += " --- |"
		}
	}
	out := []string{row(headings(t), func(int) string { return "" }), rule}
	for _, r := range s.Rows {
		out = append(out, row(cells(t, r), func(column int) string {
			switch {
			case r.Own, column < len(t.Columns) && t.Columns[column].Own:
				return "**"
			case r.Wire:
				return "*"
			}
			return ""
		}))
	}
	return out
}

package docs

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/view"
)

// markdownWriter writes GitHub's Markdown, or MDX, which escapes otherwise: alt
// escapes what describes a picture, and details writes hidden words.
func markdownWriter(escape, alt func(string) string, details func(*writer, string, *view.Prose) []string) *writer {
	text := func(s string) string { return templates(ampersands(escape(oneLine(s)))) }
	return &writer{
		mermaid: true,
		fence:   markdownFence,
		image: func(href, words string) []string {
			return []string{"![" + templates(alt(oneLine(words))) + "](" + destination(href) + ")"}
		},
		details:   details,
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

// templates takes their meaning from the signs with which templates begin: Hugo
// looks for shortcodes, and others for variables, before they read Markdown.
func templates(s string) string {
	return strings.NewReplacer("{{", "&#123;&#123;", "{%", "&#123;%").Replace(s)
}

// htmlDetails are hidden words as one block of HTML, for Python-Markdown reads no
// Markdown inside of tags.
func htmlDetails(_ *writer, summary string, p *view.Prose) []string {
	return wordsHTML("<details>", summary, p, func(s string) string { return templates(html.EscapeString(oneLine(s))) })
}

// mdxDetails are hidden words as MDX, whose tags hold Markdown. The summary
// stands apart: prettier writes JSX in its own way, and leaves Markdown.
func mdxDetails(w *writer, summary string, p *view.Prose) []string {
	out := []string{"<details>", "", "<summary>" + mdxText(summary) + "</summary>", ""}
	return append(append(out, w.prose(p)...), "", "</details>")
}

// mdxText escapes what MDX reads beside Markdown: braces begin expressions, and
// two words statements of JavaScript.
func mdxText(s string) string {
	s = strings.NewReplacer("{", "&#123;", "}", "&#125;").Replace(emit.MarkdownText(s))
	for _, word := range []string{"import", "export"} {
		if rest, ok := strings.CutPrefix(s, word); ok {
			s = fmt.Sprintf("&#%d;%s", word[0], word[1:]+rest)
		}
	}
	return s
}

// reference is what begins as a character reference does.
var reference = lazy.Regexp(`&amp;(?:#|\w+;)?`)

// ampersands leaves those as they are that begin no character reference: some
// parsers take references in addresses for what they spell.
func ampersands(s string) string {
	return reference.Get().ReplaceAllStringFunc(s, func(m string) string {
		if m == "&amp;" {
			return "&"
		}
		return m
	})
}

// mdxAlt is a description in which nothing is markup though nothing is escaped,
// for prettier takes escapes out of the descriptions of MDX. Signs that would be
// markup give way to similar ones.
func mdxAlt(s string) string {
	s = strings.NewReplacer(
		"{", "(", "}", ")", "[", "(", "]", ")", "<", "‹", ">", "›",
		"*", "∗", "`", "'", "~", "∼", "\\", "∖", "&", "＆",
	).Replace(s)
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if r == '_' && (i == 0 || i == len(runes)-1 || !wordly(runes[i-1]) || !wordly(runes[i+1])) {
			r = '＿' // emphasis may begin or end here
		}
		b.WriteRune(r)
	}
	return b.String()
}

// wordly reports whether a sign is part of a word, in which "_" is no markup.
func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// markdownFence shows a text. A model that is shown is a text to every engine:
// in the language flow it would be drawn, and some do not take a second word.
func markdownFence(lang, text string) []string {
	if lang == "flow" {
		lang = "text"
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
				return "_" // as prettier writes it
			}
			return ""
		}))
	}
	return out
}

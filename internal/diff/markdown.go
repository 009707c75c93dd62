package diff

import (
	"fmt"
	"io"
	"strings"
)

// Headings of grades in Markdown, which tell them apart without colours.
var headings = map[Grade]string{
	Breaking: "⛔ Breaking",
	Risky:    "⚠️ Risky",
	Safe:     "✅ Safe",
}

// WriteMarkdown writes comparisons as a comment of a pull request: a line for each difference,
// and what it is about behind it, folded.
func WriteMarkdown(w io.Writer, all []Named) error {
	var b strings.Builder
	for i, r := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		r.markdown(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Named) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "### %s → %s: %s\n", plainMarkdown(r.From), plainMarkdown(r.To), r.Heading())
	told := 0
	for _, g := range Grades {
		if r.Count(g) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n#### %s\n\n", headings[g])
		for _, d := range r.Differences {
			if d.Grade() != g || told == mostTold {
				continue
			}
			told++
			d.markdown(b)
		}
	}
	if n := len(r.Differences) - told; n > 0 {
		fmt.Fprintf(b, "\nand %d more\n", n)
	}
	if len(r.Left) > 0 {
		b.WriteString("\nNot compared:\n\n")
		for _, l := range r.Left[:min(len(r.Left), mostLeft)] {
			fmt.Fprintf(b, "- %s\n", plainMarkdown(l))
		}
	}
}

// markdown is a difference as an item of a list, with its requests and places as a diff.
func (d *Difference) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "- **%s**\n", plainMarkdown(d.Title()))
	for i, s := range d.Subjects {
		if s.Asks == "" {
			continue
		}
		if i == mostAsks {
			fmt.Fprintf(b, "  - and %d more\n", len(d.Subjects)-i)
			break
		}
		fmt.Fprintf(b, "  - %s\n", plainMarkdown(s.String()))
	}
	var lines []string
	if len(d.Subjects) > 0 && d.Subjects[0].Asks != "" {
		s := d.Subjects[0]
		if was, is := wayOf(s.Old), wayOf(s.New); was == is {
			lines = append(lines, "  "+is)
		} else {
			lines = appendSigned(lines, "- ", was)
			lines = appendSigned(lines, "+ ", is)
		}
	}
	for _, c := range d.Causes[:min(len(d.Causes), mostChanges)] {
		lines = appendSigned(lines, "- ", c.Was.String())
		lines = appendSigned(lines, "+ ", c.Is.String())
	}
	if n := len(d.Causes) - mostChanges; n > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more changes", n))
	}
	if len(lines) == 0 {
		return
	}
	fence := "```"
	for strings.Contains(strings.Join(lines, "\n"), fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "\n  %sdiff\n", fence)
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", printable(l))
	}
	fmt.Fprintf(b, "  %s\n", fence)
}

func appendSigned(lines []string, sign, text string) []string {
	if text == "" {
		return lines
	}
	return append(lines, sign+text)
}

// plainMarkdown is a text in which nothing is markup: names are those of whoever wrote the model.
func plainMarkdown(s string) string {
	var b strings.Builder
	for _, r := range printable(s) {
		if strings.ContainsRune("\\`*_{}[]()<>#|!~&@", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

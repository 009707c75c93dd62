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
	texts := make([]strings.Builder, len(all))
	room := mostDrawn
	for i := range all {
		all[i].markdown(&texts[i])
		room -= texts[i].Len()
	}
	for i, r := range all {
		if r.Mermaid != "" && len(r.Mermaid) > room {
			r.Mermaid, r.Undrawn = "", "a comment has no room for it"
		}
		room -= len(r.Mermaid)
		r.picture(&texts[i])
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, texts[i].String()); err != nil {
			return err
		}
	}
	return nil
}

// mostDrawn is how large a comment with pictures is: GitHub takes 65,536 characters.
const mostDrawn = 60_000

// picture is the topology of both models, folded.
func (r *Named) picture(b *strings.Builder) {
	switch {
	case r.Mermaid != "":
		fence := fenceOf(r.Mermaid)
		fmt.Fprintf(b, "\n<details>\n<summary>Topology: + added, − removed, ~ changed</summary>\n\n%smermaid\n%s\n%s\n\n</details>\n", fence, strings.TrimSpace(r.Mermaid), fence)
	case r.Undrawn != "":
		fmt.Fprintf(b, "\nThe topology is not drawn: %s. `flowc diff` with `--view topology -o changes.svg` draws it.\n", plainMarkdown(r.Undrawn))
	}
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
	fence := fenceOf(strings.Join(lines, "\n"))
	fmt.Fprintf(b, "\n  %sdiff\n", fence)
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", printable(l))
	}
	fmt.Fprintf(b, "  %s\n", fence)
}

// fenceOf is a fence that a text does not have.
func fenceOf(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence
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

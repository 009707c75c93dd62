package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
)

// TestUnreadable names where a text stops to be one.
func TestUnreadable(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"Latin-1", "# Caf\xe9\n", "1:6 the document is not UTF-8"},
		{"in a later line", "text\n\nna\xefve\n<!-- flow:begin -->", "3:3 the document is not UTF-8"},
		{"UTF-16", "\xff\xfe#\x00 \x00", "1:4 the document has a NUL byte"},
		{"NUL byte", "text\n<!-- flow:begin\x00 -->\n", "2:16 the document has a NUL byte"},
		{"behind a byte order mark", "\ufeffa\x00", "1:2 the document has a NUL byte"},
		{"replacement character", "\ufffd\n", ""},
	} {
		for _, lang := range languages {
			d := Parse("x", tc.text, lang)
			got := ""
			for _, f := range d.Findings {
				at := f.At.File.Position(f.At.Start)
				got += fmt.Sprintf("%d:%d %s", at.Line, at.Column, f.Message)
			}
			if got != tc.want {
				t.Errorf("%s, %s: %q, want %q", tc.name, lang.Name, got, tc.want)
			}
			if text := d.Text(make([][]string, len(d.Regions))); text != tc.text {
				t.Errorf("%s, %s: the text became %q", tc.name, lang.Name, text)
			}
		}
	}
}

// TestLineBreaks fills regions of documents whose lines end differently.
func TestLineBreaks(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{
			"mixed",
			"a\r\nb\n<!-- flow:begin model=m -->\r\n<!-- flow:end -->\nc\r\n",
			"a\r\nb\n<!-- flow:begin model=m sum=ba7816bf8f01 -->\r\n\r\nabc\r\n\r\n<!-- flow:end -->\nc\r\n",
		},
		{
			"old Macintosh in a line",
			"a\rb\n<!-- flow:begin model=m -->\n<!-- flow:end -->\nc\r",
			"a\rb\n<!-- flow:begin model=m sum=ba7816bf8f01 -->\n\nabc\n\n<!-- flow:end -->\nc\r",
		},
		{
			"no final newline",
			"<!-- flow:begin model=m -->\n<!-- flow:end -->",
			"<!-- flow:begin model=m sum=ba7816bf8f01 -->\n\nabc\n\n<!-- flow:end -->",
		},
		{
			"byte order mark",
			"\ufeff<!-- flow:begin model=m -->\r\n<!-- flow:end -->\r\n",
			"\ufeff<!-- flow:begin model=m sum=ba7816bf8f01 -->\r\n\r\nabc\r\n\r\n<!-- flow:end -->\r\n",
		},
		{
			"tabs and blanks at ends of lines",
			"a  \n\t\n<!-- flow:begin model=m --> \t\n  \n<!-- flow:end -->  \nb\t\n",
			"a  \n\t\n<!-- flow:begin model=m sum=ba7816bf8f01 -->\n\nabc\n\n<!-- flow:end -->  \nb\t\n",
		},
	} {
		d := Parse("x.md", tc.text, Markdown)
		if len(d.Findings) > 0 || len(d.Regions) != 1 {
			t.Errorf("%s: %d regions, %v", tc.name, len(d.Regions), d.Findings)
			continue
		}
		got := d.Text([][]string{{"abc"}})
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if again := Parse("x.md", got, Markdown); again.Text([][]string{{"abc"}}) != got {
			t.Errorf("%s: the second time another text", tc.name)
		}
	}
}

// TestHuge reads documents that are large or deep: less large under -short.
// BenchmarkRegions measures that the time grows with the size alone.
func TestHuge(t *testing.T) {
	times := 20
	if testing.Short() {
		times = 1
	}
	region := func(l *Language) string {
		return l.comment("flow:begin model=m") + "\n\n```text\nx\n```\n\n" + l.comment("flow:end") + "\n\n"
	}
	nested := func(prefix string, n int) func(*Language) string {
		return func(l *Language) string {
			var b strings.Builder
			for i := range n {
				b.WriteString(strings.Repeat(prefix, i) + l.comment("flow:begin model=m") + "\n" + strings.Repeat(prefix, i) + l.comment("flow:end") + "\n\n")
			}
			return b.String()
		}
	}
	for _, tc := range []struct {
		name string
		text func(*Language) string
	}{
		{"a line of 50 MB", func(*Language) string { return strings.Repeat("word ", times<<19) + "\n" }},
		{"100,000 regions", func(l *Language) string { return strings.Repeat(region(l), times*5_000) }},
		{"20,000 regions without an end", func(l *Language) string { return strings.Repeat(l.comment("flow:begin model=m")+"\n\n", times*1_000) }},
		{"20,000 ends", func(l *Language) string { return strings.Repeat(l.comment("flow:end")+"\n\n", times*1_000) }},
		{"100,000 comments that do not end", func(*Language) string { return strings.Repeat("<!-- {/* ", times*5_000) }},
		{"100,000 lines of a comment that does not end", func(*Language) string { return strings.Repeat("{/*\n<!--\n", times*5_000) }},
		{"quotes, 100 deep", nested("> ", 100)},
		{"lists, 100 deep", nested("- ", 100)},
		{"blanks, 100 deep", nested("  ", 100)},
		{"20,000 fences", func(*Language) string { return strings.Repeat("```flow\nx\n```\n\n", times*1_000) }},
		{"a fence of 100,000 lines", func(*Language) string { return "```flow\n" + strings.Repeat("x\n", times*5_000) }},
	} {
		for _, lang := range languages {
			text := tc.text(lang)
			d := Parse("x", text, lang)
			if d.Text(make([][]string, len(d.Regions))) != text {
				t.Errorf("%s, %s: the text changed", tc.name, lang.Name)
			}
		}
	}
}

// BenchmarkRegions reads documents of growing size; the time for a region must
// stay about the same.
func BenchmarkRegions(b *testing.B) {
	for _, lang := range languages {
		for _, n := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", lang.Name, n), func(b *testing.B) {
				text := strings.Repeat(lang.comment("flow:begin model=m")+"\n\ntext\n\n"+lang.comment("flow:end")+"\n\n", n)
				for b.Loop() {
					if d := Parse("x", text, lang); len(d.Regions) != n {
						b.Fatalf("%d regions", len(d.Regions))
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/region")
			})
		}
	}
}

// TestAppend puts a first region at the end of documents.
func TestAppend(t *testing.T) {
	attrs := [][2]string{{"model", "a b.flow"}, {"view", ""}, {"request", `say "x"`}}
	begin := `flow:begin model="a b.flow" request="say \"x\""`
	for _, tc := range []struct{ name, file, text, want string }{
		{"nothing", "x.md", "", "<!-- " + begin + " -->\n\n<!-- flow:end -->\n"},
		{"text", "x.md", "a\n", "a\n\n<!-- " + begin + " -->\n\n<!-- flow:end -->\n"},
		{"no final newline", "x.md", "a", "a\n\n<!-- " + begin + " -->\n\n<!-- flow:end -->\n"},
		{"blank lines", "x.md", "a\n\n\n", "a\n\n\n<!-- " + begin + " -->\n\n<!-- flow:end -->\n"},
		{"Windows", "x.md", "a\r\nb\r\n", "a\r\nb\r\n\r\n<!-- " + begin + " -->\r\n\r\n<!-- flow:end -->\r\n"},
		{"byte order mark", "x.md", "\ufeff", "\ufeff<!-- " + begin + " -->\n\n<!-- flow:end -->\n"},
		{"list", "x.md", "- a\n", "- a\n\n<!-- " + begin + " -->\n\n<!-- flow:end -->\n"},
		{"MDX", "x.mdx", "a\n", "a\n\n{/* " + begin + " */}\n\n{/* flow:end */}\n"},
		{"AsciiDoc", "x.adoc", "a\n", "a\n\n// " + begin + "\n// flow:end\n"},
		{"reStructuredText", "x.rst", "a\n", "a\n\n.. " + begin + "\n\n.. flow:end\n"},
		{"literal block at the end", "x.rst", "a::\n\n    b\n", "a::\n\n    b\n\n.. " + begin + "\n\n.. flow:end\n"},
		{"open fence", "x.md", "~~~\na\n", ""},
		{"open comment", "x.md", "<!-- a\n", ""},
		{"open listing", "x.adoc", "----\na\n", ""},
		{"broken marker", "x.md", "<!-- flow:begin -->\n", ""},
		{"the same", "x.md", "<!-- flow:begin request='say \"x\"' model='a b.flow' sum=1 -->\n<!-- flow:end -->\n", ""},
	} {
		got, found := Append(tc.file, tc.text, attrs)
		if tc.want == "" {
			if len(found) == 0 || found.Count(diag.Error) == 0 || got != tc.text {
				t.Errorf("%s: %q, %v", tc.name, got, found)
			}
			continue
		}
		if got != tc.want || len(found) > 0 {
			t.Errorf("%s: %q, %v, want %q", tc.name, got, found, tc.want)
		}
	}
}

// TestFormatted holds normal forms against what formatters change, and against
// what they do not.
func TestFormatted(t *testing.T) {
	table := "| a | b |\n| --- | ---: |\n| c | d  e |"
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{table, "| a   | b    |\n| --- | ---: |\n| c   |  d e |", true},
		{table, "|a|b|\n|-|-:|\n|c|d e|", true},
		{table, "| a | b |\n| --- | --- |\n| c | d e |", false},
		{table, "| a | b |\n| --- | ---: |\n| c | d f |", false},
		{"a  b\n\n\n- c", "a b\n\n- c", true},
		{"a\nb", "a b", false},
		{"```text\na  b\n```", "```text\na b\n```", false},
		{"```text\na\n\nb\n```", "```text\na\nb\n```", false},
		{"```text\na  \n```", "```text\na\n```", true},
		{"````text\n```\na  b\n````", "````text\n```\na b\n````", false},
	} {
		for _, lang := range []*Language{Markdown, MDX} {
			r := &Region{Body: strings.Split(tc.a, "\n"), document: &Document{Language: lang}}
			if got := r.Holds(strings.Split(tc.b, "\n")); got != tc.same {
				t.Errorf("%s: %q and %q are the same: %v", lang.Name, tc.a, tc.b, got)
			}
		}
		for _, lang := range []*Language{Asciidoc, RST} {
			r := &Region{Body: strings.Split(tc.a, "\n"), document: &Document{Language: lang}}
			if got := r.Holds(strings.Split(tc.b, "\n")); got && strings.ReplaceAll(tc.a, "  \n", "\n") != tc.b {
				t.Errorf("%s, which has no formatter: %q and %q are the same", lang.Name, tc.a, tc.b)
			}
		}
	}
}

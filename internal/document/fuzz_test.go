package document

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
)

// seeds are texts in which every construct of every language stands somewhere.
var seeds = []string{
	"# Title\n\n<!-- flow:begin model=a.flow view=topology -->\n\nbody\n\n<!-- flow:end -->\n",
	"> 1. text\n>\n>    <!-- flow:begin\n>      model='a b.flow'\n>    -->\n>    <!-- flow:end -->\n",
	"-\ttab\n\n\t<!--flow:begin model=a sum=0123-->\n\t<!--flow:end-->\n",
	"```flow view=topology words error=FL201,FL202\nroute shop {\n}\n```\n",
	"- > ~~~~ {.flow request=\"a b\"}\n  > route\n  > ~~~~\n",
	"```{flow}\n:view: topology\n:words:\n\nroute shop\n```\n",
	"<div>\n<!-- flow:begin model=a -->\n</div>\n\n<!-- open\n<!-- flow:end -->\n",
	"text <!-- FLOW:BEGIN --> `<!-- flow:end -->` \\<!-- flow:end -->\n",
	"{/* flow:begin model=a */}\n\n{/* flow:end */}\n\n<Tabs>\n    ```flow\n    x\n    ```\n</Tabs>\n",
	"// flow:begin model=a\nbody\n// flow:end\n\n[source%linenums,flow,view=topology]\n----\nroute\n----\n",
	"====\n// flow:begin command=\"check a.flow\"\n// flow:end\n====\n\n|===\n|a\n|===\n\n////\n// flow:end\n////\n",
	".. flow:begin model=a\n\nbody\n\n.. flow:end\n\n- .. flow::\n     :view: topology\n\n     route\n",
	"..\n   flow:begin\n\nText::\n\n    .. flow:begin\n\n.. code-block:: flow\n\n   route\n",
	"\ufeff<!-- flow:begin model=a -->\r\n\r\n<!-- flow:end -->\n\x00\xff",
}

// FuzzParse parses texts as documents of every language. Nothing may change
// where nothing is filled; what is filled must be read again as it was written.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		for i := range languages {
			f.Add(s, byte(i), "line\n```\n----\n| a |\n\nlast")
		}
	}
	f.Fuzz(func(t *testing.T, text string, language byte, body string) {
		lang := languages[int(language)%len(languages)]
		d := Parse("x"+lang.Exts[0], text, lang)
		if got := d.Text(make([][]string, len(d.Regions))); got != text {
			t.Fatalf("nothing was filled, and\n%q\nbecame\n%q", text, got)
		}
		for _, found := range d.Findings {
			if !found.At.Known() || found.Message == "" {
				t.Errorf("a finding without a place or words: %+v", found)
			}
		}
		for _, fence := range d.Fences {
			if p := fence.Padded(); strings.Count(p, "\n") > strings.Count(text, "\n")+1 {
				t.Errorf("a fence goes beyond its document: %q", p)
			}
		}
		if d.Findings.Count(diag.Error) > 0 {
			return
		}
		bodies := filling(d, body)
		filled := d.Text(bodies)
		again := Parse("x"+lang.Exts[0], filled, lang)
		if again.Findings.Count(diag.Error) > 0 || len(again.Regions) != len(d.Regions) || len(again.Fences) != len(d.Fences) {
			t.Fatalf("%q\nbecame\n%q\nwith other regions or findings: %d, %d, %v", text, filled, len(d.Regions), len(again.Regions), again.Findings)
		}
		for i, r := range again.Regions {
			if !r.Holds(bodies[i]) || r.Edited() {
				t.Fatalf("%q\nbecame\n%q\nin which region %d holds %q, not %q", text, filled, i, r.Body, bodies[i])
			}
		}
		if twice := again.Text(bodies); twice != filled {
			t.Fatalf("the second time\n%q\nbecame\n%q", filled, twice)
		}
	})
}

// filling is what a region may hold: a text as it is, in a block of code that
// it cannot end.
func filling(d *Document, body string) [][]string {
	body = strings.Map(func(r rune) rune {
		if r == '\r' || r == 0 || r == '\ufffd' || r == '\t' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(body, ""))
	var lines []string
	for _, line := range strings.Split(body, "\n") {
		lines = append(lines, strings.TrimRight(line, " \t\v\f\u0085\u00a0"))
	}
	sign := strings.Repeat("`", len(body)+3)
	switch d.Language {
	case Asciidoc:
		sign = strings.Repeat("-", len(body)+4)
		lines = append(append([]string{"[source,text]", sign}, lines...), sign)
	case RST:
		for i, line := range lines {
			if line != "" {
				lines[i] = "   " + line
			}
		}
		lines = append([]string{".. code-block:: text", ""}, lines...)
	default:
		lines = append(append([]string{sign + "text"}, lines...), sign)
	}
	out := make([][]string, len(d.Regions))
	for i := range out {
		out[i] = slices.Clone(lines)
	}
	return out
}

// FuzzAttributes puts a region with any value into a document. It is read again
// as it was given, or it is refused and the document stays.
func FuzzAttributes(f *testing.F) {
	for _, s := range []string{"a.flow", "a b.flow", `it's "a"`, `a\b`, `a\"`, "a,", "a=b", "-->", "*/}", "a\nb", "日本.flow", "", "#", "<!--", "`"} {
		for i := range languages {
			f.Add(s, "# Text\n", byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, value, text string, language byte) {
		lang := languages[int(language)%len(languages)]
		file := "x" + lang.Exts[0]
		before := Parse(file, text, lang)
		got, found := Append(file, text, [][2]string{{"model", value}})
		if len(found) > 0 {
			if got != text {
				t.Errorf("refused, and\n%q\nbecame\n%q", text, got)
			}
			return
		}
		d := Parse(file, got, lang)
		if len(d.Regions) != len(before.Regions)+1 || d.Findings.Count(diag.Error) > 0 {
			t.Fatalf("%q\nbecame\n%q\nwith %d regions: %v", text, got, len(d.Regions), d.Findings)
		}
		if last := d.Regions[len(d.Regions)-1]; last.Attrs.Value("model") != value {
			t.Errorf("the model is %q, not %q, in\n%q", last.Attrs.Value("model"), value, got)
		}
		if !strings.HasPrefix(got, text) {
			t.Errorf("%q\nbecame\n%q", text, got)
		}
	})
}

package document

import (
	"strings"

	"github.com/flowc-lang/flowc/diag"
)

// Append returns a document with an empty region at its end that has some
// attributes, each a key and a value; those without a value are left out. A
// document whose markers are broken, or that has this region, is left as it is,
// and the findings say so.
func Append(file, text string, attrs [][2]string) (string, diag.List) {
	lang := LanguageOf(file)
	d := Parse(file, text, lang)
	if d.Findings.Count(diag.Error) > 0 {
		return text, d.Findings
	}
	said := "flow:begin"
	for _, a := range attrs {
		if a[1] != "" {
			said += " " + a[0] + "=" + quoted(a[1])
		}
	}
	for _, r := range d.Regions {
		if same(r.Attrs, attrs) {
			d.report(codeMarker, r.At, "the document has this region already", "")
			return text, d.Findings
		}
	}
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	lines := []string{lang.comment(said), "", lang.comment("flow:end"), ""}
	if lang.tight {
		lines = []string{lang.comment(said), lang.comment("flow:end"), ""}
	}
	out := text
	if d.Source.Text != "" {
		last := d.Source.Line(d.Source.Lines())
		if last != "" {
			out += end
		}
		if n := d.Source.Lines(); last != "" || n > 1 && d.Source.Line(n-1) != "" {
			out += end
		}
	}
	out += strings.Join(lines, end)
	after := Parse(file, out, lang)
	switch n := len(d.Regions); {
	case after.Findings.Count(diag.Error) > 0: // as of a value that ends the comment
		return text, after.Findings
	case len(after.Regions) != n+1 || !same(after.Regions[n].Attrs, attrs):
		last := d.Source.LineSpan(d.Source.Lines())
		d.report(codeMarker, last, "a block of code or a comment does not end before the end of the document", "end it")
		return text, d.Findings
	}
	return out, nil
}

// same reports whether a region has just these attributes.
func same(have Attrs, attrs [][2]string) bool {
	n := 0
	for _, a := range attrs {
		if have.Value(a[0]) != a[1] {
			return false
		}
		if a[1] != "" {
			n++
		}
	}
	for _, a := range have {
		if a.Key == keySum {
			n++
		}
	}
	return n == len(have)
}

// quoted quotes a value that is not a word.
func quoted(v string) string {
	if !strings.ContainsAny(v, " \t\r\n\"'=,>\\") {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

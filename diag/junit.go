package diag

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

var junitFormat = &Writer{
	Name:  "junit",
	Doc:   "for CI that reads test reports: a suite a file, a failed test an error (JUnit XML)",
	Write: writeJUnit,
}

// The elements of JUnit XML that GitLab, Jenkins and Azure Pipelines read. There
// is no standard; these are those of the Jenkins xUnit plugin's schema.
type (
	junitReport struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Out     *junitText    `xml:"system-out"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		junitText
	}
	junitText struct {
		Text string `xml:",cdata"`
	}
)

// writeJUnit writes a suite for each model, and for each imported file with a
// finding. An error is a test that failed. A warning is one that passed and
// printed something, for a warning does not fail a run; a file without findings
// is one that passed.
func writeJUnit(w io.Writer, r *Report) error {
	files := slices.Clone(r.Files)
	found := map[string]List{}
	for _, d := range r.Findings {
		file := name(d)
		if len(found[file]) == 0 && !slices.Contains(r.Files, file) {
			files = append(files, file)
		}
		found[file] = append(found[file], d)
	}
	report := junitReport{Name: "flowc check"}
	for _, file := range files {
		s := junitSuite{Name: suiteName(file)}
		for _, d := range found[file] {
			s.Cases = append(s.Cases, r.junitCase(s.Name, d))
		}
		if s.Tests = len(s.Cases); s.Tests == 0 {
			s.Tests, s.Cases = 1, []junitCase{{Name: "nothing found", Class: s.Name, File: s.Name}}
		}
		for _, c := range s.Cases {
			if c.Failure != nil {
				s.Failures++
			}
		}
		report.Suites = append(report.Suites, s)
		report.Tests += s.Tests
		report.Failures += s.Failures
	}
	return encodeXML(w, report)
}

// suiteName is the name of a file, or of what has no place in any.
func suiteName(file string) string {
	if file == "" {
		return "flowc"
	}
	return clean(file)
}

func (r *Report) junitCase(suite string, d Diagnostic) junitCase {
	c := junitCase{Name: r.title(d.Code), Class: suite}
	if path := d.At.Path(); path != "" {
		c.Name += " at " + clean(path)
		c.File = suite
	} else if d.At.Known() {
		p := d.At.File.Position(d.At.Start)
		c.Name += fmt.Sprintf(" at %d:%d", p.Line, p.Column)
		c.File, c.Line = suite, p.Line
	}
	body := junitText{strings.Map(xmlRune, string(text(List{d}, TextOptions{Links: LineLinks})))}
	if d.Severity == Error {
		c.Failure = &junitFailure{clean(d.Message), string(d.Code), body}
	} else {
		c.Out = &body
	}
	return c
}

// xmlRune replaces what XML 1.0 cannot hold (its section 2.2) beyond the
// control characters, of which a text for people has none. encoding/xml does
// so everywhere but in CDATA, which keeps the lines of an excerpt.
func xmlRune(r rune) rune {
	if r == '\ufffe' || r == '\uffff' {
		return '\ufffd'
	}
	return r
}

func encodeXML(w io.Writer, v any) error {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	e.Indent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

package diag

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

var githubFormat = &Writer{
	Name:  "github",
	Doc:   "for GitHub Actions: workflow commands, which become annotations of the lines",
	Write: writeGitHub,
}

// writeGitHub writes a workflow command for each finding:
//
//	::error file=shop.flow,line=3,endLine=3,col=10,title=FL201 passthrough-path::message
//
// GitHub Docs, "Workflow commands for GitHub Actions". Each command is one line
// that begins with its name, so that nothing of a model is read as another.
func writeGitHub(w io.Writer, r *Report) error {
	var out bytes.Buffer
	for _, d := range r.Findings {
		properties := []string{}
		add := func(name, value string) {
			properties = append(properties, name+"="+escapeProperty.Replace(clean(value)))
		}
		if d.At.Known() {
			add("file", d.At.File.Name)
		}
		if d.At.Known() && !d.At.File.Document() {
			start := d.At.File.Position(d.At.Start)
			add("line", fmt.Sprint(start.Line))
			add("endLine", fmt.Sprint(lastLine(d.At)))
			add("col", fmt.Sprint(start.Column))
		}
		add("title", r.title(d.Code))
		fmt.Fprintf(&out, "::%s %s::%s\n", d.Severity, strings.Join(properties, ","), escapeData.Replace(annotation(d)))
	}
	_, err := w.Write(out.Bytes())
	return err
}

// annotation is what stands at the line: the message, the other places, the
// help and where to read more.
func annotation(d Diagnostic) string {
	lines := []string{clean(d.Message)}
	if path := d.At.Path(); path != "" {
		lines = append(lines, "at "+clean(path))
	}
	for _, r := range d.Related {
		if r.At.Known() {
			lines = append(lines, clean(r.Message)+": "+place(r.At))
		}
	}
	if d.Help != "" {
		lines = append(lines, "help: "+clean(d.Help))
	}
	return strings.Join(append(lines, "see: "+d.Code.explained()), "\n")
}

// What a command cannot hold as it is (actions/toolkit, core/src/command.ts).
var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

package diag

import (
	"io"
	"slices"
	"strings"
)

// Writer is one form in which findings are written.
type Writer struct {
	Name  string // "sarif"
	Doc   string // who reads it, in one line
	Write func(io.Writer, *Report) error
}

// Writers lists every writer, the one for people first.
var Writers = []*Writer{
	textFormat,
	shortFormat,
	jsonFormat,
	sarifFormat,
	githubFormat,
	junitFormat,
}

// Report is what a run found, with what writers have to say about it.
type Report struct {
	Findings List      // in the order in which they are written
	Files    []string  // the models that were looked at, those without a finding among them
	Codes    []CodeDoc // what findings can be about; one that is not listed is written without its description
	Version  string    // of flowc: "v0.4.0"; "" where it is not known
	Text     TextOptions
}

// doc returns what is known of a code.
func (r *Report) doc(c Code) CodeDoc {
	if i := r.index(c); i >= 0 {
		return r.Codes[i]
	}
	return CodeDoc{Code: c}
}

// title is the code with its name: "FL201 passthrough-path".
func (r *Report) title(c Code) string {
	return strings.TrimSpace(string(c) + " " + r.doc(c).Name)
}

// index returns the place of a code in Codes, -1 where it is not there.
func (r *Report) index(c Code) int {
	return slices.IndexFunc(r.Codes, func(d CodeDoc) bool { return d.Code == c })
}

var textFormat = &Writer{
	Name: "text",
	Doc:  "for people: each finding with its line, its help and where to read more",
	Write: func(w io.Writer, r *Report) error {
		_, err := w.Write(text(r.Findings, r.Text))
		return err
	},
}

package diag

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/flowc-lang/flowc/source"
)

var jsonFormat = &Writer{
	Name:  "json",
	Doc:   "for programs: everything that flowc knows of a finding (schema flowc/diagnostics/v1)",
	Write: writeJSON,
}

// The schema flowc/diagnostics/v1. A field is never renamed, removed or given
// another meaning; new ones may come. All of them are always there, except
// those that are said to be left out.
type (
	jsonReport struct {
		Schema   string        `json:"schema"`
		Files    []string      `json:"files"`    // the models that were looked at
		Findings []jsonFinding `json:"findings"` // by file and place
		Summary  jsonSummary   `json:"summary"`
	}
	jsonFinding struct {
		Code       Code          `json:"code"`
		Name       string        `json:"name"`     // of what the code is about: "passthrough-path"
		Severity   string        `json:"severity"` // "error" or "warning"
		Message    string        `json:"message"`
		Way        *jsonWay      `json:"way,omitempty"` // left out where it says no more than the place does
		Help       string        `json:"help"`          // "" where there is none
		URL        string        `json:"url"`
		*jsonPlace               // left out where a finding has no place
		Related    []jsonRelated `json:"related"`
		Fix        *jsonFix      `json:"fix,omitempty"` // left out where there is not exactly one right edit
	}
	jsonPlace struct {
		File  string     `json:"file"`
		Path  string     `json:"path,omitempty"`  // in a document; left out in a text
		Range *jsonRange `json:"range,omitempty"` // in a text; left out in a document
	}
	jsonRange struct { // the end is where what comes next begins
		Start jsonPosition `json:"start"`
		End   jsonPosition `json:"end"`
	}
	jsonPosition struct {
		Line   int `json:"line"`   // from 1
		Column int `json:"column"` // from 1, in runes: Unicode code points
		Offset int `json:"offset"` // from 0, in bytes of the file
	}
	jsonWay struct {
		Path   string `json:"path"`   // "browser > cdn:443 > ingress:8443 > shop"
		Others int    `json:"others"` // how many other paths share the finding
	}
	jsonRelated struct {
		Message string `json:"message"`
		*jsonPlace
	}
	jsonFix struct {
		Message string     `json:"message"`
		Edits   []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		*jsonPlace
		New string `json:"new"` // what stands there then
	}
	jsonSummary struct {
		Files    int `json:"files"`
		Errors   int `json:"errors"`
		Warnings int `json:"warnings"`
	}
)

func writeJSON(w io.Writer, r *Report) error {
	out := jsonReport{
		Schema:   "flowc/diagnostics/v1",
		Files:    append([]string{}, r.Files...),
		Findings: []jsonFinding{},
		Summary:  jsonSummary{Files: len(r.Files), Errors: r.Findings.Count(Error), Warnings: r.Findings.Count(Warning)},
	}
	for _, d := range r.Findings {
		f := jsonFinding{
			Code: d.Code, Name: r.doc(d.Code).Name, Severity: d.Severity.String(), Message: d.Message, Help: d.Help,
			URL: d.Code.URL(), jsonPlace: placeOf(d.At), Related: []jsonRelated{},
		}
		if d.Way != nil {
			f.Way = &jsonWay{d.Way.Path, d.Way.Others}
		}
		for _, o := range d.Related {
			f.Related = append(f.Related, jsonRelated{o.Message, placeOf(o.At)})
		}
		if d.Fix != nil {
			f.Fix = &jsonFix{Message: d.Fix.Message, Edits: []jsonEdit{}}
			for _, e := range d.Fix.Edits {
				f.Fix.Edits = append(f.Fix.Edits, jsonEdit{placeOf(e.At), e.New})
			}
		}
		out.Findings = append(out.Findings, f)
	}
	return encode(w, out)
}

func placeOf(at source.Span) *jsonPlace {
	if !at.Known() {
		return nil
	}
	if path := at.Path(); path != "" {
		return &jsonPlace{File: at.File.Name, Path: path}
	}
	position := func(offset int) jsonPosition {
		p := at.File.Position(offset)
		return jsonPosition{p.Line, p.Column, offset}
	}
	return &jsonPlace{File: at.File.Name, Range: &jsonRange{position(at.Start), position(at.End)}}
}

// encode writes a value as JSON that a person can read, too.
func encode(w io.Writer, v any) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

package emit

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// csvFormat writes tables for spreadsheets (RFC 4180, with line feeds). A column for
// sections comes before the table's own where a section has a title, and one
// for findings behind them where a row has any.
var csvFormat = &Format{
	Name: "csv",
	Ext:  "csv",
	Doc:  "tables for spreadsheets",
	Fits: func(pic view.Picture) bool { _, ok := pic.(*view.Table); return ok },
	Emit: func(_ context.Context, pic view.Picture, _ Options) ([]byte, diag.List, error) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		err := w.WriteAll(records(pic.(*view.Table)))
		return b.Bytes(), nil, err
	},
}

// records are the head and the rows of a table, each as long as the others.
func records(t *view.Table) [][]string {
	sections, findings := false, false
	for _, s := range t.Sections {
		sections = sections || s.Title != ""
		for _, r := range s.Rows {
			findings = findings || len(r.Marks) > 0
		}
	}
	record := func(section string, cells []string, finding string) []string {
		out := slices.Clone(cells)
		if sections {
			out = append([]string{section}, out...)
		}
		if findings {
			out = append(out, finding)
		}
		for i, text := range out {
			out[i] = strings.Join(textLines(text), "\n")
		}
		return out
	}
	var titles []string
	for _, c := range t.Columns {
		titles = append(titles, c.Heading())
	}
	out := [][]string{record("Section", titles, "Findings")}
	for _, s := range t.Sections {
		for _, r := range s.Rows {
			cells := make([]string, len(t.Columns))
			for i := range cells {
				if i < len(r.Cells) {
					cells[i] = r.Cells[i].Text
				}
			}
			out = append(out, record(s.Title, cells, strings.Join(findingTexts(r.Marks), "; ")))
		}
	}
	return out
}

// findingTexts are findings in words alone: "FL401 not trusted".
func findingTexts(marks []view.Mark) []string {
	var out []string
	for _, m := range marks {
		out = append(out, joinNonEmpty(" ", m.Code, m.Message))
	}
	return out
}

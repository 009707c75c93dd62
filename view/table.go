package view

import "github.com/flowc-lang/flowc/flow"

// cells are plain cells.
func cells(texts ...string) []Cell {
	out := make([]Cell, len(texts))
	for i, t := range texts {
		out[i] = Cell{Text: t}
	}
	return out
}

func columns(titles ...string) []Column {
	out := make([]Column, len(titles))
	for i, t := range titles {
		out[i] = Column{Title: t}
	}
	return out
}

// dropEmpty removes the columns in which no row says anything, so that a table
// is as wide as its model needs.
func (t *Table) dropEmpty() {
	var keep []int
	for i := range t.Columns {
		if t.says(i) {
			keep = append(keep, i)
		}
	}
	cols := make([]Column, 0, len(keep))
	for _, i := range keep {
		cols = append(cols, t.Columns[i])
	}
	t.Columns = cols
	for _, s := range t.Sections {
		for _, r := range s.Rows {
			kept := make([]Cell, 0, len(keep))
			for _, i := range keep {
				kept = append(kept, r.Cells[i])
			}
			r.Cells = kept
		}
	}
}

func (t *Table) says(column int) bool {
	for _, s := range t.Sections {
		for _, r := range s.Rows {
			if r.Cells[column].Text != "" {
				return true
			}
		}
	}
	return false
}

// rows counts the rows of all sections.
func (t *Table) rows() int {
	n := 0
	for _, s := range t.Sections {
		n += len(s.Rows)
	}
	return n
}

// labelWords is "sharded=true, tier=gold".
func labelWords(ls []flow.Label) []string {
	var out []string
	for _, l := range ls {
		out = append(out, l.Key+"="+l.Value)
	}
	return out
}

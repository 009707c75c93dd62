package view

import "strings"

// describeTable says a table, a part for each section and a line for each row:
// its first cell, then each other cell behind its column's title. Names keep
// their first letter.
func describeTable(t *Table) []*Part {
	var out []*Part
	for _, s := range t.Sections {
		p := &Part{Title: s.Title}
		for _, r := range s.Rows {
			p.Facts = append(p.Facts, rowWords(t, r)...)
		}
		out = append(out, p)
	}
	return out
}

func rowWords(t *Table, r *TableRow) []string {
	if len(r.Cells) == 0 {
		return nil
	}
	head := r.Cells[0].Text
	lead := head
	if r.Wire {
		lead = "On the wire: " + lead
	}
	if r.Own {
		lead += " (as stated)"
	}
	words := []string{stop(lead)}
	for i, cell := range r.Cells[1:] {
		switch title := column(t, i+1); {
		case cell.Text == "":
		case title == "":
			words = append(words, stop(cell.Text))
		default:
			words = append(words, stop(title+": "+cell.Text))
		}
	}
	return append([]string{strings.Join(words, " ")}, markWords(head, r.Marks)...)
}

// column is the heading of a column; "" for a cell beyond the last.
func column(t *Table, i int) string {
	if i >= len(t.Columns) {
		return ""
	}
	return t.Columns[i].Heading()
}

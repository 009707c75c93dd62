package emit

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// Widths of a table in a terminal, in columns.
const (
	textCellGap  = 2
	textWord     = 28 // a longer word is broken, earlier where columns are many
	textWordLess = 6
)

// table writes headings over a rule, and the rows of each section.
func (t *textWriter) table(tab *view.Table) {
	tab = upright(tab)
	l := &textTable{textWriter: t, Table: tab}
	for _, s := range tab.Sections {
		for _, r := range s.Rows {
			if r.Own {
				l.lead = columnsOf(t.signs.own)
			}
		}
	}
	l.columns()
	total := l.lead + textCellGap*max(len(l.widths)-1, 0)
	for _, w := range l.widths {
		total += w
	}
	titles := &view.TableRow{}
	for _, c := range tab.Columns {
		titles.Cells = append(titles.Cells, view.Cell{Text: l.heading(c)})
	}
	l.row(titles)
	t.line(strings.Repeat(t.signs.rule, total))
	for i, s := range tab.Sections {
		if i > 0 {
			t.line("")
		}
		if s.Title != "" {
			t.paragraph(s.Title)
			t.line("")
		}
		for n, r := range s.Rows {
			if n > 0 && (l.tall(r) || l.tall(s.Rows[n-1])) {
				t.line("")
			}
			l.row(r)
			t.marks(strings.Repeat(" ", l.lead), r.Marks)
		}
	}
}

type textTable struct {
	*textWriter
	*view.Table
	lead   int // columns before each row, where one is the model's own
	widths []int
}

// columns spreads the width: each column as wide as its longest word at least,
// as its longest cell at most. Where words alone are too wide, they are broken.
func (l *textTable) columns() {
	room := l.width - l.lead - textCellGap*max(len(l.Columns)-1, 0)
	for limit := textWord; ; limit-- {
		least, most := make([]int, len(l.Columns)), make([]int, len(l.Columns))
		need := func(i int, s string, extra int) {
			for _, w := range strings.Fields(clean(s)) {
				least[i] = max(least[i], min(columnsOf(w), limit)+extra)
			}
			most[i] = max(most[i], columnsOf(clean(s))+extra)
		}
		for i, c := range l.Columns {
			need(i, l.heading(c), 0)
		}
		for _, s := range l.Sections {
			for _, r := range s.Rows {
				for i, c := range r.Cells[:min(len(r.Cells), len(l.Columns))] {
					need(i, c.Text, shiftOf(r, i))
				}
			}
		}
		total := 0
		for _, w := range least {
			total += w
		}
		if total <= room || limit == textWordLess {
			l.widths = share(least, most, room)
			return
		}
	}
}

// heading is a column's title, marked where it is the model's own.
func (l *textTable) heading(c view.Column) string {
	if c.Own {
		return l.signs.own + c.Heading()
	}
	return c.Heading()
}

// shiftOf is how far the first cell of a row about a wire is indented.
func shiftOf(r *view.TableRow, column int) int {
	if r.Wire && column == 0 {
		return 2
	}
	return 0
}

// broken returns the lines of every cell of a row.
func (l *textTable) broken(r *view.TableRow) [][]string {
	var out [][]string
	for i, c := range r.Cells[:min(len(r.Cells), len(l.Columns))] {
		shift := shiftOf(r, i)
		lines, _ := wrap(c.Text, columns, max(l.widths[i]-shift, 1), 0, cellLines, l.signs.dots)
		for n := range lines {
			lines[n] = strings.Repeat(" ", shift) + lines[n]
		}
		out = append(out, lines)
	}
	return out
}

// tall reports whether a row takes more than one line; it then stands apart.
func (l *textTable) tall(r *view.TableRow) bool {
	return len(r.Marks) > 0 || slices.ContainsFunc(l.broken(r), func(lines []string) bool { return len(lines) > 1 })
}

func (l *textTable) row(r *view.TableRow) {
	broken := l.broken(r)
	height := 1
	for _, lines := range broken {
		height = max(height, len(lines))
	}
	for n := range height {
		var c cells
		if r.Own && n == 0 {
			c.put(0, l.signs.own)
		}
		x := l.lead
		for i, lines := range broken {
			if n < len(lines) {
				at := x
				if l.Columns[i].Right {
					at += l.widths[i] - columnsOf(lines[n])
				}
				c.put(at, lines[n])
			}
			x += l.widths[i] + textCellGap
		}
		l.line(c.String())
	}
}

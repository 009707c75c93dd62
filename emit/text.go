package emit

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// plainText writes every picture for a terminal.
var plainText = &Format{
	Name: "text",
	Ext:  "txt",
	Doc:  "text for a terminal of 100 columns, in Unicode or ASCII",
	Fits: func(view.Picture) bool { return true },
	Emit: emitText,
}

func emitText(_ context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error) {
	t := &textWriter{signs: &unicodeSigns, width: opt.Width}
	if opt.ASCII {
		t.signs = &asciiSigns
	}
	if t.width <= 0 {
		t.width = 100
	}
	head := pic.Header()
	if head.Title != "" {
		t.paragraph(head.Title)
		t.line("")
	}
	switch p := pic.(type) {
	case *view.Sequence:
		for i, panel := range p.Panels {
			if i > 0 {
				t.line("")
			}
			t.panel(panel)
		}
	case *view.Table:
		t.table(p)
	case *view.Flowchart:
		t.flowchart(p)
	default:
		panic(fmt.Sprintf("emit: unknown picture %T", pic))
	}
	if len(head.Foot) > 0 {
		t.line("")
	}
	for _, f := range head.Foot {
		t.paragraph(f)
	}
	return []byte(t.String()), nil, nil
}

// textWriter writes lines without blanks at their ends.
type textWriter struct {
	strings.Builder
	signs *textSigns
	width int // columns
}

// textSigns is the characters that are drawn with.
type textSigns struct {
	plain, maybe, tls, maybeTLS, control, flow string // arrows; two characters alternate
	life, holds, relays, past                  string // lifelines
	frame, double                              corners
	note                                       [2]string
	fold, rule, dots                           string
	branch, last, bar, own                     string
	error, warning, expected                   string
	group, groupEnd, groupBar                  string
	doubleGroup, doubleGroupEnd, doubleBar     string
}

// corners is the corners and sides of a box: top left, top right, bottom left,
// bottom right, horizontal, vertical.
type corners [6]string

var unicodeSigns = textSigns{
	plain: "─", maybe: "╌", tls: "═", maybeTLS: "═ ", control: "· ", flow: "─",
	life: "│", holds: "║", relays: "┊", past: "·",
	frame:  corners{"┌", "┐", "└", "┘", "─", "│"},
	double: corners{"╔", "╗", "╚", "╝", "═", "║"},
	note:   [2]string{"┤ ", " ├"},
	fold:   "╌", rule: "─", dots: "…",
	branch: "├─ ", last: "└─ ", bar: "│  ", own: "▸ ", error: "✗ ", warning: "! ", expected: "✗ ",
	group: "┌─ ", groupEnd: "└─", groupBar: "│ ",
	doubleGroup: "╔═ ", doubleGroupEnd: "╚═", doubleBar: "║ ",
}

var asciiSigns = textSigns{
	plain: "-", maybe: "- ", tls: "=", maybeTLS: "= ", control: ". ", flow: "-",
	life: "|", holds: "#", relays: ":", past: ".",
	frame:  corners{"+", "+", "+", "+", "-", "|"},
	double: corners{"#", "#", "#", "#", "=", "#"},
	note:   [2]string{"[ ", " ]"},
	fold:   "~", rule: "-", dots: "...",
	branch: "|- ", last: "`- ", bar: "|  ", own: "> ", error: "x ", warning: "! ", expected: "x ",
	group: "+- ", groupEnd: "+-", groupBar: "| ",
	doubleGroup: "#= ", doubleGroupEnd: "#=", doubleBar: "# ",
}

func (t *textWriter) line(s string) {
	t.WriteString(strings.TrimRight(s, " "))
	t.WriteByte('\n')
}

// paragraph writes text broken to the width.
func (t *textWriter) paragraph(s string) {
	for _, l := range t.wrap(s, t.width, maxLines) {
		t.line(l)
	}
}

// hanging writes text whose later lines stand under its beginning.
func (t *textWriter) hanging(lead, sign, s string) {
	indent := strings.Repeat(" ", columnsOf(sign))
	for i, l := range t.wrap(s, t.width-columnsOf(lead+sign), maxLines) {
		if i > 0 {
			sign = indent
		}
		t.line(lead + sign + l)
	}
}

// wrap breaks a text into lines of at most width columns.
func (t *textWriter) wrap(s string, width, limit int) []string {
	lines, _ := wrap(s, columns, max(width, 8), 0, limit, t.signs.dots)
	return lines
}

// marks writes findings behind a lead.
func (t *textWriter) marks(lead string, list []view.Mark) {
	for _, m := range list {
		t.hanging(lead, t.markSign(m), m.Code+" "+markSaid(m))
	}
}

func (t *textWriter) markSign(m view.Mark) string {
	switch m.Grade() {
	case view.GradeError:
		return t.signs.error
	case view.GradeWarning:
		return t.signs.warning
	case view.GradeExpected:
		return t.signs.expected
	case view.GradeAdded:
		return "+ "
	case view.GradeRemoved:
		return "- "
	case view.GradeChanged:
		return "~ "
	}
	panic("emit: unknown grade")
}

// cells is a line of a terminal that is written at places. A character of two
// columns leaves an empty string in the second.
type cells []string

// put writes s from column x, over what is there.
func (c *cells) put(x int, s string) {
	for _, r := range s {
		w := diag.RuneColumns(r)
		for len(*c) < x+max(w, 1) {
			*c = append(*c, " ")
		}
		if w == 0 {
			if x > 0 {
				(*c)[x-1] += string(r)
			}
			continue
		}
		(*c)[x] = string(r)
		if w == 2 {
			(*c)[x+1] = ""
		}
		x += w
	}
}

// fill repeats a pattern from column x1 to before x2.
func (c *cells) fill(x1, x2 int, pattern string) {
	runes := []rune(pattern)
	for x := x1; x < x2; x++ {
		c.put(x, string(runes[(x-x1)%len(runes)]))
	}
}

func (c cells) String() string { return strings.Join(c, "") }

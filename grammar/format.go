package grammar

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// The style. There is one, and nothing of it can be chosen.
const (
	indentColumns  = 4   // a level of blocks
	commentColumns = 2   // before a comment behind something
	lineColumns    = 100 // a block on one line that does not fit is opened up
	listColumns    = 50  // a list whose first element is further right goes on two levels deeper
)

// Format returns the text of a file in the one style of the language. The file
// is one that Parse found nothing wrong with; parsing the result gives the same
// statements with the same comments, and formatting it gives the same bytes.
//
// What an author groups stays grouped: blank lines (one at most, and none where
// a block begins or ends), blocks on one line, and the line breaks of a list,
// which go on below its first element.
func Format(file *ast.File) string {
	p := &printer{src: file.Source}
	p.items(file.Items, contextFile)
	return p.String()
}

// printer holds the lines that are done and the one that is being written.
type printer struct {
	src   *source.File
	lines []line
	depth int    // of the blocks that are open
	text  []byte // of the line that is being written
	width int    // of it, in columns
	end   int    // where the word ends in the source that was written last
	inner []*ast.Comment
	// behind is the comment that stands behind something and was written last.
	behind *ast.Comment
}

// line is one line of the result. Only its comment is still to be aligned, with
// those of its neighbours in the same block.
type line struct {
	text    string
	width   int // of text, in columns
	comment string
	depth   int
}

// items writes the items of the top level or of a block.
func (p *printer) items(items []ast.Item, context string) {
	for i, it := range items {
		switch it := it.(type) {
		case *ast.Comment:
			p.standing(it, p.depth*indentColumns, i > 0)
		case *ast.Statement:
			if i > 0 && it.Blank {
				p.blank()
			}
			p.write(blanks(p.depth * indentColumns))
			p.statement(it, context)
		}
	}
}

func (p *printer) statement(st *ast.Statement, context string) {
	opens := p.head(st, context)
	if st.Block == nil {
		p.flush(st.Trail)
		return
	}
	if flag := lookup(context, st.Keyword.Text).onlyFlag(st); flag != nil {
		p.write(" " + flag.Text)
		p.flush(st.Block.Trail)
		return
	}
	if p.oneLine(st.Block, opens) {
		p.flush(st.Block.Trail)
		return
	}
	p.write(" {")
	p.flush(st.Trail)
	p.depth++
	p.items(st.Block.Items, opens)
	p.depth--
	p.write(blanks(p.depth*indentColumns) + "}")
	p.flush(st.Block.Trail)
}

// oneLine writes a block behind its statement if its author did and it fits.
// It holds one statement at most and no comment.
func (p *printer) oneLine(b *ast.Block, context string) bool {
	if strings.Contains(b.At.Text(), "\n") {
		return false
	}
	length, width, end := len(p.text), p.width, p.end
	p.inline(b, context)
	if p.width <= lineColumns || len(b.Items) == 0 {
		return true
	}
	p.text, p.width, p.end = p.text[:length], width, end
	return false
}

func (p *printer) inline(b *ast.Block, context string) {
	p.write(" {")
	for _, st := range b.Statements() {
		p.write(" ")
		opens := p.head(st, context)
		if st.Block != nil {
			p.inline(st.Block, opens)
		}
		p.write(" ")
	}
	p.write("}")
}

// head writes a statement up to its block and returns the place that its block
// is.
func (p *printer) head(st *ast.Statement, context string) (opens string) {
	sig := lookup(context, st.Keyword.Text)
	p.inner = st.Inner
	p.write(st.Keyword.Text)
	p.end = st.Keyword.At.End
	for _, a := range st.Args {
		p.write(" ")
		if l, ok := a.(*ast.List); ok {
			p.list(l)
		} else {
			p.arg(a, p.goOnAt())
		}
	}
	if sig == nil {
		return ""
	}
	return sig.Opens
}

func (p *printer) list(l *ast.List) {
	column := p.goOnAt()
	for i, e := range l.Elems {
		if i > 0 {
			p.comma(e.At.Start, column)
		}
		for j, a := range e.Args {
			if j > 0 {
				p.write(" ")
			}
			p.arg(a, column)
		}
	}
}

// arg writes an argument. One in parentheses goes on below their first word, or
// at the column where that is too far right.
func (p *printer) arg(a ast.Arg, column int) {
	switch a := a.(type) {
	case *ast.Word:
		p.word(a)
	case *ast.Group:
		p.write("(")
		if p.width <= listColumns {
			column = p.width
		}
		for i, w := range a.Words {
			if i > 0 {
				p.comma(w.At.Start, column)
			}
			p.word(w)
		}
		p.write(")")
		p.end = a.At.End
	}
}

func (p *printer) word(w *ast.Word) {
	if _, free := w.Value.(ast.Text); free || !bare(w.Text) {
		p.write(quoteText(w.Text))
	} else {
		p.write(w.Text)
	}
	p.end = w.At.End
}

// comma writes a comma and what stands between it and the next word, which
// begins at the offset next: a blank, or a line break with comments about it.
func (p *printer) comma(next, column int) {
	p.write(",")
	if !strings.Contains(p.src.Text[p.end:next], "\n") {
		p.write(" ")
		return
	}
	var trail *ast.Comment
	if c := p.innerBefore(next); c != nil && !strings.Contains(p.src.Text[p.end:c.At.Start], "\n") {
		trail, p.inner = c, p.inner[1:]
	}
	p.flush(trail)
	for c := p.innerBefore(next); c != nil; c = p.innerBefore(next) {
		p.inner = p.inner[1:]
		p.standing(c, column, true)
	}
	if blankBefore(p.src.Text, next) {
		p.blank()
	}
	p.write(blanks(column))
}

// innerBefore returns the next comment of the statement, if it stands before
// the offset.
func (p *printer) innerBefore(next int) *ast.Comment {
	if len(p.inner) == 0 || p.inner[0].At.Start > next {
		return nil
	}
	return p.inner[0]
}

// standing writes a comment on a line of its own: at the column, or in line
// with the comment of the line above that it goes on with.
func (p *printer) standing(c *ast.Comment, column int, mayBlank bool) {
	if p.goesOn(c) {
		depth := p.lines[len(p.lines)-1].depth
		p.lines = append(p.lines, line{comment: c.Text, depth: depth})
		p.behind = c
		return
	}
	if c.Blank && mayBlank {
		p.blank()
	}
	p.write(blanks(column) + c.Text)
	p.flush(nil)
}

// goesOn reports whether a comment stands right below one that is behind
// something, so that both are read as one.
func (p *printer) goesOn(c *ast.Comment) bool {
	if p.behind == nil {
		return false
	}
	above, here := p.src.Position(p.behind.At.Start), p.src.Position(c.At.Start)
	if here.Line != above.Line+1 {
		return false
	}
	return p.column(c, here) == p.column(p.behind, above)
}

// column returns the column of a comment in the source as it is seen.
func (p *printer) column(c *ast.Comment, at source.Position) int {
	start := p.src.LineSpan(at.Line).Start
	return diag.Columns(strings.TrimPrefix(p.src.Text[start:c.At.Start], byteOrderMark))
}

// flush ends the line, with the comment behind it if there is one.
func (p *printer) flush(trail *ast.Comment) {
	l := line{text: string(p.text), width: p.width, depth: p.depth}
	if trail != nil {
		l.comment = trail.Text
	}
	p.behind = trail
	p.lines = append(p.lines, l)
	p.text, p.width = p.text[:0], 0
}

func (p *printer) blank() { p.lines = append(p.lines, line{}) }

// write adds to the line.
func (p *printer) write(text string) {
	p.text = append(p.text, text...)
	p.width += diag.Columns(text)
}

// goOnAt returns the column at which a list goes on that begins here.
func (p *printer) goOnAt() int {
	if p.width > listColumns {
		return (p.depth + 2) * indentColumns
	}
	return p.width
}

// String returns the lines with the comments behind them aligned.
func (p *printer) String() string {
	var out strings.Builder
	for rest := p.lines; len(rest) > 0; {
		n, column := run(rest)
		for _, l := range rest[:n] {
			out.WriteString(l.text)
			if l.comment != "" {
				out.WriteString(blanks(column-l.width+commentColumns) + l.comment)
			}
			out.WriteByte('\n')
		}
		rest = rest[n:]
	}
	return out.String()
}

// run returns how many of the first lines have their comments aligned: those
// that follow each other in one block. A line that is too long does not push
// the others' away; only what its comment goes on with is aligned with it.
func run(lines []line) (n, column int) {
	first := lines[0]
	n, column = 1, first.width
	if first.comment == "" {
		return n, column
	}
	for _, l := range lines[1:] {
		tooLong := l.width > 0 && max(l.width, first.width) > lineColumns
		if l.comment == "" || l.depth != first.depth || tooLong {
			break
		}
		column = max(column, l.width)
		n++
	}
	return n, column
}

func blanks(n int) string { return strings.Repeat(" ", n) }

package dotflow

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// comments returns the comments of files, the first of which is the entry file,
// each with the lines that it covers: behind a statement, the lines of that
// statement up to its block; above one, the same; behind the "}" of a block,
// the whole statement.
func comments(files []*ast.File) []suppress.Comment {
	c := &commentWalk{}
	for i, f := range files {
		c.file, c.imported = f.Source, i > 0
		for i, it := range f.Items {
			c.around = around(f.Items[i:])
			c.item(it, f.Items[i+1:])
		}
	}
	return c.found
}

// commentWalk goes through the syntax of files.
type commentWalk struct {
	file     *source.File
	imported bool
	around   source.Span // the declaration that the comments are in, or above
	found    []suppress.Comment
}

// around returns the first statement of the top level.
func around(items []ast.Item) source.Span {
	for _, it := range items {
		if st, ok := it.(*ast.Statement); ok {
			return st.At
		}
	}
	return source.Span{}
}

// item collects the comments of an item; rest is what follows it.
func (c *commentWalk) item(it ast.Item, rest []ast.Item) {
	switch it := it.(type) {
	case *ast.Comment:
		c.add(it, below(rest))
	case *ast.Statement:
		c.statement(it)
	}
}

// below returns the place that a comment above the items covers: that of the
// statement right below it, other comments between them.
func below(items []ast.Item) source.Span {
	for _, it := range items {
		switch it := it.(type) {
		case *ast.Comment:
			if it.Blank {
				return source.Span{}
			}
		case *ast.Statement:
			if it.Blank {
				return source.Span{}
			}
			return head(it)
		}
	}
	return source.Span{}
}

// head is a statement up to its block.
func head(st *ast.Statement) source.Span {
	at := st.At
	if st.Block != nil {
		at.End = st.Block.At.Start
	}
	return at
}

func (c *commentWalk) statement(st *ast.Statement) {
	for _, inner := range st.Inner {
		c.add(inner, c.inList(inner))
	}
	if st.Trail != nil {
		c.add(st.Trail, head(st))
	}
	if st.Block == nil {
		return
	}
	for i, it := range st.Block.Items {
		c.item(it, st.Block.Items[i+1:])
	}
	if st.Block.Trail != nil {
		c.add(st.Block.Trail, st.At)
	}
}

// inList returns what a comment between the lines of a list covers: its own
// line or, where it stands alone, the one below.
func (c *commentWalk) inList(comment *ast.Comment) source.Span {
	n := c.file.Position(comment.At.Start).Line
	line := c.file.LineSpan(n)
	if strings.TrimSpace(c.file.Text[line.Start:comment.At.Start]) == "" {
		line = c.file.LineSpan(n + 1) // of what the list goes on with
	}
	return line
}

func (c *commentWalk) add(comment *ast.Comment, covers source.Span) {
	text := comment.At
	text.Start += len("#")
	c.found = append(c.found, suppress.Comment{
		Text: text, At: comment.At, Covers: covers, Around: c.around, Imported: c.imported,
	})
}

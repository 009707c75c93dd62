package dotflow

import (
	"slices"
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
		around := arounds(f.Items)
		c.items(f.Items, func(i int) { c.around = around[i] })
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

// arounds returns for each item of the top level the first statement from it on.
func arounds(items []ast.Item) []source.Span {
	out := make([]source.Span, len(items))
	next := source.Span{}
	for i, it := range slices.Backward(items) {
		if st, ok := it.(*ast.Statement); ok {
			next = st.At
		}
		out[i] = next
	}
	return out
}

// items collects the comments of items; before is called before each.
func (c *commentWalk) items(items []ast.Item, before func(i int)) {
	covers := belows(items)
	for i, it := range items {
		before(i)
		switch it := it.(type) {
		case *ast.Comment:
			c.add(it, covers[i])
		case *ast.Statement:
			c.statement(it)
		}
	}
}

// belows returns for each item the place that a comment there covers: that of
// the statement right below it, other comments between them.
func belows(items []ast.Item) []source.Span {
	out := make([]source.Span, len(items))
	below := source.Span{} // what an item directly above the last one covers
	for i, it := range slices.Backward(items) {
		out[i] = below
		switch it := it.(type) {
		case *ast.Comment:
			if it.Blank {
				below = source.Span{}
			}
		case *ast.Statement:
			if below = head(it); it.Blank {
				below = source.Span{}
			}
		}
	}
	return out
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
	c.items(st.Block.Items, func(int) {})
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

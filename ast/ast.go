// Package ast is the syntax of one .flow file as sealed values: statements of
// words, with blocks and comments. It resolves nothing and knows no statement
// by name; the table of statements is the grammar's.
package ast

import "github.com/flowc-lang/flowc/source"

// Node is a piece of syntax with its place: one of *File, *Statement, *Block,
// *Word, *List, *Element, *Group, *Comment.
type Node interface {
	Span() source.Span
	node()
}

// File is one parsed text, in the order it was written.
type File struct {
	Source *source.File
	Items  []Item // statements and free-standing comments
	End    source.Span
}

// Item is an element of a file or a block that has lines of its own: a *Statement or a *Comment.
type Item interface {
	Node
	item()
}

// Statement is one statement: its words, then perhaps a block.
//
//	tls reencrypt { trust service-ca }
type Statement struct {
	Keyword *Word // "tls"
	Args    []Arg // "reencrypt"
	Block   *Block
	Trail   *Comment // the comment behind it on the same line (behind "{" where there is a block)
	// Inner holds the comments between the lines of a list that goes on.
	Inner []*Comment
	At    source.Span
	// Blank says that a blank line stands before it (a formatter keeps it).
	Blank bool
	// Broken says that it was not understood whole and was already reported:
	// it still defines its name, and nothing else is to be said about it. The
	// Text of a misspelt keyword is the keyword that was meant.
	Broken bool
}

// Block is the statements between "{" and "}".
type Block struct {
	Items []Item
	Trail *Comment // behind "}" on the same line
	At    source.Span
}

// Arg is an argument of a statement: a *Word, a *List or a *Group.
type Arg interface {
	Node
	arg()
}

// Word is a bare or quoted word. Text is without quotes and with escapes
// resolved; its span covers the spelling, quotes included. Value is nil, too,
// where the statement was not understood.
type Word struct {
	Text   string
	Quoted bool
	At     source.Span
	Value  Value
}

// List is two or more arguments separated by commas: h2, http/1.1. An element
// may be several words ("shard, tier in (a, b)").
type List struct {
	Elems []*Element
	At    source.Span
}

// Element is one element of a list: the words between two commas.
type Element struct {
	Args []Arg // *Word or *Group
	At   source.Span
}

// Elements returns the elements of a statement's last, listed argument, whose
// first word is args[0]: those of the *List that it is, or else all of args as
// the one element of a list without a comma.
//
//	expect 200 from shop/shop-1, close    two elements of three and one words
//	expect 200 from shop/shop-1           one element of three words
func Elements(args []Arg) []*Element {
	if len(args) == 0 {
		return nil
	}
	if l, ok := args[0].(*List); ok {
		return l.Elems
	}
	at := args[0].Span()
	at.End = args[len(args)-1].Span().End
	return []*Element{{Args: args, At: at}}
}

// Group is words in parentheses: (a, b).
type Group struct {
	Words []*Word
	At    source.Span
}

// Comment is from "#" to the line's end, without the line break. Text keeps the "#".
type Comment struct {
	Text  string
	Blank bool // a blank line stands before it
	At    source.Span
}

func (n *File) Span() source.Span      { return n.Source.Span(0, len(n.Source.Text)) }
func (n *Statement) Span() source.Span { return n.At }
func (n *Block) Span() source.Span     { return n.At }
func (n *Word) Span() source.Span      { return n.At }
func (n *List) Span() source.Span      { return n.At }
func (n *Element) Span() source.Span   { return n.At }
func (n *Group) Span() source.Span     { return n.At }
func (n *Comment) Span() source.Span   { return n.At }

func (*File) node()      {}
func (*Statement) node() {}
func (*Block) node()     {}
func (*Word) node()      {}
func (*List) node()      {}
func (*Element) node()   {}
func (*Group) node()     {}
func (*Comment) node()   {}

func (*Statement) item() {}
func (*Comment) item()   {}

func (*Word) arg()  {}
func (*List) arg()  {}
func (*Group) arg() {}

// Statements returns the statements of the block in order; a nil block has none.
func (b *Block) Statements() []*Statement {
	if b == nil {
		return nil
	}
	return statements(b.Items)
}

// Statements returns the top-level statements in order.
func (n *File) Statements() []*Statement { return statements(n.Items) }

func statements(items []Item) []*Statement {
	out := make([]*Statement, 0, len(items)) // nearly all are
	for _, it := range items {
		if s, ok := it.(*Statement); ok {
			out = append(out, s)
		}
	}
	return out
}

// Walk calls visit for n and everything below it, in source order, as long as
// visit returns true for the parent.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	switch n := n.(type) {
	case *File:
		for _, it := range n.Items {
			Walk(it, visit)
		}
	case *Statement:
		Walk(n.Keyword, visit)
		for _, a := range n.Args {
			Walk(a, visit)
		}
		for _, c := range n.Inner {
			Walk(c, visit)
		}
		if n.Trail != nil {
			Walk(n.Trail, visit)
		}
		if n.Block != nil {
			Walk(n.Block, visit)
		}
	case *Block:
		for _, it := range n.Items {
			Walk(it, visit)
		}
		if n.Trail != nil {
			Walk(n.Trail, visit)
		}
	case *List:
		for _, e := range n.Elems {
			Walk(e, visit)
		}
	case *Element:
		for _, a := range n.Args {
			Walk(a, visit)
		}
	case *Group:
		for _, w := range n.Words {
			Walk(w, visit)
		}
	case *Word, *Comment:
	default:
		panic("ast: unknown node")
	}
}

// Package grammar is the spelling of the flow language: text goes in, an
// *ast.File and what is wrong with it come out. The shape of the text
// (statements, blocks, lists) is a participle grammar, private to the package;
// the words are one table, Statements. It resolves no name and knows no
// topology.
//
// A text passes through four steps, one file each: lex.go makes tokens and
// inserts statement ends, braces.go balances the braces, shape.go parses the
// shape and recovers from errors in it (quick.go does so for what has none),
// lower.go makes the syntax tree and checks every statement against its
// signature. format.go goes the other way.
package grammar

import (
	"context"
	"fmt"
	"iter"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// The limits of one text. Each has a diagnostic of its own (FL9xx).
const (
	maxBytes  = 64 << 20   // 64 MiB; a fleet of 100,000 routes has 26 MB
	maxTokens = 16_000_000 // words, braces, commas and statement ends; that fleet has 4,900,000
	maxDepth  = 16         // blocks within blocks; the language needs 3
	maxErrors = 100        // what a file's list of findings is cut to
)

// Parse parses one text. The file is never nil and holds all that could be
// understood: a statement with an error in it is there, marked Broken, so that
// a declaration still defines its name; a declaration that stands in a block
// is reported and moved to the top level. The findings all have a place in f
// and are sorted.
func Parse(f *source.File) (*ast.File, diag.List) {
	if len(f.Text) > maxBytes {
		at := f.Span(0, 0)
		return &ast.File{Source: f, End: at}, diag.List{problem(codeTooLarge, at,
			fmt.Sprintf("the file has %d bytes, more than the %d MiB that flowc reads", len(f.Text), maxBytes>>20))}
	}
	return parse(f, shapes)
}

// ParseContext is Parse, but ends with the error of a context soon after that
// ended; then there is neither a tree nor a finding.
func ParseContext(ctx context.Context, f *source.File) (*ast.File, diag.List, error) {
	if len(f.Text) > maxBytes {
		file, found := Parse(f)
		return file, found, ctx.Err()
	}
	file, found := parse(f, func(tokens tokens, end int) iter.Seq2[*shapeStatement, int] {
		return func(yield func(*shapeStatement, int) bool) {
			for s, next := range shapes(tokens, end) {
				if ctx.Err() != nil || !yield(s, next) {
					return
				}
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return file, found, nil
}

// parse parses a text whose shape is read in one of the two ways.
func parse(f *source.File, shapes func(tokens tokens, end int) iter.Seq2[*shapeStatement, int]) (*ast.File, diag.List) {
	s := scan(f)
	l := &lowerer{scanner: s}
	file := l.file(shapes(balance(s), len(s.text)))
	return file, cut(s.list.Sort(), s.unlisted)
}

// cut keeps a list readable: a text that is no model has thousands of errors.
func cut(l diag.List, unlisted int) diag.List {
	if len(l) <= maxErrors {
		return l
	}
	last := problem(codeTooMany, l[maxErrors].At, fmt.Sprintf("%d more errors in this file are not listed", len(l)-maxErrors+unlisted))
	return append(l[:maxErrors:maxErrors], last)
}

func problem(code diag.Code, at source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, At: at, Broken: true}
}

// Package source holds immutable text and the byte spans that point into it.
// It is the only place where a byte offset becomes a line and a column.
package source

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// File is one immutable text with the name it is reported under.
type File struct {
	Name  string // as the user wrote it, with forward slashes: models/reencrypt.flow
	Path  string // that its imports are relative to; Name, but for a text that stands in another file
	Text  string
	lines []int // byte offset at which each line begins
	paths bool  // the lines of Text are paths of a document, see NewDocument
}

// NewFile indexes text. Name is used in messages only; it is never opened.
func NewFile(name string, text string) *File {
	f := &File{Name: name, Path: name, Text: text, lines: make([]int, 1, strings.Count(text, "\n")+1)}
	for at := 0; ; {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return f
		}
		at += n + 1
		f.lines = append(f.lines, at)
	}
}

// NewDocument returns a document that is known by paths and not by lines, such
// as a manifest that was read through an API: its text is those paths, one a
// line, and a span of it stands for the path on which it begins.
func NewDocument(name string, paths []string) *File {
	f := NewFile(name, strings.Join(paths, "\n"))
	f.paths = true
	return f
}

// Document reports whether spans of the file represent paths of a document.
func (f *File) Document() bool { return f.paths }

// Find returns the place of a path of a document, the zero Span where it has
// no such path.
func (f *File) Find(path string) Span {
	for n := range f.Lines() {
		if s := f.LineSpan(n + 1); f.paths && s.Text() == path {
			return s
		}
	}
	return Span{}
}

// Span is the half-open byte range [Start, End) of a file. The zero Span
// points nowhere: it is the place of whatever no text states.
type Span struct {
	File       *File
	Start, End int
}

// Known reports whether the span points into a file.
func (s Span) Known() bool { return s.File != nil }

// Text returns the spelled text of the span, or "" for the zero Span.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text[s.Start:s.End]
}

// Path is the path in a document that the span represents; "" in a text.
func (s Span) Path() string {
	if s.File == nil || !s.File.paths {
		return ""
	}
	return s.File.Line(s.File.Position(s.Start).Line)
}

// Place is where the span begins, for people: "shop.flow:3:9", of a document
// "route.yaml: spec.tls.termination", or "" for the zero Span.
func (s Span) Place() string {
	if s.File == nil || s.File.paths {
		return s.Line()
	}
	return fmt.Sprintf("%s:%d", s.Line(), s.File.Position(s.Start).Column)
}

// Line is Place without the column.
func (s Span) Line() string {
	switch {
	case s.File == nil:
		return ""
	case s.File.paths:
		return s.File.Name + ": " + s.Path()
	}
	return fmt.Sprintf("%s:%d", s.File.Name, s.File.Position(s.Start).Line)
}

// Contains reports whether o lies within s, in the same file.
func (s Span) Contains(o Span) bool {
	return s.File != nil && s.File == o.File && s.Start <= o.Start && o.End <= s.End
}

// Position is a place for people: line and column count from 1, the column in
// runes of the line. A byte order mark is no column: editors do not show it.
type Position struct{ Line, Column int }

// Position returns the place of the byte offset off.
func (f *File) Position(off int) Position {
	i := f.lineAt(off)
	before := f.Text[f.lines[i]:off]
	if i == 0 {
		before = strings.TrimPrefix(before, byteOrderMark)
	}
	return Position{Line: i + 1, Column: utf8.RuneCountInString(before) + 1}
}

const byteOrderMark = "\ufeff"

// Line returns the text of a line, counted from 1, without its line break.
func (f *File) Line(n int) string {
	s := f.LineSpan(n)
	return s.Text()
}

// LineSpan returns the span of a line, counted from 1, without its line break.
func (f *File) LineSpan(n int) Span {
	start, end := f.lines[n-1], len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	if end > start && f.Text[end-1] == '\r' {
		end--
	}
	return Span{f, start, end}
}

// Lines returns how many lines the file has; an empty file has one.
func (f *File) Lines() int { return len(f.lines) }

func (f *File) lineAt(off int) int {
	return sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > off }) - 1
}

// Span returns the span of the byte range [start, end).
func (f *File) Span(start, end int) Span { return Span{f, start, end} }

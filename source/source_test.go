package source_test

import (
	"testing"

	"github.com/flowc-lang/flowc/source"
)

func TestPosition(t *testing.T) {
	f := source.NewFile("a.flow", "ab\ncé世d\r\n\nx")
	for _, tc := range []struct{ offset, line, column int }{
		{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, // the line break is of its line
		{3, 2, 1}, {4, 2, 2}, {6, 2, 3}, {9, 2, 4}, {10, 2, 5},
		{12, 3, 1}, {13, 4, 1}, {14, 4, 2}, // the end of the text
	} {
		if p := f.Position(tc.offset); p.Line != tc.line || p.Column != tc.column {
			t.Errorf("byte %d is at %d:%d, not %d:%d", tc.offset, p.Line, p.Column, tc.line, tc.column)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	f := source.NewFile("a.flow", "\ufeffab\n\ufeffc")
	for _, tc := range []struct{ offset, line, column int }{
		{0, 1, 1}, {3, 1, 1}, {4, 1, 2}, {9, 2, 2}, // the second one is none
	} {
		if p := f.Position(tc.offset); p.Line != tc.line || p.Column != tc.column {
			t.Errorf("byte %d is at %d:%d, not %d:%d", tc.offset, p.Line, p.Column, tc.line, tc.column)
		}
	}
}

func TestLines(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"a", []string{"a"}},
		{"a\n", []string{"a", ""}},
		{"a\r\nb\rc\n\nd\r", []string{"a", "b\rc", "", "d"}},
		{"\r\n", []string{"", ""}},
	} {
		f := source.NewFile("a.flow", tc.text)
		if f.Lines() != len(tc.want) {
			t.Errorf("%q has %d lines, not %d", tc.text, f.Lines(), len(tc.want))
			continue
		}
		for i, want := range tc.want {
			if got := f.Line(i + 1); got != want {
				t.Errorf("line %d of %q is %q, not %q", i+1, tc.text, got, want)
			}
		}
	}
}

func TestSpan(t *testing.T) {
	f, g := source.NewFile("a.flow", "zone a"), source.NewFile("a.flow", "zone a")
	if s := f.Span(5, 6); s.Text() != "a" || !s.Known() {
		t.Errorf("the span is %q", s.Text())
	}
	var none source.Span
	if none.Known() || none.Text() != "" || none.Contains(none) {
		t.Error("the zero span is of no text")
	}
	for _, tc := range []struct {
		outer, inner source.Span
		want         bool
	}{
		{f.Span(0, 6), f.Span(0, 6), true},
		{f.Span(0, 6), f.Span(5, 5), true},
		{f.Span(0, 4), f.Span(3, 5), false},
		{f.Span(1, 4), f.Span(0, 2), false},
		{f.Span(0, 6), g.Span(0, 1), false},
	} {
		if got := tc.outer.Contains(tc.inner); got != tc.want {
			t.Errorf("%v contains %v: %v", tc.outer, tc.inner, got)
		}
	}
}

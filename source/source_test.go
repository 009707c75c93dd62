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

// TestDocument holds that a span of a document stands for the path on which it
// begins, and that nothing asks it for a line in vain.
func TestDocument(t *testing.T) {
	f := source.NewDocument("route.yaml", []string{"spec.host", "spec.tls", "spec.tls.termination"})
	at := f.Find("spec.tls")
	if at.Path() != "spec.tls" || at.Place() != "route.yaml: spec.tls" || at.Line() != at.Place() || !at.Known() {
		t.Errorf("spec.tls is at %q, %q, %q", at.Path(), at.Place(), at.Line())
	}
	whole := f.Span(at.Start, f.Find("spec.tls.termination").End)
	if !whole.Contains(at) || whole.Path() != "spec.tls" {
		t.Errorf("%q does not hold %q", whole.Path(), at.Path())
	}
	if f.Find("spec").Known() {
		t.Error("spec is no path of the document, and has a place")
	}
	text := source.NewFile("shop.flow", "route shop\n").Span(6, 10)
	if text.Path() != "" || text.Place() != "shop.flow:1:7" || text.Line() != "shop.flow:1" {
		t.Errorf("a text has the path %q at %q, %q", text.Path(), text.Place(), text.Line())
	}
}

package kubeyaml

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/source"
)

// index finds bytes of a text by line and column as YAML counts them: the column in
// runes, the lines by each of the line breaks of YAML 1.1.
type index struct {
	text  string
	lines []int32         // where each line begins
	ascii bool            // a column is a byte
	marks map[int][]int32 // of long lines: where each block of runes begins
}

const byteOrderMark = "\ufeff"

// markEvery is how many runes are between two marks of a long line.
const markEvery = 1024

func newIndex(text string) *index {
	x := &index{text: text, ascii: true, lines: make([]int32, 1, strings.Count(text, "\n")+1), marks: map[int][]int32{}}
	if strings.HasPrefix(text, byteOrderMark) {
		x.lines[0] = int32(len(byteOrderMark))
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n', c == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			x.lines = append(x.lines, int32(i+1))
		case c < utf8.RuneSelf:
		default:
			x.ascii = false
			if n := wideBreak(text[i:]); n > 0 {
				x.lines = append(x.lines, int32(i+n))
			}
		}
	}
	return x
}

// wideBreak is the length of a line break of YAML 1.1 that is not ASCII; 0 for none.
func wideBreak(text string) int {
	for _, b := range []string{"\u0085", "\u2028", "\u2029"} {
		if strings.HasPrefix(text, b) {
			return len(b)
		}
	}
	return 0
}

// offset is the byte at a line and a column, both counted from 1.
func (x *index) offset(line, column int) int {
	line = max(1, min(line, len(x.lines)))
	start, end := int(x.lines[line-1]), len(x.text)
	if line < len(x.lines) {
		end = int(x.lines[line])
	}
	if x.ascii {
		return min(start+column-1, end)
	}
	runes := column - 1
	if runes > 2*markEvery {
		marks := x.marksOf(line, start, end)
		at := min(runes/markEvery, len(marks)-1)
		start, runes = int(marks[at]), runes-at*markEvery
	}
	for ; runes > 0 && start < end; runes-- {
		_, n := utf8.DecodeRuneInString(x.text[start:])
		start += n
	}
	return start
}

func (x *index) marksOf(line, start, end int) []int32 {
	if m := x.marks[line]; m != nil {
		return m
	}
	var out []int32
	n := 0
	for i := range x.text[start:end] {
		if n%markEvery == 0 {
			out = append(out, int32(start+i))
		}
		n++
	}
	if out == nil {
		out = []int32{int32(start)}
	}
	x.marks[line] = out
	return out
}

// document is a part of a text that is parsed by itself.
type document struct {
	line int // how many lines are above it
	text string
}

// extent is where a node stands: a scalar with its quotes, of a block scalar the sign
// that begins it, of a mapping or a list its first character.
func (f *File) extent(n *yaml.Node, above int) (start, end int) {
	start = f.index.offset(n.Line+above, n.Column)
	end = min(start+1, len(f.index.text))
	if n.Kind != yaml.ScalarNode && n.Kind != yaml.AliasNode {
		return start, end
	}
	text := f.index.text[start:]
	switch {
	case n.Kind == yaml.AliasNode:
		return start, start + len("*") + len(n.Value)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return start, start + quotedEnd(text, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return start, start + quotedEnd(text, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return start, end
	case n.Value != "" && strings.HasPrefix(text, n.Value):
		return start, start + len(n.Value)
	}
	return start, min(start+lineLength(text), start+len(text)) // plain text of several lines, or with a tag
}

// quotedEnd is the length of a quoted scalar, which ends with its line at the latest.
func quotedEnd(text string, quote byte) int {
	begin := strings.IndexByte(text, quote) + 1 // behind an anchor or a tag
	for i := begin; i < len(text); i++ {
		switch {
		case text[i] == '\n' || text[i] == '\r':
			return i
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

func lineLength(text string) int {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return i
	}
	return len(text)
}

// span is the place of a node.
func (f *File) span(n *yaml.Node, above int) source.Span {
	start, end := f.extent(n, above)
	return f.Source.Span(start, end)
}

package check

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// replaced is the fix that puts a text in the place of another.
func replaced(at source.Span, text string) *diag.Fix {
	if !at.Known() {
		return nil // no text states it
	}
	return fixed(at, text, "replace %q by %q", at.Text(), text)
}

// extended is the fix that goes on with words on the line of a statement.
func extended(after source.Span, words string) *diag.Fix {
	if !after.Known() {
		return nil // no text states it
	}
	return fixed(after.File.Span(after.End, after.End), " "+words, "add %q", words)
}

// added is the fix that puts a statement into the line below another one, of
// which it is handed the last word. A comment behind that one stays there.
func added(after source.Span, statement string) *diag.Fix {
	if !after.Known() {
		return nil // no text states it
	}
	line := after.File.LineSpan(after.File.Position(after.End).Line)
	end := after.End
	if rest := strings.TrimLeft(after.File.Text[end:line.End], " \t"); rest == "" || rest[0] == '#' {
		end = line.End
	}
	return fixed(after.File.Span(end, end), "\n"+statement, "add %q", statement)
}

// removed is the fix that takes a statement of one word out, with its line
// where it has one of its own.
func removed(at source.Span) *diag.Fix {
	if !at.Known() {
		return nil // no text states it
	}
	text, word := at.File.Text, at.Text()
	line := at.File.LineSpan(at.File.Position(at.Start).Line)
	if strings.TrimSpace(line.Text()) == word && line.End < len(text) {
		at = at.File.Span(line.Start, line.End+strings.IndexByte(text[line.End:], '\n')+1)
	}
	return fixed(at, "", "remove %q", word)
}

func fixed(at source.Span, text, message string, args ...any) *diag.Fix {
	return &diag.Fix{Message: fmt.Sprintf(message, args...), Edits: []diag.Edit{{At: at, New: text}}}
}

// onlyName is the one name in a certificate, where it states one and that is
// no wildcard; "" elsewhere.
func onlyName(c *flow.Certificate) string {
	if c == nil || len(c.Names) != 1 || strings.HasPrefix(c.Names[0].V, "*.") {
		return ""
	}
	return c.Names[0].V
}

// agreed is the value that all of a list are; "" where they are not one, or
// where there are none.
func agreed(values []string) string {
	for _, v := range values {
		if v != values[0] {
			return ""
		}
	}
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

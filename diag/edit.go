package diag

import (
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// Replace returns the fix that replaces the text of a place with a word.
func Replace(at source.Span, word string) *Fix {
	return &Fix{Message: "replace " + quoted(at.Text()) + " by " + quoted(word), Edits: []Edit{{At: at, New: word}}}
}

// Delete returns the fix that deletes the text of a place.
func Delete(at source.Span) *Fix {
	return &Fix{Message: "delete " + quoted(at.Text()), Edits: []Edit{Deletion(at)}}
}

// Deletion returns the edit that deletes a place, with the lines that would be empty, or the
// blanks before it.
func Deletion(at source.Span) Edit {
	f := at.File
	first, last := f.LineSpan(f.Position(at.Start).Line), f.Position(at.End).Line
	before := strings.TrimRight(f.Text[first.Start:at.Start], " \t")
	behind := strings.Trim(f.Text[at.End:f.LineSpan(last).End], " \t") // "\r" is of the line break
	switch {
	case before != "":
		return Edit{At: f.Span(first.Start+len(before), at.End)}
	case behind != "":
		return Edit{At: at}
	case last < f.Lines():
		return Edit{At: f.Span(first.Start, f.LineSpan(last+1).Start)}
	}
	return Edit{At: f.Span(first.Start, at.End)}
}

// quoted quotes what comes from a text for a message, of which one line is
// enough and not too long.
func quoted(s string) string {
	const most = 60
	line, _, more := strings.Cut(s, "\n")
	if len(line) > most {
		line, more = strings.ToValidUTF8(line[:most], ""), true
	}
	if more {
		line += "…"
	}
	return `"` + line + `"`
}

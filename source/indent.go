package source

import "strings"

// Indented returns a text that is a part of another one, moved to where it
// stands there: below so many lines, and each of its lines behind so many
// columns, which are spaces. So the position of every byte is that in the whole
// text. A line without text stays empty, and a byte order mark is left out: it
// may stand at the start of a file only.
func Indented(text string, lines, columns int) string {
	if lines == 0 && columns == 0 {
		return text
	}
	text = strings.TrimPrefix(text, byteOrderMark)
	var out strings.Builder
	out.Grow(IndentedSize(text, lines, columns))
	for range lines {
		out.WriteByte('\n')
	}
	margin := strings.Repeat(" ", columns)
	for line := range strings.Lines(text) {
		if strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r") != "" {
			out.WriteString(margin)
		}
		out.WriteString(line)
	}
	return out.String()
}

// IndentedSize returns the largest number of bytes that Indented makes of a text, for callers that
// limit it.
func IndentedSize(text string, lines, columns int) int {
	return len(text) + lines + columns*(strings.Count(text, "\n")+1)
}

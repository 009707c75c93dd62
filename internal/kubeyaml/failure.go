package kubeyaml

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// failure says why a document could not be parsed, and where.
func (f *File) failure(d *document, err error) failure {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := atLine.Get().FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	line = f.nearLine(d, line, message)
	at := f.index.offset(line, 1)
	at += len(f.index.text[at:]) - len(strings.TrimLeft(f.index.text[at:], " "))
	help := "check quotes and indentation of this line and the one above it"
	text := f.lineText(line)
	switch {
	case strings.Contains(text, "{{"):
		return failure{at, "this is a template, and not YAML", "render it first, such as with helm template or oc process, and give flowc the result"}
	case strings.Contains(d.text, "<<<<<<<") && strings.Contains(d.text, ">>>>>>>"):
		help = "the file has the marks of a merge conflict (<<<<<<<): resolve it"
	}
	for _, k := range known {
		if strings.Contains(message, k.yaml) {
			message = k.words
			if k.help != "" {
				help = k.help
			}
			break
		}
	}
	return failure{at, "this is not YAML: " + message, help}
}

var atLine = lazy.Regexp(`^line (\d+): (.*)$`)

// known are what the parser says, and what it means.
var known = []struct{ yaml, words, help string }{
	{"found character that cannot start any token", "a value begins with a character that needs quotes, or the line is indented with a tab", "indent with blanks, and put a value that begins with @, ` or % in quotes"},
	{"found a tab character that violates indentation", "the line is indented with a tab", "indent with blanks"},
	{"mapping values are not allowed", "a second colon stands in the line, or the line is indented deeper than the one above it", "put a value that has a colon and a blank in quotes, or indent the line like its neighbours"},
	{"could not find expected ':'", "a colon is missing behind a name", "write NAME: VALUE; behind the colon is a blank"},
	{"did not find expected key", "the line is indented otherwise than its neighbours, or a quote or bracket is open", ""},
	{"did not find expected '-' indicator", "an item of the list is indented otherwise than the others", "begin each item of the list in the same column"},
	{"did not find expected ',' or ']'", "a list in brackets does not end", "close it with ]"},
	{"did not find expected ',' or '}'", "a mapping in braces does not end", "close it with }"},
	{"found unexpected end of stream", "a quote is not closed", "close it"},
	{"did not find expected node content", "a value is missing", ""},
	{"did not find expected <document start>", "text stands before the first document", "begin the document with ---, or remove what stands before it"},
	{"unknown anchor", "an alias (*NAME) names no anchor (&NAME) above it", "define the anchor in the same document, above its use"},
	{"exceeded max depth", "values are nested too deep", "no object of Kubernetes is nested like this"},
	{"control characters are not allowed", "a control character stands in the text", "remove it; in quotes it may be written as an escape"},
	{"found unknown escape character", "an escape that YAML does not have stands in double quotes", "write \\\\ for a backslash, or use single quotes"},
	{"found invalid Unicode character escape code", "an escape of half a character stands in double quotes", "write the character itself"},
	{"found undefined tag handle", "a tag (!NAME) is not declared", "remove it"},
	{"found unexpected document indicator", "the document ends within quotes", "close them"},
	{"block sequence entries are not allowed", "an item of a list stands where a value is expected", "begin the list in a line of its own"},
	{"did not find expected whitespace or line break", "a blank is missing", ""},
	{"while scanning", "a value cannot be read", ""},
	{"found incompatible YAML document", "the version behind %YAML is not 1.1, which Kubernetes reads", "remove the line"},
	{"found a duplicate", "a directive stands there twice", "remove one of them"},
}

// nearLine is the line of a document's text that a message means, counted in the whole
// text. The parser counts some from 0, and names the end for what is open above it.
func (f *File) nearLine(d *document, line int, message string) int {
	last := strings.Count(strings.TrimRight(d.text, "\r\n "), "\n") + 1
	line = min(max(line, 1), last)
	if strings.Contains(message, "control characters") {
		for i, r := range d.text {
			if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != 0x85 {
				return d.line + strings.Count(d.text[:i], "\n") + 1
			}
		}
	}
	return d.line + line
}

// lineText is a line of the text.
func (f *File) lineText(line int) string {
	at := f.index.offset(line, 1)
	return f.index.text[at : at+lineLength(f.index.text[at:])]
}

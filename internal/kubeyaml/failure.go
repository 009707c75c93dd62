package kubeyaml

import (
	"sort"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// failure says why a document could not be parsed, and where.
func (f *File) failure(d *document, err error) failure {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line, counted := 1, false
	if m := atLine.Get().FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message, counted = m[2], true
	}
	said := message
	help := "check quotes and indentation of this line and the one above it"
	for _, k := range known {
		if strings.Contains(said, k.yaml) {
			message = k.words
			if k.help != "" {
				help = k.help
			}
			if k.late && counted {
				line++ // the parser counts these lines from 0
			}
			break
		}
	}
	line = f.nearLine(d, line, said)
	switch conflict := strings.Index(d.text, "<<<<<<<"); {
	case strings.Contains(f.lineText(line), "{{"):
		message, help = "it is a template", renderHelp
	case conflict >= 0 && strings.Contains(d.text, ">>>>>>>"):
		line = d.line + strings.Count(d.text[:conflict], "\n") + 1
		message, help = "it has the marks of a merge conflict", "resolve the merge conflict"
	}
	at := f.index.offset(line, 1)
	at += len(f.index.text[at:]) - len(strings.TrimLeft(f.index.text[at:], " "))
	return failure{at, "this is not YAML: " + message, help}
}

// renderHelp is what to do with a template.
const renderHelp = "render it first, such as with helm template or oc process, and give flowc the result"

var atLine = lazy.Regexp(`^line (\d+): (.*)$`)

// known are what the parser says, and what it means. late says that it counts lines from 0.
var known = []struct {
	yaml, words, help string
	late              bool
}{
	{"found character that cannot start any token", "a value begins with a character that needs quotes, or the line is indented with a tab", "indent with blanks, and put a value that begins with @, ` or % in quotes", false},
	{"found a tab character that violates indentation", "the line is indented with a tab", "indent with blanks", false},
	{"mapping values are not allowed", "a second colon stands in the line, or the line is indented deeper than the one above it", "put a value that has a colon and a blank in quotes, or indent the line like its neighbours", false},
	{"could not find expected ':'", "a colon is missing behind a name", "write NAME: VALUE; behind the colon is a blank", false},
	{"did not find expected key", "the line is indented otherwise than its neighbours, or a quote or bracket is open", "", true},
	{"did not find expected '-' indicator", "an item of the list is indented otherwise than the others", "begin each item of the list in the same column", true},
	{"did not find expected ',' or ']'", "a list in brackets does not end", "close it with ]", true},
	{"did not find expected ',' or '}'", "a mapping in braces does not end", "close it with }", true},
	{"found unexpected end of stream", "a quote is not closed", "close it", false},
	{"did not find expected node content", "a value is missing", "", true},
	{"did not find expected <document start>", "text stands before the first document", "begin the document with ---, or remove what stands before it", true},
	{"unknown anchor", "an alias (*NAME) names no anchor (&NAME) above it", "define the anchor in the same document, above its use", false},
	{"exceeded max depth", "values are nested too deep", "no object of Kubernetes is nested like this", false},
	{"control characters are not allowed", "a control character stands in the text", "remove it; in quotes it may be written as an escape", false},
	{"found unknown escape character", "an escape that YAML does not have stands in double quotes", "write \\\\ for a backslash, or use single quotes", false},
	{"found invalid Unicode character escape code", "an escape of half a character stands in double quotes", "write the character itself", false},
	{"found undefined tag handle", "a tag (!NAME) is not declared", "remove it", true},
	{"found unexpected document indicator", "the document ends within quotes", "close them", false},
	{"block sequence entries are not allowed", "an item of a list stands where a value is expected", "begin the list in a line of its own", false},
	{"did not find expected whitespace or line break", "a blank is missing", "", false},
	{"while scanning", "a value cannot be read", "", false},
	{"found incompatible YAML document", "the version behind %YAML is not 1.1, which Kubernetes reads", "remove the line", true},
	{"found a duplicate", "a directive stands there twice", "remove one of them", true},
}

// nearLine is the line of a document's text that a message means, counted in the whole
// text.
func (f *File) nearLine(d *document, line int, message string) int {
	last := strings.Count(strings.TrimRight(d.text, "\r\n "), "\n") + 1
	line = min(max(line, 1), last)
	upTo := func(i int) int { return d.line + strings.Count(d.text[:i], "\n") + 1 }
	switch {
	case strings.Contains(message, "control characters"):
		for i, r := range d.text {
			if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != 0x85 {
				return upTo(i)
			}
		}
	case strings.Contains(message, "unknown anchor"):
		_, rest, _ := strings.Cut(message, "'")
		name, _, _ := strings.Cut(rest, "'")
		if i := strings.Index(d.text, "*"+name); i >= 0 {
			return upTo(i)
		}
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "'-' indicator"):
		return d.line + d.firstBroken(line, last)
	}
	return d.line + line
}

// mostTried is how large a document may be of which parts are parsed to find a mistake.
const mostTried = 1 << 20

// firstBroken is the line with which a document ceases to be YAML: the parser names only
// the one where the mapping or the list begins.
func (d *document) firstBroken(from, last int) int {
	if len(d.text) > mostTried {
		return from
	}
	lines := strings.SplitAfter(d.text, "\n")
	n := sort.Search(last-from, func(i int) bool {
		var node yaml.Node
		return yaml.Unmarshal([]byte(strings.Join(lines[:from+i], "")), &node) != nil
	})
	return from + n
}

// lineText is a line of the text.
func (f *File) lineText(line int) string {
	at := f.index.offset(line, 1)
	return f.index.text[at : at+lineLength(f.index.text[at:])]
}

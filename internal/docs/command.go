package docs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/internal/document"
)

// Command is a command of flowc that a region shows the output of.
type Command struct {
	Folder string            // that its paths are relative to, with slashes
	Texts  map[string]string // files that stand in the document, by their names in Folder
	Args   []string          // "check", "vault.flow"
	Mixed  bool              // what it writes to standard error is wanted, too
}

// Output is what a command printed, and the files that it read.
type Output struct {
	Text  []byte
	Reads []string
}

// RefusedError is the error of a command that cannot be shown: flowc does not
// know it, it writes files, or it fails in another way than by what it finds.
type RefusedError struct {
	Message string
	Help    string
}

func (e *RefusedError) Error() string { return e.Message }

// commandFormats are the formats in which a region shows what a command prints.
var commandFormats = []string{formatText, formatMarkdown}

// command makes the body of a region that shows what a command prints.
func (t *task) command(r *document.Region) ([]string, bool) {
	at := r.Attrs.Get("command")
	format, out := r.Attrs.Value("format"), r.Attrs.Value("out")
	for _, key := range []string{"alt", "words"} {
		if other := r.Attrs.Get(key); other != nil && out == "" {
			return nil, t.fail(codeAttribute, r, other, key+"= is for a picture, and this region shows a text", "write out=NAME.svg, or delete "+key+"=")
		}
	}
	f := r.Attrs.Get("format")
	if f != nil && out != "" {
		return nil, t.fail(codeAttribute, r, f, "format= is for a text, and out= for a picture", "delete one of them")
	}
	if f != nil && !t.oneOf(f, "format of a command's output", commandFormats) {
		return nil, false
	}
	args, err := words(at.Value)
	if err != nil {
		return nil, t.fail(codeAttribute, r, at, err.Error(), "")
	}
	if len(args) > 0 && args[0] == "flowc" {
		args = args[1:]
	}
	texts := make(map[string]string)
	for name, f := range t.texts {
		texts[name] = f.Body
	}
	got, err := t.Run(Command{Folder: t.base(r), Texts: texts, Args: args, Mixed: out == ""})
	t.result.Inputs = append(t.result.Inputs, got.Reads...)
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return nil, t.fail(codeUndrawn, r, at, refused.Message, refused.Help)
	}
	if err != nil {
		t.machine(fmt.Errorf("%s: flowc %s: %w", t.doc.Path, at.Value, err))
		return nil, false
	}
	w := t.writer()
	switch {
	case out != "":
		if !bytes.HasPrefix(got.Text, []byte(svgStart)) {
			return nil, t.fail(codeUndrawn, r, at, "the command does not print an SVG", "add --format svg -o - to it, or delete out=")
		}
		return t.linked(r, "", got.Text, nil)
	case format == formatMarkdown:
		if t.doc.Language != document.Markdown && t.doc.Language != document.MDX {
			return nil, t.fail(codeAttribute, r, r.Attrs.Get("format"), "the output of a command is Markdown only in a Markdown document", "leave format= out")
		}
		return lines(string(got.Text)), true
	}
	return w.fence(cmp.Or(r.Attrs.Value("lang"), "text"), string(got.Text)), true
}

// words cuts a command into words as a shell does, with quotes of both kinds.
func words(s string) ([]string, error) {
	var out []string
	var word strings.Builder
	quote, inside := rune(0), false
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inside = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if inside {
				out = append(out, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if quote != 0 {
		return nil, errors.New("the command has a quote that does not end")
	}
	if inside {
		out = append(out, word.String())
	}
	return out, nil
}

// lines are the lines of a text without the blank ones at its ends.
func lines(text string) []string {
	return strings.Split(strings.Trim(text, "\n"), "\n")
}

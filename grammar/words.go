package grammar

import (
	"errors"
	"regexp/syntax"
	"strings"

	"github.com/flowc-lang/flowc/ast"
)

// reader says what a word of some kind means, nil where that is its text, or
// what is wrong with it. It looks at the word alone; what that refers to is for
// resolve.
type reader func(text string) (ast.Value, *fault)

// plain is the reader of words that mean their text.
func plain(check func(text string) *fault) reader {
	return func(text string) (ast.Value, *fault) { return nil, check(text) }
}

// free is the reader of free text.
func free(check func(text string) *fault) reader {
	return func(text string) (ast.Value, *fault) { return ast.Text{}, check(text) }
}

// name accepts [A-Za-z0-9_][A-Za-z0-9_.-]*.
func name(text string) *fault {
	const help = "a name is of letters, digits, _ . and -, and begins with none of . and -"
	if text == "" {
		return wrong(help, "the name is empty")
	}
	for i, r := range text {
		switch {
		case isAlphanumeric(r), r == '_', i > 0 && (r == '.' || r == '-'):
		case r == ';' && i == len(text)-1:
			return wrong("a statement ends with its line; no ; is needed", `";" does not belong in a name`).at(i, i+1).meant(text[:i])
		case i == 0 && (r == '.' || r == '-'):
			return wrong(help, "a name does not begin with %s", shown(string(r))).at(0, 1)
		default:
			return stranger(r, help, "a name").at(i, i+len(string(r)))
		}
	}
	return nil
}

// stranger says that a character does not belong in a word of a kind.
func stranger(r rune, help, noun string) *fault {
	if like := lookalike(r); like != "" {
		help = like
	}
	return wrong(help, "%s does not belong in %s", visible(r), noun)
}

func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// pathName reads NAME or NAME/NAME.
func pathName(text string) (ast.Value, *fault) {
	before, after, ok := strings.Cut(text, "/")
	if !ok {
		return nil, name(text)
	}
	if f := name(before); f != nil {
		if f.end == 0 {
			return nil, wrong("", `the part before the "/" is missing in %s`, shown(text))
		}
		return nil, f
	}
	f := name(after)
	if f == nil {
		return ast.Member{Of: before, Name: after}, nil
	}
	if f.end == 0 {
		return nil, wrong("", `the part after the "/" is missing in %s`, shown(text))
	}
	return nil, f.at(f.start+len(before)+1, f.end+len(before)+1)
}

// namePort reads NAME or NAME:PORT.
func namePort(text string) (ast.Value, *fault) {
	before, after, ok := strings.Cut(text, ":")
	if f := name(before); f != nil {
		return nil, f
	}
	if !ok {
		return nil, nil
	}
	n, f := port(after)
	return ast.Instance{Name: before, Port: n}, f.at(len(before)+1, len(text))
}

func filePath(text string) *fault {
	switch {
	case text == "":
		return wrong("", "the path is empty")
	case strings.HasPrefix(text, "/"):
		return wrong("a path is relative to the importing file", "%s is an absolute path", shown(text))
	case strings.Contains(text, `\`):
		return wrong("folders are separated by /", `"\" does not belong in a path`)
	case strings.ContainsAny(text, "\n\x00"):
		return wrong("", "a line break does not belong in a path")
	}
	return invisible(text, "a path")
}

// plainText accepts what may stand in an HTTP field value (RFC 9110, 5.5).
func plainText(text string) *fault {
	if strings.ContainsAny(text, "\r\n") {
		return wrong("", "a value has no line break")
	}
	return invisible(text, "a value")
}

// token accepts a field name (RFC 9110, 5.6.2).
func token(text string) *fault {
	if text == "" {
		return wrong("", "the name is empty")
	}
	for i, r := range text {
		if !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r) {
			return wrong("", "%s does not belong in a field's name", shown(string(r))).at(i, i+len(string(r)))
		}
	}
	return nil
}

// path accepts the path of a URL, without its query.
func path(text string) *fault {
	if !strings.HasPrefix(text, "/") {
		return wrong("write /"+text, `a path begins with "/"`).meant("/" + text)
	}
	if i := strings.IndexAny(text, "?# \n\t"); i >= 0 {
		return wrong("", "%s does not belong in a path", shown(text[i:i+1])).at(i, i+1)
	}
	return nil
}

// anyText accepts what a quoted word can hold.
func anyText(string) *fault { return nil }

// comparing are the words that say how values are compared. In quotes they are values.
var comparing = []string{"begins", "ends", "contains", "regex", "any-case"}

// method accepts the method of a request (RFC 9110, 9.1): case counts.
func method(text string) *fault {
	for i, r := range text {
		if !isAlphanumeric(r) && r != '-' && r != '_' {
			return wrong("", "%s does not belong in a method", shown(string(r))).at(i, i+len(string(r)))
		}
	}
	if upper := strings.ToUpper(text); upper != text {
		return wrong("write "+upper, "a method is in capitals").meant(upper)
	}
	if text == "" {
		return wrong("", "the method is empty")
	}
	return nil
}

// mostExpression is how long a regular expression may be.
const mostExpression = 1000

// regularExpression accepts one of Go's, which are those of RE2.
func regularExpression(text string) *fault {
	if len(text) > mostExpression {
		return wrong("", "the regular expression has %d characters, more than %d", len(text), mostExpression)
	}
	if f := plainText(text); f != nil {
		return f
	}
	_, err := syntax.Parse(text, syntax.Perl)
	if bad, ok := errors.AsType[*syntax.Error](err); ok {
		f := wrong("the syntax is that of RE2: no look-around and no references back", "%s in the regular expression: %s", bad.Code, shown(bad.Expr))
		if i := strings.Index(text, bad.Expr); i >= 0 && bad.Expr != "" {
			return f.at(i, i+len(bad.Expr))
		}
		return f
	}
	return nil
}

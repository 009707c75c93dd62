package haproxycfg

import (
	_ "embed"
	"errors"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/internal/spell"
)

//go:embed samples.txt
var sampleText string

// signature is how many arguments a fetch or a converter takes.
type signature struct{ least, most int }

// samples are the fetches, the converters, and the names that only conditions have.
var samples = sync.OnceValue(func() map[string]map[string]signature {
	out := map[string]map[string]signature{"fetch": {}, "converter": {}, "acl": {}}
	for line := range strings.Lines(sampleText) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		least, most := arity(f[1])
		out[f[0]][f[2]] = signature{least, most}
	}
	return out
})

// signatureOf finds a fetch or a converter, also one of those that a name with a star
// stands for.
func signatureOf(kind, name string) (signature, bool) {
	all := samples()[kind]
	if s, ok := all[name]; ok {
		return s, true
	}
	for i := range len(name) {
		if s, ok := all[name[:i]+"*"]; ok {
			return s, true
		}
	}
	return signature{}, false
}

// Problem is what is wrong with a part of a line.
type Problem struct{ Message, Help string }

// SampleProblem says what is wrong with a sample expression; nil for nothing. Where a
// condition tests it, names with an ending are known, too.
func SampleProblem(text string, condition bool) *Problem {
	e, rest, ok := ParseExpr(text)
	switch {
	case !ok && strings.Count(text, "(") > strings.Count(text, ")"):
		return &Problem{"a parenthesis of " + quoted(text) + " is not closed", "add: )"}
	case !ok || rest != "":
		return &Problem{quoted(text) + " is not a sample expression", "write a fetch, and converters behind it: req.hdr(host),lower"}
	}
	for i, c := range e {
		kind := "converter"
		if i == 0 {
			kind = "fetch"
		}
		if p := callProblem(kind, c, condition && i == 0); p != nil {
			return p
		}
	}
	return nil
}

func callProblem(kind string, c Call, condition bool) *Problem {
	s, known := signatureOf(kind, c.Name)
	if !known && condition {
		s, known = signatureOf("acl", c.Name)
	}
	if !known {
		p := &Problem{"HAProxy has no sample " + kind + " " + quoted(c.Name), "see chapter 7.3 of HAProxy's configuration manual"}
		var names []string
		for name := range samples()[kind] {
			names = append(names, name)
		}
		slices.Sort(names)
		if near, ok := nearest(c.Name, names); ok {
			p.Help = "did you mean " + near + "?"
		}
		return p
	}
	n := len(c.Args)
	if n == 1 && c.Args[0] == "" {
		n = 0
	}
	if n < s.least || n > s.most {
		return &Problem{c.Name + " takes " + argumentsOf(s) + ", and has " + strconv.Itoa(n), "see " + c.Name + " in chapter 7.3 of HAProxy's configuration manual"}
	}
	return nil
}

// nearest is the known name nearest to one; a known name with which it begins is near,
// too: lower of lowercase.
func nearest(name string, known []string) (string, bool) {
	if near, ok := spell.Nearest(name, known); ok {
		return near, true
	}
	longest := ""
	for _, k := range known {
		if len(k) >= 3 && strings.HasPrefix(name, k) && len(k) > len(longest) {
			longest = k
		}
	}
	return longest, longest != ""
}

func argumentsOf(s signature) string {
	switch {
	case s.most == 0:
		return "no arguments"
	case s.least == s.most && s.least == 1:
		return "1 argument"
	case s.least == s.most:
		return strconv.Itoa(s.least) + " arguments"
	}
	return strconv.Itoa(s.least) + " to " + strconv.Itoa(s.most) + " arguments"
}

func quoted(s string) string { return strconv.Quote(short(s)) }

// FormatProblem says what is wrong with a log-format string; nil for nothing.
func FormatProblem(text string) *Problem {
	for at := 0; ; {
		i := strings.Index(text[at:], "%[")
		if i < 0 {
			return nil
		}
		at += i
		if at > 0 && text[at-1] == '%' { // %%[
			at += 2
			continue
		}
		e, rest, ok := ParseExpr(text[at+2:])
		if !ok || !strings.HasPrefix(rest, "]") {
			if ok && rest == "" || !strings.Contains(text[at:], "]") {
				return &Problem{"the expression " + quoted(text[at:]) + " is not closed", "add: ]"}
			}
			return &Problem{quoted(text[at:]) + " is not a sample expression", "write a fetch, and converters behind it: %[req.hdr(host),lower]"}
		}
		for n, c := range e {
			kind := "converter"
			if n == 0 {
				kind = "fetch"
			}
			if p := callProblem(kind, c, false); p != nil {
				return p
			}
		}
		at = len(text) - len(rest)
	}
}

// wrongAnywhere are the faults of regular expressions that PCRE has, too.
var wrongAnywhere = []syntax.ErrorCode{
	syntax.ErrMissingParen, syntax.ErrUnexpectedParen, syntax.ErrMissingBracket, syntax.ErrTrailingBackslash, syntax.ErrMissingRepeatArgument,
}

// RegexProblem says what is wrong with a regular expression; nil where HAProxy may take
// it: its syntax is that of PCRE, which has more than Go's.
func RegexProblem(expr string) *Problem {
	_, err := syntax.Parse(expr, syntax.Perl)
	wrong, ok := errors.AsType[*syntax.Error](err)
	if ok && slices.Contains(wrongAnywhere, wrong.Code) {
		return &Problem{"the regular expression " + quoted(expr) + " is not valid: " + wrong.Code.String(), "write a backslash before a character that means itself"}
	}
	return nil
}

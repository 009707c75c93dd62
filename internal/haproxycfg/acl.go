package haproxycfg

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// Test is one test of a condition: an expression, how it is compared, and with what
// (HAProxy configuration manual, 7.1).
type Test struct {
	Expr     Expr
	Method   string // str, beg, end, sub, reg, dom, dir, found, bool, int, ip, len, bin; "" for the fetch's own
	AnyCase  bool   // -i
	Patterns []Pattern
	Files    []Word // -f: patterns from files
	At       source.Span
}

// Pattern is a value to compare with.
type Pattern struct {
	Text string
	At   source.Span
}

// suffixes are the endings of names that say how a fetch is compared: path_beg.
var suffixes = map[string]string{
	"_beg": "beg", "_dir": "dir", "_dom": "dom", "_end": "end", "_len": "len", "_reg": "reg", "_sub": "sub",
}

// suffixed are the names that have such endings.
var suffixed = map[string]string{
	"base": "base", "cook": "req.cook", "hdr": "req.hdr", "path": "path", "shdr": "res.hdr", "scook": "res.cook",
	"url": "url", "urlp": "url_param", "url_param": "url_param", "ssl_fc_sni": "ssl_fc_sni", "req.hdr": "req.hdr", "req.cook": "req.cook",
	"req_ssl_sni": "req.ssl_sni", "req.ssl_sni": "req.ssl_sni", "req.fhdr": "req.fhdr", "pathq": "pathq",
}

// aliases are older names of fetches.
var aliases = map[string]string{
	"hdr": "req.hdr", "req.fhdr": "req.hdr", "cook": "req.cook", "urlp": "url_param", "req_ssl_sni": "req.ssl_sni",
	"req_ssl_hello_type": "req.ssl_hello_type", "req_proto_http": "req.proto_http", "req_len": "req.len", "meth": "method",
	"req_ssl_ver": "req.ssl_ver", "fc_dst_port": "dst_port", "fc_src": "src", "hdr_cnt": "req.hdr_cnt", "cook_cnt": "req.cook_cnt",
}

// methods are the ways of comparing (HAProxy configuration manual, 7.1.3).
var methods = []string{"found", "bool", "int", "ip", "bin", "len", "str", "sub", "beg", "dir", "dom", "end", "reg"}

// unknownMethod says that there is no such way of comparing.
func unknownMethod(name string) string {
	if near, ok := nearest(name, methods); ok {
		return "HAProxy has no matching method \"" + short(name) + "\": did you mean " + near + "?"
	}
	return "HAProxy has no matching method \"" + short(name) + "\": there are " + strings.Join(methods, ", ")
}

// ParseTest reads a test: EXPRESSION [-i] [-m METHOD] [-f FILE] [--] PATTERN….
func ParseTest(words []Word) (*Test, string) {
	if len(words) == 0 {
		return nil, "a test is missing"
	}
	t := &Test{At: words[0].At}
	t.At.End = words[len(words)-1].At.End
	e, rest, ok := ParseExpr(words[0].Text)
	if !ok || rest != "" {
		return nil, "\"" + short(words[0].Text) + "\" is not a sample expression"
	}
	t.Expr = e
	t.named()
	words = words[1:]
	for len(words) > 0 && strings.HasPrefix(words[0].Text, "-") && len(words[0].Text) > 1 {
		flag := words[0].Text
		switch {
		case flag == "--":
			t.patterns(words[1:])
			return t, ""
		case flag == "-i":
			t.AnyCase = true
		case flag == "-n":
		case flag == "-m" && len(words) > 1:
			t.Method = words[1].Text
			if !slices.Contains(methods, t.Method) {
				return nil, unknownMethod(t.Method)
			}
			words = words[1:]
		case flag == "-f" && len(words) > 1:
			t.Files = append(t.Files, words[1])
			words = words[1:]
		case (flag == "-M" || flag == "-u") && len(words) > 1:
			if flag == "-u" {
				words = words[1:]
			}
		case flag == "-m" || flag == "-f" || flag == "-u":
			return nil, flag + " needs a word behind it"
		default:
			return nil, "\"" + short(flag) + "\" is not a flag of a test (-i, -m, -f, -M, -n, -u): write -- before a pattern that begins with a dash"
		}
		words = words[1:]
	}
	t.patterns(words)
	return t, ""
}

func (t *Test) patterns(words []Word) {
	for _, w := range words {
		t.Patterns = append(t.Patterns, Pattern(w))
	}
}

// named puts the name of the fetch into the form without ending and alias.
func (t *Test) named() {
	f := &t.Expr[0]
	for suffix, method := range suffixes {
		if base, ok := strings.CutSuffix(f.Name, suffix); ok {
			if name, known := suffixed[base]; known {
				f.Name, t.Method = name, method
			}
		}
	}
	f.Name = canonical(f.Name)
}

func canonical(name string) string {
	if known, ok := aliases[name]; ok {
		return known
	}
	return name
}

// Canonical returns the expression with the names that its fetch has today.
func (e Expr) Canonical() Expr {
	out := append(Expr(nil), e...)
	out[0].Name = canonical(out[0].Name)
	return out
}

// Term is a name of ACLs or a test of its own in a condition, perhaps negated.
type Term struct {
	Not  bool
	Name string // of ACLs; "" for a test
	Test *Test
	// Words are those of the test.
	Words []Word
	At    source.Span
}

// Condition is a condition: terms that all hold, or others that all do, and so on.
type Condition struct {
	Unless bool // it holds where none of these does
	Any    [][]Term
	At     source.Span
}

// SplitCondition divides the words of a rule from its condition: the words before
// "if" or "unless". The condition is nil where there is none.
func SplitCondition(words []Word) (rule, condition []Word) {
	deep := 0
	for i, w := range words {
		switch w.Text {
		case "{", "!{":
			deep++
		case "}":
			deep--
		case "if", "unless":
			if deep == 0 {
				return words[:i], words[i:]
			}
		}
	}
	return words, nil
}

// ParseCondition reads "if" or "unless" and what is behind it. Where HAProxy takes what
// is not as it looks, there are a condition and a place, and why.
func ParseCondition(words []Word) (*Condition, source.Span, string) {
	c := &Condition{At: words[0].At, Unless: words[0].Text == "unless"}
	c.At.End = words[len(words)-1].At.End
	odd, why := source.Span{}, ""
	var terms []Term
	not := false
	for i := 1; i < len(words); i++ {
		w := words[i]
		text := w.Text
		for strings.HasPrefix(text, "!") {
			not, text = !not, text[1:]
		}
		switch text {
		case "":
			continue
		case "or", "||", "OR":
			if len(terms) == 0 || i == len(words)-1 {
				odd, why = w.At, "no test stands on one side of \""+w.Text+"\": HAProxy takes it as if it were not there"
			}
			c.end(&terms)
		case "&&", "and", "AND":
			return nil, w.At, "tests that stand behind each other all have to hold: leave out \"" + w.Text + "\""
		case "{":
			t, shut, wrong := anonymous(words, i)
			if wrong != "" {
				return nil, w.At, wrong
			}
			terms = append(terms, Term{Not: not, Test: t, Words: words[i+1 : shut], At: t.At})
			i = shut
		default:
			terms = append(terms, Term{Not: not, Name: text, At: w.At})
		}
		not = false
	}
	c.end(&terms)
	if len(c.Any) == 0 && !odd.Known() {
		odd, why = c.At, "no test stands behind \""+words[0].Text+"\": for HAProxy no test holds"
	}
	return c, odd, why
}

// end ends tests that all have to hold.
func (c *Condition) end(terms *[]Term) {
	if len(*terms) > 0 {
		c.Any = append(c.Any, *terms)
	}
	*terms = nil
}

// anonymous reads the test between braces.
func anonymous(words []Word, open int) (t *Test, shut int, wrong string) {
	shut = open + 1
	for shut < len(words) && words[shut].Text != "}" {
		shut++
	}
	switch {
	case shut == len(words):
		return nil, shut, "\"{\" is not closed by \"}\""
	case shut == open+1:
		return nil, shut, "there is no test in { }"
	}
	t, wrong = ParseTest(words[open+1 : shut])
	return t, shut, wrong
}

package load_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/load"
)

// malformed is a text that is no good model, and what is to come of it.
type malformed struct {
	name string
	text string
	want outcome
}

type outcome int

const (
	reported outcome = iota + 1
	clean
	either
)

// TestMalformed feeds texts that are wrong in some way. Each is answered with
// findings that have a place, or is accepted, without a panic and in seconds
// even where other tests take the processors.
func TestMalformed(t *testing.T) {
	var all []malformed
	all = append(all, bytesGoneWrong()...)
	all = append(all, shapesGoneWrong()...)
	all = append(all, wordsGoneWrong()...)
	all = append(all, truncated()...)
	all = append(all, enormous()...)
	if len(all) < 500 {
		t.Errorf("only %d texts", len(all))
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			start := time.Now()
			_, found := load.Load("x.flow", func(path string) ([]byte, error) {
				if path != "x.flow" {
					return nil, fmt.Errorf("no %s", path)
				}
				return []byte(m.text), nil
			})
			var out bytes.Buffer
			diag.WriteText(&out, found, diag.TextOptions{})
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			for _, d := range found {
				if !d.At.Known() || d.Message == "" || d.Code == "" || d.At.End > len(m.text) {
					t.Errorf("a finding without a place or a message: %+v", d)
				}
			}
			if m.want == clean && len(found) > 0 || m.want == reported && len(found) == 0 {
				t.Errorf("%d findings", len(found))
			}
			if len(found) > 101 || out.Len() > 200_000 {
				t.Errorf("%d findings in %d bytes are too much to read", len(found), out.Len())
			}
		})
	}
}

func bytesGoneWrong() []malformed {
	out := []malformed{
		{"empty", "", clean},
		{"a byte order mark alone", "\uFEFF", clean},
		{"blanks", " \t\r\n \n", clean},
		{"a comment alone", "# nothing", clean},
		{"a comment with a lone CR", "# a\rzone b\n", reported},
		{"UTF-16", "\xff\xfez\x00o\x00n\x00e\x00", reported},
		{"UTF-16, big end first", "\xfe\xff\x00z\x00o", reported},
		{"a NUL byte", "zone a\x00\n", reported},
		{"NUL bytes", strings.Repeat("\x00", 1000), reported},
		{"an ELF header", "\x7fELF\x02\x01\x01\x00\x00\x00", reported},
		{"a PNG header", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", reported},
		{"Latin-1", "title \"Caf\xe9\"\n", reported},
		{"an overlong form", "zone \xc0\xaf\n", reported},
		{"a surrogate", "zone \xed\xa0\x80\n", reported},
		{"a cut off character", "zone \xe4\xb8", reported},
		{"a byte order mark inside", "zone a\n\uFEFFzone b\n", reported},
		{"a byte order mark within a word", "zone a\uFEFFb\n", reported},
		{"lone CRs", "zone a\rzone b\rzone c\r", reported},
		{"CR LF", "zone a\r\nzone b\r\n", clean},
		{"a form feed", "zone a\f\n", reported},
		{"a vertical tab", "zone\va\n", reported},
		{"an escape sequence", "zone \x1b[31ma\n", reported},
		{"an escape sequence in quotes", "title \"\x1b[31m\"\n", reported},
		{"DEL", "zone a\x7f\n", reported},
		{"C1 controls", "zone a\u0085\n", reported},
		{"a no-break space", "zone\u00a0a\n", reported},
		{"a zero-width space", "zone a\u200b\n", reported},
		{"a line separator", "zone a\u2028zone b\n", reported},
		{"an ideographic space", "zone\u3000a\n", reported},
		{"typographic quotes", "title “Shop”\n", reported},
		{"HTML", "<!DOCTYPE html>\n<html><body></body></html>\n", reported},
		{"JSON", "{\"zone\": [\"a\", \"b\"]}\n", reported},
		{"YAML", "zone:\n  - a\n  - b\n", reported},
		{"a haproxy.cfg", "global\n    daemon\nfrontend a\n    bind :80\n", reported},
		{"an nginx.conf", "server {\n  listen 80;\n  location / { proxy_pass http://a; }\n}\n", reported},
		{"Mermaid", "graph LR\n  A --> B\n", reported},
	}
	for b := range 32 {
		if c := byte(b); c != '\t' && c != '\n' {
			out = append(out, malformed{fmt.Sprintf("the byte 0x%02x", b), "zone a" + string(rune(c)) + "b\n", reported})
		}
	}
	return out
}

func shapesGoneWrong() []malformed {
	var out []malformed
	for _, text := range []string{
		"{", "}", "(", ")", ",", "\"", "\\", "{}", "}{", "()", ")(", ",,", "\"\"", "\"\n\"", "{{}}", "}}", "{\n}\n",
		"zone {", "zone a {", "zone a }", "zone a (", "zone a )", "zone a ,", "zone , a", "zone a,, b", "zone \"", "zone \"a", "zone a\"b\"",
		"route a {", "route a {\n", "route a {{", "route a {{}", "route a {}}", "route a { { } }", "route a\n{\n}", "route a {\n}\n}\n", "route a { } route b { }",
		"route a { host a.test", "route a { host a.test\nroute b { host b.test }", "route a (b) {", "route (a) { }", "route a { } }", "route a { }, b { }",
		"route a on {", "route a on , {", "route a on b, {\n", "route a on b,\n\n\n", "route a \"b {\n}\n", "route a \"b\"c\" {\n}\n",
		"proxy a { admit tier in ( }", "proxy a { admit tier in (b }", "proxy a { admit tier in b) }", "proxy a { admit tier in () }", "proxy a { admit tier in ((b)) }",
		"proxy a { admit tier in (b c) }", "proxy a { admit tier in (b,) }", "proxy a { admit tier in (,b) }", "proxy a { admit tier in (b,\n", "proxy a { admit (\nb)\n}",
		"proxy a { listen https :443 { }", "proxy a { listen https :443 { } } }", "proxy a {\n listen https :443 {\n listen http :80\n}",
		"title \"\\", "title \"\\\"", "title \"\\x\"", "title \"a\\", "title \"a\nb\"", "title 'a'", "title `a`",
		"a b c d e f g { h { i { j { k { l } } } } }", "zone a; zone b", "zone a /* b */", "// zone a", "zone = a", "zone: a", "import import import",
	} {
		out = append(out, malformed{"shape " + text, text, reported})
	}
	return out
}

// wordsGoneWrong has every statement without arguments where it needs some,
// with one too many, and in a place where it means nothing.
func wordsGoneWrong() []malformed {
	var out []malformed
	openers := map[string]string{
		"file": "", "ca": "ca a", "certificate": "certificate a", "namespace": "namespace a", "client": "client a", "proxy": "proxy a",
		"listen": "proxy a {\nlisten https :443", "backend": "backend a", "speaks": "backend a {\nspeaks https", "route": "route a",
		"reencrypt": "route a {\ntls reencrypt", "request": "request a", "view": "view a sequence",
	}
	wrap := func(place, line string) string {
		o := openers[place]
		if o == "" {
			return line + "\n"
		}
		return o + " {\n" + line + "\n}\n" + strings.Repeat("}\n", strings.Count(o, "{"))
	}
	for _, s := range grammar.Statements {
		for _, place := range s.In {
			name := s.Keyword + " in " + place
			if f := s.Forms[0]; f != "" && !strings.HasPrefix(f, "[") {
				out = append(out, malformed{name + " without arguments", wrap(place, s.Keyword), reported})
			}
			out = append(out,
				malformed{name + " with parentheses", wrap(place, s.Keyword+" (a, b)"), reported},
				malformed{name + " with what is none", wrap(place, s.Keyword+" ??? !!! ???"), reported},
				malformed{name + " with a comma alone", wrap(place, s.Keyword+" ,"), reported},
				malformed{name + " misspelt", wrap(place, s.Keyword+"x"), reported},
			)
		}
		if place := "certificate"; s.In[0] != place {
			out = append(out, malformed{s.Keyword + " out of place", wrap(place, s.Keyword), reported})
		}
	}
	return out
}

const example = `title "A"
route shop/cart "Shop" on haproxy:443, other {   # a comment
    host *.apps.example.test
    tls reencrypt {
        trust service-ca,
            other-ca
    }
    to shop weight 10
}
proxy haproxy { admit tier in (a, "b"), !c }
`

// truncated is the example cut off at every byte, and without each of them.
// Many of these are good: there is nothing to check but that they come back.
func truncated() []malformed {
	var out []malformed
	for i := range example {
		out = append(out,
			malformed{fmt.Sprintf("cut off at %d", i), example[:i], either},
			malformed{fmt.Sprintf("without byte %d", i), example[:i] + example[i+1:], either})
	}
	return out
}

func enormous() []malformed {
	const million = 1_000_000
	return []malformed{
		{"a million open braces", strings.Repeat("{", million), reported},
		{"a million close braces", strings.Repeat("}", million), reported},
		{"a million blocks in each other", strings.Repeat("a {\n", million/4), reported},
		{"a million blocks in each other, closed", strings.Repeat("a {\n", million/4) + strings.Repeat("}\n", million/4), reported},
		{"a million blocks in one line", strings.Repeat("a { b } ", million/8), reported},
		{"a million open parentheses", "zone " + strings.Repeat("(", million), reported},
		{"a million commas", strings.Repeat(",", million), reported},
		{"a million quotes", strings.Repeat("\"", million), reported},
		{"a million backslashes in quotes", "title \"" + strings.Repeat("\\", million), reported},
		{"a million lines with a mistake", strings.Repeat("zone\n", million), reported},
		{"a million unknown words in a block", "route a {\n" + strings.Repeat("b\n", million/2) + "}\n", reported},
		{"a million control characters", strings.Repeat("\x01", million), reported},
		{"a million bytes that are no UTF-8", strings.Repeat("\xff\n", million/2), reported},
		{"a million quotes within words", strings.Repeat("a\"", million/2), reported},
		{"a million comments", strings.Repeat("#\n", million), clean},
		{"a list of a million", "certificate a {\nnames " + strings.Repeat("a.test, ", million/8) + "a.test\n}\n", clean},
		{"a word of 10 MB", "title \"" + strings.Repeat("x", 10<<20) + "\"", clean},
		{"a bare word of 10 MB", strings.Repeat("x", 10<<20), reported},
		{"a line of 10 MB", "zone a " + strings.Repeat("b ", 5<<20), reported},
		{"a line of 10 MB with a mistake at its end", "title \"" + strings.Repeat("世", 3<<20) + "\" wrong", reported},
		{"a comment of 10 MB", "#" + strings.Repeat(" x", 5<<20), clean},
		{"10 MB of line breaks", strings.Repeat("\n", 10<<20), clean},
		{"10 MB of blanks", strings.Repeat(" ", 10<<20), clean},
		{"65 MB", strings.Repeat("# comment of 32 bytes, all told\n", 65<<15), reported},
	}
}

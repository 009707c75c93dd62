package grammar_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// The tree holds all of the text but blanks and the marks that follow from its
// shape: what a formatter needs.
func TestNothingIsLost(t *testing.T) {
	for name, text := range seeds(t) {
		file, found := grammar.Parse(source.NewFile(name, text))
		if len(found) > 0 {
			continue // of a broken file there is no formatting
		}
		left := []byte(text)
		rub := func(at source.Span) {
			for i := at.Start; i < at.End; i++ {
				left[i] = ' '
			}
		}
		comments := 0
		ast.Walk(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Word:
				rub(n.At)
			case *ast.Comment:
				comments++
				rub(n.At)
				if n.Text != n.At.Text() {
					t.Errorf("%s: the comment %q is at %q", name, n.Text, n.At.Text())
				}
			case *ast.Block:
				rub(n.At.File.Span(n.At.Start, n.At.Start+1))
				rub(n.At.File.Span(n.At.End-1, n.At.End))
			case *ast.Group:
				rub(n.At.File.Span(n.At.Start, n.At.Start+1))
				rub(n.At.File.Span(n.At.End-1, n.At.End))
			}
			return true
		})
		if rest := strings.Trim(string(left), " \t\r\n,\uFEFF"); rest != "" {
			t.Errorf("%s: the tree lacks %q", name, rest)
		}
	}
}

// Nodes lie in their parents, and items stand in the order of the text.
func TestSpans(t *testing.T) {
	for name, text := range seeds(t) {
		file, found := grammar.Parse(source.NewFile(name, text))
		if len(found) == 0 {
			checkSpans(t, file)
		}
	}
}

func checkSpans(t *testing.T, file *ast.File) {
	t.Helper()
	var parents []ast.Node
	var visit func(n ast.Node)
	visit = func(n ast.Node) {
		if len(parents) > 0 {
			p := parents[len(parents)-1]
			_, comment := n.(*ast.Comment) // a trail is behind its statement
			if !comment && !p.Span().Contains(n.Span()) {
				t.Errorf("%s: %T %q is not in its %T %q", file.Source.Name, n, n.Span().Text(), p, p.Span().Text())
			}
		}
		parents = append(parents, n)
		first := true
		ast.Walk(n, func(c ast.Node) bool {
			if first {
				first = false
				return true
			}
			visit(c)
			return false
		})
		parents = parents[:len(parents)-1]
	}
	visit(file)
	end := 0
	for _, it := range file.Items {
		if it.Span().Start < end {
			t.Errorf("%s: %q stands out of order", file.Source.Name, it.Span().Text())
		}
		end = it.Span().End
	}
}

// A broken declaration still defines its name, a misspelt one too, and one in
// the wrong place is found at the top level; none of them hides its neighbours.
func TestBrokenDeclarations(t *testing.T) {
	for _, tc := range []struct {
		text   string
		want   string // keyword and name of each statement; "!" where it is broken
		errors int
	}{
		{"route shop frob {\n}\nzone z\n", "route shop!, zone z", 1},
		{"rout shop {\n}\nzone z\n", "route shop!, zone z", 1},
		{"route shop \"a {\n host x\n}\nzone z\n", "route shop!, zone z", 1},
		{"route shop (a {\n}\nzone z\n", "route shop!, zone z", 1},
		{"route shop on a,, b {\n}\nzone z\n", "route shop!, zone z", 1},
		{"route shop {\n host a b c\n ???\n}\nzone z\n", "route shop, zone z", 2},
		{"route shop {\n host a.test\nzone z\n", "route shop, zone z", 1},
		{"route a {\n host a.test\n\nroute b {\n host b.test\n}\n", "route a, route b", 1},
		{"proxy p {\n listen https :443 {\n  certificate c\n listen http :80\n}\nzone z\n", "proxy p, zone z", 1},
		{"proxy p {\n route r {\n  to b\n }\n}\nzone z\n", "proxy p, zone z, route r", 1},
		{"proxy p\n{\n listen http :80\n}\nzone z\n", "proxy p, zone z", 1},
		{"zone a }\nzone z\n", "zone a, zone z", 1},
		{"client c { } zone z\nzone y\n", "client c, zone z!, zone y", 1},
		{"route {\n}\nzone z\n", "route!, zone z", 1},
		{"client a, b {\n}\n", "client a!", 1},
		{"client a-é {\n}\n", "client a-é!", 1},
	} {
		file, found := grammar.Parse(source.NewFile("x.flow", tc.text))
		var got []string
		for _, s := range file.Statements() {
			name := s.Keyword.Text
			if len(s.Args) > 0 {
				if w, ok := s.Args[0].(*ast.Word); ok {
					name += " " + w.Text
				}
			}
			if s.Broken {
				name += "!"
			}
			got = append(got, name)
		}
		if g := strings.Join(got, ", "); g != tc.want || len(found) != tc.errors {
			t.Errorf("%q:\n got %s and %d errors\nwant %s and %d", tc.text, g, len(found), tc.want, tc.errors)
			for _, d := range found {
				t.Logf("  %s", d.Message)
			}
		}
	}
}

// Statement ends, comments and blanks are where the language says.
func TestLexicalRules(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"\uFEFFzone a\r\nzone b\r\n", "zone a\nzone b\n"},
		{"\tzone\ta\t", "zone a\n"},
		{"request r { get https://a.test/x#y }", ""}, // a fragment, but not a comment
		{"zone a # b", "zone a  trail \"# b\"\n"},
		{"zone a#b", ""},
		{"zone \"a\"#b", "zone \"a\"  trail \"#b\"\n"},
		{"title \"a#b, {c} (d)\"", "title \"a#b, {c} (d)\"\n"},
		{"ca a{private}", "ca a\n{\n    private\n}\n"},
		{"ca a { private } # b\n", "ca a\n{\n    private\n}  trail \"# b\"\n"},
		{"ca a { # b\nprivate # c\n}\n", "ca a  trail \"# b\"\n{\n    private  trail \"# c\"\n}\n"},
		{"ca a {\n\n# b\n\nprivate\n# c\n}\n", "ca a\n{\n\n    # b\n\n    private\n    # c\n}\n"},
		{"client c { alpn h2,http/1.1 }", "client c\n{\n    alpn [ h2 | http/1.1 ]\n}\n"},
		{"client c {\nalpn h2,\n\n# b\nhttp/1.1\n}", "client c\n{\n    alpn [ h2 | http/1.1 ]  inner \"# b\"\n}\n"},
		{"# a\n\n\n\n# b\n", "# a\n\n# b\n"},
		{"proxy p { listen tcp [::1]:443 }", "proxy p\n{\n    listen tcp [::1]:443\n}\n"},
		{"zone zone\nzone in\n", "zone zone\nzone in\n"}, // no word is reserved
		{"", ""},
		{"\n\n \t\n", ""},
	} {
		file, found := grammar.Parse(source.NewFile("x.flow", tc.text))
		if len(found) > 0 {
			if tc.want != "" {
				t.Errorf("%q: %s", tc.text, found[0].Message)
			}
			continue
		}
		var out strings.Builder
		dump(&out, file.Items, "")
		if out.String() != tc.want {
			t.Errorf("%q:\n got %q\nwant %q", tc.text, out.String(), tc.want)
		}
	}
}

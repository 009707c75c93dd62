package fix

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/dotflow"
	"github.com/flowc-lang/flowc/source"
)

func itself(name string) string { return name }

// style is that of .flow texts.
func style(name, text string) string {
	if styled, found := dotflow.End.Style(source.NewFile(name, text)); len(found) == 0 {
		return styled
	}
	return text
}

// replace is a checker that finds every old word and has it replaced.
func replace(pairs ...string) func(map[string]string, map[string]string) diag.List {
	return func(texts, changed map[string]string) diag.List {
		var out diag.List
		for _, name := range []string{"a", "b"} {
			text, ok := changed[name]
			if !ok {
				text = texts[name]
			}
			src := source.NewFile(name, text)
			for i := 0; i < len(pairs); i += 2 {
				for from := 0; ; {
					n := strings.Index(text[from:], pairs[i])
					if n < 0 {
						break
					}
					at := src.Span(from+n, from+n+len(pairs[i]))
					from = at.End
					out = append(out, diag.Diagnostic{
						Code: "FL999", Message: pairs[i], At: at,
						Fix: &diag.Fix{Edits: []diag.Edit{{At: at, New: pairs[i+1]}}},
					})
				}
			}
		}
		return out.Sort()
	}
}

func TestRun(t *testing.T) {
	for _, tc := range []struct {
		name         string
		texts        map[string]string
		pairs        []string
		want         map[string]string // what changes
		fixed, found int
	}{
		{"nothing", map[string]string{"a": "zone   x"}, nil, map[string]string{}, 0, 0},
		{"in the style", map[string]string{"a": "zone   xx", "b": "zone   y"}, []string{"xx", "z"},
			map[string]string{"a": "zone z\n"}, 1, 0},
		{"not with syntax errors", map[string]string{"a": "zoen   xx"}, []string{"xx", "z"},
			map[string]string{"a": "zoen   z"}, 1, 0},
		{"several", map[string]string{"a": "zone xx\nzone xx\n", "b": "zone xx\n"}, []string{"xx", "z"},
			map[string]string{"a": "zone z\nzone z\n", "b": "zone z\n"}, 3, 0},
		{"an overlap takes two rounds", map[string]string{"a": "zone abc\n"}, []string{"ab", "x", "bc", "y", "xc", "w"},
			map[string]string{"a": "zone w\n"}, 2, 0},
		{"what a fix brings up", map[string]string{"a": "zone a\n"}, []string{"a\n", "b\n", "b\n", "c\n"},
			map[string]string{"a": "zone c\n"}, 2, 0},
		{"without end", map[string]string{"a": "zone a\n"}, []string{"a\n", "b\n", "b\n", "a\n"},
			map[string]string{"a": "zone a\n"}, maxRounds, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			find := replace(tc.pairs...)
			r := Run(func(changed map[string]string) diag.List { return find(tc.texts, changed) }, itself, style)
			for name, want := range tc.want {
				if r.Texts[name] != want {
					t.Errorf("%s is %q, want %q", name, r.Texts[name], want)
				}
			}
			if len(r.Texts) != len(tc.want) || len(r.Fixed) != tc.fixed || len(r.Left) != tc.found {
				t.Errorf("%d texts change, %d findings are fixed and %d left; want %d, %d, %d",
					len(r.Texts), len(r.Fixed), len(r.Left), len(tc.want), tc.fixed, tc.found)
			}
		})
	}
}

// What cannot be done whole is not done: a fix whose edits overlap, one half of
// which is taken, or which has no place.
func TestWhole(t *testing.T) {
	a, b := source.NewFile("a", "zone one two\n"), source.NewFile("b", "zone three\n")
	one, two, three := a.Span(5, 8), a.Span(9, 12), b.Span(5, 10)
	fixed := func(edits ...diag.Edit) diag.Diagnostic {
		return diag.Diagnostic{Code: "FL999", At: edits[0].At, Fix: &diag.Fix{Edits: edits}}
	}
	for _, tc := range []struct {
		name string
		list diag.List
		a, b string // "" where the file does not change
		n    int
	}{
		{"two edits, two files", diag.List{fixed(diag.Edit{At: one, New: "1"}, diag.Edit{At: three, New: "3"})}, "zone 1 two\n", "zone 3\n", 1},
		{"half of it is taken", diag.List{
			fixed(diag.Edit{At: one, New: "1"}),
			fixed(diag.Edit{At: two, New: "2"}, diag.Edit{At: one, New: "I"}),
		}, "zone 1 two\n", "", 1},
		{"the same edit", diag.List{fixed(diag.Edit{At: one, New: "1"}), fixed(diag.Edit{At: one, New: "1"})}, "zone 1 two\n", "", 2},
		{"two texts for one place", diag.List{
			fixed(diag.Edit{At: a.Span(5, 5), New: "x "}), fixed(diag.Edit{At: a.Span(5, 5), New: "y "}),
		}, "zone x one two\n", "", 1},
		{"one behind the other", diag.List{fixed(diag.Edit{At: two, New: ""}), fixed(diag.Edit{At: a.Span(8, 9), New: ""})}, "zone one\n", "", 2},
		{"it overlaps with itself", diag.List{fixed(diag.Edit{At: one, New: "1"}, diag.Edit{At: a.Span(6, 7), New: "x"})}, "", "", 0},
		{"it changes nothing", diag.List{fixed(diag.Edit{At: one, New: "one"})}, "", "", 0},
		{"it has no place", diag.List{fixed(diag.Edit{New: "one"})}, "", "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			texts, applied := apply(tc.list, itself)
			if texts["a"] != tc.a || texts["b"] != tc.b || len(applied) != tc.n {
				t.Errorf("a is %q, b is %q, %d applied; want %q, %q, %d", texts["a"], texts["b"], len(applied), tc.a, tc.b, tc.n)
			}
		})
	}
}

// Two names of one file have one text.
func TestKey(t *testing.T) {
	list := diag.List{}
	for _, name := range []string{"a", "./a"} {
		src := source.NewFile(name, "zone one two\n")
		at := src.Span(5, 8)
		list = append(list, diag.Diagnostic{Code: "FL999", At: at, Fix: &diag.Fix{Edits: []diag.Edit{{At: at, New: name[len(name)-1:]}}}})
	}
	texts, applied := apply(list, func(name string) string { return strings.TrimPrefix(name, "./") })
	if len(texts) != 1 || texts["a"] != "zone a two\n" || len(applied) != 2 {
		t.Errorf("texts %q, %d applied", texts, len(applied))
	}
}

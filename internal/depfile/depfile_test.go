package depfile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/internal/depfile"
)

func TestFormat(t *testing.T) {
	got, err := depfile.Format([]depfile.Rule{
		{Targets: []string{"out/b.svg", "out/a.svg"}, Inputs: []string{"b.flow", "lib/z.flow", "lib/a.flow"}},
		{Inputs: []string{"of nothing.flow"}},
		{Targets: []string{"out/100 $.svg"}, Inputs: []string{"C:/my #1.flow", "lib/a.flow", "50%.flow"}},
		{Targets: []string{"out/none.svg"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `out/b.svg \
out/a.svg: \
  b.flow \
  lib/z.flow \
  lib/a.flow
out/100\ $$.svg: \
  C\:/my\ \#1.flow \
  lib/a.flow \
  50%.flow
out/none.svg:

b.flow:

lib/z.flow:

lib/a.flow:

C\:/my\ \#1.flow:
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if empty, err := depfile.Format(nil); err != nil || len(empty) > 0 {
		t.Errorf("of no rule: %q, %v", empty, err)
	}
}

func TestUnreadable(t *testing.T) {
	for _, tc := range []struct {
		name string
		want string // "" where both tools read it
	}{
		{"shop.flow", ""},
		{"../a-b_c+d,e@f!g{h}/i~j.flow", ""},
		{"übermäßig 漢字.flow", ""},
		{"a [b.flow", ""},
		{"a (1).flow", ""},
		{`a\b.flow`, ""},
		{"\xff.flow", ""},
		{"", `"" is not allowed in a depfile: Make and Ninja do not both read an empty name`},
		{"a\nb", `"a\nb" is not allowed in a depfile: Make and Ninja do not both read the character '\n'`},
		{"a\tb", `"a\tb" is not allowed in a depfile: Make and Ninja do not both read the character '\t'`},
		{"a*b", `"a*b" is not allowed in a depfile: Make and Ninja do not both read the character '*'`},
		{"a=b", `"a=b" is not allowed in a depfile: Make and Ninja do not both read the character '='`},
		{"~a", `"~a" is not allowed in a depfile: Make and Ninja do not both read a "~" at the beginning, which is a home folder`},
		{"a:", `"a:" is not allowed in a depfile: Make and Ninja do not both read a ":" at the end`},
		{"a(b)", `"a(b)" is not allowed in a depfile: Make and Ninja do not both read parentheses at the end, which are a member of an archive`},
		{"[a].flow", `"[a].flow" is not allowed in a depfile: Make and Ninja do not both read "[" and "]", which are a pattern`},
		{`a\`, `"a\\" is not allowed in a depfile: Make and Ninja do not both read a backslash there`},
		{`a\ b`, `"a\\ b" is not allowed in a depfile: Make and Ninja do not both read a backslash there`},
		{`a\$b`, `"a\\$b" is not allowed in a depfile: Make and Ninja do not both read a backslash there`},
	} {
		for _, r := range []depfile.Rule{
			{Targets: []string{tc.name}, Inputs: []string{"in"}},
			{Targets: []string{"out"}, Inputs: []string{tc.name}},
		} {
			got := ""
			if _, err := depfile.Format([]depfile.Rule{r}); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("%+v: error %q, want %q", r, got, tc.want)
			}
		}
	}
	_, err := depfile.Format([]depfile.Rule{{Targets: []string{"50%"}, Inputs: []string{"in"}}})
	if want := `"50%" is not allowed in a depfile: Make and Ninja do not both read "%" in what is made, which is a pattern`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

// Whatever the names, they are refused or both tools read them back.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"a b", "#", "$$", "C:/x", `a\b`, "é", "%", "a\n", `\\`, ": :", "[x", "a (1)."} {
		f.Add(s, "in.flow")
		f.Add("out.svg", s)
	}
	f.Fuzz(func(t *testing.T, target, input string) {
		rules := []depfile.Rule{
			{Targets: []string{"first.svg", target}, Inputs: []string{"shop.flow", input}},
			{Targets: []string{"last.svg"}, Inputs: []string{input, "shop.flow"}},
		}
		text, err := depfile.Format(rules)
		if err != nil {
			return
		}
		want := slices.Clone(rules)
		for _, in := range []string{"shop.flow", input} {
			if there := slices.ContainsFunc(want[2:], func(r depfile.Rule) bool { return r.Targets[0] == in }); !there && !strings.Contains(in, "%") {
				want = append(want, depfile.Rule{Targets: []string{in}})
			}
		}
		for _, reader := range []struct {
			tool string
			read func(string) string
		}{{"Make", makeName}, {"Ninja", ninjaName}} {
			if diff := cmp.Diff(want, parse(string(text), reader.read)); diff != "" {
				t.Errorf("%s reads something else in\n%s%s", reader.tool, text, diff)
			}
		}
	})
}

// parse reads a depfile. name turns a word into the name that it stands for.
func parse(text string, name func(string) string) []depfile.Rule {
	var out []depfile.Rule
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		var r depfile.Rule
		to := &r.Targets
		for _, w := range words(strings.TrimSuffix(line, "\n")) {
			before, ends := strings.CutSuffix(w, ":")
			ends = ends && to == &r.Targets && !strings.HasSuffix(before, `\`)
			if ends {
				w = before
			}
			*to = append(*to, name(w))
			if ends {
				to = &r.Inputs
			}
		}
		if len(r.Targets) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// words cuts a line at the blanks that no backslash stands before.
func words(line string) []string {
	var out []string
	word := ""
	for i := range len(line) {
		if line[i] == ' ' && (i == 0 || line[i-1] != '\\') {
			if word != "" {
				out = append(out, word)
			}
			word = ""
			continue
		}
		word += line[i : i+1]
	}
	if word != "" {
		out = append(out, word)
	}
	return out
}

// makeName is what Make takes a word for: backslashes before what they take
// the meaning of are halved, and a dollar that is not doubled is a variable.
func makeName(word string) string {
	var out strings.Builder
	for i := 0; i < len(word); {
		n := len(word[i:]) - len(strings.TrimLeft(word[i:], `\`))
		end := i + n
		switch {
		case n > 0 && end < len(word) && strings.ContainsRune(" #:", rune(word[end])):
			out.WriteString(strings.Repeat(`\`, n/2) + word[end:end+1])
			i = end + 1
		case n > 0:
			out.WriteString(word[i:end])
			i = end
		case strings.HasPrefix(word[i:], "$$"):
			out.WriteByte('$')
			i += 2
		case word[i] == '$':
			i += 2 // a variable that is not set
		default:
			out.WriteByte(word[i])
			i++
		}
	}
	return out.String()
}

// ninjaName is what Ninja takes a word for: of the backslashes before a hash or
// a colon only the last is taken away, those before a blank are halved.
func ninjaName(word string) string {
	var out strings.Builder
	for i := 0; i < len(word); {
		n := len(word[i:]) - len(strings.TrimLeft(word[i:], `\`))
		end := i + n
		switch {
		case n > 0 && end < len(word) && word[end] == ' ':
			out.WriteString(strings.Repeat(`\`, n/2) + " ")
			i = end + 1
		case n > 0 && end < len(word) && (word[end] == '#' || word[end] == ':' && end+1 < len(word)):
			out.WriteString(word[i:end-1] + word[end:end+1])
			i = end + 1
		case n > 0: // with what follows, which may be a dollar
			end = min(end+1, len(word))
			out.WriteString(word[i:end])
			i = end
		case strings.HasPrefix(word[i:], "$$"):
			out.WriteByte('$')
			i += 2
		default:
			out.WriteByte(word[i])
			i++
		}
	}
	return out.String()
}

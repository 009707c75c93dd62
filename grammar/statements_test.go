package grammar

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/source"
)

// The table is sound: each place is known and is opened by a statement, no
// statement is there twice, and each has what documents quote.
func TestStatements(t *testing.T) {
	opened := map[string]bool{contextFile: true}
	for _, s := range Statements {
		if s.Opens != "" {
			opened[s.Opens] = true
		}
	}
	seen := make(map[string]bool)
	for _, s := range Statements {
		if s.Doc == "" || len(s.Forms) == 0 || len(s.In) == 0 {
			t.Errorf("%s lacks a doc, a form or a place", s.Keyword)
		}
		for _, place := range s.In {
			if phrases[place] == "" || !opened[place] {
				t.Errorf("%s stands in %q, which is no place", s.Keyword, place)
			}
			if seen[place+" "+s.Keyword] {
				t.Errorf("%s is in %q twice", s.Keyword, place)
			}
			seen[place+" "+s.Keyword] = true
		}
	}
	for place := range phrases {
		if len(keywords(place)) == 0 {
			t.Errorf("no statement stands in %q", place)
		}
	}
}

// Every kind is used, and its example is of it.
func TestKinds(t *testing.T) {
	var forms []string
	for _, s := range Statements {
		forms = append(forms, s.Forms...)
	}
	used := make(map[*Kind]bool)
	var use func(items []item)
	use = func(items []item) {
		for _, it := range items {
			use(it.group)
			for _, k := range it.kinds {
				used[k] = true
				for _, f := range k.Forms {
					use(formItems(f))
				}
			}
		}
	}
	for _, f := range forms {
		use(formItems(f))
	}
	for _, k := range Kinds {
		if !used[k] {
			t.Errorf("no form has %s", k.Name)
		}
		if k.Noun == "" || k.Example == "" {
			t.Errorf("%s lacks a noun or an example", k.Name)
		}
	}
}

// Every way through every form, made of the kinds' examples, is accepted where
// the statement may stand, and one argument more is not.
func TestForms(t *testing.T) {
	opener := map[string]string{
		contextCA: "ca a", contextCertificate: "certificate a", contextNamespace: "namespace a", contextClient: "client a",
		contextProxy: "proxy a", contextListen: "proxy a {\nlisten https :443", contextBackend: "backend a",
		contextSpeaks: "backend a {\nspeaks https", contextRoute: "route a", contextReencrypt: "route a {\ntls reencrypt",
		contextRequest: "request a", contextView: "view a sequence",
	}
	n := 0
	for _, s := range Statements {
		for _, place := range s.In {
			for _, f := range s.Forms {
				for _, args := range ways(formItems(f)) {
					line := strings.TrimSpace(s.Keyword + " " + args)
					try(t, opener[place], line, true)
					try(t, opener[place], line+" [] []", false)
					n++
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d lines were tried", n)
	}
}

func try(t *testing.T, opener, line string, good bool) {
	t.Helper()
	text := line + "\n"
	if opener != "" {
		text = opener + " {\n" + line + "\n}\n" + strings.Repeat("}\n", strings.Count(opener, "{"))
	}
	_, found := Parse(source.NewFile("x.flow", text))
	if good && len(found) > 0 {
		t.Errorf("%q: %s", text, found[0].Message)
	}
	if !good && len(found) == 0 {
		t.Errorf("%q: nothing was found", text)
	}
}

// ways returns every way through items, lists being of one and of two.
func ways(items []item) []string {
	out := []string{""}
	for _, it := range items {
		steps := slices.Clone(it.literals)
		for _, k := range it.kinds {
			steps = append(steps, examples(k)...)
		}
		if it.group != nil {
			steps = append([]string{""}, ways(it.group)...)
		}
		if it.list {
			steps = append(steps, steps[0]+", "+steps[len(steps)-1])
		}
		var next []string
		for _, before := range out {
			for _, step := range steps {
				next = append(next, strings.TrimSpace(before+" "+step))
			}
		}
		out = next
	}
	return out
}

func examples(k *Kind) []string {
	if k.Words != nil {
		return k.Words
	}
	if k.Forms == nil {
		return strings.Split(k.Example, " or ")
	}
	out := []string{k.Example}
	for _, f := range k.Forms {
		out = append(out, ways(formItems(f))...)
	}
	return out
}

func TestCodes(t *testing.T) {
	for i, c := range Codes {
		if c.Doc == "" || i > 0 && c.Code <= Codes[i-1].Code {
			t.Errorf("%s has no doc or is not in order", c.Code)
		}
	}
}

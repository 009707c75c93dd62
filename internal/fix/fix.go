// Package fix applies the fixes of findings: texts and findings go in, texts
// come out. It reads and writes no file.
package fix

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// maxRounds bounds how often what was fixed is checked and fixed again. Fixes
// overlap rarely, and a mistake hides few others: three rounds are many. But of
// a file with thousands of mistakes a hundred are listed, and fixed, at a time.
const maxRounds = 200

// Result is what became of the findings.
type Result struct {
	Texts map[string]string // the new texts of the files that change, by their keys
	Fixed diag.List         // what was fixed, with places in the text in which it was found
	Left  diag.List         // what is found in the new texts
}

// Run fixes what is found until nothing of it has a fix. check returns what is
// found where texts stand in the place of files; key tells, by a file's name,
// under which key its text is (two names may be of one file). A file that was
// fixed is brought into the style of its language, by a function that returns a
// text as it is where that cannot be. A file with nothing to fix is left as it
// is.
func Run(check func(texts map[string]string) diag.List, key func(name string) string, style func(name, text string) string) Result {
	r := Result{Texts: make(map[string]string)}
	r.Left = check(nil)
	for range maxRounds {
		texts, applied := apply(r.Left, key)
		if len(applied) == 0 {
			break
		}
		maps.Copy(r.Texts, texts)
		r.Fixed = append(r.Fixed, applied...)
		r.Left = check(r.Texts)
	}
	restyled := false
	for name, text := range r.Texts {
		styled := style(name, text)
		restyled = restyled || styled != text
		r.Texts[name] = styled
	}
	if restyled {
		r.Left = check(r.Texts) // the places are others
	}
	return r
}

// apply applies the fixes of findings, in order, but for those that overlap
// with one before: these are for another round. A fix is applied whole or not
// at all; one that several findings have is applied once.
func apply(l diag.List, key func(name string) string) (texts map[string]string, applied diag.List) {
	edits := make(map[string][]diag.Edit)
	for _, d := range l {
		if d.Fix == nil || !fits(d.Fix.Edits, edits, key) {
			continue
		}
		for _, e := range d.Fix.Edits {
			k := key(e.At.File.Name)
			if !slices.ContainsFunc(edits[k], func(o diag.Edit) bool { return same(o, e) }) {
				edits[k] = append(edits[k], e)
			}
		}
		applied = append(applied, d)
	}
	texts = make(map[string]string)
	for k, list := range edits {
		texts[k] = edit(list)
	}
	return texts, applied
}

// fits reports whether edits change anything and clash with none of those that
// are there.
func fits(edits []diag.Edit, there map[string][]diag.Edit, key func(string) string) bool {
	changes := false
	for i, e := range edits {
		changes = changes || e.At.Text() != e.New
		clash := func(o diag.Edit) bool { return !same(o, e) && overlap(o.At, e.At) }
		if !e.At.Known() || slices.ContainsFunc(there[key(e.At.File.Name)], clash) {
			return false
		}
		for _, o := range edits[:i] {
			if o.At.File == e.At.File && overlap(o.At, e.At) {
				return false
			}
		}
	}
	return changes
}

func same(a, b diag.Edit) bool {
	return a.At.Start == b.At.Start && a.At.End == b.At.End && a.New == b.New
}

// overlap reports whether two places of one text share a byte, or begin at the
// same one: of two texts that are put in there, neither is the first.
func overlap(a, b source.Span) bool {
	return a.Start < b.End && b.Start < a.End || a.Start == b.Start
}

// edit returns the text of the file that the edits, at least one, are of, with
// all of them made.
func edit(edits []diag.Edit) string {
	text := edits[0].At.File.Text
	slices.SortFunc(edits, func(a, b diag.Edit) int {
		return cmp.Or(cmp.Compare(a.At.Start, b.At.Start), cmp.Compare(a.At.End, b.At.End))
	})
	var out strings.Builder
	end := 0
	for _, e := range edits {
		out.WriteString(text[end:e.At.Start] + e.New)
		end = e.At.End
	}
	return out.String() + text[end:]
}

package suppress

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// File is a file of waivers, one a line, of objects by their names.
type File struct {
	Source  *source.File
	waivers []*waiver
	found   diag.List // what is wrong with its lines

	exact map[codeIn][]int    // waivers of a code in an object whose name is given whole
	globs map[diag.Code][]int // and those that have a pattern
}

// codeIn is a code in an object.
type codeIn struct {
	code   diag.Code
	object string
}

const (
	inFile = "as in FL405 in Route web/shop until 2027-01-01: renewed with the next release"
	// mostWrong is how many lines that are wrong are reported. Of a file that is
	// something else all are.
	mostWrong = 100
)

// ReadFile reads a file of waivers; codes can be waived, in order.
//
//	CODE[, CODE …] in OBJECT [at FIELD] [until DATE]: REASON
func ReadFile(src *source.File, codes []diag.Code) *File {
	f := &File{Source: src, exact: make(map[codeIn][]int), globs: make(map[diag.Code][]int)}
	r := newReader(codes)
	for n := 1; n <= src.Lines(); n++ {
		at := src.LineSpan(n)
		if n == 1 {
			at.Start += len(at.Text()) - len(strings.TrimPrefix(at.Text(), "\ufeff"))
		}
		text := strings.TrimRight(at.Text(), " \t\r")
		at.End = at.Start + len(text)
		at.Start += len(text) - len(strings.TrimLeft(text, " \t"))
		if at.Start == at.End || strings.HasPrefix(at.Text(), "#") {
			continue
		}
		if len(r.found) >= mostWrong {
			r.report(codeForm, at, "%d mistakes are above; the rest is not read", len(r.found)).Help = "a waiver is a line, " + inFile
			break
		}
		if w := r.line(at); w != nil {
			f.add(w)
		}
	}
	f.found = r.found
	return f
}

// Mistakes are what is wrong with the lines of the file; none of no file.
func (f *File) Mistakes() diag.List {
	if f == nil {
		return nil
	}
	return slices.Clone(f.found)
}

// add indexes a waiver.
func (f *File) add(w *waiver) {
	n := len(f.waivers)
	f.waivers = append(f.waivers, w)
	for _, c := range w.codes {
		if strings.Contains(w.object.text, "*") {
			f.globs[c.code] = append(f.globs[c.code], n)
			continue
		}
		key := codeIn{c.code, w.object.text}
		f.exact[key] = append(f.exact[key], n)
	}
}

// of returns the waivers of a code in an object, in order.
func (f *File) of(code diag.Code, object string) []int {
	out := slices.Clone(f.exact[codeIn{code, object}])
	for _, n := range f.globs[code] {
		if matches(f.waivers[n].object.text, object) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// line reads one line; nil where it is not understood.
func (r *reader) line(at source.Span) *waiver {
	wrong := func(code diag.Code, at source.Span, help, message string) *waiver {
		r.report(code, at, "%s", message).Help = help
		return nil
	}
	words, reason, open := lineWords(at)
	if open.Known() {
		return wrong(codeForm, open, inFile, "the quote is not closed")
	}
	w := &waiver{at: at}
	in := slices.IndexFunc(words, func(w word) bool { return w.text == "in" && !w.quoted })
	if in < 0 {
		return wrong(codeForm, at, inFile, "the waiver does not say in which object")
	}
	codes := words[:in]
	rest, ok := r.until(w, words[in+1:], inFile)
	if !ok {
		return nil
	}
	if n := slices.IndexFunc(rest, func(w word) bool { return w.text == "at" && !w.quoted }); n >= 0 {
		w.field = joined(rest[n+1:])
		if w.field.text == "" {
			return wrong(codeForm, rest[n].at, inFile, `"at" lacks a field`)
		}
		rest = rest[:n]
	}
	w.object = joined(rest)
	switch {
	case len(codes) == 0:
		return wrong(codeForm, at, inFile, "the waiver does not say which code")
	case w.object.text == "":
		return wrong(codeForm, words[in].at, inFile, `"in" lacks an object`)
	case strings.TrimSpace(reason) == "":
		return wrong(codeReason, at, `the reason follows a ": ", `+inFile, "the waiver does not say why")
	}
	if r.waives(w, codes); len(w.codes) == 0 {
		return nil
	}
	return w
}

// lineWords returns the words of a line, separated by blanks and commas, and the
// reason behind a ":" and a blank. Words in double quotes are names. open is the
// quote that is not closed.
func lineWords(at source.Span) (words []word, reason string, open source.Span) {
	text := at.Text()
	span := func(from, to int) source.Span { return at.File.Span(at.Start+from, at.Start+to) }
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == ',':
			i++
		case c == '"':
			n := strings.IndexByte(text[i+1:], '"')
			if n < 0 {
				return nil, "", span(i, i+1)
			}
			words = append(words, word{text[i+1 : i+1+n], span(i, i+n+2), true})
			i += n + 2
		case endsHead(text[i:]):
			return words, text[i+1:], source.Span{}
		default:
			n := i + 1
			for n < len(text) && !strings.ContainsRune(" \t,\"", rune(text[n])) && !endsHead(text[n:]) {
				n++
			}
			words = append(words, word{text[i:n], span(i, n), false})
			i = n
		}
	}
	return words, "", source.Span{}
}

// endsHead reports whether a text begins with the ":" before a reason. Names have such
// signs, too, as those of backends of OpenShift's router.
func endsHead(text string) bool {
	return strings.HasPrefix(text, ":") && (len(text) == 1 || text[1] == ' ' || text[1] == '\t')
}

// joined is several words as one, with one blank between them.
func joined(words []word) word {
	if len(words) == 0 {
		return word{}
	}
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	at := words[0].at
	at.End = words[len(words)-1].at.End
	return word{text: strings.Join(texts, " "), at: at}
}

// matches reports whether a pattern is that of a text: a "*" stands for any signs.
func matches(pattern, text string) bool {
	star, from := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// within reports whether a field is what a pattern names, or a part of it.
func within(pattern, field string) bool {
	if matches(pattern, field) {
		return true
	}
	for _, sign := range []string{".", "[", " "} {
		if matches(pattern+sign+"*", field) {
			return true
		}
	}
	return false
}

// Use is what became of a file's waivers in one model. That of no file answers for
// nothing.
type Use struct {
	Waived int // findings that the file answers for, and no comment

	file     *File
	day      string
	complete bool
	unjudged []diag.Code
	objects  map[*source.File][]Object // in order
	names    map[string]bool
	all      []string
	waivers  []*waiver // as those of the file, for this model
	there    []bool    // whether the model has an object of each
	left     diag.List
}

func (p *pass) newUse() *Use {
	if p.File == nil {
		return nil
	}
	u := &Use{
		file: p.File, day: p.Day, complete: p.Complete, unjudged: p.Unjudged,
		objects: make(map[*source.File][]Object), names: make(map[string]bool),
	}
	for _, o := range p.Objects {
		o.Name = strings.ReplaceAll(o.Name, `"`, "")
		if !u.names[o.Name] {
			u.names[o.Name] = true
			u.all = append(u.all, o.Name)
		}
		if o.At.Known() {
			u.objects[o.At.File] = append(u.objects[o.At.File], o)
		}
	}
	for _, all := range u.objects {
		slices.SortFunc(all, func(a, b Object) int { return a.At.Start - b.At.Start })
	}
	for _, w := range p.File.waivers {
		mine := *w
		mine.codes = nil
		for _, c := range w.codes {
			mine.codes = append(mine.codes, &waived{code: c.code, at: c.at})
		}
		u.waivers = append(u.waivers, &mine)
		u.there = append(u.there, u.has(w.object.text))
	}
	return u
}

// has reports whether the model has an object that a pattern names.
func (u *Use) has(pattern string) bool {
	if !strings.Contains(pattern, "*") {
		return u.names[pattern]
	}
	return slices.ContainsFunc(u.all, func(name string) bool { return matches(pattern, name) })
}

// object is that in which a place is.
func (u *Use) object(at source.Span) *Object {
	all := u.objects[at.File]
	n, found := slices.BinarySearchFunc(all, at.Start, func(o Object, start int) int { return o.At.Start - start })
	if !found {
		n--
	}
	if n < 0 || at.Start > all[n].At.End {
		return nil
	}
	return &all[n]
}

// answers reports whether the file answers for a finding. A waiver that has ended
// does not, but is not for nothing either, unless something else answers.
func (u *Use) answers(d diag.Diagnostic, already bool) bool {
	if u == nil {
		return false
	}
	o := u.object(d.At)
	if o == nil {
		return false
	}
	var late []*waived
	answered := false
	field, known := "", false
	for _, n := range u.file.of(d.Code, o.Name) {
		w := u.waivers[n]
		if w.field.text != "" {
			if !known && o.Field != nil {
				field, known = o.Field(d.At), true
			}
			if !within(w.field.text, field) {
				continue
			}
		}
		for _, c := range w.codes {
			switch {
			case c.code != d.Code:
			case d.Broken:
				c.stops = true
			case w.ended(u.day):
				late = append(late, c)
			default:
				c.used, answered = true, true
			}
		}
	}
	if answered && !already {
		u.Waived++
	}
	if !answered && !already {
		for _, c := range late {
			c.late = true
		}
	}
	return answered
}

// keep remembers what is left.
func (u *Use) keep(left diag.List) {
	if u != nil {
		u.left = slices.Clone(left)
	}
}

// Judge says what is wrong with a file of waivers, and which of them are no longer, or for
// nothing, by what became of them in the models of a run.
func (f *File) Judge(uses []*Use) diag.List {
	if f == nil {
		return nil
	}
	r := &reader{found: slices.Clone(f.found)}
	complete := !slices.ContainsFunc(uses, func(u *Use) bool { return !u.complete })
	for n, w := range f.waivers {
		together := *w
		together.codes = nil
		var unjudged []diag.Code
		there := false
		for i, c := range w.codes {
			sum := &waived{code: c.code, at: c.at}
			for _, u := range uses {
				own := u.waivers[n].codes[i]
				sum.used, sum.late, sum.stops = sum.used || own.used, sum.late || own.late, sum.stops || own.stops
				if slices.Contains(u.unjudged, c.code) {
					unjudged = append(unjudged, c.code)
				}
			}
			together.codes = append(together.codes, sum)
		}
		for _, u := range uses {
			there = there || u.there[n]
		}
		unused, kept := r.weigh(&together, unjudged)
		switch {
		case !complete:
		case !there:
			r.nowhere(&together, uses)
		default:
			for _, c := range unused {
				r.idle(&together, c, kept, uses)
			}
		}
	}
	return r.found
}

// nowhere says that no object has the name of a waiver.
func (r *reader) nowhere(w *waiver, uses []*Use) {
	hint := ""
	if !strings.Contains(w.object.text, "*") {
		var names []string
		for _, u := range uses {
			names = append(names, u.all...)
		}
		hint = spell.DidYouMean(w.object.text, names)
	}
	d := r.report(codeUnused, w.object.at, "nothing is called %q%s", clip(w.object.text), hint)
	d.Help = "delete the line if the object is gone; all objects of a file of waivers belong to one run"
}

// idle says that a code is not found in the object of a waiver.
func (r *reader) idle(w *waiver, c *waived, kept []string, uses []*Use) {
	where := "in " + w.object.text
	if w.field.text != "" {
		where = "at " + w.field.text + " " + where
	}
	d := r.report(codeUnused, c.at, "%s is not found %s", c.code, clip(where))
	if found := elsewhere(w, c.code, uses); found != "" {
		d.Help = "it is found " + found
		return
	}
	d.Help, d.Fix = "delete the line", dropped(w, kept)
	if len(kept) > 0 {
		d.Help = "delete the code"
	}
}

// elsewhere is where a code is found and not waived: at another field of the object, or in
// the one other object that has it.
func elsewhere(w *waiver, code diag.Code, uses []*Use) string {
	var others []string
	for _, u := range uses {
		for _, d := range u.left {
			if d.Code != code || !d.At.Known() {
				continue
			}
			o := u.object(d.At)
			switch {
			case o == nil:
			case !matches(w.object.text, o.Name):
				if !slices.Contains(others, o.Name) {
					others = append(others, o.Name)
				}
			case o.Field != nil && o.Field(d.At) != "":
				return "at " + o.Field(d.At) + " in " + o.Name
			default:
				return "in " + o.Name
			}
		}
	}
	if len(others) == 1 && !strings.Contains(w.object.text, "*") {
		return "in " + others[0]
	}
	return ""
}

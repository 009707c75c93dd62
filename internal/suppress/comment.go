package suppress

import (
	"slices"
	"strings"
	"time"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// waiver is one comment, or one line of a file, that was understood.
type waiver struct {
	at     source.Span // all of it
	codes  []*waived   // in the order written
	faulty bool        // it names more, which were not understood
	until  word        // the last day on which it holds; empty for no end

	comment  Comment // of a comment
	from, to int     // the lines that it covers

	object, field word // of a line: patterns; field is empty for the whole object
}

// waived is one code of a waiver, and what became of it.
type waived struct {
	code diag.Code
	at   source.Span
	used bool // a finding is not shown because of it
	late bool // a finding would not be shown, had the waiver not ended
	// stops says that it is for what stops pictures, and is shown all the same
	stops bool
}

// word is a word of a waiver.
type word struct {
	text   string
	at     source.Span
	quoted bool // it is only a name
}

const (
	prefix    = "flowc:"
	directive = prefix + "ignore"
	example   = "as in # flowc:ignore FL405 until 2027-01-01: renewed with the next release"
)

// Mentioned reports whether a text may have a comment that is for flowc.
func Mentioned(text string) bool { return strings.Contains(text, prefix) }

// parse reads a comment. One that begins with "flowc:" is for flowc and must be
// understood; of any other it returns nil.
func (p *pass) parse(c Comment) *waiver {
	first, rest := cut(c)
	if !strings.HasPrefix(first.text, prefix) {
		return nil
	}
	if first.text != directive {
		d := p.report(codeForm, first.at, "unknown directive %q%s", first.text, spell.DidYouMean(first.text, []string{directive}))
		d.Help = example
		return nil
	}
	head, reason, ok := strings.Cut(rest.text, ":")
	if !ok || strings.TrimSpace(reason) == "" {
		p.report(codeReason, first.at, "%q does not say why", directive).Help = `the reason follows a ":", ` + example
		return nil
	}
	w := &waiver{at: c.At, comment: c}
	if at := c.Covers; at.Known() {
		w.from, w.to = at.File.Position(at.Start).Line, at.File.Position(at.End).Line
	}
	words, ok := p.until(w, split(head, rest.at), example)
	if !ok {
		return nil
	}
	if len(words) == 0 {
		p.report(codeForm, first.at, "%q does not say which code", directive).Help = example
		return nil
	}
	p.waives(w, words)
	return w
}

// waives takes the codes of a waiver.
func (r *reader) waives(w *waiver, codes []word) {
	for _, code := range codes {
		if r.mayWaive(code) {
			w.codes = append(w.codes, &waived{code: diag.Code(code.text), at: code.at})
		} else {
			w.faulty = true
		}
	}
}

// until takes what is said of the end of a waiver, and returns the words before it.
func (r *reader) until(w *waiver, words []word, example string) ([]word, bool) {
	n := slices.IndexFunc(words, func(w word) bool { return w.text == "until" && !w.quoted })
	if n < 0 {
		return words, true
	}
	return words[:n], r.end(w, words[n], words[n+1:], example)
}

// end reads the date behind "until".
func (r *reader) end(w *waiver, until word, rest []word, example string) bool {
	switch {
	case len(rest) == 0:
		r.report(codeForm, until.at, `"until" lacks a date`).Help = example
		return false
	case len(rest) > 1:
		r.report(codeForm, rest[1].at, "unexpected %q after the date", clip(rest[1].text)).Help = example
		return false
	}
	if _, err := time.Parse(time.DateOnly, rest[0].text); err != nil {
		r.report(codeForm, rest[0].at, "%q is not a valid date", clip(rest[0].text)).Help = "as in 2027-01-01"
		return false
	}
	w.until = rest[0]
	return true
}

// mayWaive reports whether a code is one that can be waived, and says why not.
func (r *reader) mayWaive(w word) bool {
	if slices.Contains(r.codes, w.text) {
		return true
	}
	if len(w.text) == len("FL101") && slices.Contains([]string{"FL0", "FL1", "FL9"}, w.text[:3]) {
		d := r.report(codeUnknown, w.at, "%s cannot be ignored", w.text)
		d.Help = "codes from " + r.codes[0] + " to " + r.codes[len(r.codes)-1] + " can be"
		return false
	}
	d := r.report(codeUnknown, w.at, "no rule has the code %q%s", clip(w.text), spell.DidYouMean(w.text, r.codes))
	d.Help = "codes that can be ignored are from " + r.codes[0] + " to " + r.codes[len(r.codes)-1]
	if near, ok := spell.Typo(w.text, r.codes); ok {
		d.Fix = diag.Replace(w.at, near)
	}
	return false
}

// cut returns the first word of a comment, and the rest.
func cut(c Comment) (first, rest word) {
	text := strings.TrimLeft(c.Text.Text(), " \t")
	start := c.Text.End - len(text)
	// a word ends with a blank, or with the ":" that comes before a reason
	n := len(text)
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		n = i
	}
	if tail, ok := strings.CutPrefix(text[:n], prefix); ok {
		if i := strings.IndexByte(tail, ':'); i >= 0 {
			n = len(prefix) + i
		}
	}
	file := c.Text.File
	return word{text[:n], file.Span(start, start+n), false}, word{text[n:], file.Span(start+n, c.Text.End), false}
}

// split returns the words of a text that begins where the span does, separated
// by blanks and commas.
func split(text string, at source.Span) []word {
	var out []word
	start := -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && !strings.ContainsRune(" \t,", rune(text[i])) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, word{text[start:i], at.File.Span(at.Start+start, at.Start+i), false})
			start = -1
		}
	}
	return out
}

// clip cuts what a message quotes of a comment.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Package suppress lets comments, and the lines of a file, answer for findings. A comment
//
//	# flowc:ignore FL405, FL406 until 2027-01-01: renewed with the next release
//
// says that what these rules find on its line is known, why that is right, and
// for how long. Which lines it covers, and what begins a comment, is told by the
// front end that reads the text. A line of a file says the same of an object
// that nobody can comment, by its name:
//
//	FL405, FL406 in Route web/shop until 2027-01-01: renewed with the next release
//
// What answers for nothing, or no longer, is a finding itself.
package suppress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

const (
	codeForm    diag.Code = "FL920"
	codeReason  diag.Code = "FL921"
	codeUnknown diag.Code = "FL922"
	codeEnded   diag.Code = "FL923"
	codeUnused  diag.Code = "FL924"
)

// Codes lists what Apply reports of waivers, in order.
var Codes = []diag.CodeDoc{
	{Code: codeForm, Name: "unknown-directive", Severity: diag.Error, Doc: "a comment starts with flowc: and has no known directive, or a line of a file of waivers cannot be read"},
	{Code: codeReason, Name: "waiver-without-reason", Severity: diag.Error, Doc: "a waiver without a reason"},
	{Code: codeUnknown, Name: "waiver-of-unknown", Severity: diag.Error, Doc: "a waiver for a code that does not exist, or that cannot be waived"},
	{Code: codeEnded, Name: "ended-waiver", Severity: diag.Warning, Doc: "the date of a waiver is over, and its finding is still there"},
	{Code: codeUnused, Name: "unused-waiver", Severity: diag.Warning, Doc: "a waiver without a finding"},
}

// Options says how waivers are judged.
type Options struct {
	Codes []diag.Code // that can be waived, in order: those of the rules
	Day   string      // "2026-11-01": waivers until an earlier day have ended; "" where none has
	// Complete says that all rules have looked at the whole model, so that a
	// waiver of something that was not found is for nothing.
	Complete bool
	Unjudged []diag.Code // of rules that have not looked all the same
	File     *File       // waivers by the names of objects; nil for none
	Objects  []Object    // of the model, that such waivers name
}

// Comment is one comment of a model.
type Comment struct {
	Text     source.Span // what it says, without the sign that begins it
	At       source.Span // all of it
	Covers   source.Span // the lines that it can answer for; none where it is zero
	Around   source.Span // the declaration that it is in, or above
	Imported bool        // it stands in a file that the model imports
}

// Object is what a waiver of a file can name.
type Object struct {
	Name  string                      // "Route web/shop", "frontend web"
	At    source.Span                 // all of it
	Field func(at source.Span) string // the field that a place in it is in, "spec.tls"; "" for none. It may be nil
}

// Result is what waivers leave of a model's findings.
type Result struct {
	Left     diag.List // what no waiver answers for, and the findings about the comments
	Comments int       // findings that comments answer for
	Use      *Use      // what the file of waivers answers for; nil where there is none
}

// Apply returns those of the findings that no waiver of a model answers for, and the
// findings about the waivers among its comments. What stops pictures cannot
// be waived. That a waiver is for nothing is said of the entry file only: one
// of an imported file may be for another model.
func Apply(comments []Comment, found diag.List, opt Options) Result {
	p := &pass{Options: opt, reader: newReader(opt.Codes), waivers: make(map[*source.File][]*waiver)}
	var all []*waiver
	for _, c := range comments {
		if w := p.parse(c); w != nil {
			all = append(all, w)
			p.waivers[c.At.File] = append(p.waivers[c.At.File], w)
		}
	}
	var r Result
	r.Use = p.newUse()
	for _, d := range found {
		if !d.At.Known() {
			r.Left = append(r.Left, d)
			continue
		}
		now, late := p.covering(d)
		byFile := r.Use.answers(d, now != nil)
		switch {
		case d.Broken:
			if now != nil {
				now.stops = true
			}
		case now != nil:
			now.used = true
			r.Comments++
			continue
		case byFile:
			continue
		case late != nil:
			late.late = true
		}
		r.Left = append(r.Left, d)
	}
	r.Use.keep(r.Left)
	for _, w := range all {
		p.judge(w, r.Left)
	}
	r.Left = append(r.Left, p.found...)
	return r
}

// pass is one model's waivers.
type pass struct {
	Options
	*reader
	waivers map[*source.File][]*waiver // the comments
}

// reader reads waivers, and says what is wrong with them.
type reader struct {
	codes []string // that can be waived
	found diag.List
}

func newReader(codes []diag.Code) *reader {
	r := &reader{}
	for _, c := range codes {
		r.codes = append(r.codes, string(c))
	}
	return r
}

func (r *reader) report(code diag.Code, at source.Span, format string, args ...any) *diag.Diagnostic {
	i := slices.IndexFunc(Codes, func(c diag.CodeDoc) bool { return c.Code == code })
	r.found = append(r.found, diag.Diagnostic{Code: code, Severity: Codes[i].Severity, At: at, Message: fmt.Sprintf(format, args...)})
	return &r.found[len(r.found)-1]
}

// covering returns the code of a comment that answers for a finding, or of the first one
// that no longer does, as it has ended; nil for none.
func (p *pass) covering(d diag.Diagnostic) (now, late *waived) {
	line := d.At.File.Position(d.At.Start).Line
	for _, w := range p.waivers[d.At.File] {
		if line < w.from || line > w.to {
			continue
		}
		i := slices.IndexFunc(w.codes, func(c *waived) bool { return c.code == d.Code })
		switch {
		case i < 0:
		case !w.ended(p.Day):
			return w.codes[i], nil
		case late == nil:
			late = w.codes[i]
		}
	}
	return nil, late
}

// ended reports whether the last day of a waiver has passed.
func (w *waiver) ended(day string) bool { return w.until.text != "" && day > w.until.text }

// judge says of what a comment is no longer, or for nothing. left is what was
// found and not waived.
func (p *pass) judge(w *waiver, left diag.List) {
	unused, kept := p.weigh(w, p.Unjudged)
	if !p.Complete || w.comment.Imported {
		return
	}
	for _, c := range unused {
		d := p.report(codeUnused, c.at, "%s is not found here", c.code)
		switch line := w.elsewhere(c.code, left); {
		case line > 0:
			d.Help = fmt.Sprintf("it is found in line %d; a waiver is for its own line, or for the line below it", line)
		case len(kept) > 0:
			d.Help, d.Fix = "delete the code", dropped(w, kept)
		default:
			d.Help, d.Fix = "delete the comment", dropped(w, kept)
		}
	}
}

// weigh says of what a waiver is no longer, and returns which of its codes are
// for nothing, and which stay.
func (r *reader) weigh(w *waiver, unjudged []diag.Code) (unused []*waived, kept []string) {
	for _, c := range w.codes {
		if c.stops {
			r.report(codeUnknown, c.at, "%s cannot be ignored here: it stops the pictures", c.code).Help = "mend what it is about"
		}
		if c.late {
			d := r.report(codeEnded, w.until.at, "the waiver of %s has ended on %s", c.code, w.until.text)
			d.Help = "mend what it is for, or give it a later day and a reason for that"
		}
		if c.used || c.late || c.stops || slices.Contains(unjudged, c.code) {
			kept = append(kept, string(c.code))
		} else {
			unused = append(unused, c)
		}
	}
	return unused, kept
}

// elsewhere returns the first line of the declaration in which a code is found
// and not waived, or 0: where it is, the waiver may only be in the wrong place.
func (w *waiver) elsewhere(code diag.Code, left diag.List) int {
	for _, d := range left {
		if d.Code == code && w.comment.Around.Contains(d.At) {
			return d.At.File.Position(d.At.Start).Line
		}
	}
	return 0
}

// dropped is the fix that leaves a waiver the codes that are for something;
// none where it is not clear what else it says.
func dropped(w *waiver, kept []string) *diag.Fix {
	if w.faulty {
		return nil
	}
	if len(kept) == 0 {
		return &diag.Fix{Message: "delete the waiver", Edits: []diag.Edit{diag.Deletion(w.at)}}
	}
	at := w.codes[0].at
	at.End = w.codes[len(w.codes)-1].at.End
	codes := strings.Join(kept, ", ")
	return &diag.Fix{Message: "leave " + codes + " in the waiver", Edits: []diag.Edit{{At: at, New: codes}}}
}

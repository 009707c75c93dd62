// Package suppress lets comments answer for findings. A comment
//
//	# flowc:ignore FL405, FL406 until 2027-01-01: renewed with the next release
//
// says that what these rules find on its line is known, why that is right, and
// for how long. What it covers is told by the syntax tree: behind a statement,
// the lines of that statement up to its block; above one, the same; behind the
// "}" of a block, the whole statement. A comment that answers for nothing, or
// no longer, is a finding itself.
package suppress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
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
	{Code: codeForm, Name: "unknown-directive", Severity: diag.Error, Doc: "a comment that begins with flowc: is not understood"},
	{Code: codeReason, Name: "waiver-without-reason", Severity: diag.Error, Doc: "a waiver does not say why"},
	{Code: codeUnknown, Name: "waiver-of-unknown", Severity: diag.Error, Doc: "a waiver names a code that no rule has, or one that cannot be ignored"},
	{Code: codeEnded, Name: "ended-waiver", Severity: diag.Warning, Doc: "a waiver has ended, and what it was for is still there"},
	{Code: codeUnused, Name: "unused-waiver", Severity: diag.Warning, Doc: "a waiver is for something that is not found"},
}

// Options says how waivers are judged.
type Options struct {
	Codes []diag.Code // that can be waived, in order: those of the rules
	Day   string      // "2026-11-01": waivers until an earlier day have ended; "" where none has
	// Complete says that all rules have looked at the whole model, so that a
	// waiver of something that was not found is for nothing.
	Complete bool
	Unjudged []diag.Code // of rules that have not looked all the same
}

// Apply returns those of the findings that no waiver of the model's files
// answers for, and the findings about the waivers. What stops pictures cannot
// be waived. That a waiver is for nothing is said of the entry file only: one
// of an imported file may be for another model.
func Apply(entry *ast.File, imported []*ast.File, found diag.List, opt Options) diag.List {
	p := &pass{Options: opt, waivers: make(map[*source.File][]*waiver)}
	for _, c := range opt.Codes {
		p.codes = append(p.codes, string(c))
	}
	for _, f := range append([]*ast.File{entry}, imported...) {
		p.file = f.Source
		for i, it := range f.Items {
			p.around = around(f.Items[i:])
			p.item(it, f.Items[i+1:])
		}
	}
	var left diag.List
	for _, d := range found {
		if d.Broken || !d.At.Known() || !p.waived(d) {
			left = append(left, d)
		}
	}
	for _, f := range append([]*ast.File{entry}, imported...) {
		for _, w := range p.waivers[f.Source] {
			p.judge(w, f == entry, left)
		}
	}
	return append(left, p.found...)
}

// pass is one model's waivers.
type pass struct {
	Options
	codes   []string // Options.Codes
	file    *source.File
	around  source.Span // the declaration that the comments are in, or above
	waivers map[*source.File][]*waiver
	found   diag.List
}

func (p *pass) report(code diag.Code, at source.Span, format string, args ...any) *diag.Diagnostic {
	i := slices.IndexFunc(Codes, func(c diag.CodeDoc) bool { return c.Code == code })
	p.found = append(p.found, diag.Diagnostic{Code: code, Severity: Codes[i].Severity, At: at, Message: fmt.Sprintf(format, args...)})
	return &p.found[len(p.found)-1]
}

// around returns the first statement of the top level.
func around(items []ast.Item) source.Span {
	for _, it := range items {
		if st, ok := it.(*ast.Statement); ok {
			return st.At
		}
	}
	return source.Span{}
}

// item collects the waivers of an item; rest is what follows it.
func (p *pass) item(it ast.Item, rest []ast.Item) {
	switch it := it.(type) {
	case *ast.Comment:
		p.add(it, below(rest))
	case *ast.Statement:
		p.statement(it)
	}
}

// below returns the place that a comment above the items covers: that of the
// statement right below it, other comments between them.
func below(items []ast.Item) source.Span {
	for _, it := range items {
		switch it := it.(type) {
		case *ast.Comment:
			if it.Blank {
				return source.Span{}
			}
		case *ast.Statement:
			if it.Blank {
				return source.Span{}
			}
			return head(it)
		}
	}
	return source.Span{}
}

// head is a statement up to its block.
func head(st *ast.Statement) source.Span {
	at := st.At
	if st.Block != nil {
		at.End = st.Block.At.Start
	}
	return at
}

func (p *pass) statement(st *ast.Statement) {
	for _, c := range st.Inner {
		p.add(c, p.inList(c))
	}
	if st.Trail != nil {
		p.add(st.Trail, head(st))
	}
	if st.Block == nil {
		return
	}
	for i, it := range st.Block.Items {
		p.item(it, st.Block.Items[i+1:])
	}
	if st.Block.Trail != nil {
		p.add(st.Block.Trail, st.At)
	}
}

// inList returns what a comment between the lines of a list covers: its own
// line or, where it stands alone, the one below.
func (p *pass) inList(c *ast.Comment) source.Span {
	n := p.file.Position(c.At.Start).Line
	line := p.file.LineSpan(n)
	if strings.TrimSpace(p.file.Text[line.Start:c.At.Start]) == "" {
		line = p.file.LineSpan(n + 1) // of what the list goes on with
	}
	return line
}

// add takes a comment up, if it is a waiver. One that covers nothing is for
// nothing.
func (p *pass) add(c *ast.Comment, covers source.Span) {
	w := p.parse(c)
	if w == nil {
		return
	}
	w.around = p.around
	if covers.Known() {
		w.from, w.to = p.file.Position(covers.Start).Line, p.file.Position(covers.End).Line
	}
	p.waivers[p.file] = append(p.waivers[p.file], w)
}

// waived reports whether a waiver answers for a finding. One that has ended
// does not, but is not for nothing either.
func (p *pass) waived(d diag.Diagnostic) bool {
	line := d.At.File.Position(d.At.Start).Line
	var late *waived
	for _, w := range p.waivers[d.At.File] {
		if line < w.from || line > w.to {
			continue
		}
		i := slices.IndexFunc(w.codes, func(c *waived) bool { return c.code == d.Code })
		switch {
		case i < 0:
		case !p.ended(w):
			w.codes[i].used = true
			return true
		case late == nil:
			late = w.codes[i]
		}
	}
	if late != nil {
		late.late = true
	}
	return false
}

// ended reports whether the last day of a waiver has passed.
func (p *pass) ended(w *waiver) bool { return w.until.text != "" && p.Day > w.until.text }

// judge says of what a waiver is no longer, or for nothing. left is what was
// found and not waived.
func (p *pass) judge(w *waiver, entry bool, left diag.List) {
	var kept []string
	var unused []*waived
	for _, c := range w.codes {
		if c.late {
			d := p.report(codeEnded, w.until.at, "the waiver of %s has ended on %s", c.code, w.until.text)
			d.Help = "mend what it is for, or give it a later day and a reason for that"
		}
		if c.used || c.late || slices.Contains(p.Unjudged, c.code) {
			kept = append(kept, string(c.code))
		} else {
			unused = append(unused, c)
		}
	}
	if !p.Complete || !entry {
		return
	}
	for _, c := range unused {
		d := p.report(codeUnused, c.at, "%s is not found here", c.code)
		switch line := w.elsewhere(c.code, left); {
		case line > 0:
			d.Help = fmt.Sprintf("it is found in line %d; a waiver is for the line that it stands on or above", line)
		case len(kept) > 0:
			d.Help, d.Fix = "delete the code", dropped(w, kept)
		default:
			d.Help, d.Fix = "delete the comment", dropped(w, kept)
		}
	}
}

// elsewhere returns the first line of the declaration in which a code is found
// and not waived, or 0: where it is, the waiver may only be in the wrong place.
func (w *waiver) elsewhere(code diag.Code, left diag.List) int {
	for _, d := range left {
		if d.Code == code && w.around.Contains(d.At) {
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
		return &diag.Fix{Message: "delete the waiver", Edits: []diag.Edit{diag.Deletion(w.comment.At)}}
	}
	at := w.codes[0].at
	at.End = w.codes[len(w.codes)-1].at.End
	codes := strings.Join(kept, ", ")
	return &diag.Fix{Message: "leave " + codes + " in the waiver", Edits: []diag.Edit{{At: at, New: codes}}}
}

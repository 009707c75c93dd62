package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
)

func writerNames() []string {
	var out []string
	for _, w := range diag.Writers {
		out = append(out, w.Name)
	}
	return out
}

func writerNamed(name string) (*diag.Writer, error) {
	for _, w := range diag.Writers {
		if w.Name == name {
			return w, nil
		}
	}
	return nil, usagef("%v", spell.Unknown("format", name, writerNames()))
}

// severities are those that --severity names, the gravest first.
var severities = []diag.Severity{diag.Error, diag.Warning}

func severityNames() []string {
	var out []string
	for _, s := range severities {
		out = append(out, s.String())
	}
	return out
}

func severityNamed(name string) (diag.Severity, error) {
	for _, s := range severities {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, usagef("%v", spell.Unknown("severity", name, severityNames()))
}

// findings writes findings to a stream, for a person.
func (a *app) findings(w io.Writer, l diag.List) {
	if len(l) > 0 {
		diag.WriteText(w, l, a.textOptions(w))
	}
}

// writeFindings writes the findings of models to standard output, before
// anything else is said about them.
func (a *app) writeFindings(w *diag.Writer, models []*model, l diag.List) error {
	r := diag.Report{Findings: l, Version: moduleVersion(), Text: a.textOptions(a.stdout)}
	if len(l) > 0 || w.Name != "text" { // else no code is looked up
		r.Codes = pipeline.Codes()
	}
	for _, m := range models {
		r.Files = append(r.Files, m.path)
	}
	if err := w.Write(a.stdout, &r); err != nil {
		return err
	}
	return a.stdout.Flush()
}

// textOptions says how findings are written to a stream: on a terminal a code
// is a link, elsewhere the link is written out.
func (a *app) textOptions(w io.Writer) diag.TextOptions {
	if o, ok := w.(*output); ok {
		w = o.raw
	}
	opt := diag.TextOptions{Color: a.color(w), Links: diag.LineLinks}
	if opt.Color && isTerminal(w) {
		opt.Links = diag.CodeLinks
	}
	return opt
}

// moduleVersion is the version of this module as the Go toolchain recorded it,
// "" where it did not.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}

// atLeast returns the findings that are at least so severe.
func atLeast(l diag.List, least diag.Severity) diag.List {
	return slices.DeleteFunc(slices.Clone(l), func(d diag.Diagnostic) bool { return d.Severity < least })
}

// asErrors returns the findings with every warning an error.
func asErrors(l diag.List) diag.List {
	out := slices.Clone(l)
	for i := range out {
		out[i].Severity = diag.Error
	}
	return out
}

// unsaid is what was found and is not shown: because it is too mild, because the
// baseline lists it, or because a comment or a file of waivers answers for it.
type unsaid struct {
	mild, known, ignored, waived int
	by                           string // the file of waivers
}

// unsaid counts what is not shown. mild is how many findings are too mild for that.
func (c *checkup) unsaid(mild int) unsaid {
	out := unsaid{mild: mild, known: c.hidden}
	for _, m := range c.models {
		out.ignored += m.Ignored
		if m.Waived != nil {
			out.waived, out.by = out.waived+m.Waived.Waived, m.Waivers.Source.Name
		}
	}
	return out
}

// checked is the line that ends a check: "16 models: 2 errors, 1 warning".
func checked(models int, l diag.List, left unsaid) string {
	var found []string
	for _, s := range severities {
		if n := l.Count(s); n > 0 {
			found = append(found, count(n, s.String()))
		}
	}
	if len(found) == 0 {
		found = []string{"nothing found"}
	}
	line := count(models, "model") + ": " + strings.Join(found, ", ")
	var rest []string
	if left.mild > 0 {
		rest = append(rest, count(left.mild, diag.Warning.String())+" not shown")
	}
	if left.known > 0 {
		rest = append(rest, fmt.Sprintf("%d in the baseline", left.known))
	}
	if left.ignored > 0 {
		rest = append(rest, fmt.Sprintf("%d ignored by comments", left.ignored))
	}
	if left.waived > 0 {
		rest = append(rest, fmt.Sprintf("%d waived by %s", left.waived, left.by))
	}
	if len(rest) > 0 {
		line += " (" + strings.Join(rest, ", ") + ")"
	}
	return line
}

// count is a number with its noun: "1 model", "2 models".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/fix"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/source"
)

// checkup is one run of check: what it looks at, on which day, and what it does
// beside showing what it finds.
type checkup struct {
	args  []string
	days  pipeline.Days
	fix   bool // --fix
	diff  bool // --diff
	known *known

	models []*model // that were looked at last
	stdin  string   // how the one is called that is standard input; "" for none
	gone   int      // entries of the baseline that are no longer found
	hidden int      // findings that the baseline lists
}

// days returns the days that certificates and waivers are judged on. Here alone
// a clock is read.
func days(at string) (pipeline.Days, error) {
	if at != "" {
		if _, err := time.Parse(time.DateOnly, at); err != nil {
			return pipeline.Days{}, usagef("--at takes a date as in 2026-11-01, not %q", at)
		}
	}
	return pipeline.Days{At: at, Today: time.Now().Format(time.DateOnly)}, nil
}

// run looks at the models and, where it is asked to, fixes what it finds. It
// returns what is left.
func (c *checkup) run(a *app) (left diag.List, fixed int, err error) {
	ins, err := a.inputs(c.args)
	if err != nil {
		return nil, 0, err
	}
	if slices.ContainsFunc(ins, func(in input) bool { return in.stdin }) {
		c.stdin = a.from.input().path
	}
	read := a.reader()
	var interrupted error
	look := func(texts map[string]string) diag.List {
		read.texts = texts
		// requests count in the entry file only, and an expect is a test wherever it stands
		models, err := compile(ins, read, c.days, func(m *model) bool { return m.Asks() })
		if c.models = models; err != nil {
			interrupted = err // and nothing is found, so that nothing more is fixed
			return nil
		}
		return c.hide(foundIn(c.models).Sort())
	}
	if !c.fix && !c.diff {
		left = look(nil)
		return left, 0, interrupted
	}
	r := fix.Run(look, c.key, func(name, text string) string {
		styled, found, ok := pipeline.Style(a.files.fronts, source.NewFile(name, text))
		if !ok || len(found) > 0 {
			return text
		}
		return styled
	})
	if interrupted != nil {
		return nil, 0, interrupted
	}
	changed := c.changed(r)
	switch {
	case c.diff:
		for _, f := range changed {
			a.stdout.Write(diff.Diff(f.path+".orig", []byte(f.before), f.path, f.text)) // the error comes with the flush
		}
	default:
		err = c.write(a, read, changed)
	}
	if err == nil && !c.diff && !a.quiet {
		for _, d := range r.Fixed {
			at := d.At.File.Position(d.At.Start)
			fmt.Fprintf(a.stderr, "fixed %s:%d:%d: %s: %s\n", d.At.File.Name, at.Line, at.Column, d.Code, d.Fix.Message)
		}
	}
	return r.Left, len(r.Fixed), err
}

// key names the file that a finding's file is.
func (c *checkup) key(name string) string {
	if c.stdin != "" && name == c.stdin {
		return "-"
	}
	return fileIdentity(name)
}

// changedFile is a file that fixes change.
type changedFile struct {
	file
	before string
}

// changed returns the files that fixes change, in the order of their names.
func (c *checkup) changed(r fix.Result) []changedFile {
	var out []changedFile
	for _, d := range r.Fixed {
		for _, e := range d.Fix.Edits {
			name := e.At.File.Name
			text, before := r.Texts[c.key(name)], e.At.File.Text
			there := slices.ContainsFunc(out, func(f changedFile) bool { return c.key(f.path) == c.key(name) })
			if !there && text != before { // the first that is fixed of a file stands in its first text
				out = append(out, changedFile{file{name, []byte(text)}, before})
			}
		}
	}
	slices.SortFunc(out, func(a, b changedFile) int { return cmp.Compare(a.path, b.path) })
	return out
}

// write writes files back, all or none, and what was standard input to standard
// output, changed or not.
func (c *checkup) write(a *app, read *reader, changed []changedFile) error {
	var files []file
	var stdin []byte
	if c.stdin != "" {
		stdin, _ = read.stdin() // one that cannot be read was reported
	}
	for _, f := range changed {
		if c.key(f.path) == "-" {
			stdin = f.text
			continue
		}
		files = append(files, f.file)
	}
	if err := rewrite(files); err != nil {
		return err
	}
	a.stdout.Write(stdin) // the error comes with the flush
	return nil
}

// checkup refuses flags that contradict each other and prepares a run. A text
// that was moved to where it stands in a document cannot be written back.
func (a *app) checkup(f checkFlags, args []string, moved bool) (*checkup, error) {
	if f.fix && f.diff {
		return nil, usagef("--diff prints what --fix would change, and writes nothing; leave out --fix")
	}
	for _, pair := range []struct {
		a, b string
		both bool
	}{
		{"--baseline", "--write-baseline", f.read != "" && f.write != ""},
		{"--fix", "--write-baseline", f.fix && f.write != ""},
		{"--diff", "--write-baseline", f.diff && f.write != ""},
		{"--diff", "--format", f.diff && f.format != "text"},
		{"--diff", "--show", f.diff && f.show.wanted},
		{"--fix", "--line-offset or --column-offset", f.fix && moved},
		{"--diff", "--line-offset or --column-offset", f.diff && moved},
		{"--fix of standard input", "--format", f.fix && slices.Contains(args, "-") && f.format != "text"},
		{"--fix of standard input", "--show", f.fix && slices.Contains(args, "-") && f.show.wanted},
	} {
		if pair.both {
			return nil, usagef("%s and %s do not go together", pair.a, pair.b)
		}
	}
	c := &checkup{args: args, fix: f.fix, diff: f.diff}
	var err error
	if c.days, err = days(f.at); err != nil {
		return nil, err
	}
	c.known, err = a.openBaseline(f.read, f.write)
	return c, err
}

// checkedDiff ends a check with --diff: like the diff of a formatter, it is not
// clean if there is anything to change.
func (a *app) checkedDiff(fixed int, left diag.List) error {
	if !a.quiet {
		a.stdout.Flush() // what comes of it is told at the end
		rest := "nothing"
		if len(left) > 0 {
			rest = fmt.Sprint(len(left))
		}
		fmt.Fprintf(a.stderr, "%s would be fixed, and %s left\n", count(fixed, "finding"), rest)
	}
	if fixed > 0 {
		return errFindings
	}
	return verdict(left)
}

// fixable ends the line that ends a check where some of it can be fixed.
func fixable(l diag.List) string {
	n := 0
	for _, d := range l {
		if d.Fix != nil {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d can be fixed with --fix)", n)
}

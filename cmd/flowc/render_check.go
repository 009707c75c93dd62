package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pictures"
	"github.com/flowc-lang/flowc/source"
)

// upkeep is what render does beside drawing with the pictures that are there.
type upkeep struct {
	check  bool   // --check: write nothing, and find what is not as drawn
	diff   bool   // --diff
	format string // --findings
	prune  bool   // --prune

	writer *diag.Writer // of the format
}

func (u *upkeep) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&u.check, "check", false, "write nothing; find pictures that are stale, missing or orphaned")
	f.BoolVar(&u.diff, "diff", false, "with --check, print how stale pictures differ")
	f.StringVar(&u.format, "findings", "", "with --check, write findings in this `format`: "+strings.Join(writerNames(), ", "))
	f.BoolVar(&u.prune, "prune", false, "delete pictures that flowc rendered and no model gives any more")
	complete(cmd, "findings", writerNames)
}

// fits refuses flags that contradict each other, and finds the writer.
func (u *upkeep) fits(to target, deps dependencies) error {
	for _, pair := range []struct {
		a, b string
		both bool
	}{
		{"--check", "-o -", u.check && to.stdout},
		{"--check", "--prune", u.check && u.prune},
		{"--check", "--depfile", u.check && deps.path != ""},
		{"--diff", "--findings", u.diff && u.format != ""},
	} {
		if pair.both {
			return usagef("%s and %s do not go together", pair.a, pair.b)
		}
	}
	switch {
	case !u.check && u.diff:
		return usagef("--diff needs --check")
	case !u.check && u.format != "":
		return usagef("--findings needs --check")
	case u.prune && to.single():
		return usagef("--prune needs a folder, and -o names one file")
	}
	var err error
	u.writer, err = writerNamed(cmp.Or(u.format, "text"))
	return err
}

// comparison is what pictures that are there are, held against what models
// give.
type comparison struct {
	folder   *outFolder // nil for a single file
	manifest pictures.Manifest
	listed   bool // there is a manifest

	findings                         diag.List
	compared, stale, missing, orphan int
	outOfDate                        bool // the manifest is
	diffs                            []byte
}

// checkPictures draws as render does, writes nothing, and reports which
// pictures are not as drawn.
func (a *app) checkPictures(r *rendering, s *outFolder, models []*model, jobs []*job) error {
	c := &comparison{folder: s}
	var err error
	if s != nil {
		if c.manifest, c.listed, err = s.read(); err != nil {
			return err
		}
	}
	err = a.draw(jobs, func(context.Context, *job) {}, r.look)
	a.progress.stop()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	err = errors.Join(err, c.run(jobs))
	ofModels := allFound(models, jobs)
	all := append(c.findings, ofModels...).Sort()
	if r.keep.diff {
		a.stdout.Write(c.diffs) // the error comes with the flush
		a.findings(a.stderr, all)
	} else if written := a.writeFindings(r.keep.writer, models, all); written != nil {
		return written
	}
	if !a.quiet {
		fmt.Fprintln(a.stderr, c.summary(len(jobs), ofModels))
	}
	if err != nil {
		return err
	}
	return verdict(all)
}

// run compares every picture that was drawn.
func (c *comparison) run(jobs []*job) error {
	listed := make(map[string]pictures.Entry)
	if c.folder != nil {
		entries, _ := c.folder.entries()
		for _, e := range entries {
			listed[e.Picture] = e
		}
	}
	var wrong []string // pictures that the manifest does not list as they are
	for _, j := range jobs {
		for _, f := range j.files {
			same, err := c.compare(j, f)
			if err != nil {
				return err
			}
			if !same || !c.listed {
				continue
			}
			name := c.folder.name(f.path)
			want, wanted := listed[name]
			if have, ok := c.manifest.Of(name); ok != wanted || have != want {
				wrong = append(wrong, name)
			}
		}
	}
	if len(wrong) > 0 {
		c.outOfDate = true
		c.findings = append(c.findings, pictures.OutOfDate(filepath.ToSlash(c.folder.path()), wrong))
	}
	return c.orphans()
}

// compare compares a picture that was drawn with the one that is there.
func (c *comparison) compare(j *job, f file) (same bool, err error) {
	c.compared++
	path := filepath.ToSlash(f.path)
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.missing++
		c.findings = append(c.findings, pictures.Missing(path, j.path))
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is not a file", f.path)
	}
	have, err := os.ReadFile(f.path)
	if err != nil {
		return false, err
	}
	if pictures.Same(have, f.text) {
		return true, nil
	}
	edited := false
	if c.folder != nil {
		e, ok := c.manifest.Of(c.folder.name(f.path))
		edited = ok && e.Sum != pictures.Sum(have)
	}
	c.stale++
	d := pictures.Stale(path, j.path, have, f.text, edited)
	if info, err := os.Lstat(f.path); err != nil || !info.Mode().IsRegular() {
		d.At, d.Related = source.Span{}, nil // it is not said what a link leads to
	}
	c.findings = append(c.findings, d)
	if d.At.Known() {
		c.diffs = append(c.diffs, diff.Diff(path, have, path, f.text)...)
	}
	return false, nil
}

// orphans finds pictures that no model gives any more.
func (c *comparison) orphans() error {
	if !c.listed {
		return nil
	}
	all, err := c.folder.orphans(c.manifest)
	c.orphan = len(all)
	c.findings = append(c.findings, c.folder.findings(all)...)
	return err
}

// summary is the line that ends a check: "18 pictures of 1 model: 1 stale".
func (c *comparison) summary(models int, ofModels diag.List) string {
	var found []string
	for _, n := range []struct {
		n    int
		what string
	}{{c.stale, "stale"}, {c.missing, "missing"}, {c.orphan, "orphaned"}} {
		if n.n > 0 {
			found = append(found, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	if c.outOfDate {
		found = append(found, "the manifest out of date")
	}
	if len(found) == 0 {
		found = []string{"none stale, missing or orphaned"}
		if c.folder != nil && !c.listed && c.compared > 0 {
			found = []string{"none stale or missing; orphaned ones are not known, for there is no " + filepath.ToSlash(c.folder.path())}
		}
	}
	line := fmt.Sprintf("%s of %s: %s", count(c.compared, "picture"), count(models, "model"), strings.Join(found, ", "))
	for _, s := range severities {
		if n := ofModels.Count(s); n > 0 {
			line += "; " + count(n, s.String()) + " in models"
		}
	}
	return line
}

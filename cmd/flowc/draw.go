package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/filename"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// job is one model on its way into files.
type job struct {
	*model
	pictures []picture
	omitted  omissions
	files    []file
	kept     *drawings
	findings diag.List // of formats that a picture is too large for
	errs     []error
}

// picture is one picture in one format.
type picture struct {
	plan   *pipeline.Plan
	pic    view.Picture
	format *emit.Format
	path   string
}

// project makes the pictures that a choice wants of every model that can be
// drawn, without writing any.
func project(models []*model, c pipeline.Choice, formats []*emit.Format) ([]*job, error) {
	var jobs []*job
	var drawable []*pipeline.Model
	for _, m := range models {
		if m.Drawable() {
			jobs = append(jobs, &job{model: m, omitted: omissions{planned: make(map[string]int)}})
			drawable = append(drawable, m.Model)
		}
	}
	if len(jobs) == 0 {
		return nil, nil
	}
	if err := c.Validate(drawable); err != nil {
		return nil, usagef("%v", err)
	}
	each(len(jobs), func(i int) { jobs[i].project(c, formats) })
	return jobs, nil
}

func (j *job) project(c pipeline.Choice, formats []*emit.Format) {
	plans, left := j.Plans(c)
	for _, p := range plans {
		if p.Request != nil {
			j.omitted.planned[p.Name]++
		}
		pic, reason := p.Picture()
		if pic == nil {
			j.omitted.add(p, reason)
			continue
		}
		fit := pipeline.Formats(pic, formats)
		if len(fit) == 0 {
			j.omitted.add(p, "not for "+strings.Join(formatNames(formats), " or "))
		}
		for _, f := range fit {
			j.pictures = append(j.pictures, picture{plan: p, pic: pic, format: f})
		}
	}
	if left > 0 {
		j.omitted.note(fmt.Sprintf("%d of %d requests that flowc derived (name them with --request)", left, left+pipeline.MaxDerived))
	}
}

// place gives every picture its file.
func place(jobs []*job, to target, formats []*emit.Format) error {
	switch {
	case len(jobs) == 0: // nothing can be drawn, and the findings say why
		return nil
	case to.single():
		return placeOne(jobs, to, formats)
	}
	taken := make(map[string]*job)
	for _, j := range jobs {
		if err := j.place(to.folder, taken); err != nil {
			return err
		}
	}
	return nil
}

// placeOne sends the one picture that there is to a file or to standard
// output, where a picture that nobody chose a format for goes as text.
func placeOne(jobs []*job, to target, formats []*emit.Format) error {
	var all []*picture
	for _, j := range jobs {
		if to.stdout && len(formats) == 0 {
			j.pictures = slices.DeleteFunc(j.pictures, func(p picture) bool { return p.format != pipeline.Pasted(p.pic) })
		}
		for i := range j.pictures {
			all = append(all, &j.pictures[i])
		}
	}
	switch len(all) {
	case 0:
		return jobs[0].nothing()
	case 1:
		all[0].path = to.file
		return nil
	}
	return usagef("%d pictures do not fit into one file; choose one: %s", len(all), waysToChoose(jobs, all))
}

// nothing is the error of a job whose one picture is not there.
func (j *job) nothing() error {
	return &exitError{code: exitFindings, message: fmt.Sprintf("%s: nothing to draw: %s", j.path, j.omitted.String())}
}

// waysToChoose names the flags that tell several pictures apart.
func waysToChoose(jobs []*job, all []*picture) string {
	var flags []string
	if len(jobs) > 1 {
		flags = append(flags, "one model")
	}
	first := all[0]
	differ := func(what string, same func(p *picture) bool) {
		if slices.ContainsFunc(all, func(p *picture) bool { return !same(p) }) {
			flags = append(flags, what)
		}
	}
	differ("--view", func(p *picture) bool { return p.plan.Name == first.plan.Name })
	differ("--request", func(p *picture) bool {
		return p.plan.Request == nil || first.plan.Request == nil || p.plan.Request.Name == first.plan.Request.Name
	})
	differ("--format", func(p *picture) bool { return p.format == first.format })
	return strings.Join(flags, ", ")
}

// place gives the job's pictures their names below folder. Two models whose
// pictures would have one name are an error; within a model a number tells
// them apart.
func (j *job) place(folder string, taken map[string]*job) error {
	for i := range j.pictures {
		p := &j.pictures[i]
		parts := []string{j.stem, filename.Safe(p.plan.Name)}
		if p.plan.Several {
			parts = slices.Insert(parts, 1, filename.Safe(p.plan.Request.Name))
		}
		for n, part := 2, parts[1]; ; n++ {
			p.path = filepath.Join(folder, filepath.FromSlash(strings.Join(parts, "."))+"."+p.format.Ext)
			other := taken[strings.ToLower(p.path)]
			if other == nil {
				break
			}
			if other != j {
				return usagef("%s and %s would both be written to %s; render one of them into another folder with -o",
					other.path, j.path, p.path)
			}
			parts[1] = fmt.Sprintf("%s-%d", part, n)
		}
		taken[strings.ToLower(p.path)] = j
	}
	return nil
}

// emit turns the job's pictures into files in memory, side by side: renderers
// of PNG take their time. A picture that fails does not keep back the others.
func (j *job) emit(ctx context.Context, opt emit.Options, next func()) {
	type result struct {
		text     []byte
		findings diag.List
		err      error
	}
	results := make([]result, len(j.pictures))
	each(len(j.pictures), func(i int) {
		if ctx.Err() != nil {
			return
		}
		next()
		p, r := &j.pictures[i], &results[i]
		r.text, r.findings, r.err = j.kept.draw(ctx, j.Model, p.plan, p.pic, p.format, opt)
	})
	for i, r := range results {
		j.findings = append(j.findings, r.findings...)
		if r.err != nil {
			j.errs = append(j.errs, r.err)
		} else if r.text != nil {
			j.files = append(j.files, file{j.pictures[i].path, r.text})
		}
	}
}

// write writes the job's files, all of them or none.
func (j *job) write(ctx context.Context) {
	if err := writeAll(ctx, j.files); err != nil {
		j.files = nil
		j.errs = append(j.errs, fmt.Errorf("%s: %w", j.path, err))
	}
}

// omissions is what was not drawn, by reason.
type omissions struct {
	reasons []string
	views   map[string][]*omission // by reason
	planned map[string]int         // how many pictures of a view were wanted
	notes   []string
}

// omission is a view that was not drawn, and for which requests.
type omission struct {
	view     string
	requests []string
}

func (o *omissions) add(p *pipeline.Plan, reason string) {
	if o.views == nil {
		o.views = make(map[string][]*omission)
	}
	all := o.views[reason]
	if len(all) == 0 {
		o.reasons = append(o.reasons, reason)
	}
	i := slices.IndexFunc(all, func(have *omission) bool { return have.view == p.Name })
	if i < 0 {
		i = len(all)
		all = append(all, &omission{view: p.Name})
	}
	if p.Request != nil {
		all[i].requests = append(all[i].requests, p.Request.Name)
	}
	o.views[reason] = all
}

func (o *omissions) note(text string) { o.notes = append(o.notes, text) }

// String returns "shards (no proxy has an admit statement)", "" where all was drawn.
func (o *omissions) String() string {
	var out []string
	for _, r := range o.reasons {
		var views []string
		for _, v := range o.views[r] {
			views = append(views, o.name(v))
		}
		out = append(out, strings.Join(views, ", ")+" ("+r+")")
	}
	return strings.Join(append(out, o.notes...), "; ")
}

// name is a view, with the requests that it was not drawn for where it was for
// others.
func (o *omissions) name(v *omission) string {
	switch n := len(v.requests); {
	case n == o.planned[v.view]:
		return v.view
	case n > 3:
		return fmt.Sprintf("%s of %d requests", v.view, n)
	default:
		return v.view + " of " + strings.Join(v.requests, " and ")
	}
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// waivers reads the file of --waivers; nil where none is given.
func (t *tree) waivers(texts func(path string) (string, bool)) (*suppress.File, error) {
	if t.waiving == "" {
		return nil, nil
	}
	path := filepath.ToSlash(t.waiving)
	if text, ok := texts(path); ok {
		return pipeline.Waivers(source.NewFile(path, text)), nil
	}
	f, err := t.open(t.waiving)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("no file %q of waivers", path)
	}
	if err != nil {
		return nil, usagef("%q cannot be read: %v", path, bare(err))
	}
	defer f.Close()
	text, err := readModel(f)
	if err != nil {
		return nil, usagef("%q cannot be read: %v", path, bare(err))
	}
	return pipeline.Waivers(source.NewFile(path, string(text))), nil
}

// waivers reads the file of --waivers, or what stands in its place.
func (r *reader) waivers() (*suppress.File, error) {
	return r.files.waivers(func(path string) (string, bool) { return r.changed(input{}, path) })
}

// unchanged is what stands in the place of no file.
func unchanged(string) (string, bool) { return "", false }

// compileOn compiles models on some days, with the waivers of their comments and of
// --waivers. What is wrong with the latter is among the findings of the first one.
func (r *reader) compileOn(ctx context.Context, models []*model, days pipeline.Days) error {
	waivers, err := r.waivers()
	if err != nil {
		return err
	}
	errs := make([]error, len(models))
	each(len(models), func(i int) {
		models[i].Waivers = waivers
		errs[i] = models[i].CompileOn(ctx, days)
	})
	if err := errors.Join(errs...); err != nil || waivers == nil || len(models) == 0 {
		return err
	}
	var uses []*suppress.Use
	for _, m := range models {
		uses = append(uses, m.Waived)
	}
	models[0].Findings = append(models[0].Findings, waivers.Judge(uses)...).Sort()
	return nil
}

// bare is an error without the path that its message names already.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

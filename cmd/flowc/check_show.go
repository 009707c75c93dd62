package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// showing is where the courses go that demonstrate findings: under each finding
// as text, or into a file or a folder.
type showing struct {
	wanted bool
	out    string
}

// fit returns an error for flags that do not go together.
func (s showing) fit(format string) error {
	switch {
	case !s.wanted && s.out != "":
		return usagef("-o says where --show draws; add --show")
	case s.wanted && s.out == "" && format != "text":
		return usagef("--show writes into the text of findings; with --format %s say where to draw: -o shown/", format)
	}
	return nil
}

// owner finds the model that a finding is of.
func owner(models []*model, d diag.Diagnostic) *model {
	for _, m := range models {
		for _, own := range m.Findings {
			if own.Code == d.Code && own.At == d.At && own.Message == d.Message {
				return m
			}
		}
	}
	return models[0]
}

// findingsShown writes findings for a person, and under each the course that
// demonstrates it.
func (a *app) findingsShown(models []*model, l diag.List) error {
	text, err := pipeline.Format("text")
	if err != nil {
		return err
	}
	linked := make(map[diag.Code]bool)
	for i, d := range l {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		opt := a.textOptions(a.stdout)
		if linked[d.Code] && opt.Links == diag.LineLinks {
			opt.Links = diag.NoLinks // one line for each code is enough
		}
		linked[d.Code] = true
		diag.WriteText(a.stdout, diag.List{d}, opt)
		m := owner(models, d)
		here := d
		here.Message = "shows here" // what it says stands above
		plan, pic, reason := m.Demonstrate(here)
		if pic == nil {
			fmt.Fprintf(a.stdout, "  no course shows it: %s\n", reason)
			continue
		}
		pic.Title, pic.Foot = "shown by "+strings.TrimPrefix(pic.Title, string(d.Code)+": "), nil
		drawn, _, err := m.Emit(context.Background(), plan, pic, text, emit.Options{Width: a.stdout.width - 2})
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(drawn)) {
			if line != "\n" {
				line = "  " + line
			}
			fmt.Fprint(a.stdout, line)
		}
	}
	return a.stdout.Flush()
}

// drawFindings draws the courses that demonstrate findings, all of them or
// none, and says what no course shows.
func (a *app) drawFindings(models []*model, l diag.List, out string) error {
	to, err := parseTarget(out)
	if err != nil {
		return err
	}
	chosen, err := to.formats(nil)
	if err != nil {
		return err
	}
	if to.stdout {
		return usagef("--show writes text to standard output by itself; leave out -o -")
	}
	if len(chosen) == 0 {
		svg, err := pipeline.Format("svg")
		if err != nil {
			return err
		}
		chosen = []*emit.Format{svg}
	}
	ctx, stop := interruptible(chosen[0].Binary)
	defer stop()
	opt := emit.Options{Convert: converter()}
	var files []file
	taken := make(map[string]int)
	for _, d := range l {
		m := owner(models, d)
		plan, pic, reason := m.Demonstrate(d)
		if pic == nil {
			a.notify(fmt.Sprintf("%s: %s: no course shows it: %s", m.path, d.Code, reason))
			continue
		}
		format := chosen[0]
		if !format.Fits(pic) {
			return usagef("a sequence is not drawn as %s", format.Name)
		}
		text, found, err := m.Emit(ctx, plan, pic, format, opt)
		switch {
		case ctx.Err() != nil:
			return errInterrupted
		case err != nil:
			return err
		case text == nil:
			return fmt.Errorf("%s: %s", m.path, found[0].Message)
		}
		path := to.file
		if path == "" {
			name := m.stem + "." + string(d.Code)
			if taken[name]++; taken[name] > 1 {
				name += fmt.Sprintf("-%d", taken[name])
			}
			path = filepath.Join(to.folder, filepath.FromSlash(name)+"."+format.Ext)
		}
		files = append(files, file{path, text})
	}
	if to.file != "" && len(files) > 1 {
		return usagef("%d findings are shown, and %q takes one; name a folder: -o shown/", len(files), to.file)
	}
	if err := spare(pathsOf(files), func(_ string, head []byte) bool { return ownPicture(chosen[0], head) }); err != nil {
		return err
	}
	if err := writeAll(context.Background(), files); err != nil {
		return err
	}
	for _, f := range files {
		a.notify("wrote " + f.path)
	}
	return nil
}

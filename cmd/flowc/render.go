package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/raster"
)

func newRender(a *app) *cobra.Command {
	var sel selection
	var look look
	var formats []string
	var out string
	cmd := &cobra.Command{
		Use:   "render PATH...",
		Short: "Draw the pictures of models, into files",
		Long: `render draws every view that a model has something to show for, as Mermaid and
SVG (tables as Markdown and SVG), into diagrams/MODEL.VIEW.EXT, or
MODEL.REQUEST.VIEW.EXT where a model has several requests. PATH is a model, a
folder with models at any depth, or - for standard input. A model that another
one imports is not drawn by itself.

A model whose syntax or names are broken is not drawn. One that breaks a rule
is: it shows what really happens; what was found is printed, and the exit code
is 1. The pictures of a model are written all together or not at all.

PNG and PDF are drawn by rsvg-convert, or where it is not on PATH by Chromium,
Chrome or Edge. The variable FLOWC_RENDERER names another of these programs.`,
		Example: `  flowc render shop.flow
  flowc render models/ -o docs/diagrams
  flowc render shop.flow --view sequence --show tcp,proxy,tls,http,actions
  flowc render shop.flow --view topology -o topology.svg
  flowc render shop.flow --view topology -o topology.png --scheme dark --scale 3
  flowc render shop.flow --view sequence --request checkout --format mermaid -o -`,
		Args:              args(1, -1, "a model or folder to render"),
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			choice, err := sel.choice()
			if err != nil {
				return err
			}
			to, err := parseTarget(out)
			if err != nil {
				return err
			}
			chosen, err := to.formats(formats)
			if err != nil {
				return err
			}
			opt, err := look.options(cmd, chosen)
			if err != nil {
				return err
			}
			return a.render(args, choice, chosen, to, opt)
		},
	}
	cmd.Flags().StringSliceVarP(&sel.views, "view", "v", nil, "draw only these `views` (flowc views lists them)")
	cmd.Flags().StringSliceVarP(&formats, "format", "f", nil, "write these `formats` (default mermaid and svg)")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write into `folder`, or a single picture into a file or - (default diagrams)")
	sel.flags(cmd)
	look.flags(cmd)
	complete(cmd, "view", viewNames)
	complete(cmd, "format", func() []string { return formatNames(emit.Formats) })
	return cmd
}

// render draws models side by side.
func (a *app) render(args []string, choice pipeline.Choice, formats []*emit.Format, to target, opt emit.Options) error {
	a.progress.start()
	defer a.progress.stop()
	models, err := a.models(args)
	if err != nil {
		return err
	}
	jobs, err := project(models, choice, formats)
	if err != nil {
		return err
	}
	if err := place(jobs, to, formats); err != nil {
		return err
	}
	err = a.draw(jobs, to, opt)
	a.progress.stop()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}

	findings := foundIn(models)
	for _, j := range jobs {
		findings = append(findings, j.findings...)
	}
	a.findings(a.stderr, findings.Sort())
	a.report(jobs, to, len(choice.Views) > 0, len(findings) == 0)
	if err != nil {
		return err
	}
	return verdict(findings)
}

// draw turns the jobs' pictures into bytes and writes them. Its error tells
// what the machine failed to do, or that somebody broke it off.
func (a *app) draw(jobs []*job, to target, opt emit.Options) error {
	total, renderers := 0, false
	for _, j := range jobs {
		total += len(j.pictures)
		renderers = renderers || slices.ContainsFunc(j.pictures, func(p picture) bool { return p.format.Binary })
	}
	if to.stdout && renderers {
		if err := a.binary(); err != nil {
			return err
		}
	}
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	opt.Layout, opt.Convert = lay.Layout, converter()
	ctx, stop := interruptible(total > 1 || renderers)
	defer stop()
	var started atomic.Int64
	each(len(jobs), func(i int) {
		j := jobs[i]
		j.emit(ctx, opt, func() { a.progress.say("drawing %d of %d pictures", started.Add(1), total) })
		switch {
		case to.stdout:
			for _, f := range j.files {
				a.stdout.Write(f.text) // the error comes with the flush
			}
		default:
			j.write(ctx)
		}
	})
	return failures(jobs, errors.Join(ctx.Err(), lay.Close()))
}

// interruptible returns a context that ends when somebody breaks flowc off, so
// that it can tidy up where a run is long. Otherwise one picture is there before
// that could matter, and listening for signals costs its time.
func interruptible(long bool) (context.Context, context.CancelFunc) {
	if !long {
		return context.WithCancel(context.Background())
	}
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// failures joins what went wrong with the jobs, and at the end. That a program
// is missing is said once.
func failures(jobs []*job, end error) error {
	var out []error
	var said []string
	for _, j := range jobs {
		for _, err := range j.errs {
			if none := missing(err); none != nil {
				if slices.Contains(said, none.Error()) {
					continue
				}
				said, err = append(said, none.Error()), none
			}
			out = append(out, err)
		}
	}
	return errors.Join(append(out, end)...)
}

// missing returns which pictures are not drawn for want of a program, nil where
// err is about something else.
func missing(err error) error {
	if none, ok := errors.AsType[*graphviz.MissingError](err); ok {
		return fmt.Errorf("no SVG of a flowchart was drawn: %w", none)
	}
	if none, ok := errors.AsType[*raster.MissingError](err); ok {
		return fmt.Errorf("no PNG or PDF was drawn: %w", none)
	}
	return nil
}

// foundIn returns the findings of all models.
func foundIn(models []*model) diag.List {
	var out diag.List
	for _, m := range models {
		out = append(out, m.Findings...)
	}
	return out
}

// verdict is what findings mean for the exit code.
func verdict(l diag.List) error {
	if l.Count(diag.Error) > 0 {
		return errFindings
	}
	return nil
}

// report says what was drawn: a summary to a person, the paths to a pipe.
func (a *app) report(jobs []*job, to target, chosen, clean bool) {
	if a.quiet {
		return
	}
	if a.stdout.terminal && !to.stdout {
		a.summarize(jobs, to, clean)
		return
	}
	for _, j := range jobs {
		if !to.stdout {
			for _, f := range j.files {
				fmt.Fprintln(a.stdout, f.path)
			}
		}
		if left := j.omitted.String(); chosen && left != "" {
			fmt.Fprintf(a.stderr, "flowc: %s: not drawn: %s\n", j.path, left)
		}
	}
}

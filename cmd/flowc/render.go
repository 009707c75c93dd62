package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// renderFlags is what the flags of render say.
type renderFlags struct {
	selection
	formats []string
	out     string
	deps    dependencies
	fence   fence
}

func newRender(a *app) *cobra.Command {
	var f renderFlags
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
is 1. The pictures of a model are written all together or not at all.`,
		Example: `  flowc render shop.flow
  flowc render models/ -o docs/diagrams
  flowc render shop.flow --view sequence --show tcp,proxy,tls,http,actions
  flowc render shop.flow --view topology -o topology.svg
  flowc render shop.flow --view sequence --request checkout --format mermaid -o -
  flowc render - --stdin-name guide.md --line-offset 11 --view sequence -o - < fence`,
		Args:              args(1, -1, "a model or folder to render"),
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.from.fits(args); err != nil {
				return err
			}
			if err := f.fence.fits(a, cmd, args); err != nil {
				return err
			}
			if f.fence.given {
				return a.renderFence(f.fence, f.deps)
			}
			r, err := f.rendering()
			if err != nil {
				return err
			}
			return a.render(args, r)
		},
	}
	cmd.Flags().StringSliceVarP(&f.views, "view", "v", nil, "draw only these `views` (flowc views lists them)")
	cmd.Flags().StringSliceVarP(&f.formats, "format", "f", nil, "write these `formats` (default mermaid and svg)")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write into `folder`, or a single picture into a file or - (default diagrams)")
	f.flags(cmd)
	f.deps.flags(cmd)
	a.from.flags(cmd)
	f.fence.flags(cmd)
	complete(cmd, "view", viewNames)
	complete(cmd, "format", func() []string { return formatNames(emit.Formats) })
	return cmd
}

// rendering is one run of render: what is drawn, and where it goes.
type rendering struct {
	choice  pipeline.Choice
	formats []*emit.Format
	to      target
	deps    dependencies
}

// rendering reads the flags.
func (f *renderFlags) rendering() (*rendering, error) {
	r := &rendering{deps: f.deps}
	var err error
	if r.choice, err = f.choice(); err != nil {
		return nil, err
	}
	if r.to, err = parseTarget(f.out); err != nil {
		return nil, err
	}
	if r.formats, err = r.to.formats(f.formats); err != nil {
		return nil, err
	}
	return r, r.deps.fits(r.to)
}

// render draws models side by side.
func (a *app) render(args []string, r *rendering) error {
	a.progress.start()
	defer a.progress.stop()
	models, err := a.models(args)
	if err != nil {
		return err
	}
	jobs, err := project(models, r.choice, r.formats)
	if err != nil {
		return err
	}
	if err := place(jobs, r.to, r.formats); err != nil {
		return err
	}
	if err := r.deps.possible(jobs); err != nil {
		return err
	}
	err = a.draw(jobs, r.to)
	a.progress.stop()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}

	findings := foundIn(models)
	for _, j := range jobs {
		findings = append(findings, j.findings...)
	}
	a.findings(a.stderr, findings.Sort())
	a.report(jobs, r.to, len(r.choice.Views) > 0, len(findings) == 0)
	if err == nil {
		err = verdict(findings)
	}
	if err != nil {
		return err
	}
	return r.deps.write(jobs)
}

// draw turns the jobs' pictures into bytes and writes them. Its error tells
// what the machine failed to do, or that somebody broke it off.
func (a *app) draw(jobs []*job, to target) error {
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	total := 0
	for _, j := range jobs {
		total += len(j.pictures)
	}
	ctx, stop := interruptible(total)
	defer stop()
	var started atomic.Int64
	opt := emit.Options{Layout: lay.Layout}
	each(len(jobs), func(i int) {
		j := jobs[i]
		j.kept = a.kept
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
// that it can tidy up. One picture is there before that could matter, and
// listening for signals costs its time.
func interruptible(pictures int) (context.Context, context.CancelFunc) {
	if pictures < 2 {
		return context.WithCancel(context.Background())
	}
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// failures joins what went wrong with the jobs, and at the end. That there is
// no worker for Graphviz is said once.
func failures(jobs []*job, end error) error {
	var out []error
	missing := false
	for _, j := range jobs {
		for _, err := range j.errs {
			none, ok := errors.AsType[*graphviz.MissingError](err)
			switch {
			case !ok:
				out = append(out, err)
			case !missing:
				missing = true
				out = append(out, fmt.Errorf("no SVG of a flowchart was drawn: %w", none))
			}
		}
	}
	return errors.Join(append(out, end)...)
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

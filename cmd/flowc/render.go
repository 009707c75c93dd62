package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/raster"
)

// renderFlags is what the flags of render say.
type renderFlags struct {
	selection
	formats []string
	out     string
	deps    dependencies
	fence   fence
	look    look
	keep    upkeep
	force   bool
}

func newRender(a *app) *cobra.Command {
	var f renderFlags
	cmd := &cobra.Command{
		Use:   "render PATH...",
		Short: "Draw the pictures of models, into files",
		Long: `render draws every view for which a model has content, as Mermaid and
SVG (tables as Markdown and SVG), into diagrams/MODEL.VIEW.EXT, or
MODEL.REQUEST.VIEW.EXT where a model has several requests. PATH is a model, a
folder with models at any depth, or - for standard input. A model that another
one imports is not drawn by itself.

A model with broken syntax or names is not drawn. A model that breaks a rule is
drawn as it really behaves; the findings are printed, and the exit code is 1.
The pictures of a model are written all together or not at all.

The manifest of a folder, .flowc-manifest.jsonl, lists the model of each picture.
--check writes nothing and finds pictures that are stale, missing, or orphaned:
their model does not give them any more. The exit code is then 1. --prune deletes
orphaned pictures that are as flowc wrote them. Both look only at the models,
views, requests and formats of the run.

PNG and PDF are drawn by rsvg-convert, or, if it is not on PATH, by Chromium,
Chrome or Edge. The variable FLOWC_RENDERER names another of these programs.`,
		Example: `  flowc render shop.flow
  flowc render models/ -o docs/diagrams
  flowc render models/ -o docs/diagrams --check
  flowc render shop.flow --view sequence --show tcp,proxy,tls,http,actions
  flowc render shop.flow --view topology -o topology.svg
  flowc render shop.flow --view sequence --request checkout --format mermaid -o -
  flowc render shop.flow --view topology -o topology.png --scheme dark --scale 3
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
			r, err := f.rendering(cmd)
			if err != nil {
				return err
			}
			return a.render(args, r)
		},
	}
	cmd.Flags().StringSliceVarP(&f.views, "view", "v", nil, "draw only these `views` (flowc views lists them)")
	cmd.Flags().StringSliceVarP(&f.formats, "format", "f", nil, "write these `formats` (default mermaid and svg)")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write into `folder`, or a single picture into a file or - (default diagrams)")
	f.selection.flags(cmd)
	f.look.flags(cmd)
	f.deps.flags(cmd)
	f.keep.flags(cmd)
	cmd.Flags().BoolVar(&f.force, "force", false, "replace files that flowc did not write")
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
	look    emit.Options
	to      target
	deps    dependencies
	keep    upkeep
	force   bool // files that flowc did not write are replaced
}

// rendering reads the flags.
func (f *renderFlags) rendering(cmd *cobra.Command) (*rendering, error) {
	r := &rendering{deps: f.deps, keep: f.keep, force: f.force}
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
	if r.look, err = f.look.options(cmd, r.formats); err != nil {
		return nil, err
	}
	if err := r.deps.fits(r.to); err != nil {
		return nil, err
	}
	return r, r.keep.fits(r.to, r.deps)
}

// render draws models side by side.
func (a *app) render(args []string, r *rendering) error {
	a.progress.start()
	defer a.progress.stop()
	a.files.mayBeEmpty = r.keep.check || r.keep.prune // the last model may be gone
	args, err := r.stillThere(args)
	if err != nil {
		return err
	}
	ins, err := a.inputs(args)
	if err != nil {
		return err
	}
	models, err := compile(ins, a.reader(), pipeline.Days{}, noneAlone)
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
	if err := a.printable(r.to, jobs); err != nil {
		return err
	}
	if err := r.deps.possible(jobs); err != nil {
		return err
	}
	s := r.newOutFolder(ins, models, jobs)
	if r.keep.check {
		return a.checkPictures(r, s, models, jobs)
	}
	if err := r.spare(s, jobs); err != nil {
		return err
	}
	return a.renderInto(r, s, models, jobs)
}

// spare refuses to replace what flowc did not write, before anything is drawn. What
// the manifest lists is a picture, also where somebody edited it.
func (r *rendering) spare(o *outFolder, jobs []*job) error {
	if r.force || r.to.stdout {
		return nil
	}
	listed := make(map[string]bool)
	if o != nil {
		m, _, err := o.read()
		if err != nil {
			return err
		}
		for _, e := range m {
			listed[filepath.Join(o.folder, filepath.FromSlash(e.Picture))] = true
		}
	}
	if err := sparePictures(jobs, listed); err != nil {
		return err
	}
	return r.deps.spare()
}

// renderInto draws and writes, and says what was found and what was written.
func (a *app) renderInto(r *rendering, s *outFolder, models []*model, jobs []*job) error {
	if s != nil {
		if _, _, err := s.read(); err != nil {
			return err // before anything is written
		}
	}
	err := a.draw(jobs, a.deliver(r.to), r.look)
	a.progress.stop()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	findings := allFound(models, jobs)
	kept, listErr := a.list(r, s, err == nil)
	findings = append(findings, kept...)
	a.findings(a.stderr, findings.Sort())
	a.report(jobs, r.to, len(r.choice.Views) > 0, len(findings) == 0)
	if err = errors.Join(err, listErr); err == nil {
		err = verdict(findings)
	}
	if err != nil {
		return err
	}
	return r.deps.write(jobs)
}

// list brings the manifest of a folder up to date, and deletes orphaned
// pictures where it is asked to and all went well. It returns what is found in
// those that it was to delete and kept.
func (a *app) list(r *rendering, s *outFolder, well bool) (diag.List, error) {
	if s == nil {
		return nil, nil
	}
	done, err := s.update(r.keep.prune && well)
	if err != nil {
		return nil, err
	}
	for _, path := range done.deleted {
		a.notify("deleted " + path)
	}
	if r.keep.prune {
		return s.findings(done.left), nil
	}
	if n := len(done.left); n > 0 {
		a.notify(fmt.Sprintf("orphaned in %s: %s; --check lists, --prune deletes", filepath.ToSlash(s.folder), count(n, "picture")))
	}
	return nil, nil
}

// allFound returns the findings of models, and of the formats that a picture
// is too large for.
func allFound(models []*model, jobs []*job) diag.List {
	findings := foundIn(models)
	for _, j := range jobs {
		findings = append(findings, j.findings...)
	}
	return findings
}

// deliver returns what becomes of a model's pictures when they are drawn.
func (a *app) deliver(to target) func(context.Context, *job) {
	if !to.stdout {
		return func(ctx context.Context, j *job) { j.write(ctx) }
	}
	return func(_ context.Context, j *job) {
		for _, f := range j.files {
			a.stdout.Write(f.text) // the error comes with the flush
		}
	}
}

// draw turns the jobs' pictures into bytes and delivers them. Its error tells
// what the machine failed to do, or that somebody broke it off.
func (a *app) draw(jobs []*job, deliver func(context.Context, *job), opt emit.Options) error {
	total, renderers := 0, false
	for _, j := range jobs {
		total += len(j.pictures)
		renderers = renderers || slices.ContainsFunc(j.pictures, func(p picture) bool { return p.format.Binary })
	}
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	opt.Layout, opt.Convert = lay.Layout, converter()
	ctx, stop := interruptible(total > 1 || renderers)
	defer stop()
	var started atomic.Int64
	each(len(jobs), func(i int) {
		j := jobs[i]
		j.kept = a.kept
		j.emit(ctx, opt, func() { a.progress.say("drawing %d of %d pictures", started.Add(1), total) })
		deliver(ctx, j)
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

// unheard is how long a run may take before it listens for signals. Most are
// over by then, and until then a signal ends flowc at once.
const unheard = 100 * time.Millisecond

// attentive returns a context that ends when somebody breaks off a run that
// takes its time and writes nothing.
func attentive() (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(context.Background())
	timer := time.AfterFunc(unheard, func() {
		heard, ignore := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		defer ignore()
		<-heard.Done()
		stop()
	})
	return ctx, func() {
		timer.Stop()
		stop()
	}
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
		return fmt.Errorf("Graphviz drew nothing: %w", none)
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

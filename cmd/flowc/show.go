package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/summary"
)

func newShow(a *app) *cobra.Command {
	var sel selection
	var format string
	var ascii bool
	cmd := &cobra.Command{
		Use:   "show FILE [VIEW]",
		Short: "Show a model, or one view of it, as text",
		Long: `show prints a summary of a model: its parts, the outcome of each request, the
TLS sessions, the certificates that are presented, and where the request can be
read. With a view it prints that view as text. FILE may be - for standard input.`,
		Example: `  flowc show shop.flow
  flowc show shop.flow sequence --request checkout
  flowc show shop.flow decision --ascii
  flowc show shop.flow sequence --format words
  flowc show shop.flow certificates --format csv`,
		Args: args(1, 2, "a model to show"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return modelFiles(cmd, args, typed)
			}
			return viewNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.from.fits(args[:1]); err != nil {
				return err
			}
			sel.views = args[1:]
			choice, err := sel.choice()
			if err != nil {
				return err
			}
			f, err := pipeline.Format(format)
			if err != nil {
				return usagef("%v", err)
			}
			if len(args) == 1 && cmd.Flags().Changed("format") && f.Name != "text" {
				return usagef("--format %s prints a view: flowc show %s VIEW --format %s, where VIEW is one of %s", f.Name, shellWord(args[0]), f.Name, strings.Join(viewNames(), ", "))
			}
			return a.show(args[0], choice, f, ascii)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "print in this `format`: text; words to listen to; json or csv for tables")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "draw with ASCII characters only")
	sel.flags(cmd)
	a.from.flags(cmd)
	complete(cmd, "format", func() []string { return formatNames(emit.Formats) })
	return cmd
}

// show prints one model.
func (a *app) show(arg string, choice pipeline.Choice, format *emit.Format, ascii bool) error {
	if err := a.oneModel(arg, "show"); err != nil {
		return err
	}
	models, err := a.models([]string{arg})
	if err != nil {
		return err
	}
	if len(choice.Views) == 0 {
		return a.showSummary(models[0], choice.Full)
	}
	jobs, err := project(models, choice, []*emit.Format{format})
	if err != nil {
		return err
	}
	if err := a.showable(jobs, format); err != nil {
		return err
	}

	a.progress.start()
	defer a.progress.stop()
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	opt := emit.Options{ASCII: ascii, Width: a.stdout.width, Layout: lay.Layout, Convert: converter()}
	ctx, stop := interruptible(format.Binary)
	defer stop()
	findings := foundIn(models)
	for _, j := range jobs {
		j.kept = a.kept
		j.emit(ctx, opt, func() {})
		findings = append(findings, j.findings...)
		for i, f := range j.files {
			if i > 0 {
				fmt.Fprintln(a.stdout)
			}
			a.stdout.Write(f.text) // the error comes with the flush
		}
	}
	err = failures(jobs, lay.Close())
	if ctx.Err() != nil {
		err = errInterrupted
	}
	a.progress.stop()
	a.findings(a.stderr, findings.Sort())
	if err != nil {
		return err
	}
	return verdict(findings)
}

// readInTurn are the formats of which several pictures can be read one after the
// other.
var readInTurn = []string{"text", "words"}

// showable returns an error where there is nothing to print, or more than
// standard output can hold.
func (a *app) showable(jobs []*job, format *emit.Format) error {
	if format.Binary {
		if err := a.binary(); err != nil {
			return err
		}
	}
	for _, j := range jobs {
		var all []*picture
		for i := range j.pictures {
			all = append(all, &j.pictures[i])
		}
		switch {
		case len(all) == 0:
			return j.nothing()
		case len(all) > 1 && !slices.Contains(readInTurn, format.Name):
			return usagef("%d pictures do not fit into one %s; choose one: %s", len(all), format.Name, waysToChoose(jobs, all))
		}
	}
	return nil
}

// showSummary prints the summary of one model; full lists all that is not modelled.
func (a *app) showSummary(m *model, full bool) error {
	if m.Drawable() {
		for _, line := range summary.Lines(m.path, m.Topology, m.Derive, summary.Options{Most: maxSummarized, Full: full}) {
			fmt.Fprintln(a.stdout, line)
		}
		if a.stdout.terminal && !a.quiet && m.Findings.Count(diag.Error) == 0 && !m.stdin {
			fmt.Fprintf(a.stdout, "next: flowc render %s\n", m.path)
		}
	}
	a.findings(a.stderr, m.Findings)
	return verdict(m.Findings)
}

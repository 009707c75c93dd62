package main

import (
	"cmp"
	"errors"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/internal/depfile"
	"github.com/flowc-lang/flowc/internal/docs"
	"github.com/flowc-lang/flowc/internal/graphviz"
)

// fence is a fence of a document that an engine hands over on standard input.
type fence struct {
	info    string
	given   bool
	located bool // --line-offset is given
}

func (f *fence) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.info, "fence", "", "write the HTML of a fence, for doc engines; its `info` string says what to draw")
}

// fits refuses what a fence cannot be combined with.
func (f *fence) fits(a *app, cmd *cobra.Command, args []string) error {
	flags := cmd.Flags()
	f.given, f.located = flags.Changed("fence"), flags.Changed("line-offset")
	if !f.given {
		return nil
	}
	if !slices.Equal(args, []string{"-"}) || a.from.name == "" {
		return usagef("--fence reads a fence from standard input, and --stdin-name says of which document it is: flowc render - --fence INFO --stdin-name FILE")
	}
	for _, name := range []string{"view", "request", "route", "show", "only", "around", "theme", "scheme", "width", "full", "format", "output"} {
		if flags.Changed(name) {
			return usagef("with --fence, --%s belongs in the info string", name)
		}
	}
	return nil
}

// renderFence writes the HTML that stands for a fence.
func (a *app) renderFence(f fence, deps dependencies) error {
	body, err := readModel(a.stdin)
	if err != nil {
		return err
	}
	if err := a.files.boundDocuments(filepath.Dir(filepath.FromSlash(a.from.name))); err != nil {
		return err
	}
	if err := deps.spare(); err != nil {
		return err
	}
	src := docs.Source{File: path.Clean(filepath.ToSlash(a.from.name)), Info: f.info, Body: string(body), Columns: a.from.columns}
	if f.located {
		src.Line = a.from.lines + 1
	}
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	ctx, stop := interruptible(false)
	defer stop()
	b, err := a.builder(lay, false)
	if err != nil {
		return errors.Join(err, lay.Close())
	}
	text, result, err := b.HTML(ctx, src)
	if closed := lay.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	a.stdout.Write(text) // the error comes with the flush
	found := append(result.Findings, b.Waivers.Mistakes()...).Sort()
	a.findings(a.stderr, found)
	if err := verdict(found); err != nil || deps.path == "" {
		return err
	}
	rule := depfile.Rule{Targets: []string{cmp.Or(deps.target, src.File)}, Inputs: result.Inputs}
	list, err := depfile.Format([]depfile.Rule{rule})
	if err != nil {
		return usagef("%v", err)
	}
	return writeAll(ctx, []file{{deps.path, list}})
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/paths"
)

// pathsFlags are the flags of paths.
type pathsFlags struct {
	format string
	class  int
	view   string
	out    string
}

func newPaths(a *app) *cobra.Command {
	var f pathsFlags
	cmd := &cobra.Command{
		Use:   "paths MODEL",
		Short: "List every way that requests can take, in classes",
		Long: `paths follows the model's requests, and makes requests for each route: from each
kind of client, through each port that clients connect to, over each target and
through each chain, to a server, a response of a proxy, a refusal or a loop. Paths
that the derivation cannot tell apart are one class. Each class is listed with its
outcome, the number of its paths, an example, and which hops are TLS and which are
plaintext. Classes that fail come first.

Hostile clients are left out: those that send another host's SNI, send no client
certificate, or go around a proxy. "flowc check" finds these ways.

With --class it draws the example of a class, as render would. MODEL may be - for
standard input.

The exit code is 0 where the paths are listed, also where some fail; 1 where the
model is broken.`,
		Example: `  flowc paths shop.flow
  flowc paths shop.flow --format json
  flowc paths shop.flow --class 2
  flowc paths shop.flow --class 2 --view handshake -o handshake.svg`,
		Args:              args(1, 1, "a model"),
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.fit(cmd.Flags().Changed("class"), cmd.Flags().Changed("output")); err != nil {
				return err
			}
			return a.paths(args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.format, "format", "f", "", "write in this `format`: text (default) or json; with --class that of the picture")
	flags.IntVar(&f.class, "class", 0, "draw the example of the class with this `number`")
	flags.StringVarP(&f.view, "view", "v", "", "with --class: draw this `view` of it (default sequence)")
	flags.StringVarP(&f.out, "output", "o", "-", "with --class: write into this `file`, - for standard output")
	complete(cmd, "view", viewNames)
	complete(cmd, "format", func() []string { return formatNames(emit.Formats) })
	return cmd
}

// fit returns an error for flags that do not go together.
func (f *pathsFlags) fit(class, out bool) error {
	switch {
	case class && f.view == "":
		f.view = "sequence"
	case class:
	case f.view != "" || out:
		return usagef("--view and --output are for the picture of one class: add --class")
	case f.format != "" && f.format != "text" && f.format != "json":
		return usagef("paths are written as text or json, not as %q; with --class one is drawn", f.format)
	}
	return nil
}

// paths lists the paths of one model, or draws one of them.
func (a *app) paths(arg string, f pathsFlags) error {
	if err := a.oneModel(arg, "paths"); err != nil {
		return err
	}
	m, err := a.tracedModel(arg, f.view != "")
	if err != nil {
		return err
	}
	if !m.Drawable() {
		a.findings(a.stderr, m.Findings)
		return verdict(m.Findings)
	}
	ctx, stop := attentive()
	defer stop()
	list := paths.Of(ctx, m.Topology)
	switch {
	case list == nil:
		return brokenOff(ctx.Err())
	case f.view != "":
		if f.class < 1 || f.class > len(list.Classes) {
			return usagef("%s has no class %d: it has %d", m.path, f.class, len(list.Classes))
		}
		asked := &model{m.input, m.Asking(list.Classes[f.class-1].Request())}
		return a.drawTrace(asked, traceFlags{view: f.view, format: f.format, out: f.out})
	case f.format == "json":
		return list.WriteJSON(a.stdout)
	}
	return list.WriteText(a.stdout, m.path)
}

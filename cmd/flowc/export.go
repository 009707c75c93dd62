package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/export"
)

func newExport(a *app) *cobra.Command {
	var to, out string
	var force bool
	cmd := &cobra.Command{
		Use:   "export FILE --to TARGET",
		Short: "Write a model as the configuration of a real proxy",
		Long: `export writes the configuration of every proxy of a model, so that the proxy
does what the model says. Each proxy gets a file of its own, whose comments name
the lines of the model. FILE may be - for standard input.

A model holds no keys and need not state everything. What the configuration
needs (certificates, under certs/), what it has a placeholder for (addresses),
which defaults hold and what could not be said is listed, on the terminal and at
the head of the file. Targets: ` + targets() + `.

A model whose syntax or names are broken is not exported. One that breaks a rule
is: the configuration fails as the model does; the exit code is 1.`,
		Example: `  flowc export shop.flow --to haproxy
  flowc export shop.flow --to haproxy -o /etc/haproxy/shop
  haproxy -c -C haproxy -f haproxy.cfg`,
		Args:              args(1, 1, "a model to export"),
		ValidArgsFunction: modelFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			if to == "" {
				return usagef("--to is missing; there is %s", strings.Join(targetNames(), ", "))
			}
			target, err := export.Lookup(to)
			if err != nil {
				return usagef("%v", err)
			}
			return a.export(args[0], target, out, force)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `target`: "+strings.Join(targetNames(), ", "))
	cmd.Flags().StringVarP(&out, "output", "o", "", "write into `folder`, or a single file to - (default the target's name)")
	cmd.Flags().BoolVar(&force, "force", false, "replace files that flowc export did not write")
	complete(cmd, "to", targetNames)
	return cmd
}

func targetNames() []string {
	var out []string
	for _, t := range export.Targets {
		out = append(out, t.Name)
	}
	return out
}

// targets is every target with what it is: "haproxy (HAProxy 2.6 or later)".
func targets() string {
	var out []string
	for _, t := range export.Targets {
		out = append(out, t.Name+" ("+t.Doc+")")
	}
	return strings.Join(out, ", ")
}

// export writes the configurations of one model, all of them or none.
func (a *app) export(arg string, target *export.Target, out string, force bool) error {
	if err := a.oneModel(arg, "export"); err != nil {
		return err
	}
	if out == "" {
		out = target.Name
	}
	if err := exportFolder(out); err != nil {
		return err
	}
	models, err := a.models([]string{arg})
	if err != nil {
		return err
	}
	m := models[0]
	if m.Drawable() {
		res := target.Export(m.Topology)
		if len(res.Files) == 0 {
			a.findings(a.stderr, m.Findings)
			return &exitError{code: exitFindings, message: fmt.Sprintf("%s: nothing to export: the model has no proxy", m.path)}
		}
		if err := a.writeExport(res, out, force, m.Findings.Count(diag.Error) == 0); err != nil {
			return err
		}
	}
	a.findings(a.stderr, m.Findings)
	return verdict(m.Findings)
}

// exportFolder refuses a name that is, or looks like, that of a file.
func exportFolder(out string) error {
	info, err := os.Stat(out)
	switch {
	case out == "-", err == nil && info.IsDir(), os.IsPathSeparator(out[len(out)-1]):
		return nil
	case err == nil:
		return usagef("%q is a file, not a folder", out)
	case slices.Contains(configExts, filepath.Ext(out)):
		return usagef("-o takes a folder, and %q looks like a file; a folder that is called so ends in a slash: -o %s/", out, out)
	}
	return nil
}

// configExts end the names of configurations.
var configExts = []string{".cfg", ".conf", ".config", ".txt", ".lua", ".map", ".lst", ".json", ".yaml", ".yml", modelExt}

// writeExport writes the files of a configuration, or prints the only one.
func (a *app) writeExport(res *export.Result, out string, force, clean bool) error {
	if out == "-" {
		if n := len(res.Files); n > 1 {
			return usagef("%d files do not fit into standard output; name a folder", n)
		}
		a.stdout.Write(res.Files[0].Text) // the error comes with the flush
		return nil
	}
	var files []file
	for _, f := range res.Files {
		files = append(files, file{filepath.Join(out, filepath.FromSlash(f.Path)), f.Text})
	}
	if !force {
		if err := spare(pathsOf(files), func(_ string, head []byte) bool { return ownExport(head) }); err != nil {
			return err
		}
	}
	if err := writeAll(context.Background(), files); err != nil {
		return err
	}
	a.exported(res, files, out, clean)
	return nil
}

// exported says what was written and what is left to a person.
func (a *app) exported(res *export.Result, files []file, out string, clean bool) {
	if a.quiet {
		return
	}
	list := a.stderr
	if a.stdout.terminal {
		fmt.Fprintf(a.stdout, "wrote %s in %s\n", countFiles(len(files)), filepath.ToSlash(out))
		list = a.stdout
	} else {
		for _, f := range files {
			fmt.Fprintln(a.stdout, f.path)
		}
	}
	for _, line := range listing(res) {
		fmt.Fprintln(list, line)
	}
	if a.stdout.terminal && clean {
		fmt.Fprintf(a.stdout, "next: haproxy -c -C %s -f %s\n", shellWord(out), shellWord(res.Files[0].Path))
	}
}

func countFiles(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// listing is what a configuration needs, lacks and leaves to defaults, a line
// each.
func listing(res *export.Result) []string {
	var out []string
	row := func(what, format string, args ...any) {
		out = append(out, fmt.Sprintf("%-9s ", what)+fmt.Sprintf(format, args...))
	}
	for _, n := range res.Needs {
		row("needs", "%s: %s", n.Path, n.What())
	}
	for _, a := range res.Addresses {
		row("address", "%s: where %s is, which the model does not state", a.Name, a.Of())
	}
	for _, n := range res.Notes {
		text := n.Text
		if n.At.Known() {
			text += " (" + n.At.Line() + ")"
		}
		row(n.Kind.String(), "%s", text)
	}
	return out
}

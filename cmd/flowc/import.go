package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

func newImport(a *app) *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Write a configuration as a model",
		Long: `import writes what a configuration of another language states as a model, once, in
the one style: to go on from there. A model that imports the configuration stays
true when that changes; a model that was written does not.

What a model cannot hold stands in comments where it belongs, with its line, and is
counted at the end; what has no effect on the topology is only counted. Several files
and folders are one configuration, as HAProxy takes each -f; so are files of Kubernetes
objects. FILE may be - for standard input.

A configuration that has mistakes is not written. The exit code is then 1, and also
if a fact has no form in the language.`,
		Example: `  flowc import haproxy.cfg -o shop.flow
  flowc import haproxy.cfg conf.d/ | less
  oc get route,service -o yaml | flowc import -
  flowc check shop.flow`,
		Args:              args(1, -1, "a configuration to import"),
		ValidArgsFunction: modelFiles,
		RunE:              func(_ *cobra.Command, args []string) error { return a.importModel(args, out, force) },
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write into this `file` (default standard output)")
	cmd.Flags().BoolVar(&force, "force", false, "replace a file that is there")
	return cmd
}

// importModel writes one configuration as a model.
func (a *app) importModel(args []string, out string, force bool) error {
	if out != "" && out != "-" && filepath.Ext(out) != modelExt {
		return usagef("%q does not end in %s, as models do", out, modelExt)
	}
	for _, arg := range args {
		if filepath.Ext(arg) == modelExt && !a.files.isDir(arg) {
			return isModel(arg)
		}
	}
	if a.files.from == "" && (len(args) > 1 || a.files.isDir(args[0])) {
		a.files.from = a.languageOf(args)
	}
	ins, err := a.inputs(args)
	if err != nil {
		return err
	}
	ctx, stop := attentive()
	defer stop()
	m, err := a.reader().load(ctx, ins[0])
	if err != nil {
		return brokenOff(err)
	}
	if err := importable(args[0], m); err != nil {
		return err
	}
	found := m.Findings
	var draft *flow.Draft
	if found.Count(diag.Error) == 0 {
		var more diag.List
		if draft, more, err = m.Draft(ctx); err != nil {
			return brokenOff(err)
		}
		found = append(found, more...)
	}
	a.findings(a.stderr, found.Sort())
	if found.Count(diag.Error) > 0 {
		return errFindings
	}
	flowtext.Tidy(draft)
	text := flowtext.Write(draft, importHead(args))
	if err := a.writeImport(text.Text, out, force); err != nil {
		return err
	}
	a.imported(draft, text, out)
	if len(text.Unsaid) > 0 {
		return errFindings
	}
	return nil
}

// languageOf is the language of several files that are one model: that of Kubernetes objects
// where one of them has some, else that of HAProxy.
func (a *app) languageOf(args []string) string {
	for _, arg := range args {
		if arg == "-" {
			continue
		}
		if !a.files.isDir(arg) && a.files.gathers(arg) {
			return cluster.End.Name
		}
		if a.files.isDir(arg) {
			if found, err := a.files.objectsIn(arg); err == nil && len(found) > 0 {
				return cluster.End.Name
			}
		}
	}
	return haproxy.End.Name
}

// isModel refuses to import a model.
func isModel(arg string) error {
	return usagef("%q is a model already; flowc fmt writes it in the one style", arg)
}

// importable refuses what is a model already, and what is neither: the front end of
// models takes every text.
func importable(arg string, m *model) error {
	errors := m.Findings.Count(diag.Error)
	switch {
	case m.Language != "flow" || errors > 0 && m.Findings[0].Code == "FL110": // what it is, is not known
		return nil
	case errors == 0:
		return isModel(arg)
	}
	return usagef("%q is neither a model nor a configuration that flowc reads", arg)
}

// importHead is the line that says where a model comes from.
func importHead(args []string) string {
	var names []string
	for _, arg := range args {
		name := filepath.Base(filepath.FromSlash(arg))
		if arg == "-" {
			name = "standard input"
		}
		names = append(names, name)
	}
	return "from " + strings.Join(names, ", ") + ", by flowc import"
}

// writeImport writes the text to a file, or prints it.
func (a *app) writeImport(text, out string, force bool) error {
	if out == "" || out == "-" {
		_, err := a.stdout.Write([]byte(text))
		return err
	}
	if force {
		return writeAll(context.Background(), []file{{fileIdentity(out), []byte(text)}})
	}
	err := create(out, []byte(text))
	if errors.Is(err, fs.ErrExist) {
		return usagef("%q is there already; choose another name, or replace it with --force", out)
	}
	return err
}

// imported says what was written, and what was left out.
func (a *app) imported(draft *flow.Draft, text *flowtext.Text, out string) {
	for _, u := range text.Unsaid {
		fmt.Fprintf(a.stderr, "no form for it in a model: %s: %s\n", u.In, u.What)
	}
	if a.quiet {
		return
	}
	for _, line := range leftOut(draft) {
		fmt.Fprintln(a.stderr, line)
	}
	switch {
	case out == "" || out == "-":
	case a.stdout.terminal:
		fmt.Fprintf(a.stdout, "wrote %s\nnext: flowc check %s\n", out, shellWord(out))
	default:
		fmt.Fprintln(a.stdout, out)
	}
}

// leftOut counts what a draft could not hold, a line for what may matter and one for what
// does not.
func leftOut(d *flow.Draft) []string {
	counts := map[flow.UnmodelledKind]int{}
	for _, u := range d.Unmodelled {
		counts[u.Kind] += 1 + u.More
	}
	var out []string
	if n := counts[flow.LosesDetail] + counts[flow.ChangesRouting]; n > 0 {
		line := "not modelled: " + statements(n)
		if n := counts[flow.ChangesRouting]; n > 0 {
			line += fmt.Sprintf(", %d may change where a request goes", n)
		}
		out = append(out, line)
	}
	if n := counts[flow.NoEffect]; n > 0 {
		out = append(out, "no effect on the topology: "+statements(n))
	}
	return out
}

func statements(n int) string {
	if n == 1 {
		return "1 statement"
	}
	return fmt.Sprintf("%d statements", n)
}

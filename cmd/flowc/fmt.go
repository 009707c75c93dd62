package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/source"
)

// fmtMode says what becomes of formatted models; without any they are printed.
type fmtMode struct{ write, check, diff bool }

func newFmt(a *app) *cobra.Command {
	var mode fmtMode
	cmd := &cobra.Command{
		Use:   "fmt PATH...",
		Short: "Format models",
		Long: `fmt prints models in the one style of the language. It never changes what a model
says: blanks, line breaks and quotes change, comments and groups of lines stay.
PATH is a model, a folder with models at any depth, or - for standard input. A
file that a model imports is formatted only if it is also in PATH. What a folder
has in other languages, such as haproxy.cfg and YAML, is left as it is.

A model with syntax errors is not changed, and its errors are printed. The exit
code is then 1, and also if --check or -d finds a model that is not in the style.`,
		Example: `  flowc fmt -w models/         write the models back
  flowc fmt --check models/    list those that are not in the style
  flowc fmt -d shop.flow       show what would change
  cat shop.flow | flowc fmt -`,
		Args:              args(1, -1, "a model or folder to format"),
		ValidArgsFunction: modelFiles,
		RunE:              func(_ *cobra.Command, args []string) error { return a.fmt(args, mode) },
	}
	cmd.Flags().BoolVarP(&mode.write, "write", "w", false, "write models back to their files, and list those that change")
	cmd.Flags().BoolVar(&mode.check, "check", false, "list the models that are not in the style")
	cmd.Flags().BoolVarP(&mode.diff, "diff", "d", false, "print what would change")
	return cmd
}

// fmt formats every model that has no syntax error.
func (a *app) fmt(args []string, mode fmtMode) error {
	if err := mode.fits(args); err != nil {
		return err
	}
	models, err := a.inputs(args)
	if err != nil {
		return err
	}
	var findings diag.List
	var changed []file
	read := a.reader()
	for _, in := range models {
		before, err := read.of(in)(in.path)
		if err != nil {
			return unreadable(in.path, err)
		}
		styled, found, ok := pipeline.Style(a.files.fronts, source.NewFile(in.path, string(before)))
		switch {
		case !ok && in.named(args):
			return usagef("%q is in a language that has no style", in.path)
		case !ok:
			continue // a folder may have such beside its models
		case len(found) > 0:
			findings = append(findings, found...)
			continue
		}
		after := []byte(styled)
		if !bytes.Equal(before, after) {
			changed = append(changed, file{in.path, after})
		}
		switch {
		case mode.diff:
			a.stdout.Write(diff.Diff(in.path+".orig", before, in.path, after)) // the error comes with the flush
		case !mode.write && !mode.check:
			a.stdout.Write(after)
		}
	}
	return a.formatted(changed, findings, mode)
}

// named reports whether a file of an input is an argument itself, and no folder with it.
func (in input) named(args []string) bool {
	return in.stdin || slices.ContainsFunc(append([]string{in.path}, in.more...), func(file string) bool {
		return slices.ContainsFunc(args, func(arg string) bool { return filepath.ToSlash(arg) == file })
	})
}

// unreadable names the model that cannot be read, once.
func unreadable(path string, err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		err = of.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// fits refuses flags that contradict each other or the arguments.
func (m fmtMode) fits(args []string) error {
	var given []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"--write", m.write}, {"--check", m.check}, {"--diff", m.diff}} {
		if f.set {
			given = append(given, f.name)
		}
	}
	switch {
	case len(given) > 1:
		return usagef("%s and %s do not go together", given[0], given[1])
	case m.write && slices.Contains(args, "-"):
		return usagef("standard input cannot be written back")
	}
	return nil
}

// formatted writes the models that change, or lists them, and ends the run.
func (a *app) formatted(changed []file, findings diag.List, mode fmtMode) error {
	if mode.write {
		if err := rewrite(changed); err != nil {
			return err
		}
	}
	if mode.check || mode.write && !a.quiet {
		for _, f := range changed {
			fmt.Fprintln(a.stdout, f.path)
		}
	}
	a.findings(a.stderr, findings.Sort())
	if len(changed) > 0 && (mode.check || mode.diff) {
		return errFindings
	}
	return verdict(findings)
}

// rewrite writes every file in the place of what is there, or none. A link
// stays one: what it points to is written.
func rewrite(changed []file) error {
	ctx, stop := interruptible(len(changed) > 1)
	defer stop()
	files := make([]file, len(changed))
	for i, f := range changed {
		files[i] = file{fileIdentity(f.path), f.text}
	}
	err := writeAll(ctx, files)
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

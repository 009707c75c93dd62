package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// checkFlags is what the flags of check say.
type checkFlags struct {
	format   string
	severity string
	strict   bool
}

func newCheck(a *app) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find what is wrong in models",
		Long: `check reports what is wrong in models: broken syntax, names that do not exist,
and what contradicts TLS, the proxy, or the model's own expectations. PATH is a
model, a folder with models at any depth, or - for standard input. A model that
another one imports is checked with it.

Findings go to standard output, with their code and place. With --format they
are written for editors (short), programs (json), code scanning (sarif) and CI
(github, junit). The exit code is 0 where there are none or only warnings, 1
where there are errors.`,
		Example: `  flowc check shop.flow
  flowc check models/
  flowc check -W models/      warnings are errors, too
  flowc check models/ --format sarif > flowc.sarif
  cat shop.flow | flowc check -`,
		Args:              args(1, -1, "a model or folder to check"),
		ValidArgsFunction: modelFiles,
		RunE:              func(_ *cobra.Command, args []string) error { return a.check(args, f) },
	}
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "write findings in this `format`: "+strings.Join(writerNames(), ", "))
	cmd.Flags().StringVar(&f.severity, "severity", "warning", "show findings of this `severity` and above: error, warning")
	cmd.Flags().BoolVarP(&f.strict, "warnings-as-errors", "W", false, "take warnings for errors, so that they end in exit code 1")
	complete(cmd, "format", writerNames)
	complete(cmd, "severity", severityNames)
	return cmd
}

// check writes the findings of every model.
func (a *app) check(args []string, f checkFlags) error {
	writer, err := writerNamed(f.format)
	if err != nil {
		return err
	}
	least, err := severityNamed(f.severity)
	if err != nil {
		return err
	}
	models, err := a.models(args)
	if err != nil {
		return err
	}
	found := foundIn(models).Sort()
	shown := atLeast(found, least)
	hidden := len(found) - len(shown)
	if f.strict {
		shown = asErrors(shown)
	}
	if err := a.writeFindings(writer, models, shown); err != nil {
		return err
	}
	if !a.quiet {
		fmt.Fprintln(a.stderr, checked(len(models), shown, hidden))
	}
	return verdict(shown)
}

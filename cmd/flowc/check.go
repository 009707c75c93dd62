package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
)

func newCheck(a *app) *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find what is wrong in models",
		Long: `check reports what is wrong in models: broken syntax, names that do not exist,
and what contradicts TLS, the proxy, or the model's own expectations. PATH is a
model, a folder with models at any depth, or - for standard input. A model that
another one imports is checked with it.

Findings go to standard output, with their code and place. The exit code is 0
where there are none or only warnings, 1 where there are errors.`,
		Example: `  flowc check shop.flow
  flowc check models/
  flowc check -W models/      warnings are errors, too
  cat shop.flow | flowc check -`,
		Args:              args(1, -1, "a model or folder to check"),
		ValidArgsFunction: modelFiles,
		RunE:              func(_ *cobra.Command, args []string) error { return a.check(args, strict) },
	}
	cmd.Flags().BoolVarP(&strict, "warnings-as-errors", "W", false, "exit with 1 for warnings, too")
	return cmd
}

// check prints the findings of every model.
func (a *app) check(args []string, strict bool) error {
	models, err := a.models(args)
	if err != nil {
		return err
	}
	findings := foundIn(models).Sort()
	if strict {
		findings = asErrors(findings)
	}
	a.findings(a.stdout, findings)
	if !a.quiet {
		fmt.Fprintln(a.stderr, checked(len(models), findings))
	}
	return verdict(findings)
}

// asErrors returns the findings with every warning an error.
func asErrors(l diag.List) diag.List {
	out := slices.Clone(l)
	for i := range out {
		out[i].Severity = diag.Error
	}
	return out
}

// checked is the line that ends a check: "16 models: 2 errors, 1 warning".
func checked(models int, l diag.List) string {
	var found []string
	for _, s := range []struct {
		severity diag.Severity
		one      string
	}{{diag.Error, "error"}, {diag.Warning, "warning"}} {
		switch n := l.Count(s.severity); n {
		case 0:
		case 1:
			found = append(found, "1 "+s.one)
		default:
			found = append(found, fmt.Sprintf("%d %ss", n, s.one))
		}
	}
	if len(found) == 0 {
		found = []string{"nothing found"}
	}
	noun := "models"
	if models == 1 {
		noun = "model"
	}
	return fmt.Sprintf("%d %s: %s", models, noun, strings.Join(found, ", "))
}

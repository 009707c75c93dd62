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
	fix      bool
	diff     bool
	read     string // a baseline
	write    string // a baseline
	at       string
	show     showing
}

func newCheck(a *app) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find what is wrong in models",
		Long: `check reports what is wrong in models: broken syntax, names that do not exist,
and what contradicts TLS, the proxy, or the model's own expectations. PATH is a
model, a HAProxy configuration, YAML of Kubernetes or OpenShift, a folder with
such files, or - for standard input. A model that another one imports is checked
with it, and also by itself if it has requests.

Findings go to standard output, with their code and place. With --format they
are written for editors (short), programs (json), code scanning (sarif) and CI
(github, junit). The exit code is 0 for no finding or only warnings, 1 for
errors.

With --show each finding is followed by the shortest exchange in which it can be
seen, with a mark at the place. With -o that is drawn, into a file or a folder.

--fix makes the edits of findings that have exactly one right edit. --diff prints
them, writes nothing, and exits with 1 if there are any. A finding can be waived
in the model by a comment after or above its line, "# flowc:ignore CODE until
DATE: REASON"; in generated text by a line of the file of --waivers, "CODE
in OBJECT until DATE: REASON"; or, for a tree with many findings, in a baseline.`,
		Example: `  flowc check shop.flow
  flowc check models/
  flowc check /etc/haproxy/haproxy.cfg
  oc get route,ingresscontroller,namespace,service,endpointslice -A -o yaml | flowc check -
  flowc check -W models/      warnings are errors, too
  flowc check models/ --format sarif > flowc.sarif
  flowc check shop.flow --show
  flowc check shop.flow --show -o shown/
  flowc check --fix models/
  flowc check --write-baseline known.json models/
  flowc check --baseline known.json models/
  flowc check --waivers waivers.txt generated.yaml
  flowc check - --stdin-name guide.md --line-offset 11 < fence`,
		Args:              args(1, -1, "a model or folder to check"),
		ValidArgsFunction: modelFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.from.fits(args); err != nil {
				return err
			}
			return a.check(args, f)
		},
	}
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "write findings in this `format`: "+strings.Join(writerNames(), ", "))
	cmd.Flags().StringVar(&f.severity, "severity", "warning", "show findings of this `severity` and above: error, warning")
	cmd.Flags().BoolVarP(&f.strict, "warnings-as-errors", "W", false, "take warnings for errors, so that they end in exit code 1")
	cmd.Flags().BoolVar(&f.show.wanted, "show", false, "show the course of a request that demonstrates each finding")
	cmd.Flags().StringVarP(&f.show.out, "output", "o", "", "draw what --show shows into this `file` or folder")
	cmd.Flags().BoolVar(&f.fix, "fix", false, "mend what has one right edit, and write the models back")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "print what --fix would change, and write nothing")
	cmd.Flags().StringVar(&f.read, "baseline", "", "say nothing of what this `file` lists")
	cmd.Flags().StringVar(&f.write, "write-baseline", "", "list what is found in this `file`")
	cmd.Flags().StringVar(&f.at, "at", "", "judge certificates and waivers on this `date`, as in 2026-11-01")
	complete(cmd, "format", writerNames)
	complete(cmd, "severity", severityNames)
	a.from.flags(cmd)
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
	if err := f.show.fit(f.format); err != nil {
		return err
	}
	c, err := a.checkup(f, args, a.from.moved())
	if err != nil {
		return err
	}
	if a.undated {
		c.days.Today = ""
	}
	found, fixed, err := c.run(a)
	if err != nil {
		return err
	}
	models := c.models
	if f.write != "" {
		if found, err = c.writeBaseline(a, found); err != nil {
			return err
		}
	}
	if f.strict {
		found = asErrors(found)
	}
	shown := atLeast(found, least)
	hidden := len(found) - len(shown)
	switch {
	case c.diff:
		return a.checkedDiff(fixed, shown)
	case c.fix && c.stdin != "": // standard output has its text
		a.findings(a.stderr, shown)
	case f.show.wanted && f.show.out == "":
		err = a.findingsShown(models, shown)
	default:
		err = a.writeFindings(writer, models, shown)
	}
	if err == nil && f.show.out != "" {
		err = a.drawFindings(models, shown, f.show.out)
	}
	if err != nil {
		return err
	}
	c.sayGone(a)
	if !a.quiet {
		fmt.Fprintln(a.stderr, checked(len(models), shown, c.unsaid(hidden))+fixable(shown))
	}
	return verdict(shown)
}

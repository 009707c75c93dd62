package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
)

// rulesFormats are the forms in which the rules are listed.
var rulesFormats = []string{"text", "json"}

func newRules(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules of flowc check",
		Long: `rules lists every rule that flowc check holds a model against: its code, its
severity, its name and what must hold. flowc explain CODE says more of each. The
JSON has all of it (schema flowc/rules/v1).`,
		Example: `  flowc rules
  flowc rules --format json`,
		Args: args(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			switch format {
			case "text":
				a.rulesText()
				return nil
			case "json":
				return a.rulesJSON()
			}
			return usagef("unknown format %q; it is one of %s", format, strings.Join(rulesFormats, ", "))
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "list in this `format`: text or json")
	complete(cmd, "format", func() []string { return rulesFormats })
	return cmd
}

// rulesText lists the rules, a line each, on a terminal broken at its width.
func (a *app) rulesText() {
	name := 0
	for _, r := range check.Rules {
		name = max(name, len(r.Name))
	}
	for _, r := range check.Rules {
		head := fmt.Sprintf("%s  %-7s  %-*s  ", r.Code, r.Severity, name, r.Name)
		lines := []string{r.Doc}
		if room := a.stdout.width - len(head); a.stdout.terminal && room > 20 {
			lines = wrapWords(r.Doc, room)
		}
		for _, line := range lines {
			fmt.Fprintln(a.stdout, head+line)
			head = strings.Repeat(" ", len(head))
		}
	}
}

// The schema flowc/rules/v1. A field is never renamed, removed or given another
// meaning; new ones may come.
type (
	jsonRules struct {
		Schema string     `json:"schema"`
		Rules  []jsonRule `json:"rules"` // in the order of their codes
	}
	jsonRule struct {
		Code     diag.Code `json:"code"`
		Name     string    `json:"name"`
		Severity string    `json:"severity"` // "error" or "warning"
		Doc      string    `json:"doc"`      // what must hold
		Why      string    `json:"why"`      // and who says so
		Wire     string    `json:"wire"`     // what flows if nobody cares
		Except   string    `json:"except"`   // when to ignore a finding; "" for never
		Bad      string    `json:"bad"`      // a model that breaks the rule
		Good     string    `json:"good"`     // the same model, mended
		Since    string    `json:"since"`    // the first version that has the rule
		URL      string    `json:"url"`
	}
)

func (a *app) rulesJSON() error {
	out := jsonRules{Schema: "flowc/rules/v1"}
	for _, r := range check.Rules {
		out.Rules = append(out.Rules, jsonRule{
			r.Code, r.Name, r.Severity.String(), r.Doc, r.Why, r.Wire, r.Except, r.Bad, r.Good, r.Since, r.Code.URL(),
		})
	}
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// rulesFormats are the forms in which the rules are listed.
var rulesFormats = []string{"text", "json", "markdown"}

func newRules(a *app) *cobra.Command {
	var format string
	var all bool
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules of flowc check",
		Long: `rules lists every rule that flowc check holds a model against: its code, its
severity, its name and what must hold. flowc explain CODE says more of each. The
JSON has all of it (schema flowc/rules/v1). With --all it lists the codes of all
other findings, too: of syntax, names, limits, waivers, documents.`,
		Example: `  flowc rules
  flowc rules --all --format markdown
  flowc rules --format json`,
		Args: args(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case format == "text":
				a.rulesText(listed(all))
				return nil
			case format == "markdown":
				a.rulesMarkdown(listed(all))
				return nil
			case format == "json" && all:
				return usagef("the JSON lists rules; leave --all out")
			case format == "json":
				return a.rulesJSON()
			}
			return usagef("unknown format %q; it is one of %s", format, strings.Join(rulesFormats, ", "))
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "list in this `format`: "+strings.Join(rulesFormats, ", "))
	cmd.Flags().BoolVar(&all, "all", false, "list the codes of all findings, not of rules alone")
	complete(cmd, "format", func() []string { return rulesFormats })
	return cmd
}

// rulesText lists the rules, a line each, on a terminal broken at its width.
func (a *app) rulesText(codes []diag.CodeDoc) {
	name := 0
	for _, r := range codes {
		name = max(name, len(r.Name))
	}
	for _, r := range codes {
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

// listed are the codes of rules, or of all findings.
func listed(all bool) []diag.CodeDoc {
	codes := pipeline.Codes()
	if all {
		return codes
	}
	return slices.DeleteFunc(codes, func(c diag.CodeDoc) bool {
		return !slices.ContainsFunc(check.Rules, func(r *check.Rule) bool { return r.Code == c.Code })
	})
}

// rulesMarkdown lists codes by their ranges, each with a link to its page.
func (a *app) rulesMarkdown(codes []diag.CodeDoc) {
	for i, r := range pipeline.Ranges {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprintf(a.stdout, "## %sxx: %s\n\n| Code | Severity | Name | What must hold |\n| --- | --- | --- | --- |\n", r.Prefix, r.About)
		for _, c := range codes {
			if strings.HasPrefix(string(c.Code), r.Prefix) {
				fmt.Fprintf(a.stdout, "| [%s](%s.md) | %s | %s | %s |\n", c.Code, c.Code, c.Severity, c.Name, emit.MarkdownText(c.Doc))
			}
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
		Wire     string    `json:"wire"`     // what happens on the wire
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

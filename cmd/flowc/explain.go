package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	format string
	part   string
	draw   string
}

func newExplain(a *app) *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain CODE",
		Short: "Explain a finding: why it matters and what happens on the wire",
		Long: `explain prints the page of a finding's code: what must hold, the source, what
happens on the wire, and when to ignore it, with a model that breaks the rule and
the same model corrected. CODE is a code or a rule's name, in capitals or not.

With --draw it prints as SVG what one of the two models shows on the wire.`,
		Example: `  flowc explain FL201
  flowc explain passthrough-path
  flowc explain FL201 --format markdown
  flowc explain FL201 --draw bad > bad.svg`,
		Args: args(1, 1, "the code of a finding"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return describedCodes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(args[0], f) },
	}
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "print in this `format`: text, markdown")
	cmd.Flags().StringVar(&f.part, "part", "", "with --format markdown, print only this `part`: about, bad, good")
	cmd.Flags().StringVar(&f.draw, "draw", "", "print the picture of this `model` as SVG: bad, good")
	complete(cmd, "format", func() []string { return explainFormats })
	complete(cmd, "part", func() []string { return explainParts })
	complete(cmd, "draw", func() []string { return explainParts[1:] })
	return cmd
}

var explainFormats = []string{"text", "markdown"}

// fit refuses words that the flags do not know, and flags that do not go
// together.
func (f explainFlags) fit() error {
	for _, given := range []struct {
		what, word string
		known      []string
	}{{"format", f.format, explainFormats}, {"part", f.part, explainParts}, {"model of --draw", f.draw, explainParts[1:]}} {
		if given.word != "" && !slices.Contains(given.known, given.word) {
			return usagef("%v", spell.Unknown(given.what, given.word, given.known))
		}
	}
	switch {
	case f.part != "" && f.format != "markdown":
		return usagef("--part is for --format markdown")
	case f.draw != "" && f.format != "text":
		return usagef("--draw prints SVG; leave --format out")
	}
	return nil
}

// describedCodes are the codes, each with what it is about behind a tab, as
// shells show it.
func describedCodes() []string {
	var out []string
	for _, c := range pipeline.Codes() {
		out = append(out, string(c.Code)+"\t"+c.Doc)
	}
	return out
}

// explain prints what is known of a code.
func (a *app) explain(word string, f explainFlags) error {
	if err := f.fit(); err != nil {
		return err
	}
	codes := pipeline.Codes()
	i := slices.IndexFunc(codes, func(c diag.CodeDoc) bool {
		return strings.EqualFold(word, string(c.Code)) || strings.EqualFold(word, c.Name)
	})
	if i < 0 {
		var known []string
		for _, c := range codes {
			known = append(known, string(c.Code), c.Name)
		}
		hint := spell.DidYouMean(word, known)
		if hint == "" {
			hint = "; flowc rules lists those of the rules"
		}
		return usagef("unknown code %q%s", word, hint)
	}
	c := codes[i]
	var rule check.Rule
	if i := slices.IndexFunc(check.Rules, func(r *check.Rule) bool { return r.Code == c.Code }); i >= 0 {
		rule = *check.Rules[i]
	}
	switch {
	case f.draw != "":
		return a.drawExplained(c, rule, f.draw)
	case f.format == "markdown":
		a.explainedMarkdown(c, rule, f.part)
		return nil
	}
	p := &page{out: a.stdout, width: min(a.stdout.width, defaultWidth), color: a.color(a.stdout.raw)}
	p.heading(c, rule.Since)
	p.section("why", c.Why)
	p.section("on the wire", c.Wire)
	p.model("bad", rule.Bad)
	p.model("good", rule.Good)
	p.section("when to ignore it", c.Except)
	fmt.Fprintf(a.stdout, "\n%s %s\n", p.paint(styleTitle, "see"), c.Code.URL())
	return nil
}

// The ANSI styles of an explanation, by what they are for.
const (
	styleTitle   = "1"
	styleError   = "1;31"
	styleWarning = "1;33"
	styleAside   = "36"
)

// page is an explanation on its way to a terminal.
type page struct {
	out   *output
	width int
	color bool
}

func (p *page) paint(style, s string) string {
	if !p.color {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// heading is "error FL201 passthrough-path, since 0.1" and what must hold.
func (p *page) heading(c diag.CodeDoc, since string) {
	style := styleWarning
	if c.Severity == diag.Error {
		style = styleError
	}
	fmt.Fprintf(p.out, "%s %s", p.paint(style, c.Severity.String()+" "+string(c.Code)), p.paint(styleTitle, c.Name))
	if since != "" {
		fmt.Fprintf(p.out, ", since %s", since)
	}
	fmt.Fprintln(p.out)
	p.paragraph("", c.Doc)
}

func (p *page) section(title, text string) {
	if text != "" {
		fmt.Fprintf(p.out, "\n%s\n", p.paint(styleTitle, title))
		p.paragraph("  ", text)
	}
}

func (p *page) paragraph(indent, text string) {
	for _, line := range wrapWords(text, p.width-len(indent)) {
		fmt.Fprintln(p.out, indent+line)
	}
}

// model shows a model, and below it what is found in it.
func (p *page) model(title, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(p.out, "\n%s\n", p.paint(styleTitle, title))
	for line := range strings.Lines(text) {
		fmt.Fprint(p.out, strings.TrimRight("  "+line, " "))
	}
	m := pipeline.LoadText("example.flow", text)
	m.Compile()
	for _, d := range m.Findings {
		fmt.Fprintln(p.out)
		p.aside(fmt.Sprintf("line %d:", d.At.File.Position(d.At.Start).Line), d.Message)
		p.aside("help:", d.Help)
	}
}

func (p *page) aside(word, text string) {
	const indent = "  "
	for i, line := range wrapWords(word+" "+text, p.width-len(indent)) {
		if i == 0 {
			line = p.paint(styleAside, word) + strings.TrimPrefix(line, word)
		}
		fmt.Fprintln(p.out, indent+line)
	}
}

// wrapWords breaks text at blanks into lines of at most width characters,
// except for words that are longer.
func wrapWords(text string, width int) []string {
	var lines []string
	line, columns := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if line != "" && columns+1+n > width {
			lines = append(lines, line)
			line, columns = "", 0
		}
		if line != "" {
			line, columns = line+" ", columns+1
		}
		line, columns = line+word, columns+n
	}
	return append(lines, line)
}

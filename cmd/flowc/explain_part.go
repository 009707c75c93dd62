package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// explainParts are the parts of an explanation that --part chooses.
var explainParts = []string{"about", "bad", "good"}

// explainedMarkdown prints an explanation, or a part of it, as Markdown.
func (a *app) explainedMarkdown(c diag.CodeDoc, rule check.Rule, part string) {
	want := func(p string) bool { return part == "" || part == p }
	var blocks []string
	if want("about") {
		about := "**" + c.Severity.String() + "**"
		if rule.Since != "" {
			about += ", since " + rule.Since
		}
		blocks = append(blocks, about+". "+asSentence(c.Doc))
		for _, s := range []struct{ title, text string }{{"Why.", c.Why}, {"On the wire.", c.Wire}, {"When to ignore it.", c.Except}} {
			if s.text != "" {
				blocks = append(blocks, "**"+s.title+"** "+asSentence(s.text))
			}
		}
	}
	for _, m := range []struct{ part, model string }{{"bad", rule.Bad}, {"good", rule.Good}} {
		if want(m.part) && m.model != "" {
			blocks = append(blocks, modelMarkdown(m.model)...)
		}
	}
	fmt.Fprintln(a.stdout, strings.Join(blocks, "\n\n"))
}

// modelMarkdown shows a model and what is found in it.
func modelMarkdown(text string) []string {
	m := pipeline.LoadText("example.flow", text)
	m.Compile()
	out := []string{"```text\n" + text + "```"}
	if len(m.Findings) > 0 {
		var b strings.Builder
		diag.WriteText(&b, m.Findings, diag.TextOptions{})
		out = append(out, "```text\n"+b.String()+"```")
	}
	return out
}

// asSentence is a remark as a sentence of a text.
func asSentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// drawExplained prints as SVG what one of a rule's two models shows: of the bad
// one the first picture in which the finding is marked; of the good one the same
// picture.
func (a *app) drawExplained(c diag.CodeDoc, rule check.Rule, which string) error {
	if rule.Bad == "" {
		return usagef("%s is not a rule and has no models to draw", c.Code)
	}
	svg, err := pipeline.Format("svg")
	if err != nil {
		return err
	}
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	draw := func(m *pipeline.Model, request int) ([]byte, error) {
		return a.drawOne(lay, m, request, svg)
	}
	text, shown, err := shownFault(c.Code, exampleModel("bad", rule.Bad), draw)
	if err == nil && which == "good" {
		text, err = draw(exampleModel("good", rule.Good), shown)
	}
	if closed := lay.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	a.stdout.Write(text) // the error comes with the flush
	return nil
}

func exampleModel(name, text string) *pipeline.Model {
	m := pipeline.LoadText(name+".flow", text)
	m.Compile()
	return m
}

// ofModel stands for the picture of a whole model, in place of a request.
const ofModel = -1

// shownFault chooses the picture that shows a fault, and returns it and which
// it is: the first of those that may in which the finding is marked.
func shownFault(code diag.Code, m *pipeline.Model, draw func(*pipeline.Model, int) ([]byte, error)) ([]byte, int, error) {
	var first []byte
	order := picturesOf(code, m)
	for i, request := range order {
		text, err := draw(m, request)
		if err != nil {
			return nil, 0, err
		}
		if strings.Contains(string(text), string(code)) {
			return text, request, nil
		}
		if i == 0 {
			first = text
		}
	}
	return first, order[0], nil
}

// picturesOf are the pictures that may show a finding, the likeliest first: of the request
// that fails, of those that a finding is about, of the whole model, of the others.
func picturesOf(code diag.Code, m *pipeline.Model) []int {
	var failing, meant, others []int
	for i, q := range m.Topology.Requests {
		about := func(d diag.Diagnostic) bool { return d.Code == code && q.Whole.Contains(d.At) }
		switch {
		case len(failing) == 0 && m.Derive(q).Outcome.Fault != flow.FaultNone:
			failing = []int{i}
		case slices.ContainsFunc(m.Findings, about):
			meant = append(meant, i)
		default:
			others = append(others, i)
		}
	}
	return slices.Concat(failing, meant, []int{ofModel}, others)
}

// drawOne draws the topology of a model, or the sequence of one of its
// requests; of the last where it has fewer.
func (a *app) drawOne(lay *graphviz.Client, m *pipeline.Model, request int, f *emit.Format) ([]byte, error) {
	choice := pipeline.Choice{Views: []string{"topology"}}
	if request != ofModel {
		requests := m.Topology.Requests
		choice = pipeline.Choice{Views: []string{"sequence"}, Requests: []string{requests[min(request, len(requests)-1)].Name}}
	}
	plans, _ := m.Plans(choice)
	pic, reason := plans[0].Picture()
	if pic == nil {
		return nil, fmt.Errorf("%s: %s", plans[0].Name, reason)
	}
	text, _, err := a.kept.draw(context.Background(), m, plans[0], pic, f, emit.Options{Layout: lay.Layout})
	return text, err
}

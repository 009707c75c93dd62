package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unexpected = &Rule{
	Code: "FL302", Name: "unexpected-outcome", Severity: diag.Error, Since: "0.1",
	Doc: "a request has the outcome that it expects",
	Why: "an expect makes a request a test of its model; the derived lifecycle contradicts it",
	Run: func(p *Pass) {
		for _, r := range p.Topology.Requests {
			if len(r.Expect) == 0 {
				continue
			}
			o := p.Courses.Of(r).Outcome
			if slices.ContainsFunc(o.Client, func(got string) bool { return expected(r, o, got) }) {
				continue
			}
			d := p.Report(r.Expect[0].At, "request %q expects %s and gets %s", r.Name, wanted(r), got(o))
			if o.Cause != nil {
				d.Help = fmt.Sprintf("they part at step %d, %s: %s", o.Cause.N, o.Cause.ID, o.Why)
			}
		}
	},
}

// expected reports whether an expect of the request names an outcome, and the
// node that it comes from. A proxy's inner stage is the proxy to its user.
func expected(r *flow.Request, o flow.Outcome, got string) bool {
	return slices.ContainsFunc(r.Expect, func(e flow.Expect) bool {
		return e.Outcome == got && (e.From == "" || e.From == o.From || e.From == strings.TrimSuffix(o.From, "/inner"))
	})
}

func wanted(r *flow.Request) string {
	var out []string
	for _, e := range r.Expect {
		s := e.Outcome
		if e.From != "" {
			s += " from " + e.From
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func got(o flow.Outcome) string {
	return strings.Join(o.Client, " or ") + " from " + o.From
}

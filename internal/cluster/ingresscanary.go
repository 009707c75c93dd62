package cluster

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// canary leads some requests of a path of another Ingress to a second Service: those with a
// header field, then those with a cookie, then a share of the others (ingress-nginx, canary:
// "canary-by-header -> canary-by-cookie -> canary-weight").
func (p *ingressPart) canary(x *ingressProxy, i *ingress, host kubeyaml.Text, path *ingressPath) {
	all := p.primary[ingressKey{x, host.V, path.kind.V, path.path.V}]
	if len(all) == 0 {
		p.add(kubeyaml.FaultName, diag.Error, firstKnown(path.at, host.At), "write the host and the path of the Ingress that it is a canary of", "%s is a canary, and no other Ingress has its host and path: it gets no requests", i.Title())
		return
	}
	main := all[0].draft
	if len(main.Targets) == 0 {
		return
	}
	to := &flow.RouteDraft{}
	if p.leads(i, path.backend, to) == nil {
		return
	}
	if w := i.value(x, "canary-weight"); w.V != "" {
		total := 100
		if n := atoi(i.value(x, "canary-weight-total").V); n > 0 {
			total = n
		}
		share := min(atoi(w.V), total)
		p.weigh(i, main, to.Targets[0], share, total, w)
	}
	name, value, pattern := i.value(x, "canary-by-header"), i.value(x, "canary-by-header-value"), i.value(x, "canary-by-header-pattern")
	cookie := i.value(x, "canary-by-cookie")
	switch {
	case name.V == "":
	case value.V != "":
		p.chosen(main, to.Targets, flow.Match{Kind: flow.MatchHeader, Name: name.V, How: flow.Exact, Values: []string{value.V}, At: value.At})
	case pattern.V != "":
		p.chosen(main, to.Targets, flow.Match{Kind: flow.MatchHeader, Name: name.V, How: flow.Regex, Values: []string{pattern.V}, At: pattern.At})
	default:
		p.chosen(main, to.Targets, flow.Match{Kind: flow.MatchHeader, Name: name.V, How: flow.Exact, Values: []string{"always"}, At: name.At})
		p.chosen(main, main.Targets[:1], flow.Match{Kind: flow.MatchHeader, Name: name.V, How: flow.Exact, Values: []string{"never"}, At: name.At})
	}
	if cookie.V != "" {
		p.chosen(main, to.Targets, flow.Match{Kind: flow.MatchCookie, Name: cookie.V, How: flow.Exact, Values: []string{"always"}, At: cookie.At})
		p.chosen(main, main.Targets[:1], flow.Match{Kind: flow.MatchCookie, Name: cookie.V, How: flow.Exact, Values: []string{"never"}, At: cookie.At})
	}
	if name.V == "" && cookie.V == "" && i.value(x, "canary-weight").V == "" {
		p.note(flow.NoEffect, i.Name.At, fmt.Sprintf("%s is a canary without a weight, a header or a cookie: it gets no requests", i.Title()))
	}
}

// weigh leads a share of requests to a second target.
func (p *ingressPart) weigh(i *ingress, main *flow.RouteDraft, to flow.TargetDraft, share, total int, at kubeyaml.Text) {
	if slices.ContainsFunc(main.Targets, func(t flow.TargetDraft) bool { return t.To.V == to.To.V }) {
		p.note(flow.LosesDetail, at.At, i.Title()+": its Service is that of the Ingress that it is a canary of")
		return
	}
	main.Targets[0].Weight = flow.State(total-share, at.At)
	to.Weight = flow.State(share, at.At)
	main.Targets = append(main.Targets, to)
}

// chosen declares a route like another one, for requests that meet one more condition.
func (p *ingressPart) chosen(main *flow.RouteDraft, to []flow.TargetDraft, m flow.Match) {
	d := *main
	d.Name = p.free(main.Name + "-canary")
	d.At = m.At
	d.Matches = append(slices.Clone(main.Matches), m)
	d.Targets = slices.Clone(to)
	for n := range d.Targets {
		d.Targets[n].Weight = flow.Fact[int]{}
	}
	p.origin.ingressRoutes[d.Name] = p.origin.ingressRoutes[main.Name]
	p.declare(&d)
}

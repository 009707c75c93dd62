package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

var notAdmitted = &Rule{
	Code: "FL606", Name: "not-admitted", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "every route is admitted by at least one proxy",
	Why: "a controller serves the routes that its selectors match. A route that none of them matches has no " +
		"RouteIngress and is served nowhere (OpenShift, ingress sharding; route API, RouteIngress)",
	Wire: "the controller that the name resolves to presents its default certificate, completes the handshake and " +
		"answers 503 itself. A port that only relays closes after the ClientHello. No server gets a connection " +
		"(measured, with a host that no route has)",
	Except: "the controller of the route is not in the model",
	Bad: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true, tier=web
}

route media {
    host media.shard-apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Good: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true, tier=web
}

route media {
    host media.shard-apps.example.test
    labels sharded=true, tier=web
    tls edge
    to media
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if len(r.Proxies)+len(r.Refused) > 0 || len(r.On) > 0 || len(p.Topology.Proxies) == 0 || p.expectedFailureAt(r) {
				return
			}
			p.explainHost(missing{route: r, unreached: true})
			at := r.At
			if len(r.Labels) > 0 {
				at = known(r.Labels[0].At, at)
			}
			d := p.Report(at, "%s", so(fmt.Sprintf("no proxy admits route %q, and no request reaches its servers", r.Name), p.askersGet(r)))
			for _, proxy := range p.Topology.Proxies {
				refusals(d, proxy, r)
			}
			d.Suggest(p.admitting(r)...)
		}, flow.Modes...)
	},
}

// expectedFailureAt reports whether requests ask for a route's host and all of them
// say that they fail.
func (p *Pass) expectedFailureAt(r *flow.Route) bool {
	if r.Host.V == "" {
		return false
	}
	asking := p.model.asked().of(r.Host.V)
	return len(asking) > 0 && !slices.ContainsFunc(asking, func(q *flow.Request) bool { return !expectsFailure(q) })
}

// admitting are the ways to have a proxy serve a route: the labels that the
// first one wants whose selectors can be met, at the route and at its namespace;
// or the route names the proxy.
func (p *Pass) admitting(r *flow.Route) []diag.Suggestion {
	var out []diag.Suggestion
	free := slices.DeleteFunc(append([]*flow.Proxy{p.entryFor(r)}, p.Topology.Proxies...), func(x *flow.Proxy) bool { return servesHost(x, r) })
	if len(free) == 0 {
		free = append(free, p.entryFor(r))
	}
	on := free[0]
	if i := slices.IndexFunc(free, func(o *flow.Proxy) bool { return canServe(o, r) }); i >= 0 && !canServe(on, r) {
		on = free[i]
	}
	if via, q := p.askedAt(r); via != nil {
		out := []diag.Suggestion{because(way(add(inRoute(r), diag.FactServedBy, via.Name)), "proxy %q then serves it, whatever its labels", via.Name)}
		if steps, ok := p.labelling(r, via); ok {
			w := because(way(steps...), "proxy %q then admits it, where request %q asks for it", via.Name, q.Name)
			out = append([]diag.Suggestion{w}, out...)
		}
		return out
	}
	for _, x := range p.labelledFor(r, free) {
		out = append(out, because(way(x.steps...), "proxy %q then admits it", x.proxy.Name))
		if x.near {
			on = x.proxy
			break
		}
	}
	return append(out, because(way(add(inRoute(r), diag.FactServedBy, on.Name)), "proxy %q then serves it, whatever its labels", on.Name))
}

// askedAt is the proxy at which requests of the model ask for a route, where they say so, and
// the first of them; nil where they do not, or name several.
func (p *Pass) askedAt(r *flow.Route) (via *flow.Proxy, by *flow.Request) {
	if r.FirstHost() == "" {
		return nil, nil
	}
	for _, q := range p.model.asked().of(r.FirstHost()) {
		switch {
		case q.Derived || !q.ViaStated || expectsFailure(q):
		case by != nil && via != q.Via, !canServe(q.Via, r):
			return nil, nil
		case by == nil:
			via, by = q.Via, q
		}
	}
	return via, by
}

// labelling is a proxy that admits a route by other labels, and the steps by which it has them.
type labelling struct {
	proxy *flow.Proxy
	steps []diag.Step
	near  bool // the label that is stated is most like the one that it wants
}

// labelledFor are the proxies that may be meant: the one that wants what is most like a label of
// the route, or its namespace, first; else those that can be, one of each step.
func (p *Pass) labelledFor(r *flow.Route, free []*flow.Proxy) []labelling {
	var out []labelling
	first, most := once[string](), mostLabellings
	if p.Topology.Entry(flow.OneHost(r.Host.V)) != nil {
		most = 1 // its host says which one
	}
	for _, proxy := range free {
		steps, ok := p.labelling(r, proxy)
		if ok && len(out) < most && first(fmt.Sprintf("%q", valuesIn(steps))) {
			out = append(out, labelling{proxy: proxy, steps: steps})
		}
	}
	var wanted []string
	was := ""
	for _, x := range out {
		for _, s := range x.steps {
			if s.Do == diag.Change {
				was = s.Was[0]
				wanted = append(wanted, s.Value[0])
			}
		}
	}
	near, ok := spell.Nearest(was, wanted)
	i := slices.IndexFunc(out, func(x labelling) bool {
		return ok && slices.ContainsFunc(x.steps, func(s diag.Step) bool { return s.Do == diag.Change && s.Value[0] == near })
	})
	if i >= 0 {
		out[i].near = true
		out[0], out[i] = out[i], out[0]
	}
	return out
}

// mostLabellings is how many proxies are offered that may be meant.
const mostLabellings = 3

func valuesIn(steps []diag.Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Value...)
	}
	return out
}

// entryFor is the proxy to which the name of a route's host leads, else the
// first one.
func (p *Pass) entryFor(r *flow.Route) *flow.Proxy {
	if entry := p.Topology.Entry(flow.OneHost(r.Host.V)); entry != nil {
		return entry
	}
	return p.Topology.Proxies[0]
}

// labelling are the steps by which the labels of a route, and of its namespace,
// meet every selector of a proxy; ok is false where one cannot be met by labels.
func (p *Pass) labelling(r *flow.Route, proxy *flow.Proxy) ([]diag.Step, bool) {
	own, ok := meeting(inRoute(r), proxy.Admit, r.Labels)
	if !ok {
		return nil, false
	}
	if len(proxy.AdmitNamespaces) == 0 {
		return own, len(own) > 0
	}
	name, _, ok := strings.Cut(r.Name, "/")
	if !ok {
		return nil, false
	}
	if r.Namespace != nil {
		more, ok := meeting(inNamespace(r.Namespace), proxy.AdmitNamespaces, r.Namespace.Labels)
		return append(own, more...), ok
	}
	more, ok := meeting(diag.Place{Kind: diag.KindNamespace, Name: name}, proxy.AdmitNamespaces, nil)
	if len(p.Topology.Namespaces) > 0 || len(more) == 0 {
		return nil, false
	}
	return append(own, declare(diag.KindNamespace, name, setting(diag.FactLabels, more[0].Value...))), ok
}

// meeting are the steps by which labels meet selectors: a label more, or another
// value of one that is there.
func meeting(in diag.Place, selectors []flow.Selector, labels []flow.Label) ([]diag.Step, bool) {
	var steps []diag.Step
	var fresh []string
	for _, s := range selectors {
		for _, t := range s.Terms {
			i := slices.IndexFunc(labels, func(l flow.Label) bool { return l.Key == t.Key })
			want, ok := wantedLabel(t, labels, i)
			if slip := misspeltKey(t, selectors, labels); i < 0 && slip >= 0 {
				i = slip
				want, ok = wantedLabel(t, []flow.Label{{Key: t.Key, Value: labels[i].Value}}, 0)
				want = cmp.Or(want, t.Key+"="+labels[i].Value)
			}
			switch {
			case !ok:
				return nil, false
			case want == "":
			case i < 0:
				fresh = append(fresh, want)
			default:
				steps = append(steps, change(in, diag.FactLabels, labels[i].At, []string{labels[i].Key + "=" + labels[i].Value}, want))
			}
		}
	}
	if len(fresh) > 0 {
		steps = append(steps, add(in, diag.FactLabels, fresh...))
	}
	return steps, true
}

// misspeltKey is the label whose key is a slip of the finger away from the one that a term wants,
// and which no selector asks about; -1 for none.
func misspeltKey(t flow.SelectorTerm, selectors []flow.Selector, labels []flow.Label) int {
	if t.Op == "absent" || t.Op == "!=" || t.Op == "notin" {
		return -1
	}
	return slices.IndexFunc(labels, func(l flow.Label) bool {
		_, near := spell.Typo(l.Key, []string{t.Key})
		return near && !slices.ContainsFunc(selectors, func(s flow.Selector) bool {
			return slices.ContainsFunc(s.Terms, func(o flow.SelectorTerm) bool { return o.Key == l.Key })
		})
	})
}

// wantedLabel is the label that meets a term, "" where the one that is there
// does; ok is false where it is not a label that is wanted.
func wantedLabel(t flow.SelectorTerm, labels []flow.Label, i int) (string, bool) {
	has := i >= 0
	switch t.Op {
	case "=", "in":
		if has && slices.Contains(t.Values, labels[i].Value) {
			return "", true
		}
		near := t.Values[0]
		if has {
			if v, ok := spell.Nearest(labels[i].Value, t.Values); ok {
				near = v
			}
		}
		return t.Key + "=" + near, true
	case "exists":
		if has {
			return "", true
		}
		return t.Key + "=true", true
	case "absent":
		return "", !has
	case "!=", "notin":
		return "", !has || !slices.Contains(t.Values, labels[i].Value)
	}
	panic("check: unknown selector")
}

// servesHost reports whether a proxy has another route for the host of one.
func servesHost(proxy *flow.Proxy, r *flow.Route) bool {
	return slices.ContainsFunc(proxy.Routes, func(o *flow.Route) bool {
		return o != r && r.HostOn(proxy) != "" && o.HostOn(proxy) == r.HostOn(proxy) && o.Path.V == r.Path.V
	})
}

package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// turned is what must be the same of a model however its lines are ordered.
type turned struct{ findings, outcomes []string }

// turned is what is found in a model, and what comes of its paths.
func (j *judgement) turned() turned {
	var out turned
	ends := map[*flow.Request][]string{}
	for _, p := range j.all {
		out.outcomes = append(out.outcomes, outcomeOf(p))
		for _, c := range p.Classes {
			ends[p.Ask.Request] = set(append(ends[p.Ask.Request], endOf(c)))
		}
	}
	for _, d := range j.found {
		if !ofTurn(j.top, &d, ends) {
			out.findings = append(out.findings, foundAt(j.top, &d))
		}
	}
	out.findings, out.outcomes = set(out.findings), set(out.outcomes)
	return out
}

// once are the findings that speak of several places at one of them.
var once = map[diag.Code]bool{"FL312": true, "FL314": true, "FL404": true, "FL503": true, "FL601": true, "FL603": true, "FL704": true}

// foundAt is a finding without what the order decides of it: at which of two
// declarations it is said that they do not go together.
func foundAt(top *flow.Topology, d *diag.Diagnostic) string {
	if once[d.Code] {
		return fmt.Sprintf("%s %s", d.Code, d.Severity)
	}
	if slices.ContainsFunc(top.Clients, func(c *flow.Client) bool { return inside(d.At, c.Whole) }) {
		return fmt.Sprintf("%s %s at a client", d.Code, d.Severity) // the first of several that fare alike
	}
	places := []string{fmt.Sprintf("%s:%d %q", d.At.File.Path, d.At.Start, d.At.Text())}
	if apart := map[diag.Code]bool{"FL303": true, "FL310": true, "FL608": true}; apart[d.Code] {
		for _, r := range d.Related {
			places = append(places, fmt.Sprintf("%s:%d %q", r.At.File.Path, r.At.Start, r.At.Text()))
		}
	}
	return fmt.Sprintf("%s %s at %s", d.Code, d.Severity, strings.Join(set(places), " and "))
}

func set(of []string) []string {
	slices.Sort(of)
	return slices.Compact(of)
}

func endOf(c *flow.Class) string {
	s := &c.Summary
	return fmt.Sprintf("%s (%v at %d)", words.Outcome(flow.Outcome{Endings: s.Endings}), s.Fault, s.At)
}

// ofTurn reports whether a finding is about a request that gets something else from
// another server: which one has its turn first is a matter of order.
func ofTurn(top *flow.Topology, d *diag.Diagnostic, ends map[*flow.Request][]string) bool {
	return (d.Code == "FL301" || d.Code == "FL302" || d.Code == "FL313") && slices.ContainsFunc(top.Requests, func(q *flow.Request) bool {
		return inside(d.At, q.Whole) && len(ends[q]) > 1
	})
}

func inside(at, of source.Span) bool {
	return of.Known() && at.File == of.File && of.Start <= at.Start && at.End <= of.End
}

// outcomeOf says where a path leads, and what each kind of client gets on it.
func outcomeOf(p *flow.Path) string {
	var b strings.Builder
	if p.Ask.Request != nil {
		fmt.Fprintf(&b, "%s ", p.Ask.Request.Name)
	}
	call := p.Ask.Call
	fmt.Fprintf(&b, "%s %s", call.Method, call.URL())
	for _, h := range p.Hops {
		if h.Route != nil {
			fmt.Fprintf(&b, " -%s", h.Route.FullName())
		}
		switch {
		case h.Server != nil:
			fmt.Fprintf(&b, "> %s/%s", h.Server.Backend.Name, h.Server.Name)
		case h.Listener != nil:
			fmt.Fprintf(&b, "> %s:%d", h.Listener.Proxy.Name, h.Listener.Port)
		default:
			fmt.Fprintf(&b, "> :%d", h.Port)
		}
	}
	var ends []string
	for _, c := range p.Classes {
		ends = append(ends, endOf(c))
	}
	return fmt.Sprintf("%s ends %d: %s", b.String(), p.End, strings.Join(set(ends), ", "))
}

// permuted is a draft in another order, but for what the order of lines means
// something for: the default client, the older of two undated routes, and routes whose
// order is as written.
func permuted(draft *flow.Draft, rnd *rand.Rand) *flow.Draft {
	out := *draft
	out.Declarations = slices.Clone(draft.Declarations)
	rnd.Shuffle(len(out.Declarations), func(i, j int) {
		all := out.Declarations
		all[i], all[j] = all[j], all[i]
	})
	at := map[flow.Declaration]int{}
	for i, d := range draft.Declarations {
		at[d] = i
	}
	keepOrder(out.Declarations, at, tiedRoute(draft))
	keepOrder(out.Declarations, at, tiedClient(draft))
	for i, d := range out.Declarations {
		if r, ok := d.(*flow.RouteDraft); ok {
			turn := *r
			turn.Targets = slices.Clone(r.Targets)
			rnd.Shuffle(len(turn.Targets), func(i, j int) {
				if turn.Targets[i].Weight.V == turn.Targets[j].Weight.V {
					turn.Targets[i], turn.Targets[j] = turn.Targets[j], turn.Targets[i]
				}
			})
			out.Declarations[i] = &turn
		}
	}
	return &out
}

// keepOrder puts the declarations of each tie into the order that they had.
func keepOrder(all []flow.Declaration, at map[flow.Declaration]int, tie func(flow.Declaration) string) {
	places := map[string][]int{}
	for i, d := range all {
		if k := tie(d); k != "" {
			places[k] = append(places[k], i)
		}
	}
	for _, in := range places {
		var of []flow.Declaration
		for _, i := range in {
			of = append(of, all[i])
		}
		slices.SortFunc(of, func(a, b flow.Declaration) int { return cmp.Compare(at[a], at[b]) })
		for n, i := range in {
			all[i] = of[n]
		}
	}
}

// tiedRoute is what routes have in common of which the first declared one comes
// first: where they have namespaces, a host is the first one's of any.
func tiedRoute(draft *flow.Draft) func(flow.Declaration) string {
	owned := slices.ContainsFunc(draft.Declarations, func(d flow.Declaration) bool {
		r, ok := d.(*flow.RouteDraft)
		return ok && strings.Contains(r.Name, "/")
	})
	written := slices.ContainsFunc(draft.Declarations, func(d flow.Declaration) bool {
		p, ok := d.(*flow.ProxyDraft)
		return ok && p.Order.V == flow.AsWritten
	})
	several := slices.ContainsFunc(draft.Declarations, func(d flow.Declaration) bool {
		r, ok := d.(*flow.RouteDraft)
		return ok && len(r.Hosts) > 0 // each of which another route may have
	})
	return func(d flow.Declaration) string {
		r, ok := d.(*flow.RouteDraft)
		switch {
		case !ok:
			return ""
		case written, several:
			return "route as written"
		case owned && r.Created.V == "":
			return "route of a namespace"
		}
		return fmt.Sprint("route ", flow.Fold(r.Host.V), r.Subdomain.V, strings.TrimSuffix(r.Path.V, "/"), len(r.Matches), r.Created.V, r.SNI.V)
	}
}

// tiedClient keeps the clients in order where a request does not say from which
// of them it comes.
func tiedClient(draft *flow.Draft) func(flow.Declaration) string {
	asks, first := false, false
	for _, d := range draft.Declarations {
		if q, ok := d.(*flow.RequestDraft); ok {
			asks = true
			first = first || !q.From.IsSet()
		}
	}
	first = first || !asks
	return func(d flow.Declaration) string {
		if _, ok := d.(*flow.ClientDraft); ok && first {
			return "client"
		}
		return ""
	}
}

// differ says what of two is not in both.
func (a turned) differ(b turned) string {
	var out strings.Builder
	for _, pair := range [][2][]string{{a.findings, b.findings}, {a.outcomes, b.outcomes}} {
		for _, s := range pair[0] {
			if !slices.Contains(pair[1], s) {
				fmt.Fprintf(&out, "\n- %s", s)
			}
		}
		for _, s := range pair[1] {
			if !slices.Contains(pair[0], s) {
				fmt.Fprintf(&out, "\n+ %s", s)
			}
		}
	}
	return out.String()
}

// inOrders holds a model against itself in other orders.
func (s *shared) inOrders(t *testing.T, orders uint64) {
	t.Helper()
	draft, _, err := s.compiled.read.Draft(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	before := s.judge().turned()
	for seed := range orders {
		top, _ := flow.Complete(permuted(draft, rand.New(rand.NewPCG(seed, 7))))
		if d := before.differ(judge(top).turned()); d != "" {
			t.Errorf("%s in order %d:%s", s.Name, seed, d)
			break
		}
	}
}

// TestOrder: the order of lines changes neither a finding nor an outcome of the
// models of this tree, but where it means something.
func TestOrder(t *testing.T) {
	models := 0
	for _, x := range tree(t) {
		if x.whole() {
			models++
			x.inOrders(t, 2)
		}
	}
	if models < 500 {
		t.Errorf("only %d models", models)
	}
}

// TestOrderOfAny holds the same of chains of proxies that nobody wrote.
func TestOrderOfAny(t *testing.T) {
	for seed := range fleets {
		x := aFleet(seed)
		if !x.whole() {
			t.Fatalf("%v\n%s", x.compiled.Findings, x.text(t))
		}
		x.inOrders(t, 3)
	}
}

package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Drift compares a model with the configuration of what runs, in what both can state. A
// configuration states no zones, no clients and nothing of what its servers are: the clients of the
// model ask both, and the rest is left out. If the context ends, it returns nil.
func Drift(ctx context.Context, model, config *flow.Draft) *Result {
	d := newDrift(model, config)
	a, _ := flow.Complete(d.model())
	b, _ := flow.Complete(d.config())
	r := Of(ctx, Side{Topology: a}, Side{Topology: b})
	if r == nil {
		return nil
	}
	d.open(r)
	r.Left = d.left()
	return r
}

// drift makes two drafts comparable.
type drift struct {
	is, runs *flow.Draft
	top      *flow.Topology         // the model
	kept     map[string]bool        // the proxies of the model that the configuration has
	routes   map[string]*flow.Route // of the model
	ran      map[string]*flow.Route // of the configuration, where its proxies choose their routes by labels
	count    map[string]int         // what is left out, by words
	order    []string               // of count
	unsaid   int                    // statements of the configuration about which the model says nothing
	servers  []*flow.BackendDraft   // in place of proxies that the configuration does not have
	proxies  map[string]*flow.Proxy // of the model
}

func newDrift(model, config *flow.Draft) *drift {
	d := &drift{is: model, runs: config, kept: map[string]bool{}, routes: map[string]*flow.Route{}, count: map[string]int{}, proxies: map[string]*flow.Proxy{}}
	top, _ := flow.Complete(model)
	runs, _ := flow.Complete(config)
	d.top = top
	pairs := pairUp(top, runs)
	for _, p := range top.Proxies {
		d.proxies[p.Name] = p
		if other(pairs, p) != nil {
			d.kept[p.Name] = true
		}
	}
	if len(d.kept) == 0 {
		for _, p := range top.Proxies {
			d.kept[p.Name] = true
		}
	}
	if slices.ContainsFunc(runs.Proxies, func(p *flow.Proxy) bool { return len(p.Domains)+len(p.Admit)+len(p.AdmitNamespaces) > 0 }) {
		d.ran = map[string]*flow.Route{}
		for _, r := range runs.Routes {
			if d.ran[r.Name] == nil {
				d.ran[r.Name] = r
			}
		}
	}
	for _, r := range top.Routes {
		if d.routes[r.Name] == nil {
			d.routes[r.Name] = r
		}
	}
	return d
}

// leave counts something that is not compared.
func (d *drift) leave(what string) {
	if d.count[what] == 0 {
		d.order = append(d.order, what)
	}
	d.count[what]++
}

// model is what a configuration can state of the model.
func (d *drift) model() *flow.Draft {
	out := *d.is
	out.Date, out.Declarations, out.Unmodelled = "", nil, nil
	for _, x := range d.is.Declarations {
		if y := d.comparable(x, true); y != nil {
			out.Declarations = append(out.Declarations, y)
		}
	}
	for _, b := range d.servers {
		out.Declarations = append(out.Declarations, b)
	}
	return &out
}

// config is what the model can state of the configuration, with the clients of the model.
func (d *drift) config() *flow.Draft {
	out := *d.runs
	out.Date, out.Declarations, out.Unmodelled = "", nil, nil
	names := map[string]bool{}
	for _, x := range d.runs.Declarations {
		if _, ok := x.(*flow.ClientDraft); ok {
			continue
		}
		if y := d.comparable(x, false); y != nil {
			out.Declarations = append(out.Declarations, y)
			names[nameOf(y)] = true
		}
	}
	for _, x := range d.is.Declarations {
		switch x.(type) {
		case *flow.ClientDraft, *flow.CADraft, *flow.CertificateDraft:
			if y := d.comparable(x, false); y != nil && !names[nameOf(y)] {
				out.Declarations = append(out.Declarations, y)
			}
		}
	}
	return &out
}

func nameOf(x flow.Declaration) string {
	switch x := x.(type) {
	case *flow.CADraft:
		return "ca " + x.Name
	case *flow.CertificateDraft:
		return "certificate " + x.Name
	case *flow.ClientDraft:
		return x.Name
	case *flow.ProxyDraft:
		return x.Name
	case *flow.BackendDraft:
		return x.Name
	}
	return ""
}

// comparable is a declaration less what a configuration cannot state; nil for what it does not
// declare at all.
func (d *drift) comparable(x flow.Declaration, ofModel bool) flow.Declaration {
	leave := func(what string) {
		if ofModel {
			d.leave(what)
		}
	}
	switch x := x.(type) {
	case *flow.ZoneDraft:
		leave("zones")
	case *flow.LinkDraft:
		leave("links")
	case *flow.NamespaceDraft:
		leave("namespaces")
	case *flow.RequestDraft:
		leave("requests")
	case *flow.ViewDraft:
		leave("views")
	case *flow.CADraft:
		out := *x
		out.Private = flow.Fact[bool]{}
		return &out
	case *flow.CertificateDraft:
		if len(x.Names) > 0 || x.Issuer.IsSet() || x.Valid.IsSet() {
			leave("facts of certificates")
		}
		out := *x
		out.CertificateFacts, out.Issuer = flow.CertificateFacts{}, flow.Ref{}
		return &out
	case *flow.ClientDraft:
		out := *x
		out.Zone, out.End.Trust = flow.Ref{}, nil
		return &out
	case *flow.ProxyDraft:
		if ofModel && !d.kept[x.Name] {
			leave("proxies that the configuration does not have")
			return nil
		}
		out := *x
		out.Zone, out.From, out.Domains, out.Admit, out.AdmitNamespaces = flow.Ref{}, nil, nil, nil, nil
		return &out
	case *flow.BackendDraft:
		return d.backend(x, leave)
	case *flow.RouteDraft:
		if ofModel {
			return d.route(x)
		}
		if y := d.running(x); y != nil {
			return y
		}
	default:
		panic("diff: a declaration of unknown kind")
	}
	return nil
}

// backend is a backend less what only its servers know.
func (d *drift) backend(x *flow.BackendDraft, leave func(string)) *flow.BackendDraft {
	out := *x
	if len(x.End.Certificates) > 0 || x.End.ClientCertificate.IsSet() || x.End.TLS.IsSet() || x.End.ALPN.IsSet() {
		leave("what servers do with TLS")
	}
	out.Zone, out.End = flow.Ref{}, flow.ServerEndDraft{}
	out.Servers = nil
	for _, s := range x.Servers {
		own := *s
		if own.State.V != flow.ServerDown {
			own.State = flow.Fact[flow.ServerState]{}
		}
		out.Servers = append(out.Servers, &own)
	}
	return &out
}

// route is a route on the proxies that serve it and that the configuration has; nil for none.
func (d *drift) route(x *flow.RouteDraft) flow.Declaration {
	top := d.routes[x.Name]
	if top == nil {
		return nil
	}
	out := *x
	out.Labels, out.Policies, out.Created, out.Subdomain = nil, nil, flow.Fact[string]{}, flow.Fact[string]{}
	out.On = slices.DeleteFunc(slices.Clone(x.On), func(on flow.OnDraft) bool { return !d.kept[on.Proxy.V] })
	if len(x.On) == 0 {
		for _, p := range top.Proxies {
			if d.kept[p.Name] {
				out.On = append(out.On, flow.OnDraft{Proxy: flow.Ref{V: p.Name, Origin: flow.OriginStated}})
			}
		}
	}
	if len(out.On) == 0 {
		return nil
	}
	if x.Subdomain.V != "" {
		out.Host = flow.State(top.FirstHost(), x.Subdomain.At)
	}
	out.Targets = slices.Clone(x.Targets)
	for i := range out.Targets {
		to := &out.Targets[i]
		if p := d.proxies[to.To.V]; p != nil && !d.kept[p.Name] {
			d.asServers(p, to.Port)
			to.Port = 0
		}
	}
	return &out
}

// running is a route of the configuration on the proxies that serve it there; nil for none.
func (d *drift) running(x *flow.RouteDraft) *flow.RouteDraft {
	if d.ran == nil {
		return x
	}
	top := d.ran[x.Name]
	if top == nil {
		return nil
	}
	out := *x
	out.Labels, out.Created = nil, flow.Fact[string]{}
	if len(x.On) == 0 {
		for _, p := range top.Proxies {
			out.On = append(out.On, flow.OnDraft{Proxy: flow.Ref{V: p.Name, Origin: flow.OriginStated}})
		}
	}
	if len(out.On) == 0 {
		return nil
	}
	if x.Subdomain.V != "" {
		out.Host, out.Subdomain = flow.State(top.FirstHost(), x.Subdomain.At), flow.Fact[string]{}
	}
	return &out
}

// asServers has a proxy that the configuration does not have stand for servers.
func (d *drift) asServers(p *flow.Proxy, port int) {
	if slices.ContainsFunc(d.servers, func(b *flow.BackendDraft) bool { return b.Name == p.Name }) {
		return
	}
	b := &flow.BackendDraft{Decl: flow.Decl{Name: p.Name, At: p.At, Whole: p.Whole}}
	if l := p.Listens(cmp.Or(port, 443)); l != nil && l.Terminates() {
		b.Speaks = flow.Default(flow.SpeaksHTTPS)
	}
	d.servers = append(d.servers, b)
}

// open leaves out what the configuration states and the model leaves open.
func (d *drift) open(r *Result) {
	r.Differences = slices.DeleteFunc(r.Differences, func(x *Difference) bool {
		if x.Kind != Stated && x.Kind != Sends {
			return false
		}
		n := len(x.Causes)
		x.Causes = slices.DeleteFunc(x.Causes, func(c *Change) bool { return c.Was == Place{} || c.Fact == "on" })
		d.unsaid += n - len(x.Causes)
		return len(x.Causes) == 0
	})
}

// left says what was not compared.
func (d *drift) left() []string {
	var out []string
	var counted []string
	for _, what := range d.order {
		counted = append(counted, fmt.Sprintf("%s (%d)", what, d.count[what]))
	}
	if len(counted) > 0 {
		out = append(out, "what no configuration states: "+strings.Join(counted, ", "))
	}
	if d.unsaid > 0 {
		out = append(out, fmt.Sprintf("what the configuration alone states (%d)", d.unsaid))
	}
	return append(out, leftUnmodelled(d.is.Unmodelled, d.runs.Unmodelled)...)
}

// leftUnmodelled says what the two texts state and flowc does not model, first what may change
// where a request goes.
func leftUnmodelled(model, config []flow.Unmodelled) []string {
	var out []string
	harmless := 0
	all := slices.Concat(model, config)
	slices.SortStableFunc(all, func(a, b flow.Unmodelled) int { return cmp.Compare(b.Kind, a.Kind) })
	for _, u := range all {
		text := "not modelled: "
		switch u.Kind {
		case flow.NoEffect:
			harmless += 1 + u.More
			continue
		case flow.ChangesRouting:
			text = "not modelled, may change where a request goes: "
		case flow.OtherProduct:
			text = "otherwise than modelled: "
		case flow.LosesDetail:
		}
		out = append(out, text+strings.TrimSpace(u.At.Line()+"  "+u.What))
	}
	if harmless > 0 {
		out = append(out, fmt.Sprintf("statements without effect on the topology (%d)", harmless))
	}
	return out
}

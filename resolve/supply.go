package resolve

import (
	"fmt"

	"github.com/flowc-lang/flowc/flow"
)

// supplyNode supplies a client, proxy or backend under the name by which the
// model calls it, where it declares none of the kind.
func (r *resolver) supplyNode(kind, name string) node {
	d := flow.Decl{Name: name}
	var n node
	switch kind {
	case "client":
		n.client = newClient(d)
		r.t.Clients = append(r.t.Clients, n.client)
	case "proxy":
		n.proxy = newProxy(d)
		supplyListeners(n.proxy)
		r.t.Proxies = append(r.t.Proxies, n.proxy)
	case "backend":
		n.backend = &flow.Backend{Decl: d, End: newServerEnd()}
		servers := newScope[*flow.Server]("server")
		r.servers[n.backend] = servers
		supplyServer(servers, n.backend)
		r.t.Backends = append(r.t.Backends, n.backend)
	default:
		panic("resolve: unknown kind of node")
	}
	r.nodes.supply(kind, name, n)
	return n
}

func supplyListeners(p *flow.Proxy) {
	p.Listeners = []*flow.Listener{newListener(p, flow.ListenHTTP, 80), newListener(p, flow.ListenHTTPS, 443)}
}

// supply supplies the client and the proxy of a model that names none, and the
// ports of a proxy that states none.
func (r *resolver) supply() {
	if len(r.t.Clients) == 0 {
		r.supplyNode("client", r.freeName("client"))
	}
	if len(r.t.Proxies) == 0 {
		r.supplyNode("proxy", r.freeName("haproxy"))
	}
	for _, p := range r.t.Proxies {
		if len(p.Listeners) == 0 {
			supplyListeners(p)
		}
	}
}

// mostAssumed is how many supplied backends are named one by one: every picture
// repeats it.
const mostAssumed = 20

// listAssumed lists what was supplied for the model as a whole.
func (r *resolver) listAssumed() {
	assume := func(a flow.Assumption) { r.t.Assumed = append(r.t.Assumed, a) }
	for _, c := range r.t.Clients {
		switch {
		case c.Supplied() && c.Name == "client":
			assume(flow.Assumption{Kind: flow.AssumesClient})
		case c.Supplied():
			assume(flow.Assumption{Kind: flow.AssumesClient, Name: c.Name})
		}
	}
	for _, p := range r.t.Proxies {
		if !p.Listeners[0].At.Known() {
			assume(flow.Assumption{Kind: flow.AssumesPorts, Name: p.Name})
		}
	}
	var backends []string
	for _, b := range r.t.Backends {
		if len(b.Servers) > 0 && b.Servers[0].Supplied() {
			backends = append(backends, b.Name)
		}
	}
	if len(backends) > mostAssumed {
		assume(flow.Assumption{Kind: flow.AssumesBackends, Count: len(backends)})
		backends = nil
	}
	for _, name := range backends {
		assume(flow.Assumption{Kind: flow.AssumesBackend, Name: name})
	}
	derived := 0
	for _, q := range r.t.Requests {
		if q.Derived {
			derived++
		}
	}
	switch {
	case derived == 1:
		assume(flow.Assumption{Kind: flow.AssumesRequest, Name: r.t.Requests[0].Name})
	case derived > 1:
		assume(flow.Assumption{Kind: flow.AssumesRequests})
	}
}

// freeName returns the name, or the first of name-2, name-3… that is free.
func (r *resolver) freeName(name string) string {
	for n, free := 2, name; ; n++ {
		if r.nodes.folded[free] == "" {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

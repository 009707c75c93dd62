package resolve

import (
	"maps"

	"github.com/flowc-lang/flowc/flow"
)

var proxyStatements = setters[*flow.Proxy]{
	"listen": listen,
	"source": one(network, func(p *flow.Proxy) *flow.Fact[string] { return &p.Source }),
	"trust":  many(findCA, func(p *flow.Proxy) *[]flow.Fact[*flow.CA] { return &p.End.Trust }),
	"certificate": one(findCertificate,
		func(p *flow.Proxy) *flow.Fact[*flow.Certificate] { return &p.End.Certificate }),
	"domain":     many(host, func(p *flow.Proxy) *[]flow.Fact[string] { return &p.Domains }),
	"admit":      admit,
	"from":       many(findZone, func(p *flow.Proxy) *[]flow.Fact[*flow.Zone] { return &p.From }),
	"balance":    one(text, func(p *flow.Proxy) *flow.Fact[string] { return &p.Balance }),
	"connection": one(text, func(p *flow.Proxy) *flow.Fact[string] { return &p.Connection }),
	"reuse":      one(text, func(p *flow.Proxy) *flow.Fact[string] { return &p.Reuse }),
	"retries":    one(number, func(p *flow.Proxy) *flow.Fact[int] { return &p.Retries }),
	"timeout":    timeout(func(p *flow.Proxy) *[]flow.Timeout { return &p.Timeouts }),
	"inner":      inner,
}

func declareProxy(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.nodes.holes = true
		return
	}
	p := newProxy(d)
	declare(l, r.nodes, "proxy", d, node{proxy: p},
		func() { r.t.Proxies = append(r.t.Proxies, p) },
		func() {
			p.Zone = l.in()
			if l.s.Broken {
				r.hurt[p] = true
			}
			proxyStatements.apply(r, l.s.Block, p)
		})
}

func newProxy(d flow.Decl) *flow.Proxy {
	return &flow.Proxy{
		Decl:       d,
		End:        newClientEnd(),
		Balance:    flow.Default("roundrobin"),
		Connection: flow.Default("keep-alive"),
		Reuse:      flow.Default("safe"),
		Retries:    flow.Default(3),
	}
}

// admit is admit SELECTOR or admit namespaces SELECTOR.
func admit(l *line, p *flow.Proxy) {
	into := &p.Admit
	if _, ok := l.accept("namespaces"); ok {
		into = &p.AdmitNamespaces
	}
	if sel, ok := selector(l); ok {
		*into = append(*into, sel)
	}
}

// inner is inner [ADDR:PORT].
func inner(l *line, p *flow.Proxy) {
	p.Inner = flow.State(flow.Inner{On: true}, l.s.Keyword.At)
	if l.peek() == nil {
		return
	}
	at, ok := read(l, address)
	if !ok {
		return
	}
	p.Inner = flow.State(flow.Inner{On: true, Address: at.V.Host, Port: at.V.Port}, at.At)
}

var listenKind = choice(map[string]flow.ListenKind{
	"http": flow.ListenHTTP, "https": flow.ListenHTTPS, "tcp": flow.ListenTCP,
})

var listenStatements = merge(
	serverEnd(func(l *flow.Listener) *flow.ServerEnd { return &l.End }),
	setters[*flow.Listener]{
		"accept-proxy":  flag(func(l *flow.Listener) *flow.Fact[bool] { return &l.AcceptProxy }),
		"inspect-delay": one(duration, func(l *flow.Listener) *flow.Fact[int64] { return &l.InspectDelay }),
		"unmatched":     one(text, func(l *flow.Listener) *flow.Fact[string] { return &l.Unmatched }),
	})

func merge[T any](tables ...setters[T]) setters[T] {
	all := setters[T]{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// listen is listen http|https|tcp [ADDR]:PORT.
func listen(l *line, p *flow.Proxy) {
	kind, ok := read(l, listenKind)
	if !ok {
		l.r.hurt[p] = true
		return
	}
	at, ok := read(l, address)
	if !ok {
		l.r.hurt[p] = true
		return
	}
	lis := newListener(p, kind.V, at.V.Port)
	lis.Address = at.V.Host
	lis.At, lis.Whole = join(l.s.Keyword.At, at.At), l.s.At
	p.Listeners = append(p.Listeners, lis)
	listenStatements.apply(l.r, l.s.Block, lis)
}

func newListener(p *flow.Proxy, kind flow.ListenKind, port int) *flow.Listener {
	return &flow.Listener{
		Proxy: p, Kind: kind, Port: port,
		End:          newServerEnd(),
		InspectDelay: flow.Default(int64(5000)),
	}
}

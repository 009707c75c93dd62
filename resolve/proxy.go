package resolve

import (
	"maps"

	"github.com/flowc-lang/flowc/flow"
)

var proxyStatements = setters[*flow.ProxyDraft]{
	"defaults": func(l *line, p *flow.ProxyDraft) { profile(l, &p.Profile) },
	"listen":   listen,
	"source":   one(network, func(p *flow.ProxyDraft) *flow.Fact[string] { return &p.Source }),
	"trust":    names(func(p *flow.ProxyDraft) *[]flow.Ref { return &p.End.Trust }),
	"certificate": name(
		func(p *flow.ProxyDraft) *flow.Ref { return &p.End.Certificate }),
	"domain": many(host, func(p *flow.ProxyDraft) *[]flow.Fact[string] { return &p.Domains }),
	"admit":  admit,
	"from":   names(func(p *flow.ProxyDraft) *[]flow.Ref { return &p.From }),
	"order": one(choice(map[string]flow.RouteOrder{"precedence": flow.ByPrecedence, "written": flow.AsWritten}),
		func(p *flow.ProxyDraft) *flow.Fact[flow.RouteOrder] { return &p.Order }),
	"hosts": one(choice(map[string]bool{"owned": false, "shared": true}),
		func(p *flow.ProxyDraft) *flow.Fact[bool] { return &p.SharedHosts }),
	"balance":    one(text, func(p *flow.ProxyDraft) *flow.Fact[string] { return &p.Balance }),
	"connection": one(text, func(p *flow.ProxyDraft) *flow.Fact[string] { return &p.Connection }),
	"reuse":      one(text, func(p *flow.ProxyDraft) *flow.Fact[string] { return &p.Reuse }),
	"retries":    one(number, func(p *flow.ProxyDraft) *flow.Fact[int] { return &p.Retries }),
	"timeout":    timeout(func(p *flow.ProxyDraft) *[]flow.Timeout { return &p.Timeouts }),
	"inner":      inner,
}

func declareProxy(r *reader, l *line) {
	if d, ok := l.header(flow.DeclProxy, isName); ok {
		p := &flow.ProxyDraft{Decl: d, Zone: l.in(), Incomplete: l.s.Broken}
		if proxyStatements.apply(r, l.s.Block, p) {
			p.Incomplete = true
		}
		r.add(p)
	}
}

// admit is admit SELECTOR or admit namespaces SELECTOR.
func admit(l *line, p *flow.ProxyDraft) {
	into := &p.Admit
	if _, ok := l.accept("namespaces"); ok {
		into = &p.AdmitNamespaces
	}
	if sel, ok := selector(l); ok {
		*into = append(*into, sel)
	}
}

// inner is inner [ADDR:PORT].
func inner(l *line, p *flow.ProxyDraft) {
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
	serverEnd(func(l *flow.ListenerDraft) *flow.ServerEndDraft { return &l.End }),
	setters[*flow.ListenerDraft]{
		"accept-proxy":  flag(func(l *flow.ListenerDraft) *flow.Fact[bool] { return &l.AcceptProxy }),
		"timeout":       timeout(func(l *flow.ListenerDraft) *[]flow.Timeout { return &l.Timeouts }),
		"inspect-delay": one(duration, func(l *flow.ListenerDraft) *flow.Fact[int64] { return &l.InspectDelay }),
		"socket":        one(text, func(l *flow.ListenerDraft) *flow.Fact[string] { return &l.Socket }),
		"unmatched":     one(text, func(l *flow.ListenerDraft) *flow.Fact[string] { return &l.Unmatched }),
	})

func merge[T any](tables ...setters[T]) setters[T] {
	all := setters[T]{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// listen is listen http|https|tcp [ADDR]:PORT[-PORT].
func listen(l *line, p *flow.ProxyDraft) {
	kind, ok := read(l, listenKind)
	if !ok {
		p.Incomplete = true
		return
	}
	at, ok := read(l, address)
	if !ok {
		p.Incomplete = true
		return
	}
	lis := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{
		Kind: kind.V, Address: at.V.Host, Port: at.V.Port, LastPort: at.V.Last,
		At: join(l.s.Keyword.At, at.At), Whole: l.s.At,
	}}
	p.Listeners = append(p.Listeners, lis)
	listenStatements.apply(l.r, l.s.Block, lis)
}

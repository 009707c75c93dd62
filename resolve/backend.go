package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

// backendBody is a backend while its block is read.
type backendBody struct {
	*flow.Backend
	servers *scope[*flow.Server]
	none    *ast.Word // the word of server none
}

var backendStatements = setters[*backendBody]{
	"server":       server,
	"speaks":       speaks,
	"accept-proxy": flag(func(b *backendBody) *flow.Fact[bool] { return &b.AcceptProxy }),
	"check":        healthCheck,
	"connection": func(l *line, b *backendBody) {
		if w, ok := read(l, text); ok {
			b.ConnectionClose = flow.State(true, w.At)
		}
	},
}

func declareBackend(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.nodes.holes = true
		return
	}
	b := &flow.Backend{Decl: d, End: newServerEnd()}
	declare(l, r.nodes, "backend", d, node{backend: b},
		func() { r.t.Backends = append(r.t.Backends, b) },
		func() {
			b.Zone = l.in()
			body := &backendBody{Backend: b, servers: newScope[*flow.Server]("server")}
			r.servers[b] = body.servers
			backendStatements.apply(r, l.s.Block, body)
			body.servers.holes = lostServer(l.s.Block)
			r.lostServer = r.lostServer || body.servers.holes
			r.hurt[b] = r.hurt[body] || l.s.Broken
			if len(b.Servers) == 0 && body.none == nil {
				supplyServer(body.servers, b)
			}
		})
}

// lostServer reports whether a server was declared in a way that was not
// understood: whatever is named where a server is meant may be that one.
func lostServer(b *ast.Block) bool {
	return slices.ContainsFunc(b.Statements(), func(s *ast.Statement) bool {
		return s.Broken && s.Keyword != nil && s.Keyword.Text == "server"
	})
}

// supplyServer gives a backend the one server that it is assumed to have.
func supplyServer(servers *scope[*flow.Server], b *flow.Backend) {
	s := newServer(b, flow.Decl{Name: b.Name + "-1", Imported: b.Imported})
	b.Servers = []*flow.Server{s}
	servers.supply("server", s.Name, s)
}

func newServer(b *flow.Backend, d flow.Decl) *flow.Server {
	return &flow.Server{Decl: d, Backend: b, Weight: flow.Default(1), State: flow.Default(flow.ServerUp)}
}

var serverStates = map[string]flow.ServerState{
	"down": flow.ServerDown, "refuses": flow.ServerRefuses, "silent": flow.ServerSilent,
}

// server is server none, server NAME, … or server NAME [ADDR][:PORT]
// [weight N] [down|refuses|silent] [labels K=V, …].
func server(l *line, b *backendBody) {
	if first := l.peek(); first != nil && first.Text == "none" && len(l.tokens) == 1 {
		b.none = l.next()
		b.contradicted(l.r)
		return
	}
	if len(l.tokens) > 1 && l.tokens[1].comma() {
		for _, w := range l.words() {
			b.add(l, w)
		}
	} else if w, ok := l.name(isName); ok {
		s := b.add(l, w)
		serverAddress(l, s)
		serverOptions(l, s)
	} else {
		l.r.hurt[b] = true
	}
	b.contradicted(l.r)
}

// add adds a server of that name.
func (b *backendBody) add(l *line, w *ast.Word) *flow.Server {
	s := newServer(b.Backend, flow.Decl{Name: w.Text, At: w.At, Whole: l.s.At, Imported: b.Imported})
	if b.servers.bind(l.r, "server", w.Text, w.At, s) {
		b.Servers = append(b.Servers, s)
	}
	return s
}

// contradicted reports server none beside a server.
func (b *backendBody) contradicted(r *resolver) {
	if b.none == nil || len(b.Servers) == 0 {
		return
	}
	d := r.report(codeExclusive, b.none.At, "backend %q has a server, and \"server none\" says that it has none", b.Name)
	d.Related = declaredHere(b.Servers[0].At)
	b.none = nil
}

func serverAddress(l *line, s *flow.Server) {
	if w := l.peek(); w != nil {
		if a, ok := w.Value.(ast.Address); ok {
			s.Address, s.Port, s.PortAt = a.Host, a.Port, l.next().At
		}
	}
}

func serverOptions(l *line, s *flow.Server) {
	for w := l.next(); w != nil; w = l.next() {
		state, isState := serverStates[w.Text]
		switch {
		case w.Text == "weight":
			s.Weight, _ = read(l, number)
		case w.Text == "labels":
			labels(l, &s.Labels)
		case isState:
			s.State = flow.State(state, w.At)
		default:
			l.r.misfit(w)
		}
	}
}

var protocol = choice(map[string]flow.Protocol{
	"http": flow.SpeaksHTTP, "https": flow.SpeaksHTTPS, "h2c": flow.SpeaksH2C, "tcp": flow.SpeaksTCP, "tls": flow.SpeaksTLS,
})

var speaksStatements = serverEnd(func(b *backendBody) *flow.ServerEnd { return &b.End })

// speaks is speaks http|https|h2c|tcp|tls, the block as a listener's.
func speaks(l *line, b *backendBody) {
	if p, ok := read(l, protocol); ok {
		b.Speaks = p
	}
	speaksStatements.apply(l.r, l.s.Block, b)
}

// healthCheck is check tcp|tls|http [PATH] [sni HOST].
func healthCheck(l *line, b *backendBody) {
	kind, ok := read(l, text)
	if !ok {
		return
	}
	c, last := flow.Check{Kind: kind.V}, kind.At
	if w := l.peek(); w != nil && w.Text != "sni" {
		if p, ok := read(l, text); ok {
			c.Path, last = p.V, p.At
		}
	}
	if _, ok := l.accept("sni"); ok {
		if h, ok := read(l, host); ok {
			c.SNI, last = h.V, h.At
		}
	}
	if kind.V == "http" && c.Path == "" {
		c.Path = "/"
	}
	b.Check = flow.State(c, join(kind.At, last))
}

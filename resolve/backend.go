package resolve

import (
	"net/netip"
	"strings"

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
	"accept-proxy": flag(func(b *backendBody) *flow.Stated[bool] { return &b.AcceptProxy }),
	"check":        healthCheck,
	"connection": func(l *line, b *backendBody) {
		if w, ok := read(l, "close", oneOf("close")); ok {
			b.ConnectionClose = flow.Stated[bool]{V: true, At: w.At}
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
			r.hurt[b] = r.hurt[body] || l.s.Broken
			if len(b.Servers) == 0 && body.none == nil {
				if !r.hurt[b] {
					r.assume("one server in backend %s", b.Name)
				}
				supplyServer(body.servers, b)
			}
		})
}

// supplyServer gives a backend the one server that it is assumed to have.
func supplyServer(servers *scope[*flow.Server], b *flow.Backend) {
	s := newServer(b, flow.Decl{Name: b.Name + "-1", Imported: b.Imported})
	b.Servers = []*flow.Server{s}
	servers.names = []string{s.Name}
	servers.bound[s.Name] = binding[*flow.Server]{value: s, kind: "server"}
}

func newServer(b *flow.Backend, d flow.Decl) *flow.Server {
	return &flow.Server{Decl: d, Backend: b, Weight: flow.Default(1), State: flow.Default(flow.ServerUp)}
}

var serverStates = map[string]flow.ServerState{
	"down": flow.ServerDown, "refuses": flow.ServerRefuses, "silent": flow.ServerSilent,
}

// server is server NAME … [ADDR][:PORT] [weight N] [down|refuses|silent]
// [labels K=V, …], or server none. What follows the names is said of each.
func server(l *line, b *backendBody) {
	first := l.peek()
	if first != nil && first.Text == "none" && len(l.tokens) == 1 {
		b.none = l.next()
		if len(b.Servers) > 0 {
			exclusiveServers(l, b)
		}
		return
	}
	named := serverNames(l)
	if len(named) == 0 {
		l.r.hurt[b] = true
		l.take("a name")
		return
	}
	var list []*flow.Server
	for _, w := range named {
		d := flow.Decl{Name: w.Text, At: w.At, Whole: l.s.At, Imported: b.Imported}
		s := newServer(b.Backend, d)
		list = append(list, s)
		if b.servers.bind(l.r, "server", w.Text, w.At, s) {
			b.Servers = append(b.Servers, s)
		}
	}
	serverOptions(l, list)
	if b.none != nil {
		exclusiveServers(l, b)
	}
}

func exclusiveServers(l *line, b *backendBody) {
	d := l.r.report(codeExclusive, b.none.At, "backend %q has servers, and \"server none\" says that it has none", b.Name)
	d.Related = declaredHere(b.Servers[0].At)
}

// serverNames reads words as long as they are names: the first always is, a
// later one unless it is an address or begins an option.
func serverNames(l *line) []*ast.Word {
	var out []*ast.Word
	for w := l.peek(); w != nil; w = l.peek() {
		_, state := serverStates[w.Text]
		option := state || w.Text == "weight" || w.Text == "labels"
		if len(out) > 0 && (option || looksLikeAddress(w.Text)) {
			return out
		}
		if !isName(w.Text) || w.Quoted || looksLikeAddress(w.Text) {
			l.badName(w)
			return out
		}
		out = append(out, l.next())
	}
	return out
}

// looksLikeAddress tells ADDR and [ADDR]:PORT from another name: an address
// has a colon or is an IP address. A host as an address needs its port.
func looksLikeAddress(s string) bool {
	if strings.Contains(s, ":") {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

var serverAddress = value(func(s string) (endpoint, string) {
	e, ok := parseEndpoint(s)
	if !ok {
		return e, "an address of a server, such as 10.0.0.1:8080 or :8080"
	}
	return e, ""
})

// serverOptions reads what follows the names of servers.
func serverOptions(l *line, list []*flow.Server) {
	for w := l.peek(); w != nil && !l.failed; w = l.peek() {
		state, isState := serverStates[w.Text]
		switch {
		case w.Text == "weight":
			l.next()
			if n, ok := read(l, "a number after weight", number(0, 1_000_000)); ok {
				each(list, func(s *flow.Server) { s.Weight = n })
			}
		case w.Text == "labels":
			l.next()
			var ls []flow.Label
			labels(l, &ls)
			each(list, func(s *flow.Server) { s.Labels = ls })
		case isState:
			at := l.next().At
			each(list, func(s *flow.Server) { s.State = flow.Stated[flow.ServerState]{V: state, At: at} })
		case looksLikeAddress(w.Text):
			if e, ok := read(l, "an address", serverAddress); ok {
				each(list, func(s *flow.Server) { s.Address, s.Port, s.PortAt = e.V.address, e.V.port, e.At })
			}
		default:
			return
		}
	}
}

func each[T any](list []T, f func(T)) {
	for _, v := range list {
		f(v)
	}
}

var protocol = choice([]string{"http", "https", "h2c", "tcp", "tls"},
	flow.SpeaksHTTP, flow.SpeaksHTTPS, flow.SpeaksH2C, flow.SpeaksTCP, flow.SpeaksTLS)

var speaksStatements = serverEnd(func(b *backendBody) *flow.ServerEnd { return &b.End })

// speaks is speaks http|https|h2c|tcp|tls, the block as a listener's.
func speaks(l *line, b *backendBody) {
	if p, ok := read(l, "a protocol", protocol); ok {
		b.Speaks = p
	}
	speaksStatements.apply(l.r, l.s.Block, b)
}

// healthCheck is check tcp|tls|http [PATH] [sni HOST].
func healthCheck(l *line, b *backendBody) {
	kind, ok := read(l, "tcp, tls or http", oneOf("tcp", "tls", "http"))
	if !ok {
		return
	}
	c := flow.Stated[flow.Check]{V: flow.Check{Kind: kind.V}, At: kind.At}
	if w := l.peek(); w != nil && w.Text != "sni" {
		if p, ok := read(l, "a path", urlPath); ok {
			c.V.Path = p.V
		}
	}
	if _, ok := l.accept("sni"); ok {
		if h, ok := read(l, "a host after sni", hostName); ok {
			c.V.SNI = h.V
		}
	}
	if kind.V == "http" && c.V.Path == "" {
		c.V.Path = "/"
	}
	b.Check = c
}

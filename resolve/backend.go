package resolve

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

var backendStatements = setters[*flow.BackendDraft]{
	"server":       server,
	"speaks":       speaks,
	"accept-proxy": flag(func(b *flow.BackendDraft) *flow.Fact[bool] { return &b.AcceptProxy }),
	"backups":      one(choice(map[string]bool{"first": false, "all": true}), func(b *flow.BackendDraft) *flow.Fact[bool] { return &b.AllBackups }),
	"check":        healthCheck,
	"connection": func(l *line, b *flow.BackendDraft) {
		if w, ok := read(l, text); ok {
			b.ConnectionClose = flow.State(true, w.At)
		}
	},
}

func declareBackend(r *reader, l *line) {
	if d, ok := l.header(flow.DeclBackend, isName); ok {
		b := l.r.rooms.backends.One()
		b.Decl, b.Zone, b.Incomplete, b.LostServer = d, l.in(), l.s.Broken, lostServer(l.s.Block)
		if backendStatements.apply(r, l.s.Block, b) {
			b.Incomplete = true
		}
		r.add(b)
	}
}

// lostServer reports whether a server was declared in a way that was not
// understood: whatever is named where a server is meant may be that one.
func lostServer(b *ast.Block) bool {
	return slices.ContainsFunc(b.Statements(), func(s *ast.Statement) bool {
		return s.Broken && s.Keyword != nil && s.Keyword.Text == "server"
	})
}

var serverStates = map[string]flow.ServerState{
	"down": flow.ServerDown, "refuses": flow.ServerRefuses, "silent": flow.ServerSilent,
}

// server is server none, server NAME, … or server NAME [ADDR][:PORT]
// [same-port] [offset N] [weight N] [backup] [down|refuses|silent] [labels K=V, …].
func server(l *line, b *flow.BackendDraft) {
	if first := l.peek(); first != nil && first.Text == "none" && len(l.tokens) == 1 {
		b.NoServers = flow.State(true, l.next().At)
		return
	}
	if len(l.tokens) > 1 && l.tokens[1].comma() {
		for _, w := range l.words() {
			addServer(l, b, w)
		}
	} else if w, ok := l.name(isName); ok {
		s := addServer(l, b, w)
		serverAddress(l, s)
		serverOptions(l, s)
	} else {
		b.Incomplete = true
	}
}

// addServer adds a server of that name.
func addServer(l *line, b *flow.BackendDraft, w *ast.Word) *flow.ServerDraft {
	s := l.r.rooms.servers.One()
	s.Decl = flow.Decl{Name: w.Text, Origin: l.r.origin, At: w.At, Whole: l.s.At}
	b.Servers = append(b.Servers, s)
	return s
}

func serverAddress(l *line, s *flow.ServerDraft) {
	if w := l.peek(); w != nil {
		if a, ok := w.Value.(ast.Address); ok {
			s.Address, s.Port = a.Host, a.Port
			l.next()
		}
	}
}

func serverOptions(l *line, s *flow.ServerDraft) {
	for w := l.next(); w != nil; w = l.next() {
		state, isState := serverStates[w.Text]
		switch {
		case w.Text == "weight":
			s.Weight, _ = read(l, number)
		case w.Text == "same-port":
			s.SamePort = flow.State(true, w.At)
		case w.Text == "offset":
			s.Offset, _ = read(l, number)
		case w.Text == "backup":
			s.Backup = flow.State(true, w.At)
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

var speaksStatements = serverEnd(func(b *flow.BackendDraft) *flow.ServerEndDraft { return &b.End })

// speaks is speaks http|https|h2c|tcp|tls, the block as a listener's.
func speaks(l *line, b *flow.BackendDraft) {
	if p, ok := read(l, protocol); ok {
		b.Speaks = p
	}
	speaksStatements.apply(l.r, l.s.Block, b)
}

// asksWith is the method of a health check that states none.
const asksWith = "GET"

// healthCheck is check tcp|tls|http [METHOD] [PATH] [http/1.0] [plain] [sni HOST] [port PORT].
func healthCheck(l *line, b *flow.BackendDraft) {
	kind, ok := read(l, text)
	if !ok {
		return
	}
	c, last := flow.Check{Kind: kind.V}, kind.At
	behind := []string{"http/1.0", "sni", "plain", "port"}
	for w := l.peek(); w != nil && !slices.Contains(behind, w.Text); w = l.peek() {
		p, ok := read(l, text)
		if !ok {
			break
		}
		last = p.At
		if strings.HasPrefix(p.V, "/") {
			c.Path = p.V
		} else {
			c.Method = p.V
		}
	}
	if w, ok := l.accept("http/1.0"); ok {
		c.Protocol, last = flow.HTTP10, w.At
	}
	if w, ok := l.accept("plain"); ok {
		c.Plain, last = true, w.At
	}
	if _, ok := l.accept("sni"); ok {
		if h, ok := read(l, host); ok {
			c.SNI, last = h.V, h.At
		}
	}
	if _, ok := l.accept("port"); ok {
		if n, ok := read(l, number); ok {
			c.Port, last = n.V, n.At
		}
	}
	if kind.V == "http" && c.Path == "" {
		c.Path = "/"
	}
	if c.Method == asksWith {
		c.Method = ""
	}
	b.Check = flow.State(c, join(kind.At, last))
}

package resolve

import "github.com/flowc-lang/flowc/flow"

var clientStatements = setters[*flow.Client]{
	"address": one(network, func(c *flow.Client) *flow.Fact[string] { return &c.Address }),
	"trust":   many(findCA, func(c *flow.Client) *[]flow.Fact[*flow.CA] { return &c.End.Trust }),
	"certificate": one(findCertificate,
		func(c *flow.Client) *flow.Fact[*flow.Certificate] { return &c.End.Certificate }),
	"tls":        one(versions, func(c *flow.Client) *flow.Fact[flow.Versions] { return &c.End.TLS }),
	"alpn":       names(text, func(c *flow.Client) *flow.Fact[[]string] { return &c.End.ALPN }),
	"groups":     names(text, func(c *flow.Client) *flow.Fact[[]string] { return &c.End.Groups }),
	"tickets":    flag(func(c *flow.Client) *flow.Fact[bool] { return &c.Tickets }),
	"send-proxy": sendProxy(func(c *flow.Client) *flow.Fact[flow.ProxyVersion] { return &c.SendProxy }),
}

func declareClient(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.nodes.holes = true
		return
	}
	c := newClient(d)
	declare(l, r.nodes, "client", d, node{client: c},
		func() { r.t.Clients = append(r.t.Clients, c) },
		func() {
			c.Zone = l.in()
			clientStatements.apply(r, l.s.Block, c)
		})
}

func newClient(d flow.Decl) *flow.Client {
	return &flow.Client{Decl: d, End: newClientEnd()}
}

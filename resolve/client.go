package resolve

import "github.com/flowc-lang/flowc/flow"

var clientStatements = setters[*flow.ClientDraft]{
	"address": one(network, func(c *flow.ClientDraft) *flow.Fact[string] { return &c.Address }),
	"trust":   names(func(c *flow.ClientDraft) *[]flow.Ref { return &c.End.Trust }),
	"certificate": name(
		func(c *flow.ClientDraft) *flow.Ref { return &c.End.Certificate }),
	"tls":        one(versions, func(c *flow.ClientDraft) *flow.Fact[flow.Versions] { return &c.End.TLS }),
	"alpn":       words(func(c *flow.ClientDraft) *flow.Fact[[]string] { return &c.End.ALPN }),
	"groups":     words(func(c *flow.ClientDraft) *flow.Fact[[]string] { return &c.End.Groups }),
	"verify":     verify(func(c *flow.ClientDraft) *flow.Fact[bool] { return &c.End.Verify }),
	"tickets":    flag(func(c *flow.ClientDraft) *flow.Fact[bool] { return &c.Tickets }),
	"send-proxy": sendProxy(func(c *flow.ClientDraft) *flow.Fact[flow.ProxyVersion] { return &c.SendProxy }),
}

func declareClient(r *reader, l *line) {
	if d, ok := l.header(flow.DeclClient, isName); ok {
		c := &flow.ClientDraft{Decl: d, Zone: l.in()}
		clientStatements.apply(r, l.s.Block, c)
		r.add(c)
	}
}

package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var bytesOfHTTP = &Rule{
	Code: "FL218", Name: "relayed-http-version", Severity: diag.Error, Since: "0.2",
	Doc: "the servers behind a tcp port that terminates TLS speak the protocol that the port negotiates with its " +
		"clients",
	Why: "a tcp port relays the bytes inside the session unchanged (HAProxy configuration manual, mode tcp). A " +
		"client that negotiated h2 sends the HTTP/2 preface; a client that negotiated nothing speaks HTTP/1.1 " +
		"(RFC 9113, 3.2 and 3.4)",
	Wire: "a server of HTTP/1.1 gets PRI * HTTP/2.0 and answers in HTTP/1.1: 505, 400 or, with Go's net/http, what " +
		"its handler returns. The client cannot read it: curl reports (52) Empty reply from server. A server of " +
		"HTTP/2 closes when it gets HTTP/1.1 (measured). A port of HAProxy that reads HTTP/1.1 also accepts " +
		"HTTP/2",
	Except: "the servers read both versions on one port: state speaks tcp for them",
	Bad: `certificate site { names www.example.test }

proxy haproxy {
    listen tcp :443 {
        certificate site
        alpn h2, http/1.1
    }
}

route cache { to cache }

backend cache {
    speaks http
    server v1 10.0.0.1:6081
}

request visit { get https://www.example.test/ }
`,
	Good: `certificate site { names www.example.test }

proxy haproxy {
    listen tcp :443 {
        certificate site
        alpn http/1.1
    }
}

route cache { to cache }

backend cache {
    speaks http
    server v1 10.0.0.1:6081
}

request visit { get https://www.example.test/ }
`,
	Run: func(p *Pass) {
		p.asking = true
		defer func() { p.asking = false }()
		p.explainOtherHTTP()
		type key struct {
			l  *flow.Listener
			to string
		}
		first := once[key]()
		p.failingBy(flow.ProblemOtherHTTP, func(c *flow.Class) {
			l, hop := bytesFrom(c)
			if l == nil || p.meant(c) || !first(key{l, readerOf(hop)}) {
				return
			}
			sent := "HTTP/1.1"
			if o := c.Lifecycle().Outcome; o.Why != nil {
				sent = o.Why.Name
			}
			alpn := l.End.ALPN
			what := fmt.Sprintf("%s relays the %s of its clients unchanged, and %s reads %s", portOf(l), sent, readerOf(hop), words.OtherHTTP(sent))
			if up := hop.Route.Upstream.End.ALPN; hop.Route.Mode.V == flow.ModeReencrypt && len(up.V) == 0 && sent == "HTTP/2" {
				what += ", because the proxy offers it no ALPN"
			}
			if !alpn.IsSet() {
				what += "; the port states no ALPN (the default)"
			}
			d := p.Report(known(alpn.At, l.At, hop.Route.At), "%s: %s", what, inWords(c.Summary.Endings))
			if hop.Server != nil {
				relatedSpeaks(d, hop.Server.Backend)
			}
			d.Suggest(p.readable(c, l, hop, sent)...)
		})
	},
}

// explainOtherHTTP notes the requests whose course FL218 is about.
func (p *Pass) explainOtherHTTP() {
	for _, q := range p.Topology.Requests {
		if why := p.course(q).outcome.Why; why != nil && why.Problem == flow.ProblemOtherHTTP {
			p.explain(q)
		}
	}
}

// meant reports whether a class of paths is one of a request that says itself that it
// fails, or of a route of which all requests do.
func (p *Pass) meant(c *flow.Class) bool {
	if q := c.Path.Ask.Request; q != nil {
		return expectsFailure(q)
	}
	r := c.Path.Ask.Wanted
	return r != nil && p.expectedFailure(r, flow.FaultProtocol)
}

// bytesFrom is the tcp port whose clients' bytes are not read in a class of paths, and
// the hop to the end that does not read them.
func bytesFrom(c *flow.Class) (*flow.Listener, *flow.Hop) {
	hops := c.Path.Hops
	at := c.Summary.At
	if at <= 0 || at >= len(hops) {
		return nil, nil
	}
	var l *flow.Listener
	for i := at; i > 0; i-- {
		before := hops[i-1].Listener
		if before == nil || before.Kind != flow.ListenTCP {
			break
		}
		if hops[i].Opens {
			l = before
		}
	}
	return l, &hops[at]
}

// readerOf names the far end of a hop: backend "cache".
func readerOf(h *flow.Hop) string {
	if h.Server != nil {
		return fmt.Sprintf("backend %q", h.Server.Backend.Name)
	}
	return portOf(h.Listener)
}

// readable are the ways by which what a port relays is read behind it, those that
// help this client and harm no other one.
func (p *Pass) readable(c *flow.Class, l *flow.Listener, hop *flow.Hop, sent string) []diag.Suggestion {
	var out []diag.Suggestion
	spoken, wanted := "http/1.1", "h2"
	if sent == "HTTP/2" {
		spoken, wanted = wanted, spoken
	}
	stated := c.Client.End.ALPN
	ends := c.Path.Hops[0].Listener == l || c.Path.Hops[0].Relayed != nil // the client's session, there
	another := slices.ContainsFunc(p.Topology.Clients, func(o *flow.Client) bool { return httpOn(l, o) != sent })
	if ends && (!stated.IsSet() || slices.Contains(stated.V, wanted)) && !readByOthers(hop, sent) {
		out = append(out, way(state(inListener(l), diag.FactALPN, l.End.ALPN, orNone(l.End.ALPN.V), wanted)))
	}
	if up := hop.Route.Upstream.End.ALPN; hop.Route.Mode.V == flow.ModeReencrypt && agreesOn(hop, spoken) && !another {
		out = append(out, way(state(inUpstream(hop.Route), diag.FactALPN, up, orNone(up.V), spoken)))
	}
	if b := hop.Server; b != nil && !b.Backend.Speaks.V.TLS() && !another {
		speaks := map[string]flow.Protocol{"h2": flow.SpeaksH2C, "http/1.1": flow.SpeaksHTTP}[spoken]
		out = append(out, way(speaking(b.Backend, speaks)))
	}
	if len(out) == 0 && ends && stated.IsSet() && slices.Contains(l.End.ALPN.V, wanted) && !slices.Contains(stated.V, wanted) {
		out = append(out, way(state(inClient(c.Client), diag.FactALPN, stated, orNone(stated.V), append([]string{wanted}, stated.V...)...)))
	}
	if len(out) == 0 && ends && readByOthers(hop, sent) {
		out = append(p.oneVersion(l, hop.Route, spoken), p.oneVersion(l, hop.Route, wanted)...)
	}
	return out
}

// oneVersion is the way to have all clients of a port speak one version of HTTP, and to lead
// no one to the servers of a route that read the other one.
func (p *Pass) oneVersion(l *flow.Listener, r *flow.Route, spoken string) []diag.Suggestion {
	insists := func(c *flow.Client) bool { return c.End.ALPN.IsSet() && !slices.Contains(c.End.ALPN.V, spoken) }
	others := []flow.Protocol{flow.SpeaksH2C}
	if spoken == "h2" {
		others = []flow.Protocol{flow.SpeaksHTTP}
	}
	steps := []diag.Step{state(inListener(l), diag.FactALPN, l.End.ALPN, orNone(l.End.ALPN.V), spoken)}
	left := 0
	for _, t := range r.Targets {
		b := t.Backend
		if b == nil || !slices.Contains(others, b.Speaks.V) {
			left++
			continue
		}
		steps = append(steps, remove(inRoute(r), diag.FactTarget, t.At, targetText(t)))
		used := func(o *flow.Route) bool {
			return o != r && slices.ContainsFunc(o.Targets, func(t *flow.Target) bool { return t.Backend == b })
		}
		if b.Whole.Known() && !slices.ContainsFunc(p.Topology.Routes, used) {
			steps = append(steps, removeAll(inBackend(b)))
		}
	}
	if left == 0 || len(steps) == 1 || slices.ContainsFunc(p.Topology.Clients, insists) {
		return nil
	}
	return []diag.Suggestion{given(way(steps...), "the other servers are meant to serve all clients")}
}

// httpOn is the version of HTTP that a client speaks on a port where its TLS ends.
func httpOn(l *flow.Listener, c *flow.Client) string {
	for _, protocol := range l.End.ALPN.V {
		if !c.End.ALPN.IsSet() || slices.Contains(c.End.ALPN.V, protocol) {
			if protocol == "h2" {
				return "HTTP/2"
			}
			break
		}
	}
	return "HTTP/1.1"
}

// readByOthers reports whether another target of a hop's route reads a version of HTTP and
// no other one.
func readByOthers(h *flow.Hop, version string) bool {
	speaks := map[string]flow.Protocol{"HTTP/2": flow.SpeaksH2C, "HTTP/1.1": flow.SpeaksHTTP}[version]
	return slices.ContainsFunc(h.Route.Targets, func(t *flow.Target) bool { return t.Backend != nil && t.Backend.Speaks.V == speaks })
}

// agreesOn reports whether the far end of a hop speaks a protocol in a session in which it
// alone is offered.
func agreesOn(h *flow.Hop, protocol string) bool {
	end := flow.ServerEnd{}
	switch {
	case h.Server != nil && h.Server.Backend.Speaks.V.TLS():
		end = h.Server.Backend.End
	case h.Listener != nil:
		end = h.Listener.End
	}
	return slices.Contains(end.ALPN.V, protocol)
}

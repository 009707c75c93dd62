package check

import (
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var passthroughWithoutSNI = &Rule{
	Code: "FL301", Name: "passthrough-without-sni", Severity: diag.Error, Since: "0.1", Scope: ScopeOwn,
	Doc: "a request for a passthrough route sends the route's host as SNI",
	Why: "the proxy chooses a passthrough route only by the SNI. Without SNI the connection is closed without an " +
		"alert, or terminates at the proxy (RFC 6066, 3; measured)",
	Wire: "TCP handshake, a ClientHello without SNI, and FIN from the proxy at once: no alert, no status, no " +
		"backend connection. If the port also terminates TLS for other hosts, it may complete the handshake with " +
		"its default certificate and answer 503 (measured)",
	Except: "if the client is meant to be refused, declare it in its request: expect close",
	Bad: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request backup {
    get https://vault.apps.example.test/v1/sys
    sni none
}
`,
	Good: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request backup { get https://vault.apps.example.test/v1/sys }
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if !isAddress(r.Host.V) || r.SNI.V != flow.SNIHost {
				return
			}
			p.explainHost(missing{route: r})
			d := p.Report(r.Host.At, "passthrough route %q is chosen only by SNI, and an SNI is never an address such as %s: the route is never reached", r.Name, r.Host.V)
			d.Suggest(withoutSNI(r))
		}, flow.ModePassthrough)
		p.requests(p.sendsSNI)
	},
}

// sendsSNI reports a request whose SNI does not lead to the passthrough route
// of its host.
func (p *Pass) sendsSNI(r *flow.Request, c *course) {
	if len(r.Calls) == 0 || r.Calls[0].InClear() || r.Via == nil || p.model.explained[r] {
		return
	}
	wanted := missedBySNI(r)
	lost := c.outcome.Fault == flow.FaultNoSNI && r.SNI.V == ""
	if wanted == nil && !lost {
		return
	}
	p.explain(r)
	sent := "no SNI"
	if r.SNI.V != "" {
		sent = "the SNI " + r.SNI.V
	}
	at := known(r.SNI.At, r.Calls[0].At, r.At, p.derivedFor(r))
	if wanted == nil {
		d := p.Report(at, "%s sends %s, and proxy %q chooses by SNI alone: %s", asking(r), sent, c.outcome.FromID(), p.gets(c))
		d.Suggest(p.askingFor(r)...)
		return
	}
	d := p.Report(at, "%s sends %s and does not reach passthrough route %q, which is chosen by SNI alone: %s", asking(r), sent, wanted.Name, p.gets(c))
	related(d, wanted.At, "route %q is declared here", wanted.Name)
	if host := wanted.FirstHost(); isAddress(host) || r.Derived {
		if wanted.SNI.V == flow.SNIHost {
			d.Suggest(withoutSNI(wanted))
		}
		return
	}
	if r.SNI.IsSet() && flow.HostMatches(wanted.HostOn(r.Via), r.Calls[0].Host) {
		d.Suggest(way(remove(inRequest(r), diag.FactSNI, r.SNI.At, orNoSNI(r.SNI.V))))
		d.Suggest(p.meantToFail(r, c)...)
		return
	}
	d.Suggest(way(state(inRequest(r), diag.FactSNI, r.SNI, []string{orNoSNI(r.SNI.V)}, flow.OneHost(wanted.FirstHost()))))
	d.Suggest(p.meantToFail(r, c)...)
}

// derivedFor is where the route stands that a request which no text states is
// for.
func (p *Pass) derivedFor(q *flow.Request) source.Span {
	i := slices.IndexFunc(p.Topology.Routes, func(r *flow.Route) bool { return q.Derived && r.Name == q.Name })
	if i < 0 {
		return source.Span{}
	}
	return hostAt(p.Topology.Routes[i])
}

// isAddress reports whether a host is an address, which no SNI ever holds.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// withoutSNI is the way to have a route take clients that send no SNI.
func withoutSNI(r *flow.Route) diag.Suggestion {
	return because(way(add(inRoute(r), diag.FactSNIMatch, "none")), "it then takes clients without SNI, such as those that connect to an address")
}

// orNoSNI is an SNI as it is stated.
func orNoSNI(sni string) string {
	if sni == "" {
		return "none"
	}
	return sni
}

// askingFor are the ways to send an SNI that the proxy of a request has a route
// for: that of the URL, else that of the first route which takes it. A request
// that no text states goes to a route of another proxy: the one that leads there
// is to take it.
func (p *Pass) askingFor(q *flow.Request) []diag.Suggestion {
	call := q.Calls[0]
	if !q.Derived && q.SNI.IsSet() {
		return []diag.Suggestion{way(remove(inRequest(q), diag.FactSNI, q.SNI.At, orNoSNI(q.SNI.V)))}
	}
	l := q.Via.Listens(call.Port)
	leadsOn := func(t *flow.Target) bool { return t.Proxy != nil }
	for _, r := range q.Via.Routes {
		host := r.HostOn(q.Via)
		switch {
		case l == nil || !r.Serves(l) || !l.Takes(r) || host == "" || r.SNI.V != flow.SNIHost:
		case q.Derived && slices.ContainsFunc(r.Targets, leadsOn):
			return []diag.Suggestion{withoutSNI(r)}
		case !q.Derived:
			return []diag.Suggestion{way(callTo(q, 0, flow.OneHost(host), call.Port))}
		}
	}
	return nil
}

// callTo is the step by which a request asks for another host, or at another port.
func callTo(q *flow.Request, i int, host string, port int) diag.Step {
	call := q.Calls[i]
	was, to := call, call
	to.Host, to.Port = host, port
	return diag.Step{
		Do: diag.Change, In: inRequest(q), Fact: diag.FactRequest, At: call.At,
		Was: []string{call.Method, was.URL()}, Value: []string{call.Method, to.URL()},
	}
}

// implied is the port that a scheme implies.
var implied = map[string]int{"http": 80, "https": 443}

// missedBySNI is the passthrough route of a request's host to which its SNI
// does not lead, on any of the ports that relay it in turn; nil for none.
func missedBySNI(r *flow.Request) *flow.Route {
	seen := map[*flow.Listener]bool{}
	for l := r.Via.Listens(r.Calls[0].Port); l != nil && !seen[l]; {
		seen[l] = true
		wanted := l.SNIRoute(r.Calls[0].Host)
		if wanted == nil && r.HostField.IsSet() {
			wanted = l.SNIRoute(r.HostField.V)
		}
		if wanted == nil {
			return nil
		}
		if taken := l.SNIRoute(r.SNI.V); taken != wanted {
			if r.SNI.V == "" && taken != nil && taken.SNI.V == flow.SNINone || wanted.HostOn(l.Proxy) == "" {
				return nil // a route that is for such clients takes it
			}
			return wanted
		}
		next := wanted.Targets
		if len(next) == 0 || next[0].Proxy == nil {
			return nil
		}
		port := next[0].Port
		if port == 0 {
			port = l.Port
		}
		l = next[0].Proxy.Listens(port)
	}
	return nil
}

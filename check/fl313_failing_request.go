package check

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

var failingRequest = &Rule{
	Code: "FL313", Name: "failing-request", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel, Last: true,
	Doc: "a request that fails must declare it with expect",
	Why: "a request without an expect is taken to succeed, and its derived exchange does not (language reference, " +
		"Outcomes). For a model without requests flowc makes a request for each route. It reports a route that " +
		"answers no client, and a client that has no version, protocol or group in common with any route",
	Wire: "the derived exchange, up to the fault that the finding names. In the bad model below the proxy does not " +
		"listen on the URL's port: SYN, then RST",
	Except: "the request is there to show the failure: declare it, for instance with expect close. No finding is " +
		"given for a server that is stated to refuse or to be silent, or for a client that stops",
	Bad: `proxy haproxy {
    listen https :443
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}

request buy {
    get https://shop.apps.example.test:8443/cart
}
`,
	Good: `proxy haproxy {
    listen https :443
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}

request buy {
    get https://shop.apps.example.test/cart
}
`,
	Run: func(p *Pass) {
		explained := p.consequences()
		for _, r := range p.Topology.Requests {
			c := p.course(r)
			o := c.outcome
			if len(r.Expect) > 0 || c.cause == nil || explained(r) || statedFault(o.Fault) {
				continue
			}
			at := r.At
			if len(r.Calls) > 0 {
				at = known(r.Calls[0].At, at)
			}
			if r.Derived {
				continue // as one of the paths
			}
			message := fmt.Sprintf("request %q fails: %s, and %s", r.Name, words.Cause(o.Why), failsWith(r, o))
			meant := p.likelyHost(r)
			if meant != "" {
				message += fmt.Sprintf("; did you mean the host %s?", meant)
			}
			d := p.Report(at, "%s", message)
			switch {
			case meant != "":
				d.Suggest(way(askingAll(r, meant, r.Calls[0].Port)...))
			case o.Fault == flow.FaultNoListener && len(r.Calls) > 0 && o.Why.At.Proxy == r.Via:
				p.otherwiseListening(d, r)
			}
			d.Suggest(p.meantToFail(r, c)...)
		}
		p.failingPaths()
		p.unservedClients()
	},
}

// failsWith says how a request fails: a client sees itself that its connection is refused.
func failsWith(q *flow.Request, o flow.Outcome) string {
	if failsAtOnce(q, o) {
		return "the connection is refused"
	}
	return inWords(o.Endings)
}

// otherwiseListening names the ports on which the proxy of a request listens, and suggests to
// ask there, or to listen where the request asks.
func (p *Pass) otherwiseListening(d *diag.Diagnostic, q *flow.Request) {
	call := q.Calls[0]
	tls := call.Scheme != "http"
	var ports []string
	for _, l := range q.Via.Listeners {
		if tls == (l.Kind != flow.ListenHTTP) && slices.ContainsFunc(q.Via.Routes, func(r *flow.Route) bool { return l.Takes(r) && flow.HostMatches(r.HostOn(q.Via), call.Host) }) {
			ports = append(ports, strconv.Itoa(l.Port))
			related(d, l.At, "proxy %q listens on :%s here", q.Via.Name, words.Ports(l))
		}
	}
	near, ok := spell.Nearest(strconv.Itoa(call.Port), ports)
	if !ok && slices.Contains(ports, strconv.Itoa(implied[call.Scheme])) {
		near, ok = strconv.Itoa(implied[call.Scheme]), true
	}
	if !ok && len(ports) > 0 {
		near, ok = ports[0], true
	}
	if ok && call.IsHTTP() {
		port, _ := strconv.Atoi(near)
		d.Suggest(way(askingAll(q, call.Host, port)...))
	}
	kind := flow.ListenHTTP
	if tls {
		kind = flow.ListenHTTPS
	}
	if len(ports) > 0 && call.IsHTTP() && !q.Via.Listeners[0].Supplied() {
		at := flow.Listener{Proxy: q.Via}
		at.Port, at.Address = call.Port, sharedAddress(q.Via)
		d.Suggest(given(way(add(inProxy(q.Via), diag.FactListener, kind.String(), socketOf(&at))), "proxy %q is meant to listen there", q.Via.Name))
	}
}

// failingPaths reports the paths of what flowc asks for on which no client gets
// an answer, where neither another finding nor what the model states explains
// that.
func (p *Pass) failingPaths() {
	type key struct {
		at    source.Span
		fault flow.Fault
	}
	on, by := map[key][]*flow.Path{}, map[key]int{} // and the client of the first of them
	var keys []key
	expected := p.expectedEnds()
	for _, path := range p.model.paths().All {
		if path.Ask.Request != nil || path.Ask.Inside || !path.Fails() || !path.Takes(path.Ask.Wanted) || p.model.doubt.path(path) {
			continue
		}
		if slices.ContainsFunc(path.Classes, func(c *flow.Class) bool {
			s := &c.Summary
			return !strange(path, s) && (stands(path, s) || expected[endOn(path, s)] || p.pathBlamed(path, s.Fault))
		}) {
			continue // one client is enough: the first that fails
		}
		for i, c := range path.Classes {
			s := &c.Summary
			if strange(path, s) {
				continue
			}
			k := key{placeOn(path, s), s.Fault}
			if on[k] == nil {
				keys = append(keys, k)
				by[k] = i
			}
			if all := on[k]; len(all) == 0 || all[len(all)-1] != path {
				on[k] = append(all, path)
			}
		}
	}
	for _, k := range keys {
		path := on[k][0]
		client, s := path.Clients[by[k]], &path.Classes[by[k]].Summary
		why := words.Cause(flow.LifecycleOf(p.Topology, path, client).Outcome.Why)
		p.on = on[k]
		d := p.Report(k.at, "%s fail: %s, and %s", requestsOf(path), why, inWords(s.Endings))
		p.on = nil
		d.Suggest(p.listening(path, s)...)
		q := path.Request()
		call := q.Calls[0]
		if path.Ask.Placeholder() {
			continue
		}
		d.Suggest(given(way(declare(diag.KindRequest, p.freeRequest(q.Name), setting(diag.FactRequest, call.Method, call.URL()),
			setting(diag.FactExpect, words.Endings(flow.Outcome{Endings: s.Endings})...))), "these requests are meant to fail"))
	}
}

// listening is the way to have the port of a relay be one on which the next proxy listens,
// where requests fail because that does not, and none of the model names the port.
func (p *Pass) listening(path *flow.Path, s *flow.Summary) []diag.Suggestion {
	if s.Fault != flow.FaultNoListener || s.At <= 0 || path.Hops[s.At].Target == nil || path.Hops[s.At].Target.Proxy == nil {
		return nil
	}
	from, t := path.Hops[s.At-1].Listener, path.Hops[s.At].Target
	if from == nil || t.Port != 0 || from.Supplied() || slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool {
		return !q.Derived && slices.ContainsFunc(q.Calls, func(c flow.Call) bool { return c.Port == from.Port })
	}) {
		return nil
	}
	for _, l := range t.Proxy.Listeners {
		if from.Proxy.Listens(l.Port) != nil {
			continue
		}
		to := *from
		to.Port = l.Port
		return []diag.Suggestion{way(change(inListener(from), diag.FactListener, from.At,
			[]string{from.Kind.String(), socketOf(from)}, from.Kind.String(), socketOf(&to)))}
	}
	return nil
}

// stands reports whether a failure is one that the model states, or that is due to
// what flowc made up: a server that refuses, an allow list, a certificate that
// clients have to have, a host that no route has to have.
func stands(path *flow.Path, s *flow.Summary) bool {
	switch f := s.Fault; {
	case slices.Contains(statedFaults, f), slices.Contains(deadEnds, f): // FL317 reports dead ends, except those of hosts that flowc made up
		return true
	case f == flow.FaultProtocol:
		return s.Problem == flow.ProblemOtherHTTP || guessedAt(path, s) // FL218 says so; a guess of flowc is not a fault
	case f == flow.FaultClientCertificate:
		return s.At >= 0 && !opensBefore(path, s.At)
	case f == flow.FaultWrongName, f == flow.FaultStrictSNI:
		return path.Ask.Placeholder()
	}
	return false
}

// guessedAt reports whether a path fails at a server of which only its port tells what it
// speaks.
func guessedAt(path *flow.Path, s *flow.Summary) bool {
	if s.At < 0 || path.Hops[s.At].Server == nil {
		return false
	}
	return path.Hops[s.At].Server.Backend.Speaks.Origin == flow.OriginSupplied
}

// statedFaults are the faults that a model states: of servers and clients, by allow
// lists, by an answer to clients without a certificate.
var statedFaults = []flow.Fault{
	flow.FaultRefused, flow.FaultSilent, flow.FaultAborted, flow.FaultDenied, flow.FaultNoServer, flow.FaultUncertified,
}

// strange reports whether a client does not fit the port to which it comes as another
// one does, by the PROXY header that it sends or does not: it is not meant to.
func strange(path *flow.Path, s *flow.Summary) bool {
	return s.Fault == flow.FaultProxyHeader && s.At == 0 && slices.ContainsFunc(path.Clients, func(c *flow.Client) bool {
		return (c.SendsProxy(path.Ask.Via) != 0) == path.Ask.Via.AcceptProxy.V
	})
}

// opensBefore reports whether a proxy opened the session on a hop of a path.
func opensBefore(path *flow.Path, hop int) bool {
	return slices.ContainsFunc(path.Hops[1:hop+1], func(h flow.Hop) bool { return h.Opens })
}

// pathEnd is a hop's far end at which a path fails, and how.
type pathEnd struct {
	far   any // *flow.Listener or *flow.Server
	fault flow.Fault
}

func endOn(path *flow.Path, s *flow.Summary) pathEnd {
	if s.At < 0 {
		return pathEnd{fault: s.Fault}
	}
	h := path.Hops[s.At]
	if h.Server != nil {
		return pathEnd{h.Server, s.Fault}
	}
	return pathEnd{h.Listener, s.Fault}
}

// expectedEnds are the ends at which requests of the model fail as they expect.
func (p *Pass) expectedEnds() map[pathEnd]bool {
	out := map[pathEnd]bool{}
	for _, path := range p.model.paths().All {
		if q := path.Ask.Request; q != nil && expectsFailure(q) {
			for _, c := range path.Classes {
				if c.Summary.Fails() {
					out[endOn(path, &c.Summary)] = true
				}
			}
		}
	}
	return out
}

// placeOn is the place that leads a path to where it fails: the target of the
// hop, or the host that is asked for.
func placeOn(path *flow.Path, s *flow.Summary) source.Span {
	if s.At > 0 && path.Hops[s.At].Target != nil {
		return path.Hops[s.At].Target.At
	}
	return hostAt(path.Ask.Wanted)
}

// statedFault reports whether a model says in so many words that something fails: a
// server that refuses or is silent, a client that stops.
func statedFault(f flow.Fault) bool {
	return f == flow.FaultRefused || f == flow.FaultSilent || f == flow.FaultAborted
}

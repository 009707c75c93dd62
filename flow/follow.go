package flow

import "slices"

// clientCall is a call that a client makes, of itself or because a redirect sent it.
type clientCall struct {
	Call
	via   *Proxy
	asked []Call // for the same: what the client asked before it was sent here
}

// calls is every call of the request, repeated as often as it says.
func (d *deriver) calls() []clientCall {
	var out []clientCall
	for range max(d.r.Times.V, 1) {
		for _, c := range d.r.Calls {
			out = append(out, clientCall{Call: c, via: d.r.Via})
		}
	}
	return out
}

func isRedirect(status int) bool { return status >= 301 && status <= 308 && status != 304 }

// maxRedirects is how many redirects a client follows before it gives up, as
// browsers have it.
const maxRedirects = 20

// location is where a proxy redirects a request to another scheme: the host and port of
// the Host field that came to it, the path that did. HAProxy keeps the port that the
// field has (measured: http://shop.example.test:8080/ is sent to
// https://shop.example.test:8080/).
func (q *Request) location(scheme string, call Call, h Head, status int) Redirection {
	to := Redirection{Status: status, Scheme: scheme, Host: h.Host, Path: h.Path}
	asClient := !q.HostField.IsSet() && h.Host == call.Host
	if asClient && call.Port != defaultPorts[call.Scheme] && call.Port != defaultPorts[scheme] {
		to.Port = call.Port
	}
	return to
}

// posts is the method that clients change on a redirect with 301 or 302 (RFC 9110,
// 15.4.2 and 15.4.3).
var posts = map[string]bool{"POST": true}

// safe are the methods that a redirect with 303 keeps (RFC 9110, 15.4.4).
var safe = map[string]bool{"GET": true, "HEAD": true}

// redirected is the call to which the redirect that a client just got sends it,
// and the step that decided it; not ok where the response has no Location.
func (d *deriver) redirected(c clientCall) (to clientCall, step *Step, ok bool) {
	for _, step := range slices.Backward(d.lc.Steps) {
		if step.Exchange != nil && step.Exchange != d.current {
			break
		}
		if at, ok := step.Facts.(Redirection); ok {
			return c.sentTo(at, d.lc.Topology, d.r), step, true
		}
	}
	return clientCall{}, nil, false
}

// names reports whether a model says where a URL leads that a redirect names: its host
// is the one that was asked for, below a domain, or the host of a route. Another one is
// no part of the model.
func (t *Topology) names(host string, asked Call) bool {
	if Fold(host) == Fold(asked.Host) {
		return true
	}
	if _, domain := t.ProxiesOfDomain(host); domain != "" {
		return true
	}
	return slices.ContainsFunc(t.Proxies, func(p *Proxy) bool { return p.hasHost(host) })
}

// hasHost reports whether the proxy has a route that names a host.
func (p *Proxy) hasHost(host string) bool {
	for r := range p.RoutesFor(host) {
		if own := r.HostOn(p); own != "" && HostMatches(own, host) {
			return true
		}
	}
	return false
}

// leadsOn reports whether a client that follows a redirect stays in the model.
func (c clientCall) leadsOn(t *Topology) bool {
	return t.names(c.Host, c.asked[len(c.asked)-1])
}

// sentTo is the call that follows a redirect. It may turn the method into GET (RFC
// 9110, 15.4: 301 and 302 a POST; 303 all but HEAD).
func (c clientCall) sentTo(at Redirection, t *Topology, q *Request) clientCall {
	call := c.Call
	call.Scheme, call.Host, call.Port = at.resolved(c.Call)
	call.Path = at.Path
	if at.Status == 303 && !safe[call.Method] || at.Status <= 302 && posts[call.Method] {
		call.Method = "GET"
	}
	return clientCall{Call: call, via: t.viaOf(q, call), asked: append(slices.Clone(c.asked), c.Call)}
}

// viaOf is the proxy to which a client turns that was sent to a URL: that of the
// request, where it takes connections on the port and the host is the same, leads there,
// or leads nowhere by a domain and is one of its routes'; else one of those to which the host leads.
func (t *Topology) viaOf(q *Request, c Call) *Proxy {
	entries, domain := t.EntryProxies(c.Host)
	if c.Host == q.Calls[0].Host || slices.Contains(entries, q.Via) || domain == "" && q.Via.hasHost(c.Host) {
		entries = append([]*Proxy{q.Via}, entries...)
	}
	for _, p := range entries {
		if p.Listens(c.Port) != nil {
			return p
		}
	}
	return append(entries, q.Via)[0]
}

// sniOf is the SNI of a call: the request's; of one that a redirect sent to
// another host, that host.
func (q *Request) sniOf(c Call) string {
	if !q.SNI.IsSet() && c.Host != q.Calls[0].Host {
		return SNIOf(c.Host)
	}
	return q.SNI.V
}

// sentBack reports whether a redirect sends the client to a URL that it has asked
// already, or did so too often: the redirects never end (RFC 9110, 15.4;
// measured with HAProxy 2.6.12 and curl -L, which ends with error 47).
func (c clientCall) sentBack() bool {
	return c.tooOften() || c.again()
}

func (c clientCall) tooOften() bool { return len(c.asked) > maxRedirects }

func (c clientCall) again() bool {
	return slices.ContainsFunc(c.asked, func(a Call) bool { return sameAuthority(a, c.Call) && a.Path == c.Path })
}

// redirectLoop notes at a redirect that it leads back to a URL for which its client
// asked. A client that follows it gets no other answer.
func (d *deriver) redirectLoop(to clientCall, step *Step) {
	step.Fault = FaultRedirectLoop
	problem := ProblemRedirectLoop
	if !to.again() {
		problem = ProblemRedirectsOn
	}
	d.blame(&failure{from: step.At, cause: step, why: &Why{
		Fault: FaultRedirectLoop, Problem: problem, At: step.At, Route: d.current.Route,
		Scheme: to.Scheme, Name: to.Host, Port: to.Port, Path: to.Path,
	}})
	if d.r.Follow.V {
		d.lc.Outcome.Endings = []Ending{RedirectLoop{}}
	}
}

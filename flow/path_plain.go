package flow

import (
	"slices"
)

// PlainPaths are the ways that a client's plaintext for the hosts of a route
// takes: to the proxies to which each name leads, at the port of http, or at
// every port there that takes plaintext where none has that number. They may
// lead elsewhere than to the route. There is none where these proxies state no
// port for plaintext.
func (t *Topology) PlainPaths(r *Route) []*Path {
	var out []*Path
	var asked []*Ask
	for _, p := range r.Proxies {
		sample, ok := r.Sample(p)
		if !ok {
			continue
		}
		host := sample.Host
		for _, e := range t.entriesTo(r, host) {
			for _, l := range e.plainPorts() {
				a := ask(r, wayIn{at: l, scheme: "http", host: host, path: sample.Path, pattern: r.pattern(p, host)})
				same := func(o *Ask) bool { return o.Via == a.Via && o.Call == a.Call }
				if client := t.clientAt(l, r, sample); client != nil && !slices.ContainsFunc(asked, same) {
					asked = append(asked, &a)
					out = append(out, t.pathsOf(&a, client)...)
				}
			}
		}
	}
	return out
}

// entriesTo are the proxies to which a client's traffic for a host of a route can go. Where
// no domain says which these are, the name leads to those from which the route is reached.
func (t *Topology) entriesTo(r *Route, host string) []*Proxy {
	entries, domain := t.EntryProxies(host)
	if domain != "" || len(entries) < 2 {
		return entries
	}
	var out []*Proxy
	for _, e := range entries {
		if t.Reaches(e, r, host) {
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		return entries
	}
	return out
}

// pathsOf walks every way of what a client asks for.
func (t *Topology) pathsOf(a *Ask, client *Client) []*Path {
	var out []*Path
	w := walker{t: t, ask: a, shook: func(*Handshake) int { return 0 }}
	w.found = func(end PathEnd, at *Listener, r *Route) {
		out = append(out, &Path{
			Ask: a, Hops: slices.Clone(w.hops), End: end, At: at, Route: r,
			Clients: []*Client{client}, forks: slices.Clone(w.forks),
		})
	}
	w.start(client)
	return out
}

// clientAt is the first client that can reach a port, one that sends a PROXY header
// where the port expects it if there is any; nil for none. Where a route is chosen by the
// client's address, it is one that may come to it.
func (t *Topology) clientAt(l *Listener, r *Route, asked Head) *Client {
	var first *Client
	for _, c := range t.clientsFor(r, asked, t.Clients) {
		if !l.Proxy.ReachedFrom(c.Zone) {
			continue
		}
		if (c.SendsProxy(l) != 0) == l.AcceptProxy.V {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}

// plainPorts are the ports of a proxy that take a client's plaintext: the one of
// http, else all of them.
func (p *Proxy) plainPorts() []*Listener {
	var out []*Listener
	for _, l := range p.Listeners {
		if l.Kind != ListenHTTP && (l.Kind != ListenTCP || l.Terminates()) {
			continue
		}
		if l.Has(defaultPorts["http"]) {
			return []*Listener{l}
		}
		if l.Kind == ListenHTTP {
			out = append(out, l)
		}
	}
	return out
}

// EndsTLS is the hop of a path on which the client's TLS is over and plaintext
// goes on, towards another proxy; nil where there is none.
func (p *Path) EndsTLS() *Hop {
	for i := 1; i < len(p.Hops); i++ {
		if p.Hops[i-1].TLS && !p.Hops[i].TLS {
			return &p.Hops[i]
		}
	}
	return nil
}

// Lost reports whether a path ends without a server, a redirect or an answer that is stated. One
// on which proxies send to each other is another fault.
func (p *Path) Lost() bool {
	switch p.End {
	case EndServer, EndRedirect, EndAnswer, EndLoop:
		return false
	case EndNoRoute, EndNoServer, EndNoListener, EndProtocol:
		return true
	}
	panic("flow: unknown end of a path")
}

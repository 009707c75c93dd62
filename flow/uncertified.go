package flow

import "slices"

// Asks is the client certificate that a port requests for the SNI of a ClientHello, "" for none.
func (l *Listener) Asks(sni string) Fact[ClientAuth] {
	end := l.End
	if r := l.terminated(sni); r != nil {
		end = r.clientSide(end)
	}
	return end.ClientCertificate
}

// Satisfies reports whether every client that completes a handshake with this request has the
// certificate that is required elsewhere. A CA that is not stated may be the same one.
func (a ClientAuth) Satisfies(required ClientAuth) bool {
	if required.Mode != AuthRequired {
		return true
	}
	return a.Mode == AuthRequired && (a.CA == required.CA || a.CA == nil || required.CA == nil)
}

// Asked is the client certificate that a port requests for an SNI: the host of a route, or a name
// that no route has.
type Asked struct {
	Route *Route // whose host the SNI is; nil for none
	SNI   string // where no route has it: a name, AnyHost for any, "" for no SNI
	Auth  Fact[ClientAuth]
}

// AskedFor lists what the sessions of a port that reads requests are asked for: one
// for each that differs, the first route of the proxy's order with it. Behind them are
// sessions with an SNI that no route names: they meet the terms of the port (HAProxy:
// the first line of a crt-list is its default. Measured: a client without SNI, and one
// with an unknown one, is asked for nothing, and its request gets 200).
func (l *Listener) AskedFor() []Asked {
	if l.Kind != ListenHTTPS {
		return nil // it reads nothing else, or chooses the route by the SNI as well
	}
	var out []Asked
	known, hosts := map[ClientAuth]bool{}, map[string]bool{}
	for _, r := range l.Proxy.Routes {
		host := Fold(r.HostOn(l.Proxy))
		if !l.Ends(r) || hosts[host] {
			continue
		}
		hosts[host] = true
		if auth := l.Asks(OneHost(host)); !known[auth.V] {
			known[auth.V] = true
			out = append(out, Asked{Route: r, Auth: auth})
		}
	}
	for _, sni := range l.unnamed() {
		if auth := l.Asks(sni); l.endsHello(sni) && !known[auth.V] {
			known[auth.V] = true
			out = append(out, Asked{SNI: sni, Auth: auth})
		}
	}
	return out
}

// unnamed are SNIs with which clients may come whatever routes there are: none, and a name
// that no route has, unless the port is strict; and the names of its certificates.
func (l *Listener) unnamed() []string {
	var out []string
	if !l.End.StrictSNI.V {
		out = append(out, "", AnyHost)
	}
	for _, c := range l.End.Certificates {
		for _, n := range c.V.Names {
			out = append(out, OneHost(n.V))
		}
	}
	return out
}

// endsHello reports whether a ClientHello with an SNI, "" for none, ends at a port.
func (l *Listener) endsHello(sni string) bool {
	d := l.relaying(Head{Host: sni, TLS: true})
	return d.route == nil && !d.refuses
}

// Meets reports whether clients can begin a session with an SNI of their choice, "" for
// none, at a port: at one where requests for a host enter, or through relays from there.
// Others are proxies that clients are known to use.
func (t *Topology) Meets(l *Listener, host, sni string, others []*Proxy) bool {
	entries, _ := t.EntryProxies(host)
	for _, p := range union(slices.Clone(entries), others...) {
		for _, entry := range p.Listeners {
			if slices.Contains(entry.readers(true, sni, mostHops), l) {
				return true
			}
		}
	}
	return false
}

// Bypass returns the sessions of another host, among those of AskedFor, in which a
// request gets to a route past the client certificate that this requires for its
// own host; ok is false where there are none.
func (l *Listener) Bypass(r *Route, sessions []Asked) (by Asked, ok bool) {
	auth := r.ClientCertificate
	if !auth.IsSet() || auth.V.Mode != AuthRequired || !l.Ends(r) {
		return Asked{}, false
	}
	for _, s := range sessions {
		if r.WithoutCertificate.V == 0 && !s.Auth.V.Satisfies(auth.V) || s.Auth.V.ofAnotherCA(auth.V) {
			return s, true
		}
	}
	return Asked{}, false
}

// ofAnotherCA reports whether clients that end a handshake in which this was asked
// may have a certificate, and not one of the CA that is required elsewhere.
func (a ClientAuth) ofAnotherCA(required ClientAuth) bool {
	return a.Mode != AuthNone && a.CA != nil && required.CA != nil && a.CA != required.CA
}

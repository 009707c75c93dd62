package flow

// Asks is what a port asks of the certificate of a client by the SNI, "" for none,
// of its ClientHello.
func (l *Listener) Asks(sni string) Fact[ClientAuth] {
	end := l.End
	if r := l.terminated(sni); r != nil {
		end = r.clientSide(end)
	}
	return end.ClientCertificate
}

// Satisfies reports whether every client that ends a handshake in which this was
// asked has a certificate that is required elsewhere. A CA that is not stated may
// be the same one.
func (a ClientAuth) Satisfies(required ClientAuth) bool {
	if required.Mode != AuthRequired {
		return true
	}
	return a.Mode == AuthRequired && (a.CA == required.CA || a.CA == nil || required.CA == nil)
}

// Asked is what a port asks of clients that send a route's host as SNI.
type Asked struct {
	Route *Route
	Auth  Fact[ClientAuth]
}

// AskedFor lists what the sessions of a port that reads requests are asked for: one
// for each that differs, the first route of the proxy's order with it.
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
			out = append(out, Asked{r, auth})
		}
	}
	return out
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

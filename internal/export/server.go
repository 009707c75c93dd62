package export

import (
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// servers are the targets of a route: the servers of backends, and the ports
// of other proxies.
func (x *proxyExport) servers(s *section, r *flow.Route, l *flow.Listener, c carries) {
	x.backups(s, r)
	weights := r.ServerWeights()
	weighted := false
	for _, w := range weights {
		weighted = weighted || w != 1
	}
	own, called := newNames("-"), map[string]int{} // how many servers have a name
	for _, t := range r.Targets {
		if t.Backend != nil {
			for _, srv := range t.Backend.Servers {
				called[srv.Name]++
			}
		}
	}
	n := 0
	add := func(name string, at source.Span, addr word, state flow.ServerState, options ...string) {
		out := append(words("server", name), addr)
		if weighted {
			out = append(out, words("weight", strconv.Itoa(weights[n]))...)
		}
		n++
		if state == flow.ServerDown {
			out = append(out, words("disabled")...)
		}
		out = append(out, words(options...)...)
		if c == requests && r.Affinity.V != "" {
			out = append(out, words("cookie", name)...)
		}
		s.addWords(at, out)
	}
	for _, t := range r.Targets {
		if t.Proxy != nil {
			port, host := t.Port, ""
			if port == 0 {
				port = l.Port
			}
			to := t.Proxy.Listens(port)
			if to != nil && to.Socket.IsSet() {
				add(own.name(t, t.Proxy.Name), t.At, word{text: to.Socket.V}, flow.ServerUp, x.hop(r, nil, c)...)
				continue
			}
			if to != nil {
				host = to.Address
			}
			if t.Port == 0 && l.LastPort > l.Port {
				port = 0
			}
			add(own.name(t, t.Proxy.Name), t.At, x.serverAddress(host, port, 0, Address{Proxy: t.Proxy}), flow.ServerUp, x.hop(r, nil, c)...)
			continue
		}
		for _, srv := range t.Backend.Servers {
			name := srv.Name
			if called[name] > 1 {
				name = t.Backend.Name + "-" + srv.Name
			}
			options := append(x.hop(r, t.Backend, c), x.checkWords(r, t.Backend, c)...)
			port := srv.Port
			if srv.SamePort.V {
				port = 0
			}
			if srv.Backup.V {
				options = append([]string{"backup"}, options...)
			}
			add(own.name(srv, name), at(srv.At, t.At), x.serverAddress(srv.Address, port, srv.Offset.V, Address{Server: srv}), srv.State.V, options...)
		}
	}
	if n == 0 {
		s.comment("no server: the model has none")
	}
}

// backups says that all backup servers of a route are used at once, where they are.
func (x *proxyExport) backups(s *section, r *flow.Route) {
	for _, t := range r.Targets {
		if t.Backend != nil && t.Backend.AllBackups.V {
			s.add(t.Backend.AllBackups.At, "option", "allbackups")
			return
		}
	}
}

func at(first, second source.Span) source.Span {
	if first.Known() {
		return first
	}
	return second
}

// hop is what a server line says of the hop: TLS, HTTP/2 in clear, PROXY.
func (x *proxyExport) hop(r *flow.Route, b *flow.Backend, c carries) []string {
	var out []string
	if r.Mode.V == flow.ModeReencrypt && c != relayed {
		out = append(out, x.upstream(r, b, c)...)
	} else if c == requests && b != nil && b.Speaks.V == flow.SpeaksH2C {
		out = append(out, "proto", "h2")
	}
	switch r.SendProxy.V {
	case 1:
		out = append(out, "send-proxy")
	case 2:
		out = append(out, "send-proxy-v2")
	}
	return out
}

// upstream is the second session of a reencrypt route. What is sent as SNI is
// always said, also that nothing is: from HAProxy 3.3 on, a server line that
// says nothing sends the request's host.
func (x *proxyExport) upstream(r *flow.Route, b *flow.Backend, c carries) []string {
	u := r.Upstream
	name := u.Name.V
	if t := r.TargetOf(b); t != nil && t.Certified.IsSet() {
		name = t.Certified.V
	}
	end := u.End
	if len(end.Trust) == 0 {
		end.Trust = x.p.End.Trust
	}
	if end.Certificate.V == nil {
		end.Certificate = x.p.End.Certificate
	}
	out := []string{"ssl"}
	if end.Verify.V {
		out = append(out, "verify", "required", "ca-file", x.trust(end.Trust, r.At))
		if name != "" {
			out = append(out, "verifyhost", name)
		}
		if name == "" && u.SNI.V == "" && !u.SNIHost {
			x.note(Default, r.At, "route %s checks no name in the certificates of its servers", r.FullName())
		}
	} else {
		out = append(out, "verify", "none")
	}
	switch {
	case u.SNIHost && c == requests:
		out = append(out, "sni", "req.hdr(host),host_only")
	case u.SNIHost:
		out = append(out, "sni", "ssl_fc_sni")
	case u.SNI.V != "":
		out = append(out, "sni", "str("+argument(u.SNI.V)+")")
	default:
		out = append(out, "sni", "var(txn.none)")
	}
	if end.Certificate.V != nil {
		out = append(out, "crt", x.certificate(end.Certificate.V))
	}
	out = append(out, versionWords(end.TLS.V)...)
	if alpn := alpnWord(end.ALPN.V); alpn != "" {
		out = append(out, "alpn", alpn)
	}
	if end.Groups.IsSet() {
		x.note(LeftOut, end.Groups.At, "groups towards the servers of route %s: HAProxy 2.6 has none", r.FullName())
	}
	return out
}

// hasPortToCheck reports whether the servers of a backend can be checked: HAProxy needs a port
// for one that has none of its own.
func hasPortToCheck(b *flow.Backend) bool {
	return b.Check.V.Port != 0 || !slices.ContainsFunc(b.Servers, func(s *flow.Server) bool { return s.SamePort.V })
}

// checkWords are the health check's part of a server line.
func (x *proxyExport) checkWords(r *flow.Route, b *flow.Backend, c carries) []string {
	check := b.Check.V
	if check.Kind == "" {
		return nil
	}
	if !hasPortToCheck(b) {
		x.note(LeftOut, b.Check.At, "the check of %s, whose servers have no port of their own: it needs port", b.Name)
		return nil
	}
	out := []string{"check"}
	session := r.Mode.V == flow.ModeReencrypt && c != relayed // of the server line
	switch {
	case !b.ChecksTLS():
		if session {
			out = append(out, "no-check-ssl")
		}
	case session:
		out = append(out, "check-ssl")
	default:
		// traffic has no session of the proxy's own here, so that nothing
		// says what it would trust
		out = append(out, "check-ssl", "verify", "none")
	}
	if check.SNI != "" && b.ChecksTLS() {
		out = append(out, "check-sni", check.SNI)
	}
	if alpn := alpnWord(r.Upstream.End.ALPN.V); check.Kind == "http" && session && b.ChecksTLS() && alpn != "" {
		out = append(out, "check-alpn", alpn)
	}
	if check.Port != 0 {
		out = append(out, "port", strconv.Itoa(check.Port))
	}
	return out
}

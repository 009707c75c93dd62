package export

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// carries is what a backend carries.
type carries int

const (
	requests    carries = iota // HTTP that the proxy reads
	bytesWithin                // the bytes within a session that ends here
	relayed                    // a connection as it comes
)

// backendKey tells backends apart. A port matters only where a target has the
// port that the request came to.
type backendKey struct {
	route   *flow.Route
	carries carries
	port    int
}

// backendSection begins a backend.
func (x *proxyExport) backendSection(thing any, name string, at source.Span) *section {
	s := &section{head: line{words: words("backend", x.names.name(thing, name)), at: at}}
	x.behind = append(x.behind, s)
	return s
}

// backendOf owns the name of a backend.
type backendOf struct{ key backendKey }

// key tells the backend of a route behind a port from its others.
func key(r *flow.Route, l *flow.Listener, c carries) backendKey {
	k := backendKey{route: r, carries: c}
	for _, t := range r.Targets {
		if t.Proxy != nil && t.Port == 0 && l.LastPort <= l.Port { // of a range, the server has the port that came
			k.port = l.Port
		}
	}
	return k
}

// backend writes the backend of a route once and returns its name.
func (x *proxyExport) backend(r *flow.Route, l *flow.Listener, c carries) string {
	k := key(r, l, c)
	if name, ok := x.backends[k]; ok {
		return name
	}
	s := x.backendSection(backendOf{k}, "be_"+x.carried(k)+":"+x.keyName(k), r.At)
	x.backends[k] = x.names.of[backendOf{k}]
	x.fillBackend(s, r, l, c)
	return x.backends[k]
}

// routeName is the name of a route in ACLs, variables and backends behind a port.
func (x *proxyExport) routeName(r *flow.Route, l *flow.Listener, c carries) string {
	return x.keyName(key(r, l, c))
}

// keyName tells the backends of a route apart that are several: they are several routes to
// whoever reads the configuration.
func (x *proxyExport) keyName(k backendKey) string {
	if k.carries == bytesWithin {
		k.carries = relayed
	}
	name := k.route.FullName()
	if k.port != 0 {
		name += "-" + strconv.Itoa(k.port)
	}
	return x.routes.name(k, name)
}

// redirectName is the name of a route whose requests in plaintext are redirected: that
// under which the port leads to it to which they are redirected.
func (x *proxyExport) redirectName(r *flow.Route, l *flow.Listener) string {
	for _, o := range x.p.Listeners {
		switch {
		case o.Kind == flow.ListenHTTP || !o.Takes(r) || !x.overTLS(r):
		case o.Relays(r):
			return x.routeName(r, o, relayed)
		case o.Kind == flow.ListenTCP:
			return x.routeName(r, o, bytesWithin)
		default:
			return x.routeName(r, o, requests)
		}
	}
	return x.routeName(r, l, requests)
}

// carried is the part of a backend's name that says what it carries. It says what the
// configuration does, and not which of two ways the model has to say it.
func (x *proxyExport) carried(k backendKey) string {
	r, again := k.route, k.route.Mode.V == flow.ModeReencrypt
	switch k.carries {
	case requests:
		ended := slices.ContainsFunc(x.p.Listeners, func(l *flow.Listener) bool {
			return l.Kind != flow.ListenHTTP && readsRequestsOf(l, r) && (k.port == 0 || l.Port == k.port)
		})
		switch {
		case again:
			return "reencrypt"
		case ended:
			return "edge"
		}
		return "plain"
	case bytesWithin:
		if again {
			return "reencrypt_tcp"
		}
		return "edge_tcp"
	case relayed:
		if r.HostOn(x.p) != "" || r.SNI.V == flow.SNINone || slices.ContainsFunc(r.Matches, func(m flow.Match) bool { return m.Kind == flow.MatchHost }) {
			return "passthrough"
		}
		return "relay"
	}
	panic("export: unknown content of a backend")
}

func (x *proxyExport) fillBackend(s *section, r *flow.Route, l *flow.Listener, c carries) {
	if c != requests {
		s.add(source.Span{}, "mode", "tcp")
	}
	if src := x.p.Source; src.V != "" {
		s.add(src.At, "source", bracketed(src.V))
	}
	if r.Balance.IsSet() && r.Balance.V != x.p.Balance.V {
		x.balance(s, r.Balance)
	}
	for _, t := range r.Timeouts {
		if t.Kind == "client" {
			x.note(LeftOut, t.At, "timeout client of route %s: HAProxy has one for each port", r.FullName())
			continue
		}
		if !x.saysTimeout(t) {
			x.timeout(s, t)
		}
	}
	x.allow(s, r)
	if c == requests {
		x.uncertified(s, r, l)
		x.rewrite(s, r)
		x.headers(s, r)
		x.hsts(s, r)
		x.cookie(s, r)
	} else {
		x.noHTTP(r)
	}
	if r.AnswersItself() {
		x.answers(s, r, c)
		return
	}
	x.check(s, r, c)
	x.servers(s, r, l, c)
}

// allow hangs up on everyone who is not on the list.
func (x *proxyExport) allow(s *section, r *flow.Route) {
	if len(r.Allow) == 0 {
		return
	}
	for _, a := range r.Allow {
		s.add(a.At, "acl", "allowed", "src", "--", a.V)
	}
	s.add(r.Allow[0].At, "tcp-request", "content", "reject", "if", "!allowed")
}

// rewrite replaces the route's path where the request's begins with it, as
// flow.Route.Rewritten does.
func (x *proxyExport) rewrite(s *section, r *flow.Route) {
	if r.Rewrite.V == "" {
		return
	}
	from, rest := "^"+regexp.QuoteMeta(strings.TrimSuffix(r.Path.V, "/")), `\1`
	if several := r.Prefixes(); r.Path.V == "" && len(several) > 0 {
		from, rest = "^("+anyOf(several)+")", `\2`
	}
	to := strings.ReplaceAll(strings.TrimSuffix(literal(r.Rewrite.V), "/"), `\`, `\\`)
	if to == "" {
		s.add(r.Rewrite.At, "http-request", "replace-path", from+"/?(.*)$", "/"+rest)
		return
	}
	s.add(r.Rewrite.At, "http-request", "replace-path", from+"(.*)$", to+rest)
}

// anyOf is a regular expression for one of some paths, the longest one that fits.
func anyOf(paths []string) string {
	var out []string
	for _, p := range paths {
		out = append(out, regexp.QuoteMeta(strings.TrimSuffix(p, "/")))
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return strings.Join(out, "|")
}

// headers are the route's changes to requests and answers.
func (x *proxyExport) headers(s *section, r *flow.Route) {
	for _, h := range r.Headers {
		if strings.ContainsFunc(h.Value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			x.note(LeftOut, h.At, "header %s of route %s, whose value has a control character", h.Name, r.FullName())
			continue
		}
		if !isToken(h.Name) {
			x.note(LeftOut, h.At, "header %q of route %s, which is not a valid name of a header", h.Name, r.FullName())
			continue
		}
		rule := "http-" + h.On
		if h.Do == "delete" {
			s.add(h.At, rule, "del-header", h.Name)
			continue
		}
		value := literal(h.Value)
		if h.Computed {
			value = h.Value
		}
		s.add(h.At, rule, "set-header", h.Name, value)
	}
}

// isToken reports whether a text can be the name of a header (RFC 9110, 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
	})
}

// hsts is sent over TLS only (RFC 6797, 7.2).
func (x *proxyExport) hsts(s *section, r *flow.Route) {
	if r.HSTS.V > 0 {
		s.add(r.HSTS.At, "http-response", "set-header", "Strict-Transport-Security",
			fmt.Sprintf("max-age=%d", r.HSTS.V/1000), "if", "{", "ssl_fc", "}")
	}
}

// cookie keeps a client at its server. It is marked secure where the route is
// never served in plaintext.
func (x *proxyExport) cookie(s *section, r *flow.Route) {
	if r.Affinity.V == "" {
		return
	}
	w := []string{"cookie", r.Affinity.V, "insert", "indirect", "nocache", "httponly"}
	if !slices.ContainsFunc(x.p.Listeners, func(l *flow.Listener) bool { return l.Kind == flow.ListenHTTP && readsRequestsOf(l, r) }) {
		w = append(w, "secure")
	}
	s.add(r.Affinity.At, w...)
}

// noHTTP notes what a route says that needs a request to be read.
func (x *proxyExport) noHTTP(r *flow.Route) {
	leave := func(said bool, at source.Span, what string) {
		if said {
			x.note(LeftOut, at, "%s of route %s: its port relays bytes and reads no requests", what, r.FullName())
		}
	}
	leave(r.Path.V != "", r.Path.At, "path")
	leave(len(seenOf(r)) < len(r.Matches), r.At, "match")
	leave(len(r.Headers) > 0, r.At, "header")
	leave(r.Rewrite.V != "", r.Rewrite.At, "rewrite")
	leave(r.Affinity.V != "", r.Affinity.At, "affinity")
	leave(r.HSTS.V > 0, r.HSTS.At, "hsts")
	leave(r.WithoutCertificate.V != 0, r.WithoutCertificate.At, "without-certificate")
}

// check is the health check of the route's servers, said once for a backend.
func (x *proxyExport) check(s *section, r *flow.Route, carried carries) {
	var said *flow.Check
	for _, t := range r.Targets {
		if t.Backend == nil || t.Backend.Check.V.Kind == "" || !hasPortToCheck(t.Backend) {
			continue
		}
		c := t.Backend.Check
		switch {
		case said == nil && c.V.Kind == "http":
			s.add(c.At, "option", "httpchk")
			send := []string{"http-check", "send", "meth", cmp.Or(c.V.Method, "GET"), "uri", cmp.Or(c.V.Path, "/")}
			if c.V.Protocol == flow.HTTP10 {
				send = append(send, "ver", flow.HTTP10)
			} else {
				send = append(send, "ver", "HTTP/1.1", "hdr", "Host", literal(x.checkHost(r, c.V, carried)))
			}
			s.add(c.At, send...)
		case said != nil && (said.Kind == "http" || c.V.Kind == "http") && !sameAsk(*said, c.V):
			x.note(LeftOut, c.At, "the check of %s behind route %s: HAProxy has one kind for all servers of a route", t.Backend.Name, r.FullName())
		}
		if said == nil {
			said = &c.V
		}
	}
}

// sameAsk reports whether two health checks ask for the same.
func sameAsk(a, b flow.Check) bool {
	return a.Kind == b.Kind && a.Method == b.Method && a.Path == b.Path && a.Protocol == b.Protocol
}

// checkHost is the Host of a health check: the name in the certificate of the server, where the
// session is one of the proxy's own.
func (x *proxyExport) checkHost(r *flow.Route, c flow.Check, carried carries) string {
	switch host := r.HostOn(x.p); {
	case c.SNI != "":
		return c.SNI
	case r.Upstream.Name.V != "" && r.Upstream.End.Verify.V && carried != relayed:
		return r.Upstream.Name.V
	case host != "" && !strings.HasPrefix(host, "*"):
		return host
	}
	return "localhost"
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

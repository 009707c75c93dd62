package export

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// frontend begins a frontend. Unlike backends, frontends stand in the order of
// the model's ports.
func (x *proxyExport) frontend(thing any, name string, at source.Span) *section {
	s := &section{head: line{words: words("frontend", x.names.name(thing, name)), at: at}}
	x.frontends = append(x.frontends, s)
	return s
}

// inner owns the name of the second stage of a port, where TLS ends; toInner
// that of the way there.
type (
	inner   struct{ l *flow.Listener }
	toInner struct{ l *flow.Listener }
)

// listener writes a port: one frontend; or two, where the port carries both
// what is passed through and what ends here, as an OpenShift router has them
// (public_ssl and fe_sni).
func (x *proxyExport) listener(l *flow.Listener) {
	kind := l.Kind
	if l.Inspects() && !x.endsSome(l) {
		kind = flow.ListenTCP
	}
	name := fmt.Sprintf("fe_%s:%d", kind, l.Port)
	if l.Address == "" && !l.Socket.IsSet() {
		x.note(Default, source.Span{}, "%s takes a port without an address on every IPv4 address", x.p.Name)
	}
	bind := words("bind", bindAddress(l))
	if l.AcceptProxy.V {
		bind = append(bind, words("accept-proxy")...)
	}
	s := x.frontend(l, name, l.At)
	for _, t := range l.Timeouts {
		if !x.saysTimeout(t) {
			x.timeout(s, t)
		}
	}
	switch {
	case l.Kind == flow.ListenHTTP:
		s.addWords(l.At, bind)
		x.byRequest(s, l)
	case l.Inspects() && x.endsSome(l):
		x.bySNI(s, l, bind)
		x.secondStage(l, name)
	case l.Inspects():
		x.bySNI(s, l, bind)
	case l.OnlyRelays():
		x.blind(s, l, bind)
	default:
		x.ended(s, l, append(bind, x.tlsEnd(l)...))
	}
}

// endsSome reports whether TLS of some clients ends at a port that chooses by SNI: all that no
// route relays, or that of the hosts before one which takes the rest.
func (x *proxyExport) endsSome(l *flow.Listener) bool {
	rest := x.restOf(l)
	for i, r := range x.p.Routes {
		if i < rest.last && r.HostOn(x.p) != "" && l.Ends(r) {
			return true
		}
	}
	return !rest.all && !l.OnlyRelays()
}

// bindAddress is where a port or a range of ports is.
func bindAddress(l *flow.Listener) string {
	if l.Socket.IsSet() {
		return l.Socket.V
	}
	at := address(l.Address, l.Port)
	if l.LastPort > l.Port {
		at += "-" + strconv.Itoa(l.LastPort)
	}
	return at
}

// secondStage is the frontend in which the TLS of a port ends that the first
// one has looked at, and the way there: a socket, or loopback with PROXY v1.
func (x *proxyExport) secondStage(l *flow.Listener, name string) {
	at := "abns@" + strings.ReplaceAll(safe(fmt.Sprintf("flowc.%s.%s.%s", x.t.Name, x.file, x.names.of[l])), ":", ".")
	header := "send-proxy-v2"
	if in := x.p.Inner.V; in.Address != "" && l.Kind == flow.ListenHTTPS {
		if x.innerAt == nil {
			x.innerAt = l
		} else {
			x.note(LeftOut, l.At, "inner %s of listen %s :%d: it is the stage of another port, and this one has a socket", address(in.Address, in.Port), l.Kind, l.Port)
		}
		if x.innerAt == l {
			at, header = address(in.Address, in.Port), "send-proxy"
		}
	}
	b := x.backendSection(toInner{l}, fmt.Sprintf("be_inner:%d", l.Port), x.p.Inner.At)
	b.add(source.Span{}, "mode", "tcp")
	b.add(x.p.Inner.At, "server", "inner", at, header)
	s := x.frontend(inner{l}, name+":inner", l.At)
	x.ended(s, l, append(words("bind", at, "accept-proxy"), x.tlsEnd(l)...))
}

// ended is a frontend in which TLS ends.
func (x *proxyExport) ended(s *section, l *flow.Listener, bind []word) {
	if l.Kind == flow.ListenTCP {
		s.add(source.Span{}, "mode", "tcp")
		s.addWords(l.At, bind)
		x.byServerName(s, l)
		return
	}
	s.addWords(l.At, bind)
	x.byRequest(s, l)
}

// blind relays what comes to the first route, without a look at it.
func (x *proxyExport) blind(s *section, l *flow.Listener, bind []word) {
	s.add(source.Span{}, "mode", "tcp")
	s.addWords(l.At, bind)
	for _, r := range x.p.Routes {
		if !l.Relays(r) || !l.TakesRest(r) {
			continue
		}
		if cond := x.seen(s, x.routeName(r, l, relayed), r, l, ""); len(cond) > 0 {
			s.add(r.At, append([]string{"use_backend", x.backend(r, l, relayed), "if"}, cond...)...)
			continue
		}
		s.add(r.At, "default_backend", x.backend(r, l, relayed))
		return
	}
}

// bySNI chooses by the ClientHello, which is waited for. What is none, and is
// for no route, finds no backend and is hung up on.
func (x *proxyExport) bySNI(s *section, l *flow.Listener, bind []word) {
	s.add(source.Span{}, "mode", "tcp")
	s.addWords(l.At, bind)
	s.add(l.InspectDelay.At, "tcp-request", "inspect-delay", x.millis(l.InspectDelay.V, l.InspectDelay.At))
	s.add(source.Span{}, "acl", isHello, "req.ssl_hello_type", "1")
	s.add(source.Span{}, "tcp-request", "content", "accept", "if", isHello)
	rest := x.restOf(l)
	if rest.plaintext {
		s.add(source.Span{}, "acl", isBytes, "req.len", "gt", "0")
		s.add(source.Span{}, "tcp-request", "content", "accept", "if", isBytes)
	}
	var ends []*flow.Route // those so far whose TLS ends here, and whose hosts come before the rest
	for i, r := range x.p.Routes {
		if r.HostOn(x.p) != "" && l.Ends(r) {
			ends = append(ends, r)
		}
		if !l.Relays(r) || !l.TakesRest(r) && !meetsTLS(l, r) {
			continue
		}
		if len(ends) > 0 && l.TakesRest(r) {
			acl := x.routes.name(endsBefore{l, i}, endsHere)
			for _, o := range ends {
				s.add(hostAt(o), append([]string{"acl", acl, "req.ssl_sni,rtrim(.),lower"}, hostPattern(o.HostOn(x.p))...)...)
			}
			s.add(source.Span{}, "use_backend", x.innerName(l), "if", isHello, acl)
			ends = nil
		}
		x.relayBySNI(s, l, r)
	}
	if !rest.all && !l.OnlyRelays() {
		s.add(source.Span{}, "use_backend", x.innerName(l), "if", isHello)
	}
}

// relayBySNI relays to a route what it takes.
func (x *proxyExport) relayBySNI(s *section, l *flow.Listener, r *flow.Route) {
	cond := []string{"if", isHello}
	acl := x.routeName(r, l, relayed)
	seen := x.seen(s, acl, r, l, "req.ssl_sni,rtrim(.),lower")
	switch {
	case l.TakesRest(r) && !asksForTLS(r):
		if l.InspectDelay.V == 0 && len(seen) == 0 {
			s.add(r.At, "default_backend", x.backend(r, l, relayed))
			return // nothing may have come yet (measured): there are no bytes to ask for
		}
		cond = []string{"if", isBytes}
	case l.TakesRest(r):
	case r.SNI.V == flow.SNINone:
		s.add(r.SNI.At, "acl", acl, "req.ssl_sni", "-m", "found")
		cond = append(cond, "!"+acl)
	case r.HostOn(x.p) != "":
		s.add(hostAt(r), append([]string{"acl", acl, "req.ssl_sni,rtrim(.),lower"}, hostPattern(r.HostOn(x.p))...)...)
		cond = append(cond, acl)
	}
	s.add(r.At, append([]string{"use_backend", x.backend(r, l, relayed)}, append(cond, seen...)...)...)
}

// rest is what a port relays to routes that take the rest.
type rest struct {
	all       bool // whatever it begins with, all that no other route takes
	plaintext bool // also what is no ClientHello
	last      int  // the place of the last such route; 0 for none
}

func (x *proxyExport) restOf(l *flow.Listener) rest {
	out := rest{}
	for i, r := range x.p.Routes {
		if !l.TakesRest(r) {
			continue
		}
		out.last = i
		out.plaintext = out.plaintext || !asksForTLS(r)
		out.all = out.all || !slices.ContainsFunc(seenOf(r), func(m flow.Match) bool { return m.Kind != flow.MatchTLS || m.Not })
	}
	return out
}

// endsBefore owns the name of the ACL of hosts whose TLS ends at a port, before the route at a
// place, which takes the rest.
type endsBefore struct {
	l  *flow.Listener
	at int
}

// The ACLs of a port that chooses by SNI: what came is a ClientHello, or anything;
// and the hosts whose TLS ends here, which come before the route that takes the rest.
const (
	isHello  = "hello"
	isBytes  = "bytes"
	endsHere = "ends-here"
)

// routeNames are the names of routes in ACLs: none is one of a port's own.
func routeNames() *names {
	n := newNames("-")
	for _, own := range []string{isHello, isBytes} {
		n.name(own, own)
	}
	return n
}

// innerName is the name of the way to a port's second stage.
func (x *proxyExport) innerName(l *flow.Listener) string {
	return x.names.name(toInner{l}, fmt.Sprintf("be_inner:%d", l.Port))
}

// byServerName chooses by the SNI of the session that ended here, and relays
// the bytes within.
func (x *proxyExport) byServerName(s *section, l *flow.Listener) {
	for _, r := range x.p.Routes {
		if !r.Serves(l) || l.Relays(r) || r.Mode.V == flow.ModeNone || !meetsTLS(l, r) {
			continue
		}
		be, acl := x.backend(r, l, bytesWithin), x.routeName(r, l, bytesWithin)
		var cond []string
		if host := r.HostOn(x.p); host != "" {
			s.add(hostAt(r), append([]string{"acl", acl, "ssl_fc_sni,rtrim(.),lower"}, hostPattern(host)...)...)
			cond = append(cond, acl)
		}
		if cond = append(cond, x.seen(s, acl, r, l, "ssl_fc_sni,rtrim(.),lower")...); len(cond) > 0 {
			s.add(r.At, append([]string{"use_backend", be, "if"}, cond...)...)
			continue
		}
		s.add(r.At, "default_backend", be)
		return
	}
}

// taken is a route's treatment by a port that reads requests.
type taken struct {
	r        *flow.Route
	name     string
	redirect bool
}

// requestRoutes are the routes that a port that reads requests knows.
func (x *proxyExport) requestRoutes(l *flow.Listener) []taken {
	var out []taken
	for _, r := range x.p.Routes {
		switch {
		case readsRequestsOf(l, r):
			out = append(out, taken{r, x.routeName(r, l, requests), false})
		case l.Kind == flow.ListenHTTP && r.Serves(l) && r.Insecure.V == flow.InsecureRedirect && meetsTLS(l, r):
			out = append(out, taken{r, x.redirectName(r, l), true})
		}
	}
	return out
}

// readsRequestsOf reports whether a port that reads requests leads some to the servers of
// a route.
func readsRequestsOf(l *flow.Listener, r *flow.Route) bool {
	if l.Kind == flow.ListenTCP || !r.Serves(l) || !meetsTLS(l, r) {
		return false
	}
	if l.Kind == flow.ListenHTTP {
		return r.Mode.V == flow.ModeNone || r.Insecure.V == flow.InsecureAllow && r.Mode.V != flow.ModePassthrough
	}
	return r.Mode.V == flow.ModeEdge || r.Mode.V == flow.ModeReencrypt
}

// meetsTLS reports whether what a port ends TLS for, or reads in plaintext, meets what a route
// asks of TLS: all of it came over it, or none.
func meetsTLS(l *flow.Listener, r *flow.Route) bool {
	return !slices.ContainsFunc(r.Matches, func(m flow.Match) bool {
		return m.Kind == flow.MatchTLS && m.Not != (l.Kind == flow.ListenHTTP)
	})
}

// byRequest chooses by the request. The first route that matches is noted in a
// variable, so that redirects and backends keep to one order.
func (x *proxyExport) byRequest(s *section, l *flow.Listener) {
	routes := x.requestRoutes(l)
	if len(routes) > 0 {
		s.add(source.Span{}, "http-request", "set-var(txn.host)", "req.hdr(host),host_only,rtrim(.),lower")
	}
	for _, t := range routes {
		cond := append([]string{"if", "!{", "var(txn.route)", "-m", "found", "}"}, x.conditions(s, t)...)
		s.add(t.r.At, append([]string{"http-request", "set-var(txn.route)", "str(" + t.name + ")"}, cond...)...)
	}
	x.unmatched(s, l)
	for _, t := range routes {
		if t.redirect && x.overTLS(t.r) {
			s.add(t.r.Insecure.At, append([]string{"http-request", "redirect", "scheme", "https", "code",
				strconv.Itoa(t.r.RedirectStatus.V)}, ifRoute(t.name)...)...)
		}
	}
	for _, t := range routes {
		if t.redirect && !x.overTLS(t.r) {
			s.add(t.r.Insecure.At, append([]string{"use_backend", x.redirecting(t.r, l)}, ifRoute(t.name)...)...)
		}
		if !t.redirect {
			s.add(t.r.At, append([]string{"use_backend", x.backend(t.r, l, requests)}, ifRoute(t.name)...)...)
		}
	}
}

// overTLS reports whether a port takes over TLS what a route asks for. One that relays bytes
// sees only a part of what it may ask.
func (x *proxyExport) overTLS(r *flow.Route) bool {
	seesAll := r.Path.V == "" && len(seenOf(r)) == len(r.Matches)
	return slices.ContainsFunc(x.p.Listeners, func(l *flow.Listener) bool {
		return l.Kind != flow.ListenHTTP && l.Takes(r) && meetsTLS(l, r) && (seesAll || l.Kind == flow.ListenHTTPS && !l.Relays(r))
	})
}

// redirecting is the backend that answers requests of a route that has no other ones.
func (x *proxyExport) redirecting(r *flow.Route, l *flow.Listener) string {
	k := key(r, l, requests)
	if name, ok := x.backends[k]; ok {
		return name
	}
	s := x.backendSection(backendOf{k}, "be_plain:"+x.keyName(k), r.At)
	x.backends[k] = x.names.of[backendOf{k}]
	if src := x.p.Source; src.V != "" {
		s.add(src.At, "source", bracketed(src.V))
	}
	s.add(r.Insecure.At, "http-request", "redirect", "scheme", "https", "code", strconv.Itoa(r.RedirectStatus.V))
	return x.backends[k]
}

func ifRoute(name string) []string {
	return []string{"if", "{", "var(txn.route)", "-m", "str", "--", name, "}"}
}

// unmatched is the answer to a host that no route has. HAProxy's own, where no
// backend is chosen, is 503.
func (x *proxyExport) unmatched(s *section, l *flow.Listener) {
	u := l.Unmatched
	switch u.V {
	case "close":
		s.add(u.At, "http-request", "reject", "if", "!{", "var(txn.route)", "-m", "found", "}")
	case "404":
		s.add(u.At, "http-request", "return", "status", "404", "if", "!{", "var(txn.route)", "-m", "found", "}")
	}
}

// conditions writes the ACLs of a route that is chosen by request, and returns
// their names.
func (x *proxyExport) conditions(s *section, t taken) []string {
	var out []string
	r, name := t.r, t.name
	acl := func(what string, at source.Span, w ...string) {
		s.add(at, append([]string{"acl", name + "." + what}, w...)...)
		if len(out) == 0 || out[len(out)-1] != name+"."+what {
			out = append(out, name+"."+what)
		}
	}
	if host := r.HostOn(x.p); host != "" {
		acl("host", hostAt(r), append([]string{"var(txn.host)"}, hostPattern(host)...)...)
	}
	if path := strings.TrimSuffix(r.Path.V, "/"); path != "" {
		acl("path", r.Path.At, "path", "-m", "str", "--", path)
		acl("path", r.Path.At, "path", "-m", "beg", "--", path+"/")
	}
	n := 0
	for i := range r.Matches {
		if m := &r.Matches[i]; m.Kind != flow.MatchTLS { // of all that the port reads: meetsTLS
			n++
			out = append(out, x.condition(s, name, n, m, fetchOf(m)))
		}
	}
	return out
}

// hostPattern matches a host, exact or "*.X" for one label below X.
func hostPattern(host string) []string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if rest, ok := strings.CutPrefix(host, "*."); ok {
		return []string{"-m", "reg", "--", `^[^.]+\.` + regexp.QuoteMeta(rest) + "$"}
	}
	return []string{"-m", "str", "--", host}
}

func hostAt(r *flow.Route) source.Span {
	if r.Host.IsSet() {
		return r.Host.At
	}
	return r.Subdomain.At
}

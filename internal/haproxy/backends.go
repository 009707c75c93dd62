package haproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// part is a backend of the model: the servers of a section that are spoken to alike.
type part struct {
	name   string
	weight flow.Fact[int] // what its servers weigh, where the section has other parts
	// checked is the name that their certificates must have, where that of the section's
	// first server is another one.
	checked flow.Fact[string]
}

// backend declares what a section is of backends, once: one for all of its servers, unless
// they are spoken to or checked in several ways.
func (b *builder) backend(back *unit, u *unit) []part {
	if parts, ok := b.backends[back]; ok {
		return parts
	}
	var all []*server
	for _, s := range back.servers {
		if s.stage != nil {
			continue
		}
		all = append(all, s)
		if s.unlike(all[0]) || !isOwn(back.name) && s.checks() != all[0].checks() {
			b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
		}
	}
	groups := alike(all, isOwn(back.name))
	names := map[string]bool{}
	var parts []part
	for _, servers := range groups {
		x := part{name: b.declareBackend(back, u, servers, names)}
		if len(groups) > 1 {
			sum := sums(servers)
			x.weight = flow.State(cmp.Or(sum[0], sum[1]), servers[0].line.At)
			if servers[0].nameAlone() != all[0].nameAlone() {
				x.checked = servers[0].checked
			}
		}
		parts = append(parts, x)
	}
	b.backends[back] = parts
	return parts
}

// alike are the servers of a section in groups of those that stand together and are spoken to
// alike; one without servers where there are none. Those of a section that flowc writes are
// also checked alike: they are of several backends. Backups that weigh something else than the
// others are groups of their own: what a group weighs is divided among its servers.
func alike(servers []*server, own bool) [][]*server {
	treated := func(s *server) string {
		if own {
			return fmt.Sprint(s.h2c, s.checks(), s.nameAlone())
		}
		return fmt.Sprint(s.h2c, s.nameAlone())
	}
	out := runs(servers, treated)
	switch {
	case len(out) == 0:
		return [][]*server{nil}
	case len(out) > 1 && slices.ContainsFunc(out, func(group []*server) bool { sums := sums(group); return sums[0]*sums[1] > 0 && sums[0] != sums[1] }):
		return runs(servers, func(s *server) string { return fmt.Sprint(s.backup.Known(), treated(s)) })
	}
	return out
}

// runs are the servers in groups of those that stand together and have one key.
func runs(servers []*server, key func(*server) string) [][]*server {
	var out [][]*server
	last := ""
	for _, s := range servers {
		if k := key(s); len(out) == 0 || k != last {
			out, last = append(out, nil), k
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	return out
}

// sums are what servers weigh together of which one is asked: those that are no backups, and
// backups. Where all are down it is what they weigh when they are not.
func sums(servers []*server) [2]int {
	var up, all [2]int
	for _, s := range servers {
		i, weight := 0, 1
		if s.backup.Known() {
			i = 1
		}
		if s.weight.IsSet() {
			weight = s.weight.V
		}
		all[i] += weight
		if !s.down.Known() {
			up[i] += weight
		}
	}
	return [2]int{cmp.Or(up[0], all[0]), cmp.Or(up[1], all[1])}
}

// nameAlone is the name that the certificate of a server must have where no SNI is sent; "" where
// that decides, or no name is checked.
func (s *server) nameAlone() string {
	if !s.tls || s.sni.V != "" || s.sniHost || s.sniOdd || s.verify.IsSet() && !s.verify.V {
		return ""
	}
	return s.checked.V
}

// checks is how a server is checked; "" where it is not.
func (s *server) checks() string {
	if !s.check.Known() {
		return ""
	}
	return fmt.Sprint(s.portOfCheck.V, s.checkTLS.IsSet(), s.checkTLS.V, s.checkSNI)
}

// declareBackend declares a backend with some servers of a section. own are the names that
// the servers of the section have.
func (b *builder) declareBackend(back, u *unit, servers []*server, own map[string]bool) string {
	name := b.names.free(b.names.nodes, routeBackend(back.name), "backend")
	d := &flow.BackendDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated, At: back.section.At, Whole: back.section.Whole()}}
	if len(back.section.Words) > 1 {
		d.At = back.section.Words[1].At
	}
	if name != back.name {
		d.Label = back.name
	}
	for _, s := range servers {
		d.Servers = append(d.Servers, b.server(u, s, own))
	}
	if l := back.option("allbackups"); l != nil {
		d.AllBackups = flow.State(true, l.At)
	}
	switch {
	case len(servers) == 0 && back.choosesLater():
	case len(servers) == 0:
		d.NoServers = flow.State(true, back.section.At)
	default:
		b.speaks(d, u, back, servers[0])
		b.check(d, back, servers[0])
	}
	b.draft.Declarations = append(b.draft.Declarations, d)
	return name
}

// choosesLater reports whether a section has a line by which HAProxy may find servers when it
// runs: Lua, the address to which the client connected.
func (u *unit) choosesLater() bool {
	return slices.ContainsFunc(u.section.Lines, func(l *haproxycfg.Line) bool {
		k, known := l.Keyword(u.section.Kind)
		return known && slices.ContainsFunc(choosing, func(name string) bool { return strings.HasPrefix(k.Name, name) })
	})
}

// choosing are the beginnings of keywords that choose where a request goes, whatever servers
// are written.
var choosing = []string{"use-server", "use-fcgi-app", "transparent", "option transparent", "option http_proxy", "http-request lua", "http-request set-dst", "http-request use-service"}

// unlike reports whether the session with a server is another one than with another server: a
// model says that of all servers of a route.
func (s *server) unlike(o *server) bool {
	trust := func(x *server) string {
		if len(x.trust) == 0 {
			return ""
		}
		return x.trust[0].V
	}
	return s.tls != o.tls || s.verify.V != o.verify.V || s.sni.V != o.sni.V || s.sniHost != o.sniHost || s.checked.V != o.checked.V && (s.nameAlone() == "" || o.nameAlone() == "") ||
		trust(s) != trust(o) || s.crt.V != o.crt.V || !slices.Equal(s.alpn.V, o.alpn.V) || s.proxy.V != o.proxy.V
}

// routeBackend is the name of a backend; those of an OpenShift router are called by
// namespace and route.
func routeBackend(name string) string {
	return strings.ReplaceAll(routeName(name), "/", ".")
}

// portOf is the port of a server. One with a sign is counted from that to which the client
// connected (HAProxy configuration manual, 5.2): it is known where that is one.
func (b *builder) portOf(u *unit, s *server) int {
	if s.port != 0 || s.offset == 0 {
		return s.port
	}
	one := 0
	for _, x := range u.binds {
		if x.socket != "" || one != 0 && one != x.port || x.last > x.port {
			return 0
		}
		one = x.port
	}
	return one + s.offset
}

func (b *builder) server(u *unit, s *server, own map[string]bool) *flow.ServerDraft {
	name := b.names.free(own, serverName(s.name), "server")
	d := &flow.ServerDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated, At: s.line.Words[1].At, Whole: s.line.At}}
	d.Address, d.Port, d.Weight = s.host, b.portOf(u, s), s.weight
	if s.line.Is("server-template") && !isAddress(s.host) {
		d.Address = "" // each has one of those that the name resolves to
	}
	switch {
	case s.socket != "":
		b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At)+": over a socket within the machine, shown as a server with a port")
	case s.port == 0 && s.offset != 0 && d.Port == 0:
		d.SamePort, d.Offset = flow.State(true, s.line.Words[2].At), flow.State(s.offset, s.line.Words[2].At)
	case s.port == 0 && s.offset == 0:
		d.SamePort = flow.State(true, s.line.Words[2].At)
	}
	if s.down.Known() {
		d.State = flow.State(flow.ServerDown, s.down)
	}
	if s.backup.Known() {
		d.Backup = flow.State(true, s.backup)
	}
	return d
}

// serverName is the name of a server; those of an OpenShift router begin with the pod.
func serverName(name string) string {
	if parts := strings.Split(name, ":"); len(parts) == 6 && parts[0] == "pod" {
		return parts[1]
	}
	return name
}

// speaks is what the servers of a backend expect. Where only bytes are relayed to them,
// the port says what is likely.
func (b *builder) speaks(d *flow.BackendDraft, u, back *unit, s *server) {
	switch {
	case s.tls && back.http:
		d.Speaks = flow.State(flow.SpeaksHTTPS, s.tlsAt)
	case s.tls:
		d.Speaks = flow.State(flow.SpeaksTLS, s.tlsAt)
	case s.h2c:
		d.Speaks = flow.State(flow.SpeaksH2C, s.line.At)
	case back.http:
		d.Speaks = flow.State(flow.SpeaksHTTP, back.section.At)
	default:
		d.Speaks = flow.Default(likely(u, s))
		if b.withoutTLS(u, back) && d.Speaks.V.TLS() {
			d.Speaks = flow.Default(flow.SpeaksTCP)
		}
	}
	if s.proxy.V != 0 {
		d.AcceptProxy = flow.State(true, s.proxy.At)
	}
	if v := s.tlsRange; v.IsSet() && v.V.Max < flow.TLS12 {
		d.End.TLS = flow.Default(v.V) // what is asked for is what is there
	}
}

// withoutTLS reports whether all rules of a unit lead to a backend only what is not TLS.
func (b *builder) withoutTLS(u, back *unit) bool {
	some := false
	for _, e := range b.decisionsOf(u).out {
		if e.backend != back {
			continue
		}
		some = true
		if slices.ContainsFunc(e.when, func(part all) bool {
			return !slices.ContainsFunc(part, func(l literal) bool { return l.on == onTLS && l.not })
		}) {
			return false
		}
	}
	return some
}

// spoken is what is spoken at ports (IANA, Service Name and Transport Protocol Port Number
// Registry; 6443 and 22623 are Kubernetes' and OpenShift's).
var spoken = map[int]flow.Protocol{
	80: flow.SpeaksHTTP, 3000: flow.SpeaksHTTP, 5000: flow.SpeaksHTTP, 8000: flow.SpeaksHTTP, 8080: flow.SpeaksHTTP, 8081: flow.SpeaksHTTP,
	443: flow.SpeaksHTTPS, 6443: flow.SpeaksHTTPS, 8443: flow.SpeaksHTTPS, 9443: flow.SpeaksHTTPS, 22623: flow.SpeaksHTTPS,
	465: flow.SpeaksTLS, 563: flow.SpeaksTLS, 636: flow.SpeaksTLS, 853: flow.SpeaksTLS, 989: flow.SpeaksTLS, 990: flow.SpeaksTLS, 992: flow.SpeaksTLS,
	993: flow.SpeaksTLS, 994: flow.SpeaksTLS, 995: flow.SpeaksTLS, 5061: flow.SpeaksTLS, 5671: flow.SpeaksTLS, 6514: flow.SpeaksTLS, 8883: flow.SpeaksTLS,
}

// telling are the ports that say what is spoken there whatever port clients connect to:
// the well-known ones (RFC 6335, 6), and a few above them.
func telling(port int) bool {
	return port > 0 && port <= 1024 || slices.Contains([]int{6443, 8080, 8443, 9443, 22623}, port)
}

// likely is what a server speaks behind a relay: what its port says, else that to which
// clients connect. The port on which TLS ends says nothing of what is behind it.
func likely(u *unit, s *server) flow.Protocol {
	port := s.port
	if !telling(port) {
		for _, x := range u.binds {
			if !x.tls {
				port = cmp.Or(x.port, port)
			}
		}
	}
	return cmp.Or(spoken[port], flow.SpeaksTCP)
}

// check is the health check of a backend's servers.
func (b *builder) check(d *flow.BackendDraft, back *unit, s *server) {
	if !s.check.Known() {
		return
	}
	c := flow.Check{Kind: "tcp", Port: s.portOfCheck.V}
	tls := s.tls
	if s.checkTLS.IsSet() {
		tls = s.checkTLS.V
	}
	if tls {
		c.Kind, c.SNI = "tls", s.checkSNI
	}
	if l := back.option("ssl-hello-chk"); l != nil {
		c.Kind = "tls"
	}
	if l := back.option("httpchk"); l != nil {
		c.Kind, c.Plain = "http", !tls && (s.tls || !back.http) // beside all else in plaintext it is no other
		asksFor(back, l, &c)
	}
	for _, o := range []string{"ldap-check", "mysql-check", "pgsql-check", "redis-check", "smtpchk", "spop-check"} {
		if l := back.option(o); l != nil {
			b.listLine(flow.LosesDetail, l)
		}
	}
	d.Check = flow.State(c, s.check)
}

// asksFor says what a check asks for: option httpchk [METHOD] URI [VERSION], of which
// http-check send states each part otherwise. Measured with 2.6 and 3.2: without words
// it is OPTIONS / HTTP/1.0.
func asksFor(back *unit, l *haproxycfg.Line, c *flow.Check) {
	method, uri, version := "OPTIONS", "/", flow.HTTP10
	switch {
	case len(l.Words) == 3:
		uri = l.Arg(2)
	case len(l.Words) > 3:
		method, uri = l.Arg(2), l.Arg(3)
	}
	if len(l.Words) > 4 {
		version, _, _ = strings.Cut(l.Arg(4), "\r") // header fields may be behind it
	}
	for _, send := range back.inherited("http-check") {
		for i, w := range send.Words[:max(0, len(send.Words)-1)] {
			switch value := send.Words[i+1].Text; w.Text {
			case "meth":
				method = value
			case "uri":
				uri = value
			case "ver":
				version = value
			}
		}
	}
	if !strings.HasPrefix(uri, "/") {
		uri = "/"
	}
	if method == "GET" {
		method = ""
	}
	if version != flow.HTTP10 {
		version = ""
	}
	c.Method, c.Path, c.Protocol = method, uri, version
}

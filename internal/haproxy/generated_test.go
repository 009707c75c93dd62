package haproxy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
)

// TestGenerated holds of generated models that what is read back of their exports derives the
// same lifecycles, and is exported as the same directives.
func TestGenerated(t *testing.T) {
	known := unmetIn(t, "testdata/generated.unmet")
	for seed := range uint64(300) {
		trip, again := generatedTrip(t, seed)
		known.hold(t, fmt.Sprintf("%d lifecycles", seed), trip)
		known.hold(t, fmt.Sprintf("%d directives", seed), again)
	}
}

// generatedTrip says how what is read back of a model of a seed differs from it.
func generatedTrip(t *testing.T, seed uint64) (trip, directives string) {
	t.Helper()
	text := generated(seed)
	read := func(string) ([]byte, error) { return []byte(text), nil }
	model := func() *flow.Draft { return original(t, front.Input{Path: "m.flow", Read: read}) }
	return roundTrip(t, model), again(t, model)
}

// generator writes models of proxies that a configuration can say, from a seed: their ports,
// routes of every mode with conditions and actions, servers, and requests that ask along and
// beside the routes.
type generator struct {
	strings.Builder
	*rand.Rand
	hosts   []string
	routes  int
	written bool // the order of routes is as they are written
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

// one in n.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

// some are a few of a list, in its order; at least one.
func some[T any](g *generator, of ...T) []T {
	for {
		out := slices.DeleteFunc(slices.Clone(of), func(T) bool { return !g.one(2) })
		if len(out) > 0 {
			return out
		}
	}
}

// generated is a model of a seed.
func generated(seed uint64) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7))}
	g.hosts = []string{"shop.a.test", "api.a.test", "*.a.test", "b.test", "www.b.test", "*.b.test"}
	g.line("zone outside untrusted\nzone inside trusted\nca public-ca\nca service-ca { private }\nca partner-ca { private }")
	g.line("certificate wild-a {\n    names *.a.test\n    issuer public-ca\n}\ncertificate b {\n    names b.test, www.b.test\n    issuer public-ca\n}")
	g.line("certificate shop-own {\n    names shop.a.test\n    issuer public-ca\n}\ncertificate service {\n    names app.svc\n    issuer service-ca\n}")
	g.line("certificate client-own {\n    names client.test\n    issuer partner-ca\n}\ncertificate proxy-own {\n    names edge.svc\n    issuer service-ca\n}")
	g.line("client browser in outside {\n    address 192.0.2.10\n    trust public-ca\n}")
	g.line("client partner in outside {\n    address 198.51.100.7\n    trust public-ca\n    certificate client-own\n}")
	g.line("client bare in outside {\n    trust public-ca, service-ca\n    tls 1.2\n    alpn http/1.1\n}")
	ports := g.proxy()
	backends := g.backends()
	for range 1 + g.IntN(6) {
		g.route(ports, backends)
	}
	for i := range 14 {
		g.request(i, ports)
	}
	return g.String()
}

// port is a port of the proxy.
type port struct {
	kind   string
	number int
	ends   bool
}

func (g *generator) proxy() []port {
	ports := []port{{"http", 80, false}, {"https", 443, true}}
	switch g.IntN(6) {
	case 0:
		ports = []port{{"https", 443, true}}
	case 1:
		ports = append(ports, port{"tcp", 5432, false})
	case 2:
		ports = append(ports, port{"tcp", 8883, true})
	case 3:
		ports = append(ports, port{"https", 8443, true}, port{"http", 8080, false})
	case 4:
		ports = []port{{"http", 80, false}, {"tcp", 443, false}}
	}
	g.line("proxy edge in inside {")
	for i := range ports {
		p := &ports[i]
		address := pick(g, "10.0.0.1", "10.0.0.1", "10.0.0.1", "[2001:db8::1]")
		if p.kind == "https" && g.one(12) {
			p.ends = false
		}
		g.line("    listen %s %s:%d {", p.kind, address, p.number)
		g.port(p)
		g.line("    }")
	}
	if g.one(3) {
		g.line("    inner%s", pick(g, "", " 127.0.0.22:10444"))
	}
	if g.written = g.one(3); g.written {
		g.line("    order written")
	}
	for _, s := range []string{
		"balance " + pick(g, "leastconn", "source", "first", "random", "hash"), "connection " + pick(g, "server-close", "close", "keep-alive"),
		"reuse " + pick(g, "never", "always", "aggressive"), "retries " + pick(g, "0", "1", "5"), "source 10.0.0.2", "trust service-ca", "certificate proxy-own",
		"timeout tunnel 1h", "timeout http-request 5s", "timeout queue 90s", "timeout http-keep-alive 300ms",
	} {
		if g.one(4) {
			g.line("    %s", s)
		}
	}
	g.line("    timeout connect %s\n    timeout client %s\n    timeout server %s\n}", pick(g, "5s", "500ms"), pick(g, "30s", "1m"), pick(g, "30s", "2d"))
	return ports
}

// port writes what a port says.
func (g *generator) port(p *port) {
	if p.ends {
		g.line("        certificate %s", strings.Join(some(g, "wild-a", "b", "shop-own"), ", "))
		for _, s := range []string{
			"tls " + pick(g, "1.2", "1.3", "1.2..1.3"), "client-certificate " + pick(g, "optional", "required") + " partner-ca", "strict-sni", "early-data",
			"groups " + pick(g, "x25519", "secp256r1, x25519"),
		} {
			if g.one(8) {
				g.line("        %s", s)
			}
		}
	}
	if p.ends && p.kind == "https" && g.one(3) {
		g.line("        alpn %s", pick(g, "h2, http/1.1", "http/1.1", "h2"))
	}
	if p.kind != "tcp" && g.one(4) {
		g.line("        unmatched %s", pick(g, "404", "close", "503"))
	}
	for _, s := range []string{"accept-proxy", "timeout client 2h", "inspect-delay " + pick(g, "2s", "10s")} {
		if g.one(10) {
			g.line("        %s", s)
		}
	}
}

// backend is what a route has to know of a backend.
type backend struct{ name, speaks string }

func (g *generator) backends() []backend {
	out := []backend{{"plain", "http"}, {"pages", "http"}, {"secure", "https"}, {"db", "tcp"}, {"mail", "tls"}, {"grpc", "h2c"}}
	for i, b := range out {
		g.line("backend %s in inside {", b.name)
		servers := 1 + g.IntN(3)
		for n := range servers {
			text := fmt.Sprintf("    server %s-%d 10.1.%d.%d", b.name, n+1, i, n+1)
			if b.speaks == "tcp" && g.one(3) {
				text += " same-port"
			} else {
				text += fmt.Sprintf(":%d", 8000+i)
			}
			if g.one(4) {
				text += fmt.Sprintf(" weight %d", pick(g, 0, 2, 5, 256))
			}
			if n > 0 && g.one(5) {
				text += " backup"
			}
			if n > 0 && g.one(6) {
				text += " down"
			}
			g.line("%s", text)
		}
		speaks := b.speaks
		if b.speaks == "https" || b.speaks == "tls" {
			speaks += " {\n        certificate " + pick(g, "service", "service", "wild-a") + "\n    }"
		}
		g.line("    speaks %s", speaks)
		if g.one(3) {
			g.line("    check %s", pick(g, "tcp", "http /healthz", "tcp port 8081", "http /healthz plain port 8080"))
		}
		if g.one(6) {
			g.line("    backups all")
		}
		g.line("}")
	}
	return out
}

// route writes a route.
func (g *generator) route(ports []port, backends []backend) {
	g.routes++
	name := fmt.Sprintf("r%d", g.routes)
	if g.one(6) {
		name = pick(g, "team", "other") + "/" + name
	}
	p := pick(g, ports...)
	on := "edge"
	if p.kind == "tcp" || g.one(5) {
		on = fmt.Sprintf("edge:%d", p.number)
	}
	g.line("route %s on %s {", name, on)
	mode := pick(g, "none", "edge", "edge", "reencrypt", "passthrough")
	if p.kind == "tcp" && !p.ends {
		mode = pick(g, "none", "passthrough")
	}
	bytes := mode == "passthrough" || p.kind == "tcp"
	named := false
	switch {
	case bytes && mode == "none" && g.one(2), !bytes && !g.written && g.one(4): // what is behind a route for all is never reached
		g.anyHost(bytes)
	case mode == "passthrough" && !g.written && g.one(5):
		g.line("    sni %s", pick(g, "any", "none"))
	default:
		named = true
		g.line("    host %s", strings.Join(some(g, pick(g, g.hosts...), pick(g, "else.b.test", "deep.b.test")), ", "))
	}
	if bytes {
		g.relayed(p, mode, named)
	} else {
		g.requestConditions()
	}
	g.mode(mode, p, named)
	g.end(mode, bytes, p, backends)
	g.line("}")
}

// anyHost asks for no host, or for hosts by a condition.
func (g *generator) anyHost(bytes bool) {
	if g.one(3) && !bytes {
		g.line("    match host %s", pick(g, "shop.a.test, www.b.test", `begins "www."`, "below b.test", `regex "^[a-s]"`))
	}
}

func (g *generator) relayed(p port, mode string, named bool) {
	if g.one(4) {
		g.line("    match %ssource %s", pick(g, "", "not "), pick(g, "192.0.2.0/24", "198.51.100.7", "10.0.0.0/8, 192.0.2.10"))
	}
	if g.one(8) && p.kind == "tcp" && !p.ends {
		g.line("    match %stls", pick(g, "", "not "))
	}
	if mode == "passthrough" && !named && g.one(3) {
		g.line("    match not host %s", pick(g, "shop.a.test", "below b.test"))
	}
}

func (g *generator) requestConditions() {
	one := g.one(3)
	if one {
		g.line("    path %s", pick(g, "/cart", "/cart/items", "/api/"))
	}
	for _, s := range []string{
		`match header X-Canary "green", "blue"`, `match cookie stage regex "^b"`, "match not method POST, DELETE", "match method GET", `match query v "2"`, "match header X-Canary",
		"match source 192.0.2.0/24", "match not source 198.51.100.0/24", `match path ends ".png", ".jpg"`, "match path exact /cart", `match header X-Canary contains any-case "E"`,
		"match path /a, /cart", "match tls", "match not tls", `match path regex "^/c"`,
	} {
		if g.one(24) && !(one && strings.Contains(s, "match path")) && !(one && strings.Contains(s, "method")) { // none contradicts another one
			one = one || strings.Contains(s, "match path") || strings.Contains(s, "method")
			g.line("    %s", s)
		}
	}
}

// mode writes where TLS ends, and on which terms.
func (g *generator) mode(mode string, p port, named bool) {
	switch {
	case mode == "reencrypt" && g.one(4):
		g.line("    tls reencrypt {\n        verify none\n    }")
	case mode == "reencrypt":
		text := "    tls reencrypt {\n        trust service-ca\n"
		for _, s := range []string{"name app.svc", "sni " + pick(g, "app.svc", "none", "host"), "certificate proxy-own", "tls 1.2", "alpn " + pick(g, "h2", "h2, http/1.1")} {
			if g.one(3) && !(p.kind == "tcp" && strings.HasPrefix(s, "alpn")) {
				text += "        " + s + "\n"
			}
		}
		g.line("%s    }", text)
	default:
		g.line("    tls %s", mode)
	}
	if named && (mode == "edge" || mode == "reencrypt") { // a configuration tells terms by the host
		for _, s := range []string{"certificate shop-own", "client-certificate " + pick(g, "required", "optional") + " partner-ca", "alpn " + pick(g, "h2", "http/1.1"), "without-certificate " + pick(g, "403", "421")} {
			if g.one(9) && p.kind != "tcp" {
				g.line("    %s", s)
			}
		}
	}
	if mode != "none" && p.kind != "tcp" && g.one(2) {
		insecure := pick(g, "redirect", "redirect 308", "allow", "none")
		if mode == "passthrough" && insecure == "allow" {
			insecure = "redirect"
		}
		g.line("    insecure %s", insecure)
	}
}

// end writes what becomes of what a route takes.
func (g *generator) end(mode string, bytes bool, p port, backends []backend) {
	if g.one(4) {
		g.line("    allow %s", pick(g, "192.0.2.0/24", "10.0.0.0/8, 198.51.100.0/24"))
	}
	if !bytes && mode != "reencrypt" && g.one(5) {
		g.line("    %s", pick(g, "answer 403", "answer 404", "answer close", "redirect location https://b.test/ 301", "redirect prefix https://b.test", "redirect scheme https", "redirect location /cart"))
		return
	}
	speaks := map[string][]string{"none": {"http", "h2c"}, "edge": {"http", "h2c"}, "reencrypt": {"https"}, "passthrough": {"https", "tls"}}[mode]
	if p.kind == "tcp" && mode != "passthrough" {
		speaks = map[string][]string{"none": {"tcp", "tls", "https"}, "edge": {"tcp"}, "reencrypt": {"tls"}}[mode]
	}
	if bytes {
		speaks = []string{pick(g, speaks...)} // what is spoken behind a relay a configuration does not say
	}
	fit := slices.DeleteFunc(slices.Clone(backends), func(b backend) bool { return !slices.Contains(speaks, b.speaks) })
	if b := some(g, fit...); len(b) > 1 && g.one(2) {
		for _, t := range b {
			g.line("    to %s weight %d", t.name, pick(g, 1, 10, 90))
		}
	} else {
		g.line("    to %s", b[0].name)
	}
	for _, s := range []string{"send-proxy " + pick(g, "v1", "v2"), "balance " + pick(g, "leastconn", "source"), "timeout server " + pick(g, "5s", "10m")} {
		if g.one(8) {
			g.line("    %s", s)
		}
	}
	if bytes {
		return
	}
	for _, s := range []string{
		`header request set X-Forwarded-Proto "https"`, `header request set X-From "a b%"`, "header response delete Server", `header response set X-Frame-Options "DENY"`,
		"affinity cookie node", "hsts 365d", "rewrite " + pick(g, "/", "/new", "/new/"),
	} {
		if g.one(8) {
			g.line("    %s", s)
		}
	}
}

// request writes a request.
func (g *generator) request(i int, ports []port) {
	p := pick(g, ports...)
	host := strings.ReplaceAll(pick(g, append(slices.Clone(g.hosts), "else.test", "deep.shop.a.test")...), "*", pick(g, "x", "y"))
	g.line("request q%d {\n    from %s\n    via edge", i, pick(g, "browser", "browser", "partner", "bare"))
	path := pick(g, "/", "/cart", "/cart/items/1", "/api", "/x.png", "/a?v=2", "/old/cart")
	switch {
	case p.kind == "http":
		g.line("    %s http://%s:%d%s", pick(g, "get", "get", "post"), host, p.number, path)
	case p.kind == "tcp" && g.one(2):
		g.line("    connect %s://%s:%d", pick(g, "tls", "tcp"), host, p.number)
	default:
		g.line("    %s https://%s:%d%s", pick(g, "get", "get", "post"), host, p.number, path)
	}
	for _, s := range []string{`header X-Canary "green"`, `header Cookie "stage=beta"`, "sni " + pick(g, "none", "shop.a.test", "b.test")} {
		if g.one(5) && !(p.kind == "http" && strings.HasPrefix(s, "sni")) {
			g.line("    %s", s)
		}
	}
	g.line("}")
}

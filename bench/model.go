// Package bench makes models of any size from a seed, for benchmarks of every
// stage and for the comparison with other tools (bench/compare). The same shape
// and seed give the same text on every machine.
package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// Shape is what a generated model has. Each route has a host, a backend and a
// server of its own, and one of the four modes.
type Shape struct {
	Name     string
	Routes   int
	Shards   int // proxies that share the routes by a label of their namespaces
	Requests int // stated ones, for the first routes; 0: flowc derives one for each route
}

// The shapes of models that people write by hand.
var (
	Small   = Shape{Name: "small", Routes: 4, Shards: 1, Requests: 2}
	Typical = Shape{Name: "typical", Routes: 20, Shards: 2, Requests: 4}
)

// Fleet is the shape of a router with 20 shards, as a program writes it down:
// about 300 bytes for each route.
func Fleet(routes int) Shape {
	return Shape{Name: fmt.Sprintf("fleet-%d", routes), Routes: routes, Shards: 20}
}

// Seed is the seed of the models whose figures are written down.
const Seed = 20261101

// Model returns the text of a model of a shape. Every model of a seed is sound:
// a check finds nothing in it.
func Model(s Shape, seed uint64) string {
	var text strings.Builder
	if err := Write(&text, s, seed); err != nil {
		panic(err) // a builder takes everything
	}
	return text.String()
}

// Write writes what Model returns, piece by piece.
func Write(w io.Writer, s Shape, seed uint64) error {
	g := &generator{Writer: bufio.NewWriter(w), shape: s, random: rand.New(rand.NewPCG(seed, uint64(s.Routes)))}
	g.parties()
	for i := range s.Shards {
		g.shard(i)
	}
	for i := range s.Routes {
		g.route(i)
	}
	return g.Flush()
}

// generator writes a model.
type generator struct {
	*bufio.Writer
	shape  Shape
	random *rand.Rand
	asked  int // requests that are written
}

func (g *generator) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

func (g *generator) one(of []string) string { return of[g.random.IntN(len(of))] }

func (g *generator) parties() {
	g.line("date 2026-11-01\n")
	g.line("ca public-ca \"Public CA\"\nca service-ca \"Service CA\" {\n    private\n}\n")
	g.line("client browser \"Browser\" {\n    trust public-ca\n}\n")
}

// domain is where the hosts of a shard are.
func domain(shard int) string { return fmt.Sprintf("s%d.apps.example.test", shard) }

func (g *generator) shard(i int) {
	g.line("certificate wildcard-%d {\n    names *.%s\n    issuer public-ca\n}", i, domain(i))
	g.line("namespace team-%d {\n    labels shard=s%d\n}", i, i)
	g.line("proxy shard-%d \"Shard %d\" {\n    domain %s", i, i+1, domain(i))
	g.line("    admit namespaces shard=s%d\n    listen http :80", i)
	g.line("    listen https :443 {\n        certificate wildcard-%d\n    }\n}\n", i)
}

// What applications are called, alone and with a second word.
var (
	nouns  = []string{"shop", "cart", "billing", "search", "login", "catalogue", "stock", "mail", "reports", "media", "ledger", "profile", "gateway", "events", "quotes"}
	others = []string{"api", "web", "admin", "v2", "internal", "public", "eu", "batch"}
	about  = []string{"owned by the platform team", "moves to the new cluster", "see the runbook", "one server is enough"}
	modes  = []string{"none", "edge", "reencrypt", "passthrough"}
)

// route writes a route, with its backend and, where a server ends TLS, the
// certificate of that.
func (g *generator) route(i int) {
	shard, mode := g.random.IntN(g.shape.Shards), g.one(modes)
	name := fmt.Sprintf("%s-%s-%d", g.one(nouns), g.one(others), i)
	host := name + "." + domain(shard)
	service := fmt.Sprintf("%s.team-%d.svc", name, shard)
	speaks, tls, scheme := "http", mode, "https"
	switch mode {
	case "none":
		scheme = "http"
	case "reencrypt":
		tls = fmt.Sprintf("reencrypt {\n        trust service-ca\n        name %s\n    }", service)
		speaks = g.certificate(name, service, "service-ca")
	case "passthrough":
		speaks = g.certificate(name, host, "public-ca")
	}
	if g.random.IntN(8) == 0 {
		g.line("# %s", g.one(about))
	}
	g.line("backend %s {\n    speaks %s", name, speaks)
	for s := range 1 + g.random.IntN(3)/2 {
		g.line("    server %s-%d 10.%d.%d.%d:%d", name, s, i>>14, i>>6&255, i&63*4+s, 8000+g.random.IntN(1000))
	}
	g.line("}\nroute team-%d/%s {\n    host %s\n    tls %s\n    to %s\n}", shard, name, host, tls, name)
	if g.asked < g.shape.Requests {
		g.asked++
		g.line("request to-%s {\n    from browser\n    get %s://%s/\n    expect 200\n}", name, scheme, host)
	}
}

// certificate writes a server's certificate, and returns what the server speaks.
func (g *generator) certificate(name, host, issuer string) string {
	g.line("certificate %s {\n    names %s\n    issuer %s\n}", name, host, issuer)
	return fmt.Sprintf("https { certificate %s }", name)
}

// Exchanges is a model with one request, which is sent so many times over kept
// connections through a chain of proxies: its lifecycle has ten messages of
// HTTP for each time.
func Exchanges(times int) string {
	const proxies = 4
	var b strings.Builder
	b.WriteString("client browser\n")
	for i := range proxies {
		fmt.Fprintf(&b, "proxy p%d {\n    listen https :443\n}\n", i)
		if i < proxies-1 {
			fmt.Fprintf(&b, "route on-%d on p%d {\n    tls reencrypt\n    to p%d\n}\n", i, i, i+1)
		}
	}
	fmt.Fprintf(&b, "backend shop {\n    server shop-1 10.0.0.1:8443\n}\n")
	fmt.Fprintf(&b, "route shop on p%d {\n    host shop.example.test\n    tls reencrypt {\n        name shop.svc\n    }\n    to shop\n}\n", proxies-1)
	fmt.Fprintf(&b, "request many {\n    from browser\n    get https://shop.example.test/\n    times %d\n}\n", times)
	return b.String()
}

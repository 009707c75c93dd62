package pipeline

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// fleets is how many models of proxies that nobody wrote are looked at.
const fleets = 400

// fleet writes a model of proxies in a chain, with several of everything.
type fleet struct {
	strings.Builder
	one  func(name string, of ...string) string
	http [4]bool // of each proxy: it has a port for plaintext
}

// anyFleet draws one: up to four proxies, clients with and without certificates,
// relays and proxies that end TLS, several targets of each route, servers in any
// state. Most of what can be stated is left out of most models, so that a fault is
// not hidden by another one.
func anyFleet(t *rapid.T) string {
	f := &fleet{one: func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }}
	f.WriteString(`date 2026-11-01
ca web
ca staff private
ca mesh private
certificate staff-1 { issuer staff }
certificate mesh-1 { issuer mesh }
certificate wild { names *.example.test }
certificate other { names other.test }
certificate old {
    names *.example.test
    valid ..2026-01-31
}
certificate inside {
    names *.example.test, inside.test
    issuer mesh
}
`)
	n := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(t, name) }
	for i := range n("clients", 1, 3) {
		f.client(i)
	}
	depth := n("proxies", 1, 4)
	for i := range depth {
		f.http[i] = i == 0 || f.seldom(8, "no http") == ""
	}
	for i := range depth {
		f.proxy(i, depth)
	}
	for i := range n("routes", 1, 3) {
		f.route(i, depth-1)
	}
	for _, i := range []string{"0", "1", "2", "9"} {
		f.backend(i)
	}
	for i := range n("requests", 0, 2) {
		f.request(i)
	}
	return f.String()
}

// seldom is the line, once in as many times.
func (f *fleet) seldom(times int, line ...string) string {
	return f.one(line[0], append(make([]string, times-len(line), times), line...)...)
}

func (f *fleet) client(i int) {
	fmt.Fprintf(f, "client c%d {\n%s%s%s%s%s%s}\n", i,
		f.one("address", "", "    address 192.0.2.7\n", "    address 203.0.113.7\n"),
		f.seldom(3, "    certificate staff-1\n"),
		f.seldom(10, "    trust web\n", "    trust mesh\n"),
		f.seldom(12, "    tls 1.2\n", "    tls 1.3\n"),
		f.seldom(12, "    alpn h2\n", "    alpn h2, http/1.1\n"),
		f.seldom(9, "    groups x25519\n", "    groups secp384r1\n", "    send-proxy v1\n"))
}

func (f *fleet) ending() string {
	return f.one("certificate", "", "        certificate wild\n", "        certificate wild\n", "        certificate inside\n", "        certificate other\n", "        certificate old\n") +
		f.seldom(6, "        client-certificate required staff\n") +
		f.seldom(12, "        tls 1.2\n", "        tls 1.3\n") +
		f.seldom(12, "        alpn h2\n", "        alpn h2, http/1.1\n") +
		f.seldom(6, "        groups x25519\n", "        groups secp384r1\n") +
		f.seldom(8, "        strict-sni\n")
}

func (f *fleet) proxy(i, depth int) {
	last := i == depth-1
	kind := "https"
	if !last {
		kind = f.one("kind", "tcp", "tcp", "https")
	}
	inside := ""
	if kind == "https" {
		inside = f.ending()
	}
	takes := ""
	if i > 0 {
		takes = f.seldom(6, "accept-proxy")
	}
	listen := func(kind string, port int, inside string) {
		if takes != "" {
			inside += "        accept-proxy\n"
		}
		if inside == "" {
			fmt.Fprintf(f, "    listen %s :%d\n", kind, port)
			return
		}
		fmt.Fprintf(f, "    listen %s :%d {\n%s    }\n", kind, port, inside)
	}
	fmt.Fprintf(f, "proxy p%d {\n%s%s", i, f.seldom(3, "    trust mesh\n"), f.seldom(4, "    certificate staff-1\n", "    certificate mesh-1\n"))
	if f.http[i] {
		listen("http", 80, "")
	}
	listen(kind, 443, inside)
	f.WriteString("}\n")
	if last {
		return
	}
	mode := ""
	if kind == "https" {
		mode = f.one("onward", "    tls reencrypt\n", "    tls reencrypt {\n        sni host\n"+f.upstream()+"    }\n", "    tls edge\n")
		mode += f.seldom(4, "    insecure redirect\n", "    insecure allow\n")
	}
	port := f.one("port", "", ":443", ":443", ":80")
	if port == ":80" && !f.http[i+1] {
		port = ""
	}
	fmt.Fprintf(f, "route on-%d on p%d {\n%s%s%s    to p%d%s\n", i, i,
		f.seldom(4, "    host *.example.test\n", "    host a.example.test\n"), mode,
		f.seldom(6, "    send-proxy v2\n"), i+1, port)
	if i < depth-2 && f.one("two targets", "", "yes") != "" {
		fmt.Fprintf(f, "    to p%d:443\n", depth-1)
	}
	f.WriteString("}\n")
}

func (f *fleet) upstream() string {
	return f.seldom(4, "        name inside.test\n") + f.seldom(4, "        trust mesh\n") +
		f.seldom(8, "        tls 1.2\n", "        tls 1.3\n") + f.seldom(8, "        alpn h2\n", "        verify none\n")
}

func (f *fleet) route(i, at int) {
	mode := f.one("mode", "none", "edge", "edge", "reencrypt", "passthrough")
	if mode == "reencrypt" {
		mode += " {\n" + f.one("sni", "", "        sni host\n", "        sni inside.test\n") + f.upstream() + "    }"
	}
	fmt.Fprintf(f, "route r%d on p%d {\n    host %s.example.test\n%s    tls %s\n%s%s", i, at, string(rune('a'+i)),
		f.seldom(6, "    path /cart\n"), mode,
		f.one("insecure", "", "    insecure redirect\n", "    insecure allow\n"),
		f.seldom(4, "    allow 192.0.2.0/24\n"))
	if mode == "edge" {
		f.WriteString(f.seldom(6, "    client-certificate required staff\n    without-certificate 421\n", "    client-certificate optional staff\n    without-certificate 403\n"))
	}
	fmt.Fprintf(f, "%s    to b%d\n%s}\n", f.seldom(8, "    send-proxy v1\n"), i, f.one("second", "", "    to b9\n"))
}

func (f *fleet) backend(i string) {
	speaks := f.one("speaks", "", "", "https", "http", "tls")
	switch speaks {
	case "https", "tls":
		speaks = "    speaks " + speaks + " {\n" + f.one("certificate", "", "        certificate inside\n", "        certificate other\n", "        certificate old\n") +
			f.seldom(6, "        client-certificate required mesh\n") + f.seldom(12, "        tls 1.2\n", "        tls 1.3\n") +
			f.seldom(8, "        strict-sni\n") + f.seldom(8, "        alpn h2\n") + "    }\n"
	case "http":
		speaks = "    speaks http\n"
	}
	fmt.Fprintf(f, "backend b%s {\n%s%s    server s%s%s\n}\n", i, speaks, f.seldom(8, "    accept-proxy\n"), i, f.one("state", "", "", "", "", " down", " refuses", " silent"))
}

func (f *fleet) request(i int) {
	fmt.Fprintf(f, "request q%d {\n    from c0\n    get %s://%s.example.test%s%s\n%s%s}\n", i, f.one("scheme", "http", "https", "https"),
		f.one("host", "a", "b", "z"), f.seldom(12, ":8443"), f.one("path", "/", "/cart"), f.seldom(6, "    follow\n", "    sni none\n"),
		f.one("expect", "", "    expect 503\n", "    expect close\n", "    expect 200\n"))
}

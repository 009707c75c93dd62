package pipeline

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/internal/corpus"
)

// BenchmarkCheckRoutes checks models of growing size. The metrics are the time
// for one route, which must stay about the same, and the ratio to reading the
// same text, which takes turns with it.
func BenchmarkCheckRoutes(b *testing.B) {
	shapes := []struct {
		name string
		text func(n int) string
	}{
		{"hosts", manyHosts}, {"requests", manyRequests}, {"paths", manyPaths}, {"h2", manyOnH2}, {"after", manyAfter},
		{"matches", manyMatches}, {"conditions", manyConditions}, {"certificates", manyCertificates}, {"proxies", manyProxies}, {"fleet", corpus.Fleet},
	}
	for _, shape := range shapes {
		sizes := []int{100, 1000, 10_000}
		if shape.name == "fleet" {
			sizes = append(sizes, 100_000)
		}
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/routes=%d", shape.name, n), func(b *testing.B) {
				text := shape.text(n)
				var load, check time.Duration
				for b.Loop() {
					start := time.Now()
					m := LoadText("large.flow", text)
					loaded := time.Now()
					m.Compile()
					load, check = load+loaded.Sub(start), check+time.Since(loaded)
					if !m.Drawable() {
						b.Fatal(m.Findings)
					}
				}
				b.ReportMetric(float64(check.Nanoseconds())/float64(b.N*n), "ns/route")
				b.ReportMetric(float64(check)/float64(load), "x-load")
			})
		}
	}
}

// BenchmarkCheckDoubled checks models that have much of one thing, and models of
// twice as much in turns with them: x-half is the ratio of the two, about 2 where
// the time is linear.
func BenchmarkCheckDoubled(b *testing.B) {
	for _, shape := range []struct {
		name string
		n    int
		text func(n int) string
	}{
		{"hosts", 4000, manyHosts},
		{"paths", 4000, manyPaths},
		{"h2", 4000, manyOnH2},
		{"after", 2000, manyAfter},
		{"matches", 4000, manyMatches},
		{"conditions", 4000, manyConditions},
		{"values", 4000, within("route a {\n host a.example.test\n path exact /", "r%d, /", "r\n tls edge\n to b\n}\n")},
		{"several", 4000, within("route a {\n host a.example.test", ", h%d.example.test", "\n tls edge\n to b\n}\n")},
		{"certificates", 4000, manyCertificates},
		{"proxies", 4000, manyProxies},
		{"comments", 40_000, func(n int) string { return manyHosts(10) + strings.Repeat("# a comment\n", n) }},
		{"waivers", 40_000, func(n int) string {
			return manyHosts(10) + "# flowc:ignore FL201: none\n" + strings.Repeat("# a comment\n", n)
		}},
		{"brace", 4000, func(n int) string { return manyHosts(n) + "route open {\n" }},
		{"chain", 200, chainOf},
		{"clients", 4000, each("client c%d\n")},
		{"requests", 4000, each("request q%d { get https://a.example.test/%[1]d }\n")},
		{"names", 20_000, within("certificate c { names a.test", ", h%d.test", " }\n")},
		{"certificates-names", 400, manyCertificateNames},
		{"targets", 4000, manyTargets},
		{"allow", 20_000, within("route a {\n host a.example.test\n tls edge\n to b\n", " allow 10.1.2.3/%d\n", "}\n")},
		{"zones", 8000, each("zone z%d trusted\n")},
		{"cas", 8000, each("ca k%d\n")},
		{"listens", 2000, within("proxy p {\n", " listen tcp :1%04d\n", "}\nroute a {\n host a.example.test\n to b\n}\n")},
		{"servers", 4000, within("backend s {\n", " server s%d 10.0.0.1:80 down\n", "}\nroute a { to s }\n")},
		{"terms", 1000, manyTerms},
	} {
		b.Run(shape.name, func(b *testing.B) {
			var of [2]time.Duration
			half, whole := shape.text(shape.n), shape.text(2*shape.n)
			for b.Loop() {
				for i, text := range []string{half, whole} {
					start := time.Now()
					LoadText("large.flow", text).Compile()
					of[i] += time.Since(start)
				}
			}
			b.ReportMetric(float64(of[1])/float64(of[0]), "x-half")
		})
	}
}

// BenchmarkCheckBroken checks a model of 10,000 routes in which something is
// broken, in turns with the whole one: x-whole is the ratio of the two.
func BenchmarkCheckBroken(b *testing.B) {
	whole := manyHosts(10_000)
	for _, c := range []struct{ name, old, broken string }{
		{"brace", "tls edge\n    to b4998\n}", "tls edge\n    to b4998\n"},
		{"name", "to b4998\n", "to b4998x\nbackend b4998\n"},
		{"word", "tls edge\n    to b4998\n", "tls egde\n    to b4998\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			broken := strings.Replace(whole, c.old, c.broken, 1)
			if broken == whole {
				b.Fatal("nothing is broken")
			}
			var of [2]time.Duration
			for b.Loop() {
				for i, text := range []string{whole, broken} {
					start := time.Now()
					m := LoadText("large.flow", text)
					m.Compile()
					of[i] += time.Since(start)
					if m.Drawable() != (i == 0) {
						b.Fatal(m.Findings)
					}
				}
			}
			b.ReportMetric(float64(of[1])/float64(of[0]), "x-whole")
		})
	}
}

// manyHosts has a host for each route, and derived requests.
func manyHosts(n int) string {
	return "proxy haproxy {\n    listen http :80\n    listen https :443\n}\n" + routes(n, "    host h%d.apps.example.test\n")
}

// manyRequests has a request for each route, behind another proxy.
func manyRequests(n int) string {
	var b strings.Builder
	b.WriteString("client browser\nproxy outer {\n    listen tcp :443\n}\nroute relay on outer {\n    to haproxy\n}\n")
	b.WriteString("proxy haproxy {\n    listen https :443\n    admit all\n}\n")
	b.WriteString(routes(n, "    host h%d.apps.example.test\n"))
	for i := range n {
		fmt.Fprintf(&b, "request q%d {\n    get https://h%d.apps.example.test/\n    expect 200\n}\n", i, i)
	}
	return b.String()
}

// manyPaths has one host, and a path for each route.
func manyPaths(n int) string {
	return strings.ReplaceAll(routes(n, "    host apps.example.test\n    path /p%d\n"), "tls passthrough", "tls edge")
}

// manyAfter has a request for each route, after the one before.
func manyAfter(n int) string {
	text, i := manyRequests(n), 0
	return regexp.MustCompile(`(?m)^request .*\n`).ReplaceAllStringFunc(text, func(head string) string {
		if i++; i > 1 {
			head += fmt.Sprintf("    after q%d\n", i-2)
		}
		return head
	})
}

// manyMatches has one host, and a match for each route.
func manyMatches(n int) string {
	text := routes(n, "    host apps.example.test\n    match header X-Tenant \"%d\"\n")
	return strings.ReplaceAll(text, "tls passthrough", "tls edge")
}

// manyConditions has one host, and a whole path, or the beginning of one, and a method for
// each route.
func manyConditions(n int) string {
	text := routes(n, "    host apps.example.test\n    path exact /p%d\n    match method POST, GET\n")
	return strings.ReplaceAll(strings.ReplaceAll(text, "tls passthrough", "tls edge"), "exact /p1", "begins /b1")
}

// manyCertificates has a certificate for each host, all of them on one port.
func manyCertificates(n int) string {
	var b, names strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "certificate c%d {\n    names h%d.apps.example.test\n}\n", i, i)
		fmt.Fprintf(&names, ", c%d", i)
	}
	port := "    listen https :443 {\n        certificate " + names.String()[2:] + "\n    }\n"
	return b.String() + "proxy haproxy {\n" + port + "}\n" + routes(n, "    host h%d.apps.example.test\n")
}

// manyProxies has a proxy with a domain for each route, which admits it by a label.
func manyProxies(n int) string {
	var b strings.Builder
	b.WriteString("backend b\n")
	for i := range n {
		fmt.Fprintf(&b, "proxy p%d {\n    domain d%d.example.test\n    admit shard=s%d\n    listen https :443\n}\n", i, i, i)
		fmt.Fprintf(&b, "route r%d {\n    host app.d%d.example.test\n    labels shard=s%d\n    tls edge\n    to b\n}\n", i, i, i)
	}
	return b.String()
}

// each has one line for each, beside a small model.
func each(line string) func(n int) string { return within("", line, "") }

// within has a line for each inside of something, beside a small model.
func within(before, line, after string) func(n int) string {
	return func(n int) string {
		var b strings.Builder
		b.WriteString("backend b\n" + before)
		for i := range n {
			if strings.HasSuffix(line, "/%d\n") {
				i %= 33
			}
			fmt.Fprintf(&b, line, i)
		}
		return b.String() + after + "route www {\n    host www.example.test\n    tls edge\n    to b\n}\n"
	}
}

// chainOf has as many proxies, each of which relays to the next one.
func chainOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "proxy p%d { listen tcp :443 }\nroute r%d on p%d { to p%d }\n", i, i, i, i+1)
	}
	fmt.Fprintf(&b, "backend b\nproxy p%d { listen https :443 }\nroute www on p%d {\n    host www.example.test\n    tls edge\n    to b\n}\n", n, n)
	return b.String()
}

// manyCertificateNames has as many certificates of as many names.
func manyCertificateNames(n int) string {
	var b, all strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "certificate c%d { names n.c%d.test", i, i)
		for k := range 60 {
			fmt.Fprintf(&b, ", n%d.c%d.test", k, i)
		}
		b.WriteString(" }\n")
		fmt.Fprintf(&all, ", c%d", i)
	}
	return b.String() + "proxy p {\n    listen https :443 {\n        certificate " + all.String()[2:] + "\n    }\n}\n" + routes(n, "    host n.c%d.test\n")
}

// manyTargets has a route with as many targets.
func manyTargets(n int) string {
	var b, to strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "backend t%d\n", i)
		fmt.Fprintf(&to, "    to t%d\n", i)
	}
	return b.String() + "route www {\n    host www.example.test\n    tls edge\n" + to.String() + "}\n"
}

// manyTerms has one host whose last route has terms of its own.
func manyTerms(n int) string {
	return manyPaths(n) + "route z {\n    host apps.example.test\n    path /z\n    tls edge\n    client-certificate optional\n    to b0\n}\n"
}

// manyOnH2 has a port that agrees on h2, with a certificate for all hosts.
func manyOnH2(n int) string {
	return "certificate wild {\n    names *.apps.example.test\n}\n" +
		"proxy haproxy {\n    listen https :443 {\n        certificate wild\n        alpn h2\n    }\n}\n" +
		routes(n, "    host h%d.apps.example.test\n")
}

// routes are n routes by turns in each TLS mode, each to a backend of its own;
// what tells them apart has one number in it.
func routes(n int, own string) string {
	var b strings.Builder
	for i := range n {
		mode := []string{"edge", "reencrypt", "passthrough"}[i%3]
		fmt.Fprintf(&b, "route r%d {\n"+own+"    tls %s\n    to b%d\n}\n", i, i, mode, i)
	}
	return b.String()
}

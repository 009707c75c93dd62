package resolve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// BenchmarkResolve resolves models of growing size; the time must grow with it
// and no faster.
func BenchmarkResolve(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		text := large(n)
		f, list := grammar.Parse(source.NewFile("large.flow", text))
		if len(list) > 0 {
			b.Fatal(write(list))
		}
		for _, stated := range []bool{true, false} {
			if !stated {
				text, _, _ = strings.Cut(text, "request ")
				f, _ = grammar.Parse(source.NewFile("large.flow", text))
			}
			b.Run(fmt.Sprintf("routes=%d/requests=%t", n, stated), func(b *testing.B) {
				for b.Loop() {
					if _, list := complete("large", f, nil); len(list) > 0 {
						b.Fatal(write(list))
					}
				}
			})
		}
	}
}

// large is a model of n routes, as many backends of two servers, two chained
// proxies and n requests, each after the one before.
func large(n int) string {
	var b strings.Builder
	b.WriteString("client browser\nproxy outer { listen tcp :443 }\nproxy haproxy {\n    listen https :443\n    admit all\n}\nroute relay on outer { to haproxy }\n")
	for i := range n {
		fmt.Fprintf(&b, "backend b%d { server s%d, t%d }\nroute r%d {\n    host h%d.test\n    tls edge\n    to b%d\n}\n", i, i, i, i, i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "request q%d {\n    get https://h%d.test/\n    expect 200 from s%d\n", i, i, i)
		if i > 0 {
			fmt.Fprintf(&b, "    after q%d\n", i-1)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

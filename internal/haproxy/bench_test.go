package haproxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// manyBackends is a configuration of n backends, each chosen by a host.
func manyBackends(n int) string {
	var b strings.Builder
	b.WriteString("defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n")
	b.WriteString("frontend web\n  bind :80\n  bind :443 ssl crt /etc/ssl/site.pem\n  redirect scheme https if !{ ssl_fc }\n")
	for i := range n {
		fmt.Fprintf(&b, "  use_backend be_%d if { req.hdr(host) -i app%d.example.com }\n", i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, "backend be_%d\n  http-request set-header X-Number %d\n  server s1 10.%d.%d.1:8080 check\n  server s2 10.%d.%d.2:8080 check backup\n", i, i, i/250, i%250, i/250, i%250)
	}
	return b.String()
}

// BenchmarkBackends reads and checks configurations, one of them twice as large: the time
// of each backend is to stay the same.
func BenchmarkBackends(b *testing.B) {
	for _, n := range []int{5000, 10000} {
		text := manyBackends(n)
		draft := func() *flow.Draft {
			m, err := haproxy.End.Read(b.Context(), front.Input{Path: "haproxy.cfg", Read: func(string) ([]byte, error) { return []byte(text), nil }})
			if err != nil {
				b.Fatal(err)
			}
			d, _, err := m.Draft(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			return d
		}
		b.Run(fmt.Sprintf("read/%d", n), func(b *testing.B) {
			for b.Loop() {
				draft()
			}
		})
		b.Run(fmt.Sprintf("check/%d", n), func(b *testing.B) {
			for b.Loop() {
				topology, _ := flow.Complete(draft())
				check.Run(topology, flow.NewCache(topology))
			}
		})
	}
}

// BenchmarkMap reads configurations that choose their backends by a map.
func BenchmarkMap(b *testing.B) {
	for _, n := range []int{5000, 10000} {
		var hosts, text strings.Builder
		text.WriteString("defaults\n  mode http\nfrontend web\n  bind :80\n")
		text.WriteString("  use_backend %[req.hdr(host),lower,map(hosts.map)] if { req.hdr(host),lower,map(hosts.map) -m found }\n  default_backend be_0\n")
		for i := range n {
			fmt.Fprintf(&text, "backend be_%d\n  server s1 10.0.%d.%d:80\n", i, i/250, i%250)
			fmt.Fprintf(&hosts, "app%d.example.com be_%d\n", i, i)
		}
		files := map[string]string{"haproxy.cfg": text.String(), "hosts.map": hosts.String()}
		open := func(path string) ([]byte, error) { return []byte(files[path]), nil }
		b.Run(fmt.Sprintf("read/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := haproxy.End.Read(b.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

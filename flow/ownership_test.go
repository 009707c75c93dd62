package flow_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// TestForeignRoutesAreRefused: a route whose host belongs to another namespace is on no
// proxy, and takes no request.
func TestForeignRoutesAreRefused(t *testing.T) {
	t.Parallel()
	const two = "proxy one {\n domain one.test\n admit shard=one\n}\nproxy two {\n domain two.test\n admit shard=two\n}\n"
	for _, c := range []struct{ name, proxies, routes, url, taken, refused string }{
		{"another path", "proxy haproxy\n", "shop/web:a.test; pay/pay:a.test/pay", "http://a.test/pay", "shop/web", "pay/pay by haproxy for shop/web"},
		{"the older one owns", "proxy haproxy\n", "shop/web:a.test@2026; pay/pay:a.test/pay@2025", "http://a.test/", "", "shop/web by haproxy for pay/pay"},
		{"one with a date is older", "proxy haproxy\n", "shop/web:a.test; pay/pay:a.test/pay@2025", "http://a.test/pay", "pay/pay", "shop/web by haproxy for pay/pay"},
		{"a wildcard owns what is beneath it", "proxy haproxy\n", "all/any:*.a.test; pay/pay:b.a.test", "http://b.a.test/", "all/any", "pay/pay by haproxy for all/any"},
		{"a host keeps a wildcard out", "proxy haproxy\n", "pay/pay:b.a.test; all/any:*.a.test", "http://c.a.test/", "", "all/any by haproxy for pay/pay"},
		{"in any letters", "proxy haproxy\n", "shop/web:a.test; pay/pay:A.test/pay", "http://a.test/pay", "shop/web", "pay/pay by haproxy for shop/web"},
		{"deeper is another host", "proxy haproxy\n", "all/any:*.a.test; pay/pay:c.b.a.test", "http://c.b.a.test/", "pay/pay", ""},
		{"without a namespace", "proxy haproxy\n", "web:a.test; pay/pay:a.test/pay; plain:a.test/plain", "http://a.test/plain", "plain", ""},
		{"one that is refused owns nothing", "proxy haproxy\n", "shop/web:a.test; pay/any:*.a.test; pay/pay:a.test/pay; all/b:b.a.test",
			"http://b.a.test/", "pay/any", "pay/pay by haproxy for shop/web; all/b by haproxy for pay/any"},
		{"on the same proxy only", two, "shop/web:a.one.test#one; pay/pay:a.one.test/pay#two", "http://a.one.test/", "shop/web", ""},
		{"on the proxy that both share", two, "shop/web:a.one.test#one; pay/pay:a.one.test/pay#one", "http://a.one.test/pay", "shop/web", "pay/pay by one for shop/web"},
	} {
		var b strings.Builder
		b.WriteString(c.proxies + "backend web { server web-1 }\n")
		for _, r := range strings.Split(c.routes, "; ") {
			name, host, _ := strings.Cut(r, ":")
			host, label, labelled := strings.Cut(host, "#")
			host, created, dated := strings.Cut(host, "@")
			host, path, below := strings.Cut(host, "/")
			b.WriteString("route " + name + " {\n host " + host + "\n to web\n")
			if below {
				b.WriteString(" path /" + path + "\n")
			}
			if dated {
				b.WriteString(" created " + created + "-01-01T00:00:00Z\n")
			}
			if labelled {
				b.WriteString(" labels shard=" + label + "\n")
			}
			b.WriteString("}\n")
		}
		b.WriteString("request ask { get " + c.url + " }\n")
		model := mustResolve(t, "namespaces", b.String())
		var refused []string
		for _, r := range model.Routes {
			for _, f := range r.Refused {
				refused = append(refused, r.Name+" by "+f.Proxy.Name+" for "+f.Owner.Name)
				if len(r.Proxies) > 0 {
					t.Errorf("%s: route %s is still on %s", c.name, r.Name, r.Proxies[0].Name)
				}
				if why := f.Proxy.Listeners[0].MismatchByRequest(r, flow.Head{Method: "GET", Host: "a.test", Path: "/"}); why != flow.MismatchRefused {
					t.Errorf("%s: route %s does not match for reason %d", c.name, r.Name, why)
				}
			}
		}
		taken := ""
		if r := flow.Derive(model, model.Requests[0]).Exchanges[0].Route; r != nil {
			taken = r.Name
		}
		if got := strings.Join(refused, "; "); got != c.refused || taken != c.taken {
			t.Errorf("%s: refused %q, taken %q; want %q, %q", c.name, got, taken, c.refused, c.taken)
		}
	}
}

// On a proxy with shared hosts, routes of several namespaces have one host.
func TestSharedHosts(t *testing.T) {
	for _, shared := range []bool{false, true} {
		p := &flow.ProxyDraft{Decl: flow.Decl{Name: "router"}}
		if shared {
			p.SharedHosts = flow.State(true, source.Span{})
		}
		route := func(name, path string) *flow.RouteDraft {
			r := &flow.RouteDraft{Decl: flow.Decl{Name: name}, Targets: []flow.TargetDraft{{To: flow.State("shop", source.Span{})}}}
			r.Host, r.Path = flow.State("shop.example.test", source.Span{}), flow.State(path, source.Span{})
			return r
		}
		top, mistakes := flow.Complete(&flow.Draft{Name: "m", Declarations: []flow.Declaration{p, &flow.BackendDraft{Decl: flow.Decl{Name: "shop"}}, route("a/shop", "/a"), route("b/shop", "/b")}})
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		if refused := len(top.Proxies[0].Refused); refused != map[bool]int{false: 1, true: 0}[shared] {
			t.Errorf("shared %v: %d are refused", shared, refused)
		}
	}
}

package grammar

import (
	"fmt"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/source"
)

// What words mean is read once, by their kind.
func TestValues(t *testing.T) {
	for _, tc := range []struct {
		place, line string
		want        ast.Value // of the last argument
	}{
		{"", "zone cluster", nil},
		{"", "title \"Shop\"", ast.Text{}},
		{"", "route hr/portal", ast.Member{Of: "hr", Name: "portal"}},
		{"", "route a on haproxy", nil},
		{"", "route a on haproxy:443", ast.Instance{Name: "haproxy", Port: 443}},
		{"certificate a", "names *.Apps.example.test", ast.Host("*.apps.example.test")},
		{"certificate a", "names 2001:0DB8::1", ast.Host("2001:db8::1")},
		{"certificate a", "valid ..2026-12-31", ast.Period{To: "2026-12-31"}},
		{"client a", "address 10.0.0.0/8", ast.Network("10.0.0.0/8")},
		{"client a", "address 2001:0db8::1", ast.Network("2001:db8::1")},
		{"client a", "tls 1.2..1.3", ast.Versions{Min: 0x0303, Max: 0x0304}},
		{"client a", "tls 1.0", ast.Versions{Min: 0x0301, Max: 0x0301}},
		{"proxy a", "listen https :443", ast.Address{Port: 443}},
		{"proxy a", "listen https [2001:DB8::1]:443", ast.Address{Host: "2001:db8::1", Port: 443}},
		{"proxy a", "timeout server 2m", ast.Millis(120_000)},
		{"proxy a", "retries 3", ast.Number(3)},
		{"proxy a", "balance random", nil},
		{"proxy a", "admit tier", ast.Term{Key: "tier", Op: "exists"}},
		{"proxy a", "admit !tier", ast.Term{Key: "tier", Op: "absent"}},
		{"proxy a", "admit tier!=web", ast.Term{Key: "tier", Op: "!=", Value: "web"}},
		{"backend a", "server b 10.0.1.11", ast.Address{Host: "10.0.1.11"}},
		{"backend a", "server b Web.svc:8443", ast.Address{Host: "web.svc", Port: 8443}},
		{"backend a", "server b :8443", ast.Address{Port: 8443}},
		{"route a", "labels tier=web", ast.Label{Key: "tier", Value: "web"}},
		{"route a", "created 2026-11-01T09:30:00.5Z", ast.Instant("2026-11-01T09:30:00Z")},
		{"route a", "insecure redirect 301", ast.Number(301)},
		{"request a", "body 64k", ast.Bytes(65_536)},
		{"request a", "get https://Shop.example.test", ast.URL{Scheme: "https", Host: "shop.example.test", Port: 443, Path: "/"}},
		{"request a", "get http://[2001:0db8::1]:8080/a%20b?c=d", ast.URL{Scheme: "http", Host: "2001:db8::1", Port: 8080, Path: "/a%20b?c=d"}},
		{"request a", "connect tcp://db.example.test:5432", ast.URL{Scheme: "tcp", Host: "db.example.test", Port: 5432, Path: "/"}},
		{"request a", "connect tls://db.example.test:5432", ast.URL{Scheme: "tls", Host: "db.example.test", Port: 5432, Path: "/"}},
		{"request a", "sni none", nil},
	} {
		text := tc.line + "\n"
		if tc.place != "" {
			text = tc.place + " {\n" + tc.line + "\n}\n"
		}
		file, found := Parse(source.NewFile("a.flow", text))
		for _, d := range found {
			t.Errorf("%s: %s", tc.line, d.Message)
		}
		st := file.Statements()[0]
		if tc.place != "" {
			st = st.Block.Statements()[0]
		}
		if got := st.Args[len(st.Args)-1].(*ast.Word).Value; got != tc.want {
			t.Errorf("%s means %#v, not %#v", tc.line, got, tc.want)
		}
	}
}

// What URLs do not say is told where it is.
func TestURLFaults(t *testing.T) {
	for _, tc := range []struct{ line, want string }{
		{"get https://a.test/%zz", `%zz "%zz" is not a valid escape of a URL`},
		{"get https://a.test/a%", `% "%" is not a valid escape of a URL`},
		{"get \"https://a.test/\x7f\"", ""},
		{"connect tls://a.test:1/b", `/b an endpoint has no path`},
		{"connect tcp://a.test:1/b", `/b an endpoint has no path`},
		{"connect tls://a.test:1?b", `?b an endpoint has no path`},
	} {
		_, found := Parse(source.NewFile("a.flow", "request a {\n"+tc.line+"\n}\n"))
		if len(found) != 1 {
			t.Errorf("%s: %d findings", tc.line, len(found))
			continue
		}
		if got := fmt.Sprintf("%s %s", found[0].At.Text(), found[0].Message); tc.want != "" && got != tc.want {
			t.Errorf("%s: %s", tc.line, got)
		}
	}
}

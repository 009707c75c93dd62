package haproxy_test

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// found are the messages of a code about a configuration.
func found(t *testing.T, code, text string) []string {
	t.Helper()
	top := completed(t, text)
	var out []string
	for _, d := range check.Run(top, flow.NewCache(top)) {
		if string(d.Code) == code {
			out = append(out, d.Message)
		}
	}
	return out
}

const timeouts = `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
`

// TestOneFindingOfALine reports a server line once, however many routes lead to it.
func TestOneFindingOfALine(t *testing.T) {
	front := timeouts + `frontend web
  bind :80
  use_backend app if { hdr(host) -i a.example.test }
  use_backend app if { hdr(host) -i b.example.test } { path_beg /b }
  use_backend app if { path_beg /c }
  default_backend app
backend app
`
	for _, tc := range []struct{ code, server, want string }{
		{"FL217", "\n  http-response set-header Strict-Transport-Security max-age=100", `routes "app", "app-2" and 2 others are served in plaintext, where clients ignore the HSTS header and go on in plaintext`},
		{"FL406", "ssl verify none", `routes "app", "app-2" and 2 others do not verify the server certificate: any server can answer`},
		{"FL407", "ssl verify required ca-file ours.pem", `routes "app", "app-2" and 2 others do not check the name in the server certificate: any server with a certificate of CA "ours" can answer`},
	} {
		if got := found(t, tc.code, front+"  server s1 10.0.0.1:8443 "+tc.server+"\n"); !slices.Equal(got, []string{tc.want}) {
			t.Errorf("%s: %q", tc.code, got)
		}
	}
}

// TestUnusedBesideUnread calls a backend unused where no rule leads to it, read or not.
func TestUnusedBesideUnread(t *testing.T) {
	unused := `no route leads to backend "idle": it gets no request`
	for _, tc := range []struct {
		name, rule string
		want       []string
	}{
		{"a rule that leads there", "use_backend idle if { nbsrv(app) lt 1 }", nil},
		{"a rule that leads elsewhere", "use_backend other if { nbsrv(app) lt 1 }", []string{unused}},
		{"a name that is computed", "use_backend %[lua.choose]", nil},
		{"a path that is computed", "http-request set-path /x%[path] if { path_beg /y }", []string{unused}},
		{"no rule that is not read", "", []string{unused}},
	} {
		got := found(t, "FL307", timeouts+"frontend web\n  bind :80\n  "+tc.rule+`
  default_backend app
backend app
  server s1 10.0.0.1:8080
backend other
  server s1 10.0.0.2:8080
backend idle
  server s1 10.0.0.3:8080
`)
		got = slices.DeleteFunc(got, func(s string) bool { return s == `no route leads to backend "other": it gets no request` })
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

// TestNothingFound reads what is sound: the findings were false once.
func TestNothingFound(t *testing.T) {
	for _, tc := range []struct{ name, text string }{
		{"a stage over loopback, not verified", `frontend web
  bind :80
  default_backend inner
backend inner
  server s 127.0.0.1:8443 ssl verify none
frontend inner
  bind 127.0.0.1:8443 ssl crt site.pem
  default_backend app
backend app
  server s1 10.0.0.1:8080
`},
		{"a stage over loopback, of every address", `frontend web
  bind :80
  default_backend inner
backend inner
  server s 127.0.0.1:8443 ssl verify none
frontend inner
  bind :8443 ssl crt site.pem
  default_backend app
backend app
  server s1 10.0.0.1:8080
`},
		{"another program over a socket", `frontend web
  bind :80
  default_backend app
backend app
  server s1 unix@/run/app.sock ssl verify none
  server s2 /run/app2.sock ssl verify none
`},
		{"a port that requires a client certificate", `frontend web
  bind :443 ssl crt site.pem ca-file partners.pem verify required
  default_backend app
backend app
  server s1 10.0.0.1:8080
`},
		{"an old version for old servers", `frontend web
  bind :80
  default_backend app
backend app
  server s1 10.0.0.1:8443 ssl verify required ca-file ca.pem verifyhost a.example.test ssl-min-ver TLSv1.1 ssl-max-ver TLSv1.1
`},
		{"TLS that begins behind a port for bytes", `frontend raw
  mode tcp
  bind :9000-9003
  timeout client 1h
  default_backend ldaps
backend ldaps
  mode tcp
  timeout server 1h
  server s1 10.0.0.1:636 ssl verify required ca-file ca.pem verifyhost a.example.test check
`},
		{"what is not TLS beside what is", `frontend web
  mode tcp
  bind :443
  timeout client 1h
  tcp-request inspect-delay 5s
  tcp-request content accept if { req.ssl_hello_type 1 }
  use_backend app if { req.ssl_sni -i a.example.test }
  default_backend other
backend app
  mode tcp
  timeout server 1h
  server s1 10.0.0.1:443
backend other
  mode tcp
  timeout server 1h
  server s1 10.0.0.2:22
`},
	} {
		top := completed(t, timeouts+"  timeout tunnel 1h\n"+tc.text)
		for _, d := range check.Run(top, flow.NewCache(top)) {
			if string(d.Code) != "FL215" { // it says that the version is old, and nothing else
				t.Errorf("%s: %s %s", tc.name, d.Code, d.Message)
			}
		}
	}
}

// TestAssumedCertificate assumes that whoever comes to a port has the certificate that it
// requires, and lists that.
func TestAssumedCertificate(t *testing.T) {
	top := completed(t, timeouts+`frontend web
  bind :443 ssl crt site.pem ca-file partners.pem verify required
  use_backend app if { hdr(host) -i a.example.test }
backend app
  server s1 10.0.0.1:8080
`)
	assumed := words.Assumed(top.Assumed)
	want := "client has a client certificate for ports that require one"
	if !slices.Contains(assumed, want) {
		t.Errorf("%q is not among %q", want, assumed)
	}
	if len(top.Requests) == 0 {
		t.Fatal("no request is derived")
	}
	for _, q := range top.Requests {
		lc := flow.Derive(top, q)
		if lc.Outcome.Fault != 0 || len(lc.Sessions) == 0 || lc.Sessions[0].ClientCert == nil {
			t.Errorf("%s: %v", q.Name, lc.Outcome)
		}
	}
}

// TestCapitals: what the converter lower gives is like no value with capitals, of tests and
// of maps (measured with 2.6.12).
func TestCapitals(t *testing.T) {
	for _, tc := range []struct {
		test string
		want int // routes
	}{
		{"req.hdr(host),lower B2.example.org", 1},
		{"req.hdr(host),lower -i B2.example.org", 2},
		{"req.hdr(host),lower b2.example.org", 2},
		{"path,lower -m beg /API", 1},
		{"path,lower -m reg ^/API", 2},
	} {
		top := completed(t, timeouts+"frontend web\n  bind :80\n  use_backend app if { "+tc.test+" }\n  default_backend other\nbackend app\n  server s 10.0.0.1:80\nbackend other\n  server s 10.0.0.2:80\n")
		if len(top.Routes) != tc.want {
			t.Errorf("%s: %d routes", tc.test, len(top.Routes))
		}
	}
}

// TestStandBy draws no way to a frontend that is only a backup of other servers.
func TestStandBy(t *testing.T) {
	for _, tc := range []struct {
		words string
		want  int // targets
	}{{"", 2}, {" backup", 1}, {" disabled", 1}} {
		top := completed(t, timeouts+`frontend web
  bind :80
  default_backend cache
backend cache
  server v1 10.0.0.1:6081
  server direct 127.0.0.1:8081`+tc.words+`
frontend direct
  bind 127.0.0.1:8081
  default_backend app
backend app
  server s1 10.0.0.2:8080
`)
		i := slices.IndexFunc(top.Routes, func(r *flow.Route) bool { return r.Name == "cache" })
		if got := len(top.Routes[i].Targets); got != tc.want {
			t.Errorf("%q: %d targets", tc.words, got)
		}
	}
}

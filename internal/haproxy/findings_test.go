package haproxy_test

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
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

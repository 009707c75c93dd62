package haproxy_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// TestRewrite says of a route that its path is replaced where HAProxy replaces that of all
// of its requests, and lists the rule where it does not. Routes take no other requests.
func TestRewrite(t *testing.T) {
	for _, tc := range []struct {
		name, cond, expr, to string
		rewrite, path        string
		listed               bool
	}{
		{"the path of the route", "if { path_reg ^/api(/.*)?$ }", "^/api(.*)$", `/v2\1`, "/v2", "/api", false},
		{"a path below that of the route", "if { path_reg ^/api(/.*)?$ }", "^/api/v1(.*)$", `/v2\1`, "", "/api", true},
		{"a path of a route for each", "", "^/api(.*)$", `/v2\1`, "", "", true},
		{"another path", "if { path_reg ^/app(/.*)?$ }", "^/api(.*)$", `/v2\1`, "", "/app", true},
		{"no path at its beginning", "if { path_reg ^/api(/.*)?$ }", "/api(.*)$", `/v2\1`, "", "/api", true},
	} {
		top := completed(t, timeouts+"frontend web\n  bind :80\n  use_backend app "+tc.cond+`
backend app
  http-request replace-path `+tc.expr+" "+tc.to+`
  server s1 10.0.0.1:8080
`)
		var r *flow.Route
		for _, x := range top.Routes {
			if x.Name == "app" {
				r = x
			}
		}
		if r.Rewrite.V != tc.rewrite || r.Path.V != tc.path || listed(top, "replace-path") != tc.listed {
			t.Errorf("%s: the path is %q, the rewrite %q, listed: %v", tc.name, r.Path.V, r.Rewrite.V, listed(top, "replace-path"))
		}
	}
}

// TestRewriteBeforeTheChoice: a path that is replaced before the choice may change where a
// request goes, if a rule behind asks for it.
func TestRewriteBeforeTheChoice(t *testing.T) {
	for _, tc := range []struct {
		name, behind, backend string
		want                  flow.UnmodelledKind
	}{
		{"hosts alone", "use_backend app if { hdr(host) -i a.example.test }", "", flow.LosesDetail},
		{"a path", "use_backend app if { path_beg /new }", "", flow.ChangesRouting},
		{"a path by its name", "acl new path_beg /new\n  use_backend app if new", "", flow.ChangesRouting},
		{"a path in the backend", "use_backend app if { hdr(host) -i a.example.test }", "http-request deny if { path /x }", flow.ChangesRouting},
		{"a map", "use_backend %[req.hdr(host),map(/m)]", "", flow.ChangesRouting},
	} {
		top := completed(t, timeouts+"frontend web\n  bind :80\n  http-request deny if { path /before }\n  http-request replace-path /old/(.*) /new/\\1\n  "+
			tc.behind+"\nbackend app\n  "+tc.backend+"\n  server s1 10.0.0.1:8080\n")
		for _, u := range top.Unmodelled {
			if strings.Contains(u.What, "replace-path") && u.Kind != tc.want {
				t.Errorf("%s: kind %d, and not %d", tc.name, u.Kind, tc.want)
			}
		}
		if !listed(top, "replace-path") {
			t.Errorf("%s: not listed", tc.name)
		}
	}
}

package haproxy_test

import (
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

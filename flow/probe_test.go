package flow_test

import (
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// TestProbes asks for routes behind proxies that change what is asked for, and at every
// proxy that serves a route.
func TestProbes(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"another Host", `
proxy front { listen https :443 }
proxy back { listen http :8080 }
route out on front {
    host shop.example.test
    tls edge
    header request set Host "shop.internal.test"
    to back:8080
}
route r on back {
    host shop.internal.test
    to shop
}`, []string{"front https://shop.example.test/"}},
		{"another path", `
proxy front { listen https :443 }
proxy back { listen http :8080 }
route out on front {
    host shop.example.test
    path /shop
    rewrite /
    tls edge
    to back:8080
}
route r on back {
    host shop.example.test
    path /cart
    to shop
}`, []string{"front https://shop.example.test/shop/cart"}},
		{"two proxies", `
proxy a { listen https :443 }
proxy b { listen https :443 }
route r on a, b {
    host shop.example.test
    tls edge
    to shop
}`, []string{"a https://shop.example.test/", "b https://shop.example.test/"}},
	} {
		top := topologyOf(t, tc.text)
		var got []string
		for _, r := range top.Routes {
			if r.Name != "r" {
				continue
			}
			for _, q := range flow.Probes(top, r, "https") {
				got = append(got, q.Via.Name+" "+q.Calls[0].URL())
				if lc := flow.Derive(top, q); lc.Outcome.Fault != flow.FaultNone || !lc.Takes(r) {
					t.Errorf("%s: %s does not come to the route", tc.name, got[len(got)-1])
				}
			}
		}
		if len(got) != len(tc.want) {
			t.Fatalf("%s: %q, want %q", tc.name, got, tc.want)
		}
		for i := range got {
			if got[i] != tc.want[i] {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		}
	}
}

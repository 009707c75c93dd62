package view_test

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// TestArrowsBeginWhereTheirConnectionsDo: an arrow of a topology begins at the
// node that opens its connection, also where one connection of a client leads to
// several proxies.
func TestArrowsBeginWhereTheirConnectionsDo(t *testing.T) {
	for name, x := range map[string]struct {
		model string
		want  []string
	}{
		// the relay sends a retry of the session to its other target
		"retry": {`
client c
proxy outer { listen https :443 }
proxy relay { listen tcp :443 }
proxy middle { listen tcp :443 }
proxy inner { listen https :443 }
route on on outer {
    tls reencrypt
    to relay:443
}
route over on relay {
    to middle:443
    to inner:443
}
route through on middle { to inner:443 }
route shop on inner {
    host shop.example.test
    tls passthrough
    to shop
}
backend shop { server s }
`, []string{"c > outer", "middle > inner", "outer > relay", "relay > inner", "relay > middle"}},
		// one connection of the client carries requests for two routes
		"calls": {`
client c
proxy outer { listen https :443 }
proxy left { listen http :80 }
proxy right { listen http :80 }
route a on outer {
    host shop.example.test
    path /a
    tls edge
    to left:80
}
route b on outer {
    host shop.example.test
    path /b
    tls edge
    to right:80
}
route left on left { to l }
route right on right { to r }
backend l { server s }
backend r { server s }
request both {
    get https://shop.example.test/a
    get https://shop.example.test/b
}
`, []string{"c > outer", "left > l", "outer > left", "outer > right", "right > r"}},
		// the second route is shown by what is supplied for the first, and by its own
		"supplied": {`
client c
proxy cdn { listen https :443 }
proxy origin {
    listen http :80
    listen https :443
}
route outer on cdn {
    host shop.example.test
    tls edge
    to origin:80
}
route shop on origin {
    host shop.example.test
    tls edge
    insecure allow
    to shop
}
backend shop { server s }
`, []string{"c > cdn", "c > origin", "cdn > origin", "origin > shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range project(t, parse(t, name, x.model), "topology", "").(*view.Flowchart).Edges {
				if arrow := e.From + " > " + e.To; !slices.Contains(got, arrow) {
					got = append(got, arrow)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, x.want) {
				t.Errorf("arrows %q, want %q", got, x.want)
			}
		})
	}
}

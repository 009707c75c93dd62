package verify

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// declarations are the top-level blocks of a model, without what is between.
var declarations = regexp.MustCompile(`(?ms)^[a-z][^\n{]*(?:\{[^\n]*\}$|\{.*?^\}$|$)`)

// backwards is a model with its declarations in the reverse order.
func backwards(model string) string {
	all := declarations.FindAllString(model, -1)
	slices.Reverse(all)
	return strings.Join(all, "\n")
}

// TestSeveralPlaces holds captures against models in which one address and port
// is the server of several backends, in both orders of the declarations.
func TestSeveralPlaces(t *testing.T) {
	for name, capture := range map[string]string{
		"two-backends-one-pod": "two-backends-one-pod",
		"two-backends-by-port": "four-clients",
	} {
		m := anyCase(t, name)
		c := anyCase(t, capture).read(t, false)
		for order, model := range map[string]string{"as declared": m.model, "backwards": backwards(m.model)} {
			r := hold(t, name, model, c)
			for _, x := range r.Results {
				if len(x.Departures) > 0 || len(x.Conns) != 2 || x.cmp.derived[x.Conns[1]].To.ID != "store/pod" {
					t.Errorf("%s, %s:\n%s", name, order, text(t, r))
				}
			}
			if len(r.Results) == 0 {
				t.Errorf("%s, %s: no exchange", name, order)
			}
		}
		// a model whose route leads nowhere near departs all the same
		other := strings.ReplaceAll(m.model, ":9443", ":9444")
		if r := hold(t, name, other, c); r.Agrees() {
			t.Errorf("%s agrees with servers on another port", name)
		}
	}
}

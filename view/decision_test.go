package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// TestDecisionTerms: what a route asks of its clients stands at its outcome, also of one
// that only relays; and TLS ends with the certificates of routes, too.
func TestDecisionTerms(t *testing.T) {
	c := project(t, parse(t, "terms", `
ca staff
certificate wildcard
certificate desk-own
client clerk { address 10.9.0.7 }
proxy nlb { listen tcp :443 }
proxy in {
    listen https :443 {
        certificate wildcard
        accept-proxy
    }
}
route all on nlb {
    to in
    send-proxy v2
    allow 10.9.0.0/16
}
route desk on in {
    host desk.example.test
    tls edge
    certificate desk-own
    client-certificate required staff
    without-certificate 421
    to desk
}
`), "decision", "").(*view.Flowchart)
	var said []string
	for _, g := range c.Groups {
		for _, b := range g.Boxes {
			said = append(said, b.Sub)
		}
	}
	for _, want := range []string{
		"only from 10.9.0.0/16, relays what comes, unread",
		"plaintext behind in, client certificate of staff required, 421 without one",
		"certificate wildcard and desk-own by SNI",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("%q is not said among %q", want, said)
		}
	}
}

// TestNothingElse: where a route takes every request, nothing else comes to the port, and
// no other outcome is drawn.
func TestNothingElse(t *testing.T) {
	const model = `
proxy haproxy { listen http :80 }
route api {
    path /api
    to api
}
route all {%s
    to all
}
`
	for conditions, others := range map[string]int{"": 0, "\n    match method GET": 1} {
		c := project(t, parse(t, "m", fmt.Sprintf(model, conditions)), "decision", "").(*view.Flowchart)
		found := 0
		for _, e := range c.Edges {
			if e.Label == "anything else" {
				found++
			}
		}
		if found != others {
			t.Errorf("with %q there are %d edges for anything else, want %d", conditions, found, others)
		}
	}
}

// TestWrittenOrder draws the answers of routes in the order in which they are tried, where
// the first that is written is taken, also of those that lead to one place.
func TestWrittenOrder(t *testing.T) {
	c := project(t, parse(t, "written", `
proxy lb {
    listen http :80
    order written
}
route metrics on lb {
    path exact /metrics
    answer 200
}
route asks on lb {
    match not header authorization
    answer 401
}
route page on lb {
    path /status
    answer 200
}
`), "decision", "").(*view.Flowchart)
	var said []string
	for _, e := range c.Edges {
		said = append(said, e.Label)
	}
	want := []string{"any host, path exact /metrics", "any host, not header authorization", "any host/status"}
	if i := slices.Index(said, want[0]); i < 0 || i+3 > len(said) || !slices.Equal(said[i:i+3], want) {
		t.Errorf("the answers are %q, want %q in this order", said, want)
	}
}

// TestAnswersInOrder: the answers of a question stand in the order in which they are tried. Those
// that lead to one place share a box only where none of the others between them is true of the same request.
func TestAnswersInOrder(t *testing.T) {
	const backends = "backend web\nbackend shop\n"
	for _, c := range []struct {
		name, model string
		want        []string
	}{
		{"a host between", "proxy p { listen http :80 }\nroute a on p { host a.test\nto web }\nroute b on p { host b.test\nto shop }\nroute c on p { host c.test\nto web }\n",
			[]string{"a.test > 1", "c.test > 1", "b.test > 2", "anything else > 3"}},
		{"any host last", "proxy p { listen http :80 }\nroute rest on p { to web }\nroute a on p { host a.test\nto web }\nroute b on p { host b.test\nto shop }\n",
			[]string{"a.test > 1", "b.test > 2", "any host > 3"}},
		{"a path of the host before", "proxy p { listen http :80 }\nroute b on p { host b.test\nto web }\nroute cart on p { host a.test\npath /cart\nto shop }\nroute a on p { host a.test\nto web }\n",
			[]string{"a.test/cart > 1", "b.test > 2", "a.test > 2", "anything else > 3"}},
		{"a wildcard between", "proxy p { listen http :80 }\nroute a on p { host a.test\nto web }\nroute wild on p { host *.test\nto shop }\nroute rest on p { to web }\n",
			[]string{"a.test > 1", "*.test > 2", "any host > 3"}},
		{"written", "proxy p { listen http :80\norder written }\nroute a on p { host a.test\nto web }\nroute b on p { host b.test\nto shop }\nroute c on p { host c.test\nto web }\nroute rest on p { to web }\n",
			[]string{"a.test > 1", "b.test > 2", "c.test > 3", "any host > 3"}},
		{"the answer to nothing else", "proxy p { listen http :80\norder written }\nroute a on p { host a.test\nanswer 503 }\nroute b on p { host b.test\nto shop }\n",
			[]string{"a.test > 1", "b.test > 2", "anything else > 3"}},
	} {
		chart := project(t, parse(t, "order", c.model+backends), "decision", "").(*view.Flowchart)
		places := map[string]int{}
		var got []string
		for _, e := range chart.Edges {
			if !strings.HasSuffix(e.From, " host") {
				continue
			}
			if places[e.To] == 0 {
				places[e.To] = len(places) + 1
			}
			got = append(got, fmt.Sprintf("%s > %d", e.Label, places[e.To]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

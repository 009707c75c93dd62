package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// places are the arrows of a topology, and where its marks stand: "a > b", "row of a".
func places(c *view.Flowchart) (arrows []string, marks map[string][]view.Mark) {
	marks = map[string][]view.Mark{}
	for _, e := range c.Edges {
		at := e.From + " > " + e.To
		arrows = append(arrows, at)
		marks[at] = append(marks[at], e.Marks...)
	}
	for _, g := range c.Groups {
		for _, b := range g.Boxes {
			for _, r := range b.Rows {
				marks[b.ID+"/"+r.ID] = append(marks[b.ID+"/"+r.ID], r.Marks...)
			}
		}
	}
	return arrows, marks
}

const allowBehindRelay = `
client visitor { address 198.51.100.7 }
client clerk { address 10.9.0.7 }
proxy nlb {
    listen tcp :443
    source 10.0.0.4
}
proxy haproxy { listen https :443 }
route all on nlb { to haproxy }
route admin on haproxy {
    host admin.example.test
    tls edge
    allow 10.9.0.0/16
    to admin
}
request snoop {
    from visitor
    get https://admin.example.test/
    via nlb
    expect close
}
request work {
    from clerk
    get https://admin.example.test/
    via haproxy
    expect 200
}
`

const strangerBehindRelay = `
ca staff private
certificate clerk { issuer staff }
client clerk { certificate clerk }
client stranger
proxy nlb { listen tcp :443 }
proxy in { listen https :443 { client-certificate optional staff } }
route all on nlb { to in }
route admin on in {
    host admin.example.test
    tls edge
    client-certificate required staff
    to admin
}
route www on in {
    host www.example.test
    tls edge
    to www
}
request visit {
    from stranger
    get https://www.example.test/
}
request work {
    from clerk
    get https://admin.example.test/
}
request intruder {
    from stranger
    get https://admin.example.test/
    expect alert certificate_required
}
`

const strayPlaintext = `
proxy lb {
    listen tcp :443
    listen tcp :80
    domain apps.example.test
}
proxy in-a {
    listen http :80
    listen https :443
}
proxy in-b { listen http :80 }
route tls on lb:443 { to in-a }
route plain on lb:80 { to in-b }
route a on in-a {
    host a.apps.example.test
    tls edge
    insecure redirect
    to app
}
request a { get https://a.apps.example.test/ }
`

const loopBehindCDN = `
proxy cdn { listen https :443 }
proxy origin {
    listen http :80
    listen https :443
}
route c on cdn {
    host shop.example.test
    tls edge
    to origin:80
}
route shop on origin {
    host shop.example.test
    tls edge
    insecure redirect
    to shop
}
request visit {
    get https://shop.example.test/
    follow
}
`

// TestFailingWays: what fails is drawn as far as it comes, with why at the place where
// it fails, also where the client has other arrows, and nowhere else.
func TestFailingWays(t *testing.T) {
	for name, x := range map[string]struct {
		model, arrow, at, says string
		expected               bool
	}{
		"allow":    {allowBehindRelay, "nlb > haproxy", "haproxy/route admin", "10.0.0.4 is not on the allow list", true},
		"stranger": {strangerBehindRelay, "nlb > in", "nlb > in", "stranger has none", true},
		"stray":    {strayPlaintext, "lb > in-b", "lb > in-b", "no route of in-b", false},
		"stray, as expected": {strayPlaintext + "request p {\n get http://a.apps.example.test/\n expect 503\n}\n",
			"lb > in-b", "lb > in-b", "no route of in-b", true},
		"loop": {loopBehindCDN, "cdn > origin", "origin/route shop", "origin redirects back", false},
	} {
		t.Run(name, func(t *testing.T) {
			arrows, marks := places(project(t, parse(t, name, x.model), "topology", "").(*view.Flowchart))
			if !slices.Contains(arrows, x.arrow) {
				t.Errorf("no arrow %s among %q", x.arrow, arrows)
			}
			for at, some := range marks {
				for _, m := range some {
					if at != x.at || !strings.Contains(m.Message, x.says) || m.Expected != x.expected {
						t.Errorf("at %s: %+v", at, m)
					}
				}
			}
			if len(marks[x.at]) != 1 {
				t.Errorf("at %s: %v", x.at, marks[x.at])
			}
		})
	}
}

// TestRelayOfWhatFails: a relay says that it relays what fails behind it, and a route
// that TLS and plaintext come to says what it does with TLS.
func TestRelayOfWhatFails(t *testing.T) {
	for _, x := range []struct{ model, row, note string }{
		{strings.ReplaceAll(allowBehindRelay, "expect close", ""), "route all", "relays T1, cannot read"},
		{allowBehindRelay, "route all", "relays T1, cannot read"},
		{strayPlaintext, "route plain", "relays plaintext"},
		{loopBehindCDN, "route shop", "ends T1"},
	} {
		for _, g := range project(t, parse(t, "relay", x.model), "topology", "").(*view.Flowchart).Groups {
			for _, b := range g.Boxes {
				for _, r := range b.Rows {
					if r.ID == x.row && r.Note != x.note {
						t.Errorf("%s of %s says %q, want %q", r.ID, b.ID, r.Note, x.note)
					}
				}
			}
		}
	}
}

// TestManyFailures: an arrow says a few faults and counts the others.
func TestManyFailures(t *testing.T) {
	var b strings.Builder
	b.WriteString(strayPlaintext)
	for i := range 9 {
		fmt.Fprintf(&b, "route r%d on in-a {\n host r%d.apps.example.test\n tls edge\n insecure redirect\n to app\n}\n", i, i)
	}
	_, marks := places(project(t, parse(t, "many", b.String()), "topology", "").(*view.Flowchart))
	at := marks["lb > in-b"]
	if len(at) != 4 || at[3].Message != "and 7 requests more" {
		t.Errorf("marks %v", at)
	}
}

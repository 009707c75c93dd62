package view_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// places are the arrows of a topology, and where its marks stand: "a > b", "row of a".
func places(c *view.Flowchart) (arrows []string, marks map[string][]view.Mark) {
	marks = map[string][]view.Mark{}
	fails := map[string]string{} // the arrows to the rows of what fails
	for _, e := range c.Edges {
		at := e.From + " > " + e.To
		arrows = append(arrows, at)
		marks[at] = append(marks[at], e.Marks...)
		if e.Fails && e.ToRow != "" {
			fails[e.To+"/"+e.ToRow] = at
		}
	}
	for _, g := range c.Groups {
		for _, b := range g.Boxes {
			for _, r := range b.Rows {
				if at := fails[b.ID+"/"+r.ID]; r.Fails && at != "" {
					marks[at] = append(marks[at], r.Marks...)
					continue
				}
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

var strayPlaintext = fmt.Sprintf(pastBalancer, "in-b") + `
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

// secondTargetRefused: the certificate of the route's second target is not trusted.
const secondTargetRefused = `
ca edge
ca lab { private }
certificate gate-one { issuer edge }
certificate gate-two { issuer lab }
proxy outer { listen https :443 }
proxy one { listen https :8443 { certificate gate-one } }
proxy two { listen https :8443 { certificate gate-two } }
route shop on outer {
    host shop.example.test
    tls reencrypt { trust edge }
    to one:8443
    to two:8443
}
route shop-one on one {
    host shop.example.test
    tls edge
    to shop
}
route shop-two on two {
    host shop.example.test
    tls edge
    to shop
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
		"target": {secondTargetRefused, "outer > two", "outer > two", "gate-two is signed by lab, which outer does not trust", false},
		"loop":   {loopBehindCDN, "cdn > origin", "origin/route shop", "origin redirects back", false},
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

// TestBrokenArrow: an arrow tells whether its session is established.
func TestBrokenArrow(t *testing.T) {
	for _, e := range project(t, parse(t, "broken", secondTargetRefused), "topology", "").(*view.Flowchart).Edges {
		if want := e.To == "two"; e.Broken != want {
			t.Errorf("%s > %s: broken %t, want %t", e.From, e.To, e.Broken, want)
		}
	}
}

// TestArrowOfSeveral: an arrow says all that its sessions agree on.
func TestArrowOfSeveral(t *testing.T) {
	c := project(t, parse(t, "several", `
client browser { alpn h2, http/1.1 }
proxy nlb { listen tcp :443 }
proxy in { listen https :443 { alpn h2, http/1.1 } }
route all on nlb { to in }
route shop on in {
    host shop.example.test
    tls edge
    to shop
}
route live on in {
    host live.example.test
    tls edge
    to shop
}
request buy { get https://shop.example.test/ }
request ws {
    get https://live.example.test/
    upgrade websocket
}
`), "topology", "").(*view.Flowchart)
	want := map[string]string{
		"nlb": ":443 T1 TLS 1.3 h2 or http/1.1", "route shop": ":443 T1 TLS 1.3 h2", "route live": ":443 T1 TLS 1.3 http/1.1",
	}
	for _, e := range c.Edges {
		for _, to := range []string{e.To, e.ToRow} {
			if want[to] != "" && e.Label != want[to] {
				t.Errorf("arrow to %s says %q, want %q", to, e.Label, want[to])
			}
			delete(want, to)
		}
	}
	if len(want) > 0 {
		t.Errorf("no arrow to %v", want)
	}
}

// TestFindingWhereItFails: a finding that explains why a course fails stands in the row
// where it does, also that of a route which the request does not get to.
func TestFindingWhereItFails(t *testing.T) {
	in := parse(t, "lost", strayPlaintext+"request lost { get http://a.apps.example.test/ }\n")
	var route, proxy = in.Topology.Routes[2], in.Topology.Proxies[2]
	in.Findings = []view.Finding{
		{Mark: view.Mark{Code: "FL900", Error: true}, At: route.At},
		{Mark: view.Mark{Code: "FL901", Error: true}, At: proxy.At},
		{Mark: view.Mark{Code: "FL902", Error: true}, At: proxy.At},
	}
	in.Explains = func(code string, fault flow.Fault) bool { return code != "FL902" && fault == flow.FaultNoRoute }
	at := map[string]string{}
	for _, r := range project(t, in, "sequence", "lost").(*view.Sequence).Panels[0].Rows {
		var marks []view.Mark
		switch r := r.(type) {
		case *view.MessageRow:
			marks = r.Marks
		case *view.ActionRow:
			marks = r.Marks
		}
		for _, m := range marks {
			at[m.Code] = fmt.Sprintf("%T with %d", r, len(marks))
		}
	}
	want := map[string]string{"": "*view.ActionRow with 3", "FL900": "*view.ActionRow with 3", "FL901": "*view.ActionRow with 3", "FL902": "*view.MessageRow with 1"}
	if !maps.Equal(at, want) {
		t.Errorf("marks %v, want %v", at, want)
	}
}

const relayForOffice = `
client browser { address 198.51.100.7 }
client alice
proxy lb { listen tcp 192.0.2.80:443 }
proxy office { listen tcp 192.0.2.90:443 }
proxy shard {
    listen https :443 { accept-proxy }
    domain apps.example.test
}
proxy inner { listen https :443 { accept-proxy } }
route all on lb {
    to shard
    send-proxy v2
}
route office on office {
    to inner
    send-proxy v2
    allow 203.0.113.0/24
}
route quotes on shard, inner {
    tls edge
    to quotes
}
request shop { get https://shop.apps.example.test/ }
`

// TestRelayAskedByBothSchemes: a relay is for TLS as for plaintext. What flowc asks for
// in the one that fails is not drawn where the other one comes through.
func TestRelayAskedByBothSchemes(t *testing.T) {
	_, marks := places(project(t, parse(t, "office", relayForOffice), "topology", "").(*view.Flowchart))
	for at, some := range marks {
		for _, m := range some {
			t.Errorf("at %s: %+v", at, m)
		}
	}
}

// TestClosedByRelay: a relay that closes what its allow list refuses does not end the session.
func TestClosedByRelay(t *testing.T) {
	text := relayForOffice + "request refused {\n from browser\n get https://a.example.test/\n via office\n expect close\n}\n" +
		"request work {\n from alice\n get https://a.example.test/\n via office\n}\n"
	noted := false
	for _, g := range project(t, parse(t, "closed", text), "topology", "").(*view.Flowchart).Groups {
		for _, b := range g.Boxes {
			for _, r := range b.Rows {
				if b.ID == "office" && r.ID == "route office" {
					noted = true
					if r.Note != "relays T1, cannot read; only from 203.0.113.0/24" {
						t.Errorf("the relay says %q", r.Note)
					}
				}
			}
		}
	}
	if !noted {
		t.Error("no row of the relay")
	}
}

// TestFailureBesideRedirect: that plaintext is redirected hides no arrow of a route whose servers refuse
// what it sends.
func TestFailureBesideRedirect(t *testing.T) {
	for _, modes := range [][2]string{{"edge", "https"}, {"reencrypt", "http"}, {"passthrough", "http"}} {
		arrows := func(insecure string) (out []string) {
			c := project(t, parse(t, "beside", "backend shop { speaks "+modes[1]+" }\nroute shop {\nhost a.test\ntls "+modes[0]+"\n"+insecure+"to shop\n}\n"), "topology", "").(*view.Flowchart)
			for _, e := range c.Edges {
				out = append(out, fmt.Sprintf("%s > %s: %s %v", e.From, e.To, e.Label, e.Fails))
			}
			return out
		}
		alone, beside := arrows(""), arrows("insecure redirect\n")
		for _, a := range alone {
			if !slices.Contains(beside, a) {
				t.Errorf("%s: %q is not drawn among %q", modes[0], a, beside)
			}
		}
		if len(alone) < 2 || len(beside) <= len(alone) {
			t.Errorf("%s: %q, with a redirect %q", modes[0], alone, beside)
		}
	}
}

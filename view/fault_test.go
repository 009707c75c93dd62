package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/view"
)

// faults are models in which something goes wrong. Each has one request, r.
var faults = map[string]string{
	"refused": `
backend shop { server shop-1 refuses }
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}`,
	"silent": `
proxy haproxy {
    listen https :443
    timeout server 30s
}
backend shop { server shop-1 silent }
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}`,
	"unknown-ca": `
ca house private
certificate internal {
    names shop.svc
    issuer house
}
backend shop { speaks https { certificate internal } }
route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.svc }
    to shop
}`,
	"distrust": `
ca house private
certificate own {
    names vault.apps.example.test
    issuer house
}
backend vault { speaks https { certificate own } }
route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}`,
	"no-sni": `
route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request r {
    get https://vault.apps.example.test/
    sni none
}`,
	"redirect-loop": `
proxy cdn { listen https :443 }
proxy origin {
    listen http :80
    listen https :443
}
route c on cdn {
    host shop.apps.example.test
    tls edge
    to origin:80
}
route shop on origin {
    host shop.apps.example.test
    tls edge
    insecure redirect
    to shop
}
request r {
    get https://shop.apps.example.test/
    follow
}`,
	"version": `
proxy haproxy {
    listen https :443 { tls 1.3 }
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
request r {
    get https://shop.apps.example.test/
    tls 1.2
}`,
}

// TestFaults holds how failing courses are drawn.
func TestFaults(t *testing.T) {
	for name, text := range faults {
		in := parse(t, name, text)
		request := in.Topology.Requests[0].Name
		for _, v := range []string{"sequence", "topology", "routes"} {
			golden.Check(t, "testdata/fault."+name+"."+v+".golden", dump(project(t, in, v, request)))
		}
	}
}

// TestFindings: a finding is marked once in each picture, where it was declared.
func TestFindings(t *testing.T) {
	in := model(t, "mtls")
	route, proxy, backend := in.Topology.Routes[0], in.Topology.Proxies[0], in.Topology.Backends[0]
	request := in.Topology.Requests[0]
	in.Findings = []view.Finding{
		{Mark: view.Mark{Code: "FL900", Message: "about the route"}, At: route.Whole},
		{Mark: view.Mark{Code: "FL901", Message: "about the proxy"}, At: proxy.At},
		{Mark: view.Mark{Code: "FL902", Message: "about the backend", Error: true}, At: backend.At},
		{Mark: view.Mark{Code: "FL903", Message: "about the request", Error: true}, At: request.At},
	}
	for _, v := range []string{"sequence", "topology", "decision", "routes", "certificates"} {
		golden.Check(t, "testdata/findings."+v+".golden", dump(project(t, in, v, request.Name)))
	}
}

// TestNobody: routes that no shard admits are a box of their own.
func TestNobody(t *testing.T) {
	in := parse(t, "nobody", `
proxy left {
    listen https :443
    domain left.test
    admit side=left
}
proxy right {
    listen https :443
    domain right.test
    admit side in (right, centre)
}
route a {
    host a.left.test
    labels side=left
    tls edge
    to a
}
route b {
    host b.left.test
    labels side=right
    tls edge
    to b
}
route c {
    host c.left.test
    labels side=none
    tls edge
    to c
}
`)
	golden.Check(t, "testdata/nobody.shards.golden", dump(project(t, in, "shards", "")))
}

// TestRelayToTLS: a relay without TLS of its own is for what stands behind it,
// and no fault is found in plaintext that nobody sends, nor in a host that
// nobody asks for.
func TestRelayToTLS(t *testing.T) {
	in := parse(t, "relay", `
client browser
proxy outer { listen tcp :443 }
proxy inner {
    listen https :443 { accept-proxy }
}
route relay on outer {
    to inner
    send-proxy v2
}
route shop on inner {
    host shop.test
    tls edge
    to shop
}
backend shop { server shop-1 }
request buy { get https://shop.test/ }
`)
	for _, v := range []string{"topology", "routes"} {
		golden.Check(t, "testdata/relay."+v+".golden", dump(project(t, in, v, "")))
	}
}

// TestForeign: a route that a proxy refuses is marked, and no arrow leads from it.
func TestForeign(t *testing.T) {
	in := parse(t, "foreign", `
proxy left {
    listen https :443
    domain left.test
    admit side=left
}
route shop/web {
    host a.left.test
    labels side=left
    tls edge
    to web
}
route pay/pay {
    host a.left.test
    path /pay
    labels side=left
    tls edge
    to pay
}
route pay/none {
    host a.right.test
    tls edge
    to pay
}
request pay { get https://a.left.test/pay }
`)
	for _, v := range []string{"shards", "topology", "routes", "decision"} {
		golden.Check(t, "testdata/foreign."+v+".golden", dump(project(t, in, v, "pay")))
	}
}

// TestLabels: shards show the labels at which selectors look, and no others; a decision
// shortens the name of a cookie that a router made up.
func TestLabels(t *testing.T) {
	in := parse(t, "labels", `
proxy left {
    domain left.test
    admit side=left
    admit namespaces zone in (a, b)
}
namespace shop { labels zone=a, pod-security.kubernetes.io/audit=restricted }
namespace docs { labels pod-security.kubernetes.io/audit=restricted }
route shop/web {
    host a.left.test
    labels side=left, team=one
    tls edge
    affinity cookie 420e0b04e077f10d96929d88aa909825
    to web
}
route shop/pay {
    host b.left.test
    labels side=left, team=two
    tls edge
    affinity cookie pay
    to pay
}
route docs/site {
    host c.left.test
    labels team=two
    tls edge
    to site
}
`)
	for _, v := range []string{"shards", "decision"} {
		golden.Check(t, "testdata/labels."+v+".golden", dump(project(t, in, v, "")))
	}
}

// pastBalancer is a route whose redirect no plaintext comes to: the balancer's port
// 80 leads elsewhere.
const pastBalancer = `
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
route plain on lb:80 { to %s }
route a on in-a {
    host a.apps.example.test
    tls edge
    insecure redirect
    to app-a
}`

// TestRedirectArrow draws a redirect where plaintext comes to it by the way that the
// name leads, and says in modes where plaintext would end.
func TestRedirectArrow(t *testing.T) {
	for target, arrives := range map[string]bool{"in-a": true, "in-b": false} {
		in := parse(t, "redirect", fmt.Sprintf(pastBalancer, target))
		topology, modes := project(t, in, "topology", ""), dump(project(t, in, "modes", ""))
		for _, e := range topology.(*view.Flowchart).Edges {
			if e.To == "in-a" && e.From == "client" {
				t.Errorf("to %s: an arrow of %s goes past the balancer", target, e.Label)
			}
		}
		if strings.Contains(dump(topology), ":80 redirects to https") != arrives {
			t.Errorf("to %s: the redirect, drawn or not:\n%s", target, dump(topology))
		}
		if strings.Contains(modes, "no route of in-b matches") == arrives {
			t.Errorf("to %s: what if it were plaintext:\n%s", target, modes)
		}
	}
}

// ofTwoSchemes has a route that plaintext takes where its mode is none, and TLS else.
const ofTwoSchemes = `client browser
proxy edge {
    listen http :80
    listen https :443 { certificate cert }
}
certificate cert { names shop.example.test }
backend shop {
    speaks http
    server s1
}
backend green {
    speaks http
    server g1
}
route shop on edge {
    host shop.example.test
    tls edge
    insecure allow
    to shop
}
route green on edge {
    host shop.example.test
    tls edge
    insecure allow
    match tls
    to green
}
request ask { get http://shop.example.test/ }
`

// TestDeadBackend says of a dead backend what the request gets that the mode's column is
// about: where that is plaintext, nothing is inside TLS.
func TestDeadBackend(t *testing.T) {
	in := parse(t, "schemes", ofTwoSchemes)
	for _, r := range in.Topology.Routes {
		in.Route = r
		table := project(t, in, "modes", "").(*view.Table)
		ends, dead := table.Sections[0].Rows[0].Cells, table.Sections[0].Rows[len(table.Sections[0].Rows)-2].Cells
		if dead[0].Text != "A dead backend looks like" {
			t.Fatalf("the row is %q", dead[0].Text)
		}
		for i := range dead[1:] {
			got, plain := dead[i+1].Text, ends[i+1].Text == "nowhere: there is none"
			if !strings.Contains(got, " after ") || plain && strings.Contains(got, "inside TLS") {
				t.Errorf("route %s, %s: TLS ends %s, and a dead backend looks like %q", r.Name, table.Columns[i+1].Title, ends[i+1].Text, got)
			}
		}
	}
}

package trace_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/trace"
)

// TestNothingWrong holds over every model of the tree, and over generated ones,
// that no question of a trace has a wrong answer where the outcome has no fault,
// and that a fault is some question's wrong answer.
func TestNothingWrong(t *testing.T) {
	n := 0
	for _, c := range corpus.Models(t, filepath.Join("..", "..")) {
		m := pipeline.Load(c.Entry, c.Read)
		m.Compile()
		if m.Topology == nil || !m.Drawable() {
			continue
		}
		for _, q := range m.Topology.Requests {
			n++
			wrongOnlyWithFault(t, c.Name, m.Topology, q)
		}
	}
	if n < 300 {
		t.Errorf("%d requests in the models of the tree, want more", n)
	}
}

func TestNothingWrongGenerated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := generated(t)
		m := pipeline.LoadText("m.flow", text)
		m.Compile()
		if !m.Drawable() {
			t.Fatalf("%v\n%s", m.Findings, text)
		}
		for _, q := range m.Topology.Requests {
			wrongOnlyWithFault(t, text, m.Topology, q)
		}
	})
}

type errorer interface {
	Errorf(format string, args ...any)
}

func wrongOnlyWithFault(t errorer, name string, top *flow.Topology, q *flow.Request) {
	if q.From == nil || q.Via == nil || len(q.Calls) == 0 {
		return
	}
	tr := trace.Of(top, q, flow.Derive(top, q), "")
	var wrong []trace.Answer
	for _, a := range tr.Path {
		if a.Wrong {
			wrong = append(wrong, a)
		}
	}
	switch fault := tr.Lifecycle.Outcome.Fault; {
	case fault == flow.FaultNone && len(wrong) > 0:
		t.Errorf("%s, request %s: no fault, and %q has the answer %q (%s)", name, q.Name, wrong[0].Asks, wrong[0].Is, wrong[0].Why)
	case fault != flow.FaultNone && len(wrong) == 0:
		t.Errorf("%s, request %s: fault %d, and every answer is right", name, q.Name, fault)
	}
}

// generated is a model drawn at random, with what decides on the way: a balancer
// before the proxy, modes, allow lists, certificates, versions, servers that do
// not answer.
func generated(t *rapid.T) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	mode := one("mode", "none", "edge", "reencrypt", "passthrough")
	line("ca public\nca other {\n    private\n}\ncertificate front {\n    names *.example.test\n    issuer %s\n}", one("issuer", "public", "other"))
	line("client browser {")
	line("%s", one("address", "", "    address 192.0.2.7", "    address 203.0.113.9"))
	line("%s\n}", one("versions", "", "    tls 1.2", "    tls 1.3"))
	balancer := yes("balancer")
	header := yes("header")
	if balancer {
		line("proxy lb {\n    listen tcp :80\n    listen tcp :443\n    source 10.0.0.5\n}\nroute all on lb {\n    to haproxy")
		if header {
			line("    send-proxy v2")
		}
		line("}")
	}
	accept := ""
	if balancer && header {
		accept = "        accept-proxy\n"
	}
	line("proxy haproxy {\n    listen http :80 {\n%s    }\n    listen https :443 {\n%s        certificate front\n    }\n}", accept, accept)
	line("route shop on haproxy {\n    host shop.example.test")
	if mode != "none" {
		line("    tls %s", mode)
		if mode != "passthrough" || yes("redirect") {
			line("    insecure %s", one("insecure", "none", "redirect"))
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "allowed") {
		line("    allow %s", one("allow", "192.0.2.0/24", "10.0.0.0/8", "203.0.113.9/32"))
	}
	line("    to shop\n}\nbackend shop {\n    server shop-1%s\n    server shop-2\n}", one("state", "", " refuses", " silent", " down"))
	scheme := one("scheme", "http", "https")
	line("request q {\n    get %s://%s.example.test/\n%s\n}", scheme, one("host", "shop", "shop", "shop", "other"), one("more", "", "    follow", "    times 2"))
	return b.String()
}

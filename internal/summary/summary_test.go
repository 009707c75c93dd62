package summary_test

import (
	"path"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/summary"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/source"
)

// open compiles a model of the corpus.
func open(t *testing.T, file string) *pipeline.Model {
	t.Helper()
	m := pipeline.Load(file, models.FS.ReadFile)
	m.Compile()
	if !m.Drawable() {
		t.Fatalf("%s: %v", file, m.Findings)
	}
	return m
}

// The summaries of all models, to be read by whoever changes them.
func TestLines(t *testing.T) {
	var b strings.Builder
	for _, model := range models.List() {
		m := open(t, model.Path)
		for _, line := range summary.Lines(path.Join("models", m.Path), m.Topology, m.Derive, summary.Options{}) {
			b.WriteString(line + "\n")
		}
		b.WriteString("\n")
	}
	golden.Check(t, "testdata/models.txt", b.String())
}

func TestBrief(t *testing.T) {
	m := open(t, "overview.flow")
	got := summary.Lines("x", m.Topology, m.Derive, summary.Options{Brief: true, Most: 2})
	want := []string{
		"x: 2 clients, 1 proxy, 4 routes, 4 backends with 7 servers",
		"  browse   GET https://catalog.apps.example.test/: 200, as expected",
		"  invoice  GET https://billing.apps.example.test/invoices: 200, as expected",
		"  and 4 more requests",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What goes wrong is told: the outcome that was not expected, and why.
func TestUnexpected(t *testing.T) {
	const text = `
route shop {
    host shop.example.test
    tls passthrough
    to shop
}
request no-name {
    get https://shop.example.test/
    sni none
    expect 200 from shop/shop-1, timeout
}
request several {
    get https://[2001:db8::1]:8443/a
    get https://[2001:db8::1]:8443/b
    times 3
}
`
	m := pipeline.Load("m.flow", func(string) ([]byte, error) { return []byte(text), nil })
	m.Compile()
	got := strings.Join(summary.Lines("m.flow", m.Topology, m.Derive, summary.Options{}), "\n")
	for _, want := range []string{
		"no-name  GET https://shop.example.test/: close (haproxy chooses the route by SNI on :443, and no SNI was sent) from haproxy, expected 200 from shop/shop-1 or timeout",
		"several  GET https://[2001:db8::1]:8443/a and 1 more, 3 times: close",
		"    T1 TLS     client - haproxy  does not come up",
		"    plaintext  no HTTP is exchanged",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// What a front end read and could not express is counted, and told unless the
// summary is brief.
func TestUnmodelled(t *testing.T) {
	cfg := source.NewFile("edge.cfg", "frontend in\n    http-request lua.auth\n")
	draft := &flow.Draft{Unmodelled: []flow.Unmodelled{
		{At: cfg.Span(16, 37), What: "http-request lua.auth", Kind: flow.ChangesRouting},
		{What: "stats enable", Kind: flow.LosesDetail}, {What: "log global", Kind: flow.NoEffect}, {What: "daemon", Kind: flow.NoEffect},
	}}
	for range 12 {
		draft.Unmodelled = append(draft.Unmodelled, flow.Unmodelled{What: "stick-table type ip", Kind: flow.LosesDetail})
	}
	topology, _ := flow.Complete(draft)
	lines := func(opt summary.Options) string {
		return strings.Join(summary.Lines("edge.cfg", topology, flow.NewCache(topology).Of, opt), "\n")
	}
	const head = "  not modelled: 14 statements, 1 may change where a request goes"
	const first = "\n    edge.cfg:2:5  http-request lua.auth (may change where a request goes)\n    stats enable\n    stick-table type ip\n"
	if got := lines(summary.Options{}); !strings.Contains(got, head+first) || !strings.Contains(got, "\n    and 2 more statements\n  no effect on the topology: 2 statements") {
		t.Errorf("got:\n%s", got)
	}
	if got := lines(summary.Options{Brief: true}); !strings.Contains(got, head) || strings.Contains(got, "lua") {
		t.Errorf("brief, got:\n%s", got)
	}
}

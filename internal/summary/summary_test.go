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
		"    T1 TLS     client - haproxy  is not established",
		"    plaintext  no HTTP is exchanged",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// A session that is resumed or goes on shows no certificate again, and early data is told.
func TestEarlier(t *testing.T) {
	const text = `
client c
proxy p {
    listen https 10.0.0.1:443 {
        certificate edge
        PORT
    }
    reuse always
}
certificate edge { names shop.example.test }
certificate inner { names shop.svc }
backend shop {
    speaks https { certificate inner }
    server shop-1 10.0.0.2:8443
}
route shop on p {
    host shop.example.test
    tls reencrypt { verify none }
    to shop
}
request first { get https://shop.example.test/ }
request open { get https://shop.example.test/; after first }
request client { get https://shop.example.test/; after first; resume client }
request backend { get https://shop.example.test/; after first; resume backend }
request early { get https://shop.example.test/; after first; resume client; early-data }
`
	for port, early := range map[string]string{"early-data": ", with early data", "alpn http/1.1": ", without early data: it is not accepted"} {
		text := strings.ReplaceAll(strings.Replace(text, "PORT", port, 1), ";", "\n")
		m := pipeline.Load("m.flow", func(string) ([]byte, error) { return []byte(text), nil })
		m.Compile()
		if !m.Drawable() {
			t.Fatal(m.Findings)
		}
		got := map[string]string{}
		var name string
		for _, line := range summary.Lines("m.flow", m.Topology, m.Derive, summary.Options{}) {
			f := strings.Fields(line)
			if strings.HasPrefix(line, "    T") {
				_, said, _ := strings.Cut(line, " - ")
				_, said, _ = strings.Cut(said, " ")
				got[name+" "+f[0]] = strings.TrimSpace(said)
			}
			if strings.Contains(line, " GET ") {
				name = f[0]
			}
		}
		const open, resumed = "open since an earlier request", "resumed from an earlier session"
		for session, want := range map[string]string{
			"first T1": "shows edge", "first T2": "shows inner; not verified", "open T1": "shows edge", "open T2": open,
			"client T1": resumed, "backend T1": "shows edge", "early T1": resumed + early,
		} {
			if got[session] != want {
				t.Errorf("%s: %s is %q, want %q", port, session, got[session], want)
			}
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
	if got := lines(summary.Options{}); !strings.Contains(got, head+first) || !strings.Contains(got, "\n    and 2 more statements (--full lists them)\n  no effect on the topology: 2 statements") {
		t.Errorf("got:\n%s", got)
	}
	if got := lines(summary.Options{Full: true}); strings.Count(got, "stick-table") != 12 || !strings.Contains(got, "no effect on the topology: 2 statements\n    log global\n    daemon") {
		t.Errorf("full, got:\n%s", got)
	}
	if got := lines(summary.Options{Brief: true}); !strings.Contains(got, head) || strings.Contains(got, "lua") {
		t.Errorf("brief, got:\n%s", got)
	}
}

package emit

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/view"
)

// contractSample is a lifecycle with every field of the contract in it.
func contractSample() *flow.Lifecycle {
	browser := &flow.Participant{ID: "browser", Kind: flow.KindClient, Label: "Browser", Zone: &flow.Zone{Decl: flow.Decl{Name: "internet", Label: "The internet"}}}
	proxy := &flow.Participant{ID: "haproxy", Kind: flow.KindProxy, Label: "HAProxy", Address: "10.0.0.5"}
	server := &flow.Participant{ID: "vault/vault-1", Kind: flow.KindServer, Label: "vault-1 <\"&\">", Address: "10.0.1.11"}
	in := &flow.Connection{ID: "browser>haproxy#1", From: browser, To: proxy, Source: "203.0.113.7", Address: "10.0.0.5", Port: 443, Attempt: 1}
	out := &flow.Connection{ID: "haproxy>vault/vault-1#2", From: proxy, To: server, Address: "10.0.1.11", Port: 8200, Attempt: 2}
	t1 := &flow.Session{
		ID: "T1", Ends: [2]*flow.Participant{browser, server}, RelayedBy: []*flow.Participant{proxy},
		Connections: []*flow.Connection{in, out}, Version: flow.TLS13, ALPN: "h2", SNI: "vault.apps.example.test",
		Certificate: &flow.Certificate{Decl: flow.Decl{Name: "wildcard"}},
	}
	t2 := &flow.Session{ID: "T2", Ends: [2]*flow.Participant{proxy, server}}
	syn := &flow.Step{N: 1, ID: "browser>haproxy#1.SYN", Connection: in, From: browser, To: proxy, Op: flow.OpSYN, Attempt: 1}
	hello := &flow.Step{N: 2, ID: "T1.ClientHello", Connection: in, From: browser, To: proxy, Op: flow.OpClientHello, Session: t1, Attempt: 1, After: []*flow.Step{syn}}
	inspect := &flow.Step{N: 3, ID: "haproxy.inspect-sni", At: proxy, Op: flow.OpInspectSNI, Facts: flow.SNIDecision{SNI: "vault.apps.example.test", Ends: true}, Session: t1, After: []*flow.Step{hello}}
	header := &flow.Step{N: 4, ID: "haproxy>vault/vault-1#2.PROXY", Connection: out, From: proxy, To: server, Op: flow.OpProxyV2, Attempt: 2, Wait: 1000, After: []*flow.Step{inspect}}
	request := &flow.Step{N: 5, ID: "T1.request", Connection: in, From: browser, To: proxy, Op: flow.OpRequest, Facts: flow.RequestLine{Method: "GET", Path: "/v1?a=1&b=<2>", Protocol: "HTTP/1.1"}, Session: t1, Protected: true, After: []*flow.Step{hello, header}}
	ticket := &flow.Step{N: 6, ID: "T1.NewSessionTicket", Connection: in, From: proxy, To: browser, Op: flow.OpNewSessionTicket, Session: t1, Protected: true, Relayed: true, Optional: true, After: []*flow.Step{hello}}
	return &flow.Lifecycle{
		Topology:     &flow.Topology{Name: "passthrough", Title: "Passthrough route"},
		Request:      &flow.Request{Decl: flow.Decl{Name: "read", Label: "Read a secret"}},
		Outcome:      flow.Outcome{Endings: []flow.Ending{flow.Answered{Status: 200}, flow.Closed{}}, Attempts: 2},
		Assumed:      []flow.Assumption{{Kind: flow.AssumesKeepAlive}, {Kind: flow.AssumesClosesFirst, At: browser}},
		Participants: []*flow.Participant{browser, proxy, server},
		Connections:  []*flow.Connection{in, out},
		Sessions:     []*flow.Session{t1, t2},
		Steps:        []*flow.Step{syn, hello, inspect, header, request, ticket},
	}
}

func TestJSONSamples(t *testing.T) {
	contract := reencryptSample()
	contract.Lifecycle = contractSample()
	for name, pic := range map[string]view.Picture{
		"lifecycle": contract,
		"sequence":  retriesSample(),
		"flowchart": shardsSample(),
		"boxes":     mermaidFaults(),
		"table":     visibilitySample(),
	} {
		t.Run(name, func(t *testing.T) {
			got, findings, err := jsonFormat.Emit(context.Background(), pic, Options{View: "sample"})
			if err != nil || len(findings) > 0 {
				t.Fatal(err, findings)
			}
			golden.Check(t, "testdata/json/"+name+".json", got)
		})
	}
}

// Nothing absent is null: a script may range over every list.
func TestJSONHasNoNull(t *testing.T) {
	empty := &view.Sequence{Panels: []*view.Panel{{}}}
	lifecycle := &view.Sequence{Lifecycle: &flow.Lifecycle{}}
	for _, pic := range []view.Picture{empty, lifecycle, &view.Flowchart{Above: &view.Table{Sections: []*view.Section{{}}}}, &view.Table{Sections: []*view.Section{{Rows: []*view.TableRow{{}}}}}} {
		got, _, err := jsonFormat.Emit(context.Background(), pic, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got, []byte("null")) {
			t.Errorf("%T has a null:\n%s", pic, got)
		}
	}
}

// FuzzLayoutJSON holds that spreading JSON over lines changes no value.
func FuzzLayoutJSON(f *testing.F) {
	for _, s := range append(awkwardLabels, `{"a":[{"b":[1,{"c":"\"}],"}]},[]],"d":{}}`, `[[{}],{"x":[{"y":[]}]}]`, `{}`, `[]`, `"\\"`) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v any
		if json.Unmarshal([]byte(s), &v) != nil {
			v = []any{s, map[string]any{s: []any{map[string]any{"x": s}}}}
		}
		compact, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		if err := json.Compact(&back, layoutJSON(compact)); err != nil || !bytes.Equal(back.Bytes(), compact) {
			t.Errorf("%s becomes %s (%v)", compact, back.Bytes(), err)
		}
	})
}

func TestCSV(t *testing.T) {
	for _, s := range tableSamples {
		t.Run(s.name, func(t *testing.T) {
			table := s.table()
			got, _, err := csvFormat.Emit(context.Background(), table, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(table.Columns) == 0 {
				return
			}
			back, err := csv.NewReader(bytes.NewReader(got)).ReadAll() // refuses records of unequal length
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(records(table), back); diff != "" {
				t.Error(diff)
			}
			golden.Check(t, "testdata/csv/"+s.name+".csv", got)
		})
	}
	if csvFormat.Fits(&view.Flowchart{}) || csvFormat.Fits(&view.Sequence{}) || !csvFormat.Fits(&view.Table{}) {
		t.Error("csv is for tables alone")
	}
}

func TestMarkdown(t *testing.T) {
	for name, pic := range map[string]view.Picture{
		"visibility": visibilitySample(),
		"modes":      modesSample(),
		"routes":     routesSample(),
		"odd":        oddTable(),
		"empty":      &view.Table{},
		"shards":     shardsSample(),
		"edge":       edgeSample(),
	} {
		t.Run(name, func(t *testing.T) {
			got, findings, err := markdown.Emit(context.Background(), pic, Options{})
			if err != nil || len(findings) > 0 {
				t.Fatal(err, findings)
			}
			golden.Check(t, "testdata/markdown/"+name+".md", got)
			if bytes.Contains(got, []byte(" \n")) || bytes.Contains(got, []byte("\n\n\n")) || !bytes.HasSuffix(got, []byte("\n")) {
				t.Errorf("blanks at the end of a line, or blank lines that are too many:\n%q", got)
			}
			checkMarkdownTables(t, string(got))
		})
	}
}

// checkMarkdownTables holds that each row of a table has the cells of its head.
func checkMarkdownTables(t *testing.T, text string) {
	t.Helper()
	cells := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|")
		if cells != 0 && n != cells {
			t.Errorf("%d bars, not %d: %s", n, cells, line)
		}
		cells = n
	}
}

func TestMarkdownText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"shop.apps.example.test", "shop.apps.example.test"},
		{"choose_server", "choose_server"},
		{"_private", `\_private`},
		{"*.apps", `\*.apps`},
		{"a|b", `a\|b`},
		{"1. foo", `1\. foo`},
		{"# foo", `\# foo`},
		{"browser>haproxy#1", "browser&gt;haproxy#1"},
		{"<b>&amp;", "&lt;b&gt;&amp;amp;"},
		{"two\nlines", "two<br>lines"},
		{`c:\new`, `c:\\new`},
		{"[x](y)", `\[x\](y)`},
	} {
		if got := markdownText(c.in); got != c.want {
			t.Errorf("markdownText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

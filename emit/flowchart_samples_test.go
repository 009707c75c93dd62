package emit

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// Flowcharts as the views make them, and worse.

func topologySample() *view.Flowchart {
	return &view.Flowchart{
		Head: view.Head{
			Title: "Re-encrypted route: topology",
			Desc:  "Browser in the untrusted zone internet reaches HAProxy on port 443 over TLS session T1, which HAProxy ends; HAProxy reaches Shop over T2.",
			Foot:  []string{"assumed: keep-alive, browser closes first, round robin from the first usable server (defaults haproxy 2.6)"},
		},
		Groups: []*view.Group{
			{ID: "internet", Label: "internet", Trust: flow.Untrusted, Boxes: []*view.Box{
				{ID: "browser", Label: "Browser", Kind: view.BoxClient},
			}},
			{ID: "cluster", Label: "cluster", Boxes: []*view.Box{
				{ID: "haproxy", Label: "HAProxy", Sub: "certificate wildcard", Kind: view.BoxProxy, Rows: []*view.BoxRow{
					{ID: "shop", Text: "shop /cart", Note: "reencrypt: ends T1, starts T2"},
					{ID: "redirect", Text: ":80 redirects to https"},
				}},
				{ID: "shop", Label: "Shop", Sub: "certificate shop-internal", Kind: view.BoxBackend, Rows: []*view.BoxRow{
					{ID: "shop-1", Text: "shop-1", Note: "10.0.1.11:8443"},
					{ID: "shop-2", Text: "shop-2", Note: "10.0.1.12:8443"},
				}},
			}},
		},
		Edges: []*view.Edge{
			{ID: "a", From: "browser", To: "haproxy", ToRow: "shop", Label: ":443 T1 TLS 1.3 h2", Line: view.LineTLS, Session: "T1"},
			{ID: "b", From: "browser", To: "haproxy", ToRow: "redirect", Label: ":80 plain", Line: view.LinePlain},
			{ID: "c", From: "haproxy", FromRow: "shop", To: "shop", Label: ":8443 T2 TLS 1.3", Line: view.LineTLS, Session: "T2"},
		},
	}
}

func modesSampleChart() *view.Flowchart {
	return &view.Flowchart{
		Head: view.Head{
			Title: "Four modes: topology",
			Foot:  []string{"assumed: keep-alive, browser closes first (defaults haproxy 2.6)"},
		},
		Groups: []*view.Group{
			{ID: "internet", Label: "Internet", Trust: flow.Untrusted, Boxes: []*view.Box{
				{ID: "browser", Label: "Browser", Kind: view.BoxClient},
				{ID: "curl", Label: "Monitoring", Sub: "203.0.113.7", Kind: view.BoxClient},
			}},
			{ID: "dmz", Label: "DMZ", Boxes: []*view.Box{
				{ID: "nlb", Label: "Network load balancer", Kind: view.BoxProxy, Rows: []*view.BoxRow{
					{ID: "tcp", Text: ":443 to ingress", Note: "relays every session, cannot read"},
				}},
			}},
			{ID: "cluster", Label: "Cluster", Boxes: []*view.Box{
				{ID: "haproxy", Label: "HAProxy", Sub: "certificate wildcard", Kind: view.BoxProxy, Rows: []*view.BoxRow{
					{ID: "edge", Text: "shop.apps.example.test /cart", Note: "edge: ends T1"},
					{ID: "re", Text: "billing.apps.example.test", Note: "reencrypt: ends T2, starts T3", Marks: []view.Mark{{Code: "FL402", Message: "certificate \"billing-internal\" does not name \"billing.billing.svc\"", Error: true}}},
					{ID: "pass", Text: "vault.apps.example.test", Note: "passthrough: relays T4, cannot read"},
					{ID: "plain", Text: "status.apps.example.test", Note: "none"},
				}},
			}, Groups: []*view.Group{
				{ID: "ns-shop", Label: "namespace shop", Boxes: []*view.Box{
					{ID: "shop", Label: "Shop", Kind: view.BoxBackend, Rows: []*view.BoxRow{{ID: "s", Text: "12 servers"}}},
				}},
				{ID: "ns-other", Label: "namespace finance", Boxes: []*view.Box{
					{ID: "billing", Label: "Billing", Kind: view.BoxBackend, Rows: []*view.BoxRow{{ID: "1", Text: "billing-1"}, {ID: "2", Text: "billing-2", Note: "refuses"}}},
					{ID: "vault", Label: "Vault", Sub: "certificate vault", Kind: view.BoxBackend, Rows: []*view.BoxRow{{ID: "1", Text: "vault-1"}}},
				}},
			}},
		},
		Edges: []*view.Edge{
			{From: "browser", To: "nlb", ToRow: "tcp", Label: ":443 T1, T2, T4 TLS 1.3 h2", Line: view.LineTLS, Session: "T1"},
			{From: "curl", To: "haproxy", ToRow: "plain", Label: ":80 plain", Line: view.LinePlain},
			{From: "nlb", FromRow: "tcp", To: "haproxy", ToRow: "edge", Label: "PROXY v2 + T1", Line: view.LineTLS, Session: "T1"},
			{From: "nlb", FromRow: "tcp", To: "haproxy", ToRow: "re", Label: "PROXY v2 + T2", Line: view.LineTLS, Session: "T2"},
			{From: "nlb", FromRow: "tcp", To: "haproxy", ToRow: "pass", Label: "PROXY v2 + T4", Line: view.LineTLS, Session: "T4"},
			{From: "haproxy", FromRow: "edge", To: "shop", Label: ":8080 plain", Line: view.LinePlain, Marks: []view.Mark{{Code: "FL701", Message: "plaintext crosses to another zone"}}},
			{From: "haproxy", FromRow: "re", To: "billing", Label: ":8443 T3 TLS 1.3", Line: view.LineTLS, Session: "T3"},
			{From: "haproxy", FromRow: "pass", To: "vault", Label: ":8443 T4 TLS 1.3 h2", Line: view.LineTLS, Session: "T4"},
			{From: "haproxy", FromRow: "plain", To: "shop", Label: ":8080 plain", Line: view.LinePlain},
		},
	}
}

func decisionSample() *view.Flowchart {
	q := func(id, text string) *view.Box { return &view.Box{ID: id, Label: text, Kind: view.BoxQuestion} }
	o := func(id, text, sub string) *view.Box {
		return &view.Box{ID: id, Label: text, Sub: sub, Kind: view.BoxOutcome}
	}
	f := func(id, text string) *view.Box { return &view.Box{ID: id, Label: text, Kind: view.BoxFault} }
	e := func(from, to, label string) *view.Edge {
		return &view.Edge{ID: from + ">" + to, From: from, To: to, Label: label, Line: view.LineFlow}
	}
	return &view.Flowchart{
		Head: view.Head{Title: "Sharding: how HAProxy decides on :443", Foot: []string{"assumed: SNI waited for 5 s"}},
		Down: true,
		Groups: []*view.Group{{Boxes: []*view.Box{
			{ID: "in", Label: "HAProxy :443", Sub: "a connection is accepted", Kind: view.BoxAction},
			q("proxy", "PROXY v2 header?"), f("rst", "RST"),
			q("hello", "ClientHello within 5 s?"), f("close", "close without alert"),
			q("sni", "SNI?"), o("vault", "passthrough to Vault", "cannot match path or header"),
			{ID: "tls", Label: "TLS ends here", Sub: "certificate wildcard", Kind: view.BoxAction},
			q("host", "Host?"), o("shop", "edge to Shop", "plain to the server"), o("billing", "reencrypt to Billing", "T2, checked: service-ca"), f("503", "503 inside TLS"),
		}}},
		Edges: []*view.Edge{
			e("in", "proxy", ""), e("proxy", "hello", "yes"), e("proxy", "rst", "no"),
			e("hello", "sni", "yes"), e("hello", "close", "no"),
			e("sni", "vault", "vault.apps.example.test"), e("sni", "tls", "anything else"),
			e("tls", "host", ""), e("host", "shop", "shop.apps.example.test"), e("host", "billing", "billing.apps.example.test"), e("host", "503", "anything else"),
		},
	}
}

func shardsSample() *view.Flowchart {
	c := func(s string, t view.Tone) view.Cell { return view.Cell{Text: s, Tone: t} }
	return &view.Flowchart{
		Head: view.Head{Title: "Sharding: which router admits which route", Foot: []string{"assumed: all routers in one zone"}},
		Above: &view.Table{
			Columns: []view.Column{{Title: "routes"}, {Title: "labels"}, {Title: "internal"}, {Title: "public"}, {Title: "DNS leads to"}, {Title: "servers", Right: true}},
			Sections: []*view.Section{{Rows: []*view.TableRow{
				{Cells: []view.Cell{c("legacy", 0), c("none", view.ToneMuted), c("no", view.ToneMuted), c("no", view.ToneMuted), c("public", 0), c("2", 0)}, Marks: []view.Mark{{Code: "FL604", Message: "admitted by no proxy", Error: true}}},
				{Cells: []view.Cell{c("shop, billing", 0), c("tier=web", 0), c("no", view.ToneMuted), c("admits", view.ToneGood), c("public", 0), c("4", 0)}},
				{Cells: []view.Cell{c("vault", 0), c("tier=internal", 0), c("admits", view.ToneGood), c("no", view.ToneMuted), c("internal", 0), c("1", 0)}},
			}}},
		},
		Groups: []*view.Group{
			{ID: "control", Label: "routes by label", Boxes: []*view.Box{
				{ID: "web", Label: "2 routes", Sub: "tier=web", Kind: view.BoxNote},
				{ID: "int", Label: "1 route", Sub: "tier=internal", Kind: view.BoxNote},
				{ID: "none", Label: "admitted by no proxy", Sub: "legacy", Kind: view.BoxFault},
			}},
			{ID: "routers", Label: "routers", Boxes: []*view.Box{
				{ID: "public", Label: "public", Sub: "admit tier=web", Kind: view.BoxProxy},
				{ID: "internal", Label: "internal", Sub: "admit tier=internal", Kind: view.BoxProxy},
			}},
			{ID: "backends", Boxes: []*view.Box{
				{ID: "bs", Label: "Shop", Kind: view.BoxBackend}, {ID: "bb", Label: "Billing", Kind: view.BoxBackend}, {ID: "bv", Label: "Vault", Kind: view.BoxBackend}, {ID: "lonely", Label: "Legacy", Kind: view.BoxBackend},
			}},
		},
		Edges: []*view.Edge{
			{From: "web", To: "public", Label: "admits", Line: view.LineControl},
			{From: "int", To: "internal", Label: "admits", Line: view.LineControl},
			{From: "public", To: "bs", Label: ":8080 plain", Line: view.LinePlain},
			{From: "public", To: "bb", Label: ":8443 T2 TLS 1.3", Line: view.LineTLS, Session: "T2"},
			{From: "internal", To: "bv", Label: ":8443 T3 TLS 1.3", Line: view.LineTLS, Session: "T3"},
		},
	}
}

// oddLabels are texts that break what writes them down carelessly.
var oddLabels = []string{
	"default", "end", "->", ";", "#", `"quoted" 'twice'`, "[a]{b}(c)|d|", "`code`", "two\nlines\tand a tab",
	"<b>bold</b> & <br/> &amp; &#60;", `back\slash\n\N\G\`, "\u65e5\u672c\u8a9e\u306e\u30e9\u30d9\u30eb", "\U0001f512 lock \U0001f468\u200d\U0001f469\u200d\U0001f467",
	"\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627", "\xff\xfe not UTF-8 \x00\x07", "", "   ", "--><!-- ]]>", "%s %d", "$(id)",
	strings.Repeat("a long label of many words ", 11) + "end", strings.Repeat("x", 300),
}

func oddChart() *view.Flowchart {
	f := &view.Flowchart{Head: view.Head{Title: `odd <labels> & "more"`, Desc: "<desc>&", Foot: oddLabels[:12]}}
	g := &view.Group{ID: "g", Label: oddLabels[9], Trust: flow.Untrusted}
	f.Groups = []*view.Group{g}
	for i, l := range oddLabels {
		b := &view.Box{ID: l + fmt.Sprint(i), Label: l, Sub: l, Kind: view.BoxKind(i%9 + 1)}
		if i%3 == 0 {
			b.Rows = []*view.BoxRow{{ID: l, Text: l, Note: l, Marks: []view.Mark{{Code: "FL999", Message: l}}}, {ID: "second", Text: l}}
		}
		g.Boxes = append(g.Boxes, b)
		if i > 0 {
			e := &view.Edge{From: g.Boxes[(i-1)/3].ID, To: b.ID, Label: l, Line: view.Line(i%4 + 1), Session: fmt.Sprintf("T%d", i)}
			if i%3 == 0 {
				e.ToRow = "second"
			}
			f.Edges = append(f.Edges, e)
		}
	}
	return f
}

// meshChart has n boxes in three columns, and about two arrows a box.
func meshChart(n int) *view.Flowchart {
	f := &view.Flowchart{Head: view.Head{Title: fmt.Sprintf("%d boxes", n)}}
	g := &view.Group{ID: "zone", Label: "zone"}
	f.Groups = []*view.Group{g}
	for i := range n {
		kind := view.BoxBackend
		switch {
		case i < n/10+1:
			kind = view.BoxClient
		case i < n/3+1:
			kind = view.BoxProxy
		}
		g.Boxes = append(g.Boxes, &view.Box{ID: fmt.Sprintf("b%d", i), Label: fmt.Sprintf("box-%d", i), Kind: kind})
	}
	for i := 1; i < n; i++ {
		from := i * 7 / 20
		f.Edges = append(f.Edges, &view.Edge{From: g.Boxes[from].ID, To: g.Boxes[i].ID, Label: ":8443 T1 TLS 1.3", Line: view.LineTLS, Session: "T1"})
		if i%2 == 0 && from > 0 {
			f.Edges = append(f.Edges, &view.Edge{From: g.Boxes[from-1].ID, To: g.Boxes[i].ID, Label: ":8080 plain", Line: view.LinePlain})
		}
	}
	return f
}

var chartSamples = []struct {
	name  string
	chart func() *view.Flowchart
}{
	{"topology", topologySample},
	{"topology-modes", modesSampleChart},
	{"decision", decisionSample},
	{"shards", shardsSample},
	{"odd-chart", oddChart},
	{"mesh-20", func() *view.Flowchart { return meshChart(20) }},
	{"empty", func() *view.Flowchart { return &view.Flowchart{Head: view.Head{Title: "nothing"}} }},
}

package emit

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// mermaidFaults has marks in every place, an arrow to a box of which another
// ends at a row, and all kinds of lines.
func mermaidFaults() *view.Flowchart {
	return &view.Flowchart{
		Head: view.Head{
			Title: "Faults: topology",
			Desc:  "Browser in internet reaches HAProxy in cluster, which reaches the servers of Shop.",
			Foot:  []string{"assumed: keep-alive, browser closes first (defaults haproxy 2.6)"},
		},
		Groups: []*view.Group{
			{ID: "internet", Label: "internet", Trust: flow.Untrusted, Boxes: []*view.Box{{ID: "browser", Label: "Browser", Kind: view.BoxClient}}},
			{ID: "cluster", Label: "cluster", Boxes: []*view.Box{
				{ID: "haproxy", Label: "HAProxy", Sub: "10.0.0.5", Kind: view.BoxProxy, Rows: []*view.BoxRow{
					{ID: "shop", Text: "shop /cart reencrypt", Note: "ends T1, starts T2"},
					{ID: "http", Text: ":80 redirects to https"},
					{ID: "vault", Text: "vault passthrough", Note: "relays T3, cannot read"},
				}},
				{ID: "shop", Label: "Shop", Kind: view.BoxBackend, Rows: []*view.BoxRow{
					{ID: "shop-1", Text: "shop-1", Note: "10.0.1.11:8443"},
					{ID: "shop-2", Text: "shop-2", Note: "10.0.1.12:8443, refuses", Marks: []view.Mark{{Code: "FL602", Message: "shop-2 refuses connections"}}},
				}},
				{ID: "vault", Label: "Vault", Kind: view.BoxBackend, Rows: []*view.BoxRow{{ID: "vault-1", Text: "vault-1"}},
					Marks: []view.Mark{{Code: "FL401", Message: "certificate vault does not cover vault.apps.example.test", Error: true}}},
				{ID: "more", Label: "12 servers", Kind: view.BoxNote},
			}},
		},
		Edges: []*view.Edge{
			{ID: "e1", From: "browser", To: "haproxy", ToRow: "shop", Label: ":443 T1 TLS 1.3 h2", Line: view.LineTLS},
			{ID: "e2", From: "browser", To: "haproxy", ToRow: "http", Label: ":80 plain", Line: view.LinePlain},
			{ID: "e3", From: "browser", To: "haproxy", ToRow: "vault", Label: ":443 T3 TLS 1.3", Line: view.LineTLS},
			{ID: "e4", From: "haproxy", FromRow: "shop", To: "shop", ToRow: "shop-1", Label: ":8443 T2 TLS 1.3", Line: view.LineTLS},
			{ID: "e5", From: "haproxy", FromRow: "vault", To: "vault", Label: ":8200 T3", Line: view.LineTLS,
				Marks: []view.Mark{{Code: "FL401", Message: "name not covered", Error: true}}},
			{ID: "e6", From: "haproxy", To: "more", Label: "admits", Line: view.LineControl},
		},
	}
}

// mermaidCrowd is a flowchart with so many arrows.
func mermaidCrowd(edges int) *view.Flowchart {
	g := &view.Group{}
	pic := &view.Flowchart{Head: view.Head{Title: "Crowd"}, Groups: []*view.Group{g}}
	for i := range edges + 1 {
		g.Boxes = append(g.Boxes, &view.Box{ID: fmt.Sprint(i), Label: fmt.Sprint(i), Kind: view.BoxServer})
		if i > 0 {
			pic.Edges = append(pic.Edges, &view.Edge{From: "0", To: fmt.Sprint(i), Line: view.LinePlain})
		}
	}
	return pic
}

// mermaidSamples are the drawings of all samples.
func mermaidSamples() map[string]view.Picture {
	out := map[string]view.Picture{"faults": mermaidFaults()}
	for _, s := range sequenceSamples {
		out["sequence-"+s.name] = s.seq()
	}
	for _, s := range chartSamples {
		out["flowchart-"+s.name] = s.chart()
	}
	return out
}

// awkwardLabels are texts that one version of Mermaid or another reads as
// something else: its own syntax, Markdown, HTML, YAML, an icon, a formula.
var awkwardLabels = []string{
	// words of its syntax
	"default", "end", "End", "style", "style: #fff; x", "a style:b #c;", "classDef x fill:#fff;", "linkStyle 0 stroke:#f00;",
	"class a b", "click me", "call back()", "href \"x\"", "subgraph one", "graph TD", "flowchart LR", "direction TB",
	"redirection LR", "participant Bob", "actor A", "Note over A,B: x", "note right of A", "sequenceDiagram", "autonumber",
	"rect rgb(0,0,0)", "loop forever", "alt else opt par and", "activate A", "deactivate", "title: x", "accTitle: x",
	"accDescr { x }", "box a", "as b", "wrap: x", "nowrap:x", "unwrap: a", "v", "o", "x", "TB", "LR", "BR", "_self", "_blank",
	"%% comment", "a %% b", "%%{init: {\"theme\": \"dark\"}}%%", "%%{wrap}%%", "---", "--- title: x", "...", "over 3 servers", "off",
	// arrows, brackets, separators
	"->", "-->", "->>", "-.->", "==>", "<-->", "--x", "x--x", "o--o", "-)", "~~~", "A->>B: hi", "a --> b", "a & b", "a --- b",
	";", "a;b", ";a", "a;", ":", "::", ":::x", "a:b", ",", "#", "##", "#35;", "#quot;", "&amp;", "&#35;", "&lt;b&gt;", "#9829;", "#",
	"\"", "\"quoted\"", "'single'", "it's", "`", "`code`", "```", "\"`markdown`\"", "(", ")", "[", "]", "{", "}", "(a)", "[a]", "{a}", "((a))",
	"[[a]]", "{{a}}", "[/a/]", "[\\a\\]", ">a]", "|", "|a|", "a|b", "\\", "\\n", "a\\", "c:\\new\\names", "\\\\n", "back\\slash\\n\\N\\G\\", "/", "//", "<", ">", "<>", "<br>", "a<br/>b", "=", "==", "a = b", "@", "a@{ shape: x }",
	"!", "?", "*", "^", "~", "_", "-", "+", "$", "$$", "$$x^2$$", "%", "100%",
	// Markdown
	"1. foo", "1) foo", "12. ", "1.", "1.2.3.4", "2001:db8::1", "- item", "+ item", "* item", "# heading", "> quote", "*bold*", "**bold**", "_it_", "__it__",
	"snake_case_name", "_leading", "trailing_", "~~gone~~", "[text](https://example.test)", "![i](x.png)", "https://shop.apps.example.test/cart",
	"www.example.test", "ops@example.test", "*.apps.example.test", "    indented", "a  b", "| a | b |", "[ ] todo", "[x]: y", "---\nfoo", "foo\n---", "foo\n===", "a | b\n--- | ---\n1 | 2", "\tcode",
	// HTML, icons, formulas
	"<script>alert(1)</script>", "<b>bold</b>", "<img src=x onerror=alert(1)>", "<!-- x -->", "<a href=\"javascript:x\">y</a>", "&nbsp;", "fa:fa-car", "fab:fa-github x", "mdi:home", ":smile:", "\\(x\\)",
	// Mermaid's own placeholders for entities
	"\uFB02\u00B0\u00B035\u00B6\u00DF", "\uFB02\u00B0quot\u00B6\u00DF", "\u00B6\u00DF", "o\uFB02oad",
	// lines, blanks, other scripts
	"two\nlines", "two\r\nlines", "three\n\nlines", "a\tb", "a\u00A0b", "line\u2028separator", "caf\u00E9 \u2013 na\u00EFve", "\u65E5\u672C\u8A9E",
	"\u0645\u0631\u062D\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645", "\u05E9\u05DC\u05D5\u05DD", "\u202Eevil", "a\u202Eb\u202C", "\U0001F512", "\U0001F468\u200D\U0001F469\u200D\U0001F467", "x\u200By",
	"\x00\x01\x1b[31m", "bad \xff utf-8", "constructor", "__proto__", "toString", "undefined", "null", "true", "0", "NaN",
	strings.Repeat("a long label of three hundred characters ", 8)[:300], strings.Repeat("x", 300), strings.Repeat("#", 300), strings.Repeat("&<>\"", 75),
}

// awkwardChart has a label in every place where a flowchart has one.
func awkwardChart(label string) *view.Flowchart {
	mark := []view.Mark{{Code: "FL999", Message: label}}
	row := &view.BoxRow{ID: label, Text: label, Note: label, Marks: mark}
	return &view.Flowchart{
		Head: view.Head{Title: label, Desc: label, Foot: []string{label}},
		Groups: []*view.Group{{ID: label, Label: label, Trust: flow.Untrusted, Boxes: []*view.Box{
			{ID: label, Label: label, Sub: label, Kind: view.BoxProxy, Rows: []*view.BoxRow{row}},
			{ID: "lines", Label: label, Sub: label, Kind: view.BoxBackend, Rows: []*view.BoxRow{row}, Marks: mark},
			{ID: "question", Label: label, Kind: view.BoxQuestion},
			{ID: "outcome", Label: label, Kind: view.BoxOutcome},
			{ID: "fault", Label: label, Kind: view.BoxFault},
			{ID: "client", Label: label, Kind: view.BoxClient},
		}}},
		Edges: []*view.Edge{
			{From: "lines", To: label, ToRow: label, Label: label, Line: view.LineTLS, Marks: mark},
			{From: "question", To: "outcome", Label: label, Line: view.LineFlow},
			{From: "question", To: "fault", Label: label, Line: view.LineControl},
			{From: "client", To: "question", Label: label, Line: view.LinePlain},
		},
	}
}

// awkwardSequence has a label in every place where a sequence has one.
func awkwardSequence(label string) *view.Sequence {
	mark := []view.Mark{{Code: "FL999", Message: label}}
	return &view.Sequence{
		Head: view.Head{Title: label, Desc: label, Foot: []string{label}},
		Panels: []*view.Panel{{
			Title:     label,
			Lifelines: []*view.Lifeline{{ID: label, Label: label, Sub: label, Zone: label + " )", Trust: flow.Untrusted}, {ID: "other", Label: label, Zone: label, Trust: flow.Trusted}},
			Rows: []view.Row{
				&view.MessageRow{From: 0, To: 1, Text: label, Line: view.LinePlain},
				&view.MessageRow{From: 1, To: 0, Text: label, Line: view.LineTLS, Session: "T1", Marks: mark},
				&view.MessageRow{From: 1, To: 0, Text: label, Line: view.LineTLS, Session: "T1", Both: true},
				&view.ActionRow{At: 0, Text: label, Marks: mark},
				&view.SpanRow{From: 0, To: 1, Text: label},
				&view.GapRow{Text: label},
			},
			Bands: []*view.Band{{Session: "T1", Label: label, From: 0, To: 1, First: 1, Last: 2}},
			Foot:  []string{label},
		}},
	}
}

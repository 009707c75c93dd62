package emit

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// The samples are pictures such as the views project, and odd ones. They are
// built by hand so that an emitter is tested without a derivation.

func ends(labels ...string) []*view.Lifeline {
	var out []*view.Lifeline
	for i, l := range labels {
		p := &view.Lifeline{ID: strings.ToLower(l), Label: l, Kind: flow.KindProxy, Sub: "cluster", Zone: "cluster"}
		switch i {
		case 0:
			p.Kind, p.Untrusted, p.Sub, p.Zone, p.Trust = flow.KindClient, true, "internet", "internet", flow.Untrusted
		case len(labels) - 1:
			p.Kind, p.Sub = flow.KindServer, "10.0.1.11:8443"
		}
		out = append(out, p)
	}
	return out
}

func msg(n, from, to int, text, session string, line view.Line) *view.MessageRow {
	return &view.MessageRow{First: n, Last: n, From: from, To: to, Text: text, Session: session, Line: line, IDs: []string{fmt.Sprintf("s%d.%d", n, from)}}
}

func exchange(first, last, from, to int, text, session string, line view.Line) *view.MessageRow {
	m := msg(first, from, to, text, session, line)
	m.Last, m.Both = last, true
	return m
}

func sequence(title string, p *view.Panel) *view.Sequence {
	return &view.Sequence{
		Head: view.Head{
			Title: title,
			Desc:  "Browser sends GET /cart to HAProxy, which sends it to shop-1.",
			Foot:  []string{"assumed: keep-alive, browser closes first, certificates fit and are trusted (defaults haproxy 2.6)"},
		},
		Panels: []*view.Panel{p},
	}
}

func plainSample() *view.Sequence {
	return sequence("Plain route: checkout", &view.Panel{
		Lifelines: ends("Browser", "HAProxy", "shop-1"),
		Rows: []view.Row{
			exchange(1, 3, 0, 1, "TCP handshake :80", "", view.LinePlain),
			msg(4, 0, 1, "GET /cart, plain", "", view.LinePlain),
			&view.ActionRow{First: 5, Last: 5, At: 1, Text: "match shop.apps.example.test /cart: route shop"},
			&view.ActionRow{First: 6, Last: 6, At: 1, Text: "choose shop-1 of 2"},
			exchange(7, 9, 1, 2, "TCP handshake :8080", "", view.LinePlain),
			msg(10, 1, 2, "GET /cart, plain", "", view.LinePlain),
			msg(11, 2, 1, "200 OK, plain", "", view.LinePlain),
			msg(12, 1, 0, "200 OK, plain", "", view.LinePlain),
			exchange(13, 16, 0, 1, "close", "", view.LinePlain),
		},
	})
}

func edgeSample() *view.Sequence {
	return sequence("Edge route: checkout", &view.Panel{
		Lifelines: ends("Browser", "HAProxy", "shop-1"),
		Rows: []view.Row{
			exchange(1, 3, 0, 1, "TCP handshake :443", "", view.LinePlain),
			exchange(4, 10, 0, 1, "T1 handshake TLS 1.3", "T1", view.LineTLS),
			msg(11, 0, 1, "GET /cart", "T1", view.LineTLS),
			&view.ActionRow{First: 12, Last: 12, At: 1, Text: "decrypt T1", Session: "T1"},
			&view.ActionRow{First: 13, Last: 13, At: 1, Text: "match shop.apps.example.test /cart: route shop"},
			exchange(14, 16, 1, 2, "TCP handshake :8080", "", view.LinePlain),
			msg(17, 1, 2, "GET /cart, plain", "", view.LinePlain),
			msg(18, 2, 1, "200 OK, plain", "", view.LinePlain),
			msg(19, 1, 0, "200 OK", "T1", view.LineTLS),
			&view.MessageRow{First: 20, Last: 20, From: 0, To: 1, Text: "close_notify, FIN", Session: "T1", Line: view.LineTLS},
			exchange(21, 23, 1, 2, "close", "", view.LinePlain),
		},
		Bands: []*view.Band{{Session: "T1", Label: "T1 TLS 1.3 h2", From: 0, To: 1, First: 2, Last: 9}},
		Foot:  []string{"keys of T1: Browser, HAProxy"},
	})
}

func reencryptSample() *view.Sequence {
	return sequence("Re-encrypted route: checkout", &view.Panel{
		Lifelines: ends("Browser", "HAProxy", "shop-1"),
		Rows: []view.Row{
			exchange(1, 3, 0, 1, "TCP handshake :443", "", view.LinePlain),
			exchange(4, 10, 0, 1, "T1 handshake TLS 1.3, SNI shop.apps.example.test", "T1", view.LineTLS),
			msg(11, 0, 1, "GET /cart", "T1", view.LineTLS),
			&view.ActionRow{First: 12, Last: 12, At: 1, Text: "decrypt T1", Session: "T1"},
			&view.ActionRow{First: 13, Last: 13, At: 1, Text: "match shop.apps.example.test /cart: route shop"},
			&view.ActionRow{First: 14, Last: 14, At: 1, Text: "choose shop-1 of 2"},
			exchange(15, 17, 1, 2, "TCP handshake :8443", "", view.LinePlain),
			exchange(18, 24, 1, 2, "T2 handshake TLS 1.3, SNI shop.shop.svc", "T2", view.LineTLS),
			&view.MessageRow{First: 25, Last: 26, From: 1, To: 0, Text: "2 NewSessionTicket", Session: "T1", Line: view.LineTLS, Optional: true},
			msg(27, 1, 2, "GET /cart", "T2", view.LineTLS),
			msg(28, 2, 1, "200 OK", "T2", view.LineTLS),
			msg(29, 1, 0, "200 OK", "T1", view.LineTLS),
			msg(30, 0, 1, "close_notify, FIN", "T1", view.LineTLS),
			msg(31, 1, 2, "close_notify, FIN", "T2", view.LineTLS),
		},
		Bands: []*view.Band{
			{Session: "T1", Label: "T1 TLS 1.3 h2", From: 0, To: 1, First: 2, Last: 12},
			{Session: "T2", Label: "T2 TLS 1.3", From: 1, To: 2, First: 8, Last: 13},
		},
		Foot: []string{"keys of T1: Browser, HAProxy", "keys of T2: HAProxy, shop-1"},
	})
}

func passthroughSample() *view.Sequence {
	return sequence("Passthrough route: checkout", &view.Panel{
		Lifelines: ends("Browser", "HAProxy", "vault-1"),
		Rows: []view.Row{
			exchange(1, 3, 0, 1, "TCP handshake :443", "", view.LinePlain),
			msg(4, 0, 1, "ClientHello, SNI vault.apps.example.test", "T1", view.LinePlain),
			&view.ActionRow{First: 5, Last: 5, At: 1, Text: "inspect SNI: route vault"},
			exchange(6, 8, 1, 2, "TCP handshake :8200", "", view.LinePlain),
			msg(9, 1, 2, "ClientHello, relayed", "T1", view.LinePlain),
			exchange(10, 15, 0, 2, "T1 handshake TLS 1.3, rest", "T1", view.LineTLS),
			msg(16, 0, 1, "GET /v1/secret", "T1", view.LineTLS),
			msg(17, 1, 2, "GET /v1/secret", "T1", view.LineTLS),
			msg(18, 2, 0, "200 OK", "T1", view.LineTLS),
			msg(19, 0, 2, "close_notify, FIN", "T1", view.LineTLS),
		},
		Bands: []*view.Band{{Session: "T1", Label: "T1 TLS 1.3", From: 0, To: 2, Relays: []int{1}, First: 6, Last: 9}},
		Foot:  []string{"keys of T1: Browser, vault-1"},
	})
}

func chainSample() *view.Sequence {
	return sequence("Load balancer before an ingress: checkout", &view.Panel{
		Lifelines: ends("Browser", "Load balancer", "Ingress", "shop-1"),
		Rows: []view.Row{
			exchange(1, 3, 0, 1, "TCP handshake :443", "", view.LinePlain),
			exchange(4, 6, 1, 2, "TCP handshake :443", "", view.LinePlain),
			msg(7, 1, 2, "PROXY v2, plain", "", view.LinePlain),
			exchange(8, 15, 0, 2, "T1 handshake TLS 1.3", "T1", view.LineTLS),
			msg(16, 0, 1, "GET /cart", "T1", view.LineTLS),
			msg(17, 1, 2, "GET /cart", "T1", view.LineTLS),
			&view.ActionRow{First: 18, Last: 18, At: 2, Text: "decrypt T1", Session: "T1"},
			exchange(19, 25, 2, 3, "T2 handshake TLS 1.3", "T2", view.LineTLS),
			msg(26, 2, 3, "GET /cart", "T2", view.LineTLS),
			msg(27, 3, 2, "200 OK", "T2", view.LineTLS),
			msg(28, 2, 0, "200 OK", "T1", view.LineTLS),
			&view.SpanRow{First: 29, Last: 60, From: 0, To: 3, Text: "requests 2 to 5 as 16-28, no handshake"},
		},
		Bands: []*view.Band{
			{Session: "T1", Label: "T1 TLS 1.3 h2", From: 0, To: 2, Relays: []int{1}, First: 4, Last: 11},
			{Session: "T2", Label: "T2 TLS 1.3", From: 2, To: 3, First: 8, Last: 11},
		},
	})
}

func retriesSample() *view.Sequence {
	refused := msg(15, 2, 1, "RST", "", view.LinePlain)
	refused.Marks = []view.Mark{{Code: "FL601", Message: "every server of \"shop\" refuses connections", Error: true}}
	answer := msg(40, 1, 0, "503 Service Unavailable", "T1", view.LineTLS)
	answer.Marks = []view.Mark{{Code: "FL602", Message: "nothing else answers for this host, and the client waits for three seconds to be told"}}
	return sequence("Edge route: every server refuses", &view.Panel{
		Lifelines: ends("Browser", "HAProxy", "shop-1"),
		Rows: []view.Row{
			exchange(4, 10, 0, 1, "T1 handshake TLS 1.3", "T1", view.LineTLS),
			msg(11, 0, 1, "GET /cart", "T1", view.LineTLS),
			&view.ActionRow{First: 13, Last: 13, At: 1, Text: "choose shop-1 of 1", Marks: []view.Mark{{Code: "FL603", Message: "one server only"}}},
			msg(14, 1, 2, "SYN", "", view.LinePlain),
			refused,
			&view.GapRow{Text: "1 s later"},
			&view.SpanRow{First: 16, Last: 24, From: 1, To: 2, Text: "4 attempts, 1 s apart"},
			answer,
		},
		Bands: []*view.Band{{Session: "T1", Label: "T1 TLS 1.3 h2", From: 0, To: 1, First: 1, Last: 7}},
	})
}

func manySample() *view.Sequence {
	p := &view.Panel{Lifelines: ends("Browser", "CDN edge", "CDN shield", "Load balancer", "Ingress", "Sidecar", "shop-1")}
	for i := range 6 {
		s := fmt.Sprintf("T%d", i+1)
		p.Rows = append(p.Rows, msg(2*i+1, i, i+1, "GET /cart?item=1 HTTP/1.1", s, view.LineTLS))
		p.Bands = append(p.Bands, &view.Band{Session: s, Label: s + " TLS 1.3 h2", From: i, To: i + 1, First: i, Last: 11 - i})
	}
	for i := 6; i > 0; i-- {
		p.Rows = append(p.Rows, msg(25-2*i, i, i-1, "HTTP/1.1 200 OK", fmt.Sprintf("T%d", i), view.LineTLS))
	}
	return sequence("Seven in a row", p)
}

func longSample() *view.Sequence {
	p := &view.Panel{Lifelines: ends("Browser", "HAProxy", "shop-1")}
	for i := range 60 {
		s, from := "T1", i%2
		if from == 1 {
			s = "T2"
		}
		p.Rows = append(p.Rows, msg(i+1, from, from+1, fmt.Sprintf("message %d", i+1), s, view.LineTLS))
	}
	p.Bands = []*view.Band{
		{Session: "T1", Label: "T1 TLS 1.3 h2", From: 0, To: 1, First: 0, Last: 59},
		{Session: "T2", Label: "T2 TLS 1.2", From: 1, To: 2, First: 1, Last: 30},
		{Session: "T3", Label: "T3 TLS 1.2", From: 1, To: 2, First: 20, Last: 59},
	}
	return sequence("Sixty rows", p)
}

const oddLabel = "\"default\" <end> & -> ; # [x] {y} `z` \u05e9\u05dc\u05d5\u05dd \U0001F512 \u65e5\u672c\u8a9e \u202eevil\u202c \x00\x1b line\nbreak ]]> --> "

func oddSample() *view.Sequence {
	long := strings.Repeat("a300characterlabel-", 16)
	p := &view.Panel{Title: long + oddLabel, Lifelines: ends(long, oddLabel, "\u0634\u0628\u0643\u0629 \u0645\u0648\u062b\u0648\u0642\u0629"), Foot: []string{long, oddLabel}}
	p.Lifelines[0].Sub = long
	p.Rows = []view.Row{
		msg(1, 0, 1, long, "T1", view.LineTLS),
		msg(123456, 1, 0, strings.Repeat("many short words ", 40), "T1", view.LineTLS),
		msg(3, 0, 1, oddLabel, "", view.LinePlain),
		msg(4, 2, 0, oddLabel+long, "", view.LineControl),
		&view.ActionRow{First: 5, Last: 5, At: 0, Text: long, Session: "T1", IDs: []string{oddLabel}},
		&view.ActionRow{First: 6, Last: 6, At: 1, Text: oddLabel, Marks: []view.Mark{{Code: "FL999", Message: long, Error: true}}},
		&view.ActionRow{First: 7, Last: 7, At: 2, Text: "\u0634\u0628\u0643\u0629"},
		&view.SpanRow{From: 2, To: 2, Text: long, Marks: []view.Mark{{Code: "FL999", Message: oddLabel}}},
		&view.SpanRow{From: 0, To: 2, Text: oddLabel},
		&view.GapRow{Text: long},
		msg(8, 1, 2, "", "", view.LineFlow),
	}
	p.Bands = []*view.Band{
		{Session: "T1", Label: long, From: 0, To: 2, Relays: []int{1}, First: 0, Last: 8},
		{Session: "T2", Label: oddLabel, From: 0, To: 1, First: 0, Last: 3},
		{Session: "T3", Label: "never up", From: 0, To: 1, First: 5, Last: 4},
	}
	s := sequence(long+oddLabel, p)
	s.Foot = append(s.Foot, long)
	return s
}

func panelsSample() *view.Sequence {
	s := sequence("Handshakes", nil)
	s.Panels = nil
	for _, of := range []struct {
		title string
		seq   *view.Sequence
	}{{"Edge", edgeSample()}, {"Re-encrypt", reencryptSample()}, {"Passthrough", passthroughSample()}} {
		p := of.seq.Panels[0]
		p.Title = of.title
		s.Panels = append(s.Panels, p)
	}
	return s
}

func loneSample() *view.Sequence {
	return sequence("Alone", &view.Panel{
		Lifelines: ends("Browser"),
		Rows:      []view.Row{&view.ActionRow{First: 1, Last: 1, At: 0, Text: "finds no address for shop.apps.example.test"}, &view.GapRow{Text: "5 s later"}},
	})
}

var sequenceSamples = []struct {
	name string
	seq  func() *view.Sequence
}{
	{"plain", plainSample}, {"edge", edgeSample}, {"reencrypt", reencryptSample}, {"passthrough", passthroughSample},
	{"chain", chainSample}, {"retries", retriesSample}, {"many", manySample}, {"long", longSample}, {"odd", oddSample},
	{"panels", panelsSample}, {"lone", loneSample},
	{"empty", func() *view.Sequence { return sequence("", &view.Panel{}) }},
}

func row(cells ...string) *view.TableRow {
	r := &view.TableRow{}
	for _, c := range cells {
		tone := view.TonePlain
		switch {
		case strings.HasPrefix(c, "+"):
			tone, c = view.ToneGood, c[1:]
		case strings.HasPrefix(c, "!"):
			tone, c = view.ToneBad, c[1:]
		case strings.HasPrefix(c, "~"):
			tone, c = view.ToneMuted, c[1:]
		}
		r.Cells = append(r.Cells, view.Cell{Text: c, Tone: tone})
	}
	return r
}

func visibilitySample() *view.Table {
	t := &view.Table{
		Head:    view.Head{Title: "Re-encrypted route: who can see what", Desc: "What each node and wire can see.", Foot: []string{"assumed: no middlebox on the way"}},
		Columns: []view.Column{{Title: "Where"}, {Title: "Source"}, {Title: "SNI"}, {Title: "Certificate"}, {Title: "Host and path"}, {Title: "Body"}, {Title: "Can"}},
	}
	wire := func(session string, cells ...string) *view.TableRow {
		r := row(cells...)
		r.Wire, r.Session = true, session
		return r
	}
	marked := row("HAProxy", "browser", "shop.apps.example.test", "wildcard", "reads", "reads", "may change, ends T1, starts T2")
	marked.Marks = []view.Mark{{Code: "FL204", Message: "route \"shop\" says proxy-cannot-read, but the proxy ends T1", Error: true}}
	t.Sections = []*view.Section{{Title: "", Rows: []*view.TableRow{
		row("Browser", "~itself", "shop.apps.example.test", "wildcard", "reads", "reads", "ends T1"),
		wire("T1", "T1, TLS 1.3", "browser", "shop.apps.example.test", "+hidden", "+hidden", "+hidden", "nothing"),
		marked,
		wire("T2", "T2, TLS 1.3", "haproxy", "shop.shop.svc", "+hidden", "+hidden", "+hidden", "nothing"),
		row("shop-1", "haproxy", "shop.shop.svc", "shop-internal", "reads", "reads", "ends T2"),
	}}}
	return t
}

func modesSample() *view.Table {
	t := &view.Table{Head: view.Head{Title: "Route shop in four modes", Desc: "The four modes beside each other."}}
	for _, c := range []string{"Mode", "Client's TLS ends", "Certificate it sees", "Routed on", "Who reads HTTP", "Wire to the server", "Handshakes", "Client certificate checked by", "When the backend is dead", "Use when"} {
		t.Columns = append(t.Columns, view.Column{Title: c})
	}
	own := row("reencrypt", "at HAProxy", "wildcard", "host, path", "HAProxy, shop-1", "T2 TLS 1.3", "2", "HAProxy", "503 inside TLS", "every hop must be encrypted and the proxy has to see HTTP")
	own.Own = true
	t.Sections = []*view.Section{{Rows: []*view.TableRow{
		row("none", "nowhere", "none", "host, path", "everyone on the way", "plaintext", "0", "nobody", "503", "inside one trusted zone"),
		row("edge", "at HAProxy", "wildcard", "host, path", "HAProxy, shop-1, the cluster", "plaintext", "1", "HAProxy", "503 inside TLS", "the cluster's network is trusted"),
		own,
		row("passthrough", "at shop-1", "shop-internal", "SNI alone", "shop-1", "T1 TLS 1.3", "1", "shop-1", "close without a status", "the proxy must not read"),
	}}}
	return t
}

func routesSample() *view.Table {
	t := &view.Table{Head: view.Head{Title: "Routes", Desc: "Every route."},
		Columns: []view.Column{{Title: "Route"}, {Title: "Host"}, {Title: "Path"}, {Title: "Mode"}, {Title: "Insecure"}, {Title: "Admitted by"}, {Title: "Certificate"}, {Title: "Backends"}, {Title: "Servers", Right: true}}}
	for _, zone := range []string{"public", "internal"} {
		s := &view.Section{Title: "Admitted by " + zone}
		for i := range 6 {
			s.Rows = append(s.Rows, row(fmt.Sprintf("shop-%d", i), fmt.Sprintf("shop-%d.apps.example.test", i), "/cart", "reencrypt", "redirect 302", zone, "wildcard", "shop 90 %, shop-next 10 %", fmt.Sprint(7+i)))
		}
		t.Sections = append(t.Sections, s)
	}
	return t
}

func oddTable() *view.Table {
	long := strings.Repeat("a300characterlabel-", 16)
	t := &view.Table{Head: view.Head{Title: oddLabel, Foot: []string{long}}, Columns: []view.Column{{Title: oddLabel}, {Title: long}, {Title: ""}, {Title: "n", Right: true}}}
	short := row("one cell")
	many := row("more", "cells", "than", "columns", "here")
	many.Marks = []view.Mark{{Code: "FL999", Message: long + oddLabel}}
	t.Sections = []*view.Section{{Title: long, Rows: []*view.TableRow{row(long, oddLabel, "", long), short, many}}, {}}
	return t
}

var tableSamples = []struct {
	name  string
	table func() *view.Table
}{
	{"visibility", visibilitySample}, {"modes", modesSample}, {"routes", routesSample}, {"oddtable", oddTable},
	{"emptytable", func() *view.Table { return &view.Table{} }},
}

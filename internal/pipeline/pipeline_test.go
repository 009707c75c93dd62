package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/view"
)

// compile compiles a text.
func compile(t *testing.T, text string) *Model {
	t.Helper()
	m := LoadText("m.flow", text)
	m.Compile()
	return m
}

const two = `
client browser
route shop {
    host shop.example.test
    tls edge
    to shop
}
route vault {
    host vault.example.test
    tls passthrough
    to vault
}
request checkout { get https://shop.example.test/ }
request unseal { get https://vault.example.test/ }
view wire sequence {
    of unseal
    show tcp, tls
    only browser, haproxy
    collapse servers
}
view routes certificates
`

// names of plans: VIEW, or VIEW/REQUEST.
func planned(plans []*Plan) []string {
	var out []string
	for _, p := range plans {
		name := p.Name
		if p.Request != nil {
			name += "/" + p.Request.Name
		}
		out = append(out, name)
	}
	return out
}

func TestPlans(t *testing.T) {
	m := compile(t, two)
	for _, tc := range []struct {
		name   string
		choice Choice
		want   []string
	}{
		{"all", Choice{}, []string{
			"topology", "stages", "handshake", "decision", "sequence/checkout", "sequence/unseal", "shards",
			"visibility", "modes", "failures", "certificates", "wire/unseal", "routes",
		}},
		{"views", Choice{Views: []string{"topology", "wire"}}, []string{"topology", "wire/unseal"}},
		{"request", Choice{Views: []string{"topology", "sequence", "wire"}, Requests: []string{"checkout"}},
			[]string{"topology", "sequence/checkout"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plans, left := m.Plans(tc.choice)
			if d := cmp.Diff(tc.want, planned(plans)); d != "" || left != 0 {
				t.Errorf("%d left; -want +got:\n%s", left, d)
			}
		})
	}
}

// A declared view has what the model says about it, and under a built-in
// view's name stands in its place; the command line goes before the model.
func TestDeclaredViews(t *testing.T) {
	m := compile(t, two)
	wire := m.wanted(Choice{Views: []string{"wire"}})[0]
	if wire.show != (view.Show{TCP: true, TLS: true}) || !slices.Equal(wire.only, []string{"browser", "haproxy"}) ||
		!slices.Equal(wire.collapse, []string{"servers"}) {
		t.Errorf("wire is %+v", wire)
	}
	wire = m.wanted(Choice{Views: []string{"wire"}, Show: view.Show{HTTP: true}, Only: []string{"vault"}})[0]
	if wire.show != (view.Show{HTTP: true}) || !slices.Equal(wire.only, []string{"vault"}) {
		t.Errorf("with flags wire is %+v", wire)
	}
	if routes := m.wanted(Choice{Views: []string{"routes"}}); len(routes) != 1 || routes[0].view.Name != "certificates" {
		t.Errorf("routes is %+v", routes)
	}
}

func TestAtMostSoManyDerivedRequests(t *testing.T) {
	var b strings.Builder
	for i := range MaxDerived + 7 {
		fmt.Fprintf(&b, "route r%d {\n host r%d.example.test\n to shop\n}\n", i, i)
	}
	choice := Choice{Views: []string{"sequence"}}
	m := compile(t, b.String())
	if plans, left := m.Plans(choice); len(plans) != MaxDerived || left != 7 {
		t.Errorf("%d plans, %d left", len(plans), left)
	}
	choice.Requests = []string{"r53"}
	if plans, left := m.Plans(choice); len(plans) != 1 || left != 0 {
		t.Errorf("with a name: %d plans, %d left", len(plans), left)
	}
	for i := range MaxDerived + 7 {
		fmt.Fprintf(&b, "request q%d { get http://r%d.example.test/ }\n", i, i)
	}
	m = compile(t, b.String())
	if plans, left := m.Plans(Choice{Views: []string{"sequence"}}); len(plans) != MaxDerived+7 || left != 0 {
		t.Errorf("stated: %d plans, %d left", len(plans), left)
	}
}

func TestValidate(t *testing.T) {
	m, none := compile(t, two), compile(t, "")
	for _, tc := range []struct {
		choice Choice
		want   string
	}{
		{Choice{}, ""},
		{Choice{Views: []string{"wire", "topology"}, Requests: []string{"unseal"}, Route: "shop", Only: []string{"haproxy", "vault", "shop/shop-1"}}, ""},
		{Choice{Views: []string{"wires"}}, `unknown view "wires", did you mean "wire"?`},
		{Choice{Requests: []string{"checkin"}}, `unknown request "checkin"; there are checkout, unseal`},
		{Choice{Route: "vualt"}, `unknown route "vualt", did you mean "vault"?`},
		{Choice{Only: []string{"xyz"}}, `unknown node, server or route "xyz"; there are client, haproxy, browser, shop, vault, shop/shop-1, vault/vault-1`},
	} {
		got := ""
		if err := tc.choice.Validate([]*Model{none, m}); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.choice, got, tc.want)
		}
	}
	if err := (Choice{Requests: []string{"x"}}).Validate([]*Model{none}); err == nil || err.Error() != `unknown request "x"; the model has none` {
		t.Errorf("got %v", err)
	}
}

// A rule's finding is no reason not to draw, and is marked in the picture.
func TestFindingsAreMarked(t *testing.T) {
	m := compile(t, "route shop {\n host shop.example.test\n path /x\n tls passthrough\n to shop\n}\n")
	if len(m.Findings) != 1 || !m.Drawable() {
		t.Fatalf("findings %v", m.Findings)
	}
	plans, _ := m.Plans(Choice{Views: []string{"topology"}})
	pic, reason := plans[0].Picture()
	if pic == nil {
		t.Fatal(reason)
	}
	text, _, err := m.Emit(context.Background(), plans[0], pic, format("mermaid"), emit.Options{})
	if err != nil || !strings.Contains(string(text), string(m.Findings[0].Code)) {
		t.Errorf("no %s in the picture (%v):\n%s", m.Findings[0].Code, err, text)
	}
}

// Rules speak of what a broken name does not touch: here of a path, but not of
// a backend to which nothing leads.
func TestBrokenNames(t *testing.T) {
	m := compile(t, "backend b\nroute shop {\n host shop.example.test\n path /x\n tls passthrough\n to nosuch\n}\n")
	if m.Drawable() || len(m.Findings) != 2 || m.Findings[0].Code != "FL201" || m.Findings[1].Code != "FL120" {
		t.Errorf("findings %v", m.Findings)
	}
}

// Every picture of the corpus is of the kind that its view says, and has its
// default formats: one to paste, and SVG.
func TestCorpus(t *testing.T) {
	drawn := make(map[string]bool)
	for _, model := range models.List() {
		m := Load(model.Path, models.FS.ReadFile)
		m.Compile()
		plans, _ := m.Plans(Choice{})
		for _, p := range plans {
			pic, reason := p.Picture()
			if pic == nil {
				if reason == "" {
					t.Errorf("%s: %s is not drawn, and nobody says why", m.Path, p.Name)
				}
				continue
			}
			drawn[p.Name] = true
			if got, want := fmt.Sprintf("%T", pic), fmt.Sprintf("%T", p.view.Draws); got != want {
				t.Errorf("%s: %s is a %s, its view says %s", m.Path, p.Name, got, want)
			}
			formats := Formats(pic, nil)
			if len(formats) != 2 || formats[1].Name != "svg" || formats[0] != Pasted(pic) {
				t.Errorf("%s: the formats of %s are %v", m.Path, p.Name, formats)
			}
		}
	}
	for _, v := range view.Views {
		if !drawn[v.Name] {
			t.Errorf("no model has anything to show in the view %s", v.Name)
		}
	}
}

func TestParseShow(t *testing.T) {
	all, err := ParseShow(Layers)
	if err != nil || all != (view.Show{TCP: true, PROXY: true, TLS: true, HTTP: true, Actions: true}) {
		t.Errorf("all layers are %+v, %v", all, err)
	}
	if _, err := ParseShow([]string{"tsl"}); err == nil || err.Error() != `unknown layer "tsl", did you mean "tls"?` {
		t.Errorf("got %v", err)
	}
}

func TestFormat(t *testing.T) {
	for _, f := range emit.Formats {
		for _, name := range []string{f.Name, f.Ext} {
			if got, err := Format(name); err != nil || got != f {
				t.Errorf("Format(%q) is %v, %v", name, got, err)
			}
		}
	}
	if _, err := Format("sgv"); err == nil || err.Error() != `unknown format "sgv", did you mean "svg"?` {
		t.Errorf("got %v", err)
	}
}

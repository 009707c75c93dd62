package view_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// chartBox is a box of a flowchart.
func chartBox(t *testing.T, c *view.Flowchart, id string) *view.Box {
	t.Helper()
	for _, g := range c.Groups {
		for _, b := range g.Boxes {
			if b.ID == id {
				return b
			}
		}
	}
	t.Fatalf("no box %q", id)
	return nil
}

func rowsOf(b *view.Box) []string {
	var out []string
	for _, r := range b.Rows {
		out = append(out, strings.TrimSuffix(r.Text+" | "+r.Note, " | "))
	}
	return out
}

// TestRelayPorts: a route that relays what comes in at several ports has a row for each, so
// that it is seen which leads where.
func TestRelayPorts(t *testing.T) {
	c := project(t, parse(t, "relay", `
client browser
client probe
proxy nlb {
    listen tcp :80
    listen tcp :443
}
proxy in {
    listen http :80
    listen https :443
}
route all on nlb { to in }
route plain on in {
    host plain.example.test
    tls none
    to shop
}
route shop on in {
    host shop.example.test
    tls edge
    to shop
}
request a {
    from browser
    get https://shop.example.test/
}
request b {
    from probe
    get http://plain.example.test/
}
`), "topology", "").(*view.Flowchart)
	want := []string{"all  relay  :443 | relays T1, cannot read", "all  relay  :80 | relays plaintext"}
	got := rowsOf(chartBox(t, c, "nlb"))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	leads := map[string]string{}
	for _, e := range c.Edges {
		if e.From == "nlb" {
			leads[e.FromRow] += e.ToRow
		}
	}
	if leads["route all"]+" "+leads["route all :443"]+leads["route all :80"] == " " || len(leads) != 2 {
		t.Errorf("arrows %q", leads)
	}
	if sub := chartBox(t, c, "nlb").Sub; sub != "ports 80 and 443; layer 4" {
		t.Errorf("the balancer says %q", sub)
	}
}

// TestFailingRow: what fails before a route is chosen ends in a row of the proxy, with what a
// client gets and why, also where that is meant.
func TestFailingRow(t *testing.T) {
	c := project(t, parse(t, "fails", `
client browser
proxy in { listen https :443 }
route shop on in {
    host shop.example.test
    tls edge
    to shop
}
backend shop { server shop-1 10.0.0.1:80 down
 server shop-2 10.0.0.2:80 }
request lost {
    from browser
    get https://other.example.test/
    via in
    expect 503
}
`), "topology", "").(*view.Flowchart)
	in := chartBox(t, c, "in")
	row := in.Rows[len(in.Rows)-1]
	if !row.Fails || row.Text != "503, inside TLS" || len(row.Marks) != 1 || !row.Marks[0].Expected ||
		!strings.Contains(row.Marks[0].Message, "no route of in matches other.example.test/") {
		t.Errorf("row %+v", row)
	}
	fails := 0
	for _, e := range c.Edges {
		if e.Fails {
			fails++
			if e.To != "in" || e.ToRow != row.ID || len(e.Marks) > 0 {
				t.Errorf("arrow %+v", e)
			}
		}
	}
	if fails != 1 {
		t.Errorf("%d arrows fail", fails)
	}
	if r := chartBox(t, c, "shop").Rows[0]; !r.Down {
		t.Errorf("server %+v is not down", r)
	}
}

// TestLegend: the legend says who holds the keys of each session, and folds where there are
// many.
func TestLegend(t *testing.T) {
	model := func(backends int) string {
		var b strings.Builder
		b.WriteString("client browser\nproxy in { listen https :443 }\n")
		for i := range backends {
			n := string(rune('a' + i))
			b.WriteString("backend " + n + " { speaks https\n server " + n + "-1 10.0.0.1:8443 }\n")
			mode := []string{"reencrypt", "passthrough"}[i%2]
			b.WriteString("route " + n + " on in {\n host " + n + ".example.test\n tls " + mode + "\n to " + n + "\n}\n")
			b.WriteString("request " + n + " {\n from browser\n get https://" + n + ".example.test/\n}\n")
		}
		return b.String()
	}
	legend := func(n int) []string {
		var out []string
		for _, l := range project(t, parse(t, "legend", model(n)), "topology", "").(*view.Flowchart).Legend {
			out = append(out, l.Name+": "+l.Text)
		}
		return out
	}
	want := []string{
		"T1 browser to in: a; both ends have the keys",
		"T1 browser to b: b; in relays it and has no keys",
		"T2 in to a: both ends have the keys",
	}
	if got := legend(2); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	want = []string{
		"T1 browser to in: both ends have the keys",
		"T1 browser to 9 places: in relays it and has no keys",
		"T2 in to 9 places: both ends have the keys",
	}
	if got := legend(18); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

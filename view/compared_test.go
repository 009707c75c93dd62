package view_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// comparedMarks lists what is marked in a picture of two models.
func comparedMarks(f *view.Flowchart) string {
	var out []string
	note := func(what string, marks []view.Mark) {
		for _, m := range marks {
			out = append(out, map[view.Change]string{view.Added: "+", view.Removed: "-", view.Changed: "~"}[m.Change]+what+": "+m.Message)
		}
	}
	for _, g := range f.Groups {
		for _, b := range g.Boxes {
			note(g.ID+" "+b.ID, b.Marks)
			for _, r := range b.Rows {
				note(b.ID+"/"+r.ID, r.Marks)
			}
		}
	}
	for _, e := range f.Edges {
		note(e.From+"/"+e.FromRow+" > "+e.To+"/"+e.ToRow, e.Marks)
	}
	return strings.Join(out, "\n")
}

// What is added, removed and changed is marked, whatever the parties are called.
func TestCompared(t *testing.T) {
	chart := func(proxy, note string, more ...*view.Box) *view.Flowchart {
		edge := &view.Box{ID: proxy, Kind: view.BoxProxy, Rows: []*view.BoxRow{{ID: "route shop", Note: note}}}
		return &view.Flowchart{
			Groups: []*view.Group{{ID: "zone dc", Boxes: append([]*view.Box{edge, {ID: "shop", Kind: view.BoxBackend, Sub: "10.0.0.1"}}, more...)}},
			Edges:  []*view.Edge{{ID: "a", From: proxy, FromRow: "route shop", To: "shop", Label: ":80 plain", Line: view.LinePlain}},
		}
	}
	facts := map[string][]string{}
	same := view.Same{
		Party: func(name string) string {
			return map[string]string{"edge": "gate", "shop": "shop"}[name]
		},
		Route:  func(name string) string { return name },
		Server: func(_, name string) string { return name },
		Zone:   func(name string) string { return name },
		Text:   func(text string) string { return text },
		Facts:  func(name string) []string { return facts[name] },
	}
	if got := comparedMarks(view.Compared(chart("edge", "ends T1"), chart("gate", "ends T1"), same)); got != "" {
		t.Errorf("a party has another name, and is marked:\n%s", got)
	}
	facts["route shop"], facts["shop"] = []string{"host", "path"}, []string{"speaks"}
	hidden := view.Compared(chart("edge", "ends T1"), chart("gate", "ends T1"), same)
	if got, want := comparedMarks(hidden), "~gate/route shop: host and path changed\n~zone dc shop: speaks changed"; got != want || !hidden.Differs() {
		t.Errorf("what no word of the picture says: got\n%s\nwant\n%s", got, want)
	}
	clear(facts)
	if view.Compared(chart("edge", "ends T1"), chart("gate", "ends T1"), same).Differs() {
		t.Error("two that are the same differ")
	}
	old := chart("edge", "ends T1, starts T2", &view.Box{ID: "blog", Kind: view.BoxBackend})
	old.Edges = append(old.Edges, &view.Edge{ID: "b", From: "edge", FromRow: "route blog", To: "blog", Label: ":443 TLS", Line: view.LineTLS})
	old.Groups[0].Boxes[0].Rows = append(old.Groups[0].Boxes[0].Rows, &view.BoxRow{ID: "route blog"})
	is := chart("gate", "ends T1", &view.Box{ID: "news", Kind: view.BoxBackend})
	is.Groups[0].Boxes[1].Sub, is.Edges[0].Line, is.Edges[0].Label = "10.0.0.9", view.LineTLS, ":80 TLS"
	out := view.Compared(old, is, same)
	want := `~gate/route shop: was ends T1, starts T2
-gate/route blog: removed
~zone dc shop: was 10.0.0.1
+zone dc news: added
-zone dc blog: removed
~gate/route shop > shop/: was :80 plain
-gate/route blog > blog/: removed`
	if got := comparedMarks(out); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(out.Foot[0], "added") {
		t.Errorf("no legend: %q", out.Foot)
	}
}

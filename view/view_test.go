package view_test

import (
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// model returns one of the models of models/.
func model(t testing.TB, name string) *view.Input {
	t.Helper()
	text, ok := models.Standalone(name)
	if !ok {
		t.Fatalf("no model %s", name)
	}
	return parse(t, name, string(text))
}

// parse resolves a model that is written in a test.
func parse(t testing.TB, name, text string) *view.Input {
	t.Helper()
	file, list := grammar.Parse(source.NewFile(name+".flow", text))
	draft, more := resolve.Draft(name, file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(list, more...) {
		if d.Severity == diag.Error {
			t.Fatalf("%s: %s %s (%s)", name, d.Code, d.Message, d.At.Text())
		}
	}
	courses := flow.NewCache(topology)
	return &view.Input{Topology: topology, Derive: courses.Of, Cache: courses}
}

// find returns a view by its name.
func find(t testing.TB, name string) *view.View {
	t.Helper()
	for _, v := range view.Views {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no view %s", name)
	return nil
}

// project draws a view of a model; request chooses one by its name.
func project(t testing.TB, in *view.Input, name, request string) view.Picture {
	t.Helper()
	chosen := *in
	for _, r := range in.Topology.Requests {
		if r.Name == request {
			chosen.Request = r
		}
	}
	pic, reason := find(t, name).Project(&chosen)
	if pic == nil {
		t.Fatalf("no %s: %s", name, reason)
	}
	return pic
}

// TestModels holds every picture of every model that has something to say.
func TestModels(t *testing.T) {
	for _, m := range models.List() {
		in := model(t, m.Name)
		for _, v := range view.Views {
			requests := []*flow.Request{nil}
			if v.Per == view.PerRequest {
				requests = in.Topology.Requests
			}
			for _, r := range requests {
				name := m.Name + "." + v.Name
				if r != nil && len(requests) > 1 {
					name = m.Name + "." + r.Name + "." + v.Name
				}
				t.Run(name, func(t *testing.T) {
					chosen := *in
					chosen.Request = r
					pic, reason := v.Project(&chosen)
					text := "not drawn: " + reason + "\n"
					if pic != nil {
						text = dump(pic)
					}
					golden.Check(t, "testdata/"+name+".golden", text)
				})
			}
		}
	}
}

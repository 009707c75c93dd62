package emit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/view"
)

// TestModelsAsJSON holds every picture of every model to its schema, and every
// lifecycle to what a script may rely on.
func TestModelsAsJSON(t *testing.T) {
	read := func(file string) ([]byte, error) { return fs.ReadFile(models.FS, file) }
	for _, m := range models.List() {
		t.Run(m.Name, func(t *testing.T) {
			compiled := pipeline.Load(m.Path, read)
			compiled.Compile()
			plans, _ := compiled.Plans(pipeline.Choice{})
			for _, p := range plans {
				pic, _ := p.Picture()
				if pic == nil {
					continue
				}
				got, _, err := compiled.Emit(context.Background(), p, pic, format(t, "json"), emit.Options{})
				if err != nil {
					t.Fatal(err)
				}
				checkJSON(t, p.Name, pic, got)
			}
		})
	}
}

func checkJSON(t *testing.T, name string, pic view.Picture, got []byte) {
	t.Helper()
	var into any
	switch pic := pic.(type) {
	case *view.Flowchart:
		into = &emit.FlowchartJSON{}
	case *view.Table:
		into = &emit.TableJSON{}
	case *view.Sequence:
		into = &emit.SequenceJSON{}
		if pic.Lifecycle != nil {
			into = &emit.LifecycleJSON{}
		}
	}
	dec := json.NewDecoder(bytes.NewReader(got))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Errorf("%s is not a %T: %v", name, into, err)
	}
	if bytes.Contains(got, []byte(": null")) {
		t.Errorf("%s has a null", name)
	}
	if l, ok := into.(*emit.LifecycleJSON); ok {
		checkContract(t, name, l)
	}
}

// checkContract holds that every name in a lifecycle stands for something in
// it, and that its steps are in an order that "after" allows.
func checkContract(t *testing.T, name string, l *emit.LifecycleJSON) {
	t.Helper()
	if l.Schema != emit.SchemaLifecycle || l.Model == "" || l.Request == "" || len(l.Outcome.Client) == 0 {
		t.Errorf("%s: schema %q, model %q, request %q, outcome %v", name, l.Schema, l.Model, l.Request, l.Outcome)
	}
	known := map[string]bool{"": true}
	for _, p := range l.Participants {
		known[p.ID] = true
	}
	for _, c := range l.Connections {
		known[c.ID] = true
		if c.From == "" || !known[c.From] || c.To == "" || !known[c.To] {
			t.Errorf("%s: connection %s is from %q to %q", name, c.ID, c.From, c.To)
		}
	}
	for _, s := range l.Sessions {
		known[s.ID] = true
		for _, p := range append(s.RelayedBy, s.Ends[:]...) {
			if !known[p] {
				t.Errorf("%s: %s is of %q, who takes no part", name, s.ID, p)
			}
		}
	}
	done := map[string]bool{}
	for i, s := range l.Steps {
		if s.N != i+1 || done[s.ID] {
			t.Errorf("%s: step %d is numbered %d, and its id %s is taken: %v", name, i+1, s.N, s.ID, done[s.ID])
		}
		for _, word := range []string{s.Connection, s.From, s.To, s.At, s.Session} {
			if !known[word] {
				t.Errorf("%s: step %s names %q, which is not there", name, s.ID, word)
			}
		}
		message := s.Connection != "" && s.From != "" && s.To != "" && s.Layer != "" && s.Protected != nil && s.At == ""
		action := s.Connection == "" && s.From == "" && s.To == "" && s.Layer == "" && s.Protected == nil && s.At != ""
		if s.Step == "message" && !message || s.Step == "action" && !action || s.Attempt == 1 {
			t.Errorf("%s: step %s has the fields of another kind: %+v", name, s.ID, s)
		}
		for _, before := range s.After {
			if !done[before] {
				t.Errorf("%s: step %s comes before %s, which it comes after", name, s.ID, before)
			}
		}
		done[s.ID] = true
	}
}

package flowtext_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestCorpus writes the draft of every model of this tree: what reads the text makes the
// same draft of it, and the text is in the one style.
func TestCorpus(t *testing.T) {
	models := corpus.Models(t, filepath.Join("..", ".."))
	models = append(models, corpus.Model{Name: "fleet", Entry: "fleet.flow", Read: func(string) ([]byte, error) { return []byte(corpus.Fleet(200)), nil }})
	for _, m := range models {
		loaded, broken := load.Load(m.Entry, m.Read)
		before, _ := resolve.Draft(loaded.Name, loaded.Entry, loaded.Imported)
		written := flowtext.Write(before)
		after := read(t, m.Name, written.Text)
		if len(broken) > 0 {
			continue // what is left of it may be no statement of the language
		}
		if len(written.Unsaid) > 0 {
			t.Errorf("%s: not said: %v", m.Name, written.Unsaid)
		}
		if want, got := facts(before), facts(after); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: the model (-) and what was written (+):\n%s\n%s", m.Name, cmp.Diff(want, got), written.Text)
		}
		if again := flowtext.Write(after).Text; again != written.Text {
			t.Errorf("%s: written once more:\n%s", m.Name, cmp.Diff(written.Text, again))
		}
	}
}

// read makes a draft of a text that has no mistakes and is in the one style.
func read(t testing.TB, name, text string) *flow.Draft {
	t.Helper()
	file, found := grammar.Parse(source.NewFile("m.flow", text))
	for _, d := range found {
		t.Errorf("%s: %s at %s", name, d.Message, d.At.Text())
	}
	if len(found) == 0 && grammar.Format(file) != text {
		t.Errorf("%s: not in the one style:\n%s", name, cmp.Diff(text, grammar.Format(file)))
	}
	draft, found := resolve.Draft("m", file, nil)
	if len(found) > 0 {
		t.Errorf("%s: %v", name, found)
	}
	return draft
}

// facts are what a draft states: without places, without what of its text is broken,
// the declarations by kinds, and what is imported like what is stated.
func facts(d *flow.Draft) map[string]any {
	out := map[string]any{"title": d.Title, "date": d.Date, "defaults": d.Profile}
	kinds := map[string][]any{}
	for _, x := range d.Declarations {
		kind := reflect.TypeOf(x).Elem().Name()
		kinds[kind] = append(kinds[kind], plain(reflect.ValueOf(x)))
	}
	for kind, all := range kinds {
		out[kind] = all
	}
	return out
}

var spanType = reflect.TypeFor[source.Span]()

// unread are the fields that say what of a text is broken, and which file or certificate a CA is.
var unread = []string{"Incomplete", "LostServer", "Is"}

// plain is a value as maps and lists, without places.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if p, ok := v.Interface().(*flow.Profile); ok {
			return p.String()
		}
		if v.Kind() == reflect.Interface {
			return v.Elem().Type().Name() + " " + cmp.Diff(nil, v.Elem().Interface())
		}
		return plain(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || f.Type == spanType || v.Field(i).IsZero() || slices.Contains(unread, f.Name) {
				continue
			}
			value := plain(v.Field(i))
			if o, ok := value.(flow.Origin); ok && o == flow.OriginImported {
				value = flow.OriginStated
			}
			if m, ok := value.(map[string]any); !ok || len(m) > 0 {
				out[f.Name] = value
			}
		}
		return out
	case reflect.Slice:
		var out []any
		for i := range v.Len() {
			out = append(out, plain(v.Index(i)))
		}
		return out
	default:
		return v.Interface()
	}
}

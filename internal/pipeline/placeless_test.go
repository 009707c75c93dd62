package pipeline

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestPlaceless takes every place away from the facts of the models that come
// with flowc and of those of the rules. What is stated is still stated: the
// same is found, the same is derived and the same is drawn, but for the marks
// of findings, which need a place.
func TestPlaceless(t *testing.T) {
	for name, text := range placed(t) {
		file, broken := grammar.Parse(source.NewFile(name+".flow", text))
		if len(broken) > 0 {
			continue
		}
		draft, _ := resolve.Draft(name, file, nil)
		want := told(t, draft, false)
		unplace(reflect.ValueOf(draft))
		if got := told(t, draft, true); !slices.Equal(want, got) {
			t.Errorf("%s: without places (+):\n%s", name, cmp.Diff(want, got))
		}
	}
}

// placed are texts of models by names.
func placed(t *testing.T) map[string]string {
	out := map[string]string{}
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		out[m.Name] = string(text)
	}
	files, err := filepath.Glob("../../check/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no models of rules: ", err)
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".flow") && !strings.HasSuffix(f.Name, ".fixed.flow") {
				out[filepath.Base(path)+"/"+f.Name] = string(f.Data)
			}
		}
	}
	return out
}

// unplace makes every place zero that is reached from a value.
func unplace(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*flow.Profile]() {
			unplace(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			unplace(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[source.Span]() {
			v.SetZero()
			return
		}
		for _, f := range v.Fields() {
			unplace(f)
		}
	default:
	}
}

// told is all that is said of a draft: what is found, derived and drawn.
func told(t *testing.T, draft *flow.Draft, placeless bool) []string {
	t.Helper()
	topology, mistakes := flow.Complete(draft)
	courses := flow.NewCache(topology)
	rules, err := check.RunWith(t.Context(), check.Options{Today: "2026-11-01"}, topology, courses)
	if err != nil {
		t.Fatal(err)
	}
	found := append(check.Mistakes(mistakes), rules...)
	var out []string
	for _, d := range found {
		if placeless && d.At.Known() {
			t.Errorf("%s: %s has a place", draft.Name, d.Message)
		}
		out = append(out, string(d.Code)+" "+d.Message)
	}
	slices.Sort(out)
	m := &Model{Topology: topology, courses: courses}
	plans, _ := m.Plans(Choice{})
	for _, p := range plans {
		pic, reason := p.Picture()
		if pic == nil {
			out = append(out, m.Name(p)+": "+reason)
			continue
		}
		text, _, err := m.Emit(context.Background(), p, pic, format("json"), emit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Split(string(text), "\n")...)
	}
	return out
}

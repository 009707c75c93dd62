package arch

import (
	"fmt"
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// TestLanguageKnowsViews notices a view that no model can declare, and a word
// for which there is no view.
func TestLanguageKnowsViews(t *testing.T) {
	var views []string
	for _, v := range view.Views {
		views = append(views, v.Name)
	}
	var themes []string
	for _, t := range emit.Themes {
		themes = append(themes, t.Name)
	}
	for kind, want := range map[string][]string{"VIEW": views, "LAYER": pipeline.Layers, "THEME": themes} {
		i := slices.IndexFunc(grammar.Kinds, func(k *grammar.Kind) bool { return k.Name == kind })
		if i < 0 {
			t.Fatalf("the language has no kind %s", kind)
		}
		for _, name := range want {
			if !slices.Contains(grammar.Kinds[i].Words, name) {
				t.Errorf("the kind %s of grammar/kinds.go lacks the word %s", kind, name)
			}
		}
		for _, word := range grammar.Kinds[i].Words {
			if !slices.Contains(want, word) {
				t.Errorf("the kind %s of grammar/kinds.go has the word %s, for which there is nothing", kind, word)
			}
		}
	}
}

// TestLanguageKnowsWidths holds the widths of a view to those that pictures can have.
func TestLanguageKnowsWidths(t *testing.T) {
	for width, ok := range map[int]bool{emit.MinPage - 1: false, emit.MinPage: true, emit.MaxPage: true, emit.MaxPage + 1: false} {
		text := fmt.Sprintf("view a topology {\n    width %d\n}\n", width)
		if _, found := grammar.Parse(source.NewFile("a.flow", text)); len(found) == 0 != ok {
			t.Errorf("width %d: %v", width, found)
		}
	}
}

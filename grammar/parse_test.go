package grammar_test

import (
	"io/fs"
	"testing"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/source"
)

// Every model is spelled right.
func TestModels(t *testing.T) {
	for _, pattern := range []string{"*.flow", "lib/*.flow"} {
		names, err := fs.Glob(models.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(models.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			_, found := grammar.Parse(source.NewFile(name, string(text)))
			for _, d := range found {
				p := d.At.File.Position(d.At.Start)
				t.Errorf("%s:%d:%d: %s %s (%s)", name, p.Line, p.Column, d.Code, d.Message, d.Help)
			}
		}
	}
}

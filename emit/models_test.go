package emit_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/view"
)

// TestModels draws every view of every model, with the dial closed and open.
func TestModels(t *testing.T) {
	read := func(file string) ([]byte, error) { return fs.ReadFile(models.FS, file) }
	open := view.Show{TCP: true, PROXY: true, TLS: true, HTTP: true, Actions: true}
	for _, m := range models.List() {
		t.Run(m.Name, func(t *testing.T) {
			compiled := pipeline.Load(m.Path, read)
			compiled.Compile()
			for _, show := range []view.Show{{}, open} {
				plans, _ := compiled.Plans(pipeline.Choice{Show: show})
				for _, p := range plans {
					pic, _ := p.Picture()
					if pic == nil {
						continue
					}
					name := p.Name
					if p.Request != nil {
						name += "." + p.Request.Name
					}
					t.Run(name, func(t *testing.T) { checkPicture(t, compiled, p, pic) })
				}
			}
		})
	}
}

func checkPicture(t *testing.T, m *pipeline.Model, p *pipeline.Plan, pic view.Picture) {
	for _, f := range emit.Faults(pic) {
		t.Error(f)
	}
	for _, small := range emit.Legible(pic, emit.DefaultPage) {
		t.Error(small)
	}
	svg, _, err := m.Emit(context.Background(), p, pic, format(t, "svg"), emit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	emit.CheckSVG(t, svg, pic.Header())
	for _, ascii := range []bool{false, true} {
		got, _, err := m.Emit(context.Background(), p, pic, format(t, "text"), emit.Options{ASCII: ascii})
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(got)) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > 100 {
				t.Errorf("%d columns: %s", n, line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("a line ends in a blank: %q", line)
			}
			for _, r := range line {
				if ascii && (r < ' ' || r > '~') {
					t.Fatalf("%q is not ASCII: %s", r, line)
				}
			}
		}
	}
}

func format(t *testing.T, name string) *emit.Format {
	t.Helper()
	f, err := pipeline.Format(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPlaces holds the flowcharts of every model of the tree to what holds of all plans.
func TestPlaces(t *testing.T) {
	for _, c := range corpus.Models(t, "..") {
		m := pipeline.Load(c.Entry, c.Read)
		m.Compile()
		plans, _ := m.Plans(pipeline.Choice{})
		for _, p := range plans {
			if _, ok := p.View().Draws.(*view.Flowchart); !ok {
				continue
			}
			if pic, _ := p.Picture(); pic != nil {
				for _, f := range emit.PlanFaults(pic.(*view.Flowchart)) {
					t.Errorf("%s, %s: %s", c.Name, p.Name, f)
				}
			}
		}
	}
}

// TestColumns holds the pictures of all models that come with flowc to what holds of all
// layouts, in narrow and in wide columns.
func TestColumns(t *testing.T) {
	drawn := 0
	for _, c := range corpus.Models(t, "../models") {
		m := pipeline.Load(c.Entry, c.Read)
		m.Compile()
		plans, _ := m.Plans(pipeline.Choice{})
		for _, p := range plans {
			pic, _ := p.Picture()
			if pic == nil {
				continue
			}
			drawn++
			for _, column := range []int{emit.MinPage, 500, 2000, emit.MaxPage} {
				for _, f := range emit.FaultsOn(pic, column) {
					t.Errorf("%s, %s, in a column of %d: %s", c.Name, p.Name, column, f)
				}
			}
		}
	}
	if drawn < 100 {
		t.Errorf("%d pictures", drawn)
	}
}

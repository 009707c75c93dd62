package emit

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/flowc-lang/flowc/internal/graphviz"
)

// layout is the worker that all tests share.
var layout = graphviz.New(graphviz.Options{})

func TestMain(m *testing.M) {
	code := m.Run()
	layout.Close()
	os.Exit(code)
}

func TestFlowchartSamples(t *testing.T) {
	for _, s := range chartSamples {
		t.Run(s.name, func(t *testing.T) {
			got, diags, err := svg.Emit(context.Background(), s.chart(), Options{Name: s.name, Layout: layout.Layout})
			if err != nil || len(diags) > 0 {
				t.Fatal(err, diags)
			}
			again, _, err := svg.Emit(context.Background(), s.chart(), Options{Name: s.name, Layout: layout.Layout})
			if err != nil || !bytes.Equal(got, again) {
				t.Error("the second time other bytes")
			}
			text, _, err := dot.Emit(context.Background(), s.chart(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if *look != "" {
				os.WriteFile(filepath.Join(*look, s.name+".svg"), got, 0o644)
				os.WriteFile(filepath.Join(*look, s.name+".dot"), text, 0o644)
			}
			if _, err := layout.Layout(context.Background(), text); err != nil {
				t.Errorf("Graphviz refuses the DOT: %v", err)
			}
		})
	}
}

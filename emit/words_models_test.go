package emit_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

// TestWordsGolden keeps what was read aloud and found right: each kind of
// picture, each mode, and courses that fail.
func TestWordsGolden(t *testing.T) {
	for _, c := range []struct{ model, view, request string }{
		{"reencrypt", "sequence", "checkout"},
		{"passthrough", "sequence", "unseal"},
		{"passthrough", "sequence", "no-sni"},
		{"redirect", "sequence", "followed"},
		{"mtls", "sequence", "turned-away"},
		{"router", "sequence", "edge"},
		{"plain", "sequence", "poll"},
		{"mtls", "topology", ""},
		{"network-load-balancer", "topology", ""},
		{"blue-green", "topology", ""},
		{"network-load-balancer", "decision", ""},
		{"handshakes", "handshake", ""},
		{"edge", "stages", ""},
		{"sharding", "shards", ""},
		{"edge", "visibility", ""},
		{"edge", "modes", ""},
	} {
		name := c.model + "." + c.view
		choice := pipeline.Choice{Views: []string{c.view}}
		if c.request != "" {
			name = c.model + "." + c.request + "." + c.view
			choice.Requests = []string{c.request}
		}
		t.Run(name, func(t *testing.T) {
			m := pipeline.Load(c.model+".flow", func(file string) ([]byte, error) { return fs.ReadFile(models.FS, file) })
			m.Compile()
			plans, _ := m.Plans(choice)
			if len(plans) != 1 {
				t.Fatalf("%d pictures", len(plans))
			}
			pic, reason := plans[0].Picture()
			if pic == nil {
				t.Fatal(reason)
			}
			got, _, err := m.Emit(context.Background(), plans[0], pic, format(t, "words"), emit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/words/"+name+".words.txt", got)
		})
	}
}

package dotflow_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// Of a large text the syntax is not kept, and what is said of it is the same:
// the words of suggestions, fixes, and comments that answer for findings.
func TestLargeTexts(t *testing.T) {
	const text = `route vault {
    host vault.example.test
    path /v1
    tls passthrough
    to vault
}
route keys {
    host keys.example.test
    path /v1  # flowc:ignore FL201: known
    affinity cookie node
    tls passthrough
    to vault
}
`
	said := func(text string) []string {
		m := pipeline.LoadText("m.flow", text)
		m.Compile()
		var out []string
		for _, d := range m.Findings {
			line := string(d.Code) + " " + d.Help
			if d.Fix != nil {
				line += " (" + d.Fix.Message + ")"
			}
			out = append(out, line)
		}
		if _, ok := m.Declaration([]string{"route", "keys"}); !ok || m.Findings.Count(diag.Error) == 0 {
			t.Errorf("findings %v, declaration found: %v", m.Findings, ok)
		}
		return out
	}
	padding := strings.Repeat("# a comment that makes the text large, and says nothing\n", 8<<10)
	if d := cmp.Diff(said(text), said(text+padding)); d != "" {
		t.Errorf("(-small +large):\n%s", d)
	}
}

package document_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/internal/document"
)

// Each tool has its way to write an info string; they say the same.
func TestInfoStrings(t *testing.T) {
	want := map[string]string{"view": "topology", "show": "tls,http", "words": "on"}
	for _, info := range []string{
		"flow view=topology show=tls,http words",
		"flow  words view='topology' show=\"tls,http\"",
		"flow {view=topology show=\"tls,http\" words=true}",
		"{.flow view=\"topology\" show=\"tls,http\" words=\"yes\"}",
		"{ .flow .wide #diagram view=topology show=tls,http words }",
		"flow {.wide view=topology show=tls,http words}",
	} {
		d := document.Parse("a.md", "```"+info+"\nroute a\n```\n", document.Markdown)
		for _, f := range d.Findings {
			t.Errorf("%s: %s", info, f.Message)
		}
		if len(d.Fences) != 1 {
			t.Errorf("%s: %d fences", info, len(d.Fences))
			continue
		}
		got := map[string]string{}
		for _, a := range d.Fences[0].Attrs {
			if got[a.Key] = a.Value; d.Fences[0].Attrs.On(a.Key) {
				got[a.Key] = "on"
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", info, diff)
		}
	}
}

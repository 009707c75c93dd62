package builds_test

import (
	"strings"
	"testing"
)

// The builds of docs/builds.md whose outputs are documents.
func TestDocuments(t *testing.T) {
	builds := map[string]string{
		"make":  shown(t, "Documents as targets", "make", 1)[0],
		"ninja": shown(t, "Documents as targets", "ninja", 1)[0],
	}
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(t, tool, map[string]string{
				tool.file: builds[tool.name], "models/shop.flow": shop, "models/lib/zones.flow": zones,
				"docs/guide.md": "# Guide\n\n<!-- flow:begin model=../models/shop.flow view=topology format=svg -->\n<!-- flow:end -->\n",
			})
			tr.settles("the first run")
			if !tr.there("docs/shop.topology.svg") {
				t.Error("no picture beside the document")
			}
			for _, input := range []string{"models/shop.flow", "models/lib/zones.flow", "docs/guide.md"} {
				tr.write(input, tr.text(input)+"\n")
				tr.settles(input + " changed")
			}
			tr.write("models/shop.flow", strings.Replace(shop, "to shop", "path /a\n    tls passthrough\n    to shop", 1))
			tr.fails("a rule is broken", "error FL201")
			tr.write("models/shop.flow", shop)
			tr.settles("that is corrected")
		})
	}
}

// settles runs the build until it has nothing to do: flowc runs at least once,
// and at most twice, because the first run may write a document, which is its
// input.
func (tr *tree) settles(what string) {
	tr.t.Helper()
	for run := range 3 {
		out, code := tr.run(tr.tool.name)
		switch idle := tr.tool.idle.MatchString(out); {
		case code != 0:
			tr.t.Fatalf("%s: %s fails:\n%s", what, tr.tool.name, out)
		case idle && run == 0:
			tr.t.Errorf("%s: %s does nothing:\n%s", what, tr.tool.name, out)
			return
		case idle:
			return
		}
	}
	tr.t.Errorf("%s: %s never has nothing to do", what, tr.tool.name)
}

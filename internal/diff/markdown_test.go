package diff_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/diff"
)

// TestMarkdownPictures: a comment has the pictures for which it has room, behind fences that they
// cannot end, and says which are left out.
func TestMarkdownPictures(t *testing.T) {
	r := compare(t, "route shop {\n    host shop.test\n    tls edge\n    to shop\n}\n", "route shop {\n    host shop.test\n    tls edge\n    answer 403\n}\n")
	named := func(picture, undrawn string) diff.Named {
		return diff.Named{From: "old.flow", To: "new.flow", Result: r, Mermaid: picture, Undrawn: undrawn}
	}
	large := "flowchart LR\n" + strings.Repeat("a --> b\n", 5000)
	var b strings.Builder
	if err := diff.WriteMarkdown(&b, []diff.Named{named(large, ""), named(large, ""), named("flowchart LR\n  a[\"\n```\n\"]", ""), named("", "it is _too_ large")}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"\n```mermaid\nflowchart LR\na --> b\n", "a --> b\n```\n\n</details>\n",
		"\n````mermaid\nflowchart LR\n  a[\"\n```\n\"]\n````\n",
		"\nThe topology is not drawn: a comment has no room for it.",
		"\nThe topology is not drawn: it is \\_too\\_ large.",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%d times %q", strings.Count(got, want), want)
		}
	}
	if len(got) > 65_536 {
		t.Errorf("%d characters are too many for a comment", len(got))
	}
}

package kubeyaml

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// TestDigest: a digest is of what an author states, and aliases that multiply take no time.
func TestDigest(t *testing.T) {
	digest := func(text string) string {
		t.Helper()
		f, err := Read(context.Background(), "a.yaml", "apiVersion: a/v1\nkind: A\n"+text)
		if err != nil || len(f.Objects) != 1 {
			t.Fatal(err, f.Findings)
		}
		return f.Objects[0].Digest()
	}
	was := digest("metadata: {name: a, labels: {b: c}}\nspec: {x: [1, {y: z}]}\n")
	for name, same := range map[string]string{
		"order":   "spec:\n  x:\n  - 1 # one\n  - y: z\nmetadata:\n  labels: {b: c}\n  name: a\n",
		"server":  "metadata: {name: a, labels: {b: c}, resourceVersion: '3', uid: u}\nspec: {x: [1, {y: \"z\"}]}\nstatus: {ok: true}\n",
		"aliases": "metadata: {name: a, labels: {b: c}}\nspec: {x: [1, &m {y: z}]}\nstatus: *m\n",
	} {
		if digest(same) != was {
			t.Errorf("%s: another digest", name)
		}
	}
	for name, other := range map[string]string{
		"value":      "metadata: {name: a, labels: {b: c}}\nspec: {x: [1, {y: w}]}\n",
		"order":      "metadata: {name: a, labels: {b: c}}\nspec: {x: [{y: z}, 1]}\n",
		"label":      "metadata: {name: a}\nspec: {x: [1, {y: z}]}\n",
		"quoted":     "metadata: {name: a, labels: {b: c}}\nspec: {x: ['1', {y: z}]}\n",
		"other list": "metadata: {name: a, labels: {b: c}}\nspec: {x: [1], y: [{y: z}]}\n",
	} {
		if digest(other) == was {
			t.Errorf("%s: the same digest", name)
		}
	}
	var laughs strings.Builder
	laughs.WriteString("metadata: {name: a}\nspec:\n  a0: &a0 [x, x]\n")
	for i := range 60 {
		fmt.Fprintf(&laughs, "  a%d: &a%d [*a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i)
	}
	if digest(laughs.String()) == "" {
		t.Error("no digest")
	}
}

package diff_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/internal/diff"
)

// TestTextEdits makes the edits of testdata/edits in their texts: each has the grade that somebody
// reads from it, and in both directions what changes an outcome is at least risky.
func TestTextEdits(t *testing.T) {
	files, err := filepath.Glob("testdata/edits/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no edits", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		base := archive.Files[0]
		for _, e := range archive.Files[1:] {
			name, grades, _ := strings.Cut(e.Name, ": ")
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				text, err := patched(string(base.Data), string(e.Data))
				if err != nil {
					t.Fatal(err)
				}
				old, is := resolved(t, base.Name, string(base.Data)), resolved(t, base.Name, text)
				r := diff.Of(context.Background(), old, is)
				if got := grade(r); got != grades {
					t.Errorf("%s, want %s\n%s", got, grades, written(r))
				}
				back := diff.Of(context.Background(), is, old)
				for _, x := range []struct {
					old, is diff.Side
					r       *diff.Result
				}{{old, is, r}, {is, old, back}} {
					if what := holds(x.old.Topology, x.is.Topology, x.r); what != "" {
						t.Errorf("%s\n%s", what, written(x.r))
					}
				}
			})
		}
	}
}

func written(r *diff.Result) string {
	var b strings.Builder
	if err := r.WriteText(&b, "old", "new"); err != nil {
		return err.Error()
	}
	return b.String()
}

// patched is a text with an edit: lines that come stand in the place of those that go before them.
func patched(text, edit string) (string, error) {
	lines := strings.Split(text, "\n")
	at := -1
	for _, l := range strings.Split(strings.TrimSuffix(edit, "\n"), "\n") {
		n := 1
		if rest, ok := strings.CutPrefix(l, "@"); ok {
			n, l = int(rest[0]-'0'), rest[1:]
		}
		if l == "" {
			continue
		}
		switch own := l[1:]; l[0] {
		case '-':
			at = -1
			for i, line := range lines {
				if line == own {
					if n--; n == 0 {
						at = i
						break
					}
				}
			}
			if at < 0 {
				return "", fmt.Errorf("no line %q", own)
			}
			lines = slices.Delete(lines, at, at+1)
		case '+':
			if at < 0 {
				return "", fmt.Errorf("%q comes nowhere", own)
			}
			lines = slices.Insert(lines, at, own)
			at++
		default:
			return "", fmt.Errorf("%q is no edit", l)
		}
	}
	return strings.Join(lines, "\n"), nil
}

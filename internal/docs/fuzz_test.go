package docs

import (
	"strings"
	"testing"
)

// FuzzWords cuts commands into words. Words in quotes must come out as they are.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"check a.flow", "show 'a b.flow' \"c d\"", "'", `""`, "a\tb\n c", `a'b'"c"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := words(s)
		if err != nil {
			if !strings.ContainsAny(s, `'"`) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		var quoted []string
		for _, w := range got {
			if strings.Contains(w, "'") && strings.Contains(w, `"`) {
				return
			}
			sign := `"`
			if strings.Contains(w, sign) {
				sign = "'"
			}
			quoted = append(quoted, sign+w+sign)
		}
		again, err := words(strings.Join(quoted, " "))
		if err != nil || strings.Join(again, "\x00") != strings.Join(got, "\x00") {
			t.Errorf("%q is %q, and in quotes %q, %v", s, got, again, err)
		}
	})
}

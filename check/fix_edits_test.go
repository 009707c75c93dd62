package check

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// TestEdits holds what the makers of fixes do to lines of every kind.
func TestEdits(t *testing.T) {
	add := func(at source.Span) *diag.Fix { return added(at, "name a.svc") }
	extend := func(at source.Span) *diag.Fix { return extended(at, "sni a.svc") }
	replace := func(at source.Span) *diag.Fix { return replaced(at, "1.2") }
	for _, tc := range []struct {
		name       string
		fix        func(source.Span) *diag.Fix
		text, want string // [] is around the word that the fix is about
	}{
		{"below", add, "{\n    trust [ca]\n}\n", "{\n    trust ca\nname a.svc\n}\n"},
		{"below a comment", add, "{\n    trust [ca]  # ours\n}\n", "{\n    trust ca  # ours\nname a.svc\n}\n"},
		{"within one line", add, "{ trust [ca] }  # ours\n", "{ trust ca\nname a.svc }  # ours\n"},
		{"below with carriage return", add, "{\r\n    trust [ca]\r\n}\r\n", "{\r\n    trust ca\nname a.svc\r\n}\r\n"},
		{"at the end of the file", add, "trust [ca]", "trust ca\nname a.svc"},
		{"go on", extend, "check [http /ready]  # ours\n", "check http /ready sni a.svc  # ours\n"},
		{"replace", replace, "tls [1.0..1.2] }\n", "tls 1.2 }\n"},
		{"remove with its line", removed, "a\n    [early-data]\nb\n", "a\nb\n"},
		{"remove with carriage return", removed, "a\r\n    [early-data]\r\nb\r\n", "a\r\nb\r\n"},
		{"remove before a comment", removed, "a\n    [early-data]  # fast\nb\n", "a\n      # fast\nb\n"},
		{"remove within one line", removed, "a { [early-data] }\n", "a {  }\n"},
		{"remove the last line", removed, "a\n[early-data]", "a\n"},
	} {
		start := strings.Index(tc.text, "[")
		end := strings.Index(tc.text, "]") - 1
		text := strings.NewReplacer("[", "", "]", "").Replace(tc.text)
		f := tc.fix(source.NewFile("m.flow", text).Span(start, end))
		if len(f.Edits) != 1 || f.Message == "" {
			t.Errorf("%s: %d edits, message %q", tc.name, len(f.Edits), f.Message)
			continue
		}
		e := f.Edits[0]
		if got := text[:e.At.Start] + e.New + text[e.At.End:]; got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

package filename_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/internal/filename"
)

func TestSafe(t *testing.T) {
	long := strings.Repeat("é", 60)
	for _, tc := range []struct{ name, want string }{
		{"shop", "shop"},
		{"a.b_c-D", "a.b_c-D"},
		{"hr/portal", "hr-portal"},
		{`..\..\x`, "..-..-x"},
		{"../../x", "..-..-x"},
		{"..", "model.."},
		{".", "model."},
		{"", "model"},
		{" ", "model"},
		{"a:b*c?", "a-b-c-"},
		{"a\x00b\nc", "a-b-c"},
		{"a\xffb", "a-b"},
		{"con", "con_"},
		{"CON.x", "CON_.x"},
		{"console", "console"},
		{"lpt1", "lpt1_"},
		{"übermäßig 漢字", "übermäßig 漢字"},
		{strings.Repeat("x", 80), strings.Repeat("x", 80)},
		{long, strings.Repeat("é", 40) + "-b4a72df5"},
	} {
		got := filename.Safe(tc.name)
		if got != tc.want {
			t.Errorf("filename.Safe(%q) is %q, want %q", tc.name, got, tc.want)
		}
		if !utf8.ValidString(got) {
			t.Errorf("filename.Safe(%q) is not UTF-8", tc.name)
		}
	}
	if a, b := filename.Safe(long+"a"), filename.Safe(long+"b"); a == b {
		t.Errorf("two long names are both %q", a)
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"shop", "../x", "con.y", "a/b", "\xff", strings.Repeat("é", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := filename.Safe(name)
		switch {
		case got == "", len(got) > 100:
			t.Errorf("%d bytes", len(got))
		case strings.ContainsAny(got, "/\\:*?\"<>|\x00\n"):
			t.Errorf("%q holds what no file may", got)
		case filepath.Clean(filepath.Join("out", got+".view.svg")) != filepath.Join("out", got+".view.svg"),
			filepath.Dir(filepath.Join("out", got+".view.svg")) != "out":
			t.Errorf("%q leaves its folder", got)
		}
	})
}

package pictures_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pictures"
)

func TestStale(t *testing.T) {
	for _, tc := range []struct {
		have, want string
		place      string // of the difference in what is there: "1:2-3:4"
		old, new   string // what differs
	}{
		{"one\ntwo\nthree\n", "one\ntwo 2\nthree\n", "2:4-2:4", "", " 2"},
		{"one\ntwo 2\nthree\n", "one\ntwo\nthree\n", "2:4-2:6", " 2", ""},
		{"one\ntwo\nthree\n", "one\n2\n3\n", "2:1-3:6", "two\nthree", "2\n3"},
		{"one\n", "one\ntwo\n", "2:1-2:1", "", "two\n"},
		{"", "one", "1:1-1:1", "", "one"},
		{"one", "", "1:1-1:4", "one", ""},
		{"aXa", "aXaXa", "1:4-1:4", "", "Xa"}, // what is before and behind does not overlap
		{"a ü b", "a ö b", "1:3-1:4", "ü", "ö"},
		{"a é b", "a 日 b", "1:3-1:4", "é", "日"},
		{"a\r\nb\r\n", "a\nc\n", "2:1-2:2", "b", "c"},
		{"\xffa", "b", "", "", ""},
		{"a", "\x00", "", "", ""},
	} {
		d := pictures.Stale("out/x.svg", "x.flow", []byte(tc.have), []byte(tc.want), false)
		if !d.At.Known() {
			if tc.place != "" || len(d.Related) > 0 {
				t.Errorf("%q and %q: no place, want %s", tc.have, tc.want, tc.place)
			}
			continue
		}
		if got := d.At.Text(); got != tc.old || d.Related[0].At.Text() != tc.new {
			t.Errorf("%q and %q: %q and %q differ, want %q and %q", tc.have, tc.want, got, d.Related[0].At.Text(), tc.old, tc.new)
		}
		from, to := d.At.File.Position(d.At.Start), d.At.File.Position(d.At.End)
		if got := place(from.Line, from.Column, to.Line, to.Column); got != tc.place {
			t.Errorf("%q and %q: differ at %s, want %s", tc.have, tc.want, got, tc.place)
		}
	}
}

func place(numbers ...int) string {
	var out strings.Builder
	for i, n := range numbers {
		out.WriteString([]string{"", ":", "-", ":"}[i])
		out.WriteByte(byte('0' + n))
	}
	return out.String()
}

// What is before a difference and behind it is the same in both texts, and no
// rune is cut.
func FuzzStale(f *testing.F) {
	f.Add("a ü\nb", "a ö\r\nb")
	f.Add("aXa", "aXaXa")
	f.Fuzz(func(t *testing.T, have, want string) {
		d := pictures.Stale("x.svg", "x.flow", []byte(have), []byte(want), true)
		if !d.At.Known() {
			return
		}
		a, b := d.At, d.Related[0].At
		if a.File.Text[:a.Start] != b.File.Text[:b.Start] || a.File.Text[a.End:] != b.File.Text[b.End:] {
			t.Errorf("%q and %q differ outside of %q and %q", have, want, a.Text(), b.Text())
		}
		for _, text := range []string{a.Text(), b.Text()} {
			if !utf8.ValidString(text) {
				t.Errorf("%q and %q: a rune is cut: %q", have, want, text)
			}
		}
		diag.WriteText(&strings.Builder{}, diag.List{d}, diag.TextOptions{})
	})
}

func TestWords(t *testing.T) {
	for _, tc := range []struct {
		found         diag.Diagnostic
		message, help string
	}{
		{pictures.Missing("o/x.svg", "x.flow"), `"o/x.svg" is missing: x.flow gives it`, "run the same command without --check, which renders it"},
		{pictures.Orphaned("o/x.svg", "x.flow", false, ""), `"o/x.svg" is orphaned: x.flow no longer gives it`, "run the same command with --prune in the place of --check, which deletes it"},
		{pictures.Orphaned("o/x.svg", "x.flow", true, "it is not a file"), `"o/x.svg" is orphaned: its model x.flow is gone`, "it is not a file, so that --prune keeps it; delete it yourself"},
		{pictures.OutOfDate("o/m", []string{"x.svg"}), `"o/m" is out of date for "x.svg"`, "render again, and commit the manifest with the pictures"},
		{pictures.OutOfDate("o/m", []string{"x.svg", "y.svg"}), `"o/m" is out of date for "x.svg" and 1 more`, "render again, and commit the manifest with the pictures"},
	} {
		if tc.found.Message != tc.message || tc.found.Help != tc.help {
			t.Errorf("%q, %q, want %q, %q", tc.found.Message, tc.found.Help, tc.message, tc.help)
		}
	}
}

package pictures_test

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/internal/pictures"
)

const head = `{"schema":"flowc/manifest/v1"}` + "\n"

var sum = pictures.Sum([]byte("x"))

// line is a line of a manifest.
func line(picture, model string) string {
	return fmt.Sprintf(`{"picture":%q,"model":%q,"view":"routes","format":"svg","sha256":%q}`+"\n", picture, model, sum)
}

func TestManifest(t *testing.T) {
	m, err := pictures.Parse([]byte(head + line("b.svg", "../b.flow") + line("sub/a.svg", "../a.flow") + line("b.svg", "../c.flow")))
	if err != nil {
		t.Fatal(err)
	}
	entry := func(picture, model string) pictures.Entry {
		return pictures.Entry{Picture: picture, Model: model, View: "routes", Format: "svg", Sum: sum}
	}
	if diff := cmp.Diff(pictures.Manifest{entry("b.svg", "../c.flow"), entry("sub/a.svg", "../a.flow")}, m); diff != "" {
		t.Errorf("the last line for a picture counts: %s", diff)
	}
	n := m.With(entry("c<&>.svg", "ü/d.flow"), entry("b.svg", "../b.flow")).Without(func(e pictures.Entry) bool { return e.Picture == "sub/a.svg" })
	if want := head + line("b.svg", "../b.flow") + line("c<&>.svg", "ü/d.flow"); string(n.Bytes()) != want {
		t.Errorf("written as\n%s, want\n%s", n.Bytes(), want)
	}
	if len(m) != 2 || m[0].Model != "../c.flow" {
		t.Errorf("With and Without change the manifest that they are called on: %v", m)
	}
	if e, ok := n.Of("b.svg"); !ok || e.Model != "../b.flow" {
		t.Errorf("of b.svg it says %v, %v", e, ok)
	}
	if e, ok := n.Of("a.svg"); ok {
		t.Errorf("it says %v of a picture that it does not list", e)
	}
	if empty, err := pictures.Parse(nil); err != nil || len(empty) > 0 || string(empty.Bytes()) != head {
		t.Errorf("an empty manifest is %v, %v", empty, err)
	}
}

func TestManifestOfAnyone(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"\n", `line 1: the schema is not "flowc/manifest/v1"`},
		{"{}", `line 1: the schema is not "flowc/manifest/v1"`},
		{`{"schema":"flowc/manifest/v2"}`, `line 1: the schema is not "flowc/manifest/v1"`},
		{line("a.svg", "a.flow"), `line 1: the schema is not "flowc/manifest/v1"`},
		{head + "<<<<<<< HEAD\n", `line 2: not the JSON of a picture`},
		{head + "\n", `line 2: not the JSON of a picture`},
		{head + `[]`, `line 2: not the JSON of a picture`},
		{head + line("a.svg", "a.flow") + `{}`, `line 3: "" does not name a picture below the manifest's folder`},
		{head + line("../a.svg", "a.flow"), `line 2: "../a.svg" does not name a picture below the manifest's folder`},
		{head + line("b/../../a.svg", "a.flow"), `line 2: "b/../../a.svg" does not name a picture below the manifest's folder`},
		{head + line("/etc/passwd", "a.flow"), `line 2: "/etc/passwd" does not name a picture below the manifest's folder`},
		{head + line("C:/a.svg", "a.flow"), `line 2: "C:/a.svg" does not name a picture below the manifest's folder`},
		{head + line(`..\a.svg`, "a.flow"), `line 2: "..\\a.svg" does not name a picture below the manifest's folder`},
		{head + line(".", "a.flow"), `line 2: "." does not name a picture below the manifest's folder`},
		{head + line(".flowc-manifest.jsonl", "a.flow"), `line 2: ".flowc-manifest.jsonl" does not name a picture below the manifest's folder`},
		{head + line("a.svg", ""), `line 2: "" is not the relative path of a model`},
		{head + line("a.svg", "/a.flow"), `line 2: "/a.flow" is not the relative path of a model`},
		{head + line("a.svg", "b/../a.flow"), `line 2: "b/../a.flow" is not the relative path of a model`},
		{head + strings.Replace(line("a.svg", "a.flow"), "routes", "", 1), `line 2: the view or the format is missing`},
		{head + strings.Replace(line("a.svg", "a.flow"), sum, "abc", 1), `line 2: the checksum is not one of SHA-256`},
		{head + strings.Replace(line("a.svg", "a.flow"), sum[:1], "g", 1), `line 2: the checksum is not one of SHA-256`},
	} {
		m, err := pictures.Parse([]byte(tc.text))
		if err == nil || err.Error() != tc.want {
			t.Errorf("%q: %v, error %v, want %s", tc.text, m, err, tc.want)
		}
	}
}

// Whatever the text, it is refused or is a manifest that is written and read as
// it is, lists each picture once and nothing outside of its folder.
func FuzzManifest(f *testing.F) {
	f.Add(head + line("a.svg", "../a.flow") + line("b/a.svg", "a.flow"))
	f.Add(head + line("a.svg", "../a.flow") + line("a.svg", "b.flow"))
	f.Add(head + line("../a.svg", "a.flow"))
	f.Add(`{"schema":"flowc/manifest/v1","picture":"x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := pictures.Parse([]byte(text))
		if err != nil {
			return
		}
		again, err := pictures.Parse(m.Bytes())
		if err != nil || !slices.Equal(again, m) {
			t.Errorf("read again: %v, %v", err, cmp.Diff(m, again))
		}
		for i, e := range m {
			if i > 0 && m[i-1].Picture >= e.Picture {
				t.Errorf("%q stands before %q", m[i-1].Picture, e.Picture)
			}
			if !fs.ValidPath(e.Picture) || strings.HasPrefix(path.Join("folder", e.Picture), "..") || path.Join("folder", e.Picture) == "folder" {
				t.Errorf("%q is not below the folder", e.Picture)
			}
		}
	})
}

func TestSum(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"a\nb\n", "a\r\nb\r\n", true},
		{"a\nb\n", "a\rb\n", false},
		{"a", "b", false},
		{"\xff\n", "\xff\r\n", false}, // of what is no text, every byte counts
		{"\x00\n", "\x00\r\n", false},
	} {
		if got := pictures.Same([]byte(tc.a), []byte(tc.b)); got != tc.same {
			t.Errorf("%q and %q are the same: %v", tc.a, tc.b, got)
		}
		if got := pictures.Sum([]byte(tc.a)) == pictures.Sum([]byte(tc.b)); got != tc.same {
			t.Errorf("%q and %q have the same checksum: %v", tc.a, tc.b, got)
		}
	}
}

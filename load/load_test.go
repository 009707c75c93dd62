package load_test

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/load"
)

// files reads from a map and counts how often each file is read.
type files struct {
	text  map[string]string
	fails map[string]error
	reads map[string]int
}

func (f *files) read(name string) ([]byte, error) {
	if f.reads == nil {
		f.reads = make(map[string]int)
	}
	f.reads[name]++
	if err := f.fails[name]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: "/absolute/" + name, Err: err}
	}
	text, ok := f.text[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: "/absolute/" + name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		name     string
		entry    string
		text     map[string]string
		fails    map[string]error
		links    map[string]string
		imported string   // paths in order
		want     []string // place and message of each finding
	}{
		{
			name:  "each file is read once, relative to the importing one, in the order of the first import",
			entry: "models/shop.flow",
			text: map[string]string{
				"models/shop.flow":       "import \"lib/b.flow\"\nimport lib/a.flow\nimport \"lib/../lib/b.flow\"\nimport \"../top.flow\"\n",
				"models/lib/a.flow":      "import \"b.flow\"\nzone a\n",
				"models/lib/b.flow":      "import \"deep/c.flow\"\nzone b\n",
				"models/lib/deep/c.flow": "import \"../a.flow\"\n",
				"top.flow":               "zone top\n",
			},
			imported: "models/lib/b.flow models/lib/deep/c.flow models/lib/a.flow top.flow",
			want: []string{
				`models/lib/a.flow:1:8 files import each other in a circle: models/lib/b.flow imports models/lib/deep/c.flow imports models/lib/a.flow imports models/lib/b.flow`,
			},
		},
		{
			name:  "a diamond is no circle",
			entry: "a.flow",
			text: map[string]string{
				"a.flow": "import b.flow\nimport c.flow\n",
				"b.flow": "import d.flow\n",
				"c.flow": "import d.flow\n",
				"d.flow": "zone d\n",
			},
			imported: "b.flow d.flow c.flow",
		},
		{
			name:  "two links to one file are that file",
			entry: "a.flow",
			text: map[string]string{
				"a.flow":     "import b.flow\nimport c.flow\nimport lib/d.flow\n",
				"b.flow":     "zone d\n",
				"c.flow":     "zone d\n",
				"lib/d.flow": "zone d\n",
			},
			links:    map[string]string{"b.flow": "/lib/d.flow", "c.flow": "/lib/d.flow", "lib/d.flow": "/lib/d.flow"},
			imported: "b.flow",
		},
		{
			name:  "a circle through links",
			entry: "a.flow",
			text: map[string]string{
				"a.flow": "import b.flow\n",
				"b.flow": "import c.flow\n",
				"c.flow": "import b.flow\n",
			},
			links:    map[string]string{"a.flow": "/a.flow", "c.flow": "/a.flow"},
			imported: "b.flow",
			want:     []string{`b.flow:1:8 files import each other in a circle: a.flow imports b.flow imports c.flow`},
		},
		{
			name:  "a file imports itself",
			entry: "models/a.flow",
			text:  map[string]string{"models/a.flow": "zone a\nimport \"./a.flow\"\n"},
			want:  []string{`models/a.flow:2:8 "models/a.flow" imports itself`},
		},
		{
			name:     "a circle through the entry file, by another spelling of its path",
			entry:    "./models/a.flow",
			text:     map[string]string{"./models/a.flow": "import b.flow\n", "models/b.flow": "import a.flow\n"},
			imported: "models/b.flow",
			want:     []string{`models/b.flow:1:8 files import each other in a circle: models/a.flow imports models/b.flow imports models/a.flow`},
		},
		{
			name:  "what cannot be read is reported where it is imported, once a file",
			entry: "m/a.flow",
			text:  map[string]string{"m/a.flow": "import no.flow\nimport no.flow\nimport dir\nimport secret.flow\nimport lib/b.flow\nimport lib/c\n", "lib/b.flow": "", "m/lib/c.flow": ""},
			fails: map[string]error{"m/dir": errors.New("is a directory"), "m/secret.flow": fs.ErrPermission},
			want: []string{
				`m/a.flow:1:8 "m/no.flow" cannot be read: there is no such file`,
				`m/a.flow:3:8 "m/dir" cannot be read: is a directory`,
				`m/a.flow:4:8 "m/secret.flow" cannot be read: permission denied`,
				`m/a.flow:5:8 "m/lib/b.flow" cannot be read: there is no such file (there is a file "lib/b.flow", but a path is relative to the file that imports)`,
				`m/a.flow:6:8 "m/lib/c" cannot be read: there is no such file (did you mean "lib/c.flow"?)`,
			},
		},
		{
			name:  "an entry file that cannot be read has no place",
			entry: "no.flow",
			want:  []string{`"no.flow" cannot be read: there is no such file`},
		},
		{
			name:     "mistakes of all files are reported",
			entry:    "a.flow",
			text:     map[string]string{"a.flow": "import b.flow\nzon a\n", "b.flow": "zone\n"},
			imported: "b.flow",
			want: []string{
				`a.flow:2:1 unknown statement "zon" at the top level, did you mean "zone"?`,
				`b.flow:1:1 "zone" lacks a name (it is written zone NAME [LABEL] [trusted|untrusted])`,
			},
		},
		{
			name:  "an import without a path, or with one that is none, is the grammar's to report",
			entry: "a.flow",
			text:  map[string]string{"a.flow": "import\nimport \"\"\nimport /etc/passwd\n"},
			want: []string{
				`a.flow:1:1 "import" lacks the path of a file (it is written import FILE)`,
				`a.flow:2:8 the path is empty`,
				`a.flow:3:8 "/etc/passwd" is an absolute path (a path is relative to the importing file)`,
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &files{text: tc.text, fails: tc.fails}
			m, found, err := load.From(t.Context(), tc.entry, load.Files{Read: f.read, Same: func(path string) string {
				return cmp.Or(tc.links[path], path)
			}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range found {
				line := d.Message
				if d.At.Known() {
					p := d.At.File.Position(d.At.Start)
					line = fmt.Sprintf("%s:%d:%d %s", d.At.File.Name, p.Line, p.Column, d.Message)
				}
				if d.Help != "" {
					line += " (" + d.Help + ")"
				}
				got = append(got, line)
			}
			if g, w := strings.Join(got, "\n"), strings.Join(tc.want, "\n"); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
			var names []string
			for _, i := range m.Imported {
				names = append(names, i.Source.Name)
				if n := f.reads[i.Source.Name]; n != 1 {
					t.Errorf("%s was read %d times", i.Source.Name, n)
				}
			}
			if g := strings.Join(names, " "); g != tc.imported {
				t.Errorf("imported %s\nwant     %s", g, tc.imported)
			}
			if m.Entry == nil || m.Entry.Source.Name != tc.entry {
				t.Errorf("the entry file is %v", m.Entry)
			}
		})
	}
}

func TestModelName(t *testing.T) {
	for path, want := range map[string]string{
		"models/reencrypt.flow": "reencrypt", "a.b.flow": "a.b", "x": "x", "-": "model", "./m.flow": "m",
		"docs/guide.md": "guide", ".flow": "model",
	} {
		m, _ := load.Load(path, func(string) ([]byte, error) { return nil, nil })
		if m.Name != want {
			t.Errorf("the model of %s is called %s, not %s", path, m.Name, want)
		}
	}
}

// A model that imports without end is cut off.
func TestLimits(t *testing.T) {
	reads := 0
	_, found := load.Load("0.flow", func(path string) ([]byte, error) {
		var n int
		fmt.Sscanf(path, "%d.flow", &n)
		reads++
		return fmt.Appendf(nil, "import %d.flow\n", n+1), nil
	})
	if len(found) != 1 || found[0].Code != "FL905" || reads != load.MaxFiles+1 {
		t.Errorf("%d files were read and %v found", reads, found)
	}
	big := []byte(strings.Repeat("# a comment\n", 1<<20))
	_, found = load.Load("0.flow", func(path string) ([]byte, error) {
		if path == "0.flow" {
			return []byte("import 1\nimport 2\nimport 3\nimport 4\nimport 5\nimport 6\nimport 7\nimport 8\n"), nil
		}
		return big, nil
	})
	if len(found) != 1 || found[0].Code != "FL905" {
		t.Errorf("of %d MB was found %v", 8*len(big)>>20, found)
	}
}

// What the operating system says of a folder and an unreadable file is passed
// on without its path.
func TestRealFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("a.flow", "import folder\nimport secret.flow\n", 0o644)
	write("secret.flow", "zone a\n", 0o000)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	root := os.DirFS(dir)
	_, found := load.Load("a.flow", func(path string) ([]byte, error) { return fs.ReadFile(root, path) })
	if len(found) == 0 || !strings.HasPrefix(found[0].Message, `"folder" cannot be read: `) {
		t.Errorf("found %v", found)
	}
	for _, d := range found {
		if strings.Contains(d.Message, dir) || !d.At.Known() {
			t.Errorf("%q", d.Message)
		}
	}
	if os.Geteuid() != 0 && len(found) != 2 {
		t.Errorf("the unreadable file: found %v", found)
	}
}

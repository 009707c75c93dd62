package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/flowc-lang/flowc/internal/pictures"
)

const tinyModel = "route shop {\n    host shop.example.test\n    to shop\n}\n"

// writeFiles writes files below a folder.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Runs into one folder, all at once, lose no line of its manifest, and each
// other's pictures stay as they are.
func TestRendersAtOnce(t *testing.T) {
	const runs, rounds = 12, 5
	dir := t.TempDir()
	out := filepath.Join(dir, "diagrams")
	for i := range runs {
		writeFiles(t, dir, map[string]string{fmt.Sprintf("m%02d.flow", i): tinyModel})
	}
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() {
			for range rounds {
				var said, errs strings.Builder
				model := filepath.Join(dir, fmt.Sprintf("m%02d.flow", i))
				if code := run([]string{"render", model, "--view", "sequence,routes", "--format", "text", "-o", out, "--prune"}, nil, &said, &errs); code != exitClean {
					t.Errorf("exit code %d: %s", code, errs.String())
				}
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(filepath.Join(out, pictures.Name))
	if err != nil {
		t.Fatal(err)
	}
	m, err := pictures.Parse(text)
	if err != nil || len(m) != 2*runs {
		t.Errorf("the manifest lists %d pictures, want %d: %v", len(m), 2*runs, err)
	}
	var said, errs strings.Builder
	if code := run([]string{"render", dir, "--view", "sequence,routes", "--format", "text", "-o", out, "--check"}, nil, &said, &errs); code != exitClean {
		t.Errorf("exit code %d: %s%s", code, said.String(), errs.String())
	}
}

// Whatever a manifest says, nothing outside of its folder is deleted, and
// within it nothing but what is as the manifest says that flowc wrote it.
func TestHostileManifest(t *testing.T) {
	line := func(picture string) string {
		return fmt.Sprintf(`{"picture":%q,"model":"../gone.flow","view":"routes","format":"svg","sha256":%q}`+"\n", picture, pictures.Sum([]byte("precious")))
	}
	head := `{"schema":"` + pictures.Schema + `"}` + "\n"
	for _, tc := range []struct {
		name string
		line string
		code int
		says string
		kept []string // files that must be there afterwards
	}{
		{"above", line("../precious"), exitInternal, "does not name a picture below", []string{"precious"}},
		{"above below", line("a/../../precious"), exitInternal, "does not name a picture below", []string{"precious"}},
		{"absolute", line(filepath.ToSlash(os.TempDir()) + "/precious"), exitInternal, "does not name a picture below", nil},
		{"itself", line(pictures.Name), exitInternal, "does not name a picture below", nil},
		{"folder", line("folder"), exitFindings, `"out/folder" is orphaned: its model gone.flow is gone`, []string{"out/folder/x"}},
		{"link to a file", line("link"), exitFindings, "it is not a file, so that --prune keeps it", []string{"precious", "out/link"}},
		{"link to a folder", line("up/precious"), exitFindings, "it cannot be looked at, so that --prune keeps it", []string{"precious", "out/up/precious"}},
		{"other", line("other"), exitFindings, "it was edited since flowc wrote it, so that --prune keeps it", []string{"out/other"}},
		{"nothing", line("nothing"), exitClean, "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			writeFiles(t, dir, map[string]string{
				"shop.flow": tinyModel, "precious": "precious", "out/folder/x": "x", "out/other": "other", "out/" + pictures.Name: head + tc.line,
			})
			if runtime.GOOS != "windows" {
				for link, to := range map[string]string{"out/link": "../precious", "out/up": ".."} {
					if err := os.Symlink(to, link); err != nil {
						t.Fatal(err)
					}
				}
			} else if strings.HasPrefix(tc.name, "link") {
				return // links need a privilege there
			}
			var out, errs strings.Builder
			if code := run([]string{"render", "shop.flow", "--view", "routes", "--format", "text", "-o", "out", "--prune"}, nil, &out, &errs); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if !strings.Contains(errs.String(), tc.says) {
				t.Errorf("no %q in:\n%s", tc.says, errs.String())
			}
			for _, file := range append(tc.kept, "precious", "shop.flow") {
				if _, err := os.Lstat(filepath.FromSlash(file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A request that is renamed to the same letters in another case leaves no
// orphan where the file system takes both names for one; a hard link stands for
// that here.
func TestNamesInAnotherCase(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	model := "route a {\n    host a.example.test\n    to a\n}\nroute b {\n    host b.example.test\n    to a\n}\n"
	writeFiles(t, dir, map[string]string{"m.flow": model})
	render := func(more string) (said string) {
		var out, errs strings.Builder
		run([]string{"render", "m.flow", "--view", "sequence", "--format", "text", "-o", "out", more}, nil, &out, &errs)
		return errs.String()
	}
	render("--quiet")
	manifest, picture := filepath.Join("out", pictures.Name), filepath.Join("out", "m.a.sequence.txt")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "\n")
	line, _, _ = strings.Cut(line, "\n")
	writeFiles(t, dir, map[string]string{filepath.ToSlash(manifest): string(text) + strings.Replace(line, "m.a.", "m.A.", 1) + "\n"})
	other := filepath.Join("out", "m.A.sequence.txt")
	err = os.Link(picture, other)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if said := render("--check"); said != "2 pictures of 1 model: none stale, missing or orphaned\n" {
		t.Errorf("one file: %s", said)
	}
	if err != nil {
		return // the file system is such a one
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{filepath.ToSlash(other): string(copied)})
	if said := render("--prune"); said != "flowc: deleted out/m.A.sequence.txt\n" {
		t.Errorf("another file: %q", said)
	}
}

// A manifest that is a link would have flowc write elsewhere.
func TestManifestThatIsALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	dir := t.TempDir()
	t.Chdir(dir)
	writeFiles(t, dir, map[string]string{"shop.flow": tinyModel, "out/x": ""})
	if err := os.Symlink("../elsewhere", filepath.Join("out", pictures.Name)); err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{"--quiet", "--prune", "--check"} {
		var out, errs strings.Builder
		if code := run([]string{"render", "shop.flow", "--view", "routes", "--format", "text", "-o", "out", more}, nil, &out, &errs); code != exitInternal {
			t.Errorf("%s: exit code %d", more, code)
		}
		if want := "out/" + pictures.Name + " is not a file"; !strings.Contains(errs.String(), want) {
			t.Errorf("%s: no %q in:\n%s", more, want, errs.String())
		}
	}
	for _, file := range []string{"elsewhere", "out/shop.routes.txt"} {
		if _, err := os.Lstat(file); err == nil {
			t.Errorf("%s was written", file)
		}
	}
}

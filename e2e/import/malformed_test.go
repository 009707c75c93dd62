//go:build linux

package import_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestMalformed holds what is said of each malformed configuration against what the
// real HAProxy says of it.
func TestMalformed(t *testing.T) {
	const folder = "../../internal/haproxycfg/testdata/malformed"
	files, err := filepath.Glob(folder + "/*.txtar")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d malformed configurations were found, at least 100 are needed (%v)", len(files), err)
	}
	measured := older("3.1", version(t)) // by what the files were written
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head := map[string]string{}
			for l := range strings.Lines(string(a.Comment)) {
				name, value, _ := strings.Cut(strings.TrimSpace(l), ": ")
				head[name] = value
			}
			checkLine(t, a, head["line"])
			if head["says"] == "" {
				t.Error("nothing is said of the message")
			}
			want := head["haproxy"]
			if own := head["haproxy-2.6"]; own != "" && !measured {
				want = own
			}
			got, text := judged(t, a)
			if got != want {
				t.Errorf("HAProxy %s, and not %q:\n%s", got, want, text)
			}
		})
	}
}

// TestLineEnds measures what HAProxy does with texts that differ in how lines begin and
// end; README.md of the malformed configurations says it, too.
func TestLineEnds(t *testing.T) {
	const text = "defaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\nlisten web\n bind :8080\n server s 10.0.0.1:80\n"
	for _, c := range []struct{ name, text, want string }{
		{"LF", text, "accepts"},
		{"CR and LF", strings.ReplaceAll(text, "\n", "\r\n"), "accepts"},
		{"tabs", strings.ReplaceAll(text, "\n ", "\n\t\t"), "accepts"},
		{"no end of the last line", strings.TrimSuffix(text, "\n"), "refuses"},
		{"a byte order mark", "\ufeff" + text, "refuses"},
	} {
		got, said := judged(t, &txtar.Archive{Files: []txtar.File{{Name: "haproxy.cfg", Data: []byte(c.text)}}})
		if got != c.want {
			t.Errorf("%s: HAProxy %s, and not %q:\n%s", c.name, got, c.want, said)
		}
	}
}

// checkLine demands that the line exists; an empty file has a first one, too.
func checkLine(t *testing.T, a *txtar.Archive, line string) {
	t.Helper()
	name, n, ok := strings.Cut(line, ":")
	if !ok {
		name, n = "haproxy.cfg", line
	}
	for _, f := range a.Files {
		at, err := strconv.Atoi(n)
		if f.Name == name && err == nil && at >= 1 && at <= max(strings.Count(string(f.Data), "\n"), 1) {
			return
		}
	}
	t.Errorf("line %s does not exist", line)
}

var warning = regexp.MustCompile(`(?m)^\[WARNING\]`)

// judged is what haproxy -c does with a configuration, and says.
func judged(t *testing.T, a *txtar.Archive) (verdict, text string) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(haproxy, "-c", "-f", "haproxy.cfg")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		return "refuses", string(out)
	case warning.Match(out):
		return "warns", string(out)
	}
	return "accepts", string(out)
}

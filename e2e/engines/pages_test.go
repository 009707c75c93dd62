package engines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The pages of docs/engines are followed as a new user would: their files are
// written, their commands run, and what they print must be what the page shows.
func TestPages(t *testing.T) {
	for _, e := range []engine{mkdocs, sphinx, asciidoctor} {
		t.Run(e.name, func(t *testing.T) { followPage(t, e) })
	}
}

func followPage(t *testing.T, e engine) {
	site := temp(t)
	for from, to := range e.adapter {
		copyTo(t, filepath.Join("../..", from), filepath.Join(site, to))
	}
	if e.prepare != nil {
		e.prepare(t, site)
	}
	follow(t, site, filepath.Join("../../docs/engines", e.name+".md"))
}

// follow goes through a page from top to bottom. A fence below the name of a
// file is that file; one of the language console is a command.
func follow(t *testing.T, site, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name, commands := "", 0
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		if given, ok := strings.CutSuffix(lines[i], "`:"); ok && strings.HasPrefix(given, "`") {
			name = given[1:]
			continue
		}
		mark := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], "`"))]
		if len(mark) < 3 {
			continue
		}
		info := lines[i][len(mark):]
		var body strings.Builder
		for i++; lines[i] != mark; i++ {
			body.WriteString(lines[i] + "\n")
		}
		switch {
		case name != "":
			write(t, filepath.Join(site, name), []byte(body.String()))
			name = ""
		case info == "console":
			commands++
			runShown(t, site, body.String())
		}
	}
	if commands < 2 {
		t.Errorf("%s shows %d commands: one that builds and one that fails are wanted", file, commands)
	}
}

// runShown runs a command behind "$ ", which must print what follows, and fail
// where that is an error.
func runShown(t *testing.T, site, shown string) {
	command, want, _ := strings.Cut(shown, "\n")
	out, err := run(t, site, nil, strings.Fields(strings.TrimPrefix(command, "$ "))...)
	if fails := strings.Contains(want, "error FL"); fails != (err != nil) {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	out = strings.ReplaceAll(plain(out), strings.TrimPrefix(site, root)+string(filepath.Separator), "")
	if !strings.Contains(spaced(out), spaced(want)) {
		t.Errorf("%s prints\n%snot\n%s", command, out, want)
	}
}

// spaced is a text with one blank where engines of other versions have more.
func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

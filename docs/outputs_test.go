package docs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/models"
)

// What a document shows of flowc is marked in it by a comment, on a line of its
// own before a fence or an image:
//
//	<!-- output of: flowc show shop.flow sequence -->    what the fence holds
//	<!-- picture of: flowc render shop.flow … -o - -->   what the image's file holds
//	<!-- file: shop.flow -->                             the fence is that file, for the commands of the document
//
// The commands run in a folder that holds models/, captures/ and those files. With
// -update the documents and images are written anew: read the difference.
var directive = regexp.MustCompile(`(?m)^<!-- (output of|picture of|file): (.+) -->\n`)

// command is one marked place of a document.
type command struct {
	args       []string
	text       string // as the document says it
	image      string // the file of an image; "" for a fence
	start, end int    // of the fence's body in the document
}

func TestOutputsInDocuments(t *testing.T) {
	for _, doc := range documents(t) {
		t.Run(filepath.Base(doc), func(t *testing.T) {
			dir := workplace(t)
			commands := commandsOf(t, doc, dir)
			text := read(t, doc)
			// from the last to the first, so that offsets stay true
			for i := len(commands) - 1; i >= 0; i-- {
				c := commands[i]
				got := run(t, dir, c)
				switch {
				case c.image != "":
					golden.Check(t, c.image, got)
				case golden.Updating():
					text = text[:c.start] + got + text[c.end:]
				case text[c.start:c.end] != got:
					t.Errorf("%s: %q no longer prints this; run this test with -update and read what changes.\nnow:\n%s", doc, c.text, got)
				}
			}
			if golden.Updating() && text != read(t, doc) {
				if err := os.WriteFile(doc, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// commandsOf returns the marked commands of a document and writes its marked
// files to dir.
func commandsOf(t *testing.T, doc, dir string) []command {
	t.Helper()
	text := read(t, doc)
	all := fences(t, doc)
	var out []command
	for _, loc := range directive.FindAllStringSubmatchIndex(text, -1) {
		kind, what, after := text[loc[2]:loc[3]], text[loc[4]:loc[5]], loc[1]
		if kind == "picture of" {
			m := regexp.MustCompile(`^!\[[^\]]+\]\(([^)]+)\)`).FindStringSubmatch(text[after:])
			if m == nil {
				t.Fatalf("%s: no image with a text follows %q", doc, what)
			}
			image := filepath.Join(filepath.Dir(doc), filepath.FromSlash(m[1]))
			out = append(out, command{args: arguments(t, doc, what), text: what, image: image})
			continue
		}
		f := fenceAt(all, after)
		if f == nil {
			t.Fatalf("%s: no fence follows %q", doc, what)
		}
		if kind == "file" {
			write(t, filepath.Join(dir, what), f.body)
			continue
		}
		out = append(out, command{args: arguments(t, doc, what), text: what, start: f.start, end: f.end})
	}
	return out
}

// fenceAt returns the fence that opens at an offset of its document.
func fenceAt(all []fence, at int) *fence {
	for i, f := range all {
		if f.start-len("```"+f.info+"\n") == at {
			return &all[i]
		}
	}
	return nil
}

func arguments(t *testing.T, doc, text string) []string {
	t.Helper()
	words := strings.Fields(text)
	if words[0] != "flowc" {
		t.Fatalf("%s: %q is not a flowc command", doc, text)
	}
	return words[1:]
}

// run returns what a command prints on both streams. Findings, and with them
// exit code 1, are output like any other.
func run(t *testing.T, dir string, c command) string {
	t.Helper()
	cmd := exec.Command(flowc(t), c.args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if c.image == "" {
		cmd.Stderr = &out
	}
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%s: %v\n%s%s", c.text, err, out.String(), errs.String())
	}
	return out.String()
}

// workplace is a folder with the models and the captures.
func workplace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "models"), models.FS); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "captures"), os.DirFS("captures")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// flowc returns the path of the command, built once.
func flowc(t *testing.T) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

var binDir string

// TestMain removes what build made.
func TestMain(m *testing.M) {
	code := m.Run()
	if binDir != "" {
		os.RemoveAll(binDir)
	}
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	var err error
	if binDir, err = os.MkdirTemp("", "flowc-docs"); err != nil {
		return "", err
	}
	bin := filepath.Join(binDir, "flowc")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", bin, "../cmd/flowc")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &buildError{string(out), err}
	}
	return bin, nil
})

type buildError struct {
	output string
	err    error
}

func (e *buildError) Error() string { return "building flowc: " + e.err.Error() + "\n" + e.output }

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The commands of the README's quick start work as they stand there, and the
// first one writes the pictures that the README says it writes.
func TestQuickStart(t *testing.T) {
	dir := workplace(t)
	ran := 0
	for _, f := range fences(t, "../README.md") {
		if f.info != "sh" {
			continue
		}
		for line := range strings.Lines(f.body) {
			line, _, _ = strings.Cut(line, "#")
			words, ok := strings.CutPrefix(strings.TrimSpace(line), "go run ./cmd/flowc ")
			if !ok {
				t.Errorf("the quick start says %q, which is not run here", line)
				continue
			}
			cmd := exec.Command(flowc(t), strings.Fields(words)...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
			ran++
		}
	}
	if ran < 2 {
		t.Errorf("the quick start has %d commands", ran)
	}
	for _, picture := range []string{"reencrypt.topology.svg", "reencrypt.sequence.svg", "reencrypt.sequence.mmd"} {
		text, err := os.ReadFile(filepath.Join(dir, "diagrams", picture))
		if err != nil || len(text) == 0 {
			t.Errorf("no picture %s: %v", picture, err)
		}
	}
}

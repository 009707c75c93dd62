package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// finding is what is compared of a finding: all but its offsets in bytes and
// its words, which may name a line.
type finding struct {
	Code  string `json:"code"`
	File  string `json:"file"`
	Range struct{ Start, End struct{ Line, Column int } }
}

// What is found in a text is found in it where it stands in a document, so many
// lines and columns further, and nothing else is found: in every model of the
// rules' tests.
func TestMovedFindings(t *testing.T) {
	const lines, columns = 41, 7
	archives, err := filepath.Glob(filepath.Join("..", "..", "check", "testdata", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no test data of rules: %v", err)
	}
	compared := 0
	for _, name := range archives {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			want := foundOn(t, string(f.Data))
			got := foundOn(t, string(f.Data), "--line-offset", fmt.Sprint(lines), "--column-offset", fmt.Sprint(columns))
			for i := range want {
				r := &want[i].Range
				r.Start.Line, r.Start.Column = r.Start.Line+lines, r.Start.Column+columns
				r.End.Line, r.End.Column = r.End.Line+lines, r.End.Column+columns
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, %s: %v, want %v", filepath.Base(name), f.Name, got, want)
			}
			compared += len(want)
		}
	}
	if compared < 100 {
		t.Errorf("%d findings were compared", compared)
	}
}

// foundOn is what check finds in a text on standard input.
func foundOn(t *testing.T, text string, flags ...string) []finding {
	t.Helper()
	var out, errs strings.Builder
	args := append([]string{"check", "-", "--stdin-name", "guide.md", "--format", "json"}, flags...)
	if code := run(args, strings.NewReader(text), &out, &errs); code != exitClean && code != exitFindings {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var report struct{ Findings []finding }
	if err := json.Unmarshal([]byte(out.String()), &report); err != nil {
		t.Fatal(err)
	}
	return report.Findings
}

// A text that its offsets would make too large is refused before it is.
func TestMovedTooFar(t *testing.T) {
	text := strings.Repeat("x\n", 100_000)
	var out, errs strings.Builder
	args := []string{"check", "-", "--column-offset", fmt.Sprint(maxColumnOffset)}
	if code := run(args, strings.NewReader(text), &out, &errs); code != exitFindings {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if want := `error FL110: "stdin" cannot be read: more than 64 MB with its offsets, and flowc reads no more`; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in:\n%s", want, out.String())
	}
}

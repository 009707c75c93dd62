package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImport writes a model of another language as .flow: the same follows from it.
func TestImport(t *testing.T) {
	const model = "testdata/facts/shop.json"
	file := filepath.Join(t.TempDir(), "shop.flow")
	stdout, stderr, code := withFacts("import", model, "-o", file)
	if code != exitClean || strings.TrimSpace(stdout) != file || stderr != "" {
		t.Fatalf("import ended with %d:\n%s%s", code, stdout, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "# from shop.json, by flowc import\n") || !strings.Contains(string(text), "tls passthrough") {
		t.Errorf("%v:\n%s", err, text)
	}
	if stdout, _, _ = withFacts("import", model); stdout != string(text) {
		t.Errorf("printed:\n%s", stdout)
	}
	for _, args := range [][]string{{"--format", "json"}, {"--format", "mermaid"}} {
		mine, _, _ := withFacts(append([]string{"show", model, "sequence"}, args...)...)
		theirs, _, _ := withFacts(append([]string{"show", file, "sequence"}, args...)...)
		if mine == "" || mine != theirs {
			t.Errorf("%v: from JSON:\n%s\nfrom what was written:\n%s", args, mine, theirs)
		}
	}
	if _, stderr, code = withFacts("import", model, "-o", file); code != exitUsage || !strings.Contains(stderr, "is there already") {
		t.Errorf("over a file it ended with %d:\n%s", code, stderr)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code = withFacts("import", model, "-o", file, "--force"); code != exitClean {
		t.Errorf("with --force it ended with %d:\n%s", code, stderr)
	}
	if again, err := os.ReadFile(file); err != nil || string(again) != string(text) {
		t.Errorf("with --force, %v:\n%s", err, again)
	}
}

// TestImportBroken writes nothing of a text that has mistakes.
func TestImportBroken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.flow")
	stdout, stderr, code := withFacts("import", "testdata/facts/broken.json", "-o", file)
	if code != exitFindings || stdout != "" || !strings.Contains(stderr, "FL091") {
		t.Errorf("import ended with %d:\n%s%s", code, stdout, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is there")
	}
}

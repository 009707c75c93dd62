package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestSources shows that every tool draws every subject, and nothing else.
func TestSources(t *testing.T) {
	for _, d := range drawers {
		var want []string
		for _, s := range subjects {
			file := d.source(root, s)
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
			want = append(want, filepath.Base(file))
		}
		if d.ext == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(d.name, "[0-9]*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !slices.Contains(want, filepath.Base(f)) {
				t.Errorf("%s is of no subject", f)
			}
		}
	}
}

var (
	fact = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+(/\d+)?\b|:\d{2,5}\b|\b[0-9]{3}\b|\bT[123]\b|\b[a-z]+-[a-z]*-?\d\b|\b(public|service)-ca\b`)
	tag  = regexp.MustCompile(`<[^<>]*>|\*\*`)
)

// TestFacts shows that every tool is given what the facts say: each address,
// port, status, session and server.
func TestFacts(t *testing.T) {
	for _, s := range subjects {
		facts := read(t, filepath.Join("facts", s.name+".txt"))
		for _, d := range drawers {
			if d.ext == "" {
				continue
			}
			source := tag.ReplaceAllString(read(t, d.source(root, s)), "")
			for _, want := range fact.FindAllString(facts, -1) {
				if !strings.Contains(source, want) {
					t.Errorf("%s of %s lacks %q", d.name, s.name, want)
				}
			}
		}
	}
}

// TestShuffled shows that a seed decides the order of a sheet, whichever others
// are drawn, and that each tool is on each sheet once.
func TestShuffled(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(40) {
		var names []string
		for _, d := range (&comparison{seed: seed}).shuffled(3) {
			names = append(names, d.name)
		}
		seen[strings.Join(names, " ")] = true
		for _, d := range drawers {
			if !slices.Contains(names, d.name) {
				t.Errorf("seed %d: %s is not on the sheet", seed, d.name)
			}
		}
	}
	if len(seen) < 12 {
		t.Errorf("40 seeds give %d orders", len(seen))
	}
}

func TestMeasured(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.svg")
	if err := os.WriteFile(file, []byte(`<?xml version="1.0"?><svg viewBox="-8 -8 1520 400.5" class="x"><svg viewBox="0 0 1 1"/></svg>`), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := measured(file)
	if err != nil || p.width != 1520 || p.height != 400.5 {
		t.Fatal(p, err)
	}
	if p = p.within(pageWidth); p.width != 760 || p.height != 200.25 {
		t.Error(p)
	}
	if small := (picture{"", 300, 200}).within(pageWidth); small.width != 300 {
		t.Error(small)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

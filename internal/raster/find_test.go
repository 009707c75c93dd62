//go:build unix

package raster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// install makes empty programs on a PATH of their own.
func install(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

func TestFind(t *testing.T) {
	for _, p := range browserPlaces() {
		if _, err := os.Stat(p); err == nil {
			t.Skipf("there is %s, which is found without PATH", p)
		}
	}
	for _, tc := range []struct {
		installed string
		want      string // "" for none
		kind      *kind
	}{
		{"", "", nil},
		{"inkscape convert", "", nil},
		{"rsvg-convert", "rsvg-convert", rsvg},
		{"chromium rsvg-convert", "rsvg-convert", rsvg},
		{"google-chrome chromium", "chromium", browser},
		{"msedge", "msedge", browser},
	} {
		dir := install(t, strings.Fields(tc.installed)...)
		got, err := find("")
		if tc.want == "" {
			if _, ok := errors.AsType[*MissingError](err); !ok {
				t.Errorf("%q: %v, %v", tc.installed, got, err)
			}
			continue
		}
		if err != nil || got.path != filepath.Join(dir, tc.want) || got.kind != tc.kind {
			t.Errorf("%q: %+v, %v", tc.installed, got, err)
		}
	}
}

// A renderer in the working directory is not run, even where PATH says so.
func TestFindNotInWorkingDirectory(t *testing.T) {
	t.Chdir(install(t, "rsvg-convert"))
	t.Setenv("PATH", "."+string(os.PathListSeparator))
	if got, err := find(""); err == nil && got.kind == rsvg {
		t.Errorf("found %s", got.path)
	}
}

func TestFindNamed(t *testing.T) {
	dir := install(t, "rsvg-convert", "Google Chrome", "inkscape")
	for _, tc := range []struct {
		named string
		kind  *kind
		wrong string
	}{
		{"rsvg-convert", rsvg, ""},
		{filepath.Join(dir, "rsvg-convert"), rsvg, ""},
		{filepath.Join(dir, "Google Chrome"), browser, ""},
		{"inkscape", nil, `FLOWC_RENDERER names "inkscape", and flowc does not know how to run it; it can run rsvg-convert, chromium, `},
		{"chromium", nil, `the renderer that FLOWC_RENDERER names: exec: "chromium": executable file not found in $PATH`},
		{filepath.Join(dir, "none", "chromium"), nil, "the renderer that FLOWC_RENDERER names: "},
	} {
		got, err := find(tc.named)
		switch {
		case tc.wrong == "":
			if err != nil || got.kind != tc.kind {
				t.Errorf("%s: %+v, %v", tc.named, got, err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), tc.wrong):
			t.Errorf("%s: %+v, %v, want %s", tc.named, got, err, tc.wrong)
		}
	}
	for path, want := range map[string]string{
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome": "google-chrome",
		"msedge.exe": "msedge",
	} {
		if got := programName(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

package raster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// kind is a kind of renderer: programs that are run in the same way.
type kind struct {
	programs []string        // as they are called on PATH, without .exe
	places   func() []string // where they are when they are not on PATH
	draw     func(ctx context.Context, path string, svg []byte, page Page) ([]byte, error)
}

// kinds are in the order in which they are looked for: rsvg-convert draws our
// pictures as a browser does, ten times as fast (docs/png-pdf.md).
var kinds = []*kind{rsvg, browser}

// renderer is a program that was found.
type renderer struct {
	path string
	kind *kind
}

// MissingError says that this machine has no renderer, and what to install.
type MissingError struct{}

func (*MissingError) Error() string {
	return "neither rsvg-convert nor Chromium, Chrome or Edge was found; install one: " +
		"Debian and Ubuntu: apt install librsvg2-bin fonts-liberation; " +
		"Fedora: dnf install librsvg2-tools liberation-sans-fonts; " +
		"macOS: brew install librsvg; " +
		"Windows: Chrome or Edge; " +
		"FLOWC_RENDERER=PATH names one that is elsewhere"
}

// find returns the renderer that was named, or the first that there is.
func find(named string) (*renderer, error) {
	if named != "" {
		return findNamed(named)
	}
	for _, k := range kinds {
		for _, name := range k.programs {
			// os/exec leaves out the working directory, which may be hostile.
			if path, err := exec.LookPath(name); err == nil {
				return &renderer{path, k}, nil
			}
		}
		for _, path := range k.places() {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				return &renderer{path, k}, nil
			}
		}
	}
	return nil, &MissingError{}
}

// findNamed returns the renderer that somebody chose. Its name tells how it is
// run.
func findNamed(named string) (*renderer, error) {
	name := programName(named)
	for _, k := range kinds {
		if !slices.Contains(k.programs, name) {
			continue
		}
		path, err := exec.LookPath(named)
		if err != nil {
			return nil, fmt.Errorf("the renderer that FLOWC_RENDERER names: %w", err)
		}
		return &renderer{path, k}, nil
	}
	return nil, fmt.Errorf("FLOWC_RENDERER names %q, and flowc does not know how to run it; it can run %s", named, strings.Join(programs(), ", "))
}

// programName is a program's name as programs have it: Chrome of macOS is
// "Google Chrome", Edge of Windows "msedge.exe".
func programName(path string) string {
	name := strings.ToLower(filepath.Base(path))
	return strings.ReplaceAll(strings.TrimSuffix(name, ".exe"), " ", "-")
}

// programs are the names of all kinds.
func programs() []string {
	var out []string
	for _, k := range kinds {
		out = append(out, k.programs...)
	}
	return out
}

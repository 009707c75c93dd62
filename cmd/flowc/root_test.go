package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// TestCommands: a run makes the command of its first argument, under the name that it is
// listed with, and all of them where that is no command.
func TestCommands(t *testing.T) {
	made := func(args ...string) (names []string) {
		for _, cmd := range newRoot(newApp(strings.NewReader(""), io.Discard, io.Discard), args).Commands() {
			names = append(names, cmd.Name())
		}
		return names
	}
	var all []string
	for _, m := range commands() {
		all = append(all, m.name)
		if got := made(m.name, "--help"); !slices.Equal(got, []string{m.name}) {
			t.Errorf("%s makes %q", m.name, got)
		}
	}
	slices.Sort(all)
	for _, args := range [][]string{nil, {"--help"}, {"-q", "check"}, {"help", "check"}, {"__complete", "ch"}, {"chekc"}} {
		if got := made(args...); !slices.Equal(slices.Sorted(slices.Values(got)), all) {
			t.Errorf("%q makes %q, want all", args, got)
		}
	}
}

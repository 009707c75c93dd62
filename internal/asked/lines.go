// Package asked reads what stands beside the configurations of e2e/import: what is
// around them, and what a real HAProxy was asked. It makes of them what a model on top
// of a configuration states. It is for tests.
package asked

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Line is a line of parts.txt, asks.txt or expected.txt that says something.
type Line struct {
	N     int
	Text  string
	Words []string
}

// Lines reads a file of lines of words. What stands between double quotes is one
// word, or a part of it; \r and \n are a carriage return and the end of a line there.
// A line that begins with # is a comment.
func Lines(t testing.TB, file string) []Line {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []Line
	for i, l := range strings.Split(string(text), "\n") {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			out = append(out, Line{i + 1, l, splitWords(l)})
		}
	}
	return out
}

var controls = strings.NewReplacer(`\r`, "\r", `\n`, "\n")

func splitWords(l string) []string {
	var out []string
	var word strings.Builder
	begun := false
	for i, part := range strings.Split(l, `"`) {
		if i%2 == 1 {
			word.WriteString(controls.Replace(part))
			begun = true
			continue
		}
		for j, plain := range strings.Split(strings.ReplaceAll(part, "\t", " "), " ") {
			if j > 0 && begun {
				out = append(out, word.String())
				word.Reset()
				begun = false
			}
			word.WriteString(plain)
			begun = begun || plain != ""
		}
	}
	if begun {
		out = append(out, word.String())
	}
	return out
}

// options are the words of the form NAME=VALUE; one without = is its own value.
func options(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			value = name
		}
		out[name] = value
	}
	return out
}

func first(words ...string) string {
	i := slices.IndexFunc(words, func(w string) bool { return w != "" })
	if i < 0 {
		return ""
	}
	return words[i]
}

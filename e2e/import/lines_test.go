//go:build linux

package import_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/asked"
)

// line is a line of parts.txt, asks.txt or expected.txt that says something.
type line struct {
	n     int
	text  string
	words []string
}

func readLines(t *testing.T, file string) []line {
	t.Helper()
	var out []line
	for _, l := range asked.Lines(t, file) {
		out = append(out, line{l.N, l.Text, l.Words})
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

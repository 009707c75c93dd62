// Package filename turns names of a model into names of files that every system
// takes.
package filename

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxBytes bounds one part of a file's name in bytes; file systems take 255 for the
// whole.
const maxBytes = 80

// Safe turns a name into one part of a file's name that every system
// takes: no separator, no character that Windows forbids, no device's name,
// not too long. Names of the language come through unchanged, but for the
// slash of a route.
func Safe(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if len(safe) > maxBytes {
		h := fnv.New32a()
		h.Write([]byte(name))
		end := maxBytes
		for !utf8.RuneStart(safe[end]) {
			end--
		}
		safe = fmt.Sprintf("%s-%08x", safe[:end], h.Sum32())
	}
	safe = strings.Trim(safe, " ")
	if strings.Trim(safe, ".") == "" {
		return "model" + safe
	}
	first, rest, _ := strings.Cut(safe, ".")
	if slices.Contains(devices, strings.ToLower(first)) {
		return strings.TrimSuffix(first+"_."+rest, ".")
	}
	return safe
}

// devices are names that Windows keeps for itself, whatever follows a dot.
var devices = []string{
	"con", "prn", "aux", "nul",
	"com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}

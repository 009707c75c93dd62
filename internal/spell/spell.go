// Package spell finds what somebody probably meant: the nearest of the words
// that would have been right.
package spell

import (
	"fmt"
	"slices"
	"strings"
)

// Nearest returns the word among those allowed that is nearest to the given
// one, and false where none is near: more than a third of it (at least one
// letter) would have to be changed. Case does not count; the first of several
// that are equally near wins.
func Nearest(word string, among []string) (string, bool) {
	w := []rune(strings.ToLower(word))
	if len(w) == 0 || len(w) > 100 {
		return "", false
	}
	best, limit := "", max(1, len(w)/3)+1
	for _, a := range among {
		if d := distance(w, []rune(strings.ToLower(a)), limit); d < limit {
			best, limit = a, d
		}
	}
	return best, best != ""
}

// Typo returns the one word among those allowed that the given one is a slip of
// the finger away from: only case differs or, in three letters or more, one
// letter is missing, too many, wrong or swapped with its neighbour. It returns
// false where several are that near, and where digits differ: shop-3 is no
// slip of shop-2.
func Typo(word string, among []string) (string, bool) {
	w := []rune(strings.ToLower(word))
	if len(w) == 0 || len(w) > 100 {
		return "", false
	}
	var slips [2][]string // by distance
	for _, a := range among {
		lower := strings.ToLower(a)
		d := distance(w, []rune(lower), len(slips))
		if d < len(slips) && digits(string(w)) == digits(lower) && !slices.Contains(slips[d], a) {
			slips[d] = append(slips[d], a)
		}
	}
	switch {
	case len(slips[0]) == 1:
		return slips[0][0], true
	case len(slips[0]) == 0 && len(slips[1]) == 1 && len(w) >= 3:
		return slips[1][0], true
	}
	return "", false
}

// digits returns the digits of a word.
func digits(word string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, word)
}

// DidYouMean returns `, did you mean "x"?` for a message about the word, or ""
// where nothing is near.
func DidYouMean(word string, among []string) string {
	if near, ok := Nearest(word, among); ok {
		return `, did you mean "` + near + `"?`
	}
	return ""
}

// Unknown says what was not understood, and the nearest of what would have
// been, or all of it where that fits into a line.
func Unknown(what, word string, known []string) error {
	hint := DidYouMean(word, known)
	switch {
	case hint != "":
	case len(known) == 0:
		hint = "; the model has none"
	case len(known) <= 12:
		hint = "; there are " + strings.Join(known, ", ")
	}
	return fmt.Errorf("unknown %s %q%s", what, word, hint)
}

// distance is how many letters must be inserted, deleted, replaced or swapped
// with their neighbour to make b of a, or limit where it is not less
// (optimal string alignment).
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return min(above[len(b)], limit)
}

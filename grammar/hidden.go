package grammar

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Invisible characters let a text mean something else than it shows (Trojan
// Source, CVE-2021-42574). Those that turn the direction of the text stand nowhere.
// Those without a width may stand in labels, where scripts and emoji need them.

// turns reports whether a character changes the order in which a text is shown
// (Unicode annex 9, 2): the order that is read is another one.
func turns(r rune) bool {
	return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}

// unseen reports whether a character is not shown at all.
func unseen(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.Is(unicode.Cf, r) || r == '\u034f' || r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800')
}

// joins reports whether an unseen character belongs to how a script is written, or
// joins emoji: comments may have these.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

func turnName(r rune) string {
	return fmt.Sprintf("the character U+%04X shows a text in another order than it is read", r)
}

func unseenName(r rune) string {
	return fmt.Sprintf("the invisible character U+%04X does not belong here", r)
}

// visible quotes a character for a message; one that cannot be seen by its number.
func visible(r rune) string {
	if unseen(r) || unicode.IsControl(r) {
		return fmt.Sprintf("the invisible character U+%04X", r)
	}
	return shown(string(r))
}

// invisible finds a character that cannot be seen in a word that is no label.
func invisible(text, noun string) *fault {
	for i, r := range text {
		if unseen(r) {
			return wrong("", "%s does not belong in %s", visible(r), noun).at(i, i+utf8.RuneLen(r))
		}
	}
	return nil
}

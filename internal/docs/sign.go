package docs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// svgStart is how every picture of flowc begins.
const svgStart = `<svg xmlns="http://www.w3.org/2000/svg" class="flowc"`

// signature is the checksum of a picture beside a document, in its root: it
// tells a picture that somebody edited from one that is old.
var signature = lazy.Regexp(` data-sum="([0-9a-f]+)"`)

// signed is a picture with its checksum.
func signed(svg []byte) []byte {
	rest, ok := bytes.CutPrefix(svg, []byte(svgStart))
	if !ok {
		return svg
	}
	return []byte(svgStart + ` data-sum="` + pictureSum(svg) + `"` + string(rest))
}

// editedPicture reports whether somebody changed a picture since flowc wrote it.
// One without a checksum, as flowc render writes it, nobody is known to have
// changed.
func editedPicture(svg []byte) bool {
	head, rest, ok := bytes.Cut(svg, []byte(">"))
	if !ok {
		return false
	}
	at := signature.Get().FindSubmatchIndex(head)
	if at == nil {
		return false
	}
	sum := string(head[at[2]:at[3]])
	unsigned := bytes.Join([][]byte{head[:at[0]], head[at[1]:], []byte(">"), rest}, nil)
	return pictureSum(unsigned) != sum
}

// pictureSum is the checksum of a picture without one.
func pictureSum(svg []byte) string {
	hash := sha256.Sum256(lineFeeds(svg))
	return hex.EncodeToString(hash[:])[:12]
}

// lineFeeds is a text with the line breaks that flowc writes; a checkout may
// have changed them.
func lineFeeds(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

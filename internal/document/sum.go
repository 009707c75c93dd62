package document

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// sumLength is how many hexadecimal digits of a hash a marker holds: enough to
// notice an edit, which is no attack.
const sumLength = 12

// sum is the checksum of a body: that of its normal form, so that a formatter
// of documents does not change it.
func (r *Region) sum(body []string) string {
	hash := sha256.Sum256([]byte(strings.Join(r.normal(body), "\n")))
	return hex.EncodeToString(hash[:])[:sumLength]
}

// Holds reports whether the region differs from a body in nothing but what
// formatters of documents change: blank lines, and in Markdown the indentation
// of text and the width of tables.
func (r *Region) Holds(body []string) bool { return slices.Equal(r.normal(r.Body), r.normal(body)) }

// Empty reports whether nothing but blank lines stands in the region.
func (r *Region) Empty() bool { return len(r.normal(r.Body)) == 0 }

// Edited reports whether somebody changed the region since flowc wrote it, or
// whether it holds something that flowc never wrote.
func (r *Region) Edited() bool {
	return !r.Empty() && r.Attrs.Value(keySum) != r.sum(r.Body)
}

// Signed reports whether the marker holds a checksum.
func (r *Region) Signed() bool { return r.Attrs.Has(keySum) }

// marker is the begin marker with the checksum of a body.
func (r *Region) marker(body []string) string {
	text, sum := r.At.Text(), keySum+"="+r.sum(body)
	if old := r.Attrs.Get(keySum); old != nil {
		at := old.At.Start - r.At.Start
		return text[:at] + sum + text[at+len(old.At.Text()):]
	}
	end := len(text)
	for _, sign := range []string{"-->", "*/}"} {
		if cut, ok := strings.CutSuffix(text, sign); ok {
			end = len(cut)
		}
	}
	before, sign := blankEnd.Get().ReplaceAllString(text[:end], ""), text[end:]
	if sign != "" {
		sign = " " + sign
	}
	return before + " " + sum + sign
}

var (
	// blankEnd is what a marker of several lines, in a quote, too, may end in.
	blankEnd  = lazy.Regexp(`(?:[ \t]|\n[ \t>]*)+$`)
	fenceSign = lazy.Regexp("^(`{3,}|~{3,})")
	dashes    = lazy.Regexp(`-{2,}`)
	blanks    = lazy.Regexp(`[ \t]+`)
	cellEdge  = lazy.Regexp(` ?\| ?`)
)

// normal is the normal form of a body: in Markdown its lines without what
// formatters change, but for those of fences; in other languages, which have no
// formatters, its lines as they are.
func (r *Region) normal(body []string) []string {
	var out []string
	if !r.document.Language.formatted {
		for _, line := range body {
			if line = strings.TrimRight(line, " \t"); line != "" || len(out) > 0 {
				out = append(out, line)
			}
		}
		for len(out) > 0 && out[len(out)-1] == "" {
			out = out[:len(out)-1]
		}
		return out
	}
	fence := ""
	for _, line := range body {
		trimmed := strings.TrimSpace(line)
		switch sign := fenceSign.Get().FindString(trimmed); {
		case fence != "":
			if sign != "" && strings.HasPrefix(sign, fence) && trimmed == sign {
				fence = ""
				out = append(out, trimmed)
				continue
			}
			out = append(out, strings.TrimRight(line, " \t"))
		case sign != "":
			fence = sign
			out = append(out, trimmed)
		case trimmed != "":
			trimmed = blanks.Get().ReplaceAllString(trimmed, " ")
			if strings.HasPrefix(trimmed, "|") {
				trimmed = dashes.Get().ReplaceAllString(cellEdge.Get().ReplaceAllString(trimmed, "|"), "-")
			}
			out = append(out, trimmed)
		}
	}
	return out
}

package document

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// sumLength is how many hexadecimal digits of a hash a marker holds: enough to
// notice an edit, which is no attack.
const sumLength = 12

// Sum is the checksum of a body: that of its normal form, so that a formatter
// of documents does not change it.
func Sum(body []string) string {
	hash := sha256.Sum256([]byte(strings.Join(normal(body), "\n")))
	return hex.EncodeToString(hash[:])[:sumLength]
}

// Same reports whether two bodies differ in nothing but what formatters of
// documents change: blank lines, indentation, the width of tables.
func Same(a, b []string) bool { return slices.Equal(normal(a), normal(b)) }

// Edited reports whether somebody changed the region since flowc wrote it, or
// whether it holds something that flowc never wrote.
func (r *Region) Edited() bool {
	if len(normal(r.Body)) == 0 {
		return false
	}
	return r.Attrs.Value(keySum) != Sum(r.Body)
}

// Signed reports whether the marker holds a checksum.
func (r *Region) Signed() bool { return r.Attrs.Has(keySum) }

// marker is the begin marker with the checksum of a body.
func (r *Region) marker(body []string) string {
	text, sum := r.At.Text(), keySum+"="+Sum(body)
	if old := r.Attrs.Get(keySum); old != nil {
		at := old.At.Start - r.At.Start
		return text[:at] + sum + text[at+len(old.At.Text()):]
	}
	end := len(text)
	for _, sign := range []string{"-->", "*/}"} {
		if cut := strings.TrimSuffix(text, sign); cut != text {
			end = len(cut)
		}
	}
	said, sign := strings.TrimRight(text[:end], " \t\n"), text[end:]
	if sign != "" {
		sign = " " + sign
	}
	return said + " " + sum + sign
}

var (
	fenceSign = regexp.MustCompile("^(`{3,}|~{3,})")
	dashes    = regexp.MustCompile(`-{2,}`)
	blanks    = regexp.MustCompile(`[ \t]+`)
	cellEdge  = regexp.MustCompile(` ?\| ?`)
)

// normal is the normal form of a body: the lines of fences as they are, all
// other lines without what formatters change, and no blank ones.
func normal(body []string) []string {
	var out []string
	fence := ""
	for _, line := range body {
		trimmed := strings.TrimSpace(line)
		switch sign := fenceSign.FindString(trimmed); {
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
			trimmed = blanks.ReplaceAllString(trimmed, " ")
			if strings.HasPrefix(trimmed, "|") {
				trimmed = dashes.ReplaceAllString(cellEdge.ReplaceAllString(trimmed, "|"), "-")
			}
			out = append(out, trimmed)
		}
	}
	return out
}

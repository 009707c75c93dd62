package docs

import (
	"bytes"
	"testing"
)

// A picture beside a document tells whether somebody changed it; line breaks
// that a checkout changes are no edit, and one without a checksum is not known
// to be one.
func TestSignature(t *testing.T) {
	svg := []byte(svgStart + " width=\"10\">\n<title>shop</title>\n</svg>\n")
	out := signed(svg)
	for _, tc := range []struct {
		name string
		svg  []byte
		want bool
	}{
		{"as written", out, false},
		{"CRLF", bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n")), false},
		{"without a checksum", svg, false},
		{"no picture", []byte("hello"), false},
		{"text changed", bytes.Replace(out, []byte("shop"), []byte("shed"), 1), true},
		{"width changed", bytes.Replace(out, []byte(`"10"`), []byte(`"20"`), 1), true},
		{"line added", append(bytes.Clone(out), "\n"...), true},
	} {
		if got := editedPicture(tc.svg); got != tc.want {
			t.Errorf("%s: edited is %v", tc.name, got)
		}
	}
	if !bytes.HasPrefix(out, []byte(svgStart)) {
		t.Errorf("a signed picture begins with %q", out[:40])
	}
}

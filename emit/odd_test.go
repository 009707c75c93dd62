package emit

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/view"
)

// TestOddLabels writes pictures that are full of odd labels in every format
// that fits them: the text is UTF-8 without control characters, and what is XML
// or JSON can be read.
func TestOddLabels(t *testing.T) {
	opt := Options{Name: "odd", Layout: worker.Layout, Convert: func(_ context.Context, svg []byte, _ Page) ([]byte, error) { return svg, nil }}
	for name, pic := range map[string]view.Picture{"chart": oddChart(), "sequence": oddSample(), "table": oddTable()} {
		written := 0
		for _, f := range Formats {
			if !f.Fits(pic) {
				continue
			}
			written++
			t.Run(f.Name+" "+name, func(t *testing.T) {
				got, found, err := f.Emit(context.Background(), pic, opt)
				if err != nil || len(found) > 0 || len(got) == 0 {
					t.Fatal(len(got), err, found)
				}
				if !utf8.Valid(got) {
					t.Error("it is not UTF-8")
				}
				for i, c := range got {
					if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
						t.Fatalf("it has the control character %q: %q", c, got[max(0, i-20):min(len(got), i+20)])
					}
				}
				readable(t, f, got)
			})
		}
		if written < 5 {
			t.Errorf("%s was written in %d formats alone", name, written)
		}
	}
}

// readable reads what is in a format that a parser of Go knows.
func readable(t *testing.T, f *Format, got []byte) {
	switch f.Ext {
	case "svg", "png", "pdf": // the last two are of a renderer that gives its SVG back
		for d := xml.NewDecoder(bytes.NewReader(got)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	case "json":
		if !json.Valid(got) {
			t.Error("it is not JSON")
		}
	}
}

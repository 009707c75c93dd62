package emit

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

var look = flag.String("look", "", "folder to write the sample pictures to")

func samples() map[string]view.Picture {
	out := map[string]view.Picture{}
	for _, s := range sequenceSamples {
		out[s.name] = s.seq()
	}
	for _, s := range tableSamples {
		out[s.name] = s.table()
	}
	return out
}

func TestSVGSamples(t *testing.T) {
	for name, pic := range samples() {
		t.Run(name, func(t *testing.T) {
			got, diags, err := svg.Emit(context.Background(), pic, Options{Name: name})
			if err != nil || len(diags) > 0 {
				t.Fatal(err, diags)
			}
			if *look != "" {
				if err := os.WriteFile(filepath.Join(*look, name+".svg"), got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			d := xml.NewDecoder(bytes.NewReader(got))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

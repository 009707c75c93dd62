package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFiveAtOnce holds captures of five clients that ask for the same at the same
// moment against the model: each has its own connections, and each attempt of a
// proxy that tries again is some client's.
func TestFiveAtOnce(t *testing.T) {
	paths, err := filepath.Glob("testdata/atonce/*.pcapng")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	for _, p := range paths {
		name := strings.TrimSuffix(filepath.Base(p), ".pcapng")
		read := func(ext string) []byte {
			text, err := os.ReadFile(strings.TrimSuffix(p, "pcapng") + ext)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		m := measured{name: name, model: string(read("flow")), pcap: read("pcapng"), keys: read("keys")}
		for _, keys := range []bool{false, true} {
			r := hold(t, name, m.model, m.read(t, keys))
			if !r.Agrees() || len(r.Results) != 5 {
				t.Errorf("%s, keys %v:\n%s", name, keys, text(t, r))
			}
		}
	}
}

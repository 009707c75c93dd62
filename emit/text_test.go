package emit

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func TestTextSamples(t *testing.T) {
	for name, pic := range samples() {
		for _, ascii := range []bool{false, true} {
			got, _, err := plainText.Emit(context.Background(), pic, Options{ASCII: ascii})
			if err != nil {
				t.Fatal(name, err)
			}
			if *look != "" {
				ext := ".txt"
				if ascii {
					ext = ".ascii"
				}
				if err := os.WriteFile(filepath.Join(*look, name+ext), got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

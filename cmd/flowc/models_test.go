package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowc-lang/flowc/models"
)

// Each model that flowc carries is right by itself, as `flowc new` writes it.
func TestEveryStarter(t *testing.T) {
	dir := t.TempDir()
	for _, m := range models.List() {
		file := filepath.Join(dir, m.Name+modelExt)
		var out, err strings.Builder
		if code := run([]string{"new", file, "--from", m.Name}, nil, &out, &err); code != exitClean {
			t.Fatalf("new --from %s: exit code %d: %s", m.Name, code, err.String())
		}
		if code := run([]string{"check", "-W", file}, nil, &out, &err); code != exitClean {
			t.Errorf("check %s: exit code %d: %s%s", m.Name, code, out.String(), err.String())
		}
	}
}

func TestEachCallsEveryOne(t *testing.T) {
	for _, n := range []int{0, 1, 2, 100} {
		var sum, calls atomic.Int64
		each(n, func(i int) {
			sum.Add(int64(i))
			calls.Add(1)
		})
		if calls.Load() != int64(n) || sum.Load() != int64(n*(n-1)/2) {
			t.Errorf("%d: %d calls, sum %d", n, calls.Load(), sum.Load())
		}
	}
}

// Malformed files each give a clear error or a clean result, and nothing that
// is half-written.
func TestMalformed(t *testing.T) {
	deep := strings.Repeat("route a {\n", 100_000)
	for name, text := range map[string]string{
		"empty":      "",
		"blank":      " \n\t\r\n",
		"binary":     "\x00\x01\xff\xfe\x00",
		"utf16":      "\xff\xfer\x00o\x00u\x00t\x00e\x00",
		"unclosed":   "route shop {\n host \"x\n",
		"braces":     strings.Repeat("}", 10_000),
		"deep":       deep,
		"long line":  "route " + strings.Repeat("x", 10<<20),
		"long label": `client c "` + strings.Repeat("x", 1<<20) + "\"\nroute r {\n host a.test\n to b\n}\n",
		"many":       strings.Repeat("zone z\n", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "m.flow")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"check", file}, {"show", file},
				{"render", file, "--view", "sequence,routes", "-o", filepath.Join(dir, "out")},
			} {
				var out, err strings.Builder
				switch code := run(args, nil, &out, &err); code {
				case exitClean:
				case exitFindings:
					if !strings.Contains(out.String()+err.String(), "error FL") {
						t.Errorf("%v says nothing:\n%.500s%.500s", args, out.String(), err.String())
					}
				default:
					t.Errorf("%v: exit code %d:\n%.500s%.500s", args, code, out.String(), err.String())
				}
			}
			left, err := filepath.Glob(filepath.Join(dir, "out", ".flowc-*.tmp"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

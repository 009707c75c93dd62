package haproxy_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// shapes are configurations of any size: of lines, of one line, of what is nested.
var shapes = map[string]func(n int) string{
	"lines that are not known":  func(n int) string { return strings.Repeat("  frobnicate x y\n", n) },
	"values that are not valid": func(n int) string { return strings.Repeat("  timeout client xx\n", n) },
	"names that are not known":  func(n int) string { return strings.Repeat("  use_backend nowhere if { path /a }\n", n) },
	"tests that are not known":  func(n int) string { return strings.Repeat("  acl a pat_beg /x\n", n) },
	"lines that are not read":   func(n int) string { return strings.Repeat("  http-request track-sc0 src\n", n) },
	"comments":                  func(n int) string { return strings.Repeat("  # nothing\n", n) },
	"words of a line":           func(n int) string { return "  acl a path_beg" + strings.Repeat(" /abc", n) + "\n" },
	"quotes of a line":          func(n int) string { return "  acl a path_beg " + strings.Repeat(`"a\ "`, n) + "\n" },
	"one word":                  func(n int) string { return "  acl a path_beg /" + strings.Repeat("abcd", n) + "\n" },
	"conditions of a rule":      func(n int) string { return "  use_backend b if" + strings.Repeat(" { path /a }", n) + "\n" },
	"alternatives of a rule": func(n int) string {
		return "  use_backend b if { path /a }" + strings.Repeat(" or { path /a } { src 10.0.0.0/8 }", n) + "\n"
	},
	"converters": func(n int) string { return "  use_backend b if { path" + strings.Repeat(",lower", n) + " /a }\n" },
	"parentheses of a condition": func(n int) string {
		return ".if " + strings.Repeat("(", n) + "defined(A)" + strings.Repeat(")", n) + "\n.endif\n"
	},
	"negations of a condition": func(n int) string { return ".if " + strings.Repeat("!", n) + "defined(A)\n.endif\n" },
	"parts of a condition":     func(n int) string { return ".if defined(A)" + strings.Repeat(" || defined(A)", n) + "\n.endif\n" },
	"conditions in conditions": func(n int) string { return strings.Repeat(".if 1\n", n) + strings.Repeat(".endif\n", n) },
	"defaults of defaults":     func(n int) string { return strings.Repeat("defaults\n  mode http\n", n) },
}

// TestBounded reads configurations of each shape, one twice as large as the other: the
// memory grows as they do, and there are no more findings than somebody reads.
func TestBounded(t *testing.T) {
	const size, most = 5_000, 1_100
	for name, shape := range shapes {
		once, found := readOf(t, shape(size))
		twice, more := readOf(t, shape(2*size))
		if once > 0 && twice > 3*once {
			t.Errorf("%s: %d bytes are taken of %d, and %d of %d", name, once, size, twice, 2*size)
		}
		if found > most || more > most {
			t.Errorf("%s: %d and %d findings", name, found, more)
		}
	}
}

// readOf is the memory that reading takes, and how much is found.
func readOf(t *testing.T, lines string) (uint64, int) {
	t.Helper()
	text := timeouts + "frontend web\n  bind :80\n" + lines + "backend b\n  server s 10.0.0.1:8080\n"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	open := func(string) ([]byte, error) { return []byte(text), nil }
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open})
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flow.Complete(d)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, len(m.Findings)
}

// TestCounted reads long configurations: behind the first lines, those that say nothing of
// a topology are counted, and all others are read.
func TestCounted(t *testing.T) {
	const many = 60_000
	for _, tc := range []struct {
		name, line string
		kind       flow.UnmodelledKind
	}{
		{"lines that are not known", "  frobnicate x y\n", flow.ChangesRouting},
		{"lines that lose a detail", "  http-request track-sc0 src\n", flow.LosesDetail},
		{"lines without effect", "  option dontlognull\n", flow.NoEffect},
	} {
		text := timeouts + "frontend web\n  bind :80\n" + strings.Repeat(tc.line, many) + "  use_backend b if { path /b }\nbackend b\n  server s 10.0.0.1:8080\n"
		open := func(string) ([]byte, error) { return []byte(text), nil }
		m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open})
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := m.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counted := 0
		for _, u := range d.Unmodelled {
			if u.Kind == tc.kind {
				counted += 1 + u.More
			}
		}
		if counted != many || len(d.Unmodelled) > many/2 {
			t.Errorf("%s: %d are counted and %d listed", tc.name, counted, len(d.Unmodelled))
		}
		top, _ := flow.Complete(d)
		if len(top.Routes) != 1 || len(top.Backends) != 1 {
			t.Errorf("%s: %d routes and %d backends", tc.name, len(top.Routes), len(top.Backends))
		}
	}
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// BenchmarkCommands compares what a user waits for with a Go program that does
// nothing: CPU time (user and system), both run in turn in one benchmark.
// x-nothing is the ratio of their medians' sum; see docs/performance.md.
func BenchmarkCommands(b *testing.B) {
	dir := b.TempDir()
	flowc, nothing := filepath.Join(dir, "flowc"+exe()), filepath.Join(dir, "nothing"+exe())
	write(b, filepath.Join(dir, "nothing.go"), "package main\n\nfunc main() {}\n")
	write(b, filepath.Join(dir, "ten.flow"), tenRoutes())
	build(b, flowc, ".")
	build(b, nothing, filepath.Join(dir, "nothing.go"))
	build(b, filepath.Join(dir, "flowc-graphviz"+exe()), "../flowc-graphviz")
	model, err := filepath.Abs("../../models/reencrypt.flow")
	if err != nil {
		b.Fatal(err)
	}
	guide := guideOf(b, dir, model)
	b.Setenv(cacheVariable, filepath.Join(dir, "cache"))
	cpu(b, flowc, "docs", guide)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"help", []string{"--help"}},
		{"render-sequence-svg", []string{"render", model, "--view", "sequence", "--format", "svg", "-o", filepath.Join(dir, "out.svg"), "--quiet"}},
		{"check-ten-routes", []string{"check", filepath.Join(dir, "ten.flow")}},
		{"docs-check-kept", []string{"docs", "--check", guide}},
		{"docs-check-drawn", []string{"docs", "--check", guide}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.name == "docs-check-drawn" {
				b.Setenv(cacheVariable, "off")
			}
			var ours, theirs time.Duration
			for b.Loop() {
				theirs += cpu(b, nothing)
				ours += cpu(b, flowc, c.args...)
			}
			b.ReportMetric(float64(ours.Microseconds())/float64(b.N)/1000, "cpu-ms/op")
			b.ReportMetric(float64(ours)/float64(theirs), "x-nothing")
		})
	}
}

// guideOf writes a document with ten regions of each of two pictures of a
// model, one of which Graphviz lays out.
func guideOf(b *testing.B, dir, model string) string {
	b.Helper()
	text, err := os.ReadFile(model)
	if err != nil {
		b.Fatal(err)
	}
	write(b, filepath.Join(dir, "model.flow"), string(text))
	var doc strings.Builder
	for i := range 10 {
		fmt.Fprintf(&doc, "<!-- flow:begin model=model.flow view=topology format=svg out=t%d.svg -->\n<!-- flow:end -->\n", i)
		fmt.Fprintf(&doc, "<!-- flow:begin model=model.flow format=svg out=s%d.svg -->\n<!-- flow:end -->\n", i)
	}
	guide := filepath.Join(dir, "guide.md")
	write(b, guide, doc.String())
	return guide
}

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func cpu(b *testing.B, name string, args ...string) time.Duration {
	b.Helper()
	cmd := exec.Command(name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func build(b *testing.B, out, pkg string) {
	b.Helper()
	if msg, err := exec.Command("go", "build", "-o", out, pkg).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, msg)
	}
}

func write(b *testing.B, path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func tenRoutes() string {
	var s strings.Builder
	for i := range 10 {
		fmt.Fprintf(&s, "route app-%d {\n    host app-%d.apps.example.test\n    tls reencrypt { name app-%d.svc }\n    to app-%d\n}\n", i, i, i, i)
	}
	return s.String()
}

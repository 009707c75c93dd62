//go:build linux

package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/flowc-lang/flowc/internal/corpus"
)

// BenchmarkMemory measures what a check of large models holds in memory at
// most, as the system counts it (maximum resident set), and its CPU time.
func BenchmarkMemory(b *testing.B) {
	dir := b.TempDir()
	flowc := filepath.Join(dir, "flowc")
	build(b, flowc, ".")
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("shards/routes=%d", n), func(b *testing.B) {
			model := filepath.Join(b.TempDir(), "large.flow")
			write(b, model, corpus.Fleet(n))
			var resident int64
			var ms float64
			for b.Loop() {
				cmd := exec.Command(flowc, "check", model)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				use := cmd.ProcessState.SysUsage().(*syscall.Rusage)
				resident += use.Maxrss
				ms += float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Milliseconds())
			}
			b.ReportMetric(float64(resident)/float64(b.N)/1024, "resident-MB")
			b.ReportMetric(ms/float64(b.N), "cpu-ms/op")
		})
	}
}

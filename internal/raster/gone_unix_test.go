//go:build unix

package raster

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// checkGone waits for a process to be gone, or dead and waiting for whoever
// inherited it to look.
func checkGone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if errors.Is(syscall.Kill(n, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %s, which the renderer started, still runs", pid)
	_ = syscall.Kill(n, syscall.SIGKILL)
}

// zombie reads /proc where there is one.
func zombie(pid string) bool {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	return err == nil && strings.Contains(string(status), "\nState:\tZ")
}

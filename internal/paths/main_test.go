package paths_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain collects garbage less often. Nearly all that these tests make is garbage at
// once, and collecting it at the usual rate takes a quarter of their time.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

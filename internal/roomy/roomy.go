// Package roomy runs tests whose garbage is collected seldom.
package roomy

import (
	"runtime"
	"runtime/debug"
	"testing"
)

const (
	percent = 400      // of what is in use may pile up as garbage
	floor   = 48 << 20 // that counts as in use from the start
)

// Run runs the tests of a package. Nearly all that they make is garbage at once, and
// collecting it at the usual rate takes up to a quarter of their time. It is collected
// here when 240 MB have piled up, and not when 4 MB have: that is what a test binary may
// take more. The floor is never written to, so it takes no memory itself.
func Run(m *testing.M) int {
	debug.SetGCPercent(percent)
	held := make([]byte, floor)
	code := m.Run()
	runtime.KeepAlive(held)
	return code
}

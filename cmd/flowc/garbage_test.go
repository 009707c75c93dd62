package main

import (
	"runtime"
	"testing"
)

// TestPercentAbove holds how far a heap may grow before it is collected.
func TestPercentAbove(t *testing.T) {
	for used, want := range map[uint64]int{0: garbage, smallHeap: garbage, 10 * smallHeap: garbage, smallHeap / 2: 100, smallHeap / 8: 700} {
		if got := percentAbove(used); got != want {
			t.Errorf("%d%% above %d MB, want %d%%", got, used>>20, want)
		}
	}
}

// TestAfterCollection shows that the function is called after each collection, not only
// after the first one.
func TestAfterCollection(t *testing.T) {
	called, done := make(chan bool), make(chan bool)
	defer close(done)
	afterCollection(func() {
		select {
		case called <- true:
		case <-done:
		}
	})
	for range 3 {
		runtime.GC()
		<-called
	}
}

package main

import (
	"runtime"
	"testing"
)

// TestPercentAbove holds how far a heap may grow before it is collected.
func TestPercentAbove(t *testing.T) {
	const room = 64 << 20
	for used, want := range map[uint64]int{0: garbage, room: garbage, 10 * room: garbage, room / 2: 100, room / 8: 700} {
		if got := percentAbove(used, room); got != want {
			t.Errorf("%d%% above %d MB, want %d%%", got, used>>20, want)
		}
	}
}

// TestAfterCollection shows that the function is called once, after a collection.
func TestAfterCollection(t *testing.T) {
	called := make(chan bool, 1)
	afterCollection(func() { called <- true })
	runtime.GC()
	<-called
}

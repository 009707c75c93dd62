package main

import (
	"runtime"
	"runtime/debug"
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

// TestExpect holds how large a heap may be before anything of a text can be forgotten.
func TestExpect(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	p := &pacer{room: smallHeap}
	p.expect(smallHeap / timesText)
	if p.room != smallHeap || p.percent != 0 {
		t.Errorf("a small text changes the room to %d MB, at %d%%", p.room>>20, p.percent)
	}
	p.expect(smallHeap)
	if want := uint64(timesText * smallHeap); p.room != want {
		t.Errorf("a large text makes room for %d MB, want %d MB", p.room>>20, want>>20)
	}
	if set := debug.SetGCPercent(100); set != p.percent || set != timesText*smallHeap/leastHeap*100 {
		t.Errorf("the runtime collects at %d%%, the pacer is at %d%%", set, p.percent)
	}
	p.hold() // a further text needs room beside what is in use
	if p.expect(smallHeap); p.room <= timesText*smallHeap || p.room > 3*timesText*smallHeap {
		t.Errorf("a second large text makes room for %d MB", p.room>>20)
	}
	collections.expect(smallHeap) // nil: the runtime decides
	collections.hold()
}

// TestAfterCollection shows that the function is called once, after a collection.
func TestAfterCollection(t *testing.T) {
	called := make(chan bool, 1)
	afterCollection(func() { called <- true })
	runtime.GC()
	<-called
}

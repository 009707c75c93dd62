package main

import (
	"runtime"
	"runtime/debug"
)

// garbage is how much garbage may pile up, in percent of what is in use. Of a large
// model nearly all is in use until its last rule has run. 50 instead of the default of 100 takes
// a quarter of the memory away, and costs a twentieth of the time (docs/performance.md).
const garbage = 50

// smallHeap is the size of a heap that is not searched for garbage. Nearly all models are done
// before they need as much.
const smallHeap = 32 << 20

// leastHeap is the size at which the runtime begins to collect, at 100 percent.
const leastHeap = 4 << 20

// paceCollections has garbage collected when the heap has smallHeap bytes, or garbage
// percent more than is in use if that is more.
func paceCollections() { pace(smallHeap / leastHeap * 100) }

// pace lets so many percent of garbage pile up until the next collection. After each one, what
// is in use decides.
func pace(percent int) {
	debug.SetGCPercent(percent)
	afterCollection(func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		pace(percentAbove(m.NextGC * 100 / uint64(100+percent)))
	})
}

// percentAbove is how much garbage may pile up over what is in use.
func percentAbove(used uint64) int {
	if used == 0 || used >= smallHeap {
		return garbage
	}
	return max(garbage, int((smallHeap-used)*100/used))
}

// afterCollection calls a function after the next collection.
func afterCollection(f func()) {
	runtime.AddCleanup(new(*int), func(f func()) { f() }, f)
}

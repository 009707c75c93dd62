package main

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// garbage is how much garbage may pile up, in percent of what is in use. Of a large
// model nearly all is in use until its last rule has run. 50 instead of the default of 100 takes
// a quarter of the memory away, and costs a twentieth of the time (docs/performance.md).
const garbage = 50

// smallHeap is the size of a heap that is not searched for garbage. Nearly all models are done
// before they need as much.
const smallHeap = 64 << 20

// leastHeap is the size at which the runtime begins to collect, at 100 percent.
const leastHeap = 4 << 20

// timesText is how many times the size of its text the syntax of a model and what is read
// out of it take at most. All of that is in use until it is read.
const timesText = 24

// pacer says when garbage is collected: never in vain, as far as that is known.
type pacer struct {
	mu      sync.Mutex
	percent int    // of what is in use, that may pile up
	room    uint64 // up to which a heap is not searched
	ran     bool   // some collection did
	held    uint64 // of the heap, by models that stay in use while others are read
}

// collections is nil where the runtime decides, or whoever sets GOGC.
var collections *pacer

// paceCollections has garbage collected when the heap is as large as it has been before, or garbage
// percent larger than what is in use if that is more.
func paceCollections() {
	collections = &pacer{room: smallHeap}
	collections.pace(leastHeap)
}

// expect makes room for a model whose text was read.
func (p *pacer) expect(text int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if room := p.held + uint64(text)*timesText; room > p.room {
		p.room = room
		p.set(p.used())
	}
}

// hold has what was read so far stay in use: a further model, and the comparison with it, need as much
// room beside it.
func (p *pacer) hold() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.held = 2 * min(m.HeapAlloc, p.room)
}

// pace lets garbage pile up until the next collection, and after that as much as is in
// use then, and as the heap has room for.
func (p *pacer) pace(used uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(used)
	afterCollection(func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.mu.Lock()
		p.ran = true
		p.room = max(p.room, (m.HeapSys-m.HeapReleased)/10*9) // some of it is between what is in use
		used := p.used()
		p.mu.Unlock()
		p.pace(used)
	})
}

// used is what was in use after the last collection.
func (p *pacer) used() uint64 {
	if !p.ran {
		return leastHeap
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NextGC * 100 / uint64(100+p.percent)
}

func (p *pacer) set(used uint64) {
	p.percent = percentAbove(used, p.room)
	if !p.ran {
		p.percent += 100 // the first one is at so many percent of leastHeap, not above it
	}
	debug.SetGCPercent(p.percent)
}

// percentAbove is how much garbage may pile up over what is in use, where a heap may have
// room without being searched.
func percentAbove(used, room uint64) int {
	if used == 0 || used >= room {
		return garbage
	}
	return max(garbage, int((room-used)*100/used))
}

// afterCollection calls a function after the next collection.
func afterCollection(f func()) {
	runtime.AddCleanup(new(*int), func(f func()) { f() }, f)
}

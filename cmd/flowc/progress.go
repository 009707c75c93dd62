package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	progressAfter = time.Second           // how long a run may take in silence
	progressEvery = 50 * time.Millisecond // how often the line may change
)

// eraseLine takes a terminal back to the start of an empty line.
const eraseLine = "\r\x1b[K"

// progress is one line on a terminal that says how far a long run is. It is
// erased before anything else is written, also on a panic.
type progress struct {
	w     io.Writer
	on    bool // w is a terminal
	after time.Duration
	every time.Duration

	mu      sync.Mutex
	timer   *time.Timer // nil while nothing runs
	visible bool        // the first second is over
	text    string
	drawn   time.Time
}

func newProgress(w io.Writer, terminal bool) *progress {
	return &progress{w: w, on: terminal, after: progressAfter, every: progressEvery}
}

// start begins a run.
func (p *progress) start() {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(p.after, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.timer != nil {
			p.visible = true
			p.draw()
		}
	})
}

// say replaces the line.
func (p *progress) say(format string, args ...any) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = fmt.Sprintf(format, args...)
	if p.visible && time.Since(p.drawn) >= p.every {
		p.draw()
	}
}

// aside erases the line, has something else written, and goes on.
func (p *progress) aside(write func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	write()
}

// stop erases the line and ends the run, if there is one.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	p.timer.Stop()
	p.timer = nil
	p.erase()
	p.visible, p.text = false, ""
}

func (p *progress) draw() {
	p.drawn = time.Now()
	fmt.Fprint(p.w, eraseLine, p.text)
}

func (p *progress) erase() {
	if p.visible {
		fmt.Fprint(p.w, eraseLine)
	}
}

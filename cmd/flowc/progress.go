package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressAfter is how long a run may take in silence.
const progressAfter = time.Second

// progress is one line on a terminal that says how far a long run is. It is
// erased before anything else is written, also on a panic.
type progress struct {
	w       io.Writer
	enabled bool

	mu     sync.Mutex
	timer  *time.Timer
	shown  bool
	text   string
	closed bool
}

func newProgress(w io.Writer, terminal bool) *progress {
	return &progress{w: w, enabled: terminal, closed: true}
}

// start begins a run; nothing is shown in its first second.
func (p *progress) start() {
	if !p.enabled {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = false
	p.timer = time.AfterFunc(progressAfter, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.closed {
			p.shown = true
			p.draw()
		}
	})
}

// say replaces the line.
func (p *progress) say(format string, args ...any) {
	if !p.enabled {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = fmt.Sprintf(format, args...)
	if p.shown && !p.closed {
		p.draw()
	}
}

// interrupt erases the line, has something else written, and goes on.
func (p *progress) interrupt(write func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	write()
}

// stop erases the line. It may be called more than once.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	p.timer.Stop()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *progress) draw() { fmt.Fprintf(p.w, "\r\x1b[K%s", p.text) }

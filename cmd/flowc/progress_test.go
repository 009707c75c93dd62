package main

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

// screen is a terminal that several goroutines write to.
type screen struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes.String()
}

func TestProgress(t *testing.T) {
	var s screen
	p := newProgress(&s, true)
	p.after, p.every = time.Millisecond, 0
	p.say("drawing %d of 3", 1)
	p.start()
	for deadline := time.Now().Add(10 * time.Second); s.String() == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is shown")
		}
	}
	p.say("drawing %d of 3", 2)
	p.aside(func() { fmt.Fprintln(&s, "a note") })
	p.say("drawing %d of 3", 3)
	p.stop()
	p.stop()
	p.say("drawing nothing")
	want := "\r\x1b[Kdrawing 1 of 3" + "\r\x1b[Kdrawing 2 of 3" + "\r\x1b[Ka note\n" + "\r\x1b[Kdrawing 3 of 3" + "\r\x1b[K"
	if got := s.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A run that is over soon, and one without a terminal, says nothing.
func TestProgressInSilence(t *testing.T) {
	var s screen
	for _, terminal := range []bool{true, false} {
		p := newProgress(&s, terminal)
		p.start()
		p.say("drawing")
		p.stop()
	}
	if got := s.String(); got != "" {
		t.Errorf("got %q", got)
	}
}

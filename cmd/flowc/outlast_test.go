//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// The interrupt that ends the tcpdump before a pipe does not end flowc.
func TestOutlast(t *testing.T) {
	// what would end the test is seen here instead
	ended := make(chan os.Signal, 2)
	release := outlast()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	// the process is still here; the next interrupt is nobody's but ours
	signal.Notify(ended, os.Interrupt)
	defer signal.Stop(ended)
	release()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("no interrupt came")
	}
}

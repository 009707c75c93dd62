package graphviz

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options are what a Client may be told. The zero value is right.
type Options struct {
	// Deadline is how long the layout of one graph may take; 0 means 30 s.
	Deadline time.Duration
	// Notify is told what takes long, once: "building the Graphviz worker,
	// once". It may be called from another goroutine than Layout's; nil for
	// silence.
	Notify func(message string)
}

const (
	defaultDeadline = 30 * time.Second

	// startDeadline is for a worker's first word. With a cold cache Graphviz is
	// compiled before it, which takes a second, and minutes on no machine.
	startDeadline = time.Minute

	// patience is how long a start may take before somebody who waits is told.
	patience = 20 * time.Second

	// recycleAfter is how many graphs one worker lays out: Graphviz leaks some
	// 40 KB a small graph, a fresh worker costs some 60 ms.
	recycleAfter = 500
)

// Client hands graphs to a worker, one after another. It starts the worker at
// the first graph, and a new one where the old had to be killed. The zero
// Client is not usable; see New.
type Client struct {
	opt     Options
	turn    chan struct{} // holds one token while a layout runs
	find    []finder
	startup time.Duration // how long a start may take
	patient time.Duration // how long one may take that is not spoken of

	// What follows belongs to whoever holds the turn.
	cache  *cache
	path   string // the worker that was found to answer
	worker *worker
	failed error // why none can be started; found out once
	closed bool
}

// New returns a client. Nothing is searched or started before the first
// Layout. Close it in the end.
func New(opt Options) *Client {
	if opt.Deadline == 0 {
		opt.Deadline = defaultDeadline
	}
	if opt.Notify == nil {
		opt.Notify = func(string) {}
	}
	return &Client{opt: opt, turn: make(chan struct{}, 1), find: finders, startup: startDeadline, patient: patience}
}

// Layout returns Graphviz's SVG of a DOT graph. It may be called from several
// goroutines, which then wait for each other.
//
// The error wraps context.DeadlineExceeded where the layout took longer than
// Options.Deadline (ctx.Err() is nil then), ctx's where ctx ended, and is a
// *GraphError where Graphviz refused the graph. Everything else is about the
// worker: not found, of another version, or broken.
func (c *Client) Layout(ctx context.Context, dot []byte) ([]byte, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(dot) > maxFrame {
		return nil, fmt.Errorf("a graph of %d bytes of DOT is larger than %d", len(dot), maxFrame)
	}
	// A worker that dies may have been killed by others, or have been broken by
	// an earlier graph: the same graph is given to a fresh one, once.
	var died error
	for range 2 {
		w, err := c.running(ctx)
		if err != nil {
			return nil, err
		}
		svg, err := w.layout(ctx, c.opt.Deadline, dot)
		if !w.alive || w.graphs >= recycleAfter {
			w.stop()
			c.worker = nil
		}
		if !errors.Is(err, errDied) {
			return svg, err
		}
		died = err
	}
	return nil, died
}

// Close ends the worker and removes what was only for this run. It waits for
// a layout that is running.
func (c *Client) Close() error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.closed = true
	if c.worker != nil {
		c.worker.stop()
		c.worker = nil
	}
	if c.cache != nil {
		return c.cache.close()
	}
	return nil
}

// running returns the worker, started where none is.
func (c *Client) running(ctx context.Context) (*worker, error) {
	switch {
	case c.closed:
		return nil, errors.New("the Graphviz client is closed")
	case c.failed != nil:
		return nil, c.failed
	case c.worker != nil:
		return c.worker, nil
	}
	if c.cache == nil {
		cache, err := openCache()
		if err != nil {
			c.failed = fmt.Errorf("no private folder for the Graphviz worker: %w", err)
			return nil, c.failed
		}
		c.cache = cache
	}
	w, err := c.start(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err() // not the worker's fault: the next graph may try again
	}
	c.worker, c.failed = w, err
	return w, err
}

// start starts the worker that answered before, or else the first that is
// found and answers.
func (c *Client) start(ctx context.Context) (*worker, error) {
	if c.path != "" {
		return c.startAt(ctx, c.path)
	}
	var reasons []error
	for _, find := range c.find {
		path, err := find(ctx, c.opt.Notify)
		if err != nil {
			reasons = append(reasons, err)
			continue
		}
		if path == "" {
			continue
		}
		w, err := c.startAt(ctx, path)
		if err == nil {
			c.path = path
			return w, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reasons = append(reasons, err)
	}
	return nil, &MissingError{reasons}
}

// startAt starts one worker. One that dies before its first word may have met
// a damaged cache: it gets a second chance with an empty one.
func (c *Client) startAt(ctx context.Context, path string) (*worker, error) {
	slow := time.AfterFunc(c.patient, func() {
		c.opt.Notify(fmt.Sprintf("waiting for the Graphviz worker %s, which has %s to answer", path, c.startup))
	})
	defer slow.Stop()
	w, err := startWorker(ctx, path, c.cache.dir, c.startup)
	if !errors.Is(err, errDied) {
		return w, err
	}
	if clearErr := c.cache.clear(); clearErr != nil {
		return nil, errors.Join(err, clearErr)
	}
	return startWorker(ctx, path, c.cache.dir, c.startup)
}

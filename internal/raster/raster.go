// Package raster is flowc's client of the programs that turn SVG into PNG and
// PDF: it finds rsvg-convert or a browser of Chromium's kind, runs it for one
// picture, and kills it past a deadline. It knows nothing of flowc's pictures.
package raster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"runtime"
	"sync"
	"time"
)

// Page says what is made of an SVG.
type Page struct {
	Format        string  // "png" or "pdf"
	Width, Height int     // of the SVG, in its own pixels
	Scale         float64 // png: pixels for one pixel of the SVG
	Paper         string  // the colour behind the SVG, #rrggbb
}

// pixels returns the size of the PNG. A pixel that the picture covers only in
// part is left out.
func (p Page) pixels() (width, height int) {
	const rounding = 1e-6 // 100 * 0.29 is a little less than 29
	return int(float64(p.Width)*p.Scale + rounding), int(float64(p.Height)*p.Scale + rounding)
}

// Options are what a Client may be told. The zero value is right.
type Options struct {
	// Program is the renderer to run, a path or a name on PATH; "" looks for one.
	Program string
	// Deadline is how long one picture may take; 0 means a minute.
	Deadline time.Duration
}

// defaultDeadline has room for the first start of a browser on a busy machine,
// which takes seconds.
const defaultDeadline = time.Minute

// Client draws pictures with the renderer of this machine. The zero Client is
// not usable; see New.
type Client struct {
	deadline time.Duration
	find     func() (*renderer, error)
	turns    chan struct{} // holds a token for each renderer that runs
}

// New returns a client. Nothing is searched before the first Convert.
func New(opt Options) *Client {
	if opt.Deadline == 0 {
		opt.Deadline = defaultDeadline
	}
	return &Client{
		deadline: opt.Deadline,
		find:     sync.OnceValues(func() (*renderer, error) { return find(opt.Program) }),
		turns:    make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
}

// Convert returns a PNG or PDF of an SVG. It may be called from several
// goroutines; as many renderers run side by side as there are processors.
//
// The error is a *MissingError where there is no renderer, and ctx's where ctx
// ended.
func (c *Client) Convert(ctx context.Context, svg []byte, page Page) ([]byte, error) {
	r, err := c.find()
	if err != nil {
		return nil, err
	}
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	limited, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	out, err := r.kind.draw(limited, r.path, svg, page)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s did not draw it within %s", r.path, c.deadline)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	if err := whole(out, page); err != nil {
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	return out, nil
}

// pngEnd is the last chunk's name and checksum.
const pngEnd = "IEND\xaeB`\x82"

// whole checks that out begins and ends as its format does, and that a PNG has
// the size that was asked for: a browser can fail and still exit with success.
func whole(out []byte, page Page) error {
	if page.Format == "pdf" {
		if !bytes.HasPrefix(out, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(out), []byte("%%EOF")) {
			return errors.New("it did not write a whole PDF")
		}
		return nil
	}
	head, err := png.DecodeConfig(bytes.NewReader(out))
	if err != nil || !bytes.HasSuffix(out, []byte(pngEnd)) {
		return errors.New("it did not write a whole PNG")
	}
	if w, h := page.pixels(); head.Width != w || head.Height != h {
		return fmt.Errorf("it drew %d by %d pixels, not %d by %d", head.Width, head.Height, w, h)
	}
	return nil
}

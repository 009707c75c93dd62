package raster

import (
	"context"
	"fmt"
	"strconv"
)

// rsvg is librsvg's command. It reads the SVG from its standard input and
// writes to its standard output.
var rsvg = &kind{
	programs: []string{"rsvg-convert"},
	places:   func() []string { return nil },
	draw: func(ctx context.Context, path string, svg []byte, page Page) ([]byte, error) {
		args := []string{"--format", page.Format}
		if page.Format == "png" {
			// Both sides are given: --zoom rounds them in its own way.
			w, h := page.pixels()
			args = append(args, "--width", strconv.Itoa(w), "--height", strconv.Itoa(h))
		}
		out, said, err := run(ctx, path, args, svg)
		if err == nil && len(out) == 0 {
			return nil, fmt.Errorf("it wrote nothing (%s)", said)
		}
		return out, err
	},
}

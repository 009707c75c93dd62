package emit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// PNG and PDF are the SVG of one scheme, handed to a converter.
var (
	png = &Format{
		Name:   "png",
		Ext:    "png",
		Doc:    "pixels, for what takes no SVG",
		Binary: true,
		Fits:   svg.Fits,
		Emit: func(ctx context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error) {
			return emitConverted(ctx, pic, opt, "png", tooLargeForPNG)
		},
	}
	pdf = &Format{
		Name:   "pdf",
		Ext:    "pdf",
		Doc:    "one page of the picture's size, with text that can be searched",
		Binary: true,
		Fits:   svg.Fits,
		Emit: func(ctx context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error) {
			return emitConverted(ctx, pic, opt, "pdf", tooLargeForPDF)
		},
	}
)

// The scales that a PNG can have. Two is sharp on most screens of today.
const (
	DefaultScale = 2.0
	MinScale     = 0.1
	MaxScale     = 10.0
)

const (
	// maxSide is the largest image of cairo, which rsvg-convert draws with.
	maxSide = 32767
	// maxPixels is a quarter of a gigabyte in a renderer's memory.
	maxPixels = 64 << 20
	// maxPage is the largest PDF page of most readers: 14400 points (ISO
	// 32000-1, annex C), in pixels of 1/96 inch.
	maxPage = 14400 * 96 / 72
)

func emitConverted(ctx context.Context, pic view.Picture, opt Options, format string, tooLarge func(Page) string) ([]byte, diag.List, error) {
	if opt.Scheme == "" {
		opt.Scheme = Light
	}
	if opt.Scale == 0 {
		opt.Scale = DefaultScale
	}
	if opt.Convert == nil {
		return nil, nil, errors.New("no converter from SVG is at hand")
	}
	s, head, findings, err := layoutSheet(ctx, pic, opt)
	if s == nil {
		return nil, findings, err
	}
	page := Page{Format: format, Width: s.w, Height: s.h, Scale: opt.Scale}
	if help := tooLarge(page); help != "" {
		return nil, diag.List{{
			Code: codePageLimit, Severity: diag.Error,
			Message: fmt.Sprintf("%q is too large as %s: it is %d by %d pixels as svg", clean(head.Title), format, s.w, s.h),
			Help:    help,
		}}, nil
	}
	out, err := opt.Convert(ctx, writeSheet(s, head, opt), page)
	return out, nil, err
}

// tooLargeForPNG returns how to draw a page that is too large; "" where it is
// not.
func tooLargeForPNG(p Page) string {
	w, h := float64(p.Width), float64(p.Height)
	most := min(maxSide/w, maxSide/h, math.Sqrt(maxPixels/(w*h)))
	if p.Scale <= most {
		return ""
	}
	help := fmt.Sprintf("a PNG has at most %d pixels a side and %d in all: ", maxSide, maxPixels)
	if most = math.Floor(most*10) / 10; most >= MinScale {
		help += fmt.Sprintf("use `--scale %g` or less, ", most)
	}
	return help + "keep less of the picture with `--only NAME,…`, or write it with `--format svg`"
}

func tooLargeForPDF(p Page) string {
	if max(p.Width, p.Height) <= maxPage {
		return ""
	}
	return fmt.Sprintf("a PDF page has at most %d pixels a side: keep less of the picture with `--only NAME,…`, or write it with `--format svg`", maxPage)
}

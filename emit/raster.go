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
	maxPixels = 64_000_000
	// maxPage is the largest PDF page of most readers: 14400 points (ISO
	// 32000-1, annex C), in pixels of 1/96 inch.
	maxPage = 14400 * 96 / 72
)

func emitConverted(ctx context.Context, pic view.Picture, opt Options, format string, tooLarge func(Page) (why, help string)) ([]byte, diag.List, error) {
	if opt.Scheme == "" {
		opt.Scheme = Light
	}
	if opt.Scale == 0 {
		opt.Scale = DefaultScale
	}
	if opt.Convert == nil {
		return nil, nil, errors.New("no converter from SVG is at hand")
	}
	s := layoutSheet(pic, pageOf(opt))
	page := Page{Format: format, Width: s.w, Height: s.h, Scale: opt.Scale, Paper: themeOf(opt.Theme).of(paper).in(opt.Scheme)}
	if why, help := tooLarge(page); why != "" {
		return nil, diag.List{{
			Code: codePageLimit, Severity: diag.Error,
			Message: fmt.Sprintf("%q is too large as %s: %s", clean(pic.Header().Title), format, why),
			Help:    help,
		}}, nil
	}
	out, err := opt.Convert(ctx, writeSheet(s, pic.Header(), opt), page)
	return out, nil, err
}

const pageHelp = "keep less of the picture with `--only NAME,…`, or write it with `--format svg`"

// tooLargeForPNG returns why a page is too large and what to do; "" where it is
// not.
func tooLargeForPNG(p Page) (why, help string) {
	w, h := float64(p.Width), float64(p.Height)
	most := min(maxSide/w, maxSide/h, math.Sqrt(maxPixels/(w*h)))
	if p.Scale <= most {
		return "", ""
	}
	why = fmt.Sprintf("it would have %.0f by %.0f pixels; at most %d a side and %d million in all",
		w*p.Scale, h*p.Scale, maxSide, maxPixels/1_000_000)
	if most = math.Floor(most*10) / 10; most < MinScale {
		return why, pageHelp
	}
	return why, fmt.Sprintf("use `--scale %g` or less, %s", most, pageHelp)
}

func tooLargeForPDF(p Page) (why, help string) {
	if max(p.Width, p.Height) <= maxPage {
		return "", ""
	}
	return fmt.Sprintf("it is %d by %d pixels; at most %d a side", p.Width, p.Height, maxPage), pageHelp
}

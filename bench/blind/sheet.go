package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// A page of documentation is 760 px wide. Nothing is shown larger than it is.
const (
	pageWidth = 760
	gap       = 24
	letter    = 44 // height of a letter above its picture
	columns   = 2
	scale     = 1.5 // pixels of a PNG for one of the page
)

// shuffled is the order of the tools on a sheet. It depends on the seed and the
// sheet only, so that a sheet can be drawn again by itself.
func (c *comparison) shuffled(sheet int) []drawer {
	order := append([]drawer(nil), drawers...)
	r := rand.New(rand.NewPCG(c.seed, uint64(sheet)))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// picture is one drawing on a sheet, in pixels of the page.
type picture struct {
	svg           string
	width, height float64
}

// sheet draws a subject with every tool and shows the drawings as A to D, at most
// as wide as a page: all on one sheet, and each alone as it is cut out of it.
func (c *comparison) sheet(s subject, order []drawer) error {
	for _, folder := range []string{"svg", s.name} {
		if err := os.MkdirAll(c.path(folder), 0o755); err != nil {
			return err
		}
	}
	var all []picture
	for _, d := range order {
		svg := c.path("svg", s.name+"."+d.name+".svg")
		if err := d.draw(c, s, d.source(c.root, s), svg); err != nil {
			return err
		}
		p, err := measured(svg)
		if err != nil {
			return err
		}
		all = append(all, p.within(pageWidth))
	}
	placed, err := c.shoot(s.name, all)
	if err != nil {
		return err
	}
	return cut(c.path(s.name), placed)
}

func (p picture) within(width float64) picture {
	if p.width > width {
		p.height *= width / p.width
		p.width = width
	}
	return p
}

var (
	svgTag  = lazy.Regexp(`(?s)<svg\b[^>]*>`)
	viewBox = lazy.Regexp(`viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"`)
)

// measured reads how large a drawing is from its view box, which all tools write.
func measured(svg string) (picture, error) {
	text, err := os.ReadFile(svg)
	if err != nil {
		return picture{}, err
	}
	m := viewBox.Get().FindStringSubmatch(string(svgTag.Get().Find(text)))
	if m == nil {
		return picture{}, errors.New(svg + " has no view box")
	}
	w, errW := strconv.ParseFloat(m[1], 64)
	h, errH := strconv.ParseFloat(m[2], 64)
	return picture{svg, w, h}, errors.Join(errW, errH)
}

// shoot writes pictures under their letters, in two columns on white, as a PNG,
// and returns where each is on it.
func (c *comparison) shoot(name string, pictures []picture) ([]image.Rectangle, error) {
	var page strings.Builder
	page.WriteString(`<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#fff;color-scheme:light;font:bold 28px sans-serif;color:#000}div{position:absolute}</style>`)
	var placed []image.Rectangle
	x, y, bottom := float64(gap), float64(gap), 0.0
	for i, p := range pictures {
		if i == columns {
			x, y = gap, bottom
		}
		fmt.Fprintf(&page, `<div style="left:%fpx;top:%fpx">%c</div>`, x, y, 'A'+i)
		fmt.Fprintf(&page, `<div style="left:%fpx;top:%fpx"><img src="file://%s" width="%f" height="%f"></div>`, x, y+letter, p.svg, p.width, p.height)
		placed = append(placed, p.pixels(x, y+letter))
		bottom = max(bottom, y+letter+p.height+gap)
		x += pageWidth + gap
	}
	html := c.path("svg", name+".html")
	if err := os.WriteFile(html, []byte(page.String()), 0o644); err != nil {
		return nil, err
	}
	out := c.path(name, "sheet.png")
	size := fmt.Sprintf("--window-size=%d,%d", columns*(pageWidth+gap)+gap, int(math.Ceil(bottom)))
	if text, err := c.browser(fmt.Sprintf("--force-device-scale-factor=%g", scale), size, "--screenshot="+out, "file://"+html).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %.400s", name, err, text)
	}
	return placed, nil
}

// pixels is where a picture is on a sheet when its corner is at a place of the page.
func (p picture) pixels(x, y float64) image.Rectangle {
	at := func(v float64) int { return int(math.Round(v * scale)) }
	return image.Rect(at(x), at(y), at(x+p.width), at(y+p.height))
}

// cut writes each picture of a sheet as a file of its own, with white around it.
func cut(folder string, placed []image.Rectangle) error {
	file, err := os.Open(filepath.Join(folder, "sheet.png"))
	if err != nil {
		return err
	}
	defer file.Close()
	sheet, err := png.Decode(file)
	if err != nil {
		return err
	}
	for i, r := range placed {
		margin := int(gap * scale)
		alone := image.NewRGBA(image.Rect(0, 0, r.Dx()+2*margin, r.Dy()+2*margin))
		draw.Draw(alone, alone.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(alone, image.Rect(margin, margin, margin+r.Dx(), margin+r.Dy()), sheet, r.Min, draw.Src)
		var text bytes.Buffer
		if err := png.Encode(&text, alone); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, string(rune('A'+i))+".png"), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

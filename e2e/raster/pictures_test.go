package raster_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// picture is one SVG, of both schemes.
type picture struct {
	name          string
	path          string // without the extension
	svg           string
	width, height int
	lines         []string // its texts
}

var size = regexp.MustCompile(`width="(\d+)" height="(\d+)" viewBox`)

// load reads the SVGs of a folder.
func load(t *testing.T, dir string) []*picture {
	files, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	if err != nil || len(files) == 0 {
		t.Fatal("no SVG in ", dir, err)
	}
	var out []*picture
	for _, file := range files {
		svg, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimSuffix(file, ".svg")
		p := &picture{name: filepath.Base(path), path: path, svg: string(svg), lines: texts(t, svg)}
		m := size.FindStringSubmatch(p.svg)
		if m == nil {
			t.Fatalf("%s says no size", file)
		}
		fmt.Sscan(m[1], &p.width)
		fmt.Sscan(m[2], &p.height)
		out = append(out, p)
	}
	return out
}

// texts returns what the text elements of an SVG say, each without blanks.
func texts(t *testing.T, svg []byte) []string {
	var out []string
	depth := 0 // in a text element
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "text" {
				out = append(out, "")
			}
			if e.Name.Local == "text" || depth > 0 {
				depth++
			}
		case xml.EndElement:
			depth = max(depth-1, 0)
		case xml.CharData:
			if depth > 0 {
				out[len(out)-1] += unspaced(string(e))
			}
		}
	}
}

func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// checkPDF: one page of the picture's size, with all of its text, and drawn
// with lines rather than as an image.
func checkPDF(t *testing.T, p *picture) {
	file := p.path + ".pdf"
	info := tool(t, "pdfinfo", file)
	var pages int
	var w, h float64
	for line := range strings.Lines(info) {
		fmt.Sscanf(line, "Pages: %d", &pages)
		fmt.Sscanf(line, "Page size: %f x %f pts", &w, &h)
	}
	const half = 0.6 // browsers round the page to whole pixels of their own
	wantW, wantH := float64(p.width)*72/96, float64(p.height)*72/96
	if pages != 1 || w < wantW-half || w > wantW+half || h < wantH-half || h > wantH+half {
		t.Errorf("%s has %d pages of %g by %g points, want one of %g by %g", file, pages, w, h, wantW, wantH)
	}
	text := unspaced(tool(t, "pdftotext", "-raw", file, "-"))
	for _, line := range p.lines {
		if !strings.Contains(text, line) {
			t.Errorf("%s does not say %q", file, line)
		}
	}
	if images := strings.Count(tool(t, "pdfimages", "-list", file), "\n"); images > 2 {
		t.Errorf("%s has %d images in it", file, images-2)
	}
}

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Errorf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(out)
}

// tallest is how many pixels of SVG one screenshot has, one picture below the
// other: a browser takes its time to start.
const tallest = 6000

// screenshots returns what Chromium shows of each picture.
func screenshots(t *testing.T, pictures []*picture, scheme string) []image.Image {
	var out []image.Image
	for begin := 0; begin < len(pictures); {
		end, height, width := begin, 0, 0
		for end < len(pictures) && (end == begin || height+pictures[end].height <= tallest) {
			height += pictures[end].height
			width = max(width, pictures[end].width)
			end++
		}
		whole := screenshot(t, pictures[begin:end], width, height, scheme)
		y := 0
		for _, p := range pictures[begin:end] {
			part := image.NewRGBA(image.Rect(0, 0, p.width*scale, p.height*scale))
			draw.Draw(part, part.Rect, whole, image.Pt(0, y), draw.Src)
			out = append(out, part)
			y += p.height * scale
		}
		begin = end
	}
	return out
}

// preferred is what Chromium calls the schemes.
var preferred = map[string]string{"dark": "0", "light": "1"}

func screenshot(t *testing.T, pictures []*picture, width, height int, scheme string) image.Image {
	dir := t.TempDir()
	page, shot := filepath.Join(dir, "page.xhtml"), filepath.Join(dir, "shot.png")
	var b strings.Builder
	b.WriteString(`<html xmlns="http://www.w3.org/1999/xhtml"><head><title>all</title><style>body { margin: 0 } svg { display: block }</style></head><body>`)
	for _, p := range pictures {
		b.WriteString(p.svg)
	}
	b.WriteString("</body></html>")
	if err := os.WriteFile(page, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--no-sandbox",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
		"--user-data-dir=" + filepath.Join(dir, "profile"),
		"--blink-settings=preferredColorScheme=" + preferred[scheme],
		fmt.Sprintf("--force-device-scale-factor=%d", scale),
		fmt.Sprintf("--window-size=%d,%d", max(width, 500), height+200),
		"--screenshot=" + shot, "file://" + page,
	}
	if out, err := exec.Command("chromium", args...).CombinedOutput(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	return readPNG(t, shot)
}

func readPNG(t *testing.T, path string) image.Image {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return im
}

// difference is how far two pictures are apart.
type difference struct {
	share float64 // of the pixels, that differ by more than a quarter in a colour
	mean  float64 // of the largest difference in a colour, of 255
}

func differ(a, b image.Image) difference {
	if a.Bounds().Size() != b.Bounds().Size() {
		return difference{1, 255}
	}
	x, y := rgba(a), rgba(b)
	apart, sum := 0, 0
	for i := 0; i < len(x.Pix); i += 4 {
		most := 0
		for c := range 3 {
			d := int(x.Pix[i+c]) - int(y.Pix[i+c])
			most = max(most, d, -d)
		}
		sum += most
		if most > 64 {
			apart++
		}
	}
	n := float64(len(x.Pix) / 4)
	return difference{float64(apart) / n, float64(sum) / n}
}

func rgba(im image.Image) *image.RGBA {
	if out, ok := im.(*image.RGBA); ok && out.Rect.Min == (image.Point{}) && out.Stride == 4*out.Rect.Dx() {
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, im.Bounds().Dx(), im.Bounds().Dy()))
	draw.Draw(out, out.Rect, im, im.Bounds().Min, draw.Src)
	return out
}

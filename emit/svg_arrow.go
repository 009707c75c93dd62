package emit

import (
	"math"
	"strconv"
	"strings"
)

// arrow is a curved line with a head: a start, then three points for each
// Bézier piece, and the outline of the head. Unlike other shapes its places are
// fractions of pixels.
type arrow struct {
	line, head []point
	ink        *swatch
	double     bool
	width      int    // of a single line; 0 means 1
	dash       string // SVG's stroke-dasharray, "" for solid
}

func (*arrow) shape() {}

// arrow writes the line, and over it the gap between the two of a double one.
func (w *svgWriter) arrow(a *arrow) {
	path := a.path()
	if a.double {
		w.put(`<path d="`, path, `" stroke-width="6"`)
		w.dash("", a.ink)
		w.colours(nil, a.ink).put("/>\n")
		w.put(`<path d="`, path, `" stroke-width="2"`).colours(nil, paper).put("/>\n")
	} else {
		w.put(`<path d="`, path, `"`)
		if a.width > 1 {
			w.put(` stroke-width="`, strconv.Itoa(a.width), `"`)
		}
		w.dash(a.dash, a.ink)
		w.colours(nil, a.ink).put("/>\n")
	}
	if len(a.head) > 0 {
		w.put(`<path d="`, outline(a.head), `"`).fill(a.ink).put("/>\n")
	}
}

// path is the line as SVG spells it. One that is all but straight is written as
// straight: renderers cut curves into pieces, and those of an almost level curve
// have visible steps, other ones in each renderer.
func (a *arrow) path() string {
	var b strings.Builder
	if last := a.line[len(a.line)-1]; straight(a.line) {
		return "M" + spell(a.line[0]) + "L" + spell(last)
	}
	b.WriteString("M" + spell(a.line[0]) + "C")
	for i, p := range a.line[1:] {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(spell(p))
	}
	return b.String()
}

// straight reports whether no point of a line is more than a pixel beside the way
// from its start to its end, and none goes back.
func straight(line []point) bool {
	from, to := line[0], line[len(line)-1]
	dx, dy := to.x-from.x, to.y-from.y
	length, before := math.Hypot(dx, dy), 0.0
	if length == 0 {
		return false
	}
	for _, p := range line {
		beside := ((p.x-from.x)*dy - (p.y-from.y)*dx) / length
		ahead := ((p.x-from.x)*dx + (p.y-from.y)*dy) / length
		if math.Abs(beside) > 1 || ahead < before {
			return false
		}
		before = ahead
	}
	return true
}

// outline is a closed shape as SVG spells it.
func outline(pts []point) string {
	var b strings.Builder
	for i, p := range pts {
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(spell(p))
	}
	return b.String() + "Z"
}

// spell writes a point to a tenth of a pixel.
func spell(p point) string { return tenth(p.x) + "," + tenth(p.y) }

func tenth(f float64) string {
	f = math.Round(f*10) / 10
	if f == 0 {
		f = 0 // no minus
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// along returns points on a line of Bézier pieces, close to each other.
func along(line []point) []point {
	var out []point
	for i := 0; i+3 < len(line); i += 3 {
		a, b, c, d := line[i], line[i+1], line[i+2], line[i+3]
		for n := range 65 {
			t := float64(n) / 64
			u := 1 - t
			f := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
			out = append(out, point{f(a.x, b.x, c.x, d.x), f(a.y, b.y, c.y, d.y)})
		}
	}
	return out
}

package emit

import (
	"math"
	"strconv"
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
	w.path = a.appendPath(w.path[:0])
	line := func() *svgWriter {
		w.put(`<path d="`)
		w.Write(w.path)
		return w.put(`"`)
	}
	line()
	if a.double {
		w.put(` stroke-width="6"`)
		w.dash("", a.ink)
		w.colours(nil, a.ink).put("/>\n")
		line().put(` stroke-width="2"`).colours(nil, paper).put("/>\n")
	} else {
		if a.width > 1 {
			w.num("stroke-width", a.width)
		}
		w.dash(a.dash, a.ink)
		w.colours(nil, a.ink).put("/>\n")
	}
	if len(a.head) > 0 {
		w.path = appendOutline(w.path[:0], a.head)
		line().fill(a.ink).put("/>\n")
	}
}

// appendPath adds the line as SVG spells it. One that is all but straight is written as
// straight: renderers cut curves into pieces, and those of an almost level curve
// have visible steps, other ones in each renderer.
func (a *arrow) appendPath(b []byte) []byte {
	b = appendPoint(append(b, 'M'), a.line[0])
	if last := a.line[len(a.line)-1]; straight(a.line) {
		return appendPoint(append(b, 'L'), last)
	}
	b = append(b, 'C')
	for i, p := range a.line[1:] {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendPoint(b, p)
	}
	return b
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

// appendOutline adds a closed shape as SVG spells it.
func appendOutline(b []byte, pts []point) []byte {
	for i, p := range pts {
		b = appendPoint(append(b, "ML"[min(i, 1)]), p)
	}
	return append(b, 'Z')
}

// appendPoint adds a point to a tenth of a pixel.
func appendPoint(b []byte, p point) []byte {
	return appendTenth(append(appendTenth(b, p.x), ','), p.y)
}

func appendTenth(b []byte, f float64) []byte {
	n := int64(math.Round(f * 10))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/10, 10)
	if n%10 != 0 {
		b = append(b, '.', byte('0'+n%10))
	}
	return b
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

package emit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// svg writes every picture as one file for light and dark pages.
var svg = &Format{
	Name: "svg",
	Ext:  "svg",
	Doc:  "scalable graphics for light and dark pages",
	Fits: func(view.Picture) bool { return true },
	Emit: emitSVG,
}

func emitSVG(_ context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error) {
	return writeSheet(layoutSheet(pic, pageOf(opt)), pic.Header(), opt), nil, nil
}

// layoutSheet lays any picture out.
func layoutSheet(pic view.Picture, on page) *sheet {
	switch p := pic.(type) {
	case *view.Sequence:
		return layoutSequence(p, on)
	case *view.Table:
		return layoutTable(p, on)
	case *view.Flowchart:
		return layoutFlowchart(p, on)
	}
	panic(fmt.Sprintf("emit: unknown picture %T", pic))
}

// writeSheet writes a sheet as a whole file. What is at its top depends on the colours
// below: it is written last, and moved before them.
func writeSheet(s *sheet, head *view.Head, opt Options) []byte {
	w := &svgWriter{name: idPrefix(opt.Name), scheme: opt.Scheme, theme: themeOf(opt.Theme), used: map[*swatch]*uses{}}
	w.Grow(roomOfTop + len(s.shapes)*roomOfShape)
	w.paper(s)
	w.sheet(s)
	w.put("</svg>\n")
	top := &svgWriter{name: w.name, scheme: w.scheme, theme: w.theme, used: w.used}
	top.begin(s.w, s.h, head)
	return slices.Insert(w.Bytes(), 0, top.Bytes()...)
}

// The bytes that the top of a file and a shape take, about: a file that has room grows no
// more.
const (
	roomOfTop   = 3 << 10
	roomOfShape = 120
)

// svgWriter writes SVG elements. Coordinates are whole pixels.
type svgWriter struct {
	bytes.Buffer
	name   string            // of the picture, a prefix of every id
	scheme Scheme            // "" for both
	theme  *Theme            // nil for the usual one
	used   map[*swatch]*uses // the colours of what is written
	path   []byte            // of an arrow, while that is written
}

// both reports whether colours have classes, by which a style changes them.
func (w *svgWriter) both() bool { return w.scheme == "" || w.scheme == OfPage }

// begin opens the root: a picture with a title and a description, and the style
// of the classes that are used in it.
func (w *svgWriter) begin(width, height int, head *view.Head) {
	box := strconv.Itoa(width) + " " + strconv.Itoa(height)
	w.put(`<svg xmlns="http://www.w3.org/2000/svg" class="flowc" role="img"`)
	w.put(` aria-labelledby="`, w.name, `title `, w.name, `desc"`)
	w.num("width", width).num("height", height)
	w.put(` viewBox="0 0 `, box, `" font-family="`, fontFamily, `" font-size="14">`, "\n")
	w.put(`<title id="`, w.name, `title">`, escape(head.Title), "</title>\n")
	w.put(`<desc id="`, w.name, `desc">`, escape(head.Desc), "</desc>\n")
	switch w.scheme {
	case "":
		w.put("<style>\n", darkStyle(w.theme, w.used), "</style>\n")
	case OfPage:
		w.put("<style>\n", pageStyle(w.theme, w.used), "</style>\n")
	default: // one palette needs no style
	}
}

// paper is the ground of the picture's own, because a page may be dark where the
// reader's system is light.
func (w *svgWriter) paper(s *sheet) {
	w.put(`<rect`).num("width", s.w).num("height", s.h).fill(paper).put("/>\n")
}

// sheet writes the shapes, half a pixel off, so that lines of odd width at
// whole coordinates are sharp.
func (w *svgWriter) sheet(s *sheet) {
	w.put(`<g transform="translate(0.5 0.5)">`, "\n")
	for _, shape := range s.shapes {
		switch sh := shape.(type) {
		case *rectangle:
			w.rectangle(sh)
		case *stroke:
			w.stroke(sh)
		case *arrow:
			w.arrow(sh)
		case *glyph:
			w.glyph(sh)
		case *textBlock:
			w.words(sh)
		case *opening:
			w.put(`<g id="`, w.name, idPart(sh.id), `">`, "\n")
		case *closing:
			w.put("</g>\n")
		}
	}
	w.put("</g>\n")
}

func (w *svgWriter) rectangle(p *rectangle) {
	w.put("<rect").num("x", p.at.x).num("y", p.at.y).num("width", p.at.w).num("height", p.at.h)
	if p.radius > 0 {
		w.num("rx", p.radius)
	}
	w.dash(p.dash, p.edge)
	w.colours(p.fill, p.edge)
	w.put("/>\n")
}

func (w *svgWriter) stroke(s *stroke) {
	w.put("<line").num("x1", s.x1).num("y1", s.y1).num("x2", s.x2).num("y2", s.y2)
	if s.width > 1 {
		w.num("stroke-width", s.width)
	}
	w.dash(s.dash, s.ink)
	w.colours(nil, s.ink)
	w.put("/>\n")
}

// dash writes the dashes of a line, where it has any.
func (w *svgWriter) dash(own string, ink *swatch) {
	if dash := w.theme.dash(own, ink); dash != "" {
		w.put(` stroke-dasharray="`, dash, `"`)
	}
}

func (w *svgWriter) glyph(g *glyph) {
	w.put(`<g transform="translate(`, strconv.Itoa(g.x), " ", strconv.Itoa(g.y), `)">`)
	if g.sign.fill != "" {
		w.put(`<path d="`, g.sign.fill, `"`).fill(g.ink).put("/>")
	}
	if g.sign.line != "" {
		w.put(`<path d="`, g.sign.line, `" stroke-width="1.5"`).colours(nil, g.ink).put("/>")
	}
	w.put("</g>\n")
}

// words writes one text element a line: a tspan that moves is not honoured
// everywhere.
func (w *svgWriter) words(b *textBlock) {
	face := &faces[b.font]
	if b.full != "" {
		w.put("<g><title>", escape(b.full), "</title>")
	}
	for i, line := range b.lines {
		x, name := b.room.x, ""
		switch place := b.place; {
		case place == atMiddle && i == 0 && b.tag != "": // two widths cannot be centred alike everywhere
			x += (b.room.w - b.width(i)) / 2
		case place == atMiddle:
			x, name = b.room.x+b.room.w/2, "middle"
		case place == atEnd:
			x, name = b.room.right(), "end"
		}
		baseline := b.room.y + i*face.leading + (face.leading+face.size*7/10)/2
		w.put("<text").num("x", x).num("y", baseline).put(face.attrs)
		if name != "" {
			w.put(` text-anchor="`, name, `"`)
		}
		w.fill(b.ink).put(">")
		if i == 0 && b.tag != "" {
			w.put(`<tspan font-weight="bold"`).fill(b.hue).put(">", escape(b.tag), "</tspan> ")
		}
		w.put(escape(line), "</text>\n")
	}
	if b.full != "" {
		w.put("</g>\n")
	}
}

func (w *svgWriter) put(parts ...string) *svgWriter {
	for _, p := range parts {
		w.WriteString(p)
	}
	return w
}

func (w *svgWriter) num(name string, n int) *svgWriter {
	w.put(" ", name, `="`)
	w.Write(strconv.AppendInt(w.AvailableBuffer(), int64(n), 10))
	return w.put(`"`)
}

// colour is the colour of a swatch where no style changes it.
func (w *svgWriter) colour(s *swatch) string { return w.theme.of(s).in(w.scheme) }

func (w *svgWriter) fill(s *swatch) *svgWriter {
	w.put(` fill="`, w.colour(s), `"`)
	if w.both() {
		w.use(s).fill = true
		w.put(` class="f-`, s.name, `"`)
	}
	return w
}

// use returns for what a colour is used, to be completed.
func (w *svgWriter) use(s *swatch) *uses {
	u := w.used[s]
	if u == nil {
		u = &uses{}
		w.used[s] = u
	}
	return u
}

// colours writes fill and stroke; either may be nil for none.
func (w *svgWriter) colours(fill, edge *swatch) *svgWriter {
	both := w.both()
	switch {
	case fill == nil:
		w.put(` fill="none" stroke="`, w.colour(edge), `"`)
		if both {
			w.use(edge).stroke = true
			w.put(` class="s-`, edge.name, `"`)
		}
		return w
	case edge == nil:
		return w.fill(fill)
	}
	w.put(` fill="`, w.colour(fill), `" stroke="`, w.colour(edge), `"`)
	if both {
		w.use(fill).fill, w.use(edge).stroke = true, true
		w.put(` class="f-`, fill.name, " s-", edge.name, `"`)
	}
	return w
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape makes any label valid XML text and a valid attribute value.
func escape(s string) string { return escaper.Replace(clean(s)) }

// idPrefix turns a picture's name into the beginning of its ids.
func idPrefix(name string) string {
	if name == "" {
		return "flowc-"
	}
	return "flowc-" + idPart(name) + "-"
}

// idMarks is how many characters of a name an id may not have, mostly at most.
const idMarks = 4

// idPart spells s with characters that an id may have; others, and the
// underscore that introduces them, are written as _XX. Different names have
// different ids.
func idPart(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + 2*idMarks)
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.':
			b.WriteByte(c)
		default:
			b.Write([]byte{'_', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

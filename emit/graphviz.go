package emit

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// byGraphviz writes flowcharts as SVG that Graphviz lays out. What is placed is drawn here,
// so that they look and read as every other picture does: Graphviz sees sizes and never a
// text.
var byGraphviz = &Format{
	Name: "graphviz",
	Ext:  "graphviz.svg",
	Doc:  "flowcharts as SVG, laid out by Graphviz",
	Fits: isFlowchart,
	Emit: emitByGraphviz,
}

// What Graphviz is asked to lay out: some seconds of work where arrows mostly
// run one way. Knots take longer and meet the deadline.
const (
	layoutMaxBoxes = 2000
	layoutMaxEdges = 4000
)

func emitByGraphviz(ctx context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error) {
	chart := pic.(*view.Flowchart)
	if findings := tooLarge(chart); len(findings) > 0 {
		return nil, findings, nil
	}
	if opt.Layout == nil {
		return nil, nil, errors.New("no layout for flowcharts: Graphviz is not at hand")
	}
	s, err := layoutByGraphviz(ctx, chart, pageOf(opt), opt.Layout)
	switch {
	case err == nil:
		return writeSheet(s, pic.Header(), opt), nil, nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, diag.List{{
			Code: codeLayoutDeadline, Severity: diag.Error,
			Message: fmt.Sprintf("%q takes Graphviz too long: %v", clean(chart.Title), err),
			Help:    layoutHelp,
		}}, nil
	}
	return nil, nil, err
}

const layoutHelp = "use `--format svg`, which flowc lays out itself; or keep less of it with `--only NAME,…`"

func tooLarge(pic *view.Flowchart) diag.List {
	boxes := 0
	for _, g := range pic.Groups {
		eachBox(g, func(*view.Box) { boxes++ })
	}
	for _, limit := range []struct {
		what      string
		have, max int
	}{
		{"boxes", boxes, layoutMaxBoxes},
		{"arrows", len(pic.Edges), layoutMaxEdges},
	} {
		if limit.have > limit.max {
			return diag.List{{
				Code: codeLayoutLimit, Severity: diag.Error,
				Message: fmt.Sprintf("%q is too large for Graphviz: %d %s, flowc has it lay out at most %d",
					clean(pic.Title), limit.have, limit.what, limit.max),
				Help: layoutHelp,
			}}
		}
	}
	return nil
}

// The colours by which what Graphviz drew is told apart. None is ever seen.
const (
	roomBox   = "#000001"
	roomLabel = "#000002"
)

// dotRoom writes labels that are as large as what will be drawn in their
// place, and empty.
type dotRoom struct{}

func (dotRoom) name(b *boxPlan) string { return "n" + strconv.Itoa(b.n) }

// room is a table of one cell of a size, in a colour.
func room(colour string, w, h int) string {
	return fmt.Sprintf(`<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" BGCOLOR="%s">`+
		`<TR><TD FIXEDSIZE="TRUE" WIDTH="%d" HEIGHT="%d"></TD></TR></TABLE>`, colour, w, h)
}

func (dotRoom) group(w *dotWriter, f *frame, body func()) {
	n, label := strconv.Itoa(f.n), ""
	if f.label != nil {
		label = room(roomLabel, f.label.room.w+2*framePad, f.label.room.h+2*framePad)
	}
	w.cluster(n, label, `labelloc=t, id="c`+n+`", margin=12`, body)
}

func (dotRoom) box(b *boxPlan) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" BGCOLOR="%s">`, roomBox)
	parts := max(b.starts, 1)
	for i := range parts {
		fmt.Fprintf(&out, `<TR><TD PORT="s%d" FIXEDSIZE="TRUE" WIDTH="%d" HEIGHT="%d"></TD></TR>`,
			i, b.w, b.headH*(i+1)/parts-b.headH*i/parts)
	}
	for i, r := range b.rows {
		fmt.Fprintf(&out, `<TR><TD PORT="r%d" FIXEDSIZE="TRUE" WIDTH="%d" HEIGHT="%d"></TD></TR>`, i, b.w, r.h)
	}
	out.WriteString(`</TABLE>`)
	return out.String()
}

func (dotRoom) edge(e *edgePlan) string {
	if e.h == 0 {
		return ""
	}
	return room(roomLabel, e.w, e.h)
}

func (dotRoom) start(e *edgePlan) string {
	if e.start < 0 {
		return ""
	}
	return "s" + strconv.Itoa(e.start)
}

func (dotRoom) heading() string { return "s0" }

func (dotRoom) stroke(e *edgePlan) string {
	look := lookOfEdge(e.edge)
	return `arrowhead=` + look.arrow + `, arrowsize=` + look.size
}

func (dotRoom) around(_ *chart, w *dotWriter, body func()) {
	w.line(`graph [pad=0]`)
	body()
}

// point is a place in Graphviz's layout, y downwards, from its top left corner.
type point struct{ x, y float64 }

// places is where things stand, by the ids that writeDOT gave them.
type places struct {
	w, h   float64
	boxes  map[string]area  // "n0"
	frames map[string]area  // "c0"
	labels map[string]area  // of frames and arrows
	lines  map[string]curve // "e0"
}

func (p *places) width() int  { return int(math.Ceil(p.w)) }
func (p *places) height() int { return int(math.Ceil(p.h)) }

// area is a rectangle.
type area struct{ x, y, w, h float64 }

func (a area) has(p point) bool {
	return p.x >= a.x && p.x <= a.x+a.w && p.y >= a.y && p.y <= a.y+a.h
}

func (a area) overlaps(b area) bool {
	return a.x <= b.x+b.w && b.x <= a.x+a.w && a.y <= b.y+b.h && b.y <= a.y+a.h
}

// curve is an arrow: a start, then three points for each Bézier piece, and the
// outline of its head.
type curve struct{ line, head []point }

// gvElement is what is read of Graphviz's SVG.
type gvElement struct {
	XMLName   xml.Name
	ID        string      `xml:"id,attr"`
	Class     string      `xml:"class,attr"`
	Transform string      `xml:"transform,attr"`
	Fill      string      `xml:"fill,attr"`
	Points    string      `xml:"points,attr"`
	D         string      `xml:"d,attr"`
	Children  []gvElement `xml:",any"`
}

// readLayout finds the places in Graphviz's SVG.
func readLayout(svg []byte) (*places, error) {
	var root gvElement
	if err := xml.Unmarshal(svg, &root); err != nil {
		return nil, fmt.Errorf("Graphviz's layout cannot be read: %w", err)
	}
	p := &places{
		boxes: map[string]area{}, frames: map[string]area{},
		labels: map[string]area{}, lines: map[string]curve{},
	}
	if len(root.Children) != 1 {
		return nil, errors.New("Graphviz's layout cannot be read: no graph in it")
	}
	graph := root.Children[0]
	var shift point
	if _, at, ok := strings.Cut(graph.Transform, "translate("); ok {
		if by := numbers(strings.TrimSuffix(at, ")")); len(by) == 2 {
			shift = point{by[0], by[1]}
		}
	}
	for _, g := range graph.Children {
		p.read(g, shift)
	}
	return p, nil
}

// enclose widens frames around the labels of the arrows inside them, which
// Graphviz lets stick out.
func (p *places) enclose(c *chart) {
	for _, f := range c.frames {
		id := "c" + strconv.Itoa(f.n)
		within := map[*boxPlan]bool{}
		eachBox(f.group, func(b *view.Box) { within[c.index[b.ID]] = true })
		for _, e := range c.edges {
			label, ok := p.labels["e"+strconv.Itoa(e.n)]
			if frame, framed := p.frames[id]; ok && framed && within[e.from] && within[e.to] {
				p.frames[id] = bounds([]point{
					{frame.x, frame.y}, {frame.x + frame.w, frame.y + frame.h},
					{label.x, label.y}, {label.x + label.w + edgePadX, label.y + label.h},
				})
			}
		}
	}
}

// trim moves everything so that nothing is left or above of zero, and nothing
// but white is right and below of w and h: Graphviz leaves room around groups.
func (p *places) trim() {
	var all []point
	for _, m := range []map[string]area{p.boxes, p.frames, p.labels} {
		for _, a := range m {
			all = append(all, point{a.x, a.y}, point{a.x + a.w, a.y + a.h})
		}
	}
	for _, c := range p.lines {
		all = append(append(all, c.line...), c.head...)
	}
	if len(all) == 0 {
		p.w, p.h = 0, 0
		return
	}
	b := bounds(all)
	for _, m := range []map[string]area{p.boxes, p.frames, p.labels} {
		for id, a := range m {
			m[id] = area{a.x - b.x, a.y - b.y, a.w, a.h}
		}
	}
	for _, c := range p.lines {
		for _, pts := range [][]point{c.line, c.head} {
			for i := range pts {
				pts[i].x, pts[i].y = pts[i].x-b.x, pts[i].y-b.y
			}
		}
	}
	p.w, p.h = b.w, b.h
}

// read takes the shapes of one box, frame or arrow.
func (p *places) read(g gvElement, shift point) {
	for _, shape := range shapes(g) {
		pts := points(shape.Points+shape.D, shift)
		switch {
		case len(pts) == 0:
		case shape.Fill == roomLabel:
			p.labels[g.ID] = bounds(pts)
		case g.Class == "node" && shape.Fill == roomBox:
			p.boxes[g.ID] = bounds(pts)
		case g.Class == "cluster":
			p.frames[g.ID] = bounds(pts)
		case g.Class == "edge":
			c := p.lines[g.ID]
			if shape.D != "" {
				c.line = pts
			} else {
				c.head = pts
			}
			p.lines[g.ID] = c
		}
	}
}

// shapes returns the polygons and paths of an element, however deep.
func shapes(g gvElement) []gvElement {
	var out []gvElement
	for _, e := range g.Children {
		switch e.XMLName.Local {
		case "polygon", "path":
			out = append(out, e)
		default:
			out = append(out, shapes(e)...)
		}
	}
	return out
}

// numbers are those in a list with any separators.
func numbers(s string) []float64 {
	var out []float64
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return !strings.ContainsRune("+-.0123456789e", r) }) {
		if n, err := strconv.ParseFloat(f, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			out = append(out, n)
		}
	}
	return out
}

func points(s string, shift point) []point {
	n := numbers(s)
	var out []point
	for i := 0; i+1 < len(n); i += 2 {
		out = append(out, point{n[i] + shift.x, n[i+1] + shift.y})
	}
	return out
}

func bounds(pts []point) area {
	lo, hi := pts[0], pts[0]
	for _, p := range pts {
		lo = point{min(lo.x, p.x), min(lo.y, p.y)}
		hi = point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	return area{lo.x, lo.y, hi.x - lo.x, hi.y - lo.y}
}

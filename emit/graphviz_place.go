package emit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/view"
)

// placement is a part of a flowchart as Graphviz lays it out.
type placement struct {
	*chart
	places *places
	tips   map[*edgePlan]point
}

// layoutByGraphviz has Graphviz place the parts of a picture.
func layoutByGraphviz(ctx context.Context, pic *view.Flowchart, on page, lay Layout) (*sheet, error) {
	var all []placed
	for _, part := range parts(pic) {
		p, err := fitPlacement(ctx, part, on.chart(pic), lay)
		if err != nil {
			return nil, err
		}
		at, err := p.spots()
		if err != nil {
			return nil, err
		}
		all = append(all, placed{p.chart, at})
	}
	return assemble(pic, on, all), nil
}

// fitPlacement has a part laid out, with texts broken as late as a page allows.
func fitPlacement(ctx context.Context, pic *view.Flowchart, most int, lay Layout) (*placement, error) {
	p := &placement{}
	for _, at := range breaksTried {
		p.chart = newChart(pic, at)
		p.spread()
		svg, err := lay(ctx, p.writeDOT(dotRoom{}))
		if err != nil {
			return nil, err
		}
		if p.places, err = readLayout(svg); err != nil {
			return nil, err
		}
		p.places.enclose(p.chart)
		p.places.trim()
		if p.places.width() <= most || len(p.boxes) >= crowded {
			break
		}
	}
	return p, nil
}

// spots are the places of everything, or what Graphviz left out.
func (p *placement) spots() (*spots, error) {
	s := &spots{w: p.places.width(), h: p.places.height()}
	for _, f := range p.frames {
		at, ok := p.places.frames["c"+strconv.Itoa(f.n)]
		if !ok {
			return nil, fmt.Errorf("Graphviz's layout has no frame %q", f.group.ID)
		}
		title := pixels(p.places.labels["c"+strconv.Itoa(f.n)])
		s.frames = append(s.frames, pixels(at))
		s.titles = append(s.titles, rect{title.x + framePad, title.y + framePad, title.w, title.h})
	}
	for _, b := range p.boxes {
		at, ok := p.places.boxes["n"+strconv.Itoa(b.n)]
		if !ok {
			return nil, fmt.Errorf("Graphviz's layout has no box %q", b.box.ID)
		}
		r := pixels(at)
		s.boxes = append(s.boxes, rect{r.x, r.y, b.w, b.h})
	}
	p.land()
	for _, e := range p.edges {
		id := "e" + strconv.Itoa(e.n)
		c := p.places.lines[id]
		if len(c.line) < 4 {
			return nil, fmt.Errorf("Graphviz's layout has no arrow from %q to %q", e.edge.From, e.edge.To)
		}
		if p.forward(e) {
			c = p.arrive(e, c)
		}
		s.lines = append(s.lines, c)
		s.labels = append(s.labels, pixels(p.places.labels[id]))
	}
	return s, nil
}

// pixels is a place of the layout in whole pixels.
func pixels(a area) rect {
	x, y := int(math.Round(a.x)), int(math.Round(a.y))
	return rect{x, y, int(math.Round(a.x+a.w)) - x, int(math.Round(a.y+a.h)) - y}
}

// arrive turns the end of an arrow to the right. Graphviz ends it at the right
// place, but between crowded columns so steeply that its head lies along the
// box.
func (d *placement) arrive(e *edgePlan, c curve) curve {
	tip, look := d.tips[e], lookOfEdge(e.edge)
	head := make([]point, len(look.head))
	for i, p := range look.head {
		head[i] = point{tip.x + p.x, tip.y + p.y}
	}
	line := slices.Clone(c.line)
	end := point{tip.x - look.reach, tip.y}
	n := len(line)
	turn := max(2, min(headTurn, (end.x-line[n-4].x)/2))
	line[n-1], line[n-2] = end, point{end.x - turn, end.y}
	if d.crosses(line[n-4:]) {
		return c // it came around a corner
	}
	return curve{line, head}
}

// land decides where the arrows end that run to the right: in the middle of
// their row or heading, those that come to the same one under each other.
func (d *placement) land() {
	type landing struct {
		box *boxPlan
		row int
	}
	at := map[landing][]*edgePlan{}
	for _, e := range d.edges {
		if d.forward(e) {
			b := landing{e.to, e.to.port(e.edge.ToRow)}
			at[b] = append(at[b], e)
		}
	}
	begins := func(e *edgePlan) float64 {
		if line := d.places.lines["e"+strconv.Itoa(e.n)].line; len(line) > 0 {
			return line[0].y
		}
		return 0
	}
	d.tips = map[*edgePlan]point{}
	for b, edges := range at {
		box := d.places.boxes["n"+strconv.Itoa(b.box.n)]
		y, h := box.y, box.h
		switch {
		case b.row >= 0:
			row := b.box.rows[b.row]
			y, h = y+float64(row.y), float64(row.h)
		case len(b.box.rows) > 0:
			h = float64(b.box.headH)
		}
		slices.SortStableFunc(edges, func(a, b *edgePlan) int { return cmp.Compare(begins(a), begins(b)) })
		gap := min(berthGap, h/float64(len(edges)))
		for i, e := range edges {
			d.tips[e] = point{box.x, y + h/2 + (float64(i)-float64(len(edges)-1)/2)*gap}
		}
	}
}

// crosses reports whether a piece of an arrow runs through a box.
func (d *placement) crosses(piece []point) bool {
	around := bounds(piece)
	for _, b := range d.places.boxes {
		core := area{b.x + 1, b.y + 1, b.w - 2, b.h - 2}
		if core.overlaps(around) && slices.ContainsFunc(along(piece), core.has) {
			return true
		}
	}
	return false
}

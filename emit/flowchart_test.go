package emit

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/view"
)

// worker is the one that all tests share.
var worker = graphviz.New(graphviz.Options{})

func TestMain(m *testing.M) {
	code := m.Run()
	worker.Close()
	os.Exit(code)
}

func flowchartSheet(t testing.TB, pic *view.Flowchart) *sheet {
	t.Helper()
	return layoutFlowchart(pic, defaultPage)
}

func TestFlowchartSVG(t *testing.T) {
	for _, s := range chartSamples {
		t.Run(s.name, func(t *testing.T) {
			opt := Options{Name: s.name}
			got, diags, err := svg.Emit(context.Background(), s.chart(), opt)
			if err != nil || len(diags) > 0 {
				t.Fatal(err, diags)
			}
			show(t, s.name+".svg", got)
			checkSVG(t, got, &s.chart().Head)
			again, _, err := svg.Emit(context.Background(), s.chart(), opt)
			if err != nil || !bytes.Equal(got, again) {
				t.Error("a second run gives other bytes")
			}
		})
	}
}

func TestFlowchartGolden(t *testing.T) {
	got, _, err := svg.Emit(context.Background(), topologySample(), Options{Name: "topology"})
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/svg/topology.svg", got)
	text, _, err := dot.Emit(context.Background(), topologySample(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/dot/topology.dot", text)
}

func TestFlowchartLayout(t *testing.T) {
	for _, s := range chartSamples {
		t.Run(s.name, func(t *testing.T) {
			sheet := flowchartSheet(t, s.chart())
			for _, f := range append(faults(sheet), arrowFaults(sheet)...) {
				t.Error(f)
			}
		})
	}
}

// arrowFaults finds arrows that leave the sheet, run through a box or run
// through a text that has no ground of its own to stand on. The label of a
// frame is none of an arrow's business: Graphviz leads arrows through it.
func arrowFaults(s *sheet) []string {
	var out []string
	for i, sh := range s.shapes {
		a, ok := sh.(*arrow)
		if !ok {
			continue
		}
		pts := append(along(a.line), a.head...)
		for _, p := range pts {
			if p.x < 0 || p.y < 0 || p.x > float64(s.w) || p.y > float64(s.h) {
				out = append(out, fmt.Sprintf("an arrow leaves the sheet at %v", p))
				break
			}
		}
		for _, over := range s.shapes[i+1:] {
			p, ok := over.(*rectangle)
			if !ok || p.edge == nil {
				continue
			}
			core := rect{p.at.x + 2, p.at.y + 2, p.at.w - 4, p.at.h - 4}
			if slices.ContainsFunc(pts, func(p point) bool { return inside(rect{int(p.x), int(p.y), 1, 1}, core) }) {
				out = append(out, fmt.Sprintf("an arrow runs under the box %v", p.at))
			}
		}
	}
	return out
}

// TestLabelsInFrames holds the labels of arrows inside a zone to its frame.
func TestLabelsInFrames(t *testing.T) {
	pic := decisionSample()
	pic.Groups[0].ID, pic.Groups[0].Label = "haproxy", "HAProxy"
	s := flowchartSheet(t, pic)
	frame := rect{}
	for _, sh := range s.shapes {
		if p, ok := sh.(*rectangle); ok {
			frame = p.at
			break
		}
	}
	for _, sh := range s.shapes {
		if w, ok := sh.(*textBlock); ok && w.font == fontSmall && w.ink == ink && !inside(w.room, frame) {
			t.Errorf("%q %v sticks out of %v", w.lines, w.room, frame)
		}
	}
}

// TestParts puts what no arrow joins under each other.
func TestParts(t *testing.T) {
	pic := decisionSample()
	other := decisionSample()
	for _, b := range other.Groups[0].Boxes {
		b.ID += "2"
	}
	for _, e := range other.Edges {
		e.From, e.To = e.From+"2", e.To+"2"
	}
	pic.Groups = append(pic.Groups, &view.Group{}, other.Groups[0])
	pic.Edges = append(pic.Edges, other.Edges...)
	one, both := flowchartSheet(t, decisionSample()), flowchartSheet(t, pic)
	if one.w != both.w || both.h < 2*one.h-100 {
		t.Errorf("one is %d by %d, two are %d by %d", one.w, one.h, both.w, both.h)
	}
	pic.Edges = append(pic.Edges, &view.Edge{From: "in", To: "in2", Line: view.LineFlow})
	if n := len(parts(pic)); n != 1 {
		t.Errorf("%d parts that an arrow joins", n)
	}
}

// TestLineShapes takes colour away: the kinds of line must still be told apart.
func TestLineShapes(t *testing.T) {
	type shape struct {
		double, head bool
		dash         string
		sign         *sign
	}
	seen := map[shape]*view.Edge{}
	for _, e := range []*view.Edge{{Line: view.LinePlain}, {Line: view.LineTLS}, {Line: view.LineTLS, Broken: true}, {Line: view.LineControl}} {
		look := lookOfEdge(e)
		s := shape{look.double, look.arrow == "vee", look.dash, look.sign}
		if other, ok := seen[s]; ok {
			t.Errorf("line %d looks like %d", e.Line, other.Line)
		}
		seen[s] = e
	}
}

// TestFlowchartWidth holds a picture of normal size to a page: scaled to its
// column, text of 14 pixels keeps 12.
func TestFlowchartWidth(t *testing.T) {
	for _, sample := range []func() *view.Flowchart{topologySample, decisionSample, shardsSample} {
		if s := flowchartSheet(t, sample()); s.w*12 > DefaultPage*14 {
			t.Errorf("%s is %d wide", sample().Title, s.w)
		}
	}
}

// svgText is all text of an SVG, without blanks.
func svgText(t testing.TB, svg []byte) string {
	t.Helper()
	var b strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if err != nil {
			break
		}
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
		}
	}
	return squeeze(b.String())
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u2026' {
			return -1
		}
		return r
	}, s)
}

// checkDOT gives the DOT of a picture to Graphviz and looks for its texts in
// what comes out: Graphviz drops a label that it cannot read, and says nothing.
func checkDOT(t testing.TB, pic *view.Flowchart) {
	t.Helper()
	out, _, err := dot.Emit(context.Background(), pic, Options{})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := worker.Layout(context.Background(), out)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	got, c := svgText(t, svg), newChart(pic, breaksTried[0])
	check := func(w *textBlock) {
		if w == nil {
			return
		}
		for _, line := range w.lines {
			if !strings.Contains(got, squeeze(line)) {
				t.Errorf("%q is lost in\n%s", line, out)
			}
		}
	}
	for _, f := range c.frames {
		check(f.label)
	}
	for _, b := range c.boxes {
		check(b.head)
		check(b.sub)
		for _, r := range b.rows {
			check(r.text)
			check(r.note)
		}
	}
	for _, e := range c.edges {
		check(e.label)
	}
}

func TestDOT(t *testing.T) {
	for _, s := range chartSamples {
		t.Run(s.name, func(t *testing.T) { checkDOT(t, s.chart()) })
	}
}

// FuzzFlowchart puts one text everywhere.
func FuzzFlowchart(f *testing.F) {
	for _, l := range oddLabels {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			t.Skip()
		}
		box := func(id string, kind view.BoxKind) *view.Box {
			return &view.Box{
				ID: id + s, Label: s, Sub: s, Kind: kind,
				Rows:  []*view.BoxRow{{ID: s, Text: s, Note: s, Marks: []view.Mark{{Code: "FL999", Message: s}}}},
				Marks: []view.Mark{{Code: "FL998", Message: s, Error: true}},
			}
		}
		pic := &view.Flowchart{
			Head: view.Head{Title: s, Desc: s, Foot: []string{s}},
			Groups: []*view.Group{
				{ID: s, Label: s, Trust: flow.Untrusted, Boxes: []*view.Box{box("a", view.BoxClient)}},
				{ID: s, Boxes: []*view.Box{box("b", view.BoxBackend)}},
			},
			Edges: []*view.Edge{{ID: s, From: "a" + s, To: "b" + s, ToRow: s, Label: s, Line: view.LineTLS, Session: s}},
			Above: &view.Table{Columns: []view.Column{{Title: s}}, Sections: []*view.Section{{Title: s, Rows: []*view.TableRow{{Cells: []view.Cell{{Text: s}}}}}}},
		}
		checkDOT(t, pic)
		for _, f := range faults(flowchartSheet(t, pic)) {
			t.Error(f)
		}
		got, diags, err := svg.Emit(context.Background(), pic, Options{Name: s})
		if err != nil || len(diags) > 0 {
			t.Fatal(err, diags)
		}
		checkSVG(t, got, &pic.Head)
	})
}

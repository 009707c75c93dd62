package emit

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/view"
)

// look makes the sample pictures files, to be looked at in a browser:
// go test ./emit -run Samples -look /some/folder
var look = flag.String("look", "", "folder to write the sample pictures to")

func show(t *testing.T, name string, got []byte) {
	t.Helper()
	if *look == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*look, name), got, 0o644); err != nil {
		t.Fatal(err)
	}
}

// faults returns what is wrong with a layout: text that does not fit its room
// or the sheet, text over text, a line or glyph through text, a box that cuts
// a text in two or covers it.
func faults(s *sheet) []string {
	var out []string
	fail := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	whole := rect{0, 0, s.w, s.h}
	var texts []*textBlock
	for _, shape := range s.shapes {
		switch sh := shape.(type) {
		case *textBlock:
			if !inside(sh.room, whole) {
				fail("%q reaches out of the sheet: %v in %v", sh.lines, sh.room, whole)
			}
			for i, l := range sh.lines {
				w := measure(sh.font, l)
				if i == 0 && sh.tag != "" {
					w += measure(fontStrong, sh.tag+" ")
				}
				if w > sh.room.w {
					fail("%q is %d wide, its room %d", l, w, sh.room.w)
				}
			}
			if h := len(sh.lines) * faces[sh.font].leading; h > sh.room.h {
				fail("%q is %d high, its room %d", sh.lines, h, sh.room.h)
			}
			for _, t := range texts {
				if overlap(t.room, sh.room) {
					fail("%q %v lies over %q %v", sh.lines, sh.room, t.lines, t.room)
				}
			}
			texts = append(texts, sh)
		case *rectangle:
			if !inside(sh.at, whole) {
				fail("a rectangle reaches out of the sheet: %v in %v", sh.at, whole)
			}
			for _, t := range texts {
				if overlap(t.room, sh.at) {
					fail("a rectangle %v covers %q %v", sh.at, t.lines, t.room)
				}
			}
		}
	}
	for _, t := range texts {
		for _, shape := range s.shapes {
			switch sh := shape.(type) {
			case *stroke:
				width := max(sh.width, 1) // across; along, a line ends where it ends
				at := rect{sh.x1, sh.y1 - width/2, sh.x2 - sh.x1, width}
				if sh.x1 == sh.x2 {
					at = rect{sh.x1 - width/2, sh.y1, width, sh.y2 - sh.y1}
				}
				if at.w < 0 || at.h < 0 {
					fail("a line runs backwards: %v", at)
				}
				if overlap(t.room, at) {
					fail("a line %v runs through %q %v", at, t.lines, t.room)
				}
			case *glyph:
				if at := (rect{sh.x, sh.y, 12, 12}); overlap(t.room, at) {
					fail("a glyph at %v lies on %q %v", at, t.lines, t.room)
				}
			case *rectangle:
				if sh.edge != nil && overlap(t.room, sh.at) && !inside(t.room, sh.at) {
					fail("%q %v reaches out of its box %v", t.lines, t.room, sh.at)
				}
			}
		}
	}
	return out
}

func inside(r, in rect) bool {
	return r.x >= in.x && r.y >= in.y && r.right() <= in.right() && r.bottom() <= in.bottom()
}

func overlap(a, b rect) bool {
	return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

// TestFaults makes sure that the judge of layouts can find anything.
func TestFaults(t *testing.T) {
	word := func(x, y int) *textBlock { return text("word", fontText, ink, 100, 1).at(x, y) }
	for name, s := range map[string]*sheet{
		"off the sheet": {100, 100, []shape{word(90, 10)}},
		"too wide":      {100, 100, []shape{&textBlock{room: rect{0, 0, 5, 18}, lines: []string{"word"}, font: fontText}}},
		"too high":      {100, 100, []shape{&textBlock{room: rect{0, 0, 50, 10}, lines: []string{"word"}, font: fontText}}},
		"on each other": {100, 100, []shape{word(10, 10), word(12, 20)}},
		"struck":        {100, 100, []shape{word(10, 10), &stroke{x1: 0, y1: 15, x2: 90, y2: 15}}},
		"crossed":       {100, 100, []shape{word(10, 10), &stroke{x1: 20, y1: 0, x2: 20, y2: 90}}},
		"covered":       {100, 100, []shape{word(10, 10), &rectangle{at: rect{0, 0, 50, 50}}}},
		"cut in two":    {100, 100, []shape{&rectangle{at: rect{20, 0, 50, 50}, edge: ink}, word(10, 10)}},
		"on a glyph":    {100, 100, []shape{&glyph{x: 10, y: 10}, word(10, 10)}},
	} {
		if len(faults(s)) == 0 {
			t.Errorf("%s: no fault was found", name)
		}
	}
	if got := faults(&sheet{100, 100, []shape{&rectangle{at: rect{0, 0, 90, 50}, edge: ink}, word(10, 10)}}); len(got) > 0 {
		t.Error(got)
	}
}

// samples are the pictures that are drawn natively.
func samples() map[string]view.Picture {
	out := map[string]view.Picture{}
	for _, s := range sequenceSamples {
		out[s.name] = s.seq()
	}
	for _, s := range tableSamples {
		out[s.name] = s.table()
	}
	return out
}

func TestLayoutSamples(t *testing.T) {
	for name, pic := range samples() {
		t.Run(name, func(t *testing.T) {
			for _, f := range faults(layoutSheet(pic, defaultPage)) {
				t.Error(f)
			}
		})
	}
}

// TestLayoutWidth holds pictures of a normal size to a page's column, and those
// with many columns or long texts on arrows to what is legible in it.
func TestLayoutWidth(t *testing.T) {
	wide := map[string]bool{"routes": true, "oddtable": true, "reencrypt": true, "panels": true, "many": true, "odd": true}
	for name, pic := range samples() {
		if s := layoutSheet(pic, defaultPage); s.w > defaultPage.legible() || s.w > DefaultPage && !wide[name] {
			t.Errorf("%s is %d wide", name, s.w)
		}
	}
}

func TestSVGSamples(t *testing.T) {
	for name, pic := range samples() {
		t.Run(name, func(t *testing.T) {
			got, diags, err := svg.Emit(context.Background(), pic, Options{Name: name})
			if err != nil || len(diags) > 0 {
				t.Fatal(err, diags)
			}
			show(t, name+".svg", got)
			checkSVG(t, got, pic.Header())
			again, _, _ := svg.Emit(context.Background(), pic, Options{Name: name})
			if !bytes.Equal(got, again) {
				t.Error("a second run gives other bytes")
			}
		})
	}
}

// checkSVG finds what no picture may have: broken XML, ids twice, scripts,
// anything from outside; and what each must have.
func checkSVG(t *testing.T, got []byte, head *view.Head) {
	t.Helper()
	ids, classes, text := map[string]bool{}, map[string]bool{}, map[string]string{}
	var at []string
	labelled := ""
	for d := xml.NewDecoder(bytes.NewReader(got)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, got)
		}
		switch e := token.(type) {
		case xml.StartElement:
			at = append(at, e.Name.Local)
			for _, a := range e.Attr {
				switch {
				case a.Name.Local == "id":
					if ids[a.Value] {
						t.Errorf("id %q is there twice", a.Value)
					}
					ids[a.Value] = true
				case a.Name.Local == "class":
					for _, c := range strings.Fields(a.Value) {
						classes[c] = true
					}
				case a.Name.Local == "aria-labelledby":
					labelled = a.Value
				case strings.Contains(a.Value, "url(") || a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on"):
					t.Errorf("%s=%q refers or acts", a.Name.Local, a.Value)
				}
			}
			if e.Name.Local == "script" || e.Name.Local == "foreignObject" || e.Name.Local == "image" {
				t.Errorf("a picture has a %s", e.Name.Local)
			}
		case xml.EndElement:
			at = at[:len(at)-1]
		case xml.CharData:
			if len(at) == 2 {
				text[at[1]] += string(e)
			}
		}
	}
	if text["title"] != clean(head.Title) || text["desc"] != clean(head.Desc) {
		t.Errorf("title %q, desc %q", text["title"], text["desc"])
	}
	for _, id := range strings.Fields(labelled) {
		if !ids[id] {
			t.Errorf("aria-labelledby names %q, which is not there", id)
		}
	}
	if len(strings.Fields(labelled)) != 2 {
		t.Errorf("aria-labelledby is %q", labelled)
	}
	for c := range classes {
		if c != "flowc" && !strings.Contains(text["style"], ".flowc ."+c+" {") {
			t.Errorf("class %q has no dark colour", c)
		}
	}
}

// TestSVGGolden keeps one picture whole, so that a change of looks is seen.
func TestSVGGolden(t *testing.T) {
	for name, pic := range map[string]view.Picture{"reencrypt": reencryptSample(), "visibility": visibilitySample()} {
		got, _, err := svg.Emit(context.Background(), pic, Options{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "testdata/svg/"+name+".svg", got)
	}
}

// TestModesShapes takes text and colour away: the four modes must still be
// told apart by where the bars of their bands stand and whether a lifeline is
// broken.
func TestModesShapes(t *testing.T) {
	type shapes struct{ grounds, bars, dashed int }
	seen := map[shapes]string{}
	for name, seq := range map[string]*view.Sequence{
		"plain": plainSample(), "edge": edgeSample(), "reencrypt": reencryptSample(), "passthrough": passthroughSample(),
	} {
		f := framesOf(seq, []*panelLayout{newPanelLayout(seq.Panels[0])}, defaultPage)[0]
		f.columns()
		s := &sheet{}
		f.layout(s, 0)
		var got shapes
		at := map[int]bool{}
		for _, shape := range s.shapes {
			switch sh := shape.(type) {
			case *rectangle:
				if sh.fill == hueOf("T1").tint || sh.fill == hueOf("T2").tint {
					got.grounds++
				}
			case *stroke:
				if sh.width == 3 && !at[sh.x1] {
					at[sh.x1] = true
					got.bars++
				}
				if sh.x1 == sh.x2 && sh.x1 == f.x[1] && sh.dash != "" {
					got.dashed = 1
				}
			}
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s looks like %s: %+v", name, other, got)
		}
		seen[got] = name
	}
}

// groundsOf are the rectangles of a colour on a sheet.
func groundsOf(s *sheet, tint *swatch) []rect {
	var out []rect
	for _, shape := range s.shapes {
		if r, ok := shape.(*rectangle); ok && r.fill == tint {
			out = append(out, r.at)
		}
	}
	return out
}

// TestBandSpan holds the bars of every session to the lifelines with its keys, from
// its first row to its last, and its ground to the rows that are about it: the arrow
// of another session or of none is over no ground but its own.
func TestBandSpan(t *testing.T) {
	for _, s := range sequenceSamples {
		for _, l := range laidOut(s.seq()) {
			for _, b := range l.bands {
				for i := range l.Rows {
					over := slices.ContainsFunc(b.grounds, func(g span) bool { return g.y1 <= l.tops[i] && l.bottoms[i] <= g.y2+2 })
					if own := l.own[i] == b; own && !over {
						t.Errorf("%s: row %d of %s is not over its ground", s.name, i, b.name())
					} else if m, ok := l.Rows[i].(*view.MessageRow); ok && !own && over && min(m.From, m.To) < b.To && b.From < max(m.From, m.To) {
						t.Errorf("%s: row %d, %q, is over the ground of %s", s.name, i, m.Text, b.name())
					}
				}
				for _, x := range []int{l.x[b.From] + b.inset() + 1, l.x[b.To] - b.inset() - 1} {
					if b.keys() && !hasBar(&l.under, x, b.line, b.start, l.bottoms[b.Last]) {
						t.Errorf("%s: no bar of %s at %d", s.name, b.name(), x)
					}
				}
			}
		}
	}
}

// laidOut are the panels of a sequence after their layout.
func laidOut(seq *view.Sequence) []*panelLayout {
	var panels []*panelLayout
	for _, p := range seq.Panels {
		panels = append(panels, newPanelLayout(p))
	}
	for _, f := range framesOf(seq, panels, defaultPage) {
		f.columns()
		f.layout(&sheet{}, 0)
	}
	return panels
}

// hasBar reports whether pieces of a bar stand at x and reach from y1 to y2.
func hasBar(s *sheet, x int, ink *swatch, y1, y2 int) bool {
	top, bottom := math.MaxInt, 0
	for _, shape := range s.shapes {
		if l, ok := shape.(*stroke); ok && l.x1 == x && l.width == barWidth && l.ink == ink {
			top, bottom = min(top, l.y1), max(bottom, l.y2)
		}
	}
	return top <= y1+60 && bottom >= y2-60 // a note may cover an end
}

// A close of a plaintext connection while a session is up between the same parties is
// not drawn as a part of that.
func TestCloseOfAnotherConnection(t *testing.T) {
	p := &view.Panel{
		Lifelines: ends("Browser", "HAProxy", "shop-1"),
		Rows: []view.Row{
			&view.MessageRow{From: 0, To: 1, Text: "plain GET / HTTP/1.1", Plain: 1, Line: view.LinePlain},
			msg(2, 0, 1, "handshake TLS 1.3", "T1", view.LineTLS),
			msg(3, 0, 1, "GET / HTTP/1.1", "T1", view.LineTLS),
			&view.MessageRow{From: 0, To: 1, Text: "closes :80: FIN, Browser first", Plain: 1, Line: view.LinePlain, Both: true},
			msg(5, 1, 0, "HTTP/1.1 200 OK", "T1", view.LineTLS),
		},
		Bands: []*view.Band{{Session: "T1", Label: "T1 TLS 1.3", From: 0, To: 1, First: 2, Last: 4}},
		Clear: []*view.Band{{Plain: 1, Label: "plaintext :80", From: 0, To: 1, First: 0, Last: 3}},
	}
	seq := sequence("Redirect", p)
	l := laidOut(seq)[0]
	arrowAt := l.bottoms[3] - 11
	t1, plain := groundsOf(&l.under, hueOf("T1").tint), groundsOf(&l.under, plainTint)
	if len(t1) != 2 || len(plain) != 2 {
		t.Fatalf("grounds of T1 %v, of plaintext %v", t1, plain)
	}
	for _, g := range t1 {
		if g.y <= arrowAt && arrowAt <= g.bottom() {
			t.Errorf("the close at %d is on the ground of T1 %v", arrowAt, g)
		}
	}
	if g := plain[1]; arrowAt < g.y || arrowAt > g.bottom() {
		t.Errorf("the close at %d is not on the ground of its connection %v", arrowAt, g)
	}
	for _, f := range faults(layoutSequence(seq, defaultPage)) {
		t.Error(f)
	}
}

// Panels in one frame name the participants once above and once below, and each server
// that is chosen at its divider. A lifeline is drawn only where a panel has it.
func TestOneFrame(t *testing.T) {
	direct, chain := handshakePanel("Browser", "HAProxy", "shop-1"), handshakePanel("Browser", "Load balancer", "HAProxy", "vault-1")
	direct.Lanes, chain.Lanes = []int{0, 2, 3}, []int{0, 1, 2, 3}
	seq := &view.Sequence{Panels: []*view.Panel{direct, chain}, Frame: ends("Browser", "Load balancer", "HAProxy", "chosen server")}
	s := layoutSequence(seq, defaultPage)
	for _, f := range faults(s) {
		t.Error(f)
	}
	times := map[string]int{}
	for _, shape := range s.shapes {
		if b, ok := shape.(*textBlock); ok && b.font == fontStrong {
			times[strings.Join(b.lines, " ")]++
		}
	}
	for label, want := range map[string]int{
		"Browser": 2, "Load balancer": 2, "HAProxy": 2, "chosen server": 2, "shop-1": 1, "vault-1": 1, "to shop-1": 1, "to vault-1": 1,
	} {
		if times[label] != want {
			t.Errorf("%s is written %d times, want %d", label, times[label], want)
		}
	}
	panels := laidOut(seq)
	f := panels[0].lifeFrame
	if balancer := f.used[1]; len(balancer) != 1 || balancer[0].y1 < panels[0].bottoms[0] || balancer[0].y2 < panels[1].bottoms[0] {
		t.Errorf("the lifeline of the load balancer is drawn in %v", f.used[1])
	}
}

func handshakePanel(labels ...string) *view.Panel {
	last := len(labels) - 1
	return &view.Panel{
		Title: "to " + labels[last], Lifelines: ends(labels...), Flights: true,
		Rows: []view.Row{
			msg(1, 0, 1, "ClientHello", "T1", view.LinePlain),
			&view.SpanRow{From: 0, To: last, Session: "T1", Text: "keys of T1: " + labels[0] + " and " + labels[last]},
		},
		Bands: []*view.Band{{Session: "T1", Label: "T1 TLS 1.3", From: 0, To: last, Relays: []int{1}, First: 1, Last: 1, Open: true}},
	}
}

// TestLayoutAny draws sequences that nobody would think of.
func TestLayoutAny(t *testing.T) {
	label := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9 .,/:-]{0,80}`), rapid.SampledFrom([]string{"", oddLabel, strings.Repeat("x", 300)}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "lifelines")
		p := &view.Panel{Title: label.Draw(t, "title")}
		for range n {
			p.Lifelines = append(p.Lifelines, &view.Lifeline{
				Label: label.Draw(t, "label"), Sub: label.Draw(t, "sub"),
				Kind: flow.ParticipantKind(rapid.IntRange(1, 4).Draw(t, "kind")), Untrusted: rapid.Bool().Draw(t, "untrusted"),
				Zone: rapid.OneOf(label, rapid.SampledFrom([]string{"", "a", "b"})).Draw(t, "zone"),
			})
		}
		lane := rapid.IntRange(0, n-1)
		mark := rapid.Custom(func(t *rapid.T) view.Mark {
			return view.Mark{Code: "FL101", Message: label.Draw(t, "message"), Error: rapid.Bool().Draw(t, "error")}
		})
		for i := range rapid.IntRange(0, 40).Draw(t, "rows") {
			a, b := lane.Draw(t, "from"), lane.Draw(t, "to")
			marks := rapid.SliceOfN(mark, 0, 2).Draw(t, "marks")
			s := label.Draw(t, "text")
			session := rapid.SampledFrom([]string{"", "T1", "T2", "T17"}).Draw(t, "session")
			plain := 0
			if session == "" {
				plain = rapid.IntRange(0, 1).Draw(t, "plain")
			}
			switch kind := rapid.IntRange(0, 3).Draw(t, "row"); {
			case kind == 0 && a != b:
				p.Rows = append(p.Rows, &view.MessageRow{First: i, Last: 2 * i, From: a, To: b, Text: s, Session: session, Plain: plain,
					Line: view.Line(rapid.IntRange(1, 4).Draw(t, "line")), Both: rapid.Bool().Draw(t, "both"), Marks: marks})
			case kind == 1:
				p.Rows = append(p.Rows, &view.SpanRow{From: min(a, b), To: max(a, b), Text: s, Marks: marks, Session: session, First: i % 2 * i, Last: i})
			case kind == 2:
				p.Rows = append(p.Rows, &view.GapRow{Text: s})
			default:
				p.Rows = append(p.Rows, &view.ActionRow{First: i, At: a, Text: s, Session: session, Marks: marks})
			}
		}
		for range rapid.IntRange(0, 4).Draw(t, "bands") {
			a, b := lane.Draw(t, "from"), lane.Draw(t, "to")
			if a == b || len(p.Rows) == 0 {
				continue
			}
			row := rapid.IntRange(0, len(p.Rows)-1)
			band := &view.Band{Session: "T1", Label: label.Draw(t, "band"), From: min(a, b), To: max(a, b), First: row.Draw(t, "first"), Last: row.Draw(t, "last")}
			for r := band.From + 1; r < band.To; r++ {
				band.Relays = append(band.Relays, r)
			}
			if band.Open = rapid.Bool().Draw(t, "open"); rapid.Bool().Draw(t, "clear") {
				band.Session, band.Plain, band.Relays = "", 1, nil
				p.Clear = append(p.Clear, band)
				continue
			}
			p.Bands = append(p.Bands, band)
		}
		seq := sequence(label.Draw(t, "heading"), p)
		if got := faults(layoutSequence(seq, defaultPage)); len(got) > 0 {
			t.Fatal(strings.Join(got, "\n"))
		}
		for _, ascii := range []bool{false, true} {
			if _, _, err := plainText.Emit(context.Background(), seq, Options{ASCII: ascii}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

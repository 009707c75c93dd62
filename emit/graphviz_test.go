package emit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// TestGraphvizSVG holds the pictures that Graphviz lays out to what holds of all pictures.
func TestGraphvizSVG(t *testing.T) {
	for _, s := range chartSamples {
		t.Run(s.name, func(t *testing.T) {
			opt := Options{Name: s.name, Layout: worker.Layout}
			got, diags, err := byGraphviz.Emit(context.Background(), s.chart(), opt)
			if err != nil || len(diags) > 0 {
				t.Fatal(err, diags)
			}
			show(t, s.name+".graphviz.svg", got)
			checkSVG(t, got, &s.chart().Head)
			again, _, err := byGraphviz.Emit(context.Background(), s.chart(), opt)
			if err != nil || !bytes.Equal(got, again) {
				t.Error("a second run gives other bytes")
			}
			sheet, err := layoutByGraphviz(context.Background(), s.chart(), defaultPage, worker.Layout)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range append(faults(sheet), arrowFaults(sheet)...) {
				t.Error(f)
			}
		})
	}
}

// TestOrder holds what Graphviz places to the order from left to right: client, proxy,
// backend, also for a backend that nobody connects to.
func TestOrder(t *testing.T) {
	for _, sample := range []func() *view.Flowchart{topologySample, modesSampleChart, shardsSample} {
		pic := sample()
		c := newChart(pic, breaksTried[0])
		c.spread()
		svg, err := worker.Layout(context.Background(), c.writeDOT(dotRoom{}))
		if err != nil {
			t.Fatal(err)
		}
		p, err := readLayout(svg)
		if err != nil {
			t.Fatal(err)
		}
		right := map[view.BoxKind]float64{}
		for _, b := range c.boxes {
			at := p.boxes[fmt.Sprintf("n%d", b.n)]
			if b.box.Kind == view.BoxClient {
				right[view.BoxClient] = max(right[view.BoxClient], at.x+at.w)
			}
			if b.box.Kind == view.BoxProxy {
				right[view.BoxProxy] = max(right[view.BoxProxy], at.x+at.w)
			}
		}
		for _, b := range c.boxes {
			at := p.boxes[fmt.Sprintf("n%d", b.n)]
			if b.box.Kind == view.BoxBackend && at.x < right[view.BoxProxy] || b.box.Kind == view.BoxProxy && at.x < right[view.BoxClient] {
				t.Errorf("%s: %s stands too far left", pic.Title, b.box.ID)
			}
		}
	}
}

func TestGraphvizTooLarge(t *testing.T) {
	called := func(context.Context, []byte) ([]byte, error) {
		t.Error("Graphviz was asked all the same")
		return nil, nil
	}
	boxes, edges := meshChart(layoutMaxBoxes+1), meshChart(20)
	for len(edges.Edges) <= layoutMaxEdges {
		edges.Edges = append(edges.Edges, edges.Edges...)
	}
	for _, tc := range []struct {
		pic  *view.Flowchart
		want string
	}{
		{boxes, `"2001 boxes" is too large for Graphviz: 2001 boxes, flowc has it lay out at most 2000`},
		{edges, `flowc has it lay out at most 4000`},
	} {
		out, diags, err := byGraphviz.Emit(context.Background(), tc.pic, Options{Layout: called})
		if err != nil || out != nil || len(diags) != 1 || diags[0].Code != "FL912" || !strings.Contains(diags[0].Message, tc.want) {
			t.Errorf("%d bytes, %v, %v; want %s", len(out), diags, err, tc.want)
		}
	}
}

func TestGraphvizFails(t *testing.T) {
	emit := func(ctx context.Context, l Layout) (string, error) {
		_, diags, err := byGraphviz.Emit(ctx, topologySample(), Options{Layout: l})
		if len(diags) > 0 {
			return string(diags[0].Code), err
		}
		return "", err
	}
	fails := func(err error) Layout {
		return func(context.Context, []byte) ([]byte, error) { return nil, err }
	}
	broken := errors.New("broken")
	slow := fmt.Errorf("not within 30s: %w", context.DeadlineExceeded)
	if code, err := emit(context.Background(), fails(slow)); code != "FL913" || err != nil {
		t.Errorf("too slow: %q, %v", code, err)
	}
	if code, err := emit(context.Background(), fails(broken)); code != "" || !errors.Is(err, broken) {
		t.Errorf("broken: %q, %v", code, err)
	}
	over, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	if code, err := emit(over, fails(slow)); code != "" || err == nil {
		t.Errorf("the run's own deadline: %q, %v", code, err)
	}
	if _, err := emit(context.Background(), nil); err == nil {
		t.Error("no layout, no error")
	}
	for _, svg := range []string{"", "<svg/>", "<svg><g/></svg>", "no XML", `<svg><g transform="translate(x)"><g class="node" id="n0"><polygon fill="#000001" points="1,"/></g></g></svg>`} {
		if _, err := emit(context.Background(), func(context.Context, []byte) ([]byte, error) { return []byte(svg), nil }); err == nil {
			t.Errorf("%q was taken for a layout", svg)
		}
	}
}

// TestGraphvizLargest lays out what is just not too large, in time.
func TestGraphvizLargest(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	pic := meshChart(layoutMaxBoxes)
	got, diags, err := byGraphviz.Emit(context.Background(), pic, Options{Layout: worker.Layout})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	checkSVG(t, got, &pic.Head)
}

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/view"
)

// someNames is how many choices of names are drawn of each model.
const someNames = 1

// TestOnly draws some of every model of the tree: a few of its names at a time,
// in every view and every format.
func TestOnly(t *testing.T) {
	drawn := 0
	for i, c := range tree(t) {
		m := c.model()
		if !m.Drawable() {
			continue
		}
		for _, only := range choices(placeNames(m), rand.New(rand.NewPCG(uint64(i), 1))) {
			name := fmt.Sprintf("%s --only %s", c.Name, strings.Join(only, ","))
			plans, _ := m.Plans(Choice{Only: only})
			for _, p := range plans {
				if drawOnly(t, name, m, p) {
					drawn++
				}
			}
		}
	}
	if drawn < 2_000 {
		t.Errorf("only %d pictures", drawn)
	}
}

// choices are some of the ways to name one to four of the names.
func choices(names []string, random *rand.Rand) [][]string {
	var out [][]string
	for range someNames {
		var some []string
		for range 1 + random.IntN(4) {
			some = append(some, names[random.IntN(len(names))])
		}
		out = append(out, some)
	}
	return out
}

// drawOnly draws a picture in every format; it reports whether there is one.
func drawOnly(t *testing.T, name string, m *Model, p *Plan) (drawn bool) {
	t.Helper()
	name += ": " + p.Name
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: %v", name, r)
		}
	}()
	pic, reason := p.Picture()
	if pic == nil {
		if reason == "" {
			t.Errorf("%s is not drawn and does not say why", name)
		}
		return false
	}
	for _, f := range emit.Formats {
		if !f.Fits(pic) || f.Binary {
			continue
		}
		_, flowchart := pic.(*view.Flowchart)
		_, _, err := m.Emit(context.Background(), p, pic, f, emit.Options{Layout: noLayout})
		if err != nil && !(flowchart && errors.Is(err, errNoLayout)) {
			t.Errorf("%s as %s: %v", name, f.Name, err)
		}
	}
	return true
}

var errNoLayout = errors.New("no layout: what is laid out is the DOT that is written, too")

func noLayout(context.Context, []byte) ([]byte, error) { return nil, errNoLayout }

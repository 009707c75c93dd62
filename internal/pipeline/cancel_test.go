package pipeline

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/models"
)

// looks is a context that ends when it was looked at so many times.
type looks struct {
	context.Context
	left, taken int
}

func (l *looks) Err() error {
	l.taken++
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestBrokenOff breaks models off at each look at the context. No part of a
// result is taken for a whole one, and nothing panics.
func TestBrokenOff(t *testing.T) {
	texts := map[string]string{"broken": "backend b\nroute a {\n    host a.test\n    path /x\n    tls passthrough\n    to lost\n}\n"}
	for _, name := range []string{"reencrypt", "mtls", "cdn"} {
		text, _ := models.Standalone(name)
		texts[name] = string(text)
	}
	for name, text := range texts {
		compile := func(ctx context.Context) (*Model, error) {
			in := front.Input{Path: "m.flow", Read: func(string) ([]byte, error) { return []byte(text), nil }}
			m, err := LoadFrom(ctx, Input{Input: in})
			if err != nil {
				return m, err
			}
			return m, m.CompileOn(ctx, Days{})
		}
		all := &looks{Context: t.Context(), left: 1 << 30}
		whole, err := compile(all)
		if err != nil || all.taken < 10 {
			t.Fatalf("%s: %v after %d looks", name, err, all.taken)
		}
		for n := range all.taken + 1 {
			m, err := compile(&looks{Context: t.Context(), left: n})
			switch {
			case n < all.taken && !errors.Is(err, context.Canceled):
				t.Errorf("%s: the error is %v, broken off at look %d of %d", name, err, n, all.taken)
			case n == all.taken && err != nil:
				t.Errorf("%s: %v, not broken off", name, err)
			case n == all.taken:
				if d := cmp.Diff(len(whole.Findings), len(m.Findings)); d != "" {
					t.Errorf("%s: findings (-whole +this):\n%s", name, d)
				}
			}
		}
	}
}

package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// Today judges the certificates of a model without a date, and of no other. A
// request of it does not fail for that, and so no rule passes over it.
func TestToday(t *testing.T) {
	const text = `
certificate web {
    valid 2026-01-01..2026-10-31
}
proxy haproxy {
    listen https :443 { certificate web }
}
route shop {
    host shop.example.test
    tls edge
    to shop
}
request r {
    get https://shop.example.test/
    expect 301
}
`
	for _, tc := range []struct {
		name, date, today string
		want              []string
	}{
		{"no day", "", "", []string{"FL302"}},
		{"valid today", "", "2026-10-31", []string{"FL302"}},
		{"expired today", "", "2026-11-22", []string{"FL302", "FL405"}},
		{"not yet valid today", "", "2025-12-31", []string{"FL302", "FL405"}},
		{"the model's date", "date 2026-10-01\n", "2026-11-22", []string{"FL302"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file, _ := grammar.Parse(source.NewFile("m.flow", tc.date+text))
			draft, _ := resolve.Draft("m", file, nil)
			topology, _ := flow.Complete(draft)
			var got []string
			found, err := check.RunWith(t.Context(), check.Options{Today: tc.today}, topology, flow.NewCache(topology))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range found {
				got = append(got, string(d.Code))
				if says := "(today is " + tc.today + ")"; d.Code == "FL405" && !strings.Contains(d.Message, says) {
					t.Errorf("%q does not say %q", d.Message, says)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("found %v, want %v", got, tc.want)
			}
		})
	}
}

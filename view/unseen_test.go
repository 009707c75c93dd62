package view_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// The numbers of rows count every step. What lies between them is said, and which flag
// shows it.
func TestUnseen(t *testing.T) {
	for _, c := range []struct {
		name string
		show view.Show
		only []string
		want []string
	}{
		{"as it is", view.Show{}, nil, []string{"not shown: steps 4, 24, 42, 44, 46-47 inside a party (--show actions)"}},
		{"all", view.Show{TCP: true, PROXY: true, TLS: true, HTTP: true, Actions: true}, nil, nil},
		{"without HTTP", view.Show{TCP: true, Actions: true}, nil, []string{"not shown: steps 18-23, 43, 45, 48 of HTTP (--show http)"}},
		{"without the server", view.Show{Actions: true}, []string{"browser", "haproxy"}, []string{"not shown: steps 27-36, 38-41, 43-45 of other parties (--only)"}},
	} {
		in := *model(t, "reencrypt")
		in.Show, in.Only = c.show, c.only
		var got []string
		for _, f := range project(t, &in, "sequence", "checkout").(*view.Sequence).Foot {
			if strings.HasPrefix(f, "not shown") {
				got = append(got, f)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

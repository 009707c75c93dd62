package flow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/golden"
)

// TestCourses derives what was not captured as a case of its own: the files
// beside the models were read against RFC 8446, RFC 5246 and HAProxy's manual.
func TestCourses(t *testing.T) {
	paths, err := filepath.Glob("testdata/course/*.flow")
	if err != nil || len(paths) == 0 {
		t.Fatal("no models", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".flow")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			topology := mustResolve(t, name, string(text))
			var got strings.Builder
			for _, r := range topology.Requests {
				lc := flow.Derive(topology, r)
				if !lc.AsExpected() {
					t.Errorf("request %s: %s from %s: %s", r.Name, words.Outcome(lc.Outcome), lc.Outcome.FromID(), words.Why(lc.Outcome.Why))
				}
				writeCourse(&got, lc)
			}
			golden.Check(t, strings.TrimSuffix(path, ".flow")+".golden", got.String())
		})
	}
}

// writeCourse writes the messages of a lifecycle, one a line: its number, the
// numbers of those that must come before it, and what it is.
func writeCourse(w *strings.Builder, lc *flow.Lifecycle) {
	fmt.Fprintf(w, "request %s: %s\n", lc.Request.Name, strings.Join(words.Endings(lc.Outcome), ", "))
	for i, s := range append(lc.Steps, lc.Later...) {
		if i == len(lc.Steps) {
			fmt.Fprintln(w, "  later")
		}
		if s.Kind() == flow.Action {
			fmt.Fprintf(w, "%4d %-8s %s: %s %s\n", s.N, numbers(s.After), s.At.ID, s.Op, words.Detail(s))
			continue
		}
		line := fmt.Sprintf("%4d %-8s %s > %s: %s %s", s.N, numbers(s.After), s.From.ID, s.To.ID, s.Op, words.Detail(s))
		if s.Protected {
			line += " (" + s.Session.ID + ")"
		}
		if s.Optional {
			line += " optional"
		}
		fmt.Fprintln(w, line)
	}
	if len(lc.Assumed) > 0 {
		fmt.Fprintf(w, "  assumed: %s\n", strings.Join(words.Assumed(lc.Assumed), "; "))
	}
}

func numbers(steps []*flow.Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, fmt.Sprint(s.N))
	}
	return strings.Join(out, ",")
}

// TestReuse counts the backend connections that two clients, one after the
// other, with two requests each, open under each policy: what the second opens,
// and what it uses of the first's.
func TestReuse(t *testing.T) {
	for _, x := range []struct {
		policy       string
		opened, kept int
	}{
		// two servers in turn: each client asks both
		{"never", 2, 0},
		{"safe", 1, 1},       // its second request may use what idles
		{"aggressive", 1, 1}, // nothing has proved itself yet
		{"always", 0, 2},
	} {
		topology := mustResolve(t, x.policy, `
client browser
proxy haproxy { reuse `+x.policy+` }
backend shop {
    server shop-1 10.0.1.11:8080
    server shop-2 10.0.1.12:8080
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
request first {
    from browser
    get https://shop.apps.example.test/
    times 2
}
request second {
    from browser
    get https://shop.apps.example.test/
    times 2
    after first
}
`)
		opened, kept := 0, 0
		for _, c := range flow.Derive(topology, topology.Requests[1]).Connections {
			switch {
			case c.To.Kind != flow.KindServer:
			case c.Since != nil:
				kept++
			default:
				opened++
			}
		}
		if opened != x.opened || kept != x.kept {
			t.Errorf("reuse %s: %d opened and %d kept, want %d and %d", x.policy, opened, kept, x.opened, x.kept)
		}
	}
}

// TestRouteIsShownWhole takes the course that shows a route from a request that
// opens its own connections and sessions.
func TestRouteIsShownWhole(t *testing.T) {
	topology := mustResolve(t, "shown", `
client browser
proxy haproxy { reuse always }
backend shop { speaks https }
route shop {
    host shop.apps.example.test
    tls reencrypt
    to shop
}
request again {
    from browser
    get https://shop.apps.example.test/
    after first
    resume
}
request first {
    from browser
    get https://shop.apps.example.test/
}
`)
	courses := flow.NewCache(topology)
	if got := courses.Route(topology.Routes[0], "https").Request.Name; got != "first" {
		t.Errorf("the route is shown by request %s, want first", got)
	}
	again := courses.Of(topology.Requests[0])
	if again.Before != courses.Of(topology.Requests[1]) {
		t.Error("the request before is derived twice")
	}
}

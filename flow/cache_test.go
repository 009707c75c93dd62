package flow_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/flowc-lang/flowc/flow"
)

// TestForgottenCoursesAreDerivedAgain asks for the lifecycles of many requests,
// some of which come after others, in several orders: each is as it is alone.
func TestForgottenCoursesAreDerivedAgain(t *testing.T) {
	topology := manyRequests(t, 700)
	n := len(topology.Requests)
	courses := flow.NewCache(topology)
	for _, at := range [](func(i int) int){
		func(i int) int { return i },
		func(i int) int { return n - 1 - i },
		func(i int) int { return i * 37 % n },
	} {
		for i := range n {
			q := topology.Requests[at(i)]
			got, want := courses.Of(q), flow.Derive(topology, q)
			if got.Request != q || len(got.Steps) != len(want.Steps) || got.Steps[len(got.Steps)-1].ID != want.Steps[len(want.Steps)-1].ID {
				t.Fatalf("request %s: a lifecycle of %s, with %d steps instead of %d", q.Name, got.Request.Name, len(got.Steps), len(want.Steps))
			}
			if before := q.After.V; before != nil && got.Before != courses.Of(before) {
				t.Errorf("request %s: the one before it is derived twice", q.Name)
			}
		}
	}
}

// TestCoursesForget keeps no lifecycle that many others were asked for after.
func TestCoursesForget(t *testing.T) {
	topology := manyRequests(t, 700)
	courses := flow.NewCache(topology)
	first := weak.Make(courses.Of(topology.Requests[0]))
	step := weak.Make(courses.Of(topology.Requests[0]).Steps[0])
	for _, q := range topology.Requests {
		courses.Of(q)
		courses.Showing(topology.Routes[0], "https")
	}
	runtime.GC()
	if first.Value() != nil || step.Value() != nil {
		t.Error("the first lifecycle is still there")
	}
	runtime.KeepAlive(courses)
}

// manyRequests has n requests, every fourth of which comes after the one before.
func manyRequests(t *testing.T, n int) *flow.Topology {
	var b strings.Builder
	b.WriteString("client browser\nroute shop {\n    host shop.apps.example.test\n    tls reencrypt\n    to shop\n}\nbackend shop { speaks https }\n")
	for i := range n {
		fmt.Fprintf(&b, "request q%d {\n    get https://shop.apps.example.test/%d\n", i, i)
		if i%4 == 3 {
			fmt.Fprintf(&b, "    after q%d\n", i-1)
		}
		b.WriteString("}\n")
	}
	return mustResolve(t, "many", b.String())
}

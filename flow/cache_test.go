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
			if courses.Fault(q) != want.Outcome.Fault {
				t.Errorf("request %s: fault %v instead of %v", q.Name, courses.Fault(q), want.Outcome.Fault)
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

// TestChainsCostWhatTheirRequestsDo derives requests that come after each other.
// Twice as many of them allocate twice as much, not four times: what they leave
// is shared.
func TestChainsCostWhatTheirRequestsDo(t *testing.T) {
	for _, reuse := range []string{"safe", "aggressive", "always", "never"} {
		allocated := func(n int) uint64 {
			topology := mustResolve(t, "chain", chain(n, reuse))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			flow.Derive(topology, topology.Requests[n-1])
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		allocated(10)
		if once, twice := allocated(500), allocated(1000); twice > once*5/2 {
			t.Errorf("reuse %s: %d bytes for 500 requests, and %d for 1000", reuse, once, twice)
		}
	}
}

// chain has n requests, each of which comes after the one before.
func chain(n int, reuse string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "client browser\nproxy haproxy {\n    listen https :443\n    reuse %s\n}\n", reuse)
	b.WriteString("route shop {\n    host shop.apps.example.test\n    tls reencrypt\n    to shop\n}\nbackend shop { speaks https }\n")
	for i := range n {
		fmt.Fprintf(&b, "request q%d {\n    get https://shop.apps.example.test/\n", i)
		if i > 0 {
			fmt.Fprintf(&b, "    after q%d\n", i-1)
		}
		b.WriteString("}\n")
	}
	return b.String()
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

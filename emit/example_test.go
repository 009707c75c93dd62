package emit_test

import (
	"context"
	"fmt"
	"os"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// From text to a picture: every view in every format that fits it.
func Example() {
	file, _ := grammar.Parse(source.NewFile("plain.flow", "route plain {\n    host plain.example.test\n    to plain\n}\n"))
	draft, _ := resolve.Draft("plain", file, nil)
	topology, _ := flow.Complete(draft)
	in := &view.Input{Topology: topology, Request: topology.Requests[0], Derive: flow.NewCache(topology).Of}
	for _, v := range view.Views {
		if v.Name != "sequence" {
			continue
		}
		picture, _ := v.Project(in)
		for _, f := range emit.Formats {
			if f.Name != "text" {
				continue
			}
			out, _, err := f.Emit(context.Background(), picture, emit.Options{ASCII: true})
			if err != nil {
				fmt.Println(err)
			}
			os.Stdout.Write(out)
		}
	}
	// Output:
	// plain: plain
	//
	//        +---------+                           +---------+                               +---------+
	//        | client  |                           | haproxy |                               | plain-1 |
	//        +---------+                           +---------+                               +---------+
	//   1-3       |<-------- TCP handshake :80 -------->|                                         |
	//     5       |-------- plain GET / HTTP/1.1 ------>|                                         |
	//   6-7       |                      [ route plain, choose plain-1 ]                          |
	//  8-10       |                                     |<---------- TCP handshake :80 ---------->|
	//    11       |                                     |---------- plain GET / HTTP/1.1 -------->|
	//    12       |                                     |<-------- plain HTTP/1.1 200 OK ---------|
	//    13       |<------ plain HTTP/1.1 200 OK -------|                                         |
	// 14-15       |<-- closes :80: FIN, client first -->|                                         |
	//             |                                     ~~~ the connection stays open: idle pool ~~
	//        +---------+                           +---------+                               +---------+
	//        | client  |                           | haproxy |                               | plain-1 |
	//        +---------+                           +---------+                               +---------+
	//
	// assumed: a client, proxy haproxy on :80 and :443, backend plain of one server,
	// a request for route plain, keep-alive, client closes first
	// not shown: step 4 inside a party (--show actions)
}

package check_test

import (
	"fmt"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

func ExampleRun() {
	text := `
route vault {
    host vault.example.test
    path /v1
    tls passthrough
    to vault
}
`
	file, _ := grammar.Parse(source.NewFile("vault.flow", text))
	draft, _ := resolve.Draft("vault", file, nil)
	topology, _ := flow.Complete(draft)
	for _, d := range check.Run(topology, flow.NewCache(topology)) {
		fmt.Println(d.Code, d.Severity, d.Message)
		for _, w := range d.Suggestions {
			fmt.Println(w.Steps[0].Fact, w.Steps[0].Was)
		}
	}
	// Output:
	// FL201 error route "vault" cannot match the path "/v1", as it is passthrough: HTTP is encrypted, and the route takes every request
	// path [/v1]
	// tls-mode [passthrough]
}

package flow_test

import (
	"fmt"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// From text to what happens on the wire.
func ExampleDerive() {
	text := `
route vault {
    host vault.example.test
    tls passthrough
    to vault
}
`
	file, _ := grammar.Parse(source.NewFile("vault.flow", text))
	draft, _ := resolve.Draft("vault", file, nil)
	topology, _ := flow.Complete(draft)
	lifecycle := flow.Derive(topology, topology.Requests[0])
	for _, s := range lifecycle.Sessions {
		fmt.Println(s.ID, "TLS", s.Version, "between", s.Ends[0].ID, "and", s.Ends[1].ID, "relayed by", s.RelayedBy[0].ID)
	}
	fmt.Println(words.Outcome(lifecycle.Outcome), "from", lifecycle.Outcome.FromID())
	// Output:
	// T1 TLS 1.3 between client and vault/vault-1 relayed by haproxy
	// 200 from vault/vault-1
}

package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
)

var replayable = &Rule{
	Code: "FL613", Name: "replayable-request", Severity: diag.Warning, Since: "0.2", Scope: ScopeOwn,
	Doc: "a request in early data is safe to repeat",
	Why: "anyone who recorded early data can send it again, and the server cannot tell (RFC 8446, 8): only safe " +
		"methods belong into it, or the server waits for the handshake and answers 425 (RFC 8470, 3 and 5.2)",
	Wire: "the request rides in the client's first flight: ClientHello, ChangeCipherSpec, early data, before " +
		"anything that only this client could know (measured); the same bytes sent again are the same order placed " +
		"again",
	Except: "the request may come twice, because it carries a key that the application knows it by",
	Bad: `proxy haproxy {
    listen https :443 { early-data }
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}

request browse {
    get https://shop.apps.example.test/
}
request order {
    post https://shop.apps.example.test/orders
    after browse
    resume client
    early-data
}
`,
	Good: `proxy haproxy {
    listen https :443 { early-data }
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}

request browse {
    get https://shop.apps.example.test/
}
request order {
    post https://shop.apps.example.test/orders
    after browse
    resume client
}
`,
	Run: func(p *Pass) {
		idempotent := []string{"GET", "HEAD", "OPTIONS"}
		for _, q := range p.Topology.Requests {
			if !q.EarlyData.V || len(q.Calls) == 0 || slices.Contains(idempotent, q.Calls[0].Method) || expectsFailure(q) {
				continue
			}
			d := p.Report(q.EarlyData.At, "request %q sends a %s in early data, which can be replayed: the server executes it twice", q.Name, q.Calls[0].Method)
			related(d, q.Calls[0].At, "sent here")
			d.Suggest(safe(because(way(remove(inRequest(q), diag.FactEarlyData, q.EarlyData.At)), "it is sent after the handshake then")))
		}
	},
}

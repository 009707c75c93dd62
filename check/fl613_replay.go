package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
)

var replayable = &Rule{
	Code: "FL613", Name: "replayable-request", Severity: diag.Warning, Since: "0.2", Scope: ScopeOwn,
	Doc: "a request in early data has a safe method",
	Why: "anyone who recorded early data can send it again, and the server cannot detect that (RFC 8446, 8). Only " +
		"safe methods may be sent in early data, or the server waits for the handshake and answers 425 (RFC 8470, " +
		"3 and 5.2)",
	Wire: "the request is in the client's first flight: ClientHello, ChangeCipherSpec, early data. Nothing in it " +
		"depends on the server's answer (measured). If the same bytes are sent again, the server executes the " +
		"request again",
	Except: "the request may be executed twice, because it has a key by which the application detects repetitions",
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
			d := p.Report(q.EarlyData.At, "request %q sends a %s in early data, which an attacker can replay: the server may execute it twice", q.Name, q.Calls[0].Method)
			related(d, q.Calls[0].At, "request %q sends it here", q.Name)
			d.Suggest(safe(because(way(remove(inRequest(q), diag.FactEarlyData, q.EarlyData.At)), "the request is then sent after the handshake")))
		}
	},
}

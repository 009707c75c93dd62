package check

import (
	"github.com/flowc-lang/flowc/diag"
)

var statusOnRelay = &Rule{
	Code: "FL309", Name: "status-on-relay", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "a port that only relays states no status for a host that no route has",
	Why: "the proxy has no TLS session with the client in which it could send a status: the client gets a close " +
		"without alert or status (HAProxy configuration manual, default_backend; measured)",
	Wire: "ClientHello, then FIN from the proxy: no alert, no status, no backend connection. The client reports an " +
		"unexpected end of the connection. The status that the model states is never sent (measured)",
	Bad: `proxy haproxy {
    listen tcp :443 { unmatched 503 }
}
route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request typo {
    get https://valut.apps.example.test/
    expect close
}
`,
	Good: `proxy haproxy {
    listen tcp :443 { unmatched close }
}
route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request typo {
    get https://valut.apps.example.test/
    expect close
}
`,
	Run: func(p *Pass) {
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if !l.Unmatched.IsSet() || l.Unmatched.V == "close" || !l.OnlyRelays() || proxy.Inner.V.On {
					continue
				}
				d := p.Report(l.Unmatched.At, "%s only relays TLS: it closes a connection for a host that no route has, and cannot answer %s", portOf(l), l.Unmatched.V)
				d.Suggest(way(state(inListener(l), diag.FactUnmatched, l.Unmatched, []string{l.Unmatched.V}, "close")))
			}
		}
	},
}

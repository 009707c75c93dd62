package corpus

import (
	"fmt"
	"strings"
)

// Fleet is a fleet as text: 20 shards that admit a namespace each, and n routes
// in each TLS mode by turns, with hosts, backends, addresses and certificates
// of their own.
func Fleet(n int) string {
	const shards = 20
	var b strings.Builder
	b.WriteString("date 2026-11-01\nca public-ca\nca service-ca {\n    private\n}\nclient browser {\n    trust public-ca\n}\n")
	for s := range shards {
		fmt.Fprintf(&b, "certificate wild%d {\n    names *.s%d.apps.example.test\n    issuer public-ca\n}\n", s, s)
		fmt.Fprintf(&b, "namespace team-%d {\n    labels shard=s%d\n}\n", s, s)
		fmt.Fprintf(&b, "proxy shard%d {\n    domain s%d.apps.example.test\n    admit namespaces shard=s%d\n    listen http :80\n", s, s, s)
		fmt.Fprintf(&b, "    listen https :443 {\n        certificate wild%d\n    }\n}\n", s)
	}
	for i := range n {
		s, speaks, tls := i%shards, "http", ""
		switch i / shards % 4 {
		case 0:
			tls = "none"
		case 1:
			tls = "edge"
		case 2:
			speaks, tls = "service-ca", fmt.Sprintf("reencrypt {\n        trust service-ca\n        name app%d.team-%d.svc\n    }", i, s)
		case 3:
			speaks, tls = "public-ca", "passthrough"
		}
		if speaks != "http" {
			fmt.Fprintf(&b, "certificate cert%d {\n    names app%d.team-%d.svc, app%d.s%d.apps.example.test\n    issuer %s\n}\n", i, i, s, i, s, speaks)
			speaks = fmt.Sprintf("https { certificate cert%d }", i)
		}
		fmt.Fprintf(&b, "backend app%d {\n    speaks %s\n    server app%d-a 10.%d.%d.%d:8443\n}\n", i, speaks, i, i>>16, i>>8&255, i&255)
		fmt.Fprintf(&b, "route team-%d/r%d {\n    host app%d.s%d.apps.example.test\n    tls %s\n    to app%d\n}\n", s, i, i, s, tls, i)
	}
	return b.String()
}

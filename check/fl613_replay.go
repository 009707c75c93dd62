package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
)

var replayable = &Rule{
	Code: "FL613", Name: "replayable-request", Severity: diag.Warning, Since: "0.2",
	Doc: "a request in early data is safe to repeat",
	Why: "early data can be replayed by whoever recorded it: only safe methods belong into it, or the server answers 425 " +
		"(RFC 8470, 3 and 5.2; RFC 8446, 8; measured: the request rides in the first flight)",
	Run: func(p *Pass) {
		safe := []string{"GET", "HEAD", "OPTIONS"}
		for _, q := range p.Topology.Requests {
			if !q.EarlyData.V || len(q.Calls) == 0 || slices.Contains(safe, q.Calls[0].Method) || expectsFailure(q) {
				continue
			}
			d := p.Report(q.EarlyData.At, "request %q sends a %s in early data, which can be replayed", q.Name, q.Calls[0].Method)
			related(d, q.Calls[0].At, "sent here")
			d.Help = "send it after the handshake: leave early-data out"
		}
	},
}

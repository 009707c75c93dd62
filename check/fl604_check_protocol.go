package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var checkProtocol = &Rule{
	Code: "FL604", Name: "check-protocol", Severity: diag.Warning, Since: "0.2",
	Doc: "a health check uses the protocol of its backend",
	Why: "a check with another protocol tests something else than what requests need (HAProxy configuration " +
		"manual, 5.2, check and check-ssl; measured)",
	Wire: "a tcp check of a TLS port is SYN, SYN-ACK, RST. It finds a server up whose certificate the proxy " +
		"refuses, in four attempts before each 503. A TLS check of a plaintext port gets 400 in plaintext and " +
		"finds a good server down (measured)",
	Except: "the certificates of these servers are monitored elsewhere",
	Bad: `backend payments {
    speaks https
    server payments-1 10.0.1.21:8443
    server payments-2 10.0.1.22:8443
    check tcp
}

route payments {
    host payments.apps.example.test
    tls reencrypt
    to payments
}
`,
	Good: `backend payments {
    speaks https
    server payments-1 10.0.1.21:8443
    server payments-2 10.0.1.22:8443
    check http /healthz
}

route payments {
    host payments.apps.example.test
    tls reencrypt
    to payments
}
`,
	Run: func(p *Pass) {
		fits := map[flow.Protocol][]string{
			flow.SpeaksHTTP: {"tcp", "http"}, flow.SpeaksH2C: {"tcp", "http"}, flow.SpeaksTCP: {"tcp"},
			flow.SpeaksHTTPS: {"tls", "http"}, flow.SpeaksTLS: {"tls"},
		}
		for _, b := range p.Topology.Backends {
			kind := b.Check.V.Kind
			plain := b.Check.V.Plain && b.Speaks.V.TLS()
			if !b.Check.IsSet() || kind == "" || slices.Contains(fits[b.Speaks.V], kind) && !plain || elsewhere(b) {
				continue
			}
			// what is not said of a backend its routes expect of it: nothing where there are none
			if !b.Speaks.IsSet() && (kind != "tls" || !p.routed(b)) {
				continue
			}
			if kind == "tcp" && p.onlyRelayed(b) {
				continue
			}
			if p.model.doubt.leads(p.Topology, b) {
				continue
			}
			what := "marks working servers as down"
			if kind == "tcp" {
				what = "marks servers as up even if TLS with them fails"
			}
			if plain {
				kind = "plaintext http"
			}
			d := p.Report(b.Check.At, "the %s check of backend %q, which speaks %s, %s", kind, b.Name, b.Speaks.V, what)
			relatedSpeaks(d, b)
			w := way(p.checking(b, fits[b.Speaks.V][len(fits[b.Speaks.V])-1]))
			_, sni := bySNI(b)
			w.Safe = kind == "tcp" && b.Speaks.V == flow.SpeaksTLS && !sni
			d.Suggest(w)
		}
	},
}

// elsewhere reports whether a check has a port of its own, and not that of the
// backend's servers: what is spoken there is not stated.
func elsewhere(b *flow.Backend) bool {
	port := b.Check.V.Port
	return port != 0 && !slices.ContainsFunc(b.Servers, func(s *flow.Server) bool { return s.Port == port })
}

// checking is the step by which a backend is checked in another protocol, with
// the SNI by which its servers choose their certificate.
func (p *Pass) checking(b *flow.Backend, kind string) diag.Step {
	c := b.Check.V
	to := flow.Check{Kind: kind, SNI: c.SNI, Port: c.Port}
	if kind == "http" && c.Kind == "http" {
		to.Method, to.Path, to.Protocol = c.Method, c.Path, c.Protocol
	}
	if kind == "tcp" || kind == "http" && !b.Speaks.V.TLS() {
		to.SNI = ""
	} else if _, sni := bySNI(b); to.SNI == "" && sni {
		to.SNI = p.askedFor(b)
	}
	return state(inBackend(b), diag.FactCheck, b.Check, checkValue(c), checkValue(to)...)
}

// checkValue is a health check as a value; "/" is the path of one that states no method and
// no path.
func checkValue(c flow.Check) []string {
	path := c.Path
	if path == "/" && c.Method == "" {
		path = ""
	}
	plain, port := "", ""
	if c.Plain {
		plain = "plain"
	}
	if c.Port != 0 {
		port = strconv.Itoa(c.Port)
	}
	return []string{c.Kind, path, c.SNI, plain, port, c.Method, strings.ToLower(c.Protocol)}
}

// routed reports whether a route leads to the backend.
func (p *Pass) routed(b *flow.Backend) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool {
		return slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b })
	})
}

// onlyRelayed reports whether a proxy only ever relays to the backend: then it
// verifies no certificate, and a check that does not either finds what it needs.
func (p *Pass) onlyRelayed(b *flow.Backend) bool {
	relays := true
	for _, r := range p.Topology.Routes {
		backends(r, func(to *flow.Backend, _ source.Span) {
			relays = relays && (to != b || r.Mode.V == flow.ModePassthrough || r.Relayed())
		})
	}
	return relays && p.routed(b)
}

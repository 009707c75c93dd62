package flow

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/source"
)

// TestModes keeps the whole lifecycle of one request in each mode.
func TestModes(t *testing.T) {
	for _, mode := range Modes {
		m := model(mode)
		golden.Check(t, filepath.Join("testdata", "lifecycles", mode.String()+".golden"), dump(Derive(m, m.Requests[0])))
	}
}

// TestFailures keeps how a route of each mode can fail, and what its client
// sees then: FACTS of a measured HAProxy, row by row.
func TestFailures(t *testing.T) {
	var b strings.Builder
	for _, mode := range Modes {
		m := model(mode)
		for f := range Failures(m, m.Routes[0]) {
			o := f.Lifecycle.Outcome
			fmt.Fprintf(&b, "%s | %s | %s from %s | %d attempts | reached %t | %s\n",
				mode, f.What, said.Outcome(o), o.FromID(), o.Attempts, o.Reached, said.Why(o.Why))
		}
	}
	golden.Check(t, filepath.Join("testdata", "lifecycles", "failures.golden"), b.String())
}

// TestDenied closes on a client that is not on the allow list, wherever the
// route is chosen: by the request, by the SNI, on a port that only ends TLS.
func TestDenied(t *testing.T) {
	for _, mode := range Modes {
		for _, kind := range []ListenKind{ListenHTTPS, ListenTCP} {
			m := model(mode)
			if mode == ModeNone && kind == ListenTCP {
				continue
			}
			m.Proxies[0].Listeners[1].Kind = kind
			m.Clients[0].Address = Default("203.0.113.5")
			m.Routes[0].Allow = []Fact[string]{Default("192.0.2.0/24")}
			lc := Derive(m, m.Requests[0])
			if o := lc.Outcome; !o.Ends(Closed{}) || o.Fault != FaultDenied || o.Reached {
				t.Errorf("%s on %s: %s, reached %t\n%s", mode, kind, said.Outcome(o), o.Reached, dump(lc))
			}
			m.Routes[0].Allow = append(m.Routes[0].Allow, Default("203.0.113.5"))
			if o := Derive(m, m.Requests[0]).Outcome; o.Fault != FaultNone {
				t.Errorf("%s on %s, allowed: %s: %s", mode, kind, said.Outcome(o), said.Why(o.Why))
			}
		}
	}
}

// TestSNIHost sends the Host field as SNI, not the URL's host (measured:
// sni req.hdr(host)).
func TestSNIHost(t *testing.T) {
	m := model(ModeReencrypt)
	r := m.Routes[0]
	r.Host = Default("")
	r.Upstream.SNI, r.Upstream.Name, r.Upstream.SNIHost = Fact[string]{}, Fact[string]{}, true
	m.Requests[0].HostField = State("shop.svc", source.Span{})
	lc := Derive(m, m.Requests[0])
	if s := lc.Sessions[1]; s.SNI != "shop.svc" || !lc.Outcome.Ends(Answered{200}) {
		t.Errorf("SNI %q, outcome %s: %s", s.SNI, said.Outcome(lc.Outcome), said.Why(lc.Outcome.Why))
	}
}

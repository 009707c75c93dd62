package verify

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// TestResumed holds captures of proxies and clients that resume their sessions
// against models that do not say so, with the keys and without.
func TestResumed(t *testing.T) {
	without := func(name string) measured {
		m := anyCase(t, name)
		m.model = strings.ReplaceAll(strings.ReplaceAll(m.model, "    resume client\n", ""), "    resume backend\n", "")
		return m
	}
	for name, want := range map[string][]string{
		"four-clients":       {"", "", "backend", "backend"},
		"four-clients-tls12": {"", "", "backend", "backend"},
		"resumed":            {"", "client"},
	} {
		m := without(name)
		for _, keys := range []bool{false, true} {
			r := hold(t, name, m.model, m.read(t, keys))
			var got []string
			for _, x := range r.Results {
				got = append(got, strings.Join(x.Resumed, " "))
			}
			if !r.Agrees() || !slices.Equal(got, want) {
				t.Errorf("%s, keys %v: resumed %q, want %q:\n%s", name, keys, got, want, text(t, r))
			}
			if say := "(backend session resumed), declared reencrypt"; want[len(want)-1] == "backend" && !strings.Contains(text(t, r), say) {
				t.Errorf("%s: no %q", name, say)
			}
		}
	}
}

// TestResumedOtherwise: a resumed session is held against a resumed one, and
// whatever else differs still does.
func TestResumedOtherwise(t *testing.T) {
	m := anyCase(t, "four-clients-tls12")
	for _, change := range [][2]string{
		{"tls 1.2\n", "tls 1.3\n"},
		{"name store.internal.test", "name other.internal.test"},
	} {
		r := hold(t, m.name, strings.Replace(m.model, change[0], change[1], 1), m.read(t, false))
		if n := len(r.Results); n != 4 {
			t.Fatalf("%d exchanges", n)
		}
		for _, x := range r.Results {
			if len(x.Departures) == 0 {
				t.Errorf("with %q, exchange %d agrees:\n%s", change[1], x.N, text(t, r))
			}
		}
	}
	// the abbreviated handshake has an order of its own
	c := m.read(t, false)
	for _, conn := range c.Conns {
		if conn.TLS == nil || !conn.TLS.Resumed {
			continue
		}
		i := slices.IndexFunc(conn.Events, func(e *event) bool { return e.Op == flow.OpChangeCipherSpec && e.From == opener })
		j := slices.IndexFunc(conn.Events, func(e *event) bool { return e.Op == flow.OpFinished && e.From == acceptor })
		conn.Events[i].Order, conn.Events[j].Order = conn.Events[j].Order, conn.Events[i].Order
		sortEvents(conn.Events)
		break
	}
	if r := hold(t, m.name, m.model, c); r.Agrees() {
		t.Error("a client that changes its cipher before the server is finished agrees")
	}
}

// TestResumedJSON: scripts read it, too.
func TestResumedJSON(t *testing.T) {
	m := anyCase(t, "four-clients")
	var b bytes.Buffer
	if err := hold(t, m.name, m.model, m.read(t, false)).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `"resumed": true`); n != 2 || strings.Count(b.String(), `"resumed": [`) != 2 {
		t.Errorf("%d resumed connections, want 2:\n%s", n, b.String())
	}
}

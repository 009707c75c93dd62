package paths_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/paths"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

func list(t *testing.T, m *pipeline.Model) *paths.List {
	t.Helper()
	m.Compile()
	if m.Topology == nil || !m.Drawable() {
		return nil
	}
	return paths.Of(context.Background(), m.Topology)
}

func text(t *testing.T, l *paths.List, name string) string {
	t.Helper()
	var b strings.Builder
	if err := l.WriteText(&b, name); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The lists of all models, to be read by whoever changes them.
func TestModels(t *testing.T) {
	var b strings.Builder
	for _, m := range models.List() {
		b.WriteString(text(t, list(t, pipeline.Load(m.Path, models.FS.ReadFile)), m.Path) + "\n")
	}
	golden.Check(t, "testdata/models.txt", b.String())
}

// A chain with a relay, a placeholder, a second client, a second target, what only a
// client inside asks for, and a route over which no path leads.
func TestTiers(t *testing.T) {
	l := list(t, pipeline.Load("testdata/tiers.flow", os.ReadFile))
	golden.Check(t, "testdata/tiers.txt", text(t, l, "tiers.flow"))
	var b strings.Builder
	if err := l.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/tiers.json", b.String())
}

// What is listed of a class is what its example's lifecycle has: how it ends, and
// the sessions and the plaintext from end to end. Every path is counted once, and no
// host that flowc made up is printed.
func TestListsWhatIsDerived(t *testing.T) {
	classes := 0
	for _, m := range corpus.Models(t, "../..") {
		model := pipeline.Load(m.Entry, m.Read)
		l := list(t, model)
		if l == nil {
			continue
		}
		found := flow.FindPaths(context.Background(), model.Topology, func(*flow.Request) bool { return false })
		n := 0
		for _, p := range found.All {
			n += len(p.Clients)
			for _, r := range l.Unused {
				if p.Takes(r) {
					t.Errorf("%s: a path leads over %s, which is listed as unused", m.Name, r.Name)
				}
			}
		}
		if n != l.Count || len(l.Classes) != len(found.Classes) {
			t.Errorf("%s: %d paths in %d classes, listed are %d in %d", m.Name, n, len(found.Classes), l.Count, len(l.Classes))
		}
		for i, c := range l.Classes {
			classes++
			isDerived(t, m.Name, c)
			if c.Number != i+1 || i > 0 && c.Summary.Fails() && !l.Classes[i-1].Summary.Fails() {
				t.Errorf("%s: class %d stands at %d", m.Name, c.Number, i+1)
			}
		}
		written, _ := m.Read(m.Entry)
		for _, c := range l.Classes {
			host, s := c.Path.Ask.Call.Host, text(t, l, "")
			if c.Path.Ask.Placeholder() && !strings.Contains(string(written), host) && strings.Contains(s, host) {
				t.Errorf("%s: the made-up host %s is printed:\n%s", m.Name, host, s)
			}
		}
	}
	t.Logf("%d classes", classes)
}

func isDerived(t *testing.T, model string, c *paths.Class) {
	t.Helper()
	lc := c.Lifecycle()
	if !slices.Equal(lc.Outcome.Endings, c.Summary.Endings) || (lc.Outcome.Fault != flow.FaultNone) != (c.Why() != "") {
		t.Errorf("%s: class %d: listed %v %q, derived %+v", model, c.Number, c.Summary.Endings, c.Why(), lc.Outcome)
	}
	for i, h := range c.Path.Hops {
		if plain := c.Summary.Plain[i]; plain && h.TLS || c.Why() == "" && c.Summary.Reached && plain == h.TLS && c.Path.Ask.Call.IsHTTP() {
			t.Errorf("%s: class %d: hop %d with TLS %v is read in plaintext: %v", model, c.Number, i, h.TLS, plain)
		}
	}
	var sessions, listed []string
	for _, s := range lc.Sessions {
		sessions = append(sessions, owner(s.Ends[0])+" - "+owner(s.Ends[1]))
	}
	for _, ch := range c.Channels() {
		if ch.TLS {
			listed = append(listed, ch.From+" - "+ch.To)
		}
	}
	for _, s := range sessions {
		if !slices.Contains(listed, s) {
			t.Errorf("%s: class %d: session %s is not among %v", model, c.Number, s, listed)
		}
	}
	if c.Why() == "" && len(slices.Compact(sessions)) != len(listed) {
		t.Errorf("%s: class %d: listed %v, sessions %v", model, c.Number, listed, sessions)
	}
}

// owner is the name under which a participant is listed.
func owner(p *flow.Participant) string {
	switch {
	case p.Server != nil:
		return p.Server.Backend.Name
	case p.Proxy != nil:
		return p.Proxy.Name // its inner stage, too
	}
	return p.ID
}

// What does not fit is counted in the text, and is in the JSON.
func TestManyClasses(t *testing.T) {
	var b strings.Builder
	b.WriteString("proxy haproxy { listen https :443 }\nbackend shop { server shop-1 10.0.1.1:8080 }\n")
	for i := range 50 {
		fmt.Fprintf(&b, "route r%d {\n    host r%d.example.test\n    tls edge\n    timeout server %ds\n    to shop\n}\n", i, i, i+1)
	}
	l := list(t, pipeline.Load("many.flow", func(string) ([]byte, error) { return []byte(b.String()), nil }))
	if l == nil || len(l.Classes) <= 40 {
		t.Fatalf("%+v", l)
	}
	want := fmt.Sprintf("and %d more classes; --format json lists all\n", len(l.Classes)-40)
	if got := text(t, l, "many.flow"); !strings.HasSuffix(got, want) || strings.Count(got, "\n") > 200 {
		t.Errorf("%d lines, the end %q, want %q", strings.Count(got, "\n"), got[len(got)-80:], want)
	}
	var out strings.Builder
	if err := l.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct{ Classes []any }
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || len(got.Classes) != len(l.Classes) {
		t.Errorf("%d classes in the JSON of %d, %v", len(got.Classes), len(l.Classes), err)
	}
}

// A port that does not look at what its servers speak gets a connection, not a request
// for a URL: in plaintext, or in the TLS that a proxy on the way ends.
func TestConnections(t *testing.T) {
	const rest = "proxy in { listen tcp :5432 }\nbackend db {\n    speaks tcp\n    server db-1 10.0.0.1:5432\n}\nroute v on in { to db }\n"
	for front, want := range map[string]string{
		"": "1  200, 1 path: client > in:5432 > db\n   tcp://:5432\n   plaintext client - db (relayed by in)\n",
		"proxy lb { listen tcp :5432 }\nroute l on lb { to in }\n": "1  200, 1 path: client > lb:5432 > in:5432 > db\n   tcp://:5432\n" +
			"   plaintext client - db (relayed by lb, in)\n",
		"proxy lb { listen tcp :5432 { certificate front } }\ncertificate front { names db.example.test }\nroute l on lb { to in }\n": "1  200, 1 path: " +
			"client > lb:5432 > in:5432 > db\n   tls://:5432\n   TLS client - lb, plaintext lb - db (relayed by in)\n",
	} {
		l := list(t, pipeline.Load("db.flow", func(string) ([]byte, error) { return []byte(front + rest), nil }))
		if l == nil {
			t.Fatalf("%s is broken", front+rest)
		}
		_, got, _ := strings.Cut(text(t, l, "db.flow"), "\n\n")
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", front+rest, got, want)
		}
	}
}

package flowtext_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// TestConfigurations writes what configurations of a real proxy state: all of it comes
// back, less what a comment says.
func TestConfigurations(t *testing.T) {
	files, err := filepath.Glob("../../e2e/import/configs/*/haproxy.cfg")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d configurations: %v", len(files), err)
	}
	for _, file := range files {
		in := front.Input{Path: file, Read: os.ReadFile, Data: os.ReadFile}
		m, err := pipeline.LoadFrom(context.Background(), pipeline.Input{Input: in})
		if err != nil {
			t.Fatal(err)
		}
		if m.Findings.Count(diag.Error) > 0 {
			continue // what it asks the environment for is not known
		}
		draft, _, err := m.Draft(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		written := flowtext.Write(draft)
		if len(written.Unsaid) > 0 {
			t.Errorf("%s: not said: %v", file, written.Unsaid)
		}
		after := read(t, file, written.Text)
		tidied := tidy(t, m)
		if diff := cmp.Diff(outcomes(draft), outcomes(tidied)); diff != "" {
			t.Errorf("%s: what comes of the configuration (-) and of the model that is written of it (+):\n%s", file, diff)
		}
		commented(draft)
		if diff := cmp.Diff(facts(draft), facts(after)); diff != "" {
			t.Errorf("%s: the configuration (-) and what was written (+):\n%s\n%s", file, diff, written.Text)
		}
	}
}

// tidy is what is read of what flowc import writes.
func tidy(t *testing.T, m *pipeline.Model) *flow.Draft {
	draft, _, err := m.Draft(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	flowtext.Tidy(draft)
	return read(t, m.Path, flowtext.Write(draft).Text)
}

// outcomes are what comes of a request to each host and path of a model, on the way that
// it takes.
func outcomes(d *flow.Draft) map[string]string {
	topology, _ := flow.Complete(d)
	out := map[string]string{}
	for _, q := range topology.Requests {
		if len(q.Calls) == 0 || q.Calls[0].Scheme == "tcp" {
			continue // one of tcp is made where servers are taken to speak that, which a comment says
		}
		c := q.Calls[0]
		lc := flow.Derive(topology, q)
		var way []string
		for _, x := range lc.Connections {
			way = append(way, x.ID)
		}
		out[fmt.Sprintf("%s %s://%s:%d%s", c.Method, c.Scheme, c.Host, c.Port, c.Path)] = fmt.Sprintf("%v from %s: %v", lc.Outcome.Endings, lc.Outcome.FromID(), way)
	}
	return out
}

// commented takes out of a draft what the text says in comments alone.
func commented(d *flow.Draft) {
	for _, x := range d.Declarations {
		switch x := x.(type) {
		case *flow.CertificateDraft:
			x.Label = ""
		case *flow.BackendDraft:
			if !x.Speaks.IsSet() {
				x.Speaks = flow.Fact[flow.Protocol]{}
			}
		case *flow.ProxyDraft:
			for _, l := range x.Listeners {
				if l.Port == 0 && l.Kind == flow.ListenHTTPS {
					l.Port = 443 // as without a word
				}
			}
		case *flow.RouteDraft:
			x.Headers = slices.DeleteFunc(x.Headers, func(h flow.HeaderAction) bool { return h.Computed })
			if len(x.Headers) == 0 {
				x.Headers = nil
			}
			if x.Upstream.End.Verify.V { // as without a word
				x.Upstream.End.Verify = flow.Fact[bool]{}
			}
			if x.Upstream.Name.V == "" {
				x.Upstream.Name = flow.Fact[string]{}
			}
			for i := range x.Matches {
				otherwise(&x.Matches[i])
			}
		}
	}
}

// otherwise writes a condition as a text says it in other words.
func otherwise(m *flow.Match) {
	for i, v := range m.Values {
		if p, err := netip.ParsePrefix(v); err == nil && m.Kind == flow.MatchSource {
			m.Values[i] = p.Masked().String()
		}
	}
	if m.Kind == flow.MatchHost {
		m.Name = ""
	}
	if m.Kind == flow.MatchPath && m.How == flow.Exact && slices.ContainsFunc(m.Values, func(v string) bool { return !strings.HasPrefix(v, "/") }) {
		m.How = flow.Regex
		for i, v := range m.Values {
			m.Values[i] = "^" + v + "$"
		}
	}
}

package diff_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// exported is the configuration of a model with one proxy, read back; nil for others.
func exported(t *testing.T, top *flow.Topology) *flow.Draft {
	t.Helper()
	target, err := export.Lookup("haproxy")
	if err != nil {
		t.Fatal(err)
	}
	out := target.Export(top)
	read := func(path string) ([]byte, error) {
		for _, f := range out.Files {
			if strings.HasSuffix("/"+path, "/"+f.Path) {
				return f.Text, nil
			}
		}
		return nil, fs.ErrNotExist
	}
	for _, f := range out.Files {
		if strings.HasSuffix(f.Path, ".cfg") {
			m, err := pipeline.LoadFrom(context.Background(), pipeline.Input{Input: front.Input{Path: f.Path, Read: read, Data: read}})
			if err != nil {
				t.Fatal(err)
			}
			d, _, err := m.Draft(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
	}
	return nil
}

// TestDrift: what flowc exports of a model does not drift from it, and what is changed in the
// model afterwards does.
func TestDrift(t *testing.T) {
	files, err := filepath.Glob("../../models/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		d := draftOf(t, pipeline.Load(file, os.ReadFile))
		top := topology(d)
		if len(top.Proxies) != 1 {
			continue
		}
		compared++
		config := exported(t, top)
		r := diff.Drift(context.Background(), d, config)
		if r.Worst() >= diff.Risky {
			var b strings.Builder
			if err := r.WriteText(&b, file, "haproxy.cfg"); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s", b.String())
		}
		if len(r.Left) == 0 {
			t.Errorf("%s: nothing is listed as not compared", file)
		}
		if d := copied(d); removed(d) {
			if r := diff.Drift(context.Background(), d, config); r.Worst() == 0 {
				t.Errorf("%s: it has a route less, and nothing drifts", file)
			}
		}
	}
	if compared < 8 {
		t.Errorf("only %d models have one proxy", compared)
	}
}

// removed takes the first route with a host out of a draft.
func removed(d *flow.Draft) bool {
	for i, x := range d.Declarations {
		if r, ok := x.(*flow.RouteDraft); ok && r.Host.V != "" {
			d.Declarations = append(d.Declarations[:i:i], d.Declarations[i+1:]...)
			return true
		}
	}
	return false
}

// TestDriftOfShards: what runs may choose its routes by labels, as objects of a cluster do.
func TestDriftOfShards(t *testing.T) {
	const shards = `
proxy inner {
    domain int.example.test
    admit shard=inner
    admit namespaces zone=pay
}
proxy outer {
    domain apps.example.test
    admit shard!=inner
}
namespace pay { labels zone=pay }
namespace web { labels zone=web }
route web/shop {
    host www.example.test
    tls edge
    to shop
}
route web/admin {
    host admin.example.test
    labels shard=inner
    tls edge
    to shop
}
route pay/ledger {
    subdomain ledger
    labels shard=inner
    tls edge
    to ledger
}
`
	draft := func(text string) *flow.Draft {
		return draftOf(t, pipeline.Load("shards.flow", func(string) ([]byte, error) { return []byte(text), nil }))
	}
	if r := diff.Drift(context.Background(), draft(shards), draft(shards)); len(r.Differences) > 0 {
		t.Error("it differs from itself:", r.Differences[0].Title())
	}
	moved := strings.Replace(shards, "labels shard=inner\n    tls edge\n    to ledger", "labels shard=other\n    tls edge\n    to ledger", 1)
	if r := diff.Drift(context.Background(), draft(shards), draft(moved)); r.Worst() != diff.Breaking {
		t.Error("a route on another shard is no drift")
	}
}

//go:build linux

package haproxy_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/flowc-lang/flowc/internal/pipeline"
)

// clientsAtOnce is how many clients ask for the same at the same moment.
const clientsAtOnce = 5

// TestAtOnce has several clients make the request of each case at once, and holds
// the capture against the model.
func TestAtOnce(t *testing.T) {
	if os.Getenv("FLOWC_BUSY") == "" {
		t.Skip("FLOWC_BUSY=3m asks for it")
	}
	for i, file := range files(t, "testdata/*.flow") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".flow"), func(t *testing.T) {
			t.Parallel()
			runAtOnce(t, file, busyNetwork+1+i)
		})
	}
}

func runAtOnce(t *testing.T, file string, n int) {
	dir := t.TempDir()
	model := place(t, dir, file, n)
	m := pipeline.Load(filepath.ToSlash(model), os.ReadFile)
	m.Compile()
	top, req := m.Topology, m.Topology.Requests[0]
	lc := m.Derive(req)
	configs, p := exportTo(t, dir, top, &row{})
	startServers(t, top, p)
	pcap := filepath.Join(dir, "case.pcapng")
	proxies := runProxies(t, dir, top, configs, &row{})
	tap := capture(t, pcap, own(n))
	var all sync.WaitGroup
	for range clientsAtOnce {
		all.Go(func() {
			c := &client{t: t, req: req, pki: p, derived: lc, timeout: limit}
			c.run()
		})
	}
	all.Wait()
	tap.settled()
	tap.stop()
	for _, p := range proxies {
		p.stop(syscall.SIGTERM)
	}
	keep(t, dir)
	for _, keys := range [][]string{nil, {"--keylog", p.log}} {
		v := verify(t, model, pcap, keys...)
		if !v.agrees {
			t.Errorf("keys %v: %s", keys != nil, v.text)
		}
	}
}

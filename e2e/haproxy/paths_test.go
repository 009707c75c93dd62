//go:build linux

package haproxy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/golden"
	wire "github.com/flowc-lang/flowc/internal/verify"
)

// sampled is how many paths run; FLOWC_E2E_PATHS=all runs each of them.
const sampled = 40

// TestEndToEndPaths runs paths that no request of a model states: those that
// flow.FindPaths finds for each route, from each kind of client, over each
// target. What the model exports to runs as it is. Where a balancer would choose,
// the other servers are in maintenance, by HAProxy's own command.
func TestEndToEndPaths(t *testing.T) {
	if testing.Short() || golden.Updating() {
		t.Skip("takes half a minute, and writes nothing")
	}
	t.Parallel()
	var all []unstated
	for _, file := range slices.Concat(files(t, "testdata/paths/*.flow"), files(t, "testdata/*.flow")) {
		m := compiled(t, file)
		for i := range unstatedPaths(m.Topology) {
			all = append(all, unstated{file, i})
		}
	}
	sample := all
	if os.Getenv("FLOWC_E2E_PATHS") != "all" {
		sample = evenly(all, sampled)
	}
	rows := make([]row, len(sample))
	t.Run("cases", func(t *testing.T) {
		for i, u := range sample {
			rows[i].name = fmt.Sprintf("%s %d", strings.TrimSuffix(filepath.Base(u.file), ".flow"), u.n+1)
			t.Run(rows[i].name, func(t *testing.T) {
				t.Parallel()
				runPath(t, u, firstPath+i, &rows[i])
			})
		}
	})
	t.Logf("%s\n%d of %d paths that no request states\n%s", version(), len(sample), len(all), table(rows))
	if len(sample) < sampled {
		t.Errorf("%d paths ran, wanted are %d", len(sample), sampled)
	}
}

// evenly takes n of a list, at even distances.
func evenly[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	var out []T
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}

// unstated is a path of a model, by its number among those that no request states.
type unstated struct {
	file string
	n    int
}

// unstatedPaths are examples of the classes of paths that no request of a model
// goes: another client, scheme, host, port or way.
func unstatedPaths(top *flow.Topology) []*flow.Class {
	found := flow.FindPaths(context.Background(), top, func(*flow.Request) bool { return false })
	stated := map[string]bool{}
	for _, c := range found.Classes {
		if c.Path.Ask.Request != nil {
			stated[wayOf(c)] = true
		}
	}
	var out []*flow.Class
	for _, c := range found.Classes {
		if c.Path.Ask.Request == nil && !stated[wayOf(c)] {
			out = append(out, c)
		}
	}
	return out
}

// wayOf is where a path leads, and who goes it, in words.
func wayOf(c *flow.Class) string {
	a := c.Path.Ask
	s := fmt.Sprintf("%s asks for %s://%s:%d", c.Client.Name, a.Call.Scheme, a.Call.Host, a.Call.Port)
	for _, h := range c.Path.Hops {
		switch {
		case h.Server != nil:
			s += fmt.Sprintf(", to %s/%s", h.Server.Backend.Name, h.Server.Name)
		case h.Listener != nil:
			s += fmt.Sprintf(", to %s:%d", h.Listener.Proxy.Name, h.Port)
		}
	}
	return s
}

func runPath(t *testing.T, u unstated, n int, r *row) {
	dir := t.TempDir()
	place(t, dir, u.file, n)
	rel, err := filepath.Rel("testdata", u.file)
	if err != nil {
		t.Fatal(err)
	}
	// sockets between the stages of a proxy have the model's name, and all of this machine share them
	placed := filepath.Join(dir, rel)
	model := strings.TrimSuffix(placed, ".flow") + fmt.Sprintf("-%d.flow", u.n+1)
	if err := os.Rename(placed, model); err != nil {
		t.Fatal(err)
	}
	top := compiled(t, model).Topology
	class := unstatedPaths(top)[u.n]
	lc := class.Lifecycle()
	t.Log(wayOf(class))

	configs, p := exportTo(t, dir, top, r, lc.Request.Calls[0].Host)
	servers := startServers(t, top, p, portOf(lc.Request))
	admin := startAdministered(t, dir, top, configs, r)
	req := *lc.Request
	admin.steer(class.Path, &req)
	pcap := filepath.Join(dir, "case.pcapng")
	tap := capture(t, pcap, own(n))
	c := &client{t: t, req: &req, pki: p, derived: lc, timeout: limit, anyName: class.Path.Ask.Placeholder()}
	if lc.Outcome.Ends(flow.TimedOut{}) {
		c.timeout = patience
	}
	got := c.run()
	r.ran = "yes"
	tap.settled()
	tap.stop()
	for _, p := range admin.proxies {
		p.stop(syscall.SIGTERM)
	}
	keep(t, dir)

	r.outcome = "as derived: " + got.outcome
	if differ := compare(lc, got, servers); len(differ) > 0 {
		r.outcome = "DEPARTS: " + got.outcome
		t.Error(strings.Join(differ, "\n"))
		for _, c := range configs {
			t.Logf("%s:\n%s", c, fileText(dir, c))
		}
	}
	r.verified = "agrees"
	for _, keys := range []string{"", p.log} {
		if text, ok := pathShown(t, top, lc, pcap, keys); !ok {
			r.verified = "DEPARTS"
			t.Errorf("the capture departs from the path %s:\n%s", keys, text)
			return
		}
	}
}

// pathShown holds a capture against the one lifecycle that a path has.
func pathShown(t *testing.T, top *flow.Topology, lc *flow.Lifecycle, pcap, keys string) (string, bool) {
	t.Helper()
	text, err := os.ReadFile(pcap)
	if err != nil {
		t.Fatal(err)
	}
	alone := *top
	alone.Requests = []*flow.Request{lc.Request}
	opt := wire.Options{Server: wire.Accepts(&alone, nil)}
	if keys != "" {
		if opt.Keys, err = wire.ReadKeyLog(strings.NewReader(fileText("", keys))); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := wire.Read([]wire.Input{{Name: filepath.Base(pcap), R: bytes.NewReader(text)}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	report := wire.Verify(&alone, func(q *flow.Request) *flow.Lifecycle {
		if q == lc.Request {
			return lc
		}
		return flow.Derive(&alone, q)
	}, seen, nil)
	var b strings.Builder
	if err := report.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String(), report.Agrees() && len(report.Results) == 1
}

// exportTo writes what HAProxy needs for a model.
func exportTo(t *testing.T, dir string, top *flow.Topology, r *row, asked ...string) (configs []string, p *pki) {
	t.Helper()
	res := export.Targets[0].Export(top)
	p = newPKI(t, top, asked...)
	p.record(dir)
	p.write(dir, res.Needs)
	for _, f := range res.Files {
		if strings.HasSuffix(f.Path, ".cfg") {
			f.Text = withOwnDefaults(top, f.Text)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Text, 0o644); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Path, ".cfg") {
			configs = append(configs, f.Path)
		}
	}
	r.exported = "yes"
	return configs, p
}

// administered are the proxies of a model, each with a socket for commands.
type administered struct {
	t       *testing.T
	proxies []*process
	sockets map[*flow.Proxy]string
}

// startAdministered starts HAProxy for each configuration of a model, which are
// in the order of its proxies.
func startAdministered(t *testing.T, dir string, top *flow.Topology, configs []string, r *row) *administered {
	t.Helper()
	if len(configs) != len(top.Proxies) {
		t.Fatalf("%d configurations for %d proxies", len(configs), len(top.Proxies))
	}
	// the path of a socket has at most 107 bytes (unix(7)), and a test's folder may have more
	sockets, err := os.MkdirTemp("", "flowc-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	a := &administered{t: t, sockets: map[*flow.Proxy]string{}}
	for i, p := range top.Proxies {
		socket := filepath.Join(sockets, strconv.Itoa(i))
		more := configs[i] + "-admin"
		if err := os.WriteFile(filepath.Join(dir, more), []byte("global\n\tstats socket "+socket+" level admin\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		a.sockets[p] = socket
		a.proxies = append(a.proxies, startProxy(t, dir, configs[i], more))
	}
	listens(t, top, a.proxies, r)
	for _, socket := range a.sockets {
		until(t, func() string { return "no proxy takes commands at " + socket }, func() bool {
			conn, err := net.Dial("unix", socket)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
	return a
}

// command has a proxy do something and returns what it says (HAProxy management
// guide, 9.3).
func (a *administered) command(p *flow.Proxy, words string) string {
	a.t.Helper()
	conn, err := net.Dial("unix", a.sockets[p])
	if err != nil {
		a.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	fmt.Fprintln(conn, words)
	said, err := io.ReadAll(conn)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(said)
}

// steer leaves each proxy of a path but the target of the path. Clients come to
// a server without weight by their cookie alone, which the request gets.
func (a *administered) steer(p *flow.Path, q *flow.Request) {
	a.t.Helper()
	for i, h := range p.Hops {
		if h.From == nil {
			continue
		}
		at := p.Hops[i-1].Listener
		all, to := addresses(h.Route, at), addressOf(h)
		steered := 0
		for backend, servers := range a.backends(h.From) {
			if !slices.Equal(sorted(all), sorted(addressesOf(servers))) {
				continue
			}
			for _, s := range servers {
				switch {
				case s.address != to:
					if said := a.command(h.From, "set server "+backend+"/"+s.name+" state maint"); strings.TrimSpace(said) != "" {
						a.t.Fatalf("%s/%s: %s", backend, s.name, said)
					}
				case s.weight == 0:
					q.Fields = append(slices.Clone(q.Fields), flow.HeaderField{Name: "Cookie", Value: h.Route.Affinity.V + "=" + s.name})
					steered++
				default:
					steered++
				}
			}
		}
		if steered == 0 {
			a.t.Fatalf("%s has no backend with %v and %s in it", h.From.Name, all, to)
		}
	}
}

// addresses are where the targets of a route are, as seen from a port. A server that has
// the port to which the request comes has none in HAProxy's list: 0.
func addresses(r *flow.Route, at *flow.Listener) []string {
	var out []string
	for _, t := range r.Targets {
		if t.Backend != nil {
			for _, s := range t.Backend.Servers {
				port := s.Port
				if s.SamePort.V {
					port = 0
				}
				out = append(out, net.JoinHostPort(s.Address, strconv.Itoa(port)))
			}
			continue
		}
		port := t.Port
		if port == 0 {
			port = at.Port
		}
		if l := t.Proxy.Listens(port); l != nil {
			out = append(out, net.JoinHostPort(l.Address, strconv.Itoa(port)))
		}
	}
	return out
}

// addressOf is the far end of a hop.
func addressOf(h flow.Hop) string {
	if h.Server != nil {
		port := h.Port
		if h.Server.SamePort.V {
			port = 0
		}
		return net.JoinHostPort(h.Server.Address, strconv.Itoa(port))
	}
	return net.JoinHostPort(h.Listener.Address, strconv.Itoa(h.Port))
}

// running is a server of a backend of HAProxy.
type running struct {
	name, address string
	weight        int
}

// backends are the servers that a proxy has, by backend.
func (a *administered) backends(p *flow.Proxy) map[string][]running {
	a.t.Helper()
	out := map[string][]running{}
	var names []string
	for l := range strings.Lines(a.command(p, "show servers state")) {
		f := strings.Fields(strings.TrimPrefix(l, "# "))
		column := func(name string) string { return f[slices.Index(names, name)] }
		switch {
		case strings.HasPrefix(l, "# "):
			names = f
		case len(f) == len(names) && len(f) > 1:
			weight, err := strconv.Atoi(column("srv_uweight"))
			if err != nil {
				a.t.Fatal(err)
			}
			at := net.JoinHostPort(column("srv_addr"), column("srv_port"))
			out[column("be_name")] = append(out[column("be_name")], running{column("srv_name"), at, weight})
		}
	}
	return out
}

func addressesOf(all []running) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.address)
	}
	return out
}

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

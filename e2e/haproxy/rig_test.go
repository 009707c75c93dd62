//go:build linux

package haproxy_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
)

// limit bounds whatever a program is waited for; patience is how long a client waits
// that gives up, and that gets no answer.
const (
	limit    = time.Minute
	patience = 4 * time.Second
)

// haproxy is the program that runs the cases: HAPROXY names another one than
// that of the path.
var haproxy = cmp.Or(os.Getenv("HAPROXY"), "haproxy")

// accepts lets the real HAProxy judge a configuration.
func accepts(dir, file string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, haproxy, "-c", "-C", dir, "-f", file).CombinedOutput()
	return string(out), err
}

// process is a child that is ended with the test, whatever happens.
type process struct {
	cmd    *exec.Cmd
	stderr *lines
	done   chan error
	once   sync.Once
}

// lines collects what a child says, and tells of each line.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) collect(r io.Reader) {
	s := bufio.NewScanner(r)
	for s.Scan() {
		l.mu.Lock()
		l.text.WriteString(s.Text() + "\n")
		l.mu.Unlock()
	}
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), stderr: &lines{}, done: make(chan error, 1)}
	// a child of a test that is killed goes, too
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.stderr.collect(pipe)
		p.done <- p.cmd.Wait()
	}()
	t.Cleanup(func() { p.stop(syscall.SIGKILL) })
	return p
}

// stop ends a child and waits until it is gone.
func (p *process) stop(sig syscall.Signal) {
	p.once.Do(func() {
		p.cmd.Process.Signal(sig)
		select {
		case <-p.done:
		case <-time.After(limit):
			p.cmd.Process.Kill()
			<-p.done
		}
	})
}

// ended reports whether a child is gone.
func (p *process) ended() bool {
	select {
	case err := <-p.done:
		p.done <- err
		return true
	default:
		return false
	}
}

// until waits for a condition; what is said where it does not come.
func until(t *testing.T, what func() string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal(what())
}

// runProxies starts HAProxy for each configuration, with what goes before it,
// and waits for its ports, without touching them: a connection would be in the
// capture. That it starts is how a configuration is accepted.
func runProxies(t *testing.T, dir string, model *flow.Topology, files []string, r *row, first ...string) []*process {
	t.Helper()
	var out []*process
	for _, f := range files {
		out = append(out, startProxy(t, dir, f, first...))
	}
	listens(t, model, out, r)
	return out
}

// startProxy starts HAProxy with a configuration. What is read before it says what
// must stand in the first global section, such as nbthread since HAProxy 2.7.
func startProxy(t *testing.T, dir, file string, first ...string) *process {
	t.Helper()
	args := []string{"-db", "-C", dir}
	for _, f := range append(first, file) {
		args = append(args, "-f", f)
	}
	return start(t, haproxy, args...)
}

// listens waits until every port of a model is open.
func listens(t *testing.T, model *flow.Topology, proxies []*process, r *row) {
	t.Helper()
	r.accepted = "no"
	var want []netip.AddrPort
	for _, p := range model.Proxies {
		for _, l := range p.Listeners {
			want = append(want, netip.AddrPortFrom(netip.MustParseAddr(l.Address), uint16(l.Port)))
		}
	}
	said := func() string {
		var b strings.Builder
		for _, p := range proxies {
			b.WriteString(p.stderr.String())
		}
		return "HAProxy does not listen:\n" + b.String()
	}
	until(t, said, func() bool {
		for _, p := range proxies {
			if p.ended() {
				t.Fatal(said())
			}
		}
		open := listening(t)
		for _, a := range want {
			if !open[a] {
				return false
			}
		}
		return true
	})
	r.accepted = "yes"
}

// The states of a socket (proc(5), /proc/net/tcp).
const (
	stateEstablished = 0x01
	stateTimeWait    = 0x06
	stateListen      = 0x0A
)

// socket is an end of a connection, or a port that is open.
type socket struct {
	local netip.AddrPort
	state uint64
}

// sockets reads those that the network has now (proc(5), /proc/net/tcp).
func sockets(t *testing.T) []socket {
	t.Helper()
	text, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	var out []socket
	for row := range strings.Lines(string(text)) {
		f := strings.Fields(row)
		if len(f) < 4 {
			continue
		}
		host, port, _ := strings.Cut(f[1], ":")
		b, err := hex.DecodeString(host)
		n, err2 := strconv.ParseUint(port, 16, 16)
		state, err3 := strconv.ParseUint(f[3], 16, 8)
		if err != nil || err2 != nil || err3 != nil || len(b) != 4 {
			continue
		}
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], binary.LittleEndian.Uint32(b))
		out = append(out, socket{netip.AddrPortFrom(netip.AddrFrom4(a), uint16(n)), state})
	}
	return out
}

// listening are the ports that are open.
func listening(t *testing.T) map[netip.AddrPort]bool {
	t.Helper()
	out := make(map[netip.AddrPort]bool)
	for _, s := range sockets(t) {
		if s.state == stateListen {
			out[s.local] = true
		}
	}
	return out
}

// version is the first line of haproxy -v.
var version = sync.OnceValue(func() string {
	out, err := exec.Command(haproxy, "-v").Output()
	if err != nil {
		return fmt.Sprint(err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return first
})

// withOwnDefaults leaves the ALPN that a port has by default in a proxy's version to
// HAProxy, where it is of that version or later: what is measured is its default, and
// not what an export says of it.
func withOwnDefaults(top *flow.Topology, config []byte) []byte {
	var major, minor int
	fmt.Sscanf(version(), "HAProxy version %d.%d", &major, &minor)
	for _, p := range top.Proxies {
		var wantMajor, wantMinor int
		fmt.Sscanf(p.Behaves().Version, "%d.%d", &wantMajor, &wantMinor)
		if major < wantMajor || major == wantMajor && minor < wantMinor {
			continue
		}
		for _, l := range p.Listeners {
			if alpn := l.End.ALPN; alpn.Origin == flow.OriginDefault && len(alpn.V) > 0 {
				config = bytes.ReplaceAll(config, []byte(" alpn "+strings.Join(alpn.V, ",")), nil)
			}
		}
	}
	return config
}

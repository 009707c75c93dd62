//go:build linux

package haproxy_test

import (
	"bufio"
	"bytes"
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

// limit bounds whatever a program is waited for.
const limit = 10 * time.Second

// accepts lets the real HAProxy judge a configuration.
func accepts(dir, file string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "haproxy", "-c", "-C", dir, "-f", file).CombinedOutput()
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

// runProxies starts HAProxy for each configuration, with what more arguments say,
// and waits for its ports, without touching them: a connection would be in the
// capture.
func runProxies(t *testing.T, dir string, model *flow.Topology, files []string, more ...string) []*process {
	t.Helper()
	var out []*process
	for _, f := range files {
		out = append(out, startProxy(t, dir, f, more...))
	}
	listens(t, model, out)
	return out
}

// startProxy starts HAProxy with a configuration and more arguments.
func startProxy(t *testing.T, dir, file string, more ...string) *process {
	t.Helper()
	return start(t, "haproxy", append([]string{"-db", "-C", dir, "-f", file}, more...)...)
}

// listens waits until every port of a model is open.
func listens(t *testing.T, model *flow.Topology, proxies []*process) {
	t.Helper()
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
		open := listening(t)
		for _, a := range want {
			if !open[a] {
				return false
			}
		}
		return true
	})
}

// listening reads the sockets in state LISTEN (proc(5), /proc/net/tcp).
func listening(t *testing.T) map[netip.AddrPort]bool {
	t.Helper()
	text, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[netip.AddrPort]bool)
	for row := range strings.Lines(string(text)) {
		f := strings.Fields(row)
		if len(f) < 4 || f[3] != "0A" {
			continue
		}
		host, port, _ := strings.Cut(f[1], ":")
		b, err := hex.DecodeString(host)
		n, err2 := strconv.ParseUint(port, 16, 16)
		if err != nil || err2 != nil || len(b) != 4 {
			continue
		}
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], binary.LittleEndian.Uint32(b))
		out[netip.AddrPortFrom(netip.AddrFrom4(a), uint16(n))] = true
	}
	return out
}

// capture records a case's network until it is stopped.
func capture(t *testing.T, file, network string) *process {
	t.Helper()
	p := start(t, "dumpcap", "-i", "lo", "-q", "-w", file, "-f", "tcp and net "+network)
	until(t, func() string { return "dumpcap does not start:\n" + p.stderr.String() }, func() bool {
		return strings.Contains(p.stderr.String(), "File: ")
	})
	time.Sleep(100 * time.Millisecond)
	return p
}

// settle is how long nothing may have been written to a capture for it to be
// over; noPackets is more than what dumpcap writes before the first packet.
const (
	settle    = 500 * time.Millisecond
	noPackets = 400
)

// settled waits for late FINs, and for dumpcap, which a busy machine delays.
func settled(t *testing.T, file string) {
	t.Helper()
	size, since := int64(0), time.Now()
	until(t, func() string { return "dumpcap captures nothing" }, func() bool {
		info, err := os.Stat(file)
		if err != nil {
			return false
		}
		if info.Size() != size {
			size, since = info.Size(), time.Now()
		}
		return size > noPackets && time.Since(since) >= settle
	})
}

// version is the first line of haproxy -v.
func version() string {
	out, err := exec.Command("haproxy", "-v").Output()
	if err != nil {
		return fmt.Sprint(err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}

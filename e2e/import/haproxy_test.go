//go:build linux

package import_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limit bounds whatever HAProxy is waited for.
const limit = 30 * time.Second

// proxy is the HAProxy that runs.
type proxy struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{}
	mu   sync.Mutex
	text bytes.Buffer
}

func startHAProxy(t *testing.T, env []string) *proxy {
	t.Helper()
	h := &proxy{t: t, cmd: exec.Command(haproxy, "-db", "-f", "/etc/haproxy/haproxy.cfg"), done: make(chan struct{})}
	h.cmd.Env = append(os.Environ(), env...)
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	pipe, err := h.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(pipe); s.Scan(); {
			h.mu.Lock()
			h.text.WriteString(s.Text() + "\n")
			h.mu.Unlock()
		}
		h.cmd.Wait()
		close(h.done)
	}()
	t.Cleanup(func() {
		h.cmd.Process.Kill()
		<-h.done
	})
	return h
}

func (h *proxy) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

func (h *proxy) until(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
		select {
		case <-h.done:
			h.t.Fatal("HAProxy has ended:\n" + h.said())
		default:
		}
	}
	h.t.Fatalf("HAProxy does not come to this: %s:\n%s", what, h.said())
}

// waits waits for a message of HAProxy.
func (h *proxy) waits(message string) {
	h.t.Helper()
	h.until(message, func() bool { return strings.Contains(h.said(), message) })
}

// listens waits for the ports of a configuration, and demands that there are no others.
func (h *proxy) listens(want []netip.AddrPort, servers map[netip.AddrPort]bool) {
	h.t.Helper()
	h.until(fmt.Sprint("listens on ", want), func() bool {
		open := listening(h.t)
		return !slices.ContainsFunc(want, func(a netip.AddrPort) bool { return !slices.Contains(open, a) })
	})
	for _, a := range listening(h.t) {
		if !servers[a] && !slices.Contains(want, a) {
			h.t.Errorf("HAProxy listens on %s, which expected.txt does not have", a)
		}
	}
}

// listening are the ports that are open (proc(5), /proc/net/tcp).
func listening(t *testing.T) []netip.AddrPort {
	t.Helper()
	const listen = "0A"
	var out []netip.AddrPort
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for row := range strings.Lines(string(text)) {
			f := strings.Fields(row)
			if len(f) < 4 || f[3] != listen {
				continue
			}
			host, port, _ := strings.Cut(f[1], ":")
			b, err := hex.DecodeString(host)
			n, err2 := strconv.ParseUint(port, 16, 16)
			if err != nil || err2 != nil {
				t.Fatalf("%s: %q", file, row)
			}
			for i := 0; i < len(b); i += 4 { // words in the order of the host
				binary.BigEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
			}
			a, _ := netip.AddrFromSlice(b)
			out = append(out, netip.AddrPortFrom(a, uint16(n)))
		}
	}
	return out
}

// version is that of HAProxy, such as 3.2.
func version(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(haproxy, "-v").Output()
	f := strings.Fields(string(out))
	if err != nil || len(f) < 3 {
		t.Fatalf("%s -v: %v: %s", haproxy, err, out)
	}
	return f[2]
}

// older reports whether a version comes before another one.
func older(a, b string) bool {
	var x, y [2]int
	fmt.Sscanf(a, "%d.%d", &x[0], &x[1])
	fmt.Sscanf(b, "%d.%d", &y[0], &y[1])
	return slices.Compare(x[:], y[:]) < 0
}

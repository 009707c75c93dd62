//go:build linux

// Package import_test runs configurations that were written by hand on a real HAProxy,
// as they are: in a network where every address is local, with their files below
// /etc/haproxy, with the certificates and servers that parts.txt lists. What asks.txt
// expects of each request is held against what the client saw, and the listeners of
// expected.txt against the ports that HAProxy opened. configs/README.md describes the
// files.
//
// It runs where FLOWC_E2E=1 asks for it, and needs haproxy, iproute2 and root, which
// makes it a network and mounts of its own. HAPROXY names another haproxy than that of
// the path; FLOWC_E2E_KEEP is a folder that keeps the captures with their key logs, and the
// models that they are held against. flowc verify compares the two.
package import_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var haproxy = cmp.Or(os.Getenv("HAPROXY"), "haproxy")

// inside is set for the tests that run in a network of their own.
const inside = "FLOWC_E2E_INSIDE"

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("not run: FLOWC_E2E=1 asks for the configurations on a real HAProxy")
		return 0
	}
	if os.Getenv(inside) == "" {
		return isolated()
	}
	dir, err := os.MkdirTemp("", "flowc-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := cmp.Or(buildFlowc(dir), furnish()); err != nil {
		fmt.Fprintln(os.Stderr, "FLOWC_E2E=1, and", err)
		return 1
	}
	return m.Run()
}

// isolated runs this test again with a network and mounts of its own
// (network_namespaces(7), mount_namespaces(7)), and returns its exit code.
func isolated() int {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "no network of its own:", err)
		return 1
	}
	return 0
}

// folders are those that a configuration finds empty, except for what is put there for it.
var folders = []string{"/etc/haproxy", "/run/haproxy", "/var/lib/haproxy"}

// furnish makes every address one of this network (ip-route(8), type local), and
// hides the folders that the configurations use.
func furnish() error {
	if _, err := exec.LookPath(haproxy); err != nil {
		return err
	}
	for _, args := range []string{
		// HAProxy connects to its servers from an address that nothing else has
		"link set lo up", "addr add 192.0.2.254/32 dev lo", "route add local 0.0.0.0/0 dev lo table local src 192.0.2.254", "-6 route add local ::/0 dev lo table local",
		"rule add pref 100 lookup local", "rule del pref 0", // what is unreachable comes before it
	} {
		if err := ip(args); err != nil {
			return err
		}
	}
	// a server may have any IPv6 address, too (ip-sysctl, ip_nonlocal_bind)
	if err := os.WriteFile("/proc/sys/net/ipv6/ip_nonlocal_bind", []byte("1"), 0o644); err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("no mounts of its own: %w", err)
	}
	for _, dir := range folders {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount("none", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	hosts, err := os.CreateTemp("", "flowc-e2e-hosts-")
	if err != nil {
		return err
	}
	defer hosts.Close()
	defer os.Remove(hosts.Name()) // the mount keeps it
	return syscall.Mount(hosts.Name(), "/etc/hosts", "", syscall.MS_BIND, "")
}

// ip runs ip(8).
func ip(args string) error {
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, out)
	}
	return nil
}

// TestConfigs runs each configuration. They follow one another: all of them have the
// same folders and ports.
func TestConfigs(t *testing.T) {
	files, err := filepath.Glob("configs/*/haproxy.cfg")
	if err != nil || len(files) == 0 {
		t.Fatal("no configuration was found:", err)
	}
	var table strings.Builder
	sum := figures{name: "all"}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			if c, ok := runConfig(t, dir); ok {
				sum.add(c)
				table.WriteString(c.String() + "\n")
			}
		})
	}
	t.Log(version(t) + "\n" + figuresHead + "\n" + table.String() + sum.String())
}

func runConfig(t *testing.T, dir string) (c figures, ok bool) {
	parts := readParts(t, filepath.Join(dir, "parts.txt"))
	if newer := parts.needs; newer != "" && older(version(t), newer) {
		t.Logf("needs HAProxy %s: not run on %s", newer, version(t))
		return c, false
	}
	want := readExpected(t, dir)
	asks := readAsks(t, filepath.Join(dir, "asks.txt"))
	if len(asks) < 6 {
		t.Errorf("%d asks: at least 6 are needed", len(asks))
	}
	place(t, dir)
	p := newPKI(t)
	parts.write(t, p)
	servers := parts.start(t, p)
	parts.cut(t)
	h := startHAProxy(t, parts.env)
	h.listens(want.listeners(), servers)
	for _, s := range parts.down {
		h.waits("Server " + s.name + " is DOWN")
	}
	base, stop := record(t, p)
	when := map[int]window{}
	for _, a := range asks {
		t.Run(fmt.Sprintf("%d", a.line), func(t *testing.T) {
			from := time.Now()
			defer func() { when[a.line] = window{from, time.Now()} }()
			got := a.run(t, p)
			if differs := a.differs(got); differs != "" {
				t.Errorf("%s:%d: %s\n%s\nseen was: %s", filepath.Join(dir, "asks.txt"), a.line, differs, a.text, got)
			}
		})
	}
	stop()
	if t.Failed() {
		t.Log("HAProxy said:\n" + h.said())
	}
	return capturedAsks(t, dir, base, when), true
}

// place puts all files of a configuration below /etc/haproxy.
func place(t *testing.T, dir string) {
	t.Helper()
	for _, f := range folders {
		entries, err := os.ReadDir(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if err := os.RemoveAll(filepath.Join(f, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.CopyFS("/etc/haproxy", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	// where HAProxy has put itself by chroot, and where its user makes sockets
	for _, d := range []string{"/var/lib/haproxy", "/run/haproxy"} {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

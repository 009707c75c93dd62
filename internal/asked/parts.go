package asked

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Parts is what stands around a configuration when it is asked: what a model adds to it.
type Parts struct {
	Needs   string            // the version of HAProxy that it needs; "" for any
	Servers []*Part           // in order
	Certs   []*Part           // in order
	CAs     map[string]string // the files of CAs by name; "" where none is written
	Down    []string          // BACKEND/SERVER
	Env     map[string]string
	Hosts   map[string]string // addresses of names
}

// Part is a server or a certificate.
type Part struct {
	Name, Address, Speaks string
	Words                 map[string]string
}

// PartsOf reads the parts.txt of a folder.
func PartsOf(t testing.TB, dir string) *Parts {
	t.Helper()
	p := &Parts{CAs: map[string]string{}, Env: map[string]string{}, Hosts: map[string]string{}}
	for _, l := range Lines(t, filepath.Join(dir, "parts.txt")) {
		x := &Part{Name: l.Words[1], Words: options(l.Words[2:])}
		switch l.Words[0] {
		case "needs":
			p.Needs = x.Name
		case "server":
			x.Address, x.Speaks = l.Words[2], l.Words[3]
			p.Servers = append(p.Servers, x)
		case "cert":
			p.Certs = append(p.Certs, x)
		case "ca":
			p.CAs[x.Name] = x.Words["file"]
		case "down":
			p.Down = append(p.Down, x.Name)
		case "env":
			name, v, _ := strings.Cut(x.Name, "=")
			p.Env[name] = v
		case "host":
			p.Hosts[x.Name] = l.Words[2]
		default:
			t.Fatalf("%s/parts.txt:%d: %q is not known", dir, l.N, l.Words[0])
		}
	}
	return p
}

// At are the servers at an address.
func (p *Parts) At(host string, port int) []*Part {
	host = first(p.Hosts[host], host)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		host = "[" + host + "]"
	}
	var out []*Part
	for _, x := range p.Servers {
		if x.Address == host+":"+strconv.Itoa(port) {
			out = append(out, x)
		}
	}
	return out
}

// certificate is a certificate by its name; nil for none.
func (p *Parts) certificate(name string) *Part {
	if i := slices.IndexFunc(p.Certs, func(x *Part) bool { return x.Name == name }); i >= 0 {
		return p.Certs[i]
	}
	return nil
}

// Open reads the files of a folder as they are at their places below /etc/haproxy.
func Open(dir string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		path = strings.TrimPrefix(path, "/etc/haproxy/")
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	}
}

// Folder lists the certificates that are put into a folder.
func (p *Parts) Folder(dir string) ([]string, error) {
	var out []string
	for _, x := range p.Certs {
		file := x.Words["file"]
		if rest, ok := strings.CutPrefix("/etc/haproxy/"+file, strings.TrimSuffix(dir, "/")+"/"); ok && file != "" && !strings.Contains(rest, "/") {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	if out == nil {
		return nil, os.ErrNotExist
	}
	return out, nil
}

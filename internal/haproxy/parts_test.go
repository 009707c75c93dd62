package haproxy_test

import (
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// parts is what stands around a configuration when it is asked: what a model adds to it.
type parts struct {
	servers []*part           // in order
	certs   []*part           // in order
	cas     map[string]string // the files of CAs by name; "" where none is written
	down    []string          // BACKEND/SERVER
	env     map[string]string
	hosts   map[string]string // addresses of names
}

// part is a server or a certificate.
type part struct {
	name, address, speaks string
	words                 map[string]string
}

func partsOf(t *testing.T, dir string) *parts {
	p := &parts{cas: map[string]string{}, env: map[string]string{}, hosts: map[string]string{}}
	for _, l := range linesOf(t, filepath.Join(dir, "parts.txt")) {
		x := &part{words: map[string]string{}}
		for _, w := range l.words[1:] {
			if k, v, ok := strings.Cut(w, "="); ok {
				x.words[k] = v
			}
		}
		x.name = first(l.words[1:]...)
		switch l.words[0] {
		case "server":
			x.address, x.speaks = l.words[2], l.words[3]
			p.servers = append(p.servers, x)
		case "cert":
			p.certs = append(p.certs, x)
		case "ca":
			p.cas[x.name] = x.words["file"]
		case "down":
			p.down = append(p.down, x.name)
		case "env":
			name, v, _ := strings.Cut(l.words[1], "=")
			p.env[name] = v
		case "host":
			p.hosts[x.name] = l.words[2]
		}
	}
	return p
}

// at are the servers at an address.
func (p *parts) at(host string, port int) []*part {
	host = first(p.hosts[host], host)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		host = "[" + host + "]"
	}
	var out []*part
	for _, x := range p.servers {
		if x.address == host+":"+strconv.Itoa(port) {
			out = append(out, x)
		}
	}
	return out
}

// certificate is a certificate by its name; nil for none.
func (p *parts) certificate(name string) *part {
	if i := slices.IndexFunc(p.certs, func(x *part) bool { return x.name == name }); i >= 0 {
		return p.certs[i]
	}
	return nil
}

// openIn reads the files of a folder as they are at their places below /etc/haproxy.
func openIn(dir string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		path = strings.TrimPrefix(path, "/etc/haproxy/")
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	}
}

// folder lists the certificates that the test puts into a folder.
func (p *parts) folder(dir string) ([]string, error) {
	var out []string
	for _, x := range p.certs {
		file := x.words["file"]
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

// readIn reads a configuration, and nothing beside it.
func readIn(t *testing.T, dir string, p *parts) *flow.Draft {
	t.Helper()
	open := openIn(dir)
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open, Folder: p.folder, Env: p.env})
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// draftOf reads a configuration, and adds what it does not say: who its servers are, the
// names in certificates and their issuers.
func draftOf(t *testing.T, dir string, p *parts) *flow.Draft {
	t.Helper()
	around := &surroundings{parts: p, draft: readIn(t, dir, p), known: map[string]string{}}
	for _, decl := range slices.Clone(around.draft.Declarations) {
		switch decl := decl.(type) {
		case *flow.BackendDraft:
			around.backend(decl)
		case *flow.CertificateDraft:
			around.certificate(decl)
		}
	}
	return around.draft
}

// surroundings adds parts to a draft.
type surroundings struct {
	*parts
	draft *flow.Draft
	known map[string]string // declarations that were added, by their parts
}

func (a *surroundings) backend(b *flow.BackendDraft) {
	for _, s := range b.Servers {
		if slices.Contains(a.down, first(b.Label, b.Name)+"/"+s.Name) {
			s.State = stated(flow.ServerDown)
		}
		for _, x := range a.at(s.Address, s.Port) {
			b.Speaks = stated(map[string]flow.Protocol{
				"http": flow.SpeaksHTTP, "https": flow.SpeaksHTTPS, "h2c": flow.SpeaksH2C, "tls": flow.SpeaksTLS, "lines": flow.SpeaksTCP, "redis": flow.SpeaksTCP,
			}[x.speaks])
			if cert := x.words["cert"]; cert != "" && len(b.End.Certificates) == 0 {
				b.End.Certificates = []flow.Ref{stated(a.declared(cert))}
			}
			if v := x.words["alpn"]; v != "" {
				b.End.ALPN = stated(strings.Split(v, ","))
			}
			if v := x.words["client"]; v != "" {
				b.End.ClientCertificate = stated(flow.ClientAuthDraft{Mode: flow.AuthRequired, CA: stated(a.ca(v))})
			}
			if x.words["proxy"] == "required" {
				b.AcceptProxy = stated(true)
			}
		}
	}
}

func (a *surroundings) certificate(c *flow.CertificateDraft) {
	for _, x := range a.certs {
		if file := x.words["file"]; file != "" && path.Base(file) == first(c.Label, c.Name) {
			a.known[x.name] = c.Name
			a.facts(c, x)
		}
	}
}

func (a *surroundings) facts(c *flow.CertificateDraft, x *part) {
	c.Names = nil
	for _, n := range strings.Split(x.words["names"], ",") {
		c.Names = append(c.Names, stated(n))
	}
	if x.words["expired"] != "" {
		c.Valid, c.To = stated(true), "2020-12-31"
	}
	c.Issuer = stated(a.ca(x.words["by"]))
}

// declared is the name of a certificate of the parts in the draft.
func (a *surroundings) declared(name string) string {
	x := a.parts.certificate(name)
	if x == nil {
		return ""
	}
	if known := a.known[name]; known != "" {
		return known
	}
	c := &flow.CertificateDraft{Decl: flow.Decl{Name: "part-" + name, Origin: flow.OriginStated}}
	a.known[name] = c.Name
	a.facts(c, x)
	a.draft.Declarations = append(a.draft.Declarations, c)
	return c.Name
}

// ca is the name of a CA of the parts in the draft: the one whose file the configuration
// names, or a private one that it does not know.
func (a *surroundings) ca(name string) string {
	file := path.Base(a.cas[name])
	own := "part-" + name
	for _, d := range a.draft.Declarations {
		if c, ok := d.(*flow.CADraft); ok && (c.Name == strings.TrimSuffix(file, path.Ext(file)) || c.Name == own) {
			return c.Name
		}
	}
	a.draft.Declarations = append(a.draft.Declarations, &flow.CADraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated}, Private: stated(true)})
	return own
}

func stated[T any](v T) flow.Fact[T] { return flow.Fact[T]{V: v, Origin: flow.OriginStated} }

package haproxy

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// certificates are what a crt word names: a file, or the files of a folder in the order
// of their names (HAProxy configuration manual, 5.1, crt). A folder that cannot be read
// is one certificate of which nothing is stated.
func (m *model) certificates(w haproxycfg.Word) []flow.Ref {
	var out []flow.Ref
	for _, name := range m.folderOf(w.Text, m.globalWord("crt-base")) {
		out = append(out, m.certificate(path.Join(w.Text, name), w.At))
	}
	if len(out) > 0 {
		return out
	}
	if strings.HasSuffix(w.Text, "/") {
		m.list(flow.LosesDetail, w.At, w.Text+": the certificates of the folder are not known")
	}
	m.absent(w.At, "certificate", w.Text, m.globalWord("crt-base"))
	return []flow.Ref{m.certificate(w.Text, w.At)}
}

// beside are the endings of files beside a certificate, which is in another one.
var beside = []string{".issuer", ".ocsp", ".sctl", ".key"}

// folderOf lists the certificates of a folder; none where it is none.
func (m *model) folderOf(name string, base string) []string {
	if m.folders == nil {
		return nil
	}
	for _, p := range m.candidates(name, []string{base}) {
		files, err := m.folders(p)
		if err != nil {
			continue
		}
		return slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(f, ".") || slices.Contains(beside, path.Ext(f)) })
	}
	return nil
}

// certificate declares the certificate of a file once, with what the file says of it
// where it can be read. Its key is never looked at.
func (m *model) certificate(name string, at source.Span) flow.Ref {
	name = strings.TrimPrefix(name, "@")
	if known, ok := m.certs[name]; ok {
		return ref(known, at)
	}
	own := m.names.free(m.names.certificates, stem(name), "certificate")
	m.certs[name] = own
	d := &flow.CertificateDraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated, At: at, Whole: at}}
	if own != name {
		d.Label = path.Base(name)
	}
	if f := m.fileOf(name, m.globalWord("crt-base")); f.src != nil {
		m.facts(d, f.src.Text, at)
	}
	m.draft.Declarations = append(m.draft.Declarations, d)
	return ref(own, at)
}

// facts reads the names, the issuer and the validity of the first certificate of a PEM
// file.
func (m *model) facts(d *flow.CertificateDraft, text string, at source.Span) {
	for rest, some := []byte(text), false; ; some = true {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if !some {
				m.report(haproxycfg.FaultFile, at, "give a PEM file with a certificate and its key", "%s is not a PEM file: HAProxy refuses the configuration", cmp.Or(d.Label, d.Name))
			}
			return
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return
		}
		names := c.DNSNames
		for _, ip := range c.IPAddresses {
			names = append(names, ip.String())
		}
		if len(names) == 0 && c.Subject.CommonName != "" {
			names = []string{c.Subject.CommonName}
		}
		for _, n := range names {
			d.Names = append(d.Names, flow.State(n, at))
		}
		d.Valid = flow.State(true, at)
		d.From, d.To = c.NotBefore.UTC().Format("2006-01-02"), c.NotAfter.UTC().Format("2006-01-02")
		return
	}
}

// authority declares the CA of a ca-file once.
func (m *model) authority(w haproxycfg.Word) flow.Ref {
	if known, ok := m.cas[w.Text]; ok {
		return ref(known, w.At)
	}
	m.absent(w.At, "ca-file", w.Text, m.globalWord("ca-base"))
	own := m.names.free(m.names.cas, stem(w.Text), "ca")
	m.cas[w.Text] = own
	d := &flow.CADraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated, At: w.At, Whole: w.At}, Is: stem(w.Text)}
	m.draft.Declarations = append(m.draft.Declarations, d)
	return ref(own, w.At)
}

// names are the names that declarations have. HAProxy's may have more characters than
// those of a model.
type names struct {
	nodes, routes, certificates, cas map[string]bool
}

func newNames() *names {
	return &names{nodes: map[string]bool{}, routes: map[string]bool{}, certificates: map[string]bool{}, cas: map[string]bool{}}
}

// plainName is a name with the characters that a model's names have.
func plainName(s, otherwise string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	out := strings.Trim(b.String(), "-.")
	if out == "" {
		return otherwise
	}
	return out
}

// free takes a name that nothing else has.
func (n *names) free(in map[string]bool, want, otherwise string) string {
	base := plainName(want, otherwise)
	name := base
	for i := 2; in[name]; i++ {
		name = base + "-" + strconv.Itoa(i)
	}
	in[name] = true
	return name
}

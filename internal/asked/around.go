package asked

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
)

// Around is what a model on top of a configuration states: who its servers are, the names
// in certificates and their issuers, who asks, and for what.
type Around struct {
	*Parts
	Draft *flow.Draft // what is added
	base  *flow.Draft // the configuration
	known map[string]string
}

// Around makes a model on top of a configuration.
func (p *Parts) Around(base *flow.Draft) *Around {
	a := &Around{Parts: p, base: base, known: map[string]string{}, Draft: &flow.Draft{Name: base.Name}}
	for _, d := range base.Declarations {
		if c, ok := d.(*flow.CertificateDraft); ok {
			a.certificate(c)
		}
	}
	for _, d := range base.Declarations {
		if b, ok := d.(*flow.BackendDraft); ok {
			a.backend(b)
		}
	}
	return a
}

func (a *Around) add(d flow.Declaration) { a.Draft.Declarations = append(a.Draft.Declarations, d) }

// spoken is what the servers of parts.txt speak.
var spoken = map[string]flow.Protocol{
	"http": flow.SpeaksHTTP, "https": flow.SpeaksHTTPS, "h2c": flow.SpeaksH2C, "tls": flow.SpeaksTLS, "lines": flow.SpeaksTCP, "redis": flow.SpeaksTCP,
}

// backend adds what the servers of a backend are.
func (a *Around) backend(base *flow.BackendDraft) {
	b := &flow.BackendDraft{Decl: flow.Decl{Name: base.Name, Origin: flow.OriginStated}}
	said := false
	for _, s := range base.Servers {
		if slices.Contains(a.Down, first(base.Label, base.Name)+"/"+s.Name) {
			b.Servers = append(b.Servers, &flow.ServerDraft{Decl: flow.Decl{Name: s.Name}, ServerFacts: flow.ServerFacts{State: stated(flow.ServerDown)}})
			said = true
		}
		for _, x := range a.At(s.Address, s.Port) {
			said = true
			a.speaks(b, x)
		}
	}
	if said {
		a.add(b)
	}
}

func (a *Around) speaks(b *flow.BackendDraft, x *Part) {
	b.Speaks = stated(spoken[x.Speaks])
	if cert := x.Words["cert"]; cert != "" && len(b.End.Certificates) == 0 {
		b.End.Certificates = []flow.Ref{stated(a.declared(cert))}
	}
	if v := x.Words["alpn"]; v != "" {
		b.End.ALPN = stated(strings.Split(v, ","))
	}
	if v := x.Words["client"]; v != "" {
		b.End.ClientCertificate = stated(flow.ClientAuthDraft{Mode: flow.AuthRequired, CA: stated(a.ca(v))})
	}
	if x.Words["proxy"] == "required" {
		b.AcceptProxy = stated(true)
	}
}

// certificate adds the facts of a certificate whose file the configuration names.
func (a *Around) certificate(base *flow.CertificateDraft) {
	for _, x := range a.Certs {
		if file := x.Words["file"]; file != "" && path.Base(file) == first(base.Label, base.Name) {
			a.known[x.Name] = base.Name
			a.add(a.facts(base.Name, base, x))
		}
	}
}

// facts are those of a certificate that its file does not say.
func (a *Around) facts(name string, read *flow.CertificateDraft, x *Part) *flow.CertificateDraft {
	c := &flow.CertificateDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated}}
	if read == nil || len(read.Names) == 0 {
		for _, n := range strings.Split(x.Words["names"], ",") {
			c.Names = append(c.Names, stated(n))
		}
	}
	if x.Words["expired"] != "" && (read == nil || !read.Valid.IsSet()) {
		c.Valid, c.To = stated(true), "2020-12-31"
	}
	c.Issuer = stated(a.ca(x.Words["by"]))
	return c
}

// declared is the name of a certificate of the parts in the model.
func (a *Around) declared(name string) string {
	x := a.Parts.certificate(name)
	if x == nil {
		return ""
	}
	if known := a.known[name]; known != "" {
		return known
	}
	a.known[name] = "part-" + name
	a.add(a.facts(a.known[name], nil, x))
	return a.known[name]
}

// ca is the name of a CA of the parts in the model: the one whose file the configuration
// names, or a private one that it does not know.
func (a *Around) ca(name string) string {
	file := path.Base(a.CAs[name])
	own := "part-" + name
	for _, d := range slices.Concat(a.base.Declarations, a.Draft.Declarations) {
		if c, ok := d.(*flow.CADraft); ok && (c.Name == strings.TrimSuffix(file, path.Ext(file)) || c.Name == own) {
			return c.Name
		}
	}
	a.add(&flow.CADraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated}, Private: stated(true)})
	return own
}

func stated[T any](v T) flow.Fact[T] { return flow.Fact[T]{V: v, Origin: flow.OriginStated} }

// Write is the model as a text beside the configuration.
func (a *Around) Write(config string) string {
	return "import " + strconv.Quote(config) + "\n\n" + flowtext.Write(a.Draft).Text
}

// Places are where things are of which the configuration states no address, or a name:
// NAME=ADDR.
func (a *Around) Places(q *Ask) []string {
	var out []string
	via := q.Via(a.base)
	for _, d := range a.base.Declarations {
		switch d := d.(type) {
		case *flow.ProxyDraft:
			if d.Name == via {
				out = append(out, via+"="+q.At)
			}
		case *flow.BackendDraft:
			for _, s := range d.Servers {
				if at := a.Hosts[s.Address]; at != "" {
					out = append(out, d.Name+"/"+s.Name+"="+at)
				}
			}
		}
	}
	return out
}

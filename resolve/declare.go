package resolve

import (
	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// declaration is how a top-level statement is read. Those that count in the
// entry file only are left alone in an imported one.
type declaration struct {
	entryOnly bool
	declare   func(r *resolver, l *line, imported bool)
}

var declarations = map[string]declaration{
	"import":      {false, func(*resolver, *line, bool) {}},
	"title":       {true, declareTitle},
	"date":        {true, declareDate},
	"zone":        {false, declareZone},
	"link":        {false, declareLink},
	"ca":          {false, declareCA},
	"certificate": {false, declareCertificate},
	"namespace":   {false, declareNamespace},
	"client":      {false, declareClient},
	"proxy":       {false, declareProxy},
	"backend":     {false, declareBackend},
	"route":       {false, declareRoute},
	"request":     {true, declareRequest},
	"view":        {true, declareView},
}

// header reads NAME ["Label"] of a declaration. Where the name is lost, which
// was reported, ok is false.
func (l *line) header(imported bool) (d flow.Decl, ok bool) {
	w, ok := l.name(isName)
	if !ok {
		return d, false
	}
	return l.decl(w, imported), true
}

// name reads the name of a declaration, which is that even if the rest of the
// line is broken.
func (l *line) name(valid func(string) bool) (*ast.Word, bool) {
	w, ok := l.take()
	if !ok {
		return nil, false
	}
	if !valid(w.Text) {
		if !l.s.Broken {
			l.r.misfit(w)
		}
		return nil, false
	}
	return w, true
}

func (l *line) decl(w *ast.Word, imported bool) flow.Decl {
	d := flow.Decl{Name: w.Text, At: w.At, Whole: l.s.At, Imported: imported}
	d.Label, _ = l.quoted()
	return d
}

// declare binds the name of a declaration and puts off its body until every
// name is known. Where the name is lost or taken, add is not called, but the
// body is read for what is wrong in it.
func declare[T any](l *line, s *scope[T], kind string, d flow.Decl, v T, add, body func()) {
	if s.bind(l.r, kind, d.Name, d.At, v) {
		add()
	}
	l.r.bodies = append(l.r.bodies, body)
}

// in reads [in ZONE]. Behind a name that is broken it is not looked for.
func (l *line) in() *flow.Zone {
	if _, ok := l.accept("in"); !ok || l.s.Broken {
		return nil
	}
	z, _ := read(l, findZone)
	return z.V
}

func declareTitle(r *resolver, l *line, _ bool) {
	if !l.s.Broken {
		title, _ := read(l, text)
		r.t.Title = title.V
	}
}

func declareDate(r *resolver, l *line, _ bool) {
	if !l.s.Broken {
		date, _ := read(l, text)
		r.t.Date = date.V
	}
}

var trust = choice(map[string]flow.Trust{"trusted": flow.Trusted, "untrusted": flow.Untrusted})

func declareZone(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.zones.holes = true
		return
	}
	z := &flow.Zone{Decl: d}
	declare(l, r.zones, "zone", d, z,
		func() { r.t.Zones = append(r.t.Zones, z) },
		func() {
			if l.peek() != nil && !l.s.Broken {
				z.Trust, _ = read(l, trust)
			}
		})
}

func declareLink(r *resolver, l *line, _ bool) {
	if l.s.Broken {
		return
	}
	r.bodies = append(r.bodies, func() { r.link(l) })
}

// link reads link ZONE ZONE trusted|untrusted.
func (r *resolver) link(l *line) {
	a, ok := read(l, findZone)
	if !ok {
		return
	}
	b, ok := read(l, findZone)
	if !ok {
		return
	}
	said, ok := read(l, trust)
	if !ok {
		return
	}
	if a.V == b.V {
		r.report(codeExclusive, b.At, "a link joins two zones, and both are %q", a.V.Name)
		return
	}
	for _, o := range r.t.Links {
		if o.A == a.V && o.B == b.V || o.A == b.V && o.B == a.V {
			d := r.report(codeDuplicate, l.s.Keyword.At, "the link between %q and %q is stated twice", a.V.Name, b.V.Name)
			d.Related = statedHere(o.At)
			if o.Trust.V == said.V && l.s.Trail == nil {
				d.Fix = diag.Delete(l.s.At)
			}
			return
		}
	}
	r.t.Links = append(r.t.Links, &flow.Link{A: a.V, B: b.V, Trust: said, At: l.s.At})
}

var caStatements = setters[*flow.CA]{
	"private": flag(func(c *flow.CA) *flow.Fact[bool] { return &c.Private }),
}

func declareCA(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.cas.holes = true
		return
	}
	c := &flow.CA{Decl: d}
	declare(l, r.cas, "ca", d, c,
		func() { r.t.CAs = append(r.t.CAs, c) },
		func() {
			if w, ok := l.accept("private"); ok {
				c.Private = flow.State(true, w.At)
			}
			caStatements.apply(r, l.s.Block, c)
		})
}

var certificateStatements = setters[*flow.Certificate]{
	"names":  many(host, func(c *flow.Certificate) *[]flow.Fact[string] { return &c.Names }),
	"issuer": one(findCA, func(c *flow.Certificate) *flow.Fact[*flow.CA] { return &c.Issuer }),
	"valid": func(l *line, c *flow.Certificate) {
		if p, ok := read(l, period); ok {
			c.Valid = flow.State(true, p.At)
			c.From, c.To = p.V.From, p.V.To
		}
	},
}

func declareCertificate(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.certificates.holes = true
		return
	}
	c := &flow.Certificate{Decl: d}
	declare(l, r.certificates, "certificate", d, c,
		func() { r.t.Certificates = append(r.t.Certificates, c) },
		func() { certificateStatements.apply(r, l.s.Block, c) })
}

var namespaceStatements = setters[*flow.Namespace]{
	"labels": func(l *line, n *flow.Namespace) { labels(l, &n.Labels) },
}

func declareNamespace(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		r.namespaces.holes = true
		return
	}
	n := &flow.Namespace{Decl: d}
	declare(l, r.namespaces, "namespace", d, n,
		func() { r.t.Namespaces = append(r.t.Namespaces, n) },
		func() { namespaceStatements.apply(r, l.s.Block, n) })
}

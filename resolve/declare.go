package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

// declarations is how top-level statements are read.
var declarations = map[string]func(r *reader, l *line){
	"import":      func(*reader, *line) {}, // package load has read it
	"title":       func(r *reader, l *line) { model(l, &r.draft.Title) },
	"date":        func(r *reader, l *line) { model(l, &r.draft.Date) },
	"defaults":    func(r *reader, l *line) { profile(l, &r.draft.Profile) },
	"zone":        declareZone,
	"link":        declareLink,
	"ca":          declareCA,
	"certificate": declareCertificate,
	"namespace":   declareNamespace,
	"client":      declareClient,
	"proxy":       declareProxy,
	"backend":     declareBackend,
	"route":       declareRoute,
	"request":     declareRequest,
	"view":        declareView,
}

// header reads NAME ["Label"] of a declaration. Where the name is lost, which
// was reported, ok is false.
func (l *line) header(kind flow.DeclKind, valid func(string) bool) (d flow.Decl, ok bool) {
	w, ok := l.name(valid)
	if !ok {
		if kind != flow.DeclView { // nothing names a view
			l.r.unnamed(kind)
		}
		return d, false
	}
	return l.decl(w), true
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

func (l *line) decl(w *ast.Word) flow.Decl {
	d := flow.Decl{Name: w.Text, Origin: l.r.origin, At: w.At, Whole: l.s.At}
	d.Label, _ = l.quoted()
	return d
}

// isName reports whether a word can be a name.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
		if !letter && (i == 0 || c != '.' && c != '-') {
			return false
		}
	}
	return s != ""
}

// in reads [in ZONE]. Behind a name that is broken it is not looked for.
func (l *line) in() flow.Ref {
	if _, ok := l.accept("in"); !ok || l.s.Broken {
		return flow.Ref{}
	}
	z, _ := read(l, text)
	return z
}

// model reads a statement about the model as a whole.
func model(l *line, into *string) {
	if !l.s.Broken {
		v, _ := read(l, text)
		*into = v.V
	}
}

// ProfileOf is the version of the proxies of a model that name no other; nil where its
// entry file says none.
func ProfileOf(f *ast.File) *flow.Profile {
	d, _ := Draft("", &ast.File{Source: f.Source, Items: slices.DeleteFunc(slices.Clone(f.Items), func(i ast.Item) bool {
		s, ok := i.(*ast.Statement)
		return !ok || s.Keyword == nil || s.Keyword.Text != "defaults"
	})}, nil)
	return d.Profile
}

// profile is defaults PRODUCT VERSION.
func profile(l *line, into **flow.Profile) {
	product, ok := read(l, text)
	version, ok2 := read(l, text)
	if ok && ok2 && !l.s.Broken {
		*into = flow.FindProfile(product.V, version.V)
	}
}

var trust = choice(map[string]flow.Trust{"trusted": flow.Trusted, "untrusted": flow.Untrusted})

func declareZone(r *reader, l *line) {
	d, ok := l.header(flow.DeclZone, isName)
	if !ok {
		return
	}
	z := &flow.ZoneDraft{Decl: d}
	if l.peek() != nil && !l.s.Broken {
		z.Trust, _ = read(l, trust)
	}
	r.add(z)
}

// declareLink reads link ZONE ZONE trusted|untrusted.
func declareLink(r *reader, l *line) {
	if l.s.Broken {
		return
	}
	x := &flow.LinkDraft{At: l.s.At, Keyword: l.s.Keyword.At}
	ok := true
	for _, end := range []*flow.Ref{&x.A, &x.B} {
		if ok {
			*end, ok = read(l, text)
		}
	}
	if ok {
		x.Trust, ok = read(l, trust)
	}
	if ok {
		r.add(x)
	}
}

var caStatements = setters[*flow.CADraft]{
	"private": flag(func(c *flow.CADraft) *flow.Fact[bool] { return &c.Private }),
}

func declareCA(r *reader, l *line) {
	if d, ok := l.header(flow.DeclCA, isName); ok {
		c := &flow.CADraft{Decl: d}
		if w, ok := l.accept("private"); ok {
			c.Private = flow.State(true, w.At)
		}
		caStatements.apply(r, l.s.Block, c)
		r.add(c)
	}
}

var certificateStatements = setters[*flow.CertificateDraft]{
	"names":  many(host, func(c *flow.CertificateDraft) *[]flow.Fact[string] { return &c.Names }),
	"issuer": name(func(c *flow.CertificateDraft) *flow.Ref { return &c.Issuer }),
	"valid": func(l *line, c *flow.CertificateDraft) {
		if p, ok := read(l, period); ok {
			c.Valid = flow.State(true, p.At)
			c.From, c.To = p.V.From, p.V.To
		}
	},
}

func declareCertificate(r *reader, l *line) {
	if d, ok := l.header(flow.DeclCertificate, isName); ok {
		c := l.r.rooms.certificates.One()
		c.Decl = d
		certificateStatements.apply(r, l.s.Block, c)
		r.add(c)
	}
}

var namespaceStatements = setters[*flow.NamespaceDraft]{
	"labels": func(l *line, n *flow.NamespaceDraft) { labels(l, &n.Labels) },
}

func declareNamespace(r *reader, l *line) {
	if d, ok := l.header(flow.DeclNamespace, isName); ok {
		n := &flow.NamespaceDraft{Decl: d}
		namespaceStatements.apply(r, l.s.Block, n)
		r.add(n)
	}
}

package haproxy

import (
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// bind is one address on which a unit takes connections.
type bind struct {
	address
	u           *unit
	line        *haproxycfg.Line
	tls         bool
	end         flow.ServerEndDraft
	acceptProxy flow.Fact[bool]
	own         []*ownTerms     // of crt-list lines
	shown       map[string]bool // certificates that are shown for their own names, or where no name fits
	refs        int             // servers that lead here
	behind      bool            // TLS ends in a second stage that is one port with this one
	second      *unit           // that stage
}

// ownTerms are what a line of a crt-list says of its names alone.
type ownTerms struct {
	hosts       []string
	said        map[string]bool // hosts of which a route says the terms
	certificate flow.Ref
	alpn        flow.Fact[[]string]
	auth        flow.Fact[flow.ClientAuthDraft]
	at          source.Span
}

// binds reads the bind lines of a unit, and the address of its head (of listen sections
// before 2.0).
func (m *model) binds(u *unit) {
	for _, l := range append(u.headBind(), u.section.Lines...) {
		if !l.Is("bind") || len(l.Words) < 2 {
			continue
		}
		at := strings.Split(l.Words[1].Text, ",")
		options := m.options(bindOptions, l.From(2), "bind")
		for _, text := range at {
			if p := addressProblem(text); p != nil {
				m.report(p.code, l.Words[1].At, p.Help, "%s", p.Message)
				continue
			}
			a, ok := m.addressOf(l.Words[1], text)
			if !ok {
				continue
			}
			switch {
			case a.quic:
				m.list(flow.LosesDetail, l.At, asWritten(l.At))
				continue
			case a.foreign != "":
				m.list(flow.ChangesRouting, l.At, asWritten(l.At))
				continue
			case a.socket == "" && a.port == 0:
				m.report(haproxycfg.FaultValue, l.Words[1].At, "write it as ADDRESS:PORT, for example :443", "%s has no port", l.Words[1].Text)
				continue
			}
			b := &bind{address: a, u: u, line: l, shown: map[string]bool{}}
			if slices.ContainsFunc(options, func(o option) bool { return o.name.Text == "v6only" }) && a.wildcard {
				b.host = "::"
			}
			m.bindOptions(b, options)
			u.binds = append(u.binds, b)
		}
	}
}

// headBind is the address behind the name of a section as a bind line. HAProxy 2.0 and later
// refuse it, which is reported; what it means is clear.
func (u *unit) headBind() []*haproxycfg.Line {
	words := u.section.Words
	if len(words) < 3 || words[2].Text == "from" || !strings.Contains(words[2].Text, ":") {
		return nil
	}
	return []*haproxycfg.Line{{Words: []haproxycfg.Word{{Text: "bind", At: words[2].At}, words[2]}, At: words[2].At}}
}

// versions of TLS by their names in HAProxy.
var versionNames = map[string]flow.Version{"TLSv1.0": flow.TLS10, "TLSv1.1": flow.TLS11, "TLSv1.2": flow.TLS12, "TLSv1.3": flow.TLS13, "SSLv3": flow.TLS10}

// versions are the versions of TLS that options leave.
type versions struct {
	min, max flow.Version
	at       source.Span
	set      bool
	ranged   bool // by ssl-min-ver or ssl-max-ver, beside which no-tlsv13 and the like count for nothing
}

// take reads an option about versions; it reports whether it is one.
func (v *versions) take(m *model, o option) bool {
	name := o.name.Text
	short := strings.NewReplacer("tlsv10", "TLSv1.0", "tlsv11", "TLSv1.1", "tlsv12", "TLSv1.2", "tlsv13", "TLSv1.3", "sslv3", "SSLv3")
	switch {
	case name == "ssl-min-ver" || name == "ssl-max-ver":
		known, ok := versionNames[o.arg.Text]
		if !ok {
			m.report(haproxycfg.FaultValue, o.arg.At, "write TLSv1.0, TLSv1.1, TLSv1.2 or TLSv1.3", "invalid TLS version %q", o.arg.Text)
			return true
		}
		v.ranged = true
		if name == "ssl-min-ver" {
			v.min = known
		} else {
			v.max = known
		}
	case strings.HasPrefix(name, "force-tlsv"):
		v.min = versionNames[short.Replace(strings.TrimPrefix(name, "force-"))]
		v.max = v.min
	case strings.HasPrefix(name, "no-tlsv") && v.ranged:
		m.list(flow.NoEffect, o.name.At, name+": ssl-min-ver or ssl-max-ver decides (measured with 2.6.12)")
		return true
	case strings.HasPrefix(name, "no-tlsv"):
		none := versionNames[short.Replace(strings.TrimPrefix(name, "no-"))]
		switch {
		case none == v.max:
			v.max = none - 1
		case none >= v.min:
			v.min = none + 1
		}
	case name == "no-sslv3", name == "force-sslv3":
		return true
	default:
		return false
	}
	v.at, v.set = o.name.At, true
	if o.arg.Text != "" {
		v.at.End = o.arg.At.End
	}
	return true
}

func (v *versions) fact() flow.Fact[flow.Versions] {
	if !v.set || v.min > v.max {
		return flow.Fact[flow.Versions]{}
	}
	return flow.State(flow.Versions{Min: v.min, Max: v.max}, v.at)
}

// defaultVersions are those of the global section for bind lines or servers. HAProxy's
// own least one is TLS 1.2 (since 2.2).
func (m *model) defaultVersions(line string) versions {
	v := versions{min: flow.TLS12, max: flow.TLS13}
	for _, l := range m.global {
		if l.Is(line) {
			for i := 1; i < len(l.Words); i++ {
				o := option{name: l.Words[i]}
				if i+1 < len(l.Words) && (o.name.Text == "ssl-min-ver" || o.name.Text == "ssl-max-ver") {
					i++
					o.arg = l.Words[i]
				}
				v.take(m, o)
			}
		}
	}
	return v
}

// bindOptions reads what a bind line says beside its address.
func (m *model) bindOptions(b *bind, options []option) {
	v := m.defaultVersions("ssl-default-bind-options")
	auth := flow.Fact[flow.ClientAuthDraft]{}
	ca := flow.Ref{}
	var lists []haproxycfg.Word
	for _, o := range options {
		switch o.name.Text {
		case "ssl":
			b.tls = true
		case "accept-proxy":
			b.acceptProxy = flow.State(true, o.name.At)
		case "crt", "default-crt":
			for _, c := range m.certificates(o.arg) {
				b.end.Certificates, b.shown[c.V] = append(b.end.Certificates, c), true
			}
		case "crt-list":
			lists = append(lists, o.arg)
		case "alpn":
			b.end.ALPN = alpnOf(o.arg)
		case "no-alpn":
			b.end.ALPN = flow.State[[]string](nil, o.name.At)
		case "curves", "ecdhe":
			b.end.Groups = groupsOf(o.arg)
		case "strict-sni":
			b.end.StrictSNI = flow.State(true, o.name.At)
		case "allow-0rtt":
			b.end.EarlyData = flow.State(true, o.name.At)
		case "ca-file":
			ca = m.authority(o.arg)
		case "verify":
			auth = m.verifies(o.arg)
		case "crt-ignore-err", "ca-ignore-err":
			m.list(flow.LosesDetail, o.name.At, asWritten(b.line.At)+": a client certificate that is not good ends the handshake here")
		case "proto":
			if o.arg.Text != "h1" && o.arg.Text != "h2" {
				m.list(flow.LosesDetail, b.line.At, asWritten(b.line.At))
			}
			if o.arg.Text == "h2" && !b.tls {
				m.list(flow.LosesDetail, b.line.At, asWritten(b.line.At))
			}
		default:
			v.take(m, o)
		}
	}
	if b.tls {
		b.end.TLS = v.fact()
	}
	if auth.IsSet() && auth.V.Mode != flow.AuthNone {
		auth.V.CA = ca
		b.end.ClientCertificate = auth
	}
	for _, w := range lists {
		m.crtList(b, w)
	}
	if b.tls && len(b.end.Certificates) == 0 && len(lists) == 0 {
		m.report(haproxycfg.FaultValue, b.line.At, "add: crt FILE", "this port ends TLS and has no certificate")
	}
}

// verifies is verify none, optional or required of a bind line.
func (m *model) verifies(w haproxycfg.Word) flow.Fact[flow.ClientAuthDraft] {
	modes := map[string]flow.AuthMode{"none": flow.AuthNone, "optional": flow.AuthOptional, "required": flow.AuthRequired}
	mode, ok := modes[w.Text]
	if !ok {
		m.report(haproxycfg.FaultValue, w.At, "write verify none, verify optional or verify required", "invalid value %q of verify", w.Text)
	}
	return flow.State(flow.ClientAuthDraft{Mode: mode}, w.At)
}

// alpnOf is a list of protocols. Of those that flowc does not know none is kept.
func alpnOf(w haproxycfg.Word) flow.Fact[[]string] {
	var out []string
	for _, p := range strings.Split(w.Text, ",") {
		if p = strings.TrimSpace(p); p == "h2" || p == "http/1.1" {
			out = append(out, p)
		}
	}
	return flow.State(out, w.At)
}

// groups of key exchange by their names in OpenSSL.
var groupNames = map[string]string{
	"X25519": "x25519", "P-256": "secp256r1", "prime256v1": "secp256r1", "secp256r1": "secp256r1", "P-384": "secp384r1", "secp384r1": "secp384r1",
	"P-521": "secp521r1", "secp521r1": "secp521r1", "X448": "x448",
}

func groupsOf(w haproxycfg.Word) flow.Fact[[]string] {
	var out []string
	for _, g := range strings.Split(w.Text, ":") {
		if name, ok := groupNames[g]; ok && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return flow.Fact[[]string]{}
	}
	return flow.State(out, w.At)
}

// crtList reads the lines of a crt-list: a certificate, options for it, and the names
// for which it is shown (HAProxy configuration manual, 5.1, crt-list).
func (m *model) crtList(b *bind, w haproxycfg.Word) {
	f := m.fileOf(w.Text, m.globalWord("crt-base"))
	if f.src == nil {
		if len(b.end.Certificates) == 0 {
			b.end.Certificates = append(b.end.Certificates, m.certificate(w.Text, w.At))
		}
		m.absent(w.At, "crt-list", w.Text, m.globalWord("crt-base"))
		m.list(flow.LosesDetail, w.At, "crt-list "+w.Text+": it cannot be read, and what it says of single certificates is not known")
		return
	}
	var alone []flow.Ref // of lines for names
	var all []*ownTerms  // of every line
	own := false         // lines for names say what is shown for these alone, as flowc writes them
	for n := 1; n <= f.src.Lines(); n++ {
		at := f.src.LineSpan(n)
		text := strings.TrimSpace(at.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		options := ""
		if open := strings.IndexByte(text, '['); open >= 0 {
			if shut := strings.IndexByte(text, ']'); shut > open {
				options, text = text[open+1:shut], text[:open]+" "+text[shut+1:]
			}
		}
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		ref := m.certificate(words[0], at)
		m.absent(w.At, "certificate", words[0], m.globalWord("crt-base"))
		terms := &ownTerms{certificate: ref, said: map[string]bool{}, at: at}
		for _, h := range words[1:] {
			if strings.HasPrefix(h, "!") {
				if h == "!*" && len(words) == 2 && len(b.end.Certificates) == 0 {
					own = true // shown where no name fits; its names are in another line, if at all
				} else {
					m.list(flow.LosesDetail, at, asWritten(at)+": a name that is left out is not kept")
				}
				continue
			}
			terms.hosts = append(terms.hosts, strings.ToLower(h))
		}
		m.crtOptions(terms, strings.Fields(options), at)
		all = append(all, terms)
		if len(terms.hosts) == 0 || !own {
			b.shown[ref.V] = true
		}
		if own && len(terms.hosts) > 0 {
			alone = append(alone, ref)
		} else {
			b.end.Certificates = withRef(b.end.Certificates, ref)
		}
		if len(terms.hosts) > 0 || terms.alpn.IsSet() || terms.auth.IsSet() {
			b.own = append(b.own, terms)
		}
	}
	for _, ref := range alone {
		b.end.Certificates = withRef(b.end.Certificates, ref)
	}
	m.saidOfAll(b, all)
}

// saidOfAll takes for the port what every line of a crt-list says alike, and lists what single
// lines without names say: it is for the names of their certificates.
func (m *model) saidOfAll(b *bind, all []*ownTerms) {
	differs := func(o *ownTerms) bool {
		return !o.alpn.IsSet() || !slices.Equal(o.alpn.V, all[0].alpn.V)
	}
	others := 0 // that name certificates on the bind line
	for _, w := range b.line.Words {
		if w.Text == "crt" || w.Text == "crt-list" {
			others++
		}
	}
	alike := others == 1 && len(all) > 0 && !slices.ContainsFunc(all, differs)
	if alike { // it counts before what the bind line says
		b.end.ALPN = all[0].alpn
	}
	for _, t := range all {
		if len(t.hosts) == 0 && (t.alpn.IsSet() && !alike || t.auth.IsSet()) {
			m.list(flow.LosesDetail, t.at, asWritten(t.at)+": what it says of the names of its certificate is not kept")
		}
		if alike {
			t.alpn = flow.Fact[[]string]{}
		}
	}
}

// withRef is a list that has a name.
func withRef(list []flow.Ref, ref flow.Ref) []flow.Ref {
	if slices.ContainsFunc(list, func(r flow.Ref) bool { return r.V == ref.V }) {
		return list
	}
	return append(list, ref)
}

func (m *model) crtOptions(t *ownTerms, words []string, at source.Span) {
	ca := flow.Ref{}
	for i := 0; i < len(words); i++ {
		w := haproxycfg.Word{At: at}
		if n := bindOptions[words[i]]; n == 1 && i+1 < len(words) {
			w.Text = words[i+1]
			i++
		}
		switch name := words[i-min(1, len(w.Text))]; name {
		case "alpn":
			t.alpn = alpnOf(w)
		case "verify":
			t.auth = m.verifies(w)
		case "ca-file":
			ca = m.authority(w)
		default:
			m.list(flow.LosesDetail, at, asWritten(at)+": "+name+" of single certificates is not kept")
		}
	}
	t.auth.V.CA = ca
}

// ref names a declaration that the configuration makes.
func ref(name string, at source.Span) flow.Ref { return flow.State(name, at) }

// stem is the name of a file without folder and ending.
func stem(file string) string {
	name := path.Base(file)
	if s := strings.TrimSuffix(name, path.Ext(name)); s != "" {
		return s
	}
	return name
}

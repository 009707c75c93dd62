package haproxy

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// model is a configuration in the reading.
type model struct {
	name         string
	cfg          *haproxycfg.Config
	folder       string // of the first file
	open         func(path string) ([]byte, error)
	folders      func(path string) ([]string, error) // nil where folders are not read
	findings     diag.List
	listed       []flow.Unmodelled
	places       map[source.Span]int  // of what is listed
	read         map[source.Span]bool // lines of a kind that is listed, of which nothing is lost
	units        []*unit
	fronts       map[string]*unit // frontends and listen sections by name
	backs        map[string]*unit
	defaults     map[string]*haproxycfg.Section
	global       []*haproxycfg.Line
	files        map[string]*file
	lines        map[*haproxycfg.Section]map[string][]*haproxycfg.Line // by their first word
	draft        *flow.Draft
	names        *names
	certs        map[string]string // names of certificates by file
	cas          map[string]string
	origin       *origins                   // of the declarations
	asking       map[*unit]*haproxycfg.Line // the last rule of each unit that may ask for the path
	askingBehind int                        // how many of these are not for clients alone
	timeless     bool                       // timeouts are missing, which is reported
}

// unit is a frontend, a backend or a listen section, with the defaults that hold for
// it.
type unit struct {
	m        *model
	section  *haproxycfg.Section
	defaults []*haproxycfg.Section // its own first, then those which these come from
	name     string
	http     bool
	upgraded bool // mode tcp, and requests are read behind it
	front    bool
	back     bool
	disabled bool
	binds    []*bind
	servers  []*server
	acls     map[string][]*haproxycfg.Line
}

// mostFound is how many findings of what a configuration means are reported.
const mostFound = 500

// full reports whether no further finding is reported.
func (m *model) full() bool { return len(m.findings) >= mostFound }

func (m *model) report(code haproxycfg.Code, at source.Span, help, format string, args ...any) {
	if m.full() {
		return
	}
	m.findings = append(m.findings, diag.Diagnostic{
		Code: diag.Code(code), Severity: diag.Error, At: at, Message: fmt.Sprintf(format, args...), Help: help,
	})
}

// warn reports what HAProxy takes in another way than it looks, or may refuse.
func (m *model) warn(code haproxycfg.Code, at source.Span, help, format string, args ...any) {
	if m.full() {
		return
	}
	m.findings = append(m.findings, diag.Diagnostic{
		Code: diag.Code(code), Severity: diag.Warning, At: at, Message: fmt.Sprintf(format, args...), Help: help,
	})
}

// list notes what was read and is not in the model.
func (m *model) list(kind flow.UnmodelledKind, at source.Span, what string) {
	if i, known := m.places[at]; known {
		m.listed[i].Kind = max(m.listed[i].Kind, kind)
		return
	}
	m.places[at] = len(m.listed)
	m.listed = append(m.listed, flow.Unmodelled{At: at, What: withoutSecrets(what), Kind: kind})
}

// asWritten is a line as it is written, on one line.
func asWritten(at source.Span) string { return strings.Join(strings.Fields(at.Text()), " ") }

// listLine notes a line.
func (m *model) listLine(kind flow.UnmodelledKind, l *haproxycfg.Line) {
	if l.Is("stats", "auth") { // the word behind it is a password
		m.list(kind, l.At, "stats auth")
		return
	}
	m.list(kind, l.At, asWritten(l.At))
}

// sort divides the configuration into units.
func (m *model) sort() {
	var last *haproxycfg.Section // the anonymous defaults that hold, or the last named one
	for _, s := range m.cfg.Sections {
		switch s.Kind {
		case "global":
			m.global = append(m.global, s.Lines...)
		case "defaults":
			if i := fromOf(s); i > 0 {
				m.named(s.Words[i])
			}
			if s.Name != "" {
				if other := m.defaults[s.Name]; other != nil {
					m.twice(s, other)
				}
				m.defaults[s.Name] = s
			}
			last = s
		case "frontend", "backend", "listen":
			m.unit(s, last)
		case "":
		default:
			switch s.SectionEffect() {
			case haproxycfg.EffectLossy:
				m.list(flow.LosesDetail, s.At, asWritten(s.At))
				m.each(s, "peer")
			case haproxycfg.EffectRouting:
				m.list(flow.ChangesRouting, s.At, asWritten(s.At))
			case haproxycfg.EffectHarmless, haproxycfg.EffectRead:
				m.list(flow.NoEffect, s.At, asWritten(s.At))
				for _, l := range s.Lines {
					m.listLine(flow.NoEffect, l)
				}
			}
		}
	}
}

// each lists the lines of a section that begin with a word. Others may be secrets.
func (m *model) each(s *haproxycfg.Section, first string) {
	for _, l := range s.Lines {
		if l.Is(first) {
			m.listLine(flow.LosesDetail, l)
		}
	}
}

func (m *model) twice(s, other *haproxycfg.Section) {
	m.findings = append(m.findings, diag.Diagnostic{
		Code: diag.Code(haproxycfg.FaultTwice), Severity: diag.Error, At: s.Words[1].At,
		Message: fmt.Sprintf("%s %s is there already, in %s", s.Kind, s.Name, m.lineOf(other.At)), Help: "give one of them another name",
		Related: []diag.Related{{At: other.At, Message: "the first one"}},
	})
}

// lineOf is the line of a place, and its file where there are several.
func (m *model) lineOf(at source.Span) string {
	line := fmt.Sprintf("line %d", at.File.Position(at.Start).Line)
	if len(m.cfg.Files) > 1 {
		line += " of " + at.File.Name
	}
	return line
}

// fromOf is which word of a section's first line names its defaults; 0 for none.
func fromOf(s *haproxycfg.Section) int {
	i := slices.IndexFunc(s.Words, func(w haproxycfg.Word) bool { return w.Text == "from" })
	if i > 0 && i+1 < len(s.Words) {
		return i + 1
	}
	return 0
}

// unit reads the head of a proxy section.
func (m *model) unit(s, last *haproxycfg.Section) {
	u := &unit{m: m, section: s, name: s.Name, front: s.Kind != "backend", back: s.Kind != "frontend", acls: map[string][]*haproxycfg.Line{}}
	m.inherit(u, last)
	u.mode()
	if u.front {
		if other := m.fronts[u.name]; other != nil && u.name != "" {
			m.twice(s, other.section)
		}
		m.fronts[u.name] = u
	}
	if u.back {
		if other := m.backs[u.name]; other != nil && u.name != "" {
			m.twice(s, other.section)
		}
		m.backs[u.name] = u
	}
	m.units = append(m.units, u)
	for _, l := range u.inherited("acl") {
		u.acls[l.Arg(1)] = append(u.acls[l.Arg(1)], l)
	}
	_, u.disabled = u.flag("disabled", "enabled")
}

// inherit finds the defaults of a unit: those that it names, or the last ones before
// it (HAProxy configuration manual, 4: defaults).
func (m *model) inherit(u *unit, last *haproxycfg.Section) {
	next := last
	if i := fromOf(u.section); i > 0 {
		next = m.named(u.section.Words[i])
	}
	for next != nil && !slices.Contains(u.defaults, next) {
		u.defaults = append(u.defaults, next)
		i := fromOf(next)
		if i == 0 {
			break
		}
		next = m.defaults[next.Words[i].Text]
	}
}

func (m *model) named(w haproxycfg.Word) *haproxycfg.Section {
	if s := m.defaults[w.Text]; s != nil {
		return s
	}
	var known []string
	for name := range m.defaults {
		known = append(known, name)
	}
	slices.Sort(known)
	m.report(haproxycfg.FaultUnknown, w.At, suggestion(w.Text, known, "write it before this section"), "no defaults section before this line is called %q", w.Text)
	return nil
}

// suggestion is a help line that names the nearest of what is known.
func suggestion(word string, known []string, otherwise string) string {
	if near, ok := spell.Nearest(word, known); ok {
		return "did you mean " + near + "?"
	}
	if len(known) > 0 && len(known) <= 8 {
		return "there are: " + strings.Join(known, ", ")
	}
	return otherwise
}

// mode reads mode http or tcp. Without one it is tcp.
func (u *unit) mode() {
	l := u.last("mode")
	if l == nil {
		return
	}
	switch l.Arg(1) {
	case "http":
		u.http = true
	case "tcp":
	case "log", "spop", "haterm", "health":
		u.m.listLine(flow.LosesDetail, l)
	default:
		u.m.report(haproxycfg.FaultValue, l.Words[min(1, len(l.Words)-1)].At, "write mode http or mode tcp", "invalid mode %q", l.Arg(1))
	}
}

// upgrades finds the frontends of mode tcp all of whose backends are mode http, and that are
// not meant for TLS: HAProxy reads requests there, and asks the frontend's own rules for
// requests, of which it warns that it ignores them; it ignores its statistics alone (measured
// with 2.6.12; what is no request gets 400).
func (m *model) upgrades() {
	for _, u := range m.units {
		if !u.front || u.http {
			continue
		}
		uses := u.inherited("use_backend", "default_backend")
		relays := func(l *haproxycfg.Line) bool { b := m.backs[l.Arg(1)]; return b == nil || !b.http }
		if len(uses) > 0 && !slices.ContainsFunc(uses, relays) && !u.meetsTLS() {
			u.http, u.upgraded = true, true
		}
	}
}

// meetsTLS reports whether a unit of mode tcp is meant to relay TLS: it has a test of a
// ClientHello, or a port at which TLS is spoken, and does not end it.
func (u *unit) meetsTLS() bool {
	looks := func(l *haproxycfg.Line) bool {
		return strings.Contains(l.At.Text(), "req.ssl_") || strings.Contains(l.At.Text(), "req_ssl_")
	}
	return slices.ContainsFunc(u.inherited("acl", "use_backend", "tcp-request"), looks) ||
		slices.ContainsFunc(u.binds, func(b *bind) bool { return !b.tls && spoken[b.port].TLS() })
}

// last returns the line that holds of those which begin with words: the unit's own
// last one, else that of its defaults; nil for none.
func (u *unit) last(words ...string) *haproxycfg.Line {
	for _, s := range u.layers() {
		for _, l := range slices.Backward(u.m.linesOf(s, words[0])) {
			if l.Is(words...) {
				return l
			}
		}
	}
	return nil
}

// layers are the section of the unit, and its defaults, the nearest first.
func (u *unit) layers() []*haproxycfg.Section {
	return append([]*haproxycfg.Section{u.section}, u.defaults...)
}

// linesOf are the lines of a section that begin with a word, in order. A defaults
// section is asked for each of its many units.
func (m *model) linesOf(s *haproxycfg.Section, first string) []*haproxycfg.Line {
	index := m.lines[s]
	if index == nil {
		index = map[string][]*haproxycfg.Line{}
		for _, l := range s.Lines {
			index[l.Arg(0)] = append(index[l.Arg(0)], l)
		}
		m.lines[s] = index
	}
	return index[first]
}

// inherited are the lines that begin with one of some words, those of defaults before
// the unit's own.
func (u *unit) inherited(first ...string) []*haproxycfg.Line {
	var out []*haproxycfg.Line
	for _, s := range slices.Backward(u.layers()) {
		own := len(out)
		for _, w := range first {
			out = append(out, u.m.linesOf(s, w)...)
		}
		if len(first) > 1 {
			slices.SortFunc(out[own:], func(a, b *haproxycfg.Line) int { return cmp.Compare(a.At.Start, b.At.Start) })
		}
	}
	return out
}

// option returns the line of an option that is on; nil where it is off.
func (u *unit) option(name string) *haproxycfg.Line {
	l, _ := u.latest([]string{"option", name}, []string{"no", "option", name})
	return l
}

// lastOption returns the last line with one of some options in the nearest section that
// has any; nil for none.
func (u *unit) lastOption(names map[string]string) *haproxycfg.Line {
	for _, s := range u.layers() {
		for _, l := range slices.Backward(u.m.linesOf(s, "option")) {
			if _, ok := names[l.Arg(1)]; ok {
				return l
			}
		}
	}
	return nil
}

// latest returns the line that holds of those which begin with some words, or take them
// back with others; on is false where there is none, or the last one takes it back.
func (u *unit) latest(set, unset []string) (l *haproxycfg.Line, on bool) {
	for _, s := range u.layers() {
		at := -1
		for _, o := range u.m.linesOf(s, set[0]) {
			if o.Is(set...) {
				l, on, at = o, true, o.At.Start
			}
		}
		for _, o := range u.m.linesOf(s, unset[0]) {
			if o.Is(unset...) && o.At.Start > at {
				l, on, at = nil, false, o.At.Start
			}
		}
		if at >= 0 {
			return l, on
		}
	}
	return nil, false
}

// flag returns the line of a word that another one takes back, and whether it holds.
func (u *unit) flag(on, off string) (*haproxycfg.Line, bool) {
	return u.latest([]string{on}, []string{off})
}

// file is a file that the configuration names.
type file struct {
	src *source.File
	err error
}

// fileOf reads a file that the configuration names: at its path from the folder of the
// configuration, or beside the configuration by its name alone, where copies of what
// another machine has are put.
func (m *model) fileOf(name string, base ...string) *file {
	key := strings.Join(append([]string{name}, base...), "\x00")
	if f := m.files[key]; f != nil {
		return f
	}
	f := &file{}
	m.files[key] = f
	tried := m.candidates(name, base)
	for _, p := range tried {
		data, err := m.open(p)
		if err == nil {
			f.src, f.err = source.NewFile(p, string(data)), nil
			return f
		}
		f.err = cmp.Or(f.err, err)
	}
	return f
}

// candidates are the paths at which a file may be.
func (m *model) candidates(name string, base []string) []string {
	full := name
	if !path.IsAbs(name) && len(base) > 0 && base[0] != "" {
		full = path.Join(base[0], name)
	}
	// the last parts of its path, below the folder of the configuration
	parts := strings.Split(strings.Trim(path.Clean(full), "/"), "/")
	if !path.IsAbs(full) {
		full = path.Join(m.folder, full)
	}
	out := []string{path.Clean(full)}
	for n := min(3, len(parts)); n > 0; n-- {
		p := path.Join(append([]string{m.folder}, parts[len(parts)-n:]...)...)
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// globalWord is the first argument of a line of the global section; "" for none.
func (m *model) globalWord(first string) string {
	for _, l := range slices.Backward(m.global) {
		if l.Is(first) {
			return l.Arg(1)
		}
	}
	return ""
}

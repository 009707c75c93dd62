package haproxy

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// faults reports what HAProxy refuses or warns of, and no model shows: names that
// nothing has, files, modes, what is missing. What lines are made of is reported with
// the text.
func (m *model) faults() {
	m.nothing()
	m.rulesOfDefaults()
	names := m.sectionNames()
	for _, u := range m.units {
		m.faultsOf(u, names)
	}
	m.missingTimeouts()
	m.portsTwice()
	m.circles()
	for _, l := range m.global {
		if l.Is("lua-load") || l.Is("lua-load-per-thread") {
			m.absent(l.At, "the script", l.Arg(1), m.globalWord("default-path"))
		}
	}
}

// rulesOfDefaults reports rules in defaults sections where HAProxy refuses them: in one
// without a name, and in one that both frontends and backends have (configuration manual, 4,
// "defaults"; the same with 2.6.12 and 3.2).
func (m *model) rulesOfDefaults() {
	fronts, backs := map[*haproxycfg.Section]*unit{}, map[*haproxycfg.Section]*unit{}
	for _, u := range m.units {
		for _, s := range u.defaults {
			if u.front {
				fronts[s] = u
			}
			if u.back {
				backs[s] = u
			}
		}
	}
	for _, s := range m.cfg.Sections {
		if s.Kind != "defaults" {
			continue
		}
		i := slices.IndexFunc(s.Lines, func(l *haproxycfg.Line) bool { return slices.Contains(rulesOf, l.Arg(0)) })
		if i < 0 {
			continue
		}
		l := s.Lines[i]
		switch front, back := fronts[s], backs[s]; {
		case s.Name == "":
			m.report(haproxycfg.FaultKeyword, l.Words[0].At, "give the section a name: defaults NAME", "%s is not allowed in a defaults section without a name: HAProxy refuses it", l.Arg(0))
		case front != nil && front == back:
			m.report(haproxycfg.FaultKeyword, l.Words[0].At, "move its rules to the sections that need them", "defaults %s has rules, and %s %s cannot have such defaults: HAProxy refuses that", s.Name, front.section.Kind, front.name)
		case front != nil && back != nil:
			m.report(haproxycfg.FaultKeyword, l.Words[0].At, "move its rules to the sections that need them", "defaults %s has rules, and frontends and backends have it, such as %s and %s: HAProxy refuses that", s.Name, front.name, back.name)
		}
	}
}

// rulesOf are the rules that a defaults section can have since 2.6.
var rulesOf = []string{"http-request", "http-response", "http-after-response", "tcp-request", "tcp-response"}

// sectionNames are the names of sections by their kind.
func (m *model) sectionNames() map[string][]string {
	out := map[string][]string{}
	for _, s := range m.cfg.Sections {
		out[s.Kind] = append(out[s.Kind], s.Name)
	}
	return out
}

// nothing reports a configuration in which nothing listens.
func (m *model) nothing() {
	if len(m.cfg.Findings) > 0 || len(m.cfg.Files) == 0 {
		return
	}
	f := m.cfg.Files[0]
	at := f.Span(0, 0)
	switch {
	case slices.ContainsFunc(m.units, func(u *unit) bool { return u.front }):
	case strings.TrimSpace(f.Text) == "" && len(m.cfg.Files) == 1:
		m.report(haproxycfg.FaultSyntax, at, "begin with a section: global, defaults, frontend, backend or listen", "the file is empty")
	case len(m.cfg.Sections) == 0:
		m.report(haproxycfg.FaultSyntax, at, "begin with a section: global, defaults, frontend, backend or listen", "no section is in the file")
	case len(m.units) == 0:
		m.warn(haproxycfg.FaultSyntax, at, "add a frontend or listen section with a bind line", "no frontend and no listen section is there: HAProxy does not start")
	}
}

// faultsOf reports the faults of a unit.
func (m *model) faultsOf(u *unit, names map[string][]string) {
	m.namesOfACLs(u, names)
	if u.front && len(u.binds) == 0 && !u.disabled && !slices.ContainsFunc(u.section.Lines, func(l *haproxycfg.Line) bool { return l.Is("bind") }) && len(u.section.Words) < 3 && !m.torn(u.section) {
		m.warn(haproxycfg.FaultValue, u.section.At, "add: bind ADDRESS:PORT", "%s %s has no bind line: it takes no connections, and HAProxy warns", u.section.Kind, u.name)
	}
	said := map[string]bool{} // as HAProxy does it: once of a section
	for _, l := range u.section.Lines {
		if m.full() {
			return
		}
		if !u.http || u.upgraded {
			m.needsHTTP(u, l, said)
		}
		switch {
		case l.Is("bind"):
			m.namedBind(l)
		case l.Is("errorfile") && len(l.Words) > 2:
			m.absent(l.At, "errorfile", l.Arg(2), m.globalWord("default-path"))
		case l.Is("use-server") && len(l.Words) > 1 && !strings.Contains(l.Arg(1), "%["):
			m.usedServer(u, l.Words[1])
		}
	}
	for _, s := range u.servers {
		m.faultsOfServer(s, names)
	}
}

// torn reports whether a line of a section could not be read.
func (m *model) torn(s *haproxycfg.Section) bool {
	if len(m.cfg.Findings) == 0 {
		return false
	}
	end := len(s.At.File.Text)
	for _, o := range m.cfg.Sections {
		if o.At.File == s.At.File && o.At.Start > s.At.Start {
			end = min(end, o.At.Start)
		}
	}
	return slices.ContainsFunc([]diag.Diagnostic(m.cfg.Findings), func(d diag.Diagnostic) bool {
		return d.At.File == s.At.File && s.At.Start <= d.At.Start && d.At.Start < end
	})
}

// namesOfACLs reports ACLs that are used before they are declared, and userlists that
// are not there. Rules that decide where requests go report unknown names themselves.
func (m *model) namesOfACLs(u *unit, names map[string][]string) {
	declared := map[string]bool{}
	for _, s := range u.defaults {
		for _, l := range m.linesOf(s, "acl") {
			declared[l.Arg(1)] = true
		}
	}
	for _, l := range u.section.Lines {
		if l.Is("acl") && len(l.Words) > 2 {
			declared[l.Arg(1)] = true
			m.userlist(l.Words[2], names)
			continue
		}
		_, words := haproxycfg.SplitCondition(l.Words)
		if len(words) == 0 {
			continue
		}
		cond, _, _ := haproxycfg.ParseCondition(words)
		if cond == nil {
			continue
		}
		for _, t := range slices.Concat(cond.Any...) {
			switch {
			case t.Test != nil:
				m.userlist(t.Words[0], names)
			case !declared[t.Name] && len(u.acls[t.Name]) > 0:
				m.report(haproxycfg.FaultUnknown, t.At, "move its line above this one", "ACL %s is declared below, in %s: HAProxy reads from top to bottom", t.Name, m.lineOf(u.acls[t.Name][0].At))
			}
		}
	}
}

// userlist reports a test of a userlist that is not there.
func (m *model) userlist(w haproxycfg.Word, names map[string][]string) {
	e, _, ok := haproxycfg.ParseExpr(w.Text)
	if !ok || e[0].Name != "http_auth" && e[0].Name != "http_auth_group" {
		return
	}
	if name := e[0].Arg(0); !slices.Contains(names["userlist"], name) {
		m.report(haproxycfg.FaultUnknown, w.At, suggestion(name, names["userlist"], "add: userlist "+name), "there is no userlist %q", name)
	}
}

// missingTimeouts reports missing timeouts, without which HAProxy warns and may wait for
// ever: once where many sections of one defaults section have none.
func (m *model) missingTimeouts() {
	type group struct {
		units   []*unit
		missing []string // of any of them
	}
	groups := map[*haproxycfg.Section]*group{}
	for _, u := range m.units {
		missing := u.missingTimeouts()
		if len(missing) == 0 || u.disabled || len(u.defaults) == 0 {
			continue
		}
		g := groups[u.defaults[0]]
		if g == nil {
			g = &group{}
			groups[u.defaults[0]] = g
		}
		g.units = append(g.units, u)
		for _, k := range missing {
			if !slices.Contains(g.missing, k) {
				g.missing = append(g.missing, k)
			}
		}
	}
	for _, u := range m.units {
		missing := u.missingTimeouts()
		if len(missing) == 0 || u.disabled {
			continue
		}
		m.timeless = true
		if len(u.defaults) > 0 && len(groups[u.defaults[0]].units) >= manySections {
			if g := groups[u.defaults[0]]; g.units[0] == u {
				m.warn(haproxycfg.FaultValue, u.defaults[0].At, "add to it: "+strings.Join(g.missing, " TIME, ")+" TIME",
					"%d sections with these defaults have no %s: HAProxy warns, and waits without a limit", len(g.units), strings.Join(g.missing, " or no "))
			}
			continue
		}
		m.warn(haproxycfg.FaultValue, u.section.At, "add to it or to its defaults: "+strings.Join(missing, " TIME, ")+" TIME", "%s %s has no %s: HAProxy warns, and waits without a limit", u.section.Kind, u.name, strings.Join(missing, " and no "))
	}
}

// manySections are as many sections as miss the same that it is said of their defaults.
const manySections = 3

// missingTimeouts are the timeouts without which HAProxy warns about a section.
func (u *unit) missingTimeouts() []string {
	var missing []string
	need := func(when bool, kinds ...string) {
		for _, k := range kinds {
			if when && u.last("timeout", k) == nil && u.last(old[k]) == nil {
				missing = append(missing, "timeout "+k)
			}
		}
	}
	need(u.front && len(u.binds) > 0, "client")
	need(u.back && len(u.servers) > 0, "connect", "server")
	return missing
}

// old are the names that timeouts had before HAProxy 1.3.
var old = map[string]string{"client": "clitimeout", "connect": "contimeout", "server": "srvtimeout"}

// ofHTTP are the keywords that do nothing in mode tcp.
var ofHTTP = []string{"http-request", "http-response", "http-after-response", "redirect", "cookie", "monitor-uri"}

// needsHTTP reports lines that need mode http, in a section of mode tcp.
func (m *model) needsHTTP(u *unit, l *haproxycfg.Line, said map[string]bool) {
	if slices.Contains(ofHTTP, l.Arg(0)) {
		if !u.upgraded {
			m.listLine(flow.NoEffect, l)
		}
		if said[l.Arg(0)] {
			return
		}
		said[l.Arg(0)] = true
		does := "HAProxy warns and ignores it"
		if u.upgraded && !l.Is("cookie") {
			does = "HAProxy warns that it ignores it, and applies it, as its backends are mode http"
		}
		m.warn(haproxycfg.FaultMode, l.At, "add: mode http", "%s needs mode http, and %s %s is mode tcp: %s", l.Arg(0), u.section.Kind, u.name, does)
		return
	}
	if !l.Is("use_backend") || u.waits() {
		return
	}
	_, words := haproxycfg.SplitCondition(l.Words)
	if len(words) == 0 {
		return
	}
	cond, _, _ := haproxycfg.ParseCondition(words)
	if cond == nil {
		return
	}
	for _, t := range slices.Concat(cond.Any...) {
		if t.Test == nil {
			continue
		}
		if u.readsNone(t.Test.Expr) {
			m.warn(haproxycfg.FaultMode, t.At, "add: mode http", "%s needs a request, and %s %s is mode tcp and does not wait for one: the test never holds", t.Test.Expr.Canonical().Fetch().Name, u.section.Kind, u.name)
		}
	}
}

// namedBind reports a bind line with the name of a host, which HAProxy resolves when it
// starts.
func (m *model) namedBind(l *haproxycfg.Line) {
	if len(l.Words) < 2 {
		return
	}
	for _, b := range strings.Split(l.Words[1].Text, ",") {
		text, missing := m.cfg.Expand(b)
		host, _, ok := strings.Cut(text, ":")
		if missing != "" || !ok || strings.Contains(text, "@") || strings.Count(text, ":") > 1 || strings.Trim(host, "0123456789.*[]") == "" || host == "localhost" || addressProblem(b) != nil || strings.HasPrefix(text, "/") {
			continue
		}
		m.warn(haproxycfg.FaultValue, l.Words[1].At, "write the address", "HAProxy resolves %s when it starts, and refuses the configuration where the name has no address of this machine", host)
	}
}

// usedServer reports a use-server of a server that is not there.
func (m *model) usedServer(u *unit, w haproxycfg.Word) {
	if slices.ContainsFunc(u.servers, func(s *server) bool { return s.name == w.Text }) {
		return
	}
	var known []string
	for _, s := range u.servers {
		known = append(known, s.name)
	}
	if !m.full() {
		m.report(haproxycfg.FaultUnknown, w.At, suggestion(w.Text, known, "add: server "+w.Text+" ADDRESS:PORT"), "%s %s has no server %q", u.section.Kind, u.name, w.Text)
	}
}

// faultsOfServer reports the faults of a server.
func (m *model) faultsOfServer(s *server, names map[string][]string) {
	if s.tls && !s.authority && (!s.verify.IsSet() || s.verify.V) && m.globalWord("ssl-server-verify") != "none" {
		m.report(haproxycfg.FaultValue, s.line.At, "add: ca-file FILE, or verify none", "server %s verifies the certificate (verify required is the default), and has no ca-file: HAProxy refuses it", s.name)
	}
	if w := s.resolvers; w.Text != "" && !slices.Contains(names["resolvers"], w.Text) {
		m.report(haproxycfg.FaultUnknown, w.At, suggestion(w.Text, names["resolvers"], "add: resolvers "+w.Text), "there is no resolvers section %q", w.Text)
	}
	if s.track.Text == "" {
		return
	}
	other := m.tracked(s.u, s)
	if other == nil {
		m.report(haproxycfg.FaultUnknown, s.track.At, "write: track BACKEND/SERVER, of a server that is there", "there is no server %q to track", s.track.Text)
		return
	}
	for n := 0; other != nil && n < mostTracked; n++ {
		if other == s {
			m.report(haproxycfg.FaultUnknown, s.track.At, "let one of them have a check of its own", "server %s and the server that it is to track, %s, track each other in a circle", s.name, s.track.Text)
			return
		}
		other = m.tracked(other.u, other)
	}
}

// mostTracked is how many servers may track each other in a row.
const mostTracked = 64

// tracked is the server that a server tracks: SERVER of its own backend, or
// BACKEND/SERVER; nil for none.
func (m *model) tracked(u *unit, s *server) *server {
	if s.track.Text == "" || u == nil {
		return nil
	}
	name := s.track.Text
	if back, own, ok := strings.Cut(name, "/"); ok {
		u, name = m.backs[back], own
	}
	if u == nil {
		return nil
	}
	if i := slices.IndexFunc(u.servers, func(o *server) bool { return o.name == name }); i >= 0 {
		return u.servers[i]
	}
	return nil
}

// portsTwice reports two bind lines for one address and port. HAProxy takes them, and
// the kernel gives each connection to one of them (socket(7), SO_REUSEPORT).
func (m *model) portsTwice() {
	seen := map[string]*bind{}
	for _, u := range m.units {
		for _, b := range u.binds {
			if b.socket != "" || slices.ContainsFunc(b.line.Words, func(w haproxycfg.Word) bool {
				return slices.Contains([]string{"process", "thread", "interface", "namespace", "shards"}, w.Text)
			}) {
				continue
			}
			for _, text := range strings.Split(b.line.Words[1].Text, ",") {
				key := strings.TrimPrefix(strings.TrimPrefix(text, "*"), "0.0.0.0")
				if other := seen[key]; other != nil && other != b && other.line != b.line {
					m.warn(haproxycfg.FaultTwice, b.line.At, "remove one of them, or give it another address or port", "%s is bound already, in %s: the kernel gives each connection to one of the two, whichever", text, m.lineOf(other.line.At))
				} else if other == nil {
					seen[key] = b
				}
			}
		}
	}
}

// circles reports servers that lead back to a frontend from which what no other rule
// takes comes to them again.
func (m *model) circles() {
	state := map[*unit]int{} // 1: on the way, 2: done
	var visit func(u *unit)
	visit = func(u *unit) {
		state[u] = 1
		back := u
		if l := u.last("default_backend"); l != nil {
			back = m.backs[l.Arg(1)]
		}
		if back != nil {
			for _, s := range back.servers {
				switch {
				case s.stage == nil:
				case state[s.stage.u] == 1:
					m.warn(haproxycfg.FaultValue, s.line.At, "let the server lead elsewhere", "%s is a port of %s %s, from which requests come here: what no other rule takes goes in a circle until a timeout or a limit ends it", s.line.Arg(2), s.stage.u.section.Kind, s.stage.u.name)
				case state[s.stage.u] == 0:
					visit(s.stage.u)
				}
			}
		}
		state[u] = 2
	}
	for _, u := range m.units {
		if u.front && state[u] == 0 {
			visit(u)
		}
	}
}

// absent warns of a file that is not there, where it can be told: its path begins at
// the folder in which HAProxy is started, and not in a folder of another machine.
func (m *model) absent(at source.Span, what, name, base string) {
	if path.IsAbs(name) || path.IsAbs(base) || strings.HasPrefix(name, "@") || strings.HasSuffix(name, "/") || strings.Contains(name, "$") || name == "" {
		return
	}
	if f := m.fileOf(name, base); f.src == nil && errors.Is(f.err, fs.ErrNotExist) {
		m.warn(haproxycfg.FaultFile, at, "put a copy of it beside the configuration", "%s %s is not there: HAProxy refuses the configuration where it cannot read it", what, name)
	}
}

// pattern reports a line of a file of patterns that HAProxy refuses.
func (m *model) pattern(t *haproxycfg.Test, text string, at source.Span) {
	if p := haproxycfg.PatternProblem(t, text); p != nil {
		m.report(haproxycfg.FaultCondition, at, p.Help, "%s", p.Message)
	}
}

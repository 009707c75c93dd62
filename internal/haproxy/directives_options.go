package haproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// Options of bind and server lines: what is added, replaced or taken out.

// wordsOf are options, each with its word: "verify none".
func wordsOf(known map[string]int, words string) []string {
	var out []string
	for f := strings.Fields(words); len(f) > 0; {
		n := min(1+known[f[0]], len(f))
		out = append(out, strings.Join(f[:n], " "))
		f = f[n:]
	}
	return out
}

// optionsIn are the options that a line of a kind can have.
func optionsIn(l *haproxycfg.Line) map[string]int {
	if l.Is("bind") || l.Is("ssl-default-bind-options") {
		return bindOptions
	}
	return serverOptions
}

// today is an option of a line with its word; "" where the line does not have it.
func today(l *haproxycfg.Line, keyword string) string {
	for i, w := range l.Words {
		if w.Text != keyword || i == 0 {
			continue
		}
		if optionsIn(l)[keyword] == 1 && i+1 < len(l.Words) {
			return l.Words[i].At.File.Text[w.At.Start:l.Words[i+1].At.End]
		}
		return keyword
	}
	return ""
}

// repeated are the options that a line has several times, each for something more.
var repeated = []string{"crt", "crt-list"}

// edit is a step on the options of lines alike: what is added, replaced or removed, and
// where. A line that has none of what is to be taken out has no words.
func edit(do diag.Action, lines []*haproxycfg.Line, where, words string) string {
	var out, added []string
	first := lines[0]
	for _, o := range wordsOf(optionsIn(first), words) {
		keyword, _, _ := strings.Cut(o, " ")
		has := ""
		for _, l := range lines {
			if has == "" {
				has = today(l, keyword)
			}
		}
		switch {
		case do == diag.Remove && has == "":
			return ""
		case do == diag.Remove:
			out = append(out, "remove "+quoted(has)+" from "+where)
		case has == o:
		case has != "" && !slices.Contains(repeated, keyword):
			out = append(out, "replace "+quoted(has)+" with "+quoted(o)+" in "+where)
		default:
			added = append(added, o)
		}
	}
	if len(added) > 0 {
		out = append(out, "add the words "+quoted(strings.Join(added, " "))+" to "+where)
	}
	return strings.Join(out, ", and ")
}

// binds are the lines of a port.
func (m *model) bindsOf(p diag.Place) []*bind {
	i := strings.LastIndexByte(p.Key, ':')
	from, _, _ := strings.Cut(p.Key[i+1:], "-")
	port, err := strconv.Atoi(from)
	if err != nil {
		return nil
	}
	return m.origin.binds[portKey(p.Name, port)]
}

// onBind states a fact in the bind lines of a port.
func onBind(spell speller) func(*adviser, diag.Step) string {
	return func(a *adviser, s diag.Step) string { return a.inBinds(s, a.bindsOf(s.In), spell) }
}

// onPortsOf states in the ports of a route what is a fact of that route alone in a model.
func onPortsOf(spell speller) func(*adviser, diag.Step) string {
	return func(a *adviser, s diag.Step) string {
		x := a.origin.routes[s.In.Name]
		if x == nil {
			return ""
		}
		words := a.inBinds(s, slices.DeleteFunc(slices.Clone(x.binds), func(b *bind) bool { return !b.tls && !b.behind }), spell)
		if words == "" || strings.Contains(words, quoted("crt FILE")) {
			return words
		}
		return words + ", for all hosts of the port"
	}
}

// inBinds states a fact in bind lines: those of them in which TLS ends.
func (a *adviser) inBinds(s diag.Step, binds []*bind, spell speller) string {
	words := spell(a.model, s, valueOf(s))
	if words == "" {
		return ""
	}
	if at := a.lineAt(s.At); at.line != nil && at.line.Is("ssl-default-bind-options") {
		return edit(s.Do, []*haproxycfg.Line{at.line}, "the "+named(at.section, at.line.At), words)
	}
	var out []string
	for _, x := range binds {
		if stage := a.origin.inner[x.u]; x.behind && stage != nil && s.Fact != diag.FactAcceptProxy {
			x = stage
		}
		where := fmt.Sprintf("bind %s (%s)", x.line.Arg(1), x.line.At.Line())
		words := edit(s.Do, []*haproxycfg.Line{x.line}, where, words)
		if words == "" {
			return ""
		}
		if !slices.Contains(out, words) {
			out = append(out, words)
		}
	}
	return strings.Join(out, ", and ")
}

// backOf is the unit with the servers of a route or a backend.
func (m *model) backOf(p diag.Place) *unit {
	if p.Kind == diag.KindBackend {
		return m.origin.backends[p.Name]
	}
	if x := m.origin.routes[p.Name]; x != nil {
		return x.back
	}
	return nil
}

// onServers states a fact in the server lines of a route, or takes it out of the lines
// in which it stands: a default-server, too.
func onServers(spell speller) func(*adviser, diag.Step) string {
	return func(a *adviser, s diag.Step) string {
		u := a.backOf(s.In)
		words := spell(a.model, s, valueOf(s))
		if u == nil || len(u.servers) == 0 || words == "" {
			return ""
		}
		return a.onAll(s.Do, u, words)
	}
}

// onAll states options in all servers of a unit, each where it stands today: in server
// lines or in a default-server. What stands nowhere is added to the line of the only
// server, else to a default-server.
func (m *model) onAll(do diag.Action, u *unit, words string) string {
	var out []string
	var fresh []string
	for _, o := range wordsOf(serverOptions, words) {
		keyword, _, _ := strings.Cut(o, " ")
		own := u.linesWith(keyword)
		base := m.baseWith(u, keyword)
		switch {
		case len(own) > 0:
			out = append(out, edit(do, own, m.serversName(u, own), o))
		case base.line != nil:
			out = append(out, edit(do, []*haproxycfg.Line{base.line}, lineName(base), o))
		case do == diag.Remove:
			return ""
		default:
			fresh = append(fresh, o)
		}
	}
	if len(fresh) > 0 {
		out = append(out, m.addedToAll(u, strings.Join(fresh, " ")))
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), ", and ")
}

// linesWith are the server lines of a unit that have an option, each once.
func (u *unit) linesWith(keyword string) []*haproxycfg.Line {
	var out []*haproxycfg.Line
	for _, s := range u.servers {
		if today(s.line, keyword) != "" && !slices.Contains(out, s.line) {
			out = append(out, s.line)
		}
	}
	return out
}

// baseWith is the default-server line with an option that holds for a unit.
func (m *model) baseWith(u *unit, keyword string) placed {
	for _, s := range u.layers() {
		for _, l := range slices.Backward(m.linesOf(s, "default-server")) {
			if today(l, keyword) != "" {
				return placed{s, l}
			}
		}
	}
	return placed{}
}

// addedToAll adds options to all servers of a unit.
func (m *model) addedToAll(u *unit, words string) string {
	first := u.servers[0].line
	if !slices.ContainsFunc(u.servers, func(s *server) bool { return s.line != first }) {
		return "add the words " + quoted(words) + " to " + lineName(placed{u.section, first})
	}
	for _, l := range slices.Backward(m.linesOf(u.section, "default-server")) {
		return "add the words " + quoted(words) + " to " + lineName(placed{u.section, l})
	}
	return "add the line " + quoted("default-server "+words) + " to " + sectionAt(u.section) + " as its first line"
}

// lineName is a server line as a place.
func lineName(at placed) string {
	name := "server " + at.line.Arg(1)
	if at.line.Is("default-server") {
		name = "default-server"
	}
	return fmt.Sprintf("%s of %s (%s)", name, strings.TrimSpace(at.section.Kind+" "+at.section.Name), at.line.At.Line())
}

// serversName are server lines as a place.
func (m *model) serversName(u *unit, lines []*haproxycfg.Line) string {
	if len(lines) == 1 {
		return lineName(placed{u.section, lines[0]})
	}
	return fmt.Sprintf("each server line of %s that has it", sectionAt(u.section))
}

// onServer states a fact in the line of one server.
func onServer(spell speller) func(*adviser, diag.Step) string {
	return func(a *adviser, s diag.Step) string {
		u := a.backOf(s.In)
		if u == nil {
			return ""
		}
		for _, own := range u.servers {
			if name := plainName(serverName(own.name), "server"); name == s.In.Key || strings.HasPrefix(s.In.Key, name+"-") {
				return edit(s.Do, []*haproxycfg.Line{own.line}, lineName(placed{u.section, own.line}), spell(a.model, s, valueOf(s)))
			}
		}
		return ""
	}
}

// verifying replaces "verify none": with a CA, and with a name where none is checked.
func verifying(a *adviser, s diag.Step) string {
	u := a.backOf(s.In)
	if s.Do != diag.Remove || u == nil || len(u.servers) == 0 {
		return ""
	}
	words := "verify required"
	if !u.servers[0].authority && !a.has(diag.Add, diag.FactTrust) {
		words += " ca-file FILE"
	}
	if x := u.servers[0]; !x.sni.IsSet() && !x.sniOdd && !x.checked.IsSet() && !a.has(diag.Add, diag.FactCheckedName) {
		words += " verifyhost NAME"
	}
	at := a.lineAt(s.At)
	if at.line == nil || today(at.line, "verify") == "" {
		return a.onAll(diag.Add, u, words) // ssl-server-verify none of the global section
	}
	where := lineName(at)
	if own := u.linesWith("verify"); len(own) > 1 {
		where = a.serversName(u, own)
	}
	return "replace " + quoted(today(at.line, "verify")) + " with " + quoted(words) + " in " + where
}

// ofTLS are the options of a server line that only a session has.
var ofTLS = []string{"ssl", "verify", "ca-file", "crl-file", "verifyhost", "sni", "crt", "alpn", "ssl-min-ver", "ssl-max-ver", "ciphers", "ciphersuites", "curves"}

// encrypting has HAProxy speak TLS with the servers of a route, or not.
func encrypting(a *adviser, s diag.Step) string {
	u := a.backOf(s.In)
	if u == nil || len(u.servers) == 0 || s.Do != diag.Change || len(s.Was) != 1 || len(s.Value) != 1 {
		return ""
	}
	x := a.origin.routes[s.In.Name]
	ends := x != nil && slices.ContainsFunc(x.binds, func(b *bind) bool { return b.tls || b.behind })
	switch [2]string{s.Was[0], s.Value[0]} {
	case [2]string{"edge", "reencrypt"}:
		return a.onAll(diag.Add, u, a.sessionWords(s.In.Name))
	case [2]string{"reencrypt", "edge"}:
		if !ends {
			return ""
		}
		var words []string
		for _, keyword := range ofTLS {
			if len(u.linesWith(keyword)) > 0 || a.baseWith(u, keyword).line != nil {
				words = append(words, keyword)
			}
		}
		var out []string
		for _, w := range words {
			out = append(out, a.onAll(diag.Remove, u, w))
		}
		return strings.Join(out, ", and ")
	}
	return ""
}

// sessionWords are the options of a session that a route gets, by the steps of the way.
func (a *adviser) sessionWords(route string) string {
	words := []string{"ssl"}
	has := map[diag.Fact]bool{}
	for _, s := range a.steps {
		if s.In.Part != diag.PartUpstream || s.In.Name != route || s.Do != diag.Add {
			continue
		}
		spell := map[diag.Fact]speller{diag.FactTrust: authorityFile, diag.FactCheckedName: checkedName, diag.FactSNI: sniWords, diag.FactVerify: one("verify")}[s.Fact]
		if spell == nil {
			continue
		}
		if w := spell(a.model, s, s.Value); w != "" {
			words, has[s.Fact] = append(words, w), true
		}
	}
	if !has[diag.FactVerify] {
		if !has[diag.FactTrust] {
			words = append(words, "ca-file FILE")
		}
		words = append(words, "verify required")
		if !has[diag.FactCheckedName] && !has[diag.FactSNI] {
			words = append(words, "verifyhost NAME")
		}
	}
	return strings.Join(words, " ")
}

// serving adds a server to a section without one.
func serving(a *adviser, s diag.Step) string {
	u := a.backOf(s.In)
	if u == nil || s.Do == diag.Remove || len(s.Value) == 0 {
		return ""
	}
	return "add the line " + quoted("server "+s.Value[0]+" ADDRESS:PORT") + " to " + sectionAt(u.section)
}

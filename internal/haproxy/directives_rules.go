package haproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// Rules: what is added as the first one, changed or taken out.

// removing takes out the section of a backend, or the rule of which a route is made,
// where it is one of its own: a rule that makes several routes stays.
func (a *adviser) removing(s diag.Step) string {
	if u := a.origin.backends[s.In.Name]; s.In.Kind == diag.KindBackend && u != nil && !u.front {
		return "remove the section " + sectionAt(u.section)
	}
	if s.In.Kind != diag.KindRoute || s.In.Part != diag.PartNone {
		return ""
	}
	x := a.origin.routes[s.In.Name]
	if x == nil {
		return ""
	}
	whole := x.draft.Whole
	if x.led.Known() {
		whole = x.led // the rule of the backend stays for others
	}
	if !whole.Known() || len(a.origin.rules[whole]) > 1 {
		return ""
	}
	at := a.lineAt(whole)
	if at.line == nil || at.line.At != whole {
		return "" // an entry of a map, or the servers of a section
	}
	return removed(at)
}

// moving has a rule come before the one that takes what it is for, where that one is for
// more: what is left of it is still taken. Rules are asked as they are written.
func (a *adviser) moving() string {
	if len(a.d.Suggestions) == 0 || len(a.d.Related) == 0 {
		return ""
	}
	s := a.d.Suggestions[0].Steps[0]
	if s.Do != diag.Remove || s.Fact != "" || s.In.Kind != diag.KindRoute {
		return ""
	}
	late := a.origin.routes[s.In.Name]
	if late == nil || late.led.Known() || !late.draft.At.Known() {
		return ""
	}
	at := a.lineAt(late.draft.Whole)
	for _, r := range a.d.Related {
		first := a.firstAt(r.At, late)
		if first == nil {
			continue
		}
		before := a.lineAt(first.draft.Whole)
		if at.line == nil || before.line == nil || at.section != before.section || !at.line.Is(before.line.Arg(0)) || len(a.origin.rules[late.draft.Whole]) > 1 {
			continue
		}
		return fmt.Sprintf("move %s (%s) above %s (%s)", quoted(asWritten(at.line.At)), at.line.At.Line(), quoted(asWritten(before.line.At)), before.line.At.Line())
	}
	return ""
}

// leadsToStage reports whether a way takes out a rule that leads to another frontend.
func (a *adviser) leadsToStage(w diag.Suggestion) bool {
	s := w.Steps[0]
	x := a.origin.routes[s.In.Name]
	return s.Do == diag.Remove && s.Fact == "" && s.In.Kind == diag.KindRoute && x != nil && x.back != nil && x.back.alone() != nil
}

// firstAt is the first route of a section whose host, or which itself, stands at a place, and
// that is for more than another one behind it.
func (a *adviser) firstAt(at source.Span, late *pending) *pending {
	for _, x := range a.origin.pending {
		if x == late {
			return nil
		}
		if x.unit == late.unit && !x.led.Known() && wider(x.draft, late.draft) && (x.draft.Host.At == at || x.draft.At == at || x.draft.Whole == at) {
			return x
		}
	}
	return nil
}

// wider reports whether a route is for more than another one, of which all is for it.
func wider(x, o *flow.RouteDraft) bool {
	switch host, other := x.Host.V, o.Host.V; {
	case host == "" && other != "", strings.HasPrefix(host, "*") && other != "" && !strings.HasPrefix(other, "*"):
		return true
	default:
		asks := func(r *flow.RouteDraft) int { return len(r.Matches) + min(len(r.Path.V), 1) + len(r.Allow) }
		return host == other && asks(o) > asks(x)
	}
}

// removed takes a line out.
func removed(at placed) string {
	return "remove " + quoted(asWritten(at.line.At)) + " from " + named(at.section, at.line.At)
}

// takingOut takes out the line that states a fact.
func takingOut(a *adviser, s diag.Step) string {
	at := a.lineAt(s.At)
	if s.Do != diag.Remove || at.line == nil {
		return ""
	}
	return removed(at)
}

// ruleOf adds a rule to the section by which a route is chosen, gives the rule that states
// a fact another value, or takes it out.
func ruleOf(spell speller) func(*adviser, diag.Step) string {
	return func(a *adviser, s diag.Step) string {
		x := a.origin.routes[s.In.Name]
		if s.Do == diag.Remove {
			return takingOut(a, s)
		}
		if x == nil || !x.unit.http {
			return ""
		}
		words := spell(a.model, s, s.Value)
		if at := a.lineAt(s.At); s.Do == diag.Change && s.Fact == diag.FactHeader && at.line != nil {
			return otherText(at, words)
		}
		if words == "" {
			return ""
		}
		return "add the line " + quoted(words) + " to " + sectionAt(x.unit.section) + " as its first rule"
	}
}

// otherText gives a rule the last word of another one.
func otherText(at placed, words string) string {
	head, text, ok := cutLast(words)
	n := len(strings.Fields(head))
	if !ok || n >= len(at.line.Words) || !strings.HasPrefix(words, at.line.Arg(0)+" "+at.line.Arg(1)+" ") {
		return ""
	}
	return "replace " + quoted(at.line.Words[n].At.Text()) + " with " + quoted(text) + " in " + named(at.section, at.line.At)
}

// cutLast divides a rule of four words into the first three and the last.
func cutLast(words string) (head, text string, ok bool) {
	f := strings.SplitN(words, " ", 4)
	if len(f) < 4 {
		return "", "", false
	}
	return strings.Join(f[:3], " "), f[3], true
}

// redirecting has a rule redirect nothing that it has redirected: a redirect to https is
// for what has come in plaintext, and another one that leads back is taken out.
func redirecting(a *adviser, s diag.Step) string {
	x, at := a.origin.routes[s.In.Name], a.lineAt(s.At)
	if s.Do != diag.Remove || x == nil || at.line == nil || len(s.Was) < 1 {
		return ""
	}
	over := slices.ContainsFunc(x.binds, func(b *bind) bool { return b.tls || b.behind })
	rest, words := haproxycfg.SplitCondition(at.line.Words)
	either := slices.ContainsFunc(words, func(w haproxycfg.Word) bool { return w.Text == "or" || w.Text == "||" })
	if s.Was[0] != "scheme" || !over || either && words[0].Text == "if" {
		return removed(at)
	}
	more := "!{ ssl_fc }"
	switch {
	case len(words) == 0:
		more = "if !{ ssl_fc }"
		if len(rest) == 0 {
			return ""
		}
	case words[0].Text == "unless":
		more = "or { ssl_fc }"
	}
	return "add the words " + quoted(more) + " to the rule of " + named(at.section, at.line.At)
}

// asking has a route ask for other hosts: its condition lists others.
func asking(a *adviser, s diag.Step) string {
	at := a.lineAt(s.At)
	if s.Do != diag.Change || at.line == nil {
		return ""
	}
	gone := slices.DeleteFunc(slices.Clone(s.Was), func(v string) bool { return slices.Contains(s.Value, v) })
	fresh := slices.DeleteFunc(slices.Clone(s.Value), func(v string) bool { return slices.Contains(s.Was, v) })
	if len(gone) != 1 || len(fresh) > 1 {
		return ""
	}
	i := slices.IndexFunc(at.line.Words, func(w haproxycfg.Word) bool { return strings.EqualFold(w.Text, gone[0]) })
	if i < 0 {
		return ""
	}
	was := at.line.Words[i].At.Text()
	if len(fresh) == 0 {
		return "remove " + quoted(was) + " from " + named(at.section, at.line.At)
	}
	return "replace " + quoted(was) + " with " + quoted(fresh[0]) + " in " + named(at.section, at.line.At)
}

// choosingBySNI has a relaying route take other SNIs: none at all, or only what the ports in
// which TLS ends leave.
func choosingBySNI(a *adviser, s diag.Step) string {
	x := a.origin.routes[s.In.Name]
	if s.Do != diag.Add || x == nil || len(s.Value) != 1 {
		return ""
	}
	if s.Value[0] == "any" {
		return a.above(x)
	}
	at := a.lineAt(x.draft.Whole)
	if at.line == nil {
		return ""
	}
	text := at.line.At.Text()
	i := strings.Index(text, "{ req.ssl_sni ")
	if i < 0 {
		i = strings.Index(text, "{ req_ssl_sni ")
	}
	if i < 0 || !strings.Contains(text[i:], "}") {
		return removed(at)
	}
	test := text[i : i+strings.Index(text[i:], "}")+1]
	return "replace " + quoted(test) + " with " + quoted("!{ req.ssl_sni -m found }") + " in " + named(at.section, at.line.At)
}

// mostAbove is how many hosts are listed in a rule that comes before another one.
const mostAbove = 8

// above leads the hosts whose TLS ends behind a port there, before a rule takes them.
func (a *adviser) above(x *pending) string {
	stage, at := a.origin.inner[a.outer(x.unit)], a.lineAt(x.draft.Whole)
	i := slices.IndexFunc(a.topology.Routes, func(r *flow.Route) bool { return r.Name == x.draft.Name })
	j := slices.IndexFunc(a.units, func(u *unit) bool { return u.back && stage != nil && u.alone() == stage })
	if at.line == nil || i < 0 || j < 0 {
		return ""
	}
	own := a.topology.Routes[i]
	var hosts []string
	for _, p := range own.Proxies {
		for _, r := range p.Routes {
			host := r.HostOn(p)
			ends := r.Mode.V == flow.ModeEdge || r.Mode.V == flow.ModeReencrypt
			if ends && host != "" && !strings.HasPrefix(host, "*") && (own.HostOn(p) == "" || flow.HostMatches(own.HostOn(p), host)) && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	if len(hosts) == 0 || len(hosts) > mostAbove {
		return ""
	}
	rule := fmt.Sprintf("use_backend %s if { req.ssl_sni -i %s }", a.units[j].name, strings.Join(hosts, " "))
	return fmt.Sprintf("add the line %s above %s in %s", quoted(rule), quoted(asWritten(at.line.At)), named(at.section, at.line.At))
}

// outer is the unit in front of a stage that is one port with it, else the unit itself.
func (a *adviser) outer(u *unit) *unit {
	for front, stage := range a.origin.inner {
		if stage.u == u {
			return front
		}
	}
	return u
}

// certificateRule refuses requests for the host of a route without a client certificate.
func certificateRule(m *model, s diag.Step, value []string) string {
	x := m.origin.routes[s.In.Name]
	if len(value) != 1 || x == nil {
		return ""
	}
	host := ""
	if h := x.draft.Host.V; h != "" {
		host = " { req.hdr(host),host_only -i " + h + " }"
		if name, wild := strings.CutPrefix(h, "*"); wild {
			host = " { req.hdr(host),host_only -m end -i " + name + " }"
		}
	}
	return "http-request deny deny_status " + value[0] + " if" + host + " !{ ssl_c_used }"
}

// inspecting states how long a port waits for a ClientHello.
func inspecting(a *adviser, s diag.Step) string {
	at := a.lineAt(s.At)
	if s.Do != diag.Change || at.line == nil || len(s.Value) != 1 {
		return ""
	}
	return fmt.Sprintf("replace %s with %s in %s", quoted(asWritten(at.line.At)), quoted("tcp-request inspect-delay "+s.Value[0]), named(at.section, at.line.At))
}

// headerRule is request|response, set|delete, a name and perhaps a value.
func headerRule(_ *model, _ diag.Step, value []string) string {
	if len(value) < 3 {
		return ""
	}
	rule := "http-" + value[0]
	switch {
	case value[1] == "delete":
		return rule + " del-header " + value[2]
	case value[1] == "set" && len(value) == 4:
		return rule + " set-header " + value[2] + " " + quotedWord(value[3])
	}
	return ""
}

// quotedWord is a text as one word of a configuration.
func quotedWord(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t#'\"\\$") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// hstsRule is the header that keeps browsers on https.
func hstsRule(m *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return ""
	}
	age, ok := seconds(value[0])
	if !ok {
		return ""
	}
	return fmt.Sprintf("http-response set-header Strict-Transport-Security max-age=%d", age)
}

// seconds is a time of a model: 365d.
func seconds(text string) (int64, bool) {
	for _, u := range []struct {
		name string
		n    int64
	}{{"ms", 0}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}} {
		if digits, ok := strings.CutSuffix(text, u.name); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			return n * u.n, err == nil && u.n > 0
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// redirectRule sends plaintext requests to https.
func redirectRule(_ *model, _ diag.Step, value []string) string {
	if !slices.Equal(value, []string{"redirect"}) {
		return ""
	}
	return "http-request redirect scheme https code 301 unless { ssl_fc }"
}

// checking states a health check of a backend.
func checking(a *adviser, s diag.Step) string {
	u := a.backOf(s.In)
	if u == nil || s.Do == diag.Remove || len(s.Value) != 7 || len(u.servers) == 0 {
		return ""
	}
	kind, plain := s.Value[0], s.Value[3] != ""
	var out []string
	tls := func(wanted bool) {
		switch first := u.servers[0]; {
		case wanted && len(u.linesWith("no-check-ssl")) > 0:
			out = append(out, a.onAll(diag.Remove, u, "no-check-ssl"))
		case wanted && !first.tls && !first.checkTLS.V:
			out = append(out, a.onAll(diag.Add, u, "check-ssl"))
		case !wanted && first.checkTLS.V:
			out = append(out, a.onAll(diag.Remove, u, "check-ssl"))
		case !wanted && first.tls && !first.checkTLS.IsSet():
			out = append(out, a.onAll(diag.Add, u, "no-check-ssl"))
		}
	}
	speaksTLS := slices.ContainsFunc(a.topology.Backends, func(b *flow.Backend) bool { return b.Name == s.In.Name && b.Speaks.V.TLS() })
	switch kind {
	case "tls":
		tls(true)
	case "tcp":
		tls(false)
	case "http":
		tls(speaksTLS && !plain)
	}
	line := u.option("httpchk")
	switch {
	case (kind == "http") == (line != nil):
	case line != nil:
		out = append(out, removed(a.lineAt(line.At)))
	default:
		words := "option httpchk " + cmp.Or(s.Value[5], "GET") + " " + cmp.Or(s.Value[1], "/")
		if s.Value[6] == "" {
			words += " HTTP/1.1"
		}
		out = append(out, "add the line "+quoted(words)+" to "+sectionAt(u.section))
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), ", and ")
}

// timing states a timeout: in the section by which it is meant.
func timing(a *adviser, s diag.Step) string {
	value := s.Value
	if s.Do == diag.Remove || len(value) != 2 {
		return ""
	}
	line := "timeout " + value[0] + " " + value[1]
	if at := a.lineAt(s.At); s.Do == diag.Change && at.line != nil && at.line.Is("timeout", value[0]) {
		return fmt.Sprintf("replace %s with %s in %s", quoted(asWritten(at.line.At)), quoted(line), named(at.section, at.line.At))
	}
	if s.In.Kind != diag.KindProxy {
		if u := a.backOf(s.In); u != nil {
			return "add the line " + quoted(line) + " to " + sectionAt(u.section)
		}
		return ""
	}
	if at := a.lineAt(a.d.At); at.line != nil && at.line.Is("timeout") { // beside the one that holds today
		return "add the line " + quoted(line) + " to " + sectionAt(at.section)
	}
	if units := a.origin.proxies[s.In.Name]; len(units) == 1 {
		return "add the line " + quoted(line) + " to " + sectionAt(units[0].section)
	}
	return ""
}

// retrying states retries where they are stated today: those of a proxy are those of the
// sections of its servers.
func retrying(a *adviser, s diag.Step) string {
	at := a.lineAt(s.At)
	if s.Do != diag.Change || at.line == nil || !at.line.Is("retries") || len(s.Value) != 1 {
		return ""
	}
	return "replace " + quoted(asWritten(at.line.At)) + " with " + quoted("retries "+s.Value[0]) + " in " + named(at.section, at.line.At)
}

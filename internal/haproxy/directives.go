package haproxy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// directive is how a configuration states a fact, and in which line.
type directive struct {
	fact  diag.Fact
	in    []string // kinds of declarations with their part
	words func(*model, *diag.Diagnostic, diag.Step) string
}

// directives are the facts that a configuration can state. What is not here has no
// words, and no help.
var directives = []directive{
	{diag.FactAcceptProxy, []string{"proxy listener"}, onBind(flag("accept-proxy"))},
	{diag.FactALPN, []string{"proxy listener"}, onBind(list("alpn"))},
	{diag.FactCertificates, []string{"proxy listener"}, onBind(certificateFiles)},
	{diag.FactClientAuth, []string{"proxy listener"}, onBind(clientAuth)},
	{diag.FactEarlyData, []string{"proxy listener"}, onBind(flag("allow-0rtt"))},
	{diag.FactStrictSNI, []string{"proxy listener"}, onBind(flag("strict-sni"))},
	{diag.FactVersions, []string{"proxy listener"}, onBind(versionWords)},
	{diag.FactInspectDelay, []string{"proxy listener"}, inspecting},

	{diag.FactALPN, []string{"route upstream"}, onServers(list("alpn"))},
	{diag.FactCertificate, []string{"route upstream"}, onServers(certificateFile)},
	{diag.FactCheckedName, []string{"route upstream"}, onServers(checkedName)},
	{diag.FactSendProxy, []string{"route", "route target", "backend"}, onServers(sendProxy)},
	{diag.FactSNI, []string{"route upstream"}, onServers(sniWords)},
	{diag.FactTrust, []string{"route upstream"}, onServers(authorityFile)},
	{diag.FactVerify, []string{"route upstream"}, verifying},
	{diag.FactVersions, []string{"route upstream"}, onServers(versionWords)},
	{diag.FactState, []string{"backend server"}, onServer(flag("disabled"))},
	{diag.FactWeight, []string{"backend server"}, onServer(one("weight"))},

	{diag.FactCheck, []string{"backend"}, checking},
	{diag.FactHeader, []string{"route"}, inFrontend(headerRule)},
	{diag.FactHSTS, []string{"route"}, inFrontend(hstsRule)},
	{diag.FactInsecure, []string{"route"}, inFrontend(redirectRule)},
	{diag.FactTimeout, []string{"proxy", "route", "backend"}, timing},
	{diag.FactRetries, []string{"proxy"}, inSections(one("retries"))},
}

// wordless are the facts that configurations state by rules which a suggestion cannot
// name: how a route is chosen, and where it leads.
var wordless = []diag.Fact{
	diag.FactAffinity, diag.FactAllow, diag.FactAnswer, diag.FactHost, diag.FactListener, diag.FactMatch, diag.FactMode, diag.FactPath, diag.FactRedirect,
	diag.FactRewrite, diag.FactServer, diag.FactServedBy, diag.FactSNIMatch, diag.FactTarget, diag.FactUnmatched, diag.FactUpstream, diag.FactWithoutCertificate,
}

// speller is how the values of a fact are written; "" where they cannot be.
type speller func(m *model, s diag.Step, value []string) string

func flag(word string) speller { return func(*model, diag.Step, []string) string { return word } }

func one(word string) speller {
	return func(_ *model, _ diag.Step, value []string) string {
		if len(value) != 1 {
			return ""
		}
		return word + " " + value[0]
	}
}

func list(word string) speller {
	return func(_ *model, _ diag.Step, value []string) string {
		if len(value) == 0 || len(value) == 1 && value[0] == "none" {
			return ""
		}
		return word + " " + strings.Join(value, ",")
	}
}

// file is the file of a certificate or a CA; of one that the configuration does not
// have it is not known.
func fileNamed(files map[string]string, name string) string {
	if f, ok := files[name]; ok {
		return f
	}
	return "FILE"
}

func certificateFiles(m *model, _ diag.Step, value []string) string {
	var out []string
	for _, v := range value {
		out = append(out, "crt "+fileNamed(m.origin.certificates, v))
	}
	return strings.Join(out, " ")
}

func certificateFile(m *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return ""
	}
	return "crt " + fileNamed(m.origin.certificates, value[0])
}

func authorityFile(m *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return "" // a server line has one ca-file
	}
	return "ca-file " + fileNamed(m.origin.cas, value[0])
}

func clientAuth(m *model, _ diag.Step, value []string) string {
	if len(value) == 0 || value[0] != "required" && value[0] != "optional" {
		return ""
	}
	file := "FILE"
	if len(value) > 1 {
		file = fileNamed(m.origin.cas, value[1])
	}
	return "ca-file " + file + " verify " + value[0]
}

// checkedName is verifyhost. The name of a service that no text has is one that flowc
// supplies, and stands for the name in the certificate.
func checkedName(m *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return ""
	}
	name := value[0]
	if strings.HasSuffix(name, ".svc") && !slices.ContainsFunc(m.cfg.Files, func(f *source.File) bool { return strings.Contains(f.Text, name) }) {
		name = "NAME"
	}
	return "verifyhost " + name
}

func sendProxy(_ *model, _ diag.Step, value []string) string {
	switch {
	case slices.Equal(value, []string{"v1"}):
		return "send-proxy"
	case slices.Equal(value, []string{"v2"}):
		return "send-proxy-v2"
	}
	return ""
}

func sniWords(_ *model, _ diag.Step, value []string) string {
	switch {
	case len(value) != 1 || value[0] == "none":
		return ""
	case value[0] == "host":
		return "sni req.hdr(host),host_only"
	}
	return "sni str(" + value[0] + ")"
}

// versionWords are the limits of TLS versions: "1.2", "1.2..1.3", "1.2+".
func versionWords(_ *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return ""
	}
	from, to, ranged := strings.Cut(value[0], "..")
	from, open := strings.CutSuffix(from, "+")
	words := "ssl-min-ver TLSv" + from
	switch {
	case ranged:
		words += " ssl-max-ver TLSv" + to
	case !open:
		words += " ssl-max-ver TLSv" + from
	}
	return words
}

// edit is a step on one line: what is added, replaced or removed, and where.
func (m *model) edit(s diag.Step, l *haproxycfg.Line, where, words string) string {
	if words == "" {
		return ""
	}
	keyword, _, _ := strings.Cut(words, " ")
	has := slices.ContainsFunc(l.Words, func(w haproxycfg.Word) bool { return w.Text == keyword })
	switch s.Do {
	case diag.Remove:
		if !has {
			return ""
		}
		return "remove " + quoted(m.today(l, keyword)) + " from " + where
	case diag.Change:
		if has {
			return "replace " + quoted(m.today(l, keyword)) + " with " + quoted(words) + " in " + where
		}
		return "add the words " + quoted(words) + " to " + where
	case diag.Add:
		if has {
			return "replace " + quoted(m.today(l, keyword)) + " with " + quoted(words) + " in " + where
		}
		return "add the words " + quoted(words) + " to " + where
	case diag.Declare:
	}
	return ""
}

// today is an option of a line with its word.
func (m *model) today(l *haproxycfg.Line, keyword string) string {
	for i, w := range l.Words {
		if w.Text != keyword {
			continue
		}
		known := serverOptions
		if l.Is("bind") {
			known = bindOptions
		}
		if known[keyword] == 1 && i+1 < len(l.Words) {
			return keyword + " " + l.Words[i+1].Text
		}
	}
	return keyword
}

// onBind states a fact in the bind lines of a port.
func onBind(spell speller) func(*model, *diag.Diagnostic, diag.Step) string {
	return func(m *model, _ *diag.Diagnostic, s diag.Step) string {
		i := strings.LastIndexByte(s.In.Key, ':')
		port, err := strconv.Atoi(s.In.Key[i+1:])
		if err != nil {
			return ""
		}
		var out []string
		for _, x := range m.origin.binds[portKey(s.In.Name, port)] {
			where := fmt.Sprintf("bind %s (%s)", x.line.Arg(1), x.line.At.Line())
			words := m.edit(s, x.line, where, spell(m, s, valueOf(s)))
			if words == "" {
				return ""
			}
			if !slices.Contains(out, words) {
				out = append(out, words)
			}
		}
		return strings.Join(out, ", and ")
	}
}

// valueOf is what a step states, or stated.
func valueOf(s diag.Step) []string {
	if s.Do == diag.Remove {
		return s.Was
	}
	return s.Value
}

// backOf is the unit with the servers of a route or a backend.
func (m *model) backOf(p diag.Place) *unit {
	if p.Kind == diag.KindBackend {
		return m.origin.backends[p.Name]
	}
	x := m.origin.routes[p.Name]
	if x == nil {
		return nil
	}
	for _, t := range x.draft.Targets {
		if u := m.origin.backends[t.To.V]; u != nil {
			return u
		}
	}
	return nil
}

// onServers states a fact in the server lines of a route, or takes it out of the line
// in which it stands: a default-server, too.
func onServers(spell speller) func(*model, *diag.Diagnostic, diag.Step) string {
	return func(m *model, _ *diag.Diagnostic, s diag.Step) string {
		words := spell(m, s, valueOf(s))
		if at := m.lineAt(s.At); at.line != nil && (at.line.Is("server") || at.line.Is("default-server")) {
			return m.edit(s, at.line, lineName(at), words)
		}
		u := m.backOf(s.In)
		if u == nil || len(u.servers) == 0 || words == "" {
			return ""
		}
		return m.onAll(s, u, words)
	}
}

// onAll states a fact in all servers of a unit: in the line of the only one, or in a
// default-server.
func (m *model) onAll(s diag.Step, u *unit, words string) string {
	first := u.servers[0].line
	if len(u.servers) == 1 {
		return m.edit(s, first, lineName(placed{u.section, first}), words)
	}
	if s.Do == diag.Remove {
		return ""
	}
	for _, l := range slices.Backward(m.linesOf(u.section, "default-server")) {
		return m.edit(s, l, lineName(placed{u.section, l}), words)
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

// onServer states a fact in the line of one server.
func onServer(spell speller) func(*model, *diag.Diagnostic, diag.Step) string {
	return func(m *model, _ *diag.Diagnostic, s diag.Step) string {
		u := m.backOf(s.In)
		if u == nil {
			return ""
		}
		for _, own := range u.servers {
			if own.name == s.In.Key || strings.HasPrefix(s.In.Key, own.name+"-") {
				return m.edit(s, own.line, lineName(placed{u.section, own.line}), spell(m, s, valueOf(s)))
			}
		}
		return ""
	}
}

// verifying replaces "verify none": with a CA, and with a name where none is checked.
func verifying(m *model, _ *diag.Diagnostic, s diag.Step) string {
	at := m.lineAt(s.At)
	if s.Do != diag.Remove || at.line == nil || !slices.ContainsFunc(at.line.Words, func(w haproxycfg.Word) bool { return w.Text == "verify" }) {
		return ""
	}
	with := "verify required"
	if !slices.ContainsFunc(at.line.Words, func(w haproxycfg.Word) bool { return w.Text == "ca-file" }) {
		with += " ca-file FILE"
	}
	if u := m.backOf(s.In); u != nil && len(u.servers) > 0 && !u.servers[0].sni.IsSet() && !u.servers[0].sniOdd && !u.servers[0].checked.IsSet() {
		with += " verifyhost NAME"
	}
	return "replace " + quoted("verify none") + " with " + quoted(with) + " in " + lineName(at)
}

// inspecting states how long a port waits for a ClientHello.
func inspecting(m *model, _ *diag.Diagnostic, s diag.Step) string {
	at := m.lineAt(s.At)
	if s.Do != diag.Change || at.line == nil || len(s.Value) != 1 {
		return ""
	}
	return fmt.Sprintf("replace %s with %s in %s", quoted(asWritten(at.line.At)), quoted("tcp-request inspect-delay "+s.Value[0]), named(at.section, at.line.At))
}

// inFrontend adds a rule to the section by which a route is chosen.
func inFrontend(spell speller) func(*model, *diag.Diagnostic, diag.Step) string {
	return func(m *model, _ *diag.Diagnostic, s diag.Step) string {
		x := m.origin.routes[s.In.Name]
		if x == nil || !x.unit.http || s.Do == diag.Remove {
			return ""
		}
		words := spell(m, s, s.Value)
		if words == "" {
			return ""
		}
		return "add the line " + quoted(words) + " to " + sectionAt(x.unit.section) + " as its first rule"
	}
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
func checking(m *model, _ *diag.Diagnostic, s diag.Step) string {
	u := m.backOf(s.In)
	if u == nil || s.Do == diag.Remove || len(s.Value) == 0 {
		return ""
	}
	words := ""
	switch s.Value[0] {
	case "http", "https":
		words = "option httpchk"
		if len(s.Value) > 1 && s.Value[1] != "" {
			words += " GET " + s.Value[1]
		}
	case "tls":
		return "add the words " + quoted("check-ssl") + " to each server line of " + sectionAt(u.section)
	}
	if words == "" {
		return ""
	}
	return "add the line " + quoted(words) + " to " + sectionAt(u.section)
}

// timing states a timeout: in the section by which it is meant.
func timing(m *model, d *diag.Diagnostic, s diag.Step) string {
	value := s.Value
	if s.Do == diag.Remove || len(value) != 2 {
		return ""
	}
	line := "timeout " + value[0] + " " + value[1]
	if at := m.lineAt(s.At); s.Do == diag.Change && at.line != nil && at.line.Is("timeout", value[0]) {
		return fmt.Sprintf("replace %s with %s in %s", quoted(asWritten(at.line.At)), quoted(line), named(at.section, at.line.At))
	}
	if s.In.Kind != diag.KindProxy {
		if u := m.backOf(s.In); u != nil {
			return "add the line " + quoted(line) + " to " + sectionAt(u.section)
		}
		return ""
	}
	if at := m.lineAt(d.At); at.line != nil && at.line.Is("timeout") { // beside the one that holds today
		return "add the line " + quoted(line) + " to " + sectionAt(at.section)
	}
	if units := m.origin.proxies[s.In.Name]; len(units) == 1 {
		return "add the line " + quoted(line) + " to " + sectionAt(units[0].section)
	}
	return ""
}

// inSections states a line in the section of a proxy, where it is made of one.
func inSections(spell speller) func(*model, *diag.Diagnostic, diag.Step) string {
	return func(m *model, _ *diag.Diagnostic, s diag.Step) string {
		units := m.origin.proxies[s.In.Name]
		words := spell(m, s, s.Value)
		if len(units) != 1 || s.Do == diag.Remove || words == "" {
			return ""
		}
		return "add the line " + quoted(words) + " to " + sectionAt(units[0].section)
	}
}

package haproxycfg

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// usages are the words of keywords without which a line says nothing.
var usages = map[string][]string{
	"bind":            {"ADDRESS:PORT (an address, or * for all)"},
	"server":          {"NAME (the name of the server)", "ADDRESS:PORT (its address)"},
	"default_backend": {"BACKEND"},
	"use_backend":     {"BACKEND"},
	"acl":             {"NAME", "TEST"},
	"mode":            {"http|tcp"},
}

// conditioned are the keywords whose lines may end with a condition (HAProxy
// configuration manual, 4.2).
var conditioned = []string{
	"use_backend", "use-server", "http-request", "http-response", "http-after-response", "tcp-request", "tcp-response", "redirect", "block",
	"monitor", "force-persist", "ignore-persist", "stick",
}

// strict are the keywords that HAProxy refuses in a section without the capability; of
// the others it says that they are ignored (measured with 2.6.12).
var strict = []string{
	"server", "server-template", "default-server", "use-fcgi-app", "retry-on", "tcp-response", "declare", "hash-key", "hash-preserve-affinity", "force-be-switch", "log-steps", "quic-initial",
}

// keyword reports of a line that HAProxy has no such keyword, or not in this section, or
// that other words have to stand behind it.
func (r *reader) keyword(l *Line) {
	kind := r.section.Kind
	if sections[kind].letter == "" || len(r.c.Findings) >= mostFound {
		return // what is in it is not looked at, or would not be reported
	}
	k, known := l.Keyword(kind)
	switch {
	case known:
		r.behind(l, k)
	case k.Name != "":
		r.misplaced(l, k)
	default:
		r.unknown(l)
	}
}

// misplaced reports a keyword of another section.
func (r *reader) misplaced(l *Line, k Keyword) {
	kind := r.section.Kind
	help := "it belongs in: " + strings.Join(sectionsOf(k), ", ")
	if kind == "defaults" || kind == "global" || strings.Contains(k.In, "G") || slices.Contains(strict, firstWord(k.Name)) {
		r.report(FaultKeyword, l.Words[0].At, help, "%q does not belong in a %s section", short(k.Name), kind)
		return
	}
	r.warn(FaultKeyword, l.Words[0].At, help, "HAProxy ignores %q in a %s section, and warns", short(k.Name), kind)
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return s
}

// unknown reports a keyword that HAProxy does not have.
func (r *reader) unknown(l *Line) {
	kind := r.section.Kind
	at, word, among := l.Words[0].At, l.Words[0].Text, keywordsIn(kind, "")
	if (word == "no" || word == "default") && len(l.Words) > 1 {
		l = &Line{Words: l.Words[1:], At: l.At}
		at, word = l.Words[0].At, l.Words[0].Text
	}
	if doubled()[word] && len(l.Words) > 1 {
		at, among = l.Words[1].At, keywordsIn(kind, word)
		word = l.Words[1].Text
	} else if doubled()[word] {
		r.report(FaultValue, l.At, "one of: "+strings.Join(keywordsIn(kind, word), ", "), "%s needs a second word", word)
		return
	}
	help := "see the proxy keywords matrix, chapter 4.1 of HAProxy's configuration manual"
	near, ok := nearest(action(word), among)
	if ok {
		help = "did you mean " + near + "?"
	}
	if section, is := spell.Nearest(word, sectionNames()); is && !ok && len(l.Words) <= 2 && word == l.Words[0].Text {
		r.report(FaultKeyword, at, "did you mean "+section+"?", "HAProxy has no section %q", short(word))
		if n := len(r.section.Lines); n > 0 && r.section.Lines[n-1] == l {
			r.section.Lines = r.section.Lines[:n-1]
		}
		r.begin(l, section) // what follows belongs to what was meant
		return
	}
	r.report(FaultKeyword, at, help, "HAProxy has no %s %q in a %s section", nounOf(l, word), short(word), kind)
}

// nounOf is what a word of a line is.
func nounOf(l *Line, word string) string {
	switch l.Words[0].Text {
	case word:
		return "keyword"
	case "option", "timeout":
		return l.Words[0].Text
	}
	return l.Words[0].Text + " action"
}

// negatable are the keywords that can be taken back, beside options (the message of 2.6.12;
// measured with 3.2, too).
var negatable = []string{"log", "busy-polling", "set-dumpable", "strict-limits", "insecure-fork-wanted", "numa-cpu-mapping"}

// definite are the options that cannot be taken back (measured with 2.6.12 and 3.2).
var definite = []string{
	"external-check", "forwardfor", "http-restrict-req-hdr-names", "httpchk", "httplog", "httpslog", "ldap-check", "mysql-check", "originalto",
	"pgsql-check", "redis-check", "smtpchk", "spop-check", "ssl-hello-chk", "tcp-check", "tcpka", "tcplog",
}

// negated reports "no" or "default" before a keyword that HAProxy refuses there.
func (r *reader) negated(l *Line, k Keyword) {
	name, option := strings.CutPrefix(k.Name, "option ")
	if option && !slices.Contains(definite, name) || !option && slices.Contains(negatable, firstWord(k.Name)) {
		return
	}
	r.report(FaultKeyword, l.Words[0].At, "remove the line: what a section states itself holds for it, whatever its defaults state",
		"%q cannot stand before %s: HAProxy refuses it", l.Words[0].Text, short(k.Name))
}

// behind checks the words behind a keyword.
func (r *reader) behind(l *Line, k Keyword) {
	if l.Is("no") || l.Is("default") {
		r.negated(l, k)
		return
	}
	if k.Gone != "" {
		help := "remove it"
		if k.Instead != "" {
			help = "write: " + k.Instead
		}
		r.warn(FaultKeyword, l.Words[0].At, help, "HAProxy %s and later have no %s, and refuse the configuration", k.Gone, short(k.Name))
		return
	}
	takes := slices.Contains(conditioned, l.Arg(0))
	rule, condition := l.Words, []Word(nil)
	if takes {
		rule, condition = SplitCondition(l.Words)
	}
	if len(rule)-1 < k.Min {
		r.tooFew(l, rule, k)
		return
	}
	if k.Max >= 0 && len(rule)-1 > k.Max {
		r.tooMany(rule[k.Max+1], k, takes)
	}
	r.values(rule, k)
	r.samples(rule, k)
	if condition != nil {
		r.condition(condition)
	}
	if k.Name == "acl" {
		r.acl(l)
	}
}

// tooFew reports that words are missing.
func (r *reader) tooFew(l *Line, rule []Word, k Keyword) {
	usage, known := usages[k.Name]
	if !known {
		n := k.Min - strings.Count(k.Name, " ")
		r.report(FaultValue, l.At, "see "+k.Name+" in HAProxy's configuration manual", "%s needs %s", k.Name, counted(n, "argument"))
		return
	}
	r.report(FaultValue, l.At, "write: "+k.Name+" "+strings.Join(usage, " "), "%s needs %s", short(strings.Join(Words(rule), " ")), strings.Join(usage[min(len(rule)-1, len(usage)):], " and "))
}

// tooMany reports a word that does not belong there.
func (r *reader) tooMany(w Word, k Keyword, takes bool) {
	help := "remove it"
	switch {
	case takes:
		help = "a condition begins with if or unless"
	case k.Name == "default_backend":
		help = "default_backend takes no condition: write use_backend NAME if …"
	case strings.HasPrefix(k.Name, "timeout "):
		help = "write the unit behind the number, without a space: 30s"
	}
	r.report(FaultValue, w.At, help, "%q does not belong behind %s", short(w.Text), k.Name)
}

func counted(n int, noun string) string {
	if n <= 1 {
		return "an " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// values checks the values that the table lists.
func (r *reader) values(rule []Word, k Keyword) {
	key := strings.ReplaceAll(k.Name, " ", "/")
	first := 1 + strings.Count(k.Name, " ")
	if strings.HasPrefix(key, "timeout/") {
		key = "timeout"
	}
	for _, w := range WrongValues(key, rule[min(first, len(rule)):]) {
		r.found(w.Severity, FaultValue, w.At.At, w.Help, w.Message)
	}
	switch k.Name {
	case "http-request deny", "http-request tarpit":
		r.denyStatus(rule)
	case "option httpchk":
		if len(rule) > 4 && strings.ContainsAny(rule[4].Text, "\r\n") || len(rule) > 5 {
			r.warn(FaultValue, rule[4].At, `add a line: http-check send hdr NAME VALUE`, "HAProxy 2.2 and later take no headers behind the version: they warn, and refuse it later")
		}
	}
}

// statusesOfPages are those for which HAProxy has a page of its own.
var statusesOfPages = []string{"200", "400", "401", "403", "404", "405", "407", "408", "410", "413", "421", "422", "425", "429", "431", "500", "501", "502", "503", "504"}

// denyStatus checks the status of a refusal: there is a page for it.
func (r *reader) denyStatus(rule []Word) {
	for i, w := range rule {
		if w.Text == "deny_status" && i+1 < len(rule) && !slices.Contains(statusesOfPages, rule[i+1].Text) && digits(rule[i+1].Text) > 0 {
			r.report(FaultValue, rule[i+1].At, "one of: "+strings.Join(statusesOfPages, ", "), "HAProxy has no page for the status %s of deny_status", short(rule[i+1].Text))
		}
	}
}

// samples checks the sample expressions of a rule, alone or in a log-format string.
func (r *reader) samples(rule []Word, k Keyword) {
	name, second, _ := strings.Cut(k.Name, " ")
	switch {
	case second == "set-var" && len(rule) > 2:
		r.problem(SampleProblem(rule[2].Text, false), FaultCondition, rule[2].At)
		return
	case strings.HasPrefix(second, "replace-") && len(rule) > 1:
		rule = rule[len(rule)-1:] // what is before it is a regular expression
	case strings.HasPrefix(name, "http-"), name == "redirect", name == "use_backend", strings.HasPrefix(name, "log-format"), strings.HasPrefix(name, "unique-id"):
	default:
		return
	}
	for _, w := range rule {
		r.problem(FormatProblem(w.Text), FaultCondition, w.At)
	}
}

func (r *reader) problem(p *Problem, code Code, at source.Span) {
	if p != nil {
		r.report(code, at, p.Help, "%s", p.Message)
	}
}

// acl checks the name and the test of an ACL.
func (r *reader) acl(l *Line) {
	name := l.Words[1]
	for _, c := range name.Text {
		if !isLetter(byte(min(c, 127))) && !strings.ContainsRune("0123456789.:-", c) {
			r.report(FaultValue, name.At, "use letters, digits, and . : - _", "invalid character %q in the name of ACL %s", string(c), short(name.Text))
			break
		}
	}
	r.acls[name.Text] = true
	if p := TestProblem(l.From(2)); p != nil {
		r.report(FaultCondition, p.At, p.Help, "acl %s: %s", name.Text, p.Message)
	}
}

// condition checks the tests of a condition.
func (r *reader) condition(words []Word) {
	c, at, wrong := ParseCondition(words)
	if c == nil {
		r.report(FaultCondition, at, "see chapter 7.2 of HAProxy's configuration manual", "%s", wrong)
		return
	}
	if at.Known() {
		r.warn(FaultCondition, at, "add a test, or remove the word", "%s", wrong)
	}
	for _, terms := range c.Any {
		for _, t := range terms {
			if t.Test == nil {
				continue
			}
			if name := firstName(t.Words); r.acls[name] {
				r.report(FaultCondition, t.At, "write it without { and }", "%s is the name of an ACL, and no test", name)
				continue
			}
			if p := TestProblem(t.Words); p != nil {
				r.report(FaultCondition, p.At, p.Help, "%s", p.Message)
			}
		}
	}
}

func firstName(words []Word) string {
	if len(words) == 0 {
		return ""
	}
	return words[0].Text
}

// PlacedProblem is a problem and where it is.
type PlacedProblem struct {
	Problem
	At source.Span
}

// TestProblem says what is wrong with a test: EXPRESSION [-i] [-m METHOD] … PATTERN…; nil
// for nothing.
func TestProblem(words []Word) *PlacedProblem {
	if len(words) == 0 {
		return nil // it is reported with the condition
	}
	if p := SampleProblem(words[0].Text, true); p != nil {
		return &PlacedProblem{*p, words[0].At}
	}
	t, wrong := ParseTest(words)
	if t == nil {
		at := words[0].At
		at.End = words[len(words)-1].At.End
		return &PlacedProblem{Problem{wrong, "see chapter 7.1 of HAProxy's configuration manual"}, at}
	}
	for _, pattern := range t.Patterns {
		if p := PatternProblem(t, pattern.Text); p != nil {
			return &PlacedProblem{*p, pattern.At}
		}
	}
	return nil
}

// PatternProblem says what is wrong with a value that a test compares with; nil for
// nothing.
func PatternProblem(t *Test, text string) *Problem {
	switch fetch := t.Expr.Canonical().Fetch().Name; {
	case t.Method == "reg":
		return RegexProblem(text)
	case t.Method == "ip" || t.Method == "" && len(t.Expr) == 1 && (fetch == "src" || fetch == "dst"):
		return networkProblem(text)
	case t.Method != "found" && slices.Contains([]string{"req.hdr", "req.ssl_sni", "ssl_fc_sni"}, fetch) && (fetch != "req.hdr" || strings.EqualFold(t.Expr.Canonical().Fetch().Arg(0), "host")):
		return hostProblem(text)
	}
	return nil
}

// hostProblem says what is wrong with a host, or a part of one; nil for nothing.
func hostProblem(text string) *Problem {
	for _, pair := range []string{"<>", "{}"} {
		open, end := strings.IndexByte(text, pair[0]), strings.IndexByte(text, pair[1])
		if open >= 0 && end > open+1 {
			return &Problem{text[open:end+1] + " is a placeholder of a template: no host has it", "write the host"}
		}
	}
	return nil
}

// networkProblem says what is wrong with an address or a network; nil where it may be
// one, or a name.
func networkProblem(text string) *Problem {
	addr, mask, has := strings.Cut(text, "/")
	const help = "write an address, or ADDRESS/LENGTH"
	wrong := func(why string) *Problem { return &Problem{quoted(text) + " is not an address: " + why, help} }
	if strings.Contains(text, "*") {
		return wrong("HAProxy knows no * in it")
	}
	if strings.Trim(addr, "0123456789.") == "" {
		parts := strings.Split(addr, ".")
		if len(parts) > 4 {
			return wrong("it has more than four numbers")
		}
		for _, p := range parts {
			if n := number(p); n > 255 || n < 0 && p != "" {
				return wrong(p + " is above 255")
			}
		}
		if n := number(mask); has && mask != "" && !strings.Contains(mask, ".") && (n < 0 || n > 32) {
			return wrong("the length of an IPv4 network is at most 32")
		}
	}
	if strings.Contains(addr, ":") && has && number(mask) > 128 {
		return wrong("the length of an IPv6 network is at most 128")
	}
	return nil
}

// number is a number of at most 9 digits; -1 for none.
func number(s string) int {
	if s == "" || len(s) > 9 || digits(s) != len(s) {
		return -1
	}
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// characters reports characters that look like others, and that HAProxy takes for a
// part of a word.
func (r *reader) characters(l *Line) {
	for _, w := range l.Words {
		written := w.At.Text()
		for i, c := range written {
			at := w.At
			at.Start += i
			at.End = at.Start + len(string(c))
			switch {
			case unicode.IsSpace(c) && c > 0x7f:
				r.report(FaultSyntax, at, "write a plain space", "a space that is not a plain one (U+%04X) is a part of the word %q", c, short(w.Text))
			case i == 0 && strings.ContainsRune("“”„«‘’", c):
				r.warn(FaultSyntax, at, `write " or '`, "HAProxy takes %c for a part of the word, and not for a quote", c)
			case c == 0x1b && strings.HasPrefix(written[i:], "\x1b["):
				r.found(diag.Error, FaultSyntax, at, "remove it", "the line has the control characters of a terminal")
				return
			}
		}
	}
}

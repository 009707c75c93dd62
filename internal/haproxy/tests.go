package haproxy

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// conditions reads the conditions of one unit's rules.
type conditions struct {
	u    *unit
	vars map[string]*binding // variables that rules before have set
}

// binding is what a variable may have.
type binding struct {
	expr   haproxycfg.Expr // the only value, where it is set once and always; nil for others
	values []choice        // constants in the order in which they are set
	first  bool            // only the first that is set counts: each is set where none is yet
	opaque bool            // it is set to what is not known
}

// choice is one constant that a variable is set to.
type choice struct {
	value string
	when  anyOf // without what was set before
}

// decided is a condition as it is read. Where it is not, wrong says why.
type decided struct {
	when  anyOf
	wrong string // it cannot be read
	chain string // the variable whose choices it tests, where only that
	link  int    // which of them; -1: none was made
}

// of reads the words of a condition; no words are always true.
func (c *conditions) of(words []haproxycfg.Word) decided {
	if len(words) == 0 {
		return decided{when: always}
	}
	cond, at, wrong := haproxycfg.ParseCondition(words)
	if cond == nil { // what HAProxy takes in another way is reported with the line
		c.u.m.report(haproxycfg.FaultCondition, at, "see chapter 7.2 of HAProxy's configuration manual", "%s", wrong)
		return decided{wrong: wrong}
	}
	if d, ok := c.chained(cond); ok {
		return d
	}
	sum := never
	for _, part := range cond.Any {
		product := always
		for _, t := range part {
			var ok bool
			if product, ok = product.and(c.term(t)); !ok {
				return decided{wrong: "it has too many parts"}
			}
		}
		if sum = sum.or(product); len(sum) > mostParts {
			return decided{wrong: "it has too many parts"}
		}
	}
	sum = sum.joined()
	if cond.Unless {
		none, ok := sum.not()
		if !ok {
			return decided{wrong: "it has too many parts"}
		}
		sum = none.joined()
	}
	return decided{when: sum}
}

// chained reads a condition that tests nothing but the choices of a variable.
func (c *conditions) chained(cond *haproxycfg.Condition) (decided, bool) {
	if len(cond.Any) != 1 || len(cond.Any[0]) != 1 || cond.Any[0][0].Test == nil {
		return decided{}, false
	}
	term := cond.Any[0][0]
	name, b := c.variable(term.Test)
	if b == nil || !b.first || b.opaque || len(term.Test.Expr) > 1 {
		return decided{}, false
	}
	not := term.Not != cond.Unless
	switch {
	case term.Test.Method == "found" && not:
		return decided{when: always, chain: name, link: -1}, true
	case (term.Test.Method == "str" || term.Test.Method == "") && !not && len(term.Test.Patterns) == 1:
		for i, v := range b.values {
			if v.value == term.Test.Patterns[0].Text {
				return decided{when: v.when, chain: name, link: i}, true
			}
		}
	}
	return decided{}, false
}

func (c *conditions) variable(t *haproxycfg.Test) (string, *binding) {
	f := t.Expr.Fetch()
	if f.Name != "var" {
		return "", nil
	}
	return f.Arg(0), c.vars[f.Arg(0)]
}

// term reads an ACL by its name, or a test.
func (c *conditions) term(t haproxycfg.Term) anyOf {
	var out anyOf
	if t.Test != nil {
		out = c.test(t.Test)
	} else {
		out = c.named(t)
	}
	if !t.Not {
		return out
	}
	none, ok := out.not()
	if !ok {
		return anyOf{all{unread(t.At)}}
	}
	return none
}

// unread is a test that only a running HAProxy decides, or that is not read.
func unread(at source.Span) literal {
	return literal{on: onUnknown, what: asWritten(at), at: at}
}

// predefined are the ACLs that HAProxy has by itself (configuration manual, 7.4).
var predefined = map[string]anyOf{
	"TRUE": always, "FALSE": never, "ALWAYS_TRUE": always, "HTTP": {{{on: onHTTP}}}, "HTTP_1.0": {{{on: onUnknown, what: "HTTP_1.0"}}},
	"HTTP_1.1": {{{on: onUnknown, what: "HTTP_1.1"}}}, "HTTP_2.0": {{{on: onUnknown, what: "HTTP_2.0"}}}, "HTTP_3.0": {{{on: onUnknown, what: "HTTP_3.0"}}},
	"HTTP_CONTENT": {{{on: onUnknown, what: "HTTP_CONTENT"}}}, "HTTP_URL_ABS": {{{on: onUnknown, what: "HTTP_URL_ABS"}}},
	"HTTP_URL_SLASH": {{{on: onPath, how: begins, values: []string{"/"}}}}, "HTTP_URL_STAR": {{{on: onPath, how: exactly, values: []string{"*"}}}},
	"LOCALHOST":   {{{on: onSource, how: exactly, values: []string{"127.0.0.1/8", "::1"}}}},
	"METH_GET":    {{{on: onMethod, how: exactly, values: []string{"GET", "HEAD"}}}},
	"RDP_COOKIE":  {{{on: onUnknown, what: "RDP_COOKIE"}}},
	"REQ_CONTENT": always, "WAIT_END": always,
}

// named reads the ACLs of a name: one of them holds.
func (c *conditions) named(t haproxycfg.Term) anyOf {
	lines := c.u.acls[t.Name]
	if len(lines) == 0 {
		if known, ok := predefined[t.Name]; ok {
			return known
		}
		if method, ok := strings.CutPrefix(t.Name, "METH_"); ok && method != "" {
			return anyOf{all{{on: onMethod, how: exactly, values: []string{method}, at: t.At}}}
		}
		names := make([]string, 0, len(c.u.acls))
		for name := range c.u.acls {
			names = append(names, name)
		}
		slices.Sort(names)
		c.u.m.report(haproxycfg.FaultUnknown, t.At, suggestion(t.Name, names, "declare it above with: acl "+t.Name+" …"), "%s %s has no ACL called %q", c.u.section.Kind, c.u.name, t.Name)
		return anyOf{all{unread(t.At)}}
	}
	out := &sum{}
	for _, l := range lines {
		test, wrong := haproxycfg.ParseTest(l.From(2))
		if test == nil {
			c.u.m.report(haproxycfg.FaultCondition, l.At, "see chapter 7.1 of HAProxy's configuration manual", "acl %s: %s", t.Name, wrong)
			continue
		}
		out.add(c.test(test))
	}
	whole, ok := out.whole()
	if !ok {
		return anyOf{all{unread(t.At)}}
	}
	return pathsBelow(whole)
}

// pathsBelow finds a path and all that begins with it and a slash: that is all below.
func pathsBelow(c anyOf) anyOf {
	for i, a := range c {
		for j, b := range c {
			if len(a) != 1 || len(b) != 1 || a[0].on != onPath || b[0].on != onPath || a[0].not || b[0].not || a[0].anyCase || b[0].anyCase {
				continue
			}
			if a[0].how != exactly || b[0].how != begins || len(a[0].values) != len(b[0].values) {
				continue
			}
			same := true
			for n, v := range a[0].values {
				same = same && b[0].values[n] == v+"/"
			}
			if same {
				l := a[0]
				l.how = below
				out := slices.Clone(c)
				out[i] = all{l}
				return pathsBelow(slices.Delete(out, j, j+1))
			}
		}
	}
	return c
}

// test reads one test.
func (c *conditions) test(t *haproxycfg.Test) anyOf {
	e := t.Expr
	if _, b := c.variable(t); b != nil {
		if b.expr == nil {
			return c.valued(t, b)
		}
		e = slices.Concat(b.expr.Canonical(), e[1:])
	}
	if last := e[len(e)-1]; isMap(last.Name) {
		return c.mapped(t, e)
	}
	patterns, ok := c.patterns(t)
	if !ok {
		return anyOf{all{unread(t.At)}}
	}
	if out, ok := c.ofBase(t, e, patterns); ok {
		return out
	}
	if f := e.Canonical().Fetch(); f.Name == "req.len" && slices.Contains([]string{"gt 0", "ge 1"}, strings.Join(patterns, " ")) {
		return always // of who sends anything
	}
	if isHostCount(e) {
		return hostCounted(t, patterns)
	}
	on, name, ok := subjectOf(e)
	if !ok {
		return anyOf{all{unread(t.At)}}
	}
	c.approximate(e, t.At)
	own := *t
	own.AnyCase = t.AnyCase || lowers(e)
	return compared(&own, on, name, patterns)
}

// approximate lists what a test asks for, where the model asks for what is nearly the
// same: the host for the SNI of a session that ended here, any credentials for good ones.
func (c *conditions) approximate(e haproxycfg.Expr, at source.Span) {
	switch e.Canonical().Fetch().Name {
	case "ssl_fc_sni":
		if c.u.http {
			c.u.m.list(flow.LosesDetail, at, asWritten(at)+": chosen by the SNI, shown as the host")
		}
	case "http_auth", "http_auth_group":
		c.u.m.list(flow.LosesDetail, at, asWritten(at)+": credentials are not checked, only that there are some")
	}
	if slices.ContainsFunc(e, func(c haproxycfg.Call) bool { return c.Name == "url_dec" }) {
		c.u.m.list(flow.LosesDetail, at, asWritten(at)+": compared as it was sent, not decoded")
	}
}

// lowers reports whether an expression makes its input small letters.
func lowers(e haproxycfg.Expr) bool {
	return slices.ContainsFunc(e, func(c haproxycfg.Call) bool { return c.Name == "lower" })
}

// ofBase reads a test of the host with the path behind it.
func (c *conditions) ofBase(t *haproxycfg.Test, e haproxycfg.Expr, patterns []string) (anyOf, bool) {
	if e.Canonical().Fetch().Name != "base" {
		return nil, false
	}
	method := t.Method
	if method == "" {
		method = "str"
	}
	out := never
	for _, p := range patterns {
		one, ok := baseTest(method, entry{key: p, at: t.At})
		if !ok {
			return anyOf{all{unread(t.At)}}, true
		}
		for _, part := range one {
			for i := range part {
				part[i].anyCase = part[i].anyCase || t.AnyCase || lowers(e)
			}
		}
		out = out.or(one)
	}
	return out.joined(), true
}

// isHostCount reports whether an expression counts the Host headers.
func isHostCount(e haproxycfg.Expr) bool {
	f := e.Canonical().Fetch()
	return f.Name == "req.hdr_cnt" && strings.EqualFold(f.Arg(0), "host") && len(e) == 1
}

// hostCounted is a test of how many Host headers there are: a request has one (RFC 9112,
// 3.2).
func hostCounted(t *haproxycfg.Test, patterns []string) anyOf {
	compare, ok := intTest(patterns)
	switch {
	case !ok:
		return anyOf{all{unread(t.At)}}
	case compare(1):
		return always
	}
	return never
}

// intTest is a comparison of integers: eq 1, ge 2, 3:5 (HAProxy configuration manual,
// 7.1.2).
func intTest(patterns []string) (holds func(int) bool, ok bool) {
	operator := "eq"
	if len(patterns) > 0 && slices.Contains([]string{"eq", "ge", "gt", "le", "lt"}, patterns[0]) {
		operator, patterns = patterns[0], patterns[1:]
	}
	type span struct{ from, to int }
	var some []span
	for _, p := range patterns {
		from, to, ranged := strings.Cut(p, ":")
		if !ranged {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil {
			return nil, false
		}
		some = append(some, span{a, b})
	}
	return func(n int) bool {
		return slices.ContainsFunc(some, func(s span) bool {
			switch operator {
			case "ge":
				return n >= s.from
			case "gt":
				return n > s.from
			case "le":
				return n <= s.to
			case "lt":
				return n < s.to
			}
			return n >= s.from && n <= s.to
		})
	}, len(some) > 0
}

// mostLength is how long a text may be whose length is tested.
const mostLength = 1000

// lengths are the regular expressions of texts whose length a test takes; ok is false
// where there is no such one.
func lengths(patterns []string) ([]string, bool) {
	holds, ok := intTest(patterns)
	if !ok {
		return nil, false
	}
	var out []string
	for n := 0; n <= mostLength; n++ {
		if !holds(n) {
			continue
		}
		last := n
		for last < mostLength && holds(last+1) {
			last++
		}
		end := strconv.Itoa(last)
		if last == mostLength {
			end = ""
		}
		out = append(out, "^.{"+strconv.Itoa(n)+","+end+"}$")
		n = last
	}
	return out, len(out) > 0
}

// valued tests a variable that was set to constants.
func (c *conditions) valued(t *haproxycfg.Test, b *binding) anyOf {
	if b.opaque || len(t.Expr) > 1 {
		return anyOf{all{unread(t.At)}}
	}
	out := never
	for i, v := range b.values {
		matches := t.Method == "found" || (t.Method == "str" || t.Method == "") && slices.ContainsFunc(t.Patterns, func(p haproxycfg.Pattern) bool { return p.Text == v.value }) ||
			t.Method == "bool" && v.value != "0" && v.value != "false"
		if !matches {
			continue
		}
		when := v.when
		others := b.values[i+1:] // set later
		if b.first {
			others = b.values[:i]
		}
		for _, o := range others {
			none, ok := o.when.not()
			if ok {
				when, ok = when.and(none)
			}
			if !ok {
				return anyOf{all{unread(t.At)}}
			}
		}
		out = out.or(when)
	}
	return out
}

// subjectOf is what an expression looks at.
func subjectOf(e haproxycfg.Expr) (on subject, name string, ok bool) {
	e = e.Canonical()
	f := e.Fetch()
	switch f.Name {
	case "req.hdr":
		if strings.EqualFold(f.Arg(0), "host") {
			on = onHost
		} else {
			on, name = onHeader, f.Arg(0)
		}
	case "path", "url", "pathq", "capture.req.uri":
		on = onPath
	case "method", "capture.req.method":
		on = onMethod
	case "src":
		on = onSource
	case "req.ssl_sni":
		on = onHost
	case "ssl_fc_sni": // of a port that reads requests it is shown as the host: see sniAsHost
		on = onHost
	case "req.cook":
		on, name = onCookie, f.Arg(0)
	case "url_param":
		on, name = onQuery, f.Arg(0)
	case "ssl_fc", "req.ssl_hello_type", "req.ssl_ver":
		on = onTLS
	case "req.proto_http":
		on = onHTTP
	case "dst_port":
		on = onPort
	case "dst":
		on = onAddress
	case "http_auth", "http_auth_group": // who sends no credentials is not let in
		on, name = onHeader, "authorization"
	case "ssl_c_used", "ssl_fc_has_crt", "ssl_c_verify":
		on = onClient
		name = f.Name
	default:
		return onUnknown, "", false
	}
	for _, conv := range e[1:] {
		if !keeps(on, conv) {
			return onUnknown, "", false
		}
	}
	return on, name, true
}

// keeps reports whether a converter leaves the tests of a subject as they are.
func keeps(on subject, conv haproxycfg.Call) bool {
	switch conv.Name {
	case "lower":
		return true
	case "host_only":
		return on == onHost
	case "rtrim":
		return on == onHost && conv.Arg(0) == "."
	case "field", "word":
		return on == onHost && conv.Arg(0) == "1" && (conv.Arg(1) == ":" || conv.Arg(1) == ".")
	case "regsub":
		return on == onHost && (conv.Arg(0) == ":[0-9]+$" || conv.Arg(0) == ":.*") && conv.Arg(1) == ""
	case "url_dec":
		return on == onPath || on == onQuery
	}
	return false
}

// patterns are the values of a test, those of its files among them.
func (c *conditions) patterns(t *haproxycfg.Test) ([]string, bool) {
	var out []string
	for _, p := range t.Patterns {
		out = append(out, p.Text)
	}
	for _, w := range t.Files {
		f := c.u.m.fileOf(w.Text, c.u.m.globalWord("default-path"))
		if f.src == nil {
			c.u.m.missing(w.At, w.Text, "a list of patterns")
			return nil, false
		}
		for n := 1; n <= f.src.Lines(); n++ {
			at := f.src.LineSpan(n)
			if s := strings.TrimSpace(at.Text()); s != "" && s[0] != '#' {
				out = append(out, s)
				c.u.m.pattern(t, s, at)
			}
		}
	}
	return out, true
}

// missing reports a file without which the routes are not known.
func (m *model) missing(at source.Span, name, what string) {
	m.report(haproxycfg.FaultFile, at, "put a copy of it beside the configuration, or below it at the same path", "%s %s cannot be read", what, name)
}

// manners are the ways of comparing by their names in HAProxy.
var manners = map[string]manner{"": exactly, "str": exactly, "beg": begins, "end": ends, "sub": contains, "reg": regex, "found": present}

// compared is a test of a subject with values.
func compared(t *haproxycfg.Test, on subject, name string, values []string) anyOf {
	l := literal{on: on, name: name, anyCase: t.AnyCase, values: values, at: t.At, what: asWritten(t.At)}
	unknown := anyOf{all{unread(t.At)}}
	if on == onHost && firstLabel(t.Expr) {
		if t.Method != "" && t.Method != "str" && t.Method != "beg" {
			return unknown
		}
		for i := range values {
			values[i] = strings.TrimSuffix(values[i], ".") + "."
		}
		l.how, l.anyCase = begins, true
		return anyOf{all{l}}
	}
	switch on {
	case onTLS, onHTTP:
		return flagged(t, l, values)
	case onClient:
		return certified(t, l, values)
	case onPort:
		if l.values = portsOf(values); l.values == nil {
			return unknown
		}
		l.how = exactly
		return anyOf{all{l}}
	case onSource, onAddress:
		if l.values = networksOf(values); l.values == nil {
			return unknown
		}
		l.how, l.anyCase = exactly, false
		return anyOf{all{l}}
	case onUnknown, onHost, onPath, onMethod, onHeader, onCookie, onQuery, onSNI:
	}
	how, known := manners[t.Method]
	if f := t.Expr.Canonical().Fetch().Name; f == "http_auth" || f == "http_auth_group" {
		how, l.values = present, nil
	}
	if how != present && len(l.values) == 0 {
		return unknown
	}
	switch {
	case t.Method == "len":
		var ok bool
		if l.values, ok = lengths(values); !ok {
			return unknown
		}
		l.how = regex
		return anyOf{all{l}}
	case t.Method == "dom", t.Method == "dir":
		l.how, l.values = regex, delimited(t.Method, values)
		return anyOf{all{l}}
	case !known:
		return unknown
	}
	l.how = how
	switch on {
	case onHost:
		return hostTest(t, l)
	case onPath:
		return pathTest(l)
	case onMethod:
		if how != exactly {
			return unknown
		}
		l.anyCase = false
	case onUnknown, onSource, onHeader, onCookie, onQuery, onTLS, onSNI, onHTTP, onPort, onClient, onAddress:
	}
	if how == regex && !compiles(l.values) {
		return unknown
	}
	return anyOf{all{l}}
}

// firstLabel reports whether an expression is the first label of a host.
func firstLabel(e haproxycfg.Expr) bool {
	return slices.ContainsFunc(e, func(c haproxycfg.Call) bool { return (c.Name == "word" || c.Name == "field") && c.Arg(1) == "." })
}

// hostTest puts the patterns of hosts into the form that a route has.
func hostTest(t *haproxycfg.Test, l literal) anyOf {
	l.anyCase = true // names are compared so (RFC 4343)
	switch l.how {
	case present:
		if t.Expr.Canonical().Fetch().Name == "req.hdr" {
			return always // every request of HTTP/1.1 has a host
		}
		return anyOf{all{{on: onSNI, at: t.At, what: l.what}}}
	case exactly:
		var hosts []string
		for _, v := range l.values {
			host, _, _ := strings.Cut(v, ":")
			hosts = append(hosts, strings.ToLower(strings.TrimSuffix(host, ".")))
		}
		l.values = hosts
	case regex:
		var hosts []string
		for _, v := range l.values {
			some, ok := hostsOf(v)
			if !ok {
				if compiles(l.values) {
					return anyOf{all{l}}
				}
				return anyOf{all{unread(t.At)}}
			}
			hosts = append(hosts, some...)
		}
		return hostsAs(l, hosts)
	case begins, ends, contains, below, oneLabel:
		for i, v := range l.values {
			l.values = slices.Clone(l.values)
			l.values[i] = strings.ToLower(v)
		}
	}
	return anyOf{all{l}}
}

// hostsAs is a test for hosts and wildcards.
func hostsAs(l literal, hosts []string) anyOf {
	one, wild := l, l
	one.how, one.values, wild.how, wild.values = exactly, nil, oneLabel, nil
	for _, h := range hosts {
		if rest, ok := strings.CutPrefix(h, "*."); ok {
			wild.values = append(wild.values, rest)
		} else {
			one.values = append(one.values, h)
		}
	}
	out := never
	if len(one.values) > 0 {
		out = append(out, all{one})
	}
	if len(wild.values) > 0 {
		out = append(out, all{wild})
	}
	return out
}

// pathTest finds the regular expressions that take a path and all below it.
func pathTest(l literal) anyOf {
	if l.how != regex {
		return anyOf{all{l}}
	}
	under := l
	under.how, under.values = below, nil
	for _, v := range l.values {
		p, ok := pathBelow(v)
		if !ok {
			if compiles(l.values) {
				return anyOf{all{l}}
			}
			return anyOf{all{unread(l.at)}}
		}
		under.values = append(under.values, p)
	}
	return anyOf{all{under}}
}

// compiles reports whether Go knows the regular expressions, too.
func compiles(exprs []string) bool {
	for _, e := range exprs {
		if _, err := syntax.Parse(e, syntax.Perl); err != nil {
			return false
		}
	}
	return true
}

// delimited are the regular expressions of -m dom and -m dir: a pattern between dots, or
// between slashes.
func delimited(method string, values []string) []string {
	marks := `[.:/?]`
	if method == "dir" {
		marks = `[/?]`
	}
	var out []string
	for _, v := range values {
		out = append(out, `(^|`+marks+`)`+regexp.QuoteMeta(strings.Trim(v, "./"))+`($|`+marks+`)`)
	}
	return out
}

// flagged is a test of what is true or false.
func flagged(t *haproxycfg.Test, l literal, values []string) anyOf {
	l.values, l.anyCase = nil, false
	switch name := t.Expr.Canonical().Fetch().Name; {
	case len(values) == 0, t.Method == "found":
		return anyOf{all{l}}
	case name == "req.ssl_hello_type" || name == "req.ssl_ver":
		if name == "req.ssl_hello_type" && slices.Equal(values, []string{"0"}) {
			l.not = true
		}
		return anyOf{all{l}}
	case slices.Equal(values, []string{"1"}), slices.Equal(values, []string{"true"}), slices.Equal(values, []string{"on"}):
		return anyOf{all{l}}
	case slices.Equal(values, []string{"0"}), slices.Equal(values, []string{"false"}), slices.Equal(values, []string{"off"}):
		l.not = true
		return anyOf{all{l}}
	}
	return anyOf{all{unread(t.At)}}
}

// certified is a test of the client's certificate. ssl_c_verify is 0 also where none
// was shown (HAProxy configuration manual, 7.3.4).
func certified(t *haproxycfg.Test, l literal, values []string) anyOf {
	l.values, l.name, l.anyCase = nil, "", false
	if t.Expr.Canonical().Fetch().Name == "ssl_c_verify" {
		if slices.Equal(values, []string{"0"}) {
			return always // a certificate that is not verified ends the handshake, unless errors are ignored
		}
		return anyOf{all{unread(t.At)}}
	}
	return flagged(t, l, values)
}

// portsOf are the ports of a test: 443, 8000:8099; nil where they are not listed.
func portsOf(values []string) []string {
	var out []string
	if len(values) == 2 && (values[0] == "eq" || values[0] == "==") {
		values = values[1:]
	}
	for _, v := range values {
		from, to, ok := strings.Cut(v, ":")
		if !ok {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || b < a || b-a > 1000 {
			return nil
		}
		for p := a; p <= b; p++ {
			out = append(out, strconv.Itoa(p))
		}
	}
	return out
}

// networksOf are the networks of a test; nil where one is none.
func networksOf(values []string) []string {
	var out []string
	for _, v := range values {
		if addr, mask, ok := strings.Cut(v, "/"); ok && strings.Contains(mask, ".") {
			if m, err := netip.ParseAddr(mask); err == nil {
				v = addr + "/" + strconv.Itoa(ones(m))
			}
		}
		if p, err := netip.ParsePrefix(v); err == nil {
			out = append(out, p.Masked().String())
			continue
		}
		a, err := netip.ParseAddr(v)
		if err != nil {
			return nil
		}
		out = append(out, a.String())
	}
	return out
}

func ones(mask netip.Addr) int {
	n := 0
	for _, b := range mask.AsSlice() {
		for ; b&0x80 != 0; b <<= 1 {
			n++
		}
	}
	return n
}

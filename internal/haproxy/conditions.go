package haproxy

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// conditions reads the conditions of one unit's rules.
type conditions struct {
	u     *unit
	vars  map[string]*binding // variables that rules before have set
	bytes bool                // a test asked whether anything came
}

// binding is what a variable may have.
type binding struct {
	expr   haproxycfg.Expr // what sets it always; nil for none
	values []choice        // constants that are set behind it, in order
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
var predefined = sync.OnceValue(func() map[string]anyOf {
	return map[string]anyOf{
		"TRUE": always, "FALSE": never, "ALWAYS_TRUE": always, "HTTP": {{{on: onHTTP}}}, "HTTP_1.0": {{{on: onUnknown, what: "HTTP_1.0"}}},
		"HTTP_1.1": {{{on: onUnknown, what: "HTTP_1.1"}}}, "HTTP_2.0": {{{on: onUnknown, what: "HTTP_2.0"}}}, "HTTP_3.0": {{{on: onUnknown, what: "HTTP_3.0"}}},
		"HTTP_CONTENT": {{{on: onUnknown, what: "HTTP_CONTENT"}}}, "HTTP_URL_ABS": {{{on: onUnknown, what: "HTTP_URL_ABS"}}},
		"HTTP_URL_SLASH": {{{on: onPath, how: begins, values: []string{"/"}}}}, "HTTP_URL_STAR": {{{on: onPath, how: exactly, values: []string{"*"}}}},
		"LOCALHOST":   {{{on: onSource, how: exactly, values: []string{"127.0.0.1/8", "::1"}}}},
		"METH_GET":    {{{on: onMethod, how: exactly, values: []string{"GET", "HEAD"}}}},
		"RDP_COOKIE":  {{{on: onUnknown, what: "RDP_COOKIE"}}},
		"REQ_CONTENT": always, "WAIT_END": always,
	}
})

// named reads the ACLs of a name: one of them holds.
func (c *conditions) named(t haproxycfg.Term) anyOf {
	lines := c.u.acls[t.Name]
	if len(lines) == 0 {
		if known, ok := predefined()[t.Name]; ok {
			c.bytes = c.bytes || t.Name == "REQ_CONTENT"
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
	whole = allBelow(whole)
	if ownMatch(t.Name) {
		for _, part := range whole {
			for i := range part {
				part[i].match = true
			}
		}
	}
	return whole
}

// ownMatch reports whether an ACL has a name that flowc gives one of a match statement.
func ownMatch(name string) bool {
	i := strings.LastIndex(name, ".match")
	return i > 0 && strings.Trim(name[i+len(".match"):], "0123456789") == ""
}

// allBelow finds a path and all that begins with it and a slash, and a host and all that ends
// with a dot and it: that is all below.
func allBelow(c anyOf) anyOf {
	for i, a := range c {
		for j, b := range c {
			if len(a) == 1 && len(b) == 1 && a[0].withBelow(b[0]) {
				l := a[0]
				l.how, l.index = below, nil
				out := slices.Clone(c)
				out[i] = all{l}
				return allBelow(slices.Delete(out, j, j+1))
			}
		}
	}
	return c
}

// withBelow reports whether a test of paths or hosts and another one of what is below them are
// all below.
func (l literal) withBelow(o literal) bool {
	deeper := func(v string) string { return v + "/" }
	how := begins
	if l.on == onHost {
		deeper, how = func(v string) string { return "." + v }, ends
	}
	if l.on != onPath && l.on != onHost || o.on != l.on || l.not || o.not || l.on == onPath && (l.anyCase || o.anyCase) {
		return false
	}
	if l.how != exactly || o.how != how || len(l.values) != len(o.values) {
		return false
	}
	for n, v := range l.values {
		if o.values[n] != deeper(v) {
			return false
		}
	}
	return true
}

// test reads one test.
func (c *conditions) test(t *haproxycfg.Test) anyOf {
	e := t.Expr
	if c.u.readsNone(e) {
		return c.ofRelay(t)
	}
	if _, b := c.variable(t); b != nil {
		switch {
		case b.expr == nil:
			return c.valued(t, b)
		case len(b.values) > 0:
			return c.overridden(t, b)
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
		c.bytes = true
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
	if on == onHost {
		some := len(patterns) > 0
		if patterns = c.u.m.withoutStars(t, patterns, "write in place of it: -m end %s"); some && len(patterns) == 0 {
			return never
		}
	}
	if some := len(patterns) > 0; some && lowers(e) && !t.AnyCase {
		if patterns = c.u.m.withoutCapitals(t, patterns); len(patterns) == 0 {
			return never
		}
	}
	return compared(&own, on, name, patterns)
}

// ofRequests are the fetches that read a request.
var ofRequests = []string{"path", "pathq", "url", "base", "method", "query", "req.hdr", "req.cook", "url_param", "req.hdr_cnt", "req.fhdr"}

// readsNone reports whether an expression reads a request, and the unit reads none.
func (u *unit) readsNone(e haproxycfg.Expr) bool {
	return !u.http && slices.Contains(ofRequests, e.Canonical().Fetch().Name)
}

// waits reports whether a section of mode tcp waits for bytes: it may find a request in them.
func (u *unit) waits() bool {
	return slices.ContainsFunc(u.inherited("tcp-request"), func(l *haproxycfg.Line) bool { return l.Arg(1) == "inspect-delay" || l.Arg(1) == "content" })
}

// ofRelay is a test of a request where bytes are relayed. Where no rule waits for any, it never
// holds; else it does where they are a request, which no model says of a relay (measured with 2.6.12).
func (c *conditions) ofRelay(t *haproxycfg.Test) anyOf {
	if c.u.front && !c.u.waits() {
		return never
	}
	return anyOf{all{unread(t.At)}}
}

// withoutCapitals leaves out the values with capitals, of which none is met by what the
// converter lower gives, and says so (measured with 2.6.12, of tests and of maps).
func (m *model) withoutCapitals(t *haproxycfg.Test, values []string) []string {
	if manner, ok := manners[t.Method]; (!ok || manner == regex || manner == present) && t.Method != "dom" && t.Method != "dir" {
		return values
	}
	return slices.DeleteFunc(values, func(v string) bool {
		small := strings.ToLower(v)
		if v != small {
			m.warn(haproxycfg.FaultCondition, t.At, "write "+small, "%q has capitals, and is compared with what lower gives: nothing is like it", v)
		}
		return v != small
	})
}

// withoutStars leaves out the hosts with a star, with which HAProxy compares as with any other
// character (measured with 2.6.12), and says so: no client asks for such a host.
func (m *model) withoutStars(t *haproxycfg.Test, hosts []string, write string) []string {
	if t.Method == "reg" || t.Method == "found" {
		return hosts
	}
	return slices.DeleteFunc(hosts, func(h string) bool {
		if !strings.Contains(h, "*") {
			return false
		}
		help := "write a regular expression, and compare with reg"
		if rest, ok := strings.CutPrefix(h, "*"); ok && !strings.Contains(rest, "*") {
			help = fmt.Sprintf(write, rest)
		}
		m.warn(haproxycfg.FaultCondition, t.At, help, "%q is compared as it is: HAProxy knows no wildcards here, and no client asks for a host with a star", h)
		return true
	})
}

// overridden tests a variable that an expression has set, and then constants under conditions.
func (c *conditions) overridden(t *haproxycfg.Test, b *binding) anyOf {
	own := *t
	own.Expr = slices.Concat(b.expr.Canonical(), t.Expr[1:])
	left, set := c.test(&own), never
	for _, v := range b.values {
		set = set.or(v.when)
	}
	none, ok := set.not()
	if ok {
		left, ok = left.and(none)
	}
	if !ok {
		return anyOf{all{unread(t.At)}}
	}
	return c.valued(t, b).or(left)
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

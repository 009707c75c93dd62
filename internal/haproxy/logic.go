package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// subject is what a test looks at.
type subject int

const (
	onUnknown subject = iota // only a running HAProxy knows it
	onHost
	onPath
	onMethod
	onSource
	onHeader
	onCookie
	onQuery
	onTLS     // the connection is TLS: ssl_fc, or a ClientHello on a port that looks
	onSNI     // there is an SNI
	onHTTP    // what came begins as a request
	onPort    // the port that the client connected to
	onAddress // the address that the client connected to
	onClient  // a verified client certificate was shown
)

// manner is how a value is compared.
type manner int

const (
	exactly  manner = iota + 1
	below           // of a path: it, and what is behind a slash; of a host: it, and all names below
	oneLabel        // of a host: one label more, as in *.example.com
	begins
	ends
	contains
	regex
	present
)

// literal is one test of a condition: one of the values matches, or none does.
type literal struct {
	on      subject
	name    string // of a header, a cookie, a parameter
	how     manner
	values  []string
	anyCase bool
	not     bool
	what    string // of onUnknown: the test as it is written
	match   bool   // flowc has written it of a match statement
	at      source.Span

	index *valueIndex // of many values; it counts only for as many as it was made of
}

// valueIndex finds one of many values.
type valueIndex struct {
	of  int // how many
	all map[string]bool
}

// many is how many values have an index.
const many = 16

// indexed is a literal whose many values are found at once.
func (l literal) indexed() literal {
	if l.how != exactly || len(l.values) < many {
		return l
	}
	l.index = &valueIndex{of: len(l.values), all: make(map[string]bool, len(l.values))}
	for _, v := range l.values {
		if l.anyCase {
			v = strings.ToLower(v)
		}
		l.index.all[v] = true
	}
	return l
}

func (l literal) negated() literal {
	l.not = !l.not
	return l
}

func (l literal) equal(o literal) bool {
	return l.on == o.on && strings.EqualFold(l.name, o.name) && l.how == o.how && l.anyCase == o.anyCase && slices.Equal(l.values, o.values) &&
		(l.on != onUnknown || l.what == o.what)
}

// all are literals that all hold.
type all []literal

// anyOf is a condition: one of its parts holds. Without parts it is false, and a part
// without literals is true.
type anyOf []all

var (
	never  = anyOf{}
	always = anyOf{nil}
)

// mostParts is how many parts a condition may have. What has more is not read.
const mostParts = 256

// and holds where both do; ok is false where that has too many parts.
func (c anyOf) and(o anyOf) (out anyOf, ok bool) {
	if len(c)*len(o) > mostParts {
		return nil, false
	}
	out = anyOf{}
	for _, a := range c {
		for _, b := range o {
			if part, possible := a.with(b); possible {
				out = append(out, part)
			}
		}
	}
	return out.simple(), true
}

// with is both; possible is false where they contradict each other.
func (a all) with(b all) (out all, possible bool) {
	out = slices.Clone(a)
	for _, l := range b {
		if slices.ContainsFunc(out, func(o literal) bool { return o.equal(l) && o.not != l.not }) {
			return nil, false
		}
		if out, possible = out.add(l); !possible {
			return nil, false
		}
	}
	return out, true
}

// add adds a literal. Where one lists the values of a subject, the other one only
// leaves some of them out.
func (a all) add(l literal) (all, bool) {
	for i, o := range a {
		if o.on != l.on || o.name != l.name {
			continue
		}
		if o.equal(l) && o.not == l.not {
			return a, true
		}
		list, other := o, l
		if list.how != exactly || list.not || !listable(l) {
			list, other = l, o
		}
		if list.how != exactly || list.not || !listable(other) {
			continue
		}
		var kept []string
		for _, v := range list.values {
			if other.matches(v) {
				kept = append(kept, v)
			}
		}
		if len(kept) == 0 {
			return nil, false
		}
		list.values, list.index = kept, nil
		a[i] = list
		return a, true
	}
	return append(a, l), true
}

// listable reports whether it can be told which values the literal takes.
func listable(l literal) bool {
	switch l.on {
	case onHost, onPath, onMethod, onPort:
		return l.how != regex && l.how != present
	case onUnknown, onSource, onHeader, onCookie, onQuery, onTLS, onSNI, onHTTP, onClient, onAddress:
	}
	return false
}

// matches reports whether the literal holds for a value of its subject.
func (l literal) matches(v string) bool {
	fold := func(s string) string {
		if l.anyCase {
			return strings.ToLower(s)
		}
		return s
	}
	v = fold(v)
	if l.index != nil && l.index.of == len(l.values) {
		return l.index.all[v] != l.not
	}
	some := slices.ContainsFunc(l.values, func(own string) bool {
		own = fold(own)
		switch l.how {
		case exactly:
			return v == own
		case below:
			if l.on == onHost {
				return v == own || strings.HasSuffix(v, "."+own)
			}
			return v == own || strings.HasPrefix(v, strings.TrimSuffix(own, "/")+"/")
		case oneLabel:
			label, rest, ok := strings.Cut(v, ".")
			return ok && label != "" && rest == own
		case begins:
			return strings.HasPrefix(v, own)
		case ends:
			return strings.HasSuffix(v, own)
		case contains:
			return strings.Contains(v, own)
		case regex, present:
		}
		return false
	})
	return some != l.not
}

// or holds where one does.
func (c anyOf) or(o anyOf) anyOf { return slices.Concat(c, o).simple() }

// not holds where the condition does not.
func (c anyOf) not() (out anyOf, ok bool) {
	out = always
	for _, part := range c {
		var none anyOf
		for _, l := range part {
			none = append(none, all{l.negated()})
		}
		if out, ok = out.and(none); !ok {
			return nil, false
		}
	}
	return out, true
}

// simple leaves out parts that another one covers.
func (c anyOf) simple() anyOf {
	out := anyOf{}
	for i, part := range c {
		covered := false
		for j, o := range c {
			if i != j && o.covers(part) && (!part.covers(o) || j < i) {
				covered = true
				break
			}
		}
		if !covered {
			out = append(out, part)
		}
	}
	return out
}

// positive reports whether a test of a subject is among them that is not negated.
func (a all) positive(on subject) bool {
	return slices.ContainsFunc(a, func(l literal) bool { return l.on == on && !l.not })
}

// covers reports whether it holds wherever another one does.
func (a all) covers(o all) bool {
	for _, l := range a {
		if !slices.ContainsFunc(o, l.follows) {
			return false
		}
	}
	return true
}

// follows reports whether a literal holds wherever another one does.
func (l literal) follows(m literal) bool {
	if m.equal(l) && m.not == l.not {
		return true
	}
	return m.on == l.on && m.name == l.name && m.how == exactly && !m.not && listable(l) && len(m.values) > 0 &&
		!slices.ContainsFunc(m.values, func(v string) bool { return !l.matches(v) })
}

// unknown returns the tests of the condition that only a running HAProxy decides.
func (c anyOf) unknown() []string {
	var out []string
	for _, part := range c {
		for _, l := range part {
			if l.on == onUnknown && !slices.Contains(out, l.what) {
				out = append(out, l.what)
			}
		}
	}
	return out
}

// unknownAt are the places of these tests that have one.
func (c anyOf) unknownAt() []source.Span {
	var out []source.Span
	for _, part := range c {
		for _, l := range part {
			if l.on == onUnknown && l.at.Known() && !slices.Contains(out, l.at) {
				out = append(out, l.at)
			}
		}
	}
	return out
}

// under decides tests whose answer is known where the condition is asked.
func (c anyOf) under(decide func(literal) (value, known bool)) anyOf {
	out := anyOf{}
	for _, part := range c {
		kept, possible := all(nil), true
		for _, l := range part {
			value, known := decide(l)
			switch {
			case !known:
				kept = append(kept, l)
			case value == l.not:
				possible = false
			}
		}
		if possible {
			out = append(out, kept)
		}
	}
	return out.simple()
}

// pooled puts the parts that are one test of one subject, with different values, together.
func (c anyOf) pooled() anyOf {
	type kind struct {
		on      subject
		name    string
		how     manner
		anyCase bool
	}
	first, known := map[kind]int{}, map[kind]map[string]bool{}
	var out anyOf
	for _, part := range c {
		if len(part) != 1 || part[0].not || part[0].on == onUnknown || len(part[0].values) == 0 {
			out = append(out, part)
			continue
		}
		l := part[0]
		k := kind{l.on, l.name, l.how, l.anyCase}
		at, some := first[k]
		if !some {
			at, known[k] = len(out), map[string]bool{}
			first[k] = at
			own := l
			own.values, own.index = nil, nil
			out = append(out, all{own})
		}
		for _, v := range l.values {
			if !known[k][v] {
				known[k][v] = true
				out[at][0].values = append(out[at][0].values, v)
			}
		}
	}
	for _, at := range first {
		out[at][0] = out[at][0].indexed()
	}
	return out
}

// joined is a condition in which parts that differ only in the values of one test are
// one part.
func (c anyOf) joined() anyOf {
	out := c.pooled()
	for i := 0; i < len(out); i++ {
		for j := i + 1; j < len(out); j++ {
			if both, ok := out[i].join(out[j]); ok {
				out[i], out = both, slices.Delete(out, j, j+1)
				j = i
			}
		}
	}
	return out
}

func (a all) join(b all) (all, bool) {
	if len(a) != len(b) {
		return nil, false
	}
	differs := -1
	for i, l := range a {
		if l.equal(b[i]) && l.not == b[i].not {
			continue
		}
		m := b[i]
		alike := l.on == m.on && l.name == m.name && l.how == m.how && l.anyCase == m.anyCase && !l.not && !m.not && l.on != onUnknown
		if differs >= 0 || !alike {
			return nil, false
		}
		differs = i
	}
	if differs < 0 {
		return a, true
	}
	out := slices.Clone(a)
	for _, v := range b[differs].values {
		if !slices.Contains(out[differs].values, v) {
			out[differs].values, out[differs].index = append(slices.Clone(out[differs].values), v), nil
		}
	}
	return out, true
}

// sum is the condition that one of many holds. Those that are one test of the same
// subject are one with the values of all: a list of 100,000 addresses is one test.
type sum struct {
	tests  []literal
	at     map[string]int // of tests, by what they test and how
	others anyOf
}

func (s *sum) add(c anyOf) {
	for _, part := range c {
		if len(part) != 1 || part[0].not || part[0].on == onUnknown {
			if len(s.others) <= mostParts {
				s.others = append(s.others, part)
			}
			continue
		}
		l := part[0]
		key := fmt.Sprint(l.on, l.how, l.anyCase, " ", l.name)
		i, known := s.at[key]
		if !known {
			if s.at == nil {
				s.at = map[string]int{}
			}
			l.values = slices.Clone(l.values)
			s.at[key], s.tests = len(s.tests), append(s.tests, l)
			continue
		}
		s.tests[i].values = append(s.tests[i].values, l.values...)
	}
}

// whole is all of them; ok is false where they are too many.
func (s *sum) whole() (anyOf, bool) {
	out := anyOf{}
	for _, l := range s.tests {
		l.values = distinct(l.values)
		out = append(out, all{l})
	}
	out = append(out, s.others...)
	return out.simple().joined(), len(out) <= mostParts
}

// distinct leaves out what is there already.
func distinct(values []string) []string {
	seen := make(map[string]bool, len(values))
	return slices.DeleteFunc(values, func(v string) bool {
		known := seen[v]
		seen[v] = true
		return known
	})
}

package haproxycfg

import (
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// block is an open .if.
type block struct {
	at     source.Span
	taken  bool // one of its branches is read, or was
	reads  bool // the present one is
	closed bool // .else was there
}

// skips reports whether the present line is in a branch that is not read.
func (r *reader) skips() bool {
	for _, b := range r.nested {
		if !b.reads {
			return true
		}
	}
	return false
}

// conditional reads a line that begins with a dot (HAProxy configuration manual,
// 2.4), and reports whether it is one.
func (r *reader) conditional(words []Word, faults []fault) bool {
	switch words[0].Text {
	case ".if":
		b := block{at: words[0].At}
		if !r.skips() {
			b.reads = r.holds(words, faults)
		} else {
			b.taken = true // none of its branches is read
		}
		b.taken = b.taken || b.reads
		if len(r.nested) == maxNested {
			r.report(FaultCondition, words[0].At, "use fewer of them", "more than %d .if are within each other", maxNested)
			return true
		}
		r.nested = append(r.nested, b)
	case ".elif", ".else":
		if len(r.nested) == 0 {
			r.report(FaultCondition, words[0].At, "remove the line, or begin with .if", "%s has no .if before it", words[0].Text)
			return true
		}
		b := &r.nested[len(r.nested)-1]
		if b.closed {
			r.report(FaultCondition, words[0].At, "remove one of them", "%s stands behind .else", words[0].Text)
			return true
		}
		b.closed = words[0].Text == ".else"
		b.reads = !b.taken && (b.closed || r.holds(words, faults))
		b.taken = b.taken || b.reads
	case ".endif":
		if len(r.nested) == 0 {
			r.report(FaultCondition, words[0].At, "remove the line", ".endif has no .if before it")
			return true
		}
		r.nested = r.nested[:len(r.nested)-1]
	case ".diag", ".notice", ".warning":
	case ".alert":
		if !r.skips() {
			r.report(FaultCondition, words[0].At, "", "the configuration refuses itself: %s", short(strings.Join(Words(words[1:]), " ")))
		}
	default:
		return false
	}
	return true
}

// holds evaluates the condition of an .if or .elif.
func (r *reader) holds(words []Word, faults []fault) bool {
	for _, x := range faults {
		r.report(x.code, x.at, x.help, "%s", x.msg)
	}
	if len(words) < 2 {
		r.report(FaultCondition, words[0].At, "write for example: .if defined(NAME)", "%s has no condition", words[0].Text)
		return false
	}
	at := words[1].At
	at.End = words[len(words)-1].At.End
	p := &predicate{r: r, at: at, text: strings.Join(Words(words[1:]), " ")}
	value := p.or()
	if p.space(); !p.failed && p.text[p.i:] != "" {
		p.fail("%q does not belong to a condition", p.text[p.i:])
	}
	return value && !p.failed
}

// predicate is a condition in the reading.
type predicate struct {
	r      *reader
	at     source.Span
	text   string
	i      int
	deep   int
	failed bool
}

func (p *predicate) fail(format string, args ...any) {
	if !p.failed {
		p.failed = true
		p.r.report(FaultCondition, p.at, "conditions are defined(NAME), streq(A,B), strneq(A,B), strstr(A,B), version_atleast(V), version_before(V), feature(NAME), with !, && and ||", format, args...)
	}
}

func (p *predicate) space() {
	for p.i < len(p.text) && isSpace(p.text[p.i]) {
		p.i++
	}
}

func (p *predicate) take(s string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.i:], s) {
		p.i += len(s)
		return true
	}
	return false
}

func (p *predicate) or() bool {
	v := p.and()
	for !p.failed && p.take("||") {
		v = p.and() || v
	}
	return v
}

func (p *predicate) and() bool {
	v := p.term()
	for !p.failed && p.take("&&") {
		v = p.term() && v
	}
	return v
}

func (p *predicate) term() bool {
	if p.deep++; p.deep > 1024 {
		p.fail("the condition is too long")
		return false
	}
	switch {
	case p.take("!"):
		return !p.term()
	case p.take("("):
		v := p.or()
		if !p.take(")") {
			p.fail("a parenthesis is not closed")
		}
		return v
	}
	p.space()
	start := p.i
	for p.i < len(p.text) && (isLetter(p.text[p.i]) || p.text[p.i] >= '0' && p.text[p.i] <= '9') {
		p.i++
	}
	name := p.text[start:p.i]
	if !p.take("(") {
		return p.constant(name)
	}
	shut := strings.IndexByte(p.text[p.i:], ')')
	if shut < 0 {
		p.fail("a parenthesis is not closed")
		return false
	}
	var args []string
	for _, a := range strings.Split(p.text[p.i:p.i+shut], ",") {
		args = append(args, strings.TrimSpace(a))
	}
	p.i += shut + 1
	return p.call(name, args)
}

func (p *predicate) constant(name string) bool {
	switch name {
	case "true":
		return true
	case "false":
		return false
	case "":
		p.fail("a condition is missing")
		return false
	}
	n, err := strconv.Atoi(name)
	if err != nil {
		p.fail("%s is no condition", short(name))
	}
	return n != 0
}

// call evaluates a function of a condition. What a build of HAProxy has is not
// known: it is taken to have what it is asked for.
func (p *predicate) call(name string, args []string) bool {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch name {
	case "defined":
		_, known := p.r.c.env.values[arg(0)]
		return known
	case "streq":
		return arg(0) == arg(1)
	case "strneq":
		return arg(0) != arg(1)
	case "strstr":
		return strings.Contains(arg(0), arg(1))
	case "version_atleast":
		return !p.r.c.version.before(parseVersion(arg(0)))
	case "version_before":
		return p.r.c.version.before(parseVersion(arg(0)))
	case "feature", "openssl_version_atleast", "ssllib_name_startswith", "awslc_api_atleast", "enabled":
		return true
	case "openssl_version_before", "awslc_api_before":
		return false
	}
	p.fail("%s is no condition", short(name))
	return false
}

// version is a version of HAProxy: 3.2 or 2.6.12.
type version [3]int

func parseVersion(s string) version {
	var v version
	for i, part := range strings.SplitN(s, ".", 3) {
		end := 0
		for end < len(part) && part[end] >= '0' && part[end] <= '9' {
			end++
		}
		v[i], _ = strconv.Atoi(part[:end])
	}
	return v
}

func (v version) before(o version) bool {
	for i := range v {
		if v[i] != o[i] {
			return v[i] < o[i]
		}
	}
	return false
}

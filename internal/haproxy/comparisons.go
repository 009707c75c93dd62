package haproxy

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

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
	case name == "req.ssl_hello_type":
		l.not = slices.Equal(values, []string{"0"})
		return anyOf{all{l}}
	case name == "req.ssl_ver":
		switch holds, fails := versionsOf(values); {
		case !fails && holds:
			return anyOf{all{l}}
		case !holds && fails:
			return never
		}
	case slices.Equal(values, []string{"1"}), slices.Equal(values, []string{"true"}), slices.Equal(values, []string{"on"}):
		return anyOf{all{l}}
	case slices.Equal(values, []string{"0"}), slices.Equal(values, []string{"false"}), slices.Equal(values, []string{"off"}):
		l.not = true
		return anyOf{all{l}}
	}
	return anyOf{all{unread(t.At)}}
}

// helloVersions are the versions that a ClientHello names: that of TLS 1.3 is the one of 1.2
// (RFC 8446, 4.1.2).
var helloVersions = []float64{3.1, 3.2, 3.3}

// versionsOf reports whether a test of the version in a ClientHello holds for some, and
// whether it fails for some; neither where it is not read.
func versionsOf(values []string) (holds, fails bool) {
	op := "eq"
	if _, known := comparing[values[0]]; known && len(values) > 1 {
		op, values = values[0], values[1:]
	}
	for _, v := range helloVersions {
		some := false
		for _, text := range values {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return false, false
			}
			some = some || comparing[op](v, n)
		}
		holds, fails = holds || some, fails || !some
	}
	return holds, fails
}

// comparing are the operators of integers, and of versions.
var comparing = map[string]func(a, b float64) bool{
	"eq": func(a, b float64) bool { return a == b }, "gt": func(a, b float64) bool { return a > b }, "ge": func(a, b float64) bool { return a >= b },
	"lt": func(a, b float64) bool { return a < b }, "le": func(a, b float64) bool { return a <= b },
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

package haproxy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

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

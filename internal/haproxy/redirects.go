package haproxy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// redirection is where a rule sends clients.
type redirection struct {
	kind, to string // location, prefix, scheme
	status   int
}

// redirect is a redirect line: redirect location|prefix|scheme TO [code N] ….
func (d *deciding) redirect(l *haproxycfg.Line, from int) {
	words, cond := haproxycfg.SplitCondition(l.From(from))
	d.redirectRule(l, words, cond)
}

func (d *deciding) redirectRule(l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	x, ok := d.condition(l, cond, flow.ChangesRouting)
	if !ok {
		return
	}
	r, odd, once := redirection{status: flow.StatusFound}, false, false
	for i := 0; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1].Text
		}
		switch words[i].Text {
		case "location", "prefix", "scheme":
			r.kind, r.to = words[i].Text, next
			i++
		case "code":
			n, err := strconv.Atoi(next)
			if err != nil || !slices.Contains([]int{301, 302, 303, 307, 308}, n) {
				d.m.report(haproxycfg.FaultValue, words[i].At, "write code 301, 302, 303, 307 or 308", "invalid code %q of a redirect", next)
				return
			}
			r.status = n
			i++
		case "append-slash":
			odd = true // it leads to another path than was asked for
		case "set-cookie", "clear-cookie":
			once = x.when.asksCookie()
			d.m.listLine(flow.LosesDetail, l)
		case "drop-query", "ignore-empty":
			d.m.listLine(flow.LosesDetail, l)
		}
	}
	if r.kind == "" {
		d.m.report(haproxycfg.FaultValue, l.At, "write redirect location, redirect prefix or redirect scheme", "the redirect does not say where to")
		return
	}
	odd = odd || once && r.kind == "prefix" // to the same path, and no second time
	if table, expr := d.redirectMap(r.to, l); table != nil {
		d.redirectsByMap(x, r, table, expr)
		return
	}
	f, ok := haproxycfg.ParseFormat(r.to)
	if ok && !odd && r.settle(f) {
		d.add(d.rest(x), decision{do: redirects, redir: r, at: l.At})
		return
	}
	if !ok || odd || !d.redirectsByHost(l, x, r, f) {
		d.m.listLine(flow.ChangesRouting, l)
	}
}

// asksCookie reports whether a condition asks for a cookie.
func (c anyOf) asksCookie() bool {
	return slices.ContainsFunc(c, func(part all) bool {
		return slices.ContainsFunc(part, func(l literal) bool {
			return l.on == onCookie || l.on == onHeader && strings.EqualFold(l.name, "cookie")
		})
	})
}

// redirectsByHost makes a redirect of each host that the condition names, where the
// target is made of it.
func (d *deciding) redirectsByHost(l *haproxycfg.Line, x decided, r redirection, f haproxycfg.Format) bool {
	var all []decision
	for _, part := range x.when {
		i := slices.IndexFunc(part, func(l literal) bool { return l.on == onHost && l.how == exactly && !l.not })
		if i < 0 {
			return false
		}
		for _, host := range part[i].values {
			own := r
			if !own.settle(withHost(f, host)) {
				return false
			}
			when := slices.Clone(part)
			when[i].values, when[i].index = []string{host}, nil
			all = append(all, decision{do: redirects, redir: own, at: l.At, when: anyOf{when}})
		}
	}
	for _, e := range all {
		d.add(d.rest(decided{when: e.when}), e)
	}
	return len(all) > 0
}

// withHost is a format for a known host: what is made of it is text.
func withHost(f haproxycfg.Format, host string) haproxycfg.Format {
	var out haproxycfg.Format
	for _, p := range f {
		if text, ok := ofHost(p.Expr, host); ok {
			p = haproxycfg.Piece{Text: text}
		}
		if n := len(out); n > 0 && p.Expr == nil && out[n-1].Expr == nil {
			out[n-1].Text += p.Text
			continue
		}
		out = append(out, p)
	}
	return out
}

// ofHost is what an expression makes of a host; ok is false where it is about something
// else, or its converters are not known here.
func ofHost(e haproxycfg.Expr, host string) (string, bool) {
	if len(e) == 0 {
		return "", false
	}
	if f := e.Canonical().Fetch(); f.Name != "req.hdr" || !strings.EqualFold(f.Arg(0), "host") {
		return "", false
	}
	for _, conv := range e[1:] {
		switch conv.Name {
		case "lower":
			host = strings.ToLower(host)
		case "host_only":
		case "regsub":
			x, err := regexp.Compile(conv.Arg(0))
			if err != nil || strings.Contains(conv.Arg(1), `\\`) || conv.Arg(2) != "" {
				return "", false
			}
			if at := x.FindStringIndex(host); at != nil { // the first one alone
				host = host[:at[0]] + conv.Arg(1) + host[at[1]:]
			}
		default:
			return "", false
		}
	}
	return host, true
}

// redirectMap is the map in which a redirect looks its target up; nil where it does not.
func (d *deciding) redirectMap(to string, l *haproxycfg.Line) (*lookup, haproxycfg.Expr) {
	f, ok := haproxycfg.ParseFormat(to)
	if !ok || len(f) != 1 || f[0].Expr == nil || !isMap(f[0].Expr[len(f[0].Expr)-1].Name) {
		return nil, nil
	}
	expr := d.resolved(f[0].Expr.Canonical())
	table, ok := d.m.lookupOf(expr[len(expr)-1], l.At)
	if !ok {
		return nil, nil
	}
	return table, expr[:len(expr)-1]
}

// resolved is an expression with what a variable was set to in its place.
func (c *conditions) resolved(e haproxycfg.Expr) haproxycfg.Expr {
	if f := e.Fetch(); f.Name == "var" {
		if b := c.vars[f.Arg(0)]; b != nil && b.expr != nil {
			return slices.Concat(b.expr.Canonical(), e[1:])
		}
	}
	return e
}

// redirectsByMap makes a redirect of each line of a map.
func (d *deciding) redirectsByMap(x decided, r redirection, table *lookup, expr haproxycfg.Expr) {
	for _, en := range table.entries {
		when, ok := d.keyTest(expr, table.method, en)
		if ok {
			when, ok = when.and(x.when)
		}
		own := r
		own.to = en.value
		f, parsed := haproxycfg.ParseFormat(en.value)
		if !ok || !parsed || !own.settle(f) {
			d.m.list(flow.ChangesRouting, en.at, asWritten(en.at))
			continue
		}
		if len(when) > 0 {
			d.add(d.rest(decided{when: when}), decision{do: redirects, redir: own, at: en.at})
		}
	}
}

// settle puts a location that keeps the host or the path of the request into the form
// that says so; it reports whether the place is known.
func (r *redirection) settle(f haproxycfg.Format) bool {
	if text, ok := f.Literal(); ok {
		r.to = text
		return true
	}
	if r.kind == "prefix" {
		if len(f) == 2 && strings.HasSuffix(f[0].Text, "://") && isHost(f[1]) {
			r.kind, r.to = "scheme", strings.TrimSuffix(f[0].Text, "://")
			return true
		}
		return false
	}
	switch {
	case len(f) == 3 && strings.HasSuffix(f[0].Text, "://") && isHost(f[1]) && isURI(f[2]):
		r.kind, r.to = "scheme", strings.TrimSuffix(f[0].Text, "://")
		return true
	case len(f) == 2 && f[0].Text != "" && isURI(f[1]):
		r.kind, r.to = "prefix", f[0].Text
		return true
	}
	return false
}

// isURI reports whether a piece is the path of the request as it came.
func isURI(p haproxycfg.Piece) bool {
	if len(p.Expr) != 1 {
		return false
	}
	switch p.Expr.Canonical().Fetch().Name {
	case "path", "url", "pathq", "capture.req.uri", "%HU", "%HP", "%HPO":
		return true
	}
	return false
}

// isHost reports whether a piece is the host of the request.
func isHost(p haproxycfg.Piece) bool {
	if p.Expr == nil {
		return false
	}
	on, _, ok := subjectOf(p.Expr)
	return ok && on == onHost
}

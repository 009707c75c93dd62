package haproxy

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// act is what a rule does with what it takes.
type act int

const (
	toBackend act = iota + 1
	answers       // with a status
	closes
	redirects
)

// redirection is where a rule sends clients.
type redirection struct {
	kind, to string // location, prefix, scheme
	status   int
}

// decision is one rule of a unit that ends the way of what it takes.
type decision struct {
	when    anyOf
	do      act
	backend *unit
	status  int
	redir   redirection
	headers []flow.HeaderAction // that the rules before have changed
	rewrite *rewriting
	at      source.Span // the rule
	known   source.Span // what names the backend, or the rule
	order   [2]int
}

// rewriting is a path that is replaced by another one.
type rewriting struct {
	from, to string
	at       source.Span
}

// deciding goes through the rules of a unit.
type deciding struct {
	*conditions
	m       *model
	out     []decision
	n       int
	allowed anyOf // what "allow" has let through
	headers []flow.HeaderAction
	rewrite *rewriting
	sources []flow.Fact[string] // networks that are let in
	chains  map[string]int      // by variable, the place of its choices
	delay   *haproxycfg.Line
	looks   bool // a rule waits for content
}

// decisions are what the rules of a unit decide, in the order in which they are asked
// (HAProxy configuration manual, 4.2: tcp-request, http-request, redirect, use_backend,
// default_backend).
func (m *model) decisions(u *unit) *deciding {
	d := &deciding{
		conditions: &conditions{u: u, vars: map[string]*binding{}}, m: m,
		allowed: never, chains: map[string]int{},
	}
	for _, l := range u.inherited("tcp-request", "block") {
		d.tcpRule(l)
	}
	if u.http {
		d.monitor()
		for _, l := range u.inherited("http-request") {
			d.httpRule(l)
		}
		for _, l := range u.inherited("redirect") {
			d.redirect(l, 1)
		}
	}
	if u.front {
		for _, l := range u.inherited("use_backend") {
			d.use(l)
		}
		d.last()
	}
	slices.SortStableFunc(d.out, func(a, b decision) int {
		return cmp.Or(cmp.Compare(a.order[0], b.order[0]), cmp.Compare(a.order[1], b.order[1]))
	})
	return d
}

// condition reads the condition of a rule. ok is false where it is not known when the
// rule applies; then the line is listed.
func (d *deciding) condition(l *haproxycfg.Line, words []haproxycfg.Word, kind flow.UnmodelledKind) (decided, bool) {
	x := d.of(words)
	if x.wrong != "" || len(x.when.unknown()) > 0 && !onlyUnknown(&x) {
		d.m.listLine(kind, l)
		return x, false
	}
	return x, true
}

// onlyUnknown leaves the parts of a condition away that nobody knows, where others are
// left; it reports whether there are any.
func onlyUnknown(*decided) bool { return false }

// add adds a decision.
func (d *deciding) add(x decided, e decision) {
	d.n++
	e.when, e.order = x.when, [2]int{d.n, 0}
	if x.chain != "" {
		if d.chains[x.chain] == 0 {
			d.chains[x.chain] = d.n
		}
		e.order = [2]int{d.chains[x.chain], x.link}
		if x.link < 0 {
			e.order[1] = len(d.vars[x.chain].values)
		}
	}
	e.headers, e.rewrite = slices.Clone(d.headers), d.rewrite
	if !e.known.Known() {
		e.known = e.at
	}
	d.out = append(d.out, e)
}

// monitor is the page that HAProxy answers itself.
func (d *deciding) monitor() {
	if l := d.u.last("monitor-uri"); l != nil {
		d.add(decided{when: anyOf{all{{on: onPath, how: exactly, values: []string{l.Arg(1)}, at: l.At}}}}, decision{do: answers, status: http.StatusOK, at: l.At})
	}
}

// tcpRule is tcp-request connection|session|content ACTION, or inspect-delay.
func (d *deciding) tcpRule(l *haproxycfg.Line) {
	if l.Is("block") {
		x, ok := d.condition(l, l.From(1), flow.LosesDetail)
		if ok {
			d.add(x, decision{do: answers, status: http.StatusForbidden, at: l.At})
		}
		return
	}
	if l.Arg(1) == "inspect-delay" {
		d.delay = l
		return
	}
	words, cond := haproxycfg.SplitCondition(l.From(2))
	if len(words) == 0 {
		return
	}
	if l.Arg(1) == "content" {
		d.looks = true
	}
	switch name, _, _ := strings.Cut(words[0].Text, "("); name {
	case "accept":
	case "expect-proxy":
		for _, b := range d.u.binds {
			b.acceptProxy = flow.State(true, l.At)
		}
	case "reject":
		d.reject(l, cond)
	case "set-var", "set-var-fmt":
		d.setVar(l, words, cond)
	case "capture", "set-log-level", "set-mark", "set-tos", "set-nice":
		d.m.listLine(flow.NoEffect, l)
	case "use-service", "lua", "set-dst", "set-dst-port", "do-resolve", "switch-mode":
		d.m.listLine(flow.ChangesRouting, l)
	default:
		if strings.HasPrefix(name, "lua.") {
			d.m.listLine(flow.ChangesRouting, l)
			return
		}
		d.m.listLine(flow.LosesDetail, l)
	}
}

// reject closes connections. One that takes all but some networks is the list of those
// that are let in.
func (d *deciding) reject(l *haproxycfg.Line, cond []haproxycfg.Word) {
	x, ok := d.condition(l, cond, flow.LosesDetail)
	if !ok {
		return
	}
	if len(x.when) == 1 && len(x.when[0]) == 1 && x.when[0][0].on == onSource && x.when[0][0].not && d.sources == nil {
		for _, v := range x.when[0][0].values {
			d.sources = append(d.sources, flow.State(v, x.when[0][0].at))
		}
		return
	}
	d.add(x, decision{do: closes, at: l.At})
}

// httpRule is http-request ACTION.
func (d *deciding) httpRule(l *haproxycfg.Line) {
	words, cond := haproxycfg.SplitCondition(l.From(1))
	if len(words) == 0 {
		return
	}
	name, _, _ := strings.Cut(words[0].Text, "(")
	k, _ := l.Keyword(d.u.section.Kind)
	switch name {
	case "deny", "tarpit", "return", "reject":
		d.refuse(name, l, words, cond)
	case "redirect":
		d.redirectRule(l, words[1:], cond)
	case "allow":
		if x, ok := d.condition(l, cond, flow.LosesDetail); ok {
			d.allowed = d.allowed.or(x.when)
		}
	case "set-var", "set-var-fmt":
		d.setVar(l, words, cond)
	case "unset-var":
		d.vars[inParens(words[0].Text)] = &binding{opaque: true}
	case "set-header", "add-header", "del-header":
		d.header(name, l, words, cond)
	case "set-path", "replace-path", "set-uri", "replace-uri", "set-pathq", "replace-pathq":
		d.path(name, l, words, cond)
	case "replace-header", "set-method":
		d.m.listLine(flow.LosesDetail, l)
		if strings.EqualFold(l.Arg(2), "host") {
			d.m.list(flow.ChangesRouting, l.At, asWritten(l.At))
		}
	default:
		switch k.Effect {
		case haproxycfg.EffectHarmless:
			d.m.listLine(flow.NoEffect, l)
		case haproxycfg.EffectRouting:
			d.m.listLine(flow.ChangesRouting, l)
		case haproxycfg.EffectLossy, haproxycfg.EffectRead:
			d.m.listLine(flow.LosesDetail, l)
		}
	}
}

func inParens(s string) string {
	_, rest, _ := strings.Cut(s, "(")
	rest, _, _ = strings.Cut(rest, ")")
	name, _, _ := strings.Cut(rest, ",")
	return strings.TrimSpace(name)
}

// rest is a condition without what an "allow" before has let through.
func (d *deciding) rest(x decided) decided {
	if len(d.allowed) == 0 {
		return x
	}
	none, ok := d.allowed.not()
	if ok {
		x.when, ok = x.when.and(none)
	}
	if !ok {
		x.wrong = "it has too many parts"
	}
	return x
}

// statuses of refusals that state none.
var statuses = map[string]int{"deny": 403, "tarpit": 500, "return": 200}

func (d *deciding) refuse(name string, l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	x, ok := d.condition(l, cond, flow.LosesDetail)
	if !ok {
		return
	}
	e := decision{do: answers, status: statuses[name], at: l.At}
	if name == "reject" {
		e.do = closes
	}
	for i, w := range words {
		if (w.Text == "status" || w.Text == "deny_status") && i+1 < len(words) {
			n, err := strconv.Atoi(words[i+1].Text)
			if err != nil || n < 200 || n > 599 {
				d.m.report(haproxycfg.FaultValue, words[i+1].At, "write a status from 200 to 599", "invalid status %q", words[i+1].Text)
				return
			}
			e.status = n
		}
	}
	d.add(d.rest(x), e)
}

// redirect is a redirect line: redirect location|prefix|scheme TO [code N] ….
func (d *deciding) redirect(l *haproxycfg.Line, from int) {
	words, cond := haproxycfg.SplitCondition(l.From(from))
	d.redirectRule(l, words, cond)
}

func (d *deciding) redirectRule(l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	x, ok := d.condition(l, cond, flow.LosesDetail)
	if !ok {
		return
	}
	r := redirection{status: http.StatusFound}
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
		}
	}
	if r.kind == "" {
		d.m.report(haproxycfg.FaultValue, l.At, "write redirect location, redirect prefix or redirect scheme", "the redirect does not say where to")
		return
	}
	if table, expr := d.redirectMap(r.to, l); table != nil {
		d.redirectsByMap(l, x, r, table, expr)
		return
	}
	if !r.settle() {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	d.add(d.rest(x), decision{do: redirects, redir: r, at: l.At})
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
func (d *deciding) redirectsByMap(l *haproxycfg.Line, x decided, r redirection, table *lookup, expr haproxycfg.Expr) {
	for _, en := range table.entries {
		when, ok := d.keyTest(expr, table.method, en)
		if ok {
			when, ok = when.and(x.when)
		}
		own := r
		own.to = en.value
		if !ok || !own.settle() {
			d.m.list(flow.ChangesRouting, en.at, asWritten(en.at))
			continue
		}
		if len(when) > 0 {
			d.add(d.rest(decided{when: when}), decision{do: redirects, redir: own, at: en.at})
		}
	}
	_ = l
}

// settle puts a location that keeps the host or the path of the request into the form
// that says so; it reports whether the place is known.
func (r *redirection) settle() bool {
	f, ok := haproxycfg.ParseFormat(r.to)
	if !ok {
		return false
	}
	if text, ok := f.Literal(); ok {
		r.to = text
		return true
	}
	kept := func(p haproxycfg.Piece) bool {
		if p.Expr == nil {
			return false
		}
		switch p.Expr.Canonical().Fetch().Name {
		case "path", "url", "pathq", "capture.req.uri", "%HU", "%HP", "%HPO":
			return true
		}
		return false
	}
	host := func(p haproxycfg.Piece) bool {
		if p.Expr == nil {
			return false
		}
		on, _, ok := subjectOf(p.Expr)
		return ok && on == onHost || p.Expr.Canonical().Fetch().Name == "hdr"
	}
	if r.kind == "prefix" {
		if len(f) == 2 && strings.HasSuffix(f[0].Text, "://") && host(f[1]) {
			r.kind, r.to = "scheme", strings.TrimSuffix(f[0].Text, "://")
			return true
		}
		return false
	}
	switch {
	case len(f) == 3 && strings.HasSuffix(f[0].Text, "://") && host(f[1]) && kept(f[2]):
		r.kind, r.to = "scheme", strings.TrimSuffix(f[0].Text, "://")
		return true
	case len(f) == 2 && f[0].Text != "" && kept(f[1]):
		r.kind, r.to = "prefix", f[0].Text
		return true
	}
	return false
}

// header notes a change of a request's header.
func (d *deciding) header(name string, l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	if len(words) < 2 {
		return
	}
	x, ok := d.condition(l, cond, flow.LosesDetail)
	if !ok {
		return
	}
	if len(x.when) != 1 || len(x.when[0]) > 0 {
		d.m.listLine(flow.LosesDetail, l)
		return
	}
	h := flow.HeaderAction{On: "request", Do: "delete", Name: words[1].Text, At: l.At}
	if name != "del-header" {
		if len(words) < 3 {
			d.m.report(haproxycfg.FaultValue, l.At, "write: http-request "+name+" NAME VALUE", "http-request %s needs a value", name)
			return
		}
		h.Do, h.Value = "set", words[2].Text
		if strings.EqualFold(h.Name, "host") {
			f, ok := haproxycfg.ParseFormat(h.Value)
			text, literal := f.Literal()
			if same(f) {
				return // the host as it is, in small letters
			}
			if !ok || !literal {
				d.m.listLine(flow.ChangesRouting, l)
				return
			}
			h.Value = text
		}
		if f, ok := haproxycfg.ParseFormat(h.Value); ok {
			if text, ok := f.Literal(); ok {
				h.Value = text
			} else {
				h.Computed = true
			}
		}
	}
	d.headers = append(d.headers, h)
}

// same reports whether a value is the request's own host.
func same(f haproxycfg.Format) bool {
	if len(f) != 1 || f[0].Expr == nil {
		return false
	}
	on, _, ok := subjectOf(f[0].Expr)
	return ok && on == onHost
}

// path notes that the path is replaced.
func (d *deciding) path(name string, l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	x, ok := d.condition(l, cond, flow.LosesDetail)
	kind := flow.LosesDetail
	if d.u.front {
		kind = flow.ChangesRouting
	}
	if !ok {
		return
	}
	if name == "replace-path" && len(words) > 2 && len(x.when) == 1 && len(x.when[0]) == 0 && d.rewrite == nil && !d.u.front {
		if from, to, ok := replaced(words[1].Text, words[2].Text); ok {
			d.rewrite = &rewriting{from, to, l.At}
			return
		}
	}
	d.m.listLine(kind, l)
}

// replaced is a path that another one takes the place of: ^/old(.*)$ and /new\1.
func replaced(expr, to string) (from, into string, ok bool) {
	rest, anchored := strings.CutPrefix(expr, "^")
	to, all := strings.CutSuffix(to, `\1`)
	if !anchored || !all {
		return "", "", false
	}
	for _, end := range []string{"(/.*)?$", "(.*)$", "/?(.*)$", "(/.*)?", "(.*)", "/?(.*)"} {
		if path, found := strings.CutSuffix(rest, end); found {
			from, ok = plain(path)
			return from, cmp.Or(to, "/"), ok
		}
	}
	return "", "", false
}

// setVar notes what a variable is set to.
func (d *deciding) setVar(l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	name := inParens(words[0].Text)
	b := d.vars[name]
	if b == nil {
		b = &binding{}
		d.vars[name] = b
	}
	guard, rest := guarded(name, cond)
	x := d.of(rest)
	if x.wrong != "" || len(x.when.unknown()) > 0 || len(words) < 2 {
		b.opaque = true
		return
	}
	e, more, ok := haproxycfg.ParseExpr(words[1].Text)
	constant := ok && more == "" && len(e) == 1 && (e[0].Name == "str" || e[0].Name == "int" || e[0].Name == "bool")
	value := ""
	switch {
	case constant:
		value = e[0].Arg(0)
	case strings.HasPrefix(words[0].Text, "set-var-fmt"):
		f, parsed := haproxycfg.ParseFormat(words[1].Text)
		text, literal := f.Literal()
		switch {
		case parsed && literal:
			value, constant = text, true
		case len(f) == 1 && f[0].Expr != nil:
			e = f[0].Expr
		default:
			ok = false
		}
	}
	switch {
	case constant:
		if len(b.values) == 0 {
			b.first = guard
		}
		if b.first != guard || b.expr != nil {
			b.opaque = true
		}
		b.values = append(b.values, choice{value, x.when})
	case ok && more == "" && len(cond) == 0 && b.expr == nil && len(b.values) == 0:
		b.expr = e
		if f := e.Canonical().Fetch(); f.Name == "var" {
			if other := d.vars[f.Arg(0)]; other != nil && other.expr != nil {
				b.expr = slices.Concat(other.expr, e[1:])
			}
		}
	default:
		b.opaque, b.expr = true, nil
	}
	_ = l
}

// guarded takes the test away that a variable is not set yet.
func guarded(name string, cond []haproxycfg.Word) (bool, []haproxycfg.Word) {
	text := haproxycfg.Words(cond)
	want := []string{"if", "!{", "var(" + name + ")", "-m", "found", "}"}
	if len(text) < len(want) || !slices.Equal(text[:len(want)], want) || slices.Contains(text, "or") || slices.Contains(text, "||") {
		return false, cond
	}
	if len(cond) == len(want) {
		return true, nil
	}
	return true, append([]haproxycfg.Word{cond[0]}, cond[len(want):]...)
}

// use is use_backend NAME|%[EXPRESSION] [CONDITION].
func (d *deciding) use(l *haproxycfg.Line) {
	words, cond := haproxycfg.SplitCondition(l.From(1))
	if len(words) == 0 {
		return
	}
	x, ok := d.condition(l, cond, flow.ChangesRouting)
	if !ok {
		return
	}
	w := words[0]
	if !strings.Contains(w.Text, "%[") {
		if b := d.backend(w); b != nil {
			d.add(x, decision{do: toBackend, backend: b, at: l.At, known: w.At})
		}
		return
	}
	d.dynamic(l, w, x)
}

// backend finds a backend by its name.
func (d *deciding) backend(w haproxycfg.Word) *unit {
	if b := d.m.backs[w.Text]; b != nil {
		return b
	}
	var known []string
	for _, u := range d.m.units {
		if u.back {
			known = append(known, u.name)
		}
	}
	d.m.report(haproxycfg.FaultUnknown, w.At, suggestion(w.Text, known, "add: backend "+w.Text), "there is no backend %q", w.Text)
	return nil
}

// dynamic is a backend whose name an expression makes.
func (d *deciding) dynamic(l *haproxycfg.Line, w haproxycfg.Word, x decided) {
	f, ok := haproxycfg.ParseFormat(w.Text)
	var expr haproxycfg.Expr
	before, after := "", ""
	for _, p := range f {
		switch {
		case p.Expr != nil && expr != nil:
			ok = false
		case p.Expr != nil:
			expr = p.Expr.Canonical()
		case expr == nil:
			before += p.Text
		default:
			after += p.Text
		}
	}
	if !ok || expr == nil {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	if fetch := expr.Fetch(); fetch.Name == "var" {
		b := d.vars[fetch.Arg(0)]
		switch {
		case b != nil && b.expr != nil:
			expr = slices.Concat(b.expr.Canonical(), expr[1:])
		case b != nil && !b.opaque && len(expr) == 1:
			d.chosen(l, w, x, b, before, after)
			return
		default:
			d.m.listLine(flow.ChangesRouting, l)
			return
		}
	}
	if last := expr[len(expr)-1]; isMap(last.Name) {
		d.byMap(l, w, x, expr, before, after)
		return
	}
	d.byName(l, w, x, expr, before, after)
}

// chosen is a backend that a variable with constants names.
func (d *deciding) chosen(l *haproxycfg.Line, w haproxycfg.Word, x decided, b *binding, before, after string) {
	values := slices.Clone(b.values)
	if !b.first {
		slices.Reverse(values) // the last one that is set counts
	}
	for _, v := range values {
		u := d.m.backs[before+v.value+after]
		when, ok := x.when.and(v.when)
		if !ok {
			d.m.listLine(flow.ChangesRouting, l)
			return
		}
		if u != nil {
			d.add(decided{when: when}, decision{do: toBackend, backend: u, at: l.At, known: w.At})
		}
	}
	d.unresolved(l, x)
}

// byMap is a backend whose name is in a map: a decision for each of its lines. What
// the map has no backend for goes on to the next rule.
func (d *deciding) byMap(l *haproxycfg.Line, w haproxycfg.Word, x decided, expr haproxycfg.Expr, before, after string) {
	conv := expr[len(expr)-1]
	table, ok := d.m.lookupOf(conv, w.At)
	if !ok {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	for _, en := range table.entries {
		when, ok := d.keyTest(expr[:len(expr)-1], table.method, en)
		if ok {
			when, ok = when.and(x.when)
		}
		if !ok {
			d.m.list(flow.ChangesRouting, en.at, asWritten(en.at))
			continue
		}
		b := d.m.backs[before+en.value+after]
		switch {
		case b == nil && len(when) > 0:
			d.m.list(flow.LosesDetail, en.at, asWritten(en.at))
			d.unresolved(&haproxycfg.Line{At: en.at}, decided{when: when})
		case len(when) > 0:
			d.add(decided{when: when}, decision{do: toBackend, backend: b, at: en.at, known: en.at})
		}
	}
	if table.has {
		if b := d.m.backs[before+table.fallback+after]; b != nil {
			d.add(x, decision{do: toBackend, backend: b, at: l.At, known: w.At})
			return
		}
	}
	d.unresolved(l, x)
}

// unresolved is what becomes of a name that no backend has: no further use_backend is
// asked (HAProxy configuration manual, 4.2, use_backend), and the default backend is
// taken.
func (d *deciding) unresolved(l *haproxycfg.Line, x decided) {
	if b := d.defaultBackend(); b != nil {
		d.add(x, decision{do: toBackend, backend: b, at: l.At})
		return
	}
	if d.u.http {
		d.add(x, decision{do: answers, status: http.StatusServiceUnavailable, at: l.At})
		return
	}
	d.add(x, decision{do: closes, at: l.At})
}

// defaultBackend is the backend of what no rule takes; nil for none.
func (d *deciding) defaultBackend() *unit {
	if l := d.u.last("default_backend"); l != nil && len(l.Words) > 1 {
		return d.m.backs[l.Arg(1)]
	}
	if d.u.back && len(d.u.servers) > 0 {
		return d.u
	}
	return nil
}

// byName is a backend that has the name of a host, a path or a header.
func (d *deciding) byName(l *haproxycfg.Line, w haproxycfg.Word, x decided, expr haproxycfg.Expr, before, after string) {
	on, _, ok := subjectOf(expr)
	if !ok || on != onHost && on != onHeader && on != onCookie && on != onQuery && on != onMethod {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	first := ""
	if last := expr[len(expr)-1]; on == onHost && (last.Name == "word" || last.Name == "field") && last.Arg(1) == "." {
		first = "." // the first label
	}
	for _, u := range d.m.units {
		value, begins := strings.CutPrefix(u.name, before)
		value, second := strings.CutSuffix(value, after)
		if !u.back || !begins || !second || value == "" || on == onHost && first == "" && before == "" && after == "" && !strings.Contains(value, ".") {
			continue
		}
		method := "str"
		if first != "" {
			method = "beg"
		}
		when, ok := d.keyTest(expr, method, entry{key: value + first, at: w.At})
		if ok {
			when, ok = when.and(x.when)
		}
		if ok && len(when) > 0 {
			d.add(decided{when: when}, decision{do: toBackend, backend: u, at: l.At, known: w.At})
		}
	}
	d.unresolved(l, x)
}

// last is where all else goes: default_backend, or the servers of a listen section.
func (d *deciding) last() {
	if l := d.u.last("default_backend"); l != nil && len(l.Words) > 1 {
		if b := d.backend(l.Words[1]); b != nil {
			d.add(decided{when: always}, decision{do: toBackend, backend: b, at: l.At, known: l.Words[1].At})
		}
		return
	}
	if d.u.back && (len(d.u.servers) > 0 || d.u.last("dispatch") != nil) {
		d.add(decided{when: always}, decision{do: toBackend, backend: d.u, at: d.u.section.At})
	}
}

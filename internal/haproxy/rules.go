package haproxy

import (
	"cmp"
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
	guarded guardian    // of clients without a certificate
	named   string      // what a variable calls it that chooses rules; "" for none
	own     bool        // as flowc writes it
	rest    bool        // it is for what no rule has called anything
	waits   bool        // it is for who sends anything
	order   [2]int
}

// ownVariable is the one in which flowc notes the route of a request.
const ownVariable = "txn.route"

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
	guards  []guardian
	ended   bool    // a rule takes all that is left to the default backend
	taken   []anyOf // what each guard is stated of already
	accepts map[string]*accepted
}

// accepted is what the accept rules of connections, sessions or contents have let through.
type accepted struct {
	lines  []*haproxycfg.Line // that no rule behind them has needed yet
	when   anyOf
	unread bool // of one of them it is not known
}

// decisions are what the rules of a unit decide, in the order in which they are asked
// (HAProxy configuration manual, 4.2: tcp-request, http-request, redirect, use_backend,
// default_backend).
func (m *model) decisions(u *unit) *deciding {
	d := &deciding{
		conditions: &conditions{u: u, vars: map[string]*binding{}}, m: m,
		allowed: never, chains: map[string]int{}, accepts: map[string]*accepted{},
	}
	if u.front {
		d.vars[ownVariable] = &binding{first: true} // no other section sets it before
	}
	for _, l := range u.inherited("tcp-request", "block") {
		d.tcpRule(l)
	}
	if u.http {
		d.monitor()
		for _, l := range u.inherited("http-request") {
			d.httpRule(l)
		}
		if !u.upgraded {
			d.statistics()
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
	d.guard()
	d.claim()
	return d
}

// claim leaves the hosts out of a rule that a rule before it takes whole, where others
// are left: what it says of them never happens.
func (d *deciding) claim() {
	taken := claims{}
	for i := range d.out {
		if !d.out[i].own { // flowc writes a match statement as it is
			d.out[i].when = taken.fewer(d.out[i].when)
		}
		if len(d.out[i].when) == 1 {
			taken.add(d.out[i].when)
		}
	}
}

// condition reads the condition of a rule. ok is false where it is not known when the
// rule applies; then the line is listed.
func (d *deciding) condition(l *haproxycfg.Line, words []haproxycfg.Word, kind flow.UnmodelledKind) (decided, bool) {
	x := d.of(words)
	if x.wrong != "" || len(x.when.unknown()) > 0 {
		d.m.listLine(kind, l)
		for _, at := range x.when.unknownAt() {
			if at.File == l.At.File && l.At.Start <= at.Start && at.End <= l.At.End {
				continue // it is in the line
			}
			d.m.list(kind, at, asWritten(at)+": only a running HAProxy knows it, or it is not read")
		}
		return x, false
	}
	return x, true
}

// add adds a decision.
func (d *deciding) add(x decided, e decision) {
	d.n++
	e.when, e.order = x.when, [2]int{d.n, 0}
	if x.chain != "" {
		if d.chains[x.chain] == 0 {
			d.chains[x.chain] = d.n
		}
		e.order = [2]int{d.chains[x.chain], x.link}
		if x.link >= 0 {
			e.named = plainName(d.vars[x.chain].values[x.link].value, "")
			if x.chain == ownVariable {
				e.named, e.own = calledRoute(d.vars[x.chain].values[x.link].value), true
			}
		}
		if x.link < 0 {
			e.order[1], e.rest = len(d.vars[x.chain].values), true
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
		d.add(decided{when: anyOf{all{{on: onPath, how: exactly, values: []string{l.Arg(1)}, at: l.At}}}}, decision{do: answers, status: flow.StatusOK, at: l.At})
	}
}

// tcpRule is tcp-request connection|session|content ACTION, or inspect-delay.
func (d *deciding) tcpRule(l *haproxycfg.Line) {
	if l.Is("block") {
		x, ok := d.condition(l, l.From(1), flow.LosesDetail)
		if ok {
			d.add(x, decision{do: answers, status: flow.StatusForbidden, at: l.At})
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
		if d.accepts[l.Arg(1)] == nil {
			d.accepts[l.Arg(1)] = &accepted{when: never}
		}
		a := d.accepts[l.Arg(1)]
		a.lines = append(a.lines, l)
	case "expect-proxy":
		if len(cond) > 0 {
			d.m.list(flow.LosesDetail, l.At, asWritten(l.At)+": expected from every client")
		}
		for _, b := range d.u.binds {
			b.acceptProxy = flow.State(true, l.At)
		}
	case "reject", "silent-drop":
		d.reject(l, name, cond)
	case "set-var", "set-var-fmt":
		d.setVar(words, cond)
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

// reject closes connections that no accept rule of the same kind has let through. One that
// takes all but some networks is the list of those that are let in.
func (d *deciding) reject(l *haproxycfg.Line, name string, cond []haproxycfg.Word) {
	d.bytes = false
	x, ok := d.condition(l, cond, flow.LosesDetail)
	switch {
	case !ok:
		return
	case d.bytes: // who sends first is not known
		d.m.listLine(flow.LosesDetail, l)
		return
	}
	if x, ok = d.notAccepted(l, x); !ok {
		d.m.listLine(flow.LosesDetail, l)
		return
	}
	switch {
	case name == "silent-drop":
		d.m.list(flow.LosesDetail, l.At, asWritten(l.At)+": the client is not told; shown as closed")
	case l.Arg(1) == "connection":
		d.m.list(flow.LosesDetail, l.At, asWritten(l.At)+": the connection is reset as soon as it is accepted; shown as closed where its route is chosen")
	}
	if networks := x.when.allBut(); len(networks) > 0 && d.sources == nil {
		d.sources = networks
		return
	}
	d.add(x, decision{do: closes, at: l.At})
}

// notAccepted is a condition without what the accept rules before have let through; ok is false
// where that is not known.
func (d *deciding) notAccepted(l *haproxycfg.Line, x decided) (decided, bool) {
	a := d.accepts[l.Arg(1)]
	if a == nil {
		return x, true
	}
	for _, own := range a.lines {
		_, cond := haproxycfg.SplitCondition(own.From(2))
		d.bytes = false
		y, ok := d.condition(own, cond, flow.LosesDetail)
		if a.unread = a.unread || !ok || d.bytes; d.bytes {
			d.m.listLine(flow.LosesDetail, own)
		}
		a.when = a.when.or(y.when)
	}
	a.lines = nil
	none, ok := a.when.not()
	if ok && !a.unread {
		x.when, ok = x.when.and(none)
	}
	return x, ok && !a.unread
}

// allBut are the networks that a condition leaves out, which is for all others; nil where it
// asks for something else.
func (c anyOf) allBut() []flow.Fact[string] {
	if len(c) != 1 {
		return nil
	}
	var out []flow.Fact[string]
	for _, l := range c[0] {
		if l.on != onSource || !l.not {
			return nil
		}
		for _, v := range l.values {
			out = append(out, flow.State(v, l.at))
		}
	}
	return out
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
	case "deny", "tarpit", "return", "reject", "silent-drop", "auth":
		d.refuse(name, l, words, cond)
	case "use-service":
		d.service(l, cond)
	case "redirect":
		d.redirectRule(l, words[1:], cond)
	case "allow":
		if x, ok := d.condition(l, cond, flow.LosesDetail); ok {
			d.allowed = d.allowed.or(x.when)
		}
	case "set-var", "set-var-fmt":
		d.setVar(words, cond)
	case "unset-var":
		d.vars[inParens(words[0].Text)] = &binding{opaque: true}
	case "set-header", "add-header", "del-header":
		d.header(name, l, words, cond)
	case "set-path", "replace-path", "set-uri", "replace-uri", "set-pathq", "replace-pathq", "normalize-uri":
		d.path(name, l, words, cond)
	case "set-src", "set-src-port":
		kind := flow.LosesDetail
		if d.m.asksSource() {
			kind = flow.ChangesRouting
		}
		d.m.listLine(kind, l)
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

// asksSource reports whether a rule or an ACL may ask for the address of clients.
func (m *model) asksSource() bool {
	asks := func(w haproxycfg.Word) bool {
		first, _, _ := strings.Cut(w.Text, ",")
		return slices.Contains([]string{"src", "src_port", "LOCALHOST"}, strings.TrimLeft(first, "!")) || strings.Contains(w.Text, "lua") || strings.Contains(w.Text, "%[src")
	}
	return slices.ContainsFunc(m.cfg.Sections, func(s *haproxycfg.Section) bool {
		return slices.ContainsFunc(s.Lines, func(l *haproxycfg.Line) bool {
			_, cond := haproxycfg.SplitCondition(l.Words)
			if l.Is("acl") || l.Is("use_backend") || strings.Contains(l.Arg(1), "set-var") {
				cond = l.Words
			}
			return slices.ContainsFunc(cond, asks)
		})
	})
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
var statuses = map[string]int{"deny": 403, "tarpit": 500, "return": 200, "auth": 401}

// service is what a part of HAProxy itself answers; what a script answers is not known.
func (d *deciding) service(l *haproxycfg.Line, cond []haproxycfg.Word) {
	if l.Arg(2) != "prometheus-exporter" {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	d.m.listLine(flow.LosesDetail, l)
	if x, ok := d.condition(l, cond, flow.LosesDetail); ok {
		d.add(d.rest(x), decision{do: answers, status: flow.StatusOK, at: l.At})
	}
}

func (d *deciding) refuse(name string, l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	x, ok := d.condition(l, cond, flow.LosesDetail)
	if !ok {
		return
	}
	e := decision{do: answers, status: statuses[name], at: l.At}
	switch name {
	case "reject":
		e.do = closes
	case "silent-drop": // the client is not told
		e.do = closes
		d.m.listLine(flow.LosesDetail, l)
	case "auth", "tarpit":
		d.m.listLine(flow.LosesDetail, l)
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
	if name == "deny" || name == "tarpit" {
		e.status = d.u.page(e.status)
	}
	d.add(d.rest(x), e)
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
	if strings.ContainsAny(words[1].Text, ": \t") {
		d.m.warn(haproxycfg.FaultValue, words[1].At, "write the name alone, as in: X-Forwarded-Proto", "%q is not a valid name of a header: HAProxy sends it as it is, with a colon behind it", words[1].Text)
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

package resolve

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

var stopAfter = choice(map[string]flow.StopAfter{
	"connect": flow.StopAfterConnect, "hello": flow.StopAfterHello, "handshake": flow.StopAfterHandshake,
})

var requestStatements = merge(methods(), setters[*flow.RequestDraft]{
	"from":  name(func(q *flow.RequestDraft) *flow.Ref { return &q.From }),
	"via":   name(func(q *flow.RequestDraft) *flow.Ref { return &q.Via }),
	"after": name(func(q *flow.RequestDraft) *flow.Ref { return &q.After }),
	"check": name(func(q *flow.RequestDraft) *flow.Ref { return &q.Check }),
	"sni":   one(sniOrNone, func(q *flow.RequestDraft) *flow.Fact[string] { return &q.SNI }),
	"host":  one(host, func(q *flow.RequestDraft) *flow.Fact[string] { return &q.HostField }),
	"header": func(l *line, q *flow.RequestDraft) {
		if name, ok := read(l, text); ok {
			if v, ok := read(l, text); ok {
				q.Fields = append(q.Fields, flow.HeaderField{Name: name.V, Value: v.V})
			}
		}
	},
	"tls":     one(versions, func(q *flow.RequestDraft) *flow.Fact[flow.Versions] { return &q.TLS }),
	"times":   one(number, func(q *flow.RequestDraft) *flow.Fact[int] { return &q.Times }),
	"close":   flag(func(q *flow.RequestDraft) *flow.Fact[bool] { return &q.Close }),
	"body":    one(size, func(q *flow.RequestDraft) *flow.Fact[int64] { return &q.Body }),
	"upgrade": one(text, func(q *flow.RequestDraft) *flow.Fact[string] { return &q.Upgrade }),
	"follow":  flag(func(q *flow.RequestDraft) *flow.Fact[bool] { return &q.Follow }),
	"resume": func(l *line, q *flow.RequestDraft) {
		q.Resume = flow.State("client", l.s.Keyword.At)
		if l.peek() != nil {
			q.Resume, _ = read(l, text)
		}
	},
	"early-data": flag(func(q *flow.RequestDraft) *flow.Fact[bool] { return &q.EarlyData }),
	"stop": func(l *line, q *flow.RequestDraft) {
		if _, ok := read(l, text); ok {
			q.Stop, _ = read(l, stopAfter)
		}
	},
	"expect": expect,
})

// methods are the statements that ask for a URL.
func methods() setters[*flow.RequestDraft] {
	table := setters[*flow.RequestDraft]{"connect": call}
	for _, m := range []string{"get", "post", "put", "delete", "head", "options", "patch", "trace"} {
		table[m] = call
	}
	return table
}

// call adds a call to the connection.
func call(l *line, q *flow.RequestDraft) {
	c, ok := read(l, url)
	if !ok {
		q.Incomplete = true
		return
	}
	c.V.Method, c.V.At = strings.ToUpper(l.s.Keyword.Text), c.At
	q.Calls = append(q.Calls, c.V)
}

func declareRequest(r *reader, l *line) {
	if d, ok := l.header(flow.DeclRequest, isRouteName); ok {
		q := &flow.RequestDraft{Decl: d, Incomplete: l.s.Broken}
		if requestStatements.apply(r, l.s.Block, q) {
			q.Incomplete = true
		}
		r.add(q)
	}
}

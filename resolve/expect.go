package resolve

import (
	"fmt"
	"strconv"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

// expect is expect OUTCOME, …: a status or alert NAME, perhaps with from NODE,
// or close, timeout, ok.
func expect(l *line, q *requestBody) {
	for _, e := range l.elements() {
		sub := &line{r: l.r, s: l.s, tokens: e}
		if x, from, ok := sub.outcome(); ok {
			if from != nil {
				q.senders = append(q.senders, sender{len(q.Expect), from})
			}
			q.Expect = append(q.Expect, x)
		}
	}
}

// sender is the word after from of an outcome; servers are known later.
type sender struct {
	index int // in Expect
	word  *ast.Word
}

// outcome reads one outcome and the word after its from, nil where it has none.
func (l *line) outcome() (x flow.Expect, from *ast.Word, ok bool) {
	w, ok := l.take()
	if !ok {
		return x, nil, false
	}
	x = flow.Expect{At: w.At}
	switch w.Text {
	case "alert":
		name, ok := read(l, text)
		if !ok {
			return x, nil, false
		}
		alert, known := flow.ParseAlert(name.V)
		if !known {
			return x, nil, false
		}
		x.Ending, x.At = flow.Alerted{Alert: alert}, join(w.At, name.At)
	case "close":
		x.Ending = flow.Closed{}
	case "timeout":
		x.Ending = flow.TimedOut{}
	case "ok":
		x.Ending = flow.Passed{}
	default:
		status, err := strconv.Atoi(w.Text)
		if err != nil {
			return x, nil, false
		}
		x.Ending = flow.Answered{Status: status}
	}
	if _, ok := l.accept("from"); ok {
		if from, ok = l.take(); !ok {
			return x, nil, false
		}
		x.At = join(x.At, from.At)
	}
	return x, from, true
}

// findParty finds what an outcome can come from and returns its full name: a
// server as backend/server (the backend may be left out where no other has a
// server of that name), a client or a proxy by its name.
func (r *resolver) findParty(w *ast.Word) (string, bool) {
	if m, ok := w.Value.(ast.Member); ok {
		return w.Text, r.findServer(w, m.Of, m.Name)
	}
	if b, ok := r.nodes.bound[w.Text]; ok && b.value.backend == nil {
		return w.Text, true
	}
	switch servers := r.named[w.Text]; len(servers) {
	case 1:
		return servers[0].Backend.Name + "/" + servers[0].Name, true
	case 0:
		r.unknownParty(w)
	default:
		d := r.report(codeWrongKind, w.At, "%q is the name of %d servers", w.Text, len(servers))
		d.Related = declaredHere(servers[0].At)
		d.Help = fmt.Sprintf("say of which backend: %s/%s or %s/%s", servers[0].Backend.Name, w.Text, servers[1].Backend.Name, w.Text)
	}
	return "", false
}

// findServer reports a backend/server that is not there. A proxy's second
// stage is written likewise: router/inner.
func (r *resolver) findServer(w *ast.Word, backend, name string) bool {
	file, middle := w.At.File, w.At.Start+len(backend)
	first := &ast.Word{Text: backend, At: file.Span(w.At.Start, middle)}
	if b, ok := r.nodes.bound[backend]; ok && b.value.proxy != nil && name == "inner" {
		return true
	}
	n, ok := r.findNode(first, "backend")
	if !ok {
		return false
	}
	_, ok = r.servers[n.backend].find(r, &ast.Word{Text: name, At: file.Span(middle+1, w.At.End)})
	return ok
}

// unknownParty reports a name that no party of a request has.
func (r *resolver) unknownParty(w *ast.Word) {
	if r.partial || r.suspects[w.Text] || r.nodes.holes || r.lostServer {
		return
	}
	var known []string
	for _, b := range r.t.Backends {
		for _, s := range b.Servers {
			known = append(known, s.Name)
		}
	}
	for _, name := range r.nodes.names {
		if r.nodes.bound[name].value.backend == nil {
			known = append(known, name)
		}
	}
	if b, ok := r.nodes.bound[w.Text]; ok {
		d := r.report(codeWrongKind, w.At, "%q is a backend, and an outcome comes from one of its servers", w.Text)
		d.Related = declaredHere(b.at)
		return
	}
	d := r.report(codeUnknown, w.At, "no server, proxy or client is named %q%s", w.Text, spell.DidYouMean(w.Text, known))
	d.Fix = slip(w, known)
	if _, ok := spell.Nearest(w.Text, known); !ok {
		d.Help = "declared: " + enumerate(known)
	}
}

package haproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// rewriting is some paths that are replaced by another one.
type rewriting struct {
	from []string
	to   string
	at   source.Span
}

// ofAll reports whether the paths of a route are those that are replaced: a model says of
// no other that it is.
func (w *rewriting) ofAll(r *flow.RouteDraft) bool {
	var own []string
	n := 0
	if r.Path.IsSet() {
		own, n = []string{r.Path.V}, 1
	}
	for _, m := range r.Matches {
		if m.Kind == flow.MatchPath && !m.Not && (m.How == flow.Below || m.How == flow.Exact) {
			own = m.Values
			n++
		}
	}
	if n == 0 {
		return slices.Equal(w.from, []string{""}) // it is put before every path
	}
	return n == 1 && slices.Equal(trimmed(own), trimmed(w.from)) // of several conditions all hold
}

// trimmed are paths without a slash at their end, in one order.
func trimmed(paths []string) []string {
	var out []string
	for _, p := range paths {
		out = append(out, strings.TrimSuffix(p, "/"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// path notes that the path is replaced.
func (d *deciding) path(name string, l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	kind := flow.LosesDetail
	if d.u.front && d.asksPathBehind(l) {
		kind = flow.ChangesRouting
	}
	x, ok := d.condition(l, cond, kind)
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

// asksPathBehind reports whether a rule behind a line may ask for the path: of its section, of a
// backend or of another stage.
func (d *deciding) asksPathBehind(l *haproxycfg.Line) bool {
	if d.m.asking == nil {
		d.m.asking = map[*unit]*haproxycfg.Line{}
		for _, u := range d.m.units {
			if last := u.asksPath(); last != nil {
				d.m.asking[u] = last
				if u.back || len(u.inside()) > 0 { // else it is for other clients
					d.m.askingBehind++
				}
			}
		}
	}
	others, last := d.m.askingBehind, d.m.asking[d.u]
	if last != nil && (d.u.back || len(d.u.inside()) > 0) {
		others--
	}
	return others > 0 || last != nil && (!last.Is("http-request") || last.At.File != l.At.File || last.At.Start > l.At.Start)
}

// asksPath is the last rule of a unit that may ask for the path, of those behind its
// http-request rules if there is one; nil for none.
func (u *unit) asksPath() *haproxycfg.Line {
	asks := func(o *haproxycfg.Line) bool {
		return slices.ContainsFunc(o.Words, func(w haproxycfg.Word) bool {
			return namesPath(w) || slices.ContainsFunc(u.acls[strings.TrimLeft(w.Text, "!")], func(a *haproxycfg.Line) bool { return slices.ContainsFunc(a.Words, namesPath) })
		})
	}
	for _, first := range [][]string{{"redirect", "use_backend", "use-server", "monitor-uri", "stats"}, {"http-request"}} {
		for _, o := range slices.Backward(u.inherited(first...)) {
			if asks(o) {
				return o
			}
		}
	}
	return nil
}

// namesPath reports whether a word may be about the path of a request.
func namesPath(w haproxycfg.Word) bool {
	return slices.ContainsFunc([]string{"path", "url", "uri", "base", "query", "map", "lua", "var("}, func(part string) bool { return strings.Contains(w.Text, part) })
}

// replaced are the paths that another one takes the place of: ^/old(.*)$ and /new\1, or
// ^(/a|/b)(.*)$ and /new\2.
func replaced(expr, to string) (from []string, into string, ok bool) {
	rest, anchored := strings.CutPrefix(expr, "^")
	if !anchored {
		return nil, "", false
	}
	for _, end := range []string{"(/.*)?$", "/?(.*)$", "(.*)$", "(/.*)?", "/?(.*)", "(.*)"} {
		path, found := strings.CutSuffix(rest, end)
		if !found {
			continue
		}
		behind := `\1`
		several, grouped := strings.CutPrefix(path, "(")
		if grouped {
			behind, path = `\2`, strings.TrimSuffix(several, ")")
		}
		into, ok = strings.CutSuffix(to, behind)
		for _, p := range strings.Split(path, "|") {
			one, literal := plain(p)
			from, ok = append(from, one), ok && literal
		}
		return from, cmp.Or(into, "/"), ok
	}
	return nil, "", false
}

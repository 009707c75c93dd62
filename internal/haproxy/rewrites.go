package haproxy

import (
	"cmp"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// rewriting is a path that is replaced by another one.
type rewriting struct {
	from, to string
	at       source.Span
}

// path notes that the path is replaced.
func (d *deciding) path(name string, l *haproxycfg.Line, words, cond []haproxycfg.Word) {
	kind := flow.LosesDetail
	if d.u.front {
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

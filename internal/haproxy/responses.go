package haproxy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// responses are the changes of answers, HSTS among them.
func (b *builder) responses(r *flow.RouteDraft, units ...*unit) {
	for i, u := range units {
		if i > 0 && u == units[0] || !u.http {
			continue // of mode tcp, HAProxy ignores them
		}
		for _, l := range u.inherited("http-response", "http-after-response") {
			words, cond := haproxycfg.SplitCondition(l.From(1))
			if len(words) < 2 {
				continue
			}
			k, _ := l.Keyword(u.section.Kind)
			if k.Effect != haproxycfg.EffectRead {
				continue // it is listed with the rest
			}
			name, do := words[1].Text, words[0].Text
			if strings.EqualFold(name, "Strict-Transport-Security") && do != "del-header" && len(words) > 2 {
				if age, ok := maxAge(words[2].Text); ok {
					r.HSTS = flow.State(age, l.At)
					continue
				}
			}
			if len(cond) > 0 || do != "del-header" && len(words) < 3 {
				b.listLine(flow.LosesDetail, l)
				continue
			}
			h := flow.HeaderAction{On: "response", Do: "delete", Name: name, At: l.At}
			if do != "del-header" {
				h.Do, h.Value = "set", words[2].Text
				f, ok := haproxycfg.ParseFormat(h.Value)
				text, literal := f.Literal()
				if h.Computed = ok && !literal; !h.Computed {
					h.Value = text
				}
			}
			r.Headers = append(r.Headers, h)
		}
	}
}

// maxAge is the age of Strict-Transport-Security (RFC 6797, 6.1.1), in milliseconds.
func maxAge(value string) (int64, bool) {
	for part := range strings.SplitSeq(value, ";") {
		if n, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(part)), "max-age="); ok {
			age, err := strconv.ParseInt(strings.Trim(n, `"`), 10, 64)
			return age * 1000, err == nil && age > 0 && age < 1<<40
		}
	}
	return 0, false
}

// affinity is the cookie that keeps a client on its server.
func (b *builder) affinity(r *flow.RouteDraft, back *unit) {
	l := back.last("cookie")
	if l == nil || !back.http || !slices.ContainsFunc(back.servers, func(s *server) bool { return s.cookie != "" }) {
		return
	}
	r.Affinity = flow.State(l.Arg(1), l.At)
	if slices.ContainsFunc(l.Words, func(w haproxycfg.Word) bool { return w.Text == "secure" }) {
		b.secure = append(b.secure, r)
	}
	b.list(flow.LosesDetail, l.At, asWritten(l.At)+": the values by which servers are known are not kept")
}

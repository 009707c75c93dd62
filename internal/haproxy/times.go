package haproxy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// timeUnit is a unit of time.
type timeUnit struct {
	name   string
	millis float64
}

// units of time, in milliseconds (HAProxy configuration manual, 2.5). Without one it
// is milliseconds.
var timeUnits = []timeUnit{{"us", 0.001}, {"ms", 1}, {"s", 1000}, {"m", 60_000}, {"h", 3_600_000}, {"d", 86_400_000}}

// millis reads a time. What stands behind a unit counts for nothing: HAProxy 2.6.12 takes
// 15min for 15m, and warns.
func (m *model) millis(w haproxycfg.Word) (int64, bool) {
	digits := len(w.Text) - len(strings.TrimLeft(w.Text, "0123456789"))
	unit := w.Text[digits:]
	factor := 1.0
	if unit != "" {
		i := slices.IndexFunc(timeUnits, func(u timeUnit) bool { return strings.HasPrefix(unit, u.name) })
		if i < 0 {
			digits = 0
		} else {
			factor = timeUnits[i].millis
		}
	}
	n, err := strconv.ParseInt(w.Text[:digits], 10, 64)
	if err != nil || float64(n)*factor >= 1<<31 {
		m.report(haproxycfg.FaultValue, w.At, "write a number with us, ms, s, m, h or d, up to 24 days", "invalid time %q", w.Text)
		return 0, false
	}
	return int64(float64(n) * factor), true
}

// kinds of timeouts that a model has.
var (
	frontTimeouts = []string{"client", "http-request", "http-keep-alive"}
	backTimeouts  = []string{"connect", "server", "tunnel", "queue"}
)

// timeouts are those of a unit.
func (m *model) timeouts(u *unit, kinds []string) []flow.Timeout {
	var out []flow.Timeout
	for _, kind := range kinds {
		l := u.last("timeout", kind)
		if l == nil || len(l.Words) < 3 {
			continue
		}
		if n, ok := m.millis(l.Words[2]); ok {
			out = append(out, flow.Timeout{Kind: kind, Millis: n, At: l.At})
		}
	}
	slices.SortStableFunc(out, func(a, b flow.Timeout) int { return cmp.Compare(a.At.Start, b.At.Start) }) // as they are written
	return out
}

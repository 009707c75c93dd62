package words

import (
	"strconv"

	"github.com/flowc-lang/flowc/flow"
)

// Time says a time in the language's words: 1500ms, 3s, 2m, 1h.
func Time(millis int64) string {
	for _, u := range []struct {
		millis int64
		name   string
	}{{3_600_000, "h"}, {60_000, "m"}, {1000, "s"}} {
		if millis%u.millis == 0 && (millis > 0 || u.name == "s") {
			return strconv.FormatInt(millis/u.millis, 10) + u.name
		}
	}
	return strconv.FormatInt(millis, 10) + "ms"
}

// Idle says which timeout ends an idle tunnel, and when.
func Idle(l flow.Limit) string {
	by := l.Proxy.Name
	if l.Route != nil {
		by = "route " + l.Route.Name + " on " + by
	}
	return "an idle tunnel is closed after " + Time(l.Millis) + ": timeout " + l.Kind + " of " + by
}

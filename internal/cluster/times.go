package cluster

import (
	"math"
	"strconv"
	"time"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// goDuration is a time as Kubernetes writes it, 1m30s, in milliseconds.
func goDuration(s string) (millis int64, ok bool) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, false
	}
	return d.Milliseconds(), true
}

// routerTimes is the form of times that the router's template takes.
var routerTimes = lazy.Regexp(`^([1-9][0-9]*)(us|ms|s|m|h|d)?$`)

// longest is the longest timeout of HAProxy, in milliseconds; longer ones are cut.
const longest = math.MaxInt32

// routerTime is a time as HAProxy writes it, in milliseconds where it has no unit.
func routerTime(s string) (millis int64, ok bool) {
	m := routerTimes.Get().FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return longest, true
	}
	if m[2] == "us" {
		return max(n/1000, 1), true
	}
	unit := map[string]int64{"": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}[m[2]]
	if n > longest/unit {
		return longest, true
	}
	return n * unit, true
}

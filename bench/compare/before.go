package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// tolerance is how many times the CPU time of before a job may take. It is far
// above what a busy machine does to a ratio of medians.
const tolerance = 2

// beside compares the short jobs with an earlier flowc.
func (b *bench) beside() (code int, err error) {
	fmt.Fprintf(b.out, "\nCPU time beside %s:\n", b.before)
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "job\tnow\tnow/before")
	for _, j := range jobs {
		if !j.short || !strings.Contains(j.name, b.only) {
			continue
		}
		args, err := j.args(b)
		if err != nil {
			return failure, err
		}
		before, now := command{name: b.before, args: args}, command{name: b.flowc, args: args}
		words, ok := judged(func(times int) (sample, sample) {
			s := inTurns(times*b.rounds, before, now)
			return s[0], s[1]
		})
		if !ok {
			code = slower
		}
		fmt.Fprintf(w, "%s\t%s\n", j.name, words)
	}
	return code, w.Flush()
}

// judged says how a job stands against before, and whether that is tolerated. A
// job that seems to be slower is looked at again, for three times as long,
// before it is said to be. One that only the earlier flowc fails in is new.
func judged(look func(times int) (before, now sample)) (words string, ok bool) {
	before, now := look(1)
	switch {
	case now.failed != "":
		return "failed: " + now.failed, false
	case before.failed != "":
		return fmt.Sprintf("%.1f ms\tit failed before: %s", milliseconds(now), before.failed), true
	case ratio(now, before) <= tolerance:
		return fmt.Sprintf("%.1f ms\t%.2f", milliseconds(now), ratio(now, before)), true
	}
	first := ratio(now, before)
	before, now = look(3)
	words = fmt.Sprintf("%.1f ms\t%.2f, after %.2f at first sight", milliseconds(now), ratio(now, before), first)
	if ratio(now, before) <= tolerance {
		return words, true
	}
	return words + ": SLOWER", false
}

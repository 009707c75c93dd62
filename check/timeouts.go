package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// timeoutOf returns the timeout of a kind; nil where it is not stated.
func timeoutOf(list []flow.Timeout, kind string) *flow.Timeout {
	for i := range list {
		if list[i].Kind == kind {
			return &list[i]
		}
	}
	return nil
}

// timeout is the step by which a timeout is another one.
func timeout(in diag.Place, t *flow.Timeout, millis int64) diag.Step {
	return change(in, diag.FactTimeout, t.At, []string{t.Kind, inTime(t.Millis)}, t.Kind, inTime(millis))
}

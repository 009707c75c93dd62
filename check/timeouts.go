package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// timeout is the step by which a timeout is another one.
func timeout(in diag.Place, t *flow.Timeout, millis int64) diag.Step {
	return change(in, diag.FactTimeout, t.At, []string{t.Kind, inTime(t.Millis)}, t.Kind, inTime(millis))
}

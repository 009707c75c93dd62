package flow

import (
	"slices"
	"strings"
)

// Meets reports whether the outcome may be the expected one: several are
// possible where a race decides. A proxy's inner stage is the proxy to who
// expects something from it.
func (o Outcome) Meets(e Expect) bool {
	return slices.Contains(o.Client, e.Outcome) &&
		(e.From == "" || e.From == o.From || e.From == strings.TrimSuffix(o.From, "/inner"))
}

// AsExpected reports whether the outcome meets what its request expects; a
// request without expect expects nothing.
func (lc *Lifecycle) AsExpected() bool {
	return len(lc.Request.Expect) == 0 || slices.ContainsFunc(lc.Request.Expect, lc.Outcome.Meets)
}

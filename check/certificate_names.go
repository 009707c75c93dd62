package check

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// onlyName is the one name in a certificate, where it states one and that is
// no wildcard; "" elsewhere.
func onlyName(c *flow.Certificate) string {
	if c == nil || len(c.Names) != 1 || strings.HasPrefix(c.Names[0].V, "*.") {
		return ""
	}
	return c.Names[0].V
}

// agreed is the value that all of a list are; "" where they are not one, or
// where there are none.
func agreed(values []string) string {
	for _, v := range values {
		if v != values[0] {
			return ""
		}
	}
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

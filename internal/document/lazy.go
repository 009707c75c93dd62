package document

import (
	"regexp"
	"sync"
)

// lazy returns a regular expression that is compiled at its first use: most runs
// of flowc read no document.
func lazy(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

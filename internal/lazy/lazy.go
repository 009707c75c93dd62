// Package lazy makes values at their first use: a run of flowc pays for no
// table and no regular expression that it does not need.
package lazy

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled when it is first used.
type Pattern struct {
	expr string
	once sync.Once
	made *regexp.Regexp
}

// Regexp returns the pattern of an expression. It is so small that a variable of
// a package is laid out by the compiler, and no code runs for it at start.
func Regexp(expr string) *Pattern { return &Pattern{expr: expr} }

// Get returns the compiled expression. It panics where that is not valid.
func (p *Pattern) Get() *regexp.Regexp {
	p.once.Do(func() { p.made = regexp.MustCompile(p.expr) })
	return p.made
}

package pipeline

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
)

// TestCodes keeps each code the name of one kind of finding, in every phase.
func TestCodes(t *testing.T) {
	all := slices.Concat(grammar.Codes, load.Codes, resolve.Codes, emit.Codes)
	for _, r := range check.Rules {
		all = append(all, diag.CodeDoc{Code: r.Code, Doc: r.Doc})
	}
	seen := map[diag.Code]string{}
	for _, c := range all {
		if other, ok := seen[c.Code]; ok {
			t.Errorf("%s is both %q and %q", c.Code, other, c.Doc)
		}
		seen[c.Code] = c.Doc
	}
}

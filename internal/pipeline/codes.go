package pipeline

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/pictures"
	"github.com/flowc-lang/flowc/internal/waive"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
)

// Codes returns what findings of every phase can be about, in the order of
// their codes.
func Codes() []diag.CodeDoc {
	out := slices.Concat(grammar.Codes, load.Codes, resolve.Codes, waive.Codes, emit.Codes, pictures.Codes)
	for _, r := range check.Rules {
		out = append(out, diag.CodeDoc{
			Code: r.Code, Name: r.Name, Severity: r.Severity, Doc: r.Doc, Why: r.Why, Wire: r.Wire, Except: r.Except,
		})
	}
	slices.SortFunc(out, func(a, b diag.CodeDoc) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

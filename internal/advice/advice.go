// Package advice renders the suggestions of rules for .flow: as words, which
// are the help of a finding, and as edits of the model's texts.
package advice

import (
	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Renderer renders suggestions for one model.
type Renderer struct {
	topology *flow.Topology
	files    []*ast.File // the entry file first
	declared map[*source.File][]*ast.Statement
}

// New returns a renderer for a model: its topology, and the texts that it was
// resolved from.
func New(t *flow.Topology, entry *ast.File, imported []*ast.File) *Renderer {
	return &Renderer{topology: t, files: append([]*ast.File{entry}, imported...), declared: map[*source.File][]*ast.Statement{}}
}

// Fill renders the suggestions of findings: all as their help, and the first as
// their fix where it is safe.
func (r *Renderer) Fill(l diag.List) {
	for i := range l {
		d := &l[i]
		if len(d.Suggestions) == 0 {
			continue
		}
		words := r.Words(d.Suggestions)
		if d.Help != "" {
			words = d.Help + "; " + words
		}
		d.Help = words
		if first := d.Suggestions[0]; first.Safe {
			if edits := r.Edits(first); len(edits) > 0 {
				d.Fix = &diag.Fix{Message: r.way(first), Edits: edits}
			}
		}
	}
}

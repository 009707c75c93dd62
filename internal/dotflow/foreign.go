package dotflow

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/source"
)

const codeConflict diag.Code = "FL137"

// Codes lists what this package finds itself.
var Codes = []diag.CodeDoc{{
	Code: codeConflict, Name: "configuration-says-otherwise", Severity: diag.Error,
	Doc: "a model states a fact otherwise than a configuration that it imports",
	Why: "The configuration is what runs. A model adds to it what it does not say",
}}

// owner is the front end of a file that a model imports; nil for a model of this
// language.
func owner(in front.Input, path, text string) *front.End {
	i := slices.IndexFunc(in.Others, func(e *front.End) bool { return e.Owns(path, text) })
	if i < 0 {
		return nil
	}
	return in.Others[i]
}

// imported is a model in another language.
type imported struct {
	*front.Model
	apart bool // what it declares is nothing that another one declares
}

// foreign reads the files of other languages that a model imports.
func foreign(ctx context.Context, in front.Input, files []*source.File) ([]imported, error) {
	var out []imported
	for _, src := range files {
		read := func(path string) ([]byte, error) {
			if path == src.Path {
				return []byte(src.Text), nil
			}
			return in.Read(path)
		}
		end := owner(in, src.Path, src.Text)
		m, err := end.Read(ctx, front.Input{Path: src.Path, Read: read, Data: in.Data, Folder: in.Folder, Named: in.Named, Env: in.Env, Profile: in.Profile})
		if err != nil {
			return nil, err
		}
		out = append(out, imported{m, end.Apart})
	}
	return out, nil
}

// extendAll puts what configurations state before what the model does, and leads from one
// of them to the next.
func extendAll(ctx context.Context, others []imported, draft *flow.Draft) (diag.List, error) {
	var out diag.List
	var bases []*flow.Draft
	earlier := &flow.Draft{}
	for _, o := range others {
		base, found, err := o.Draft(ctx)
		if err != nil {
			return nil, err
		}
		if o.apart {
			front.Apart(earlier, base)
			earlier.Declarations = append(earlier.Declarations, base.Declarations...)
		}
		bases, out = append(bases, base), append(out, found...)
	}
	for _, base := range slices.Backward(bases) { // each is put first
		out = append(out, extend(base, draft)...)
	}
	if len(others) > 0 {
		front.Link(draft)
	}
	return out, nil
}

// extend puts what a configuration states before what the model does, and reports where
// they differ.
func extend(base, draft *flow.Draft) diag.List {
	var found diag.List
	for _, c := range front.Extend(base, draft) {
		found = append(found, diag.Diagnostic{
			Code: codeConflict, Severity: diag.Error, At: c.At, Broken: true,
			Message: fmt.Sprintf("%s is different in the configuration that the model imports", c.Decl),
			Help:    "remove the statement: the configuration says what runs",
			Related: []diag.Related{{At: c.Other, Message: "the configuration says"}},
		})
	}
	return found
}

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

// foreign reads the files of other languages that a model imports.
func foreign(ctx context.Context, in front.Input, files []*source.File) ([]*front.Model, error) {
	var out []*front.Model
	for _, src := range files {
		read := func(path string) ([]byte, error) {
			if path == src.Path {
				return []byte(src.Text), nil
			}
			return in.Read(path)
		}
		m, err := owner(in, src.Path, src.Text).Read(ctx, front.Input{Path: src.Path, Read: read, Data: in.Data, Folder: in.Folder, Named: in.Named, Env: in.Env, Profile: in.Profile})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// extend puts what a configuration states before what the model does, and reports where
// they differ.
func extend(ctx context.Context, o *front.Model, draft *flow.Draft) (diag.List, error) {
	base, found, err := o.Draft(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range front.Extend(base, draft) {
		found = append(found, diag.Diagnostic{
			Code: codeConflict, Severity: diag.Error, At: c.At, Broken: true,
			Message: fmt.Sprintf("%s is different in the configuration that the model imports", c.Decl),
			Help:    "remove the statement: the configuration says what runs",
			Related: []diag.Related{{At: c.Other, Message: "the configuration says"}},
		})
	}
	return found, nil
}

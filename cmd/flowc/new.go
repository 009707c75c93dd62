package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/models"
)

// starter is what `flowc new` writes unless it is told otherwise.
//
//go:embed starter.flow
var starter []byte

func newNew(a *app) *cobra.Command {
	var from string
	var list bool
	cmd := &cobra.Command{
		Use:   "new FILE",
		Short: "Write a model to start from",
		Long: `new writes a small model, or with --from one of the models that flowc contains.
What a model imports is written into the same file. It never overwrites a file.
FILE may be - for standard output.`,
		Example: `  flowc new shop.flow
  flowc new --list
  flowc new shop.flow --from passthrough`,
		Args: func(cmd *cobra.Command, given []string) error {
			if list {
				return args(0, 0, "")(cmd, given)
			}
			return args(1, 1, "the name of a file")(cmd, given)
		},
		ValidArgsFunction: modelFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case list && from != "":
				return usagef("--list and --from do not go together")
			case list:
				a.listModels()
				return nil
			}
			return a.newModel(args[0], from)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "start from this `model` (--list names them)")
	cmd.Flags().BoolVarP(&list, "list", "l", false, "list the models to start from")
	complete(cmd, "from", modelNames)
	return cmd
}

// newModel writes a starter or the named model.
func (a *app) newModel(path, from string) error {
	text := starter
	if from != "" {
		var ok bool
		if text, ok = models.Standalone(from); !ok {
			return usagef("no model %q%s; flowc new --list names them", from, spell.DidYouMean(from, modelNames()))
		}
	}
	if path == "-" {
		_, err := a.stdout.Write(text)
		return err
	}
	if filepath.Ext(path) != modelExt {
		return usagef("%q does not end in %s, as models do", path, modelExt)
	}
	if err := create(path, text); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return usagef("%q is there already, and is not written over", path)
		}
		return err
	}
	switch {
	case a.quiet:
	case a.stdout.terminal:
		fmt.Fprintf(a.stdout, "wrote %s\nnext: flowc render %s\n", path, shellWord(path))
	default:
		fmt.Fprintln(a.stdout, path)
	}
	return nil
}

// create writes a file that is not there yet, whole or not at all.
func create(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (a *app) listModels() {
	width := 0
	for _, m := range models.List() {
		width = max(width, len(m.Name))
	}
	for _, m := range models.List() {
		fmt.Fprintf(a.stdout, "%-*s  %s\n", width, m.Name, m.Doc)
	}
}

func modelNames() []string {
	var out []string
	for _, m := range models.List() {
		out = append(out, m.Name)
	}
	return out
}

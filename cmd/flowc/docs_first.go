package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/flowc-lang/flowc/internal/document"
)

// firstRegion is the region that --init puts into a document.
type firstRegion struct {
	file    string
	model   string
	view    string
	request string
	picture string // its format
}

func (r *firstRegion) flags(f *pflag.FlagSet) {
	f.StringVar(&r.file, "init", "", "put a first region at the end of this `document`")
	f.StringVarP(&r.model, "model", "m", "", "with --init: the `model` that it shows")
	f.StringVarP(&r.view, "view", "v", "", "with --init: the `view` that it shows (default sequence)")
	f.StringVarP(&r.request, "request", "r", "", "with --init: the `request` that it shows (default the first)")
	f.StringVar(&r.picture, "picture", "", "with --init: the `format` of the region (default what the document can show)")
}

// fit refuses flags of --init without it, and --init without a model.
func (r *firstRegion) fit(cmd *cobra.Command) error {
	if r.file == "" {
		for _, name := range []string{"model", "view", "request", "picture"} {
			if cmd.Flags().Changed(name) {
				return usagef("--%s is about the region that --init puts into a document; add --init FILE", name)
			}
		}
		return nil
	}
	switch {
	case r.model == "":
		return usagef("--init needs the model to show: --model FILE")
	case document.LanguageOf(filepath.ToSlash(r.file)) == nil:
		return usagef("%q is not a document that flowc reads; their names end in %s", r.file, strings.Join(document.Extensions(), ", "))
	}
	if info, err := os.Stat(r.model); err != nil || info.IsDir() {
		return usagef("no model %q", r.model)
	}
	return nil
}

// insert puts the region at the end of the document, and makes the document
// where there is none.
func (r *firstRegion) insert() error {
	before, err := os.ReadFile(r.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	model, err := fromFolder(filepath.Dir(r.file), r.model)
	if err != nil {
		return usagef("%q cannot be named from %q: %v", r.model, r.file, err)
	}
	attrs := [][2]string{{"model", model}, {"view", r.view}, {"request", r.request}, {"format", r.picture}}
	text, found := document.Append(filepath.ToSlash(r.file), string(before), attrs)
	if len(found) > 0 {
		return usagef("%s: %s", r.file, found[0].Message)
	}
	return writeAll(context.Background(), []file{{fileIdentity(r.file), []byte(text)}})
}

// fromFolder is the path of a file as seen from a folder, with slashes.
func fromFolder(folder, file string) (string, error) {
	from, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(from, to)
	return filepath.ToSlash(rel), err
}

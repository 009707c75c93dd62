package main

import (
	"os"
	"path"
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
}

// fit refuses flags of --init without it, and --init without a model.
func (r *firstRegion) fit(cmd *cobra.Command) error {
	if r.file == "" {
		for _, name := range []string{"model", "view", "request"} {
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
		if near := nearModel(filepath.ToSlash(r.model)); near != "" {
			return usagef("no model %q, did you mean %q?", r.model, near)
		}
		return usagef("no model %q here; the path is relative to the folder that flowc runs in", r.model)
	}
	return nil
}

// page is the document that the region is put into.
func (r *firstRegion) page() *docPage {
	name := filepath.ToSlash(r.file)
	return &docPage{path: path.Clean(name), lang: document.LanguageOf(name), first: r}
}

// insert puts the region at the end of a text. A nil one changes nothing.
func (r *firstRegion) insert(file string, text []byte) ([]byte, error) {
	if r == nil {
		return text, nil
	}
	model, err := fromFolder(filepath.Dir(r.file), r.model)
	if err != nil {
		return nil, usagef("%q cannot be named from %q: %v", r.model, r.file, err)
	}
	attrs := [][2]string{{"model", model}, {"view", r.view}, {"request", r.request}, {"format", r.picture}}
	with, found := document.Append(file, string(text), attrs)
	if len(found) > 0 {
		at := found[0].At.File.Position(found[0].At.Start)
		return nil, usagef("%s:%d:%d: %s", file, at.Line, at.Column, found[0].Message)
	}
	return []byte(with), nil
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

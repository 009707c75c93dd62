package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/docs"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/lazy"
)

func newHugo(a *app) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "hugo [CONTENT]",
		Short: "Draw the models of a Hugo site, before Hugo runs",
		Long: `hugo draws the fences of the language flow in a Hugo site. Hugo runs no programs:
run flowc hugo before hugo, in the folder of the site. Each fence becomes a file
below assets/flow/, and the render hook render-codeblock-flow.html puts it into
the page. A fence whose model has an error ends the build of the site with its
file and line, and so does one that was not drawn. CONTENT is the folder of the
pages. Files in assets/flow/ that no fence needs any more are deleted.`,
		Example: `  flowc hugo && hugo
  flowc hugo content/ --out assets/flow`,
		Args: args(0, 1, "the folder of the content"),
		RunE: func(_ *cobra.Command, args []string) error {
			content := "content"
			if len(args) > 0 {
				content = args[0]
			}
			return a.hugo(content, out)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", filepath.Join("assets", "flow"), "write into this `folder`")
	return cmd
}

// hugoDrawing is a file below assets/flow, which the render hook reads.
type hugoDrawing struct {
	HTML     string      `json:"html"`
	ID       string      `json:"id"`
	Failed   bool        `json:"failed"`
	Findings string      `json:"findings"`
	Inputs   []hugoInput `json:"inputs"`
}

type hugoInput struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// hugo draws the pages below a folder.
func (a *app) hugo(content, out string) error {
	if !a.files.isDir(content) {
		return usagef("no folder %q; run flowc hugo in the folder of the site, or name the folder of its pages", content)
	}
	pages, err := pages([]string{content})
	if err != nil {
		return err
	}
	ctx, stop := interruptible(true)
	defer stop()
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	files, found, err := a.hugoPages(ctx, lay, pages, content)
	if err = errors.Join(err, ctx.Err(), lay.Close()); err != nil {
		return err
	}
	wanted := make(map[string]bool)
	var changed []file
	for name, text := range files {
		path := filepath.Join(out, name)
		wanted[name] = true
		if have, err := os.ReadFile(path); err != nil || string(have) != string(text) {
			changed = append(changed, file{path, text})
		}
	}
	slices.SortFunc(changed, func(a, b file) int { return strings.Compare(a.path, b.path) })
	if err := writeAll(ctx, changed); err != nil {
		return err
	}
	if err := removeOthers(out, wanted); err != nil {
		return err
	}
	a.findings(a.stderr, found.Sort())
	if !a.quiet {
		fmt.Fprintf(a.stderr, "%s in %s, %d written\n", count(len(wanted), "fence"), filepath.ToSlash(out), len(changed))
	}
	return verdict(found)
}

// hugoPages returns the files of all fences by their names, and what is wrong.
func (a *app) hugoPages(ctx context.Context, lay *graphviz.Client, pages []*docPage, content string) (map[string][]byte, diag.List, error) {
	if err := a.boundPages(pages); err != nil {
		return nil, nil, err
	}
	b, err := a.builder(lay, false)
	if err != nil {
		return nil, nil, err
	}
	drawn, unread := make([][]*docs.Drawing, len(pages)), make([]diag.List, len(pages))
	errs := make([]error, len(pages))
	each(len(pages), func(i int) {
		text, err := b.Read(pages[i].path)
		if err == nil {
			var page string
			page, err = filepath.Rel(content, pages[i].path)
			drawn[i], unread[i], errs[i] = b.Drawings(ctx, pages[i].path, filepath.ToSlash(page), string(text))
		}
		errs[i] = errors.Join(err, errs[i])
	})
	files := make(map[string][]byte)
	found := b.Waivers.Mistakes()
	for i, all := range drawn {
		found = append(found, unread[i]...)
		for _, d := range all {
			found = append(found, d.Result.Findings...)
			out := hugoDrawing{HTML: d.HTML, ID: d.ID, Failed: d.Failed, Findings: d.Findings, Inputs: []hugoInput{}}
			for _, in := range d.Inputs {
				out.Inputs = append(out.Inputs, hugoInput{in.File, in.Hash})
			}
			text, err := json.MarshalIndent(out, "", "  ")
			if err != nil {
				return nil, nil, err
			}
			files[d.Hash+".json"] = append(text, '\n')
		}
	}
	return files, found, errors.Join(errs...)
}

// hugoName is the name of a drawing: no other file is ever deleted.
var hugoName = lazy.Regexp(`^[0-9a-f]{64}\.json$`)

// removeOthers deletes the drawings of fences that are no longer there.
func removeOthers(folder string, wanted map[string]bool) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.Type().IsRegular() && hugoName.Get().MatchString(e.Name()) && !wanted[e.Name()] {
			errs = append(errs, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	return errors.Join(errs...)
}

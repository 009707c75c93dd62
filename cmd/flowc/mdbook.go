package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/docs"
	"github.com/flowc-lang/flowc/internal/graphviz"
)

func newMdbook(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mdbook",
		Short: "Draw the models of an mdBook, as its preprocessor",
		Long: `mdbook is a preprocessor of mdBook: it reads a book from standard input, draws the
fences of the language flow in its chapters, and prints the book. A fence whose
model has an error ends the build with its file and line. In book.toml:

  [preprocessor.flow]
  command = "flowc mdbook"`,
		Example: "  mdbook build    calls it",
		Args:    args(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return a.mdbook() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "supports RENDERER",
		Short: "Tell mdBook which of its renderers show what mdbook draws",
		Long: `supports ends with exit code 0 for the renderer html, and with 1 for all others,
which show no SVG in a chapter.`,
		Example: "  flowc mdbook supports html",
		Args:    args(1, 1, "the name of a renderer"),
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] != "html" {
				return errFindings
			}
			return nil
		},
	})
	return cmd
}

// bookContext is what is needed of the context that mdBook gives a preprocessor.
type bookContext struct {
	Root   string `json:"root"`
	Config struct {
		Book struct {
			Src string `json:"src"`
		} `json:"book"`
	} `json:"config"`
}

// mdbook reads a book as mdBook 0.4 and 0.5 write it and prints it drawn.
func (a *app) mdbook() error {
	var input []json.RawMessage
	var context bookContext
	var book map[string]any
	err := json.NewDecoder(a.stdin).Decode(&input)
	switch {
	case err != nil || len(input) != 2:
		return usagef("standard input is not a book; mdBook runs flowc mdbook itself")
	case json.Unmarshal(input[0], &context) != nil, json.Unmarshal(input[1], &book) != nil:
		return usagef("standard input is not a book that flowc understands")
	}
	src := sourceFolder(context)
	if err := a.files.boundDocuments(filepath.FromSlash(src)); err != nil {
		return err
	}
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	builder, err := a.builder(lay, false)
	if err != nil {
		return errors.Join(err, lay.Close())
	}
	b := &bookDrawing{app: a, builder: builder, src: src, found: builder.Waivers.Mistakes()}
	for _, key := range []string{"sections", "items"} { // of mdBook 0.4, of 0.5
		b.items(book[key])
	}
	if closed := lay.Close(); b.err == nil {
		b.err = closed
	}
	if b.err != nil {
		return b.err
	}
	a.findings(a.stderr, b.found.Sort())
	if err := verdict(b.found); err != nil {
		return err
	}
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(book)
}

// sourceFolder is the folder of a book's chapters, seen from here where it lies
// below: so messages name it as a person would.
func sourceFolder(c bookContext) string {
	src := c.Config.Book.Src
	if src == "" {
		src = "src"
	}
	folder := filepath.Join(c.Root, src)
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, folder); err == nil && filepath.IsLocal(rel) {
			folder = rel
		}
	}
	return filepath.ToSlash(folder)
}

// bookDrawing draws the chapters of a book.
type bookDrawing struct {
	app     *app
	builder *docs.Builder
	src     string
	found   diag.List
	err     error
}

// items draws a list of chapters, part titles and separators.
func (b *bookDrawing) items(list any) {
	all, _ := list.([]any)
	for _, item := range all {
		if of, ok := item.(map[string]any); ok {
			if chapter, ok := of["Chapter"].(map[string]any); ok {
				b.chapter(chapter)
				b.items(chapter["sub_items"])
			}
		}
	}
}

func (b *bookDrawing) chapter(c map[string]any) {
	content, _ := c["content"].(string)
	file, _ := c["source_path"].(string)
	if file == "" {
		file, _ = c["path"].(string)
	}
	if content == "" || file == "" || b.err != nil {
		return
	}
	ctx, stop := interruptible(false)
	defer stop()
	text, result, err := b.builder.Inline(ctx, path.Join(b.src, filepath.ToSlash(file)), content)
	if err != nil {
		b.err = fmt.Errorf("%s: %w", file, err)
		return
	}
	b.found = append(b.found, result.Findings...)
	c["content"] = text
}

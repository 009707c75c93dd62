package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/docs"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// docsFlags are the flags of docs.
type docsFlags struct {
	check  bool
	force  bool
	watch  bool
	format string
	first  firstRegion
	deps   dependencies
	seen   *seenFiles // what is read, while --watch waits for changes
	// over, unless it is nil, watches over what is read until its second result
	// is called, which reports whether that is still as it was. The context that
	// it returns ends where it is not.
	over func(context.Context) (context.Context, func() bool)
}

func newDocs(a *app) *cobra.Command {
	var f docsFlags
	cmd := &cobra.Command{
		Use:   "docs PATH...",
		Short: "Fill and check the diagrams in documents",
		Long: `docs fills the marked regions of documents: Markdown, MDX, AsciiDoc and
reStructuredText. PATH is a document, or a folder with documents at any depth.
A region stands between two comments, and its first one says what it shows:

  <!-- flow:begin model=models/shop.flow view=sequence format=svg -->
  <!-- flow:end -->

It also compiles each model that stands in a document (a fence of the language
flow). What is wrong is reported at the document's own line. A document with an
error is not written, and a region that somebody edited is not written over.

With --check nothing is written: what is stale is listed, with a diff, and the
exit code is 1. With --init a first region is put at the end of a document.`,
		Example: `  flowc docs README.md docs/
  flowc docs --check README.md docs/
  flowc docs --check --format github docs/     annotations in a pull request
  flowc docs --init README.md --model models/shop.flow --view topology
  flowc docs --watch docs/
  flowc docs docs/ --depfile docs.d --depfile-target docs.stamp`,
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
		Args: func(cmd *cobra.Command, given []string) error {
			if f.first.file != "" {
				return args(0, 0, "")(cmd, given)
			}
			return args(1, -1, "a document or folder")(cmd, given)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.fit(cmd); err != nil {
				return err
			}
			return a.docs(args, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "write nothing, and report what is stale")
	flags.BoolVar(&f.force, "force", false, "write over regions that were edited by hand, and over files that are not pictures of flowc")
	flags.BoolVarP(&f.watch, "watch", "w", false, "go on, and fill again what changes")
	flags.StringVarP(&f.format, "format", "f", "text", "write findings in this `format`: "+strings.Join(writerNames(), ", ")+"; with --init: that of the region")
	f.first.flags(flags)
	f.deps.flags(cmd)
	complete(cmd, "format", writerNames)
	complete(cmd, "view", viewNames)
	return cmd
}

// fit refuses flags that do not go together.
func (f *docsFlags) fit(cmd *cobra.Command) error {
	if f.first.file != "" && cmd.Flags().Changed("format") {
		f.first.picture, f.format = f.format, "text" // the region's: there is nothing else to choose
	}
	if _, err := writerNamed(f.format); err != nil {
		return err
	}
	for _, pair := range []struct {
		a, b string
		both bool
	}{
		{"--check", "--force", f.check && f.force},
		{"--check", "--watch", f.check && f.watch},
		{"--check", "--init", f.check && f.first.file != ""},
		{"--watch", "--init", f.watch && f.first.file != ""},
		{"--watch", "--depfile", f.watch && f.deps.path != ""},
		{"--watch", "--format", f.watch && f.format != "text"},
	} {
		if pair.both {
			return usagef("%s and %s do not go together", pair.a, pair.b)
		}
	}
	if err := f.deps.fits(target{}); err != nil {
		return err
	}
	return f.first.fit(cmd)
}

// madeFrom is the files that documents depend on, by the paths of the documents:
// what they were made from, and the pictures that they link.
type madeFrom map[string][]string

// docPage is one document of a run.
type docPage struct {
	path   string // with slashes
	lang   *document.Language
	first  *firstRegion // to put into it; nil for none
	before []byte
	taken  bool // a picture of it would take the place of another document's
	*docs.Result
	written []string // paths
	errs    []error
	bounds  *bounds // of what it names
}

// docs fills documents.
func (a *app) docs(args []string, f docsFlags) error {
	if f.first.file != "" {
		_, err := a.fillDocs([]*docPage{f.first.page()}, f)
		return err
	}
	pages, err := pages(args)
	if err != nil {
		return err
	}
	if f.watch {
		return a.watchDocs(args, f)
	}
	_, err = a.fillDocs(pages, f)
	return err
}

// fillDocs fills pages, tells what came of them, and returns the error that
// the run ends with.
func (a *app) fillDocs(pages []*docPage, f docsFlags) (madeFrom, error) {
	a.progress.start()
	defer a.progress.stop()
	lay := graphviz.New(graphviz.Options{Notify: a.notify})
	b, err := a.builder(lay, f.force)
	if err == nil {
		err = a.boundPages(pages)
	}
	if err != nil {
		return nil, errors.Join(err, lay.Close())
	}
	if f.seen != nil {
		b.Read = f.seen.reading(b.Read)
	}
	if !f.check && !f.force {
		if err := f.deps.spare(); err != nil {
			return nil, errors.Join(err, lay.Close())
		}
	}
	ctx, stop := interruptible(true)
	defer stop()
	build, current := ctx, func() bool { return true }
	if f.over != nil {
		build, current = f.over(ctx)
	}
	each(len(pages), func(i int) {
		pages[i].build(build, b)
	})
	if !current() && ctx.Err() == nil {
		return nil, errors.Join(errOutdated, lay.Close())
	}
	conflicts := conflicts(pages)
	if !f.check {
		for _, p := range pages {
			p.write(ctx, b)
		}
	}
	end := errors.Join(ctx.Err(), lay.Close())
	a.progress.stop()
	if errors.Is(end, context.Canceled) {
		return nil, errInterrupted
	}
	return a.reportDocs(pages, append(conflicts, b.Waivers.Mistakes()...), f, end)
}

// boundPages sets the bounds of documents.
func (a *app) boundPages(pages []*docPage) error {
	var folders []string
	for _, p := range pages {
		if dir := filepath.Dir(filepath.FromSlash(p.path)); !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	err := a.files.boundDocuments(folders...)
	for _, p := range pages {
		p.bounds = a.files.bounds
	}
	return err
}

// builder returns what fills documents. The draw function remembers what it
// drew.
func (a *app) builder(lay *graphviz.Client, force bool) (*docs.Builder, error) {
	waivers, err := a.files.waivers(unchanged)
	if err != nil {
		return nil, err
	}
	a.kept = openDrawings()
	return &docs.Builder{
		Read: func(path string) ([]byte, error) {
			if err := a.files.readable(filepath.FromSlash(path)); err != nil {
				return nil, err
			}
			f, err := a.files.open(path)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return readModel(f)
		},
		Same: fileIdentity,
		Near: nearModel,
		Run:  a.runShown,
		Draw: func(ctx context.Context, m *pipeline.Model, p *pipeline.Plan, pic view.Picture, f *emit.Format, opt emit.Options) ([]byte, diag.List, error) {
			opt.Layout = lay.Layout
			return a.kept.draw(ctx, m, p, pic, f, opt)
		},
		Fronts:  a.files.fronts,
		Waivers: waivers,
		Force:   force,
	}, nil
}

// build fills one page.
func (p *docPage) build(ctx context.Context, b *docs.Builder) {
	p.Result = &docs.Result{Document: document.Parse(p.path, "", p.lang)}
	if ctx.Err() != nil {
		return
	}
	text, err := b.Read(p.path)
	if p.before = text; err == nil || p.first != nil && errors.Is(err, fs.ErrNotExist) {
		text, err = p.first.insert(p.path, text)
	} else {
		err = unreadable(p.path, err)
	}
	if err == nil {
		p.Result, err = b.Build(ctx, p.path, text, p.lang)
	}
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

// clean reports whether the page can be written.
func (p *docPage) clean() bool {
	return len(p.errs) == 0 && !p.taken && p.Findings.Count(diag.Error) == 0
}

// rebuilds is how often a page is filled again that somebody else writes
// meanwhile.
const rebuilds = 5

// write writes a page and its pictures, all of them or none. A page that
// changed since it was read is filled again.
func (p *docPage) write(ctx context.Context, b *docs.Builder) {
	for range rebuilds {
		if !p.clean() || ctx.Err() != nil {
			return
		}
		switch err := p.writeFiles(ctx, b); {
		case errors.Is(err, errChanged):
			p.build(ctx, b)
		case err != nil:
			p.errs = append(p.errs, fmt.Errorf("%s: %w", p.path, err))
			return
		default:
			return
		}
	}
	p.errs = append(p.errs, fmt.Errorf("%s: changes all the time; it is not written", p.path))
}

// errChanged says that a page changed since it was read.
var errChanged = errors.New("the document changed")

// unchanged returns an error where the page is not what was read.
func (p *docPage) unchanged(b *docs.Builder) error {
	now, err := b.Read(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if p.first == nil || p.before != nil {
			return unreadable(p.path, err)
		}
	case err != nil:
		return unreadable(p.path, err)
	case p.before == nil || !bytes.Equal(now, p.before):
		return errChanged
	}
	return nil
}

func (p *docPage) writeFiles(ctx context.Context, b *docs.Builder) error {
	var files []file
	var written []string
	for _, pic := range p.Pictures {
		if err := p.bounds.holds(filepath.FromSlash(pic.Path)); err != nil {
			return fmt.Errorf("%s: %w", pic.Path, err)
		}
		have, err := b.Read(pic.Path)
		if err != nil || !bytes.Equal(have, pic.Text) {
			if info, err := os.Lstat(filepath.FromSlash(pic.Path)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
				return fmt.Errorf("%s is a link; a picture does not take the place of what it points to", pic.Path)
			}
			files = append(files, file{fileIdentity(pic.Path), pic.Text})
			written = append(written, pic.Path)
		}
	}
	if p.Text != string(p.before) {
		files = append(files, file{fileIdentity(p.path), []byte(p.Text)})
		written = append(written, p.path)
	}
	if err := writeAllIf(ctx, files, func() error { return p.unchanged(b) }); err != nil {
		return err
	}
	p.written = written
	return nil
}

// conflicts reports pictures that two pages would write differently, neither of
// which is written.
func conflicts(pages []*docPage) diag.List {
	type owned struct {
		docs.Picture
		page *docPage
	}
	var out diag.List
	owners := make(map[string]owned)
	for _, p := range pages {
		for _, pic := range p.Pictures {
			id := strings.ToLower(fileIdentity(pic.Path))
			other, ok := owners[id]
			if !ok {
				owners[id] = owned{pic, p}
			} else if other.page != p && !bytes.Equal(other.Text, pic.Text) {
				out = append(out, docs.Conflict(other.Picture, pic))
				other.page.taken, p.taken = true, true
			}
		}
	}
	return out
}

// reportDocs says what was written, or would be, and what is wrong: with the documents,
// and beside them.
func (a *app) reportDocs(pages []*docPage, beside diag.List, f docsFlags, end error) (madeFrom, error) {
	found := slices.Clone(beside)
	stale := 0
	var errs []error
	inputs := make(madeFrom)
	for _, p := range pages {
		found = append(found, p.Findings...)
		errs = append(errs, p.errs...)
		inputs[p.path] = slices.Clone(p.Inputs)
		for _, pic := range p.Pictures {
			inputs[p.path] = append(inputs[p.path], pic.Path)
		}
		if f.check {
			found = append(found, p.Stale...)
			stale += len(p.Stale)
		}
	}
	found = found.Sort()
	failed := errors.Join(errors.Join(errs...), end)
	if err := a.writeDocsFindings(pages, found, f); err != nil {
		return inputs, errors.Join(failed, err)
	}
	if !a.quiet {
		if f.format == "text" {
			a.listWritten(pages)
		}
		if failed == nil {
			fmt.Fprintln(a.stderr, docsSummary(pages, found, stale))
		}
	}
	if failed != nil {
		return inputs, failed
	}
	if err := verdict(found); err != nil {
		return inputs, err
	}
	return inputs, f.deps.writeDocs(pages)
}

// listWritten lists the files that were written.
func (a *app) listWritten(pages []*docPage) {
	for _, p := range pages {
		for _, w := range p.written {
			fmt.Fprintln(a.stdout, w)
		}
	}
	a.stdout.Flush()
}

// writeDocsFindings writes what is wrong, and for a person what would change.
func (a *app) writeDocsFindings(pages []*docPage, found diag.List, f docsFlags) error {
	if !f.check && f.format == "text" {
		a.findings(a.stderr, found)
		return nil
	}
	w, err := writerNamed(f.format)
	if err != nil {
		return err
	}
	r := diag.Report{Findings: found, Codes: pipeline.Codes(), Version: moduleVersion(), Text: a.textOptions(a.stdout)}
	for _, p := range pages {
		r.Files = append(r.Files, p.path)
	}
	if err := w.Write(a.stdout, &r); err != nil {
		return err
	}
	if f.format == "text" {
		for _, p := range pages {
			if p.clean() && p.Text != string(p.before) {
				a.stdout.Write(diff.Diff(p.path, p.before, p.path+" (as flowc writes it)", []byte(p.Text))) // the error comes with the flush
			}
		}
	}
	return a.stdout.Flush()
}

// docsSummary is the line that ends a run.
func docsSummary(pages []*docPage, found diag.List, stale int) string {
	regions, fences := 0, 0
	for _, p := range pages {
		regions += len(p.Document.Regions)
		fences += len(p.Document.Fences)
	}
	line := fmt.Sprintf("%s: %s, %s", count(len(pages), "document"), count(regions, "region"), count(fences, "fence"))
	if stale > 0 {
		line += fmt.Sprintf(", %d stale", stale)
	}
	if n := found.Count(diag.Error) - stale; n > 0 {
		line += ", " + count(n, "error")
	}
	if n := found.Count(diag.Warning); n > 0 {
		line += ", " + count(n, "warning")
	}
	if regions+fences+len(found) == 0 {
		line += "; flowc docs --init FILE --model MODEL puts a first region into a document"
	}
	return line
}

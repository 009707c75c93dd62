package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/internal/docs"
	"github.com/flowc-lang/flowc/internal/spell"
)

// shownCommands are the commands that a document may show the output of, each
// with the flags by which it would write a file or read one that is not the
// document's.
var shownCommands = []struct {
	name   string
	writes []string
}{
	{"check", []string{"fix", "write-baseline", "output"}},
	{"diff", nil},
	{"explain", []string{"output"}},
	{"export", nil},
	{"fmt", []string{"write"}},
	{"import", nil},
	{"new", nil},
	{"paths", nil},
	{"render", []string{"check", "depfile", "prune"}},
	{"rules", nil},
	{"show", nil},
	{"trace", nil},
	{"verify", nil},
	{"views", nil},
}

// runShown runs a command that a document shows the output of, in this process.
func (a *app) runShown(c docs.Command) (docs.Output, error) {
	var out bytes.Buffer
	errs := io.Writer(&out)
	var apart bytes.Buffer
	if !c.Mixed {
		errs = &apart
	}
	inner := newApp(strings.NewReader(""), &out, errs)
	inner.files = tree{folder: c.Folder, texts: c.Texts, keep: true, fronts: a.files.fronts, root: a.files.root, bounds: a.files.bounds}
	inner.noColor, inner.undated, inner.kept = true, true, a.kept
	// flags that are lists grow each time they are parsed: another tree looks at them
	if err := refuse(newRoot(newApp(strings.NewReader(""), io.Discard, io.Discard), c.Args), c.Args); err != nil {
		return docs.Output{}, err
	}
	code := inner.exit(newRoot(inner, c.Args).Execute())
	got := docs.Output{Text: out.Bytes(), Reads: slices.Compact(slices.Sorted(slices.Values(inner.files.reads)))}
	switch code {
	case exitClean, exitFindings:
		return got, nil
	}
	said := strings.TrimSpace(out.String() + apart.String())
	said, _, _ = strings.Cut(strings.TrimPrefix(said, "flowc: "), "\n")
	return got, &docs.RefusedError{Message: fmt.Sprintf("flowc %s fails: %s", strings.Join(c.Args, " "), said)}
}

// refuse returns an error for a command that a document may not run: one that
// is not flowc's, or that writes.
func refuse(root *cobra.Command, args []string) error {
	var names []string
	for _, c := range shownCommands {
		names = append(names, c.name)
	}
	known := "a region shows " + strings.Join(names, ", ")
	if len(args) == 0 {
		return &docs.RefusedError{Message: "the command is empty", Help: known}
	}
	i := slices.Index(names, args[0])
	if i < 0 {
		return &docs.RefusedError{Message: fmt.Sprintf("a region cannot show flowc %s%s", args[0], spell.DidYouMean(args[0], names)), Help: known}
	}
	cmd, rest, err := root.Find(args)
	if err == nil {
		cmd.InitDefaultHelpFlag()
		err = cmd.ParseFlags(rest)
	}
	if err != nil {
		return &docs.RefusedError{Message: "flowc " + strings.Join(args, " ") + ": " + err.Error()}
	}
	if cmd.Flags().Changed("root") {
		return &docs.RefusedError{Message: "a region does not choose the folder that files are taken from", Help: "delete --root; give it to flowc docs"}
	}
	for _, name := range shownCommands[i].writes {
		if cmd.Flags().Changed(name) {
			return &docs.RefusedError{Message: fmt.Sprintf("a region runs only commands that write nothing, and --%s writes or reads files of its own", name), Help: "delete --" + name}
		}
	}
	return writesNothing(cmd)
}

// writesNothing refuses the commands that write unless they are told to print.
func writesNothing(cmd *cobra.Command) error {
	out := cmd.Flags().Lookup("output")
	var prints bool
	switch cmd.Name() {
	case "render", "export":
		prints = out.Value.String() == "-"
	case "new":
		list := cmd.Flags().Lookup("list")
		if prints = list.Changed; !prints {
			return &docs.RefusedError{Message: "flowc new writes a model, and a region runs only commands that write nothing", Help: "add --list, or show the model with model= format=source"}
		}
	default:
		prints = out == nil || out.Value.String() == "" || out.Value.String() == "-"
	}
	if !prints {
		return &docs.RefusedError{Message: "flowc " + cmd.Name() + " writes files, and a region runs only commands that write nothing", Help: "add -o -"}
	}
	return nil
}

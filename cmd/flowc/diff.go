package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/haproxy"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	format string
	failOn string
	drift  bool
	view   string
	out    string
	look   look
	cmd    *cobra.Command
}

// diffFormats are the forms in which differences are written.
var diffFormats = []struct {
	name  string
	write func(io.Writer, []diff.Named) error
}{
	{"text", writeDiffText},
	{"json", diff.WriteJSON},
	{"markdown", diff.WriteMarkdown},
}

// failOn are the words of --fail-on, with the grade from which differences fail.
var failOn = []struct {
	word  string
	grade diff.Grade
}{
	{"breaking", diff.Breaking},
	{"risky", diff.Risky},
	{"safe", diff.Safe},
	{"never", diff.Breaking + 1},
}

func newDiff(a *app) *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two models by what they mean",
		Long: `diff asks two models the same questions: who asks for what, through which port, and
what comes of it. It says where the answers differ, and which statements of the two
texts they follow from. Each difference has a grade:

  breaking  what succeeded fails; a hop became plaintext; verification went; somebody
            else can read; a client certificate is not needed any more
  risky     another outcome, way, protection or reader that is none of these
  safe      every request keeps its outcome, its protection and its readers

The order of lines, labels, comments and the names of parties are no difference.

OLD and NEW are models, configurations, or folders with models, which are paired by
their names. git:REVISION:PATH is a file or folder as it was in a revision of the git
repository, with what it imports from there; PATH starts at the working directory.

With --view it draws both in one picture: the topology, or the sequence of a request
that shows the gravest difference. What is added has the sign +, what is removed − and
a dashed line, what is changed ~.

With --drift OLD is a model and NEW the configuration of what runs. Only what both can
state is compared: the clients of the model ask both. The rest is listed.

The exit code is 0 where nothing differs or all differences are safe, 1 where one is
risky or breaking (--fail-on), and 2 where something cannot be read.`,
		Example: `  flowc diff old.flow new.flow
  flowc diff git:main:shop.flow shop.flow
  flowc diff git:v1.2:models models --fail-on breaking
  flowc diff old.flow new.flow --view topology -o changes.svg
  flowc diff shop.flow haproxy.cfg --drift
  flowc diff old.cfg new.cfg --format json`,
		Args:              args(2, 2, "a model to compare"),
		ValidArgsFunction: modelFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.fitView(cmd.Flags().Changed("format")); err != nil {
				return err
			}
			f.cmd = cmd
			return a.diff(args[0], args[1], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.format, "format", "f", "", "write in this `format`: "+strings.Join(diffFormatNames(), ", ")+" (default text); with --view that of the picture")
	flags.StringVarP(&f.view, "view", "v", "", "draw this `view` of both: "+strings.Join(diffViews, ", "))
	flags.StringVarP(&f.out, "output", "o", "-", "with --view: write into this `file`, - for standard output")
	f.look.flags(cmd)
	flags.StringVar(&f.failOn, "fail-on", "risky", "the mildest `grade` that ends in exit code 1: breaking, risky, safe, never")
	flags.BoolVar(&f.drift, "drift", false, "compare a model with the configuration of what runs, in what both can state")
	complete(cmd, "format", func() []string { return append(diffFormatNames(), "mermaid", "svg", "png", "pdf") })
	complete(cmd, "view", func() []string { return diffViews })
	complete(cmd, "fail-on", failOnNames)
	return cmd
}

func diffFormatNames() []string {
	var out []string
	for _, f := range diffFormats {
		out = append(out, f.name)
	}
	return out
}

func failOnNames() []string {
	var out []string
	for _, f := range failOn {
		out = append(out, f.word)
	}
	return out
}

// diffFormat is what writes a format.
func diffFormat(name string) (func(io.Writer, []diff.Named) error, error) {
	for _, f := range diffFormats {
		if f.name == name {
			return f.write, nil
		}
	}
	return nil, usagef("%v", spell.Unknown("format", name, diffFormatNames()))
}

// failsFrom is the grade from which differences fail.
func failsFrom(word string) (diff.Grade, error) {
	for _, f := range failOn {
		if f.word == word {
			return f.grade, nil
		}
	}
	return 0, usagef("%v", spell.Unknown("grade", word, failOnNames()))
}

// diff compares what two arguments name.
func (a *app) diff(old, is string, f diffFlags) error {
	write := writeDiffText
	if f.view == "" {
		var err error
		if write, err = diffFormat(f.format); err != nil {
			return err
		}
	}
	from, err := failsFrom(f.failOn)
	if err != nil {
		return err
	}
	ctx, stop := attentive()
	defer stop()
	pairs, err := a.compare(ctx, old, is, f.drift)
	if err != nil {
		return err
	}
	var all []diff.Named
	for _, p := range pairs {
		if f.view == "" && f.format == "markdown" {
			if err := p.picture(ctx); err != nil {
				return err
			}
		}
		all = append(all, p.result)
	}
	switch {
	case f.view == "":
		err = write(a.stdout, all)
	case len(pairs) != 1:
		err = usagef("--view draws one model beside another one, and there are %d pairs", len(pairs))
	default:
		err = a.drawDiff(ctx, pairs[0], f)
	}
	if err != nil {
		return err
	}
	if diff.Worst(all) >= from {
		return errFindings
	}
	return nil
}

func writeDiffText(w io.Writer, all []diff.Named) error {
	for i, r := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := r.WriteText(w, r.From, r.To); err != nil {
			return err
		}
	}
	return nil
}

// compared is a model of one side.
type compared struct {
	name  string // in messages
	key   string // pairs it with a model of the other side
	found diag.List
	paths *flow.Paths
	*model
}

func (m *compared) side() diff.Side {
	return diff.Side{Topology: m.Topology, Found: m.found, Paths: m.paths}
}

// compare compares each model of one side with that of the other one.
func (a *app) compare(ctx context.Context, old, is string, drift bool) ([]comparedPair, error) {
	if old == "-" && is == "-" {
		return nil, usagef("standard input is one model, and cannot be both")
	}
	var states [2][]*compared
	for i, arg := range []string{old, is} {
		var err error
		if states[i], err = a.state(ctx, arg); err != nil {
			return nil, err
		}
		if err := resolved(ctx, states[i], drift); err != nil {
			return nil, err
		}
		collections.hold()
	}
	before, after := states[0], states[1]
	if err := a.sound(slices.Concat(before, after)); err != nil {
		return nil, err
	}
	if len(before)+len(after) == 0 {
		return nil, usagef("no %s file in %q or %q", modelExt, old, is)
	}
	if len(before) == 1 && len(after) == 1 {
		before[0].key = after[0].key
	}
	if drift {
		return drifted(ctx, before, after)
	}
	var out []comparedPair
	add := func(x, y *compared) {
		out = append(out, comparedPair{x, y, diff.Named{From: x.name, To: y.name, Result: diff.Of(ctx, x.side(), y.side())}})
	}
	for _, x := range before {
		i := slices.IndexFunc(after, func(y *compared) bool { return y.key == x.key })
		y := absentModel(is, x.key)
		if i >= 0 {
			y = after[i]
		}
		add(x, y)
	}
	for _, y := range after {
		if !slices.ContainsFunc(before, func(x *compared) bool { return x.key == y.key }) {
			add(absentModel(old, y.key), y)
		}
	}
	if ctx.Err() != nil {
		return nil, brokenOff(ctx.Err())
	}
	return out, nil
}

// drifted compares one model with one configuration, in what both can state.
func drifted(ctx context.Context, before, after []*compared) ([]comparedPair, error) {
	if len(before) != 1 || len(after) != 1 {
		return nil, usagef("--drift compares one model with one configuration")
	}
	drawn, _, err := before[0].Draft(ctx)
	if err != nil {
		return nil, brokenOff(err)
	}
	runs, _, err := after[0].Draft(ctx)
	if err != nil {
		return nil, brokenOff(err)
	}
	r := diff.Drift(ctx, drawn, runs)
	if r == nil {
		return nil, brokenOff(ctx.Err())
	}
	for i, t := range []*flow.Topology{r.Old, r.New} { // what is compared is drawn
		m := [...]*compared{before[0], after[0]}[i]
		m.model = &model{m.input, m.Over(t)}
	}
	return []comparedPair{{before[0], after[0], diff.Named{From: before[0].name, To: after[0].name, Result: r}}}, nil
}

// absentModel is what one side has of a model that is there on the other side alone.
func absentModel(side, key string) *compared {
	empty, _ := flow.Complete(&flow.Draft{Name: path.Base(key)})
	return &compared{name: side + " (has no " + key + ")", key: key, model: &model{Model: &pipeline.Model{Topology: empty}}}
}

// resolved resolves the names of the models. What was read is needed no more then, unless drafts are
// compared: it takes as much room as the topology.
func resolved(ctx context.Context, all []*compared, drafts bool) error {
	errs := make([]error, len(all))
	each(len(all), func(i int) {
		if errs[i] = all[i].Resolve(ctx); errs[i] == nil && all[i].Drawable() {
			all[i].found, all[i].paths, errs[i] = all[i].Find(ctx, diff.Rules())
		}
		if !drafts {
			all[i].Forget()
		}
	})
	for _, err := range errs {
		if err != nil {
			return brokenOff(err)
		}
	}
	return nil
}

// sound reports models that are broken: one has no meaning that could be compared.
func (a *app) sound(all []*compared) error {
	broken := false
	for _, m := range all {
		if !m.Drawable() {
			broken = true
			a.findings(a.stderr, m.Findings)
		}
	}
	if broken {
		return &exitError{code: exitUsage}
	}
	return nil
}

// state reads the models that an argument names.
func (a *app) state(ctx context.Context, arg string) ([]*compared, error) {
	if rest, ok := strings.CutPrefix(arg, gitPrefix); ok {
		return a.gitState(ctx, rest)
	}
	if a.files.isDir(arg) && a.files.from == "" && a.onlyConfiguration(arg) {
		a.files.from = haproxy.End.Name
		defer func() { a.files.from = "" }()
	}
	a.files.mayBeEmpty = true // a model that is there on one side alone is compared with none
	ins, err := a.inputs([]string{arg})
	if err != nil {
		return nil, err
	}
	var out []*compared
	read := a.reader()
	for _, in := range ins {
		m, err := read.load(ctx, in)
		if err != nil {
			return nil, brokenOff(err)
		}
		out = append(out, &compared{name: a.called(in, arg), key: in.stem, model: m})
	}
	return notImported(out), nil
}

// called is the name of a model: files of a folder that are one model together have its name.
func (a *app) called(in input, arg string) string {
	if !in.found && a.files.isDir(arg) {
		return arg
	}
	return in.path
}

// notImported leaves out the models that others of a folder import.
func notImported(all []*compared) []*compared {
	var models []*model
	for _, m := range all {
		models = append(models, m.model)
	}
	kept := entries(models, noneAlone)
	return slices.DeleteFunc(all, func(m *compared) bool { return !slices.Contains(kept, m.model) })
}

// onlyConfiguration reports whether a folder has configurations and no models.
func (a *app) onlyConfiguration(folder string) bool {
	files, err := os.ReadDir(a.files.at(folder))
	if err != nil {
		return false
	}
	cfg := slices.ContainsFunc(files, func(f os.DirEntry) bool { return filepath.Ext(f.Name()) == ".cfg" })
	if !cfg {
		return false
	}
	models, err := a.files.modelsBelow(folder)
	if err != nil || len(models) > 0 {
		return false
	}
	objects, err := a.files.objectsIn(folder)
	return err == nil && len(objects) == 0
}

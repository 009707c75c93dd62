package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/view"
)

// diffViews are the pictures of two models.
var diffViews = []string{"topology", "sequence"}

// drawDiff draws what differs between two models.
func (a *app) drawDiff(ctx context.Context, pair comparedPair, f diffFlags) error {
	to, err := parseTarget(f.out)
	if err != nil {
		return err
	}
	if to.folder != "" {
		return usagef("a picture of two models is written into a file: -o diff.svg")
	}
	var names []string
	switch {
	case f.format != "":
		names = []string{f.format}
	case to.stdout:
		names = []string{"text"}
	}
	formats, err := to.formats(names)
	if err != nil {
		return err
	}
	draw := pair.topology
	if f.view == "sequence" {
		draw = pair.sequence
	}
	m, plan, pic, err := draw()
	if err != nil {
		return err
	}
	format := formats[0]
	switch {
	case !format.Fits(pic), format.Name == "json", format.Name == "words":
		return usagef("two models are not drawn as %s; there are svg, mermaid, text, png, pdf", format.Name)
	case format.Binary && to.stdout:
		if err := a.binary(); err != nil {
			return err
		}
	}
	opt, err := f.look.options(f.cmd, formats)
	if err != nil {
		return err
	}
	opt.Convert, opt.Width = converter(), a.stdout.width
	text, found, err := m.Emit(ctx, plan, pic, format, opt)
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	case text == nil:
		return fmt.Errorf("%s: %s", pair.result.To, found[0].Message)
	case to.stdout:
		_, err = a.stdout.Write(text)
		return err
	}
	return writeAll(ctx, []file{{to.file, text}})
}

// comparedPair is two models that are drawn, and what differs.
type comparedPair struct {
	old, is *compared
	result  diff.Named
}

// plan is the only picture of a view of a model.
func (m *compared) planOf(name string, of *pipeline.Model) (*pipeline.Plan, view.Picture, error) {
	plans, _ := of.Plans(pipeline.Choice{Views: []string{name}})
	if len(plans) == 0 {
		return nil, nil, usagef("%s has no %s", m.name, name)
	}
	pic, reason := plans[0].Picture()
	if pic == nil {
		return nil, nil, usagef("%s: no %s: %s", m.name, name, reason)
	}
	return plans[0], pic, nil
}

func (p comparedPair) topology() (*pipeline.Model, *pipeline.Plan, view.Picture, error) {
	_, was, err := p.old.planOf("topology", p.old.model.Model)
	if err != nil {
		return nil, nil, nil, err
	}
	plan, is, err := p.is.planOf("topology", p.is.model.Model)
	if err != nil {
		return nil, nil, nil, err
	}
	old, come := was.(*view.Flowchart), is.(*view.Flowchart)
	out := view.Compared(old, come, p.same())
	out.Title = p.result.From + " > " + p.result.To + ": topology"
	return p.is.model.Model, plan, out, nil
}

// same says what the parties of the old model are called in the new one.
func (p comparedPair) same() view.Same {
	t, r := p.old.Topology, p.result.Result
	parties, routes, zones, servers := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	for _, x := range t.Clients {
		parties[x.Name] = r.NewName(x)
	}
	for _, x := range t.Proxies {
		parties[x.Name] = r.NewName(x)
	}
	for _, x := range t.Backends {
		parties[x.Name] = r.NewName(x)
		for _, s := range x.Servers {
			servers[x.Name+"/"+s.Name] = r.NewName(s)
		}
	}
	for _, x := range t.Routes {
		if to := r.NewName(x); to != "" {
			routes["route "+x.Name] = "route " + to
		}
	}
	for _, x := range t.Zones {
		zones[x.Name] = r.NewName(x)
	}
	names := map[string]string{}
	for _, x := range t.Certificates {
		names[x.Name] = r.NewName(x)
	}
	for _, x := range t.CAs {
		names[x.Name] = r.NewName(x)
	}
	maps.Copy(names, parties)
	return view.Same{
		Text:   func(text string) string { return renamedWords(text, names) },
		Party:  func(name string) string { return parties[name] },
		Route:  func(name string) string { return routes[name] },
		Server: func(backend, name string) string { return servers[backend+"/"+name] },
		Zone:   func(name string) string { return zones[name] },
	}
}

// renamedWords is a text with other names.
func renamedWords(text string, names map[string]string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		name := strings.Trim(w, ",;()")
		if to := names[name]; to != "" {
			words[i] = strings.Replace(w, name, to, 1)
		}
	}
	return strings.Join(words, " ")
}

// sequence is the course of a request that shows the gravest difference, in both models.
func (p comparedPair) sequence() (*pipeline.Model, *pipeline.Plan, view.Picture, error) {
	for _, d := range p.result.Differences {
		for _, s := range d.Subjects {
			if s.Old.Path == nil && s.New.Path == nil {
				continue
			}
			var pics [2]*view.Sequence
			var plan *pipeline.Plan
			var of *pipeline.Model
			for i, side := range []struct {
				m *compared
				c diff.Course
			}{{p.old, s.Old}, {p.is, s.New}} {
				if side.c.Path == nil {
					continue
				}
				asked := side.m.Asking(requestOf(side.m.Topology, side.c))
				pl, pic, err := side.m.planOf("sequence", asked)
				if err != nil {
					return nil, nil, nil, err
				}
				pics[i], _ = pic.(*view.Sequence)
				plan, of = pl, asked
			}
			out := view.ComparedCourses(pics[0], pics[1])
			out.Title = d.Title() + ": " + s.String()
			return of, plan, out, nil
		}
	}
	return nil, nil, nil, usagef("no request shows a difference: %s", p.result.Heading())
}

// requestOf is the request that takes a course.
func requestOf(t *flow.Topology, c diff.Course) *flow.Request {
	return flow.LifecycleOf(t, c.Path, c.Client).Request
}

// fitView refuses what does not go together with a picture, and without one.
func (f *diffFlags) fitView(format bool) error {
	if f.view == "" {
		if f.out != "-" {
			return usagef("--output is for a picture: add --view %s", strings.Join(diffViews, " or --view "))
		}
		if !format {
			f.format = "text"
		}
		return nil
	}
	if slices.Contains(diffViews, f.view) {
		return nil
	}
	return usagef("%v", spell.Unknown("view", f.view, diffViews))
}

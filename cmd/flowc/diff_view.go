package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/emit"
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
	drawn, err := draw()
	if err != nil {
		return err
	}
	pic := drawn.picture
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
	text, found, err := drawn.of.Emit(ctx, drawn.plan, pic, format, opt)
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

// picture has the topology of both models drawn as Mermaid, for Markdown: where both are there, and
// it shows a difference.
func (p *comparedPair) picture(ctx context.Context) error {
	empty := func(t *flow.Topology) bool { return len(t.Clients)+len(t.Proxies)+len(t.Backends) == 0 }
	if p.result.Worst() == 0 || empty(p.old.Topology) || empty(p.is.Topology) {
		return nil
	}
	drawn, err := p.topology()
	if err != nil {
		return err
	}
	if chart, _ := drawn.picture.(*view.Flowchart); !chart.Differs() {
		return nil
	}
	mermaid, err := pipeline.Format("mermaid")
	if err != nil {
		return err
	}
	text, found, err := drawn.of.Emit(ctx, drawn.plan, drawn.picture, mermaid, emit.Options{})
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	case text == nil:
		p.result.Undrawn = found[0].Message
	default:
		p.result.Mermaid = string(text)
	}
	return nil
}

// drawnDiff is a picture of two models, and the model of which its plan is.
type drawnDiff struct {
	of      *pipeline.Model
	plan    *pipeline.Plan
	picture view.Picture
}

// planned is the only picture of a view of a model: nil, and why, where it shows nothing.
func (m *compared) planned(of *pipeline.Model, c pipeline.Choice) (plan *pipeline.Plan, pic view.Picture, err error) {
	plans, _ := of.Plans(c)
	if len(plans) == 0 {
		return nil, nil, usagef("%s has no %s", m.name, c.Views[0])
	}
	pic, reason := plans[0].Picture()
	if pic == nil {
		return plans[0], nil, usagef("%s: no %s: %s", m.name, c.Views[0], reason)
	}
	return plans[0], pic, nil
}

// mostDrawn is how many routes that differ are drawn of a model that is too large to be drawn route
// by route: with one more, a proxy folds its routes.
const mostDrawn = 8

// topology is the picture of both models; of large ones, what differs in them.
func (p comparedPair) topology() (drawnDiff, error) {
	if !view.Folds(p.old.Topology) && !view.Folds(p.is.Topology) {
		return p.charts(nil, nil)
	}
	was, is, all := p.result.Touched(mostDrawn)
	if len(was)+len(is) == 0 {
		return p.charts(nil, nil)
	}
	old := &view.Extract{Routes: was.Routes(), Nodes: was.Nodes()}
	come := &view.Extract{Routes: is.Routes(), Nodes: is.Nodes()}
	p.complete(old, come)
	out, err := p.charts(old, come)
	if err != nil {
		return out, err
	}
	head := out.picture.Header()
	head.Foot = slices.Insert(head.Foot, 1, drawnOf(min(all, mostDrawn), all, len(p.is.Topology.Routes)))
	return out, nil
}

// drawnOf says what of a large model is drawn.
func drawnOf(drawn, differ, all int) string {
	if drawn < differ {
		return fmt.Sprintf("drawn: the gravest %d of the %d routes that differ; the new model has %d routes", drawn, differ, all)
	}
	return fmt.Sprintf("drawn: what differs; the new model has %d routes", all)
}

// complete has each of the models draw the parties, too, that the other one needs: one that is
// there in both is not added or removed.
func (p comparedPair) complete(old, is *view.Extract) {
	names := p.names()
	back := map[string]string{}
	for name, to := range names.parties {
		if to != "" {
			back[to] = name
		}
	}
	drawn := func(m *compared, e *view.Extract, names map[string]string) (out []string) {
		_, pic, err := m.planned(m.Model, pipeline.Choice{Views: []string{"topology"}, Extract: e})
		if err != nil {
			return nil // nothing of it is drawn
		}
		for _, g := range pic.(*view.Flowchart).Groups {
			for _, b := range g.Boxes {
				if to := names[b.ID]; to != "" {
					out = append(out, to)
				}
			}
		}
		return out
	}
	inOld, inNew := drawn(p.is, is, back), drawn(p.old, old, names.parties)
	old.Nodes, is.Nodes = append(old.Nodes, inOld...), append(is.Nodes, inNew...)
}

// charts compares the topologies of the two models, or a part of each.
func (p comparedPair) charts(old, is *view.Extract) (drawnDiff, error) {
	chart := func(m *compared, e *view.Extract) (*pipeline.Plan, *view.Flowchart, error) {
		plan, pic, err := m.planned(m.Model, pipeline.Choice{Views: []string{"topology"}, Extract: e})
		if pic == nil && plan != nil && e != nil {
			return plan, &view.Flowchart{}, nil // all of it is in the other model
		}
		out, _ := pic.(*view.Flowchart)
		return plan, out, err
	}
	_, was, err := chart(p.old, old)
	if err != nil {
		return drawnDiff{}, err
	}
	plan, come, err := chart(p.is, is)
	if err != nil {
		return drawnDiff{}, err
	}
	out := view.Compared(was, come, p.same())
	out.Title = p.result.From + " > " + p.result.To + ": topology"
	return drawnDiff{p.is.Model, plan, out}, nil
}

// newNames are what the parties of the old model are called in the new one; "" for what is not there.
type newNames struct{ parties, routes, zones, servers, all map[string]string }

func (p comparedPair) names() newNames {
	t, r := p.old.Topology, p.result.Result
	n := newNames{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	for _, x := range t.Clients {
		n.parties[x.Name] = r.NewName(x)
	}
	for _, x := range t.Proxies {
		n.parties[x.Name] = r.NewName(x)
	}
	for _, x := range t.Backends {
		n.parties[x.Name] = r.NewName(x)
		for _, s := range x.Servers {
			n.servers[x.Name+"/"+s.Name] = r.NewName(s)
		}
	}
	for _, x := range t.Routes {
		if to := r.NewName(x); to != "" {
			n.routes["route "+x.Name] = "route " + to
		}
	}
	for _, x := range t.Zones {
		n.zones[x.Name] = r.NewName(x)
	}
	for _, x := range t.Certificates {
		n.all[x.Name] = r.NewName(x)
	}
	for _, x := range t.CAs {
		n.all[x.Name] = r.NewName(x)
	}
	maps.Copy(n.all, n.parties)
	return n
}

// same says what the parties of the old model are called in the new one.
func (p comparedPair) same() view.Same {
	n, facts := p.names(), p.result.Facts()
	return view.Same{
		Text:   func(text string) string { return renamedWords(text, n.all) },
		Party:  func(name string) string { return n.parties[name] },
		Route:  func(name string) string { return n.routes[name] },
		Server: func(backend, name string) string { return n.servers[backend+"/"+name] },
		Zone:   func(name string) string { return n.zones[name] },
		Facts:  func(name string) []string { return facts[name] },
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
func (p comparedPair) sequence() (drawnDiff, error) {
	for _, d := range p.result.Differences {
		for _, s := range d.Subjects {
			if s.Old.Path == nil && s.New.Path == nil {
				continue
			}
			var pics [2]*view.Sequence
			var out drawnDiff
			for i, side := range []struct {
				m *compared
				c diff.Course
			}{{p.old, s.Old}, {p.is, s.New}} {
				if side.c.Path == nil {
					continue
				}
				of := side.m.Asking(requestOf(side.m.Topology, side.c))
				plan, pic, err := side.m.planned(of, pipeline.Choice{Views: []string{"sequence"}})
				if err != nil {
					return drawnDiff{}, err
				}
				pics[i], _ = pic.(*view.Sequence)
				out.of, out.plan = of, plan
			}
			pic := view.ComparedCourses(pics[0], pics[1], p.old.name, p.is.name)
			pic.Title = d.Title() + ": " + s.String()
			out.picture = pic
			return out, nil
		}
	}
	return drawnDiff{}, usagef("no request shows a difference: %s", p.result.Heading())
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

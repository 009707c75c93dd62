package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/view"
)

// MaxDerived is how many requests are drawn of a model that states none and
// has one derived for each route.
const MaxDerived = 50

// Plan is one picture that is wanted: it may turn out that the model has
// nothing to say for it.
type Plan struct {
	Name    string        // of the view, or of a declared view: "sequence"
	Request *flow.Request // nil where the view draws the model
	Several bool          // the model has several requests: names of files tell which

	view  *view.View
	in    *view.Input
	theme string // that a declared view says; "" for none
	width int    // the same; 0 for none
}

// Picture projects a planned picture: nil and the reason where the model has
// nothing to say for it.
func (p *Plan) Picture() (pic view.Picture, reason string) { return p.view.Draw(p.in) }

// View returns the view that the plan is of.
func (p *Plan) View() *view.View { return p.view }

// Plans returns the pictures that a choice wants of a model, view by view, and
// how many derived requests are left out because nobody asked for them.
func (m *Model) Plans(c Choice) (plans []*Plan, left int) {
	requests := m.Topology.Requests
	if len(c.Requests) > 0 {
		requests = named(requests, c.Requests)
	} else if left = len(m.LeftOut(c)); left > 0 {
		requests = requests[:len(requests)-left]
	}
	marks := m.marks()
	for _, w := range m.wanted(c) {
		in := view.Input{
			Topology: m.Topology, Route: m.route(c.Route),
			Show: w.show, Only: w.only, Extract: c.Extract, Around: w.around, Collapse: w.collapse, Full: c.Full,
			Findings: marks, Explains: explains, Derive: m.courses.Of, Cache: m.courses,
		}
		if w.view.Per == view.PerModel {
			plans = append(plans, &Plan{Name: w.name, view: w.view, in: &in, theme: w.theme, width: w.width})
			continue
		}
		for _, r := range requests {
			if len(w.of) > 0 && !slices.Contains(w.of, r) {
				continue
			}
			perRequest := in
			perRequest.Request = r
			plans = append(plans, &Plan{
				Name: w.name, Request: r, Several: len(m.Topology.Requests) > 1,
				view: w.view, in: &perRequest, theme: w.theme, width: w.width,
			})
		}
	}
	return plans, left
}

// LeftOut returns the derived requests that are too many to be drawn unless
// somebody asks for them.
func (m *Model) LeftOut(c Choice) []*flow.Request {
	all := m.Topology.Requests
	if len(c.Requests) > 0 || len(all) <= MaxDerived || !all[0].Derived {
		return nil
	}
	return all[MaxDerived:]
}

// wanted is a view with what was said about it.
type wanted struct {
	name     string
	view     *view.View
	of       []*flow.Request // empty: all
	show     view.Show
	only     []string
	around   []string
	collapse []string
	theme    string
	width    int
}

// wanted returns the built-in views and then those that the model declares; a
// declared view that has a built-in one's name stands in its place. What the
// command line says goes before what the model says.
func (m *Model) wanted(c Choice) []wanted {
	var out []wanted
	declared := make(map[string]bool)
	for _, spec := range m.Topology.Views {
		declared[spec.Name] = true
	}
	for _, v := range view.Views {
		if !declared[v.Name] && c.wants(v.Name) {
			out = append(out, wanted{name: v.Name, view: v, show: c.Show, only: c.Only, around: c.Around})
		}
	}
	for _, spec := range m.Topology.Views {
		i := slices.IndexFunc(view.Views, func(v *view.View) bool { return v.Name == spec.Kind })
		if i < 0 || !c.wants(spec.Name) {
			continue
		}
		w := wanted{
			name: spec.Name, view: view.Views[i], of: spec.Of, show: c.Show, only: c.Only, around: c.Around,
			collapse: spec.Collapse, theme: spec.Theme, width: spec.Width,
		}
		if w.show == (view.Show{}) {
			w.show, _ = ParseShow(spec.Show)
		}
		if len(w.only) == 0 {
			w.only = spec.Only
		}
		if len(w.around) == 0 {
			w.around = spec.Around
		}
		out = append(out, w)
	}
	return out
}

func (c Choice) wants(name string) bool {
	return len(c.Views) == 0 || slices.Contains(c.Views, name)
}

func (m *Model) route(name string) *flow.Route {
	for _, r := range m.Topology.Routes {
		if name != "" && r.FullName() == name {
			return r
		}
	}
	return nil
}

func named(requests []*flow.Request, names []string) []*flow.Request {
	var out []*flow.Request
	for _, r := range requests {
		if slices.Contains(names, r.Name) {
			out = append(out, r)
		}
	}
	return out
}

// Asked reports whether a format is written where these were chosen.
func Asked(format string, chosen []*emit.Format) bool {
	if len(chosen) == 0 {
		return slices.Contains([]string{"mermaid", "markdown", "svg"}, format)
	}
	return slices.ContainsFunc(chosen, func(f *emit.Format) bool { return f.Name == format })
}

// Formats returns those of the chosen formats that fit a picture. Where none
// was chosen these are what can be pasted into a text, and SVG for pages.
func Formats(pic view.Picture, chosen []*emit.Format) []*emit.Format {
	if len(chosen) == 0 {
		chosen = []*emit.Format{Pasted(pic), format("svg")}
	}
	var out []*emit.Format
	for _, f := range chosen {
		if f.Fits(pic) {
			out = append(out, f)
		}
	}
	return out
}

// Pasted returns the format in which a picture can be pasted into a text:
// Mermaid, or Markdown for tables, which Mermaid has not.
func Pasted(pic view.Picture) *emit.Format {
	if mermaid := format("mermaid"); mermaid.Fits(pic) {
		return mermaid
	}
	return format("markdown")
}

// format returns a format that flowc cannot be without.
func format(name string) *emit.Format {
	f, err := Format(name)
	if err != nil {
		panic(err)
	}
	return f
}

// Format returns the format that is spelled name, by its own name or by the
// extension of its files.
func Format(name string) (*emit.Format, error) {
	var known []string
	for _, f := range emit.Formats {
		if name == f.Name || name == f.Ext {
			return f, nil
		}
		known = append(known, f.Name)
	}
	return nil, spell.Unknown("format", name, known)
}

// Name is the stable name of a picture of the model.
func (m *Model) Name(p *Plan) string {
	if p.Request != nil && p.Several {
		return m.Topology.Name + "." + p.Request.Name + "." + p.Name
	}
	return m.Topology.Name + "." + p.Name
}

// Options are options with what the plan's view declares, where they leave it open.
func (p *Plan) Options(opt emit.Options) emit.Options {
	opt.View = p.view.Name
	opt.Theme = cmp.Or(opt.Theme, p.theme)
	opt.Page = cmp.Or(opt.Page, p.width)
	return opt
}

// Emit writes a picture of the model in a format; opt may leave Name and View
// open. The bytes are nil where a diagnostic says why there is none.
func (m *Model) Emit(ctx context.Context, p *Plan, pic view.Picture, f *emit.Format, opt emit.Options) ([]byte, diag.List, error) {
	opt = p.Options(opt)
	opt.Name = cmp.Or(opt.Name, m.Name(p))
	text, findings, err := f.Emit(ctx, pic, opt)
	if err != nil {
		return nil, findings, fmt.Errorf("%s, %s as %s: %w", m.Path, p.Name, f.Name, err)
	}
	return text, findings, nil
}

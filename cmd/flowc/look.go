package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/raster"
	"github.com/flowc-lang/flowc/internal/spell"
)

// look is the flags that say how SVG, PNG and PDF look.
type look struct {
	scheme string
	theme  string
	scale  float64
	width  int
}

func (l *look) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.scheme, "scheme", "", "svg, png and pdf in one `scheme`, light or dark (default light; svg both, as the page is)")
	cmd.Flags().StringVar(&l.theme, "theme", "", "colours of svg, png and pdf: `theme` default, high-contrast or print (default what the view says)")
	cmd.Flags().Float64Var(&l.scale, "scale", emit.DefaultScale, "png with `N` pixels for one of the svg, 0.1 to 10")
	cmd.Flags().IntVar(&l.width, "width", 0, "make svg, png and pdf for a column of `pixels`, in which text is legible (default what the view says, or 760)")
	complete(cmd, "scheme", schemes)
	complete(cmd, "theme", themes)
}

// options returns what the flags say, for the formats that were chosen; none
// stands for the usual ones, of which SVG is one.
func (l *look) options(cmd *cobra.Command, formats []*emit.Format) (emit.Options, error) {
	scheme := emit.Scheme(l.scheme)
	for _, f := range []struct {
		flag  string
		of    []string
		bad   bool
		wrong error
	}{
		{"scheme", []string{"svg", "graphviz", "png", "pdf"}, !slices.Contains(emit.Schemes, scheme),
			usagef("%v", spell.Unknown("scheme", l.scheme, schemes()))},
		{"theme", []string{"svg", "graphviz", "png", "pdf"}, !slices.Contains(themes(), l.theme),
			usagef("%v", spell.Unknown("theme", l.theme, themes()))},
		{"scale", []string{"png"}, !(l.scale >= emit.MinScale && l.scale <= emit.MaxScale),
			usagef("--scale %g is out of range: it goes from %g to %g", l.scale, emit.MinScale, emit.MaxScale)},
		{"width", []string{"svg", "graphviz", "png", "pdf"}, l.width < emit.MinPage || l.width > emit.MaxPage,
			usagef("--width %d is out of range: it goes from %d to %d", l.width, emit.MinPage, emit.MaxPage)},
	} {
		switch {
		case !cmd.Flags().Changed(f.flag):
			continue
		case f.bad:
			return emit.Options{}, f.wrong
		case !written(f.of, formats):
			return emit.Options{}, usagef("--%s is for --format %s", f.flag, strings.Join(f.of, ", "))
		}
	}
	return emit.Options{Scheme: scheme, Theme: l.theme, Scale: l.scale, Page: l.width}, nil
}

// written reports whether one of the formats of these names is written.
func written(names []string, formats []*emit.Format) bool {
	if len(formats) == 0 {
		return slices.Contains(names, "svg")
	}
	return slices.ContainsFunc(formats, func(f *emit.Format) bool { return slices.Contains(names, f.Name) })
}

func schemes() []string {
	var out []string
	for _, s := range emit.Schemes {
		out = append(out, string(s))
	}
	return out
}

func themes() []string {
	var out []string
	for _, t := range emit.Themes {
		out = append(out, t.Name)
	}
	return out
}

// converter returns the converter to PNG and PDF of this machine.
func converter() emit.Convert {
	renderer := raster.New(raster.Options{Program: os.Getenv("FLOWC_RENDERER")})
	return func(ctx context.Context, svg []byte, page emit.Page) ([]byte, error) {
		return renderer.Convert(ctx, svg, raster.Page(page))
	}
}

// printable returns an error where a terminal would get what only a file can
// hold.
func (a *app) printable(to target, jobs []*job) error {
	for _, j := range jobs {
		if to.stdout && slices.ContainsFunc(j.pictures, func(p picture) bool { return p.format.Binary }) {
			return a.binary()
		}
	}
	return nil
}

// binary returns an error where standard output is a terminal, which a picture
// that is not text would garble.
func (a *app) binary() error {
	if a.stdout.terminal {
		return usagef("a terminal shows no PNG or PDF; write it to a file: flowc render ... -o picture.png")
	}
	return nil
}

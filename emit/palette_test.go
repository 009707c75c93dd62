package emit

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// luminance is the relative luminance of #rrggbb, WCAG 2.2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil || len(colour) != 7 || colour[0] != '#' {
		t.Fatalf("%q is no colour", colour)
	}
	part := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastFormula(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(t, c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("contrast of %s on %s is %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

// TestContrast holds every ink of every theme against every ground in both
// schemes: which meets which is up to the picture.
func TestContrast(t *testing.T) {
	least := map[*Theme]struct{ text, line float64 }{themeDefault: {4.5, 3}, themeContrast: {7, 4.5}, themePrint: {4.5, 3}}
	for _, theme := range Themes {
		want, ok := least[theme]
		if !ok {
			t.Fatalf("what contrast does %s keep?", theme.Name)
		}
		check := func(what string, over []*swatch, least float64) {
			for _, ink := range over {
				for _, ground := range grounds {
					s, g := theme.of(ink), theme.of(ground)
					if got := contrast(t, s.light, g.light); got < least {
						t.Errorf("%s, light: %s %s on %s has %.2f, want %.1f", theme.Name, what, s.name, g.name, got, least)
					}
					if got := contrast(t, s.dark, g.dark); got < least {
						t.Errorf("%s, dark: %s %s on %s has %.2f, want %.1f", theme.Name, what, s.name, g.name, got, least)
					}
				}
			}
		}
		check("text", inks, want.text)
		check("line", strokes, want.line)
	}
}

// A theme names only colours of the palette, and a theme with colours names them all.
func TestThemesNameThePalette(t *testing.T) {
	known := map[string]bool{}
	for _, s := range slices.Concat(grounds, strokes) {
		known[s.name] = true
	}
	for _, theme := range Themes {
		for name := range theme.colours {
			if !known[name] {
				t.Errorf("%s: no colour is named %q", theme.Name, name)
			}
		}
		for name := range theme.dashes {
			if !known[name] {
				t.Errorf("%s: no line is named %q", theme.Name, name)
			}
		}
		if n := len(theme.colours); n > 0 && n != len(known) {
			t.Errorf("%s has %d of %d colours", theme.Name, n, len(known))
		}
	}
}

// For print there are greys alone, and no two sessions have the same dashes.
func TestThemePrint(t *testing.T) {
	for name, s := range themePrint.colours {
		if s.light[1:3] != s.light[3:5] || s.light[3:5] != s.light[5:7] || s.dark != s.light {
			t.Errorf("%s is not one grey: %s, %s", name, s.light, s.dark)
		}
	}
	seen := map[string]string{}
	for _, s := range []*swatch{plainLine, hues[0].line, hues[1].line, hues[2].line, hues[3].line} {
		dash := themePrint.dash("", s)
		if other, ok := seen[dash]; ok {
			t.Errorf("%s and %s have the dashes %q", s.name, other, dash)
		}
		seen[dash] = s.name
	}
	sh := &sheet{w: 10, h: 10}
	sh.add(&stroke{ink: hues[2].line}, &stroke{ink: hues[2].line, dash: "9 9"}, &arrow{line: []point{{0, 0}, {1, 1}}, ink: hues[1].line, double: true, width: 6})
	svg := string(writeSheet(sh, &view.Head{}, Options{Theme: themePrint.Name, Scheme: Light}))
	for _, want := range []string{`stroke-dasharray="4 3" fill="none" stroke="#1b1b1b"`, `stroke-dasharray="9 9"`, `stroke-width="6" stroke-dasharray="12 3"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is not in\n%s", want, svg)
		}
	}
}

func TestHueOf(t *testing.T) {
	for session, want := range map[string]int{"": 0, "T1": 0, "T2": 1, "T4": 3, "T5": 0, "T99999999999999999999": 0} {
		if got := hueOf(session); want > 0 && got != hues[want] || got.line == nil {
			t.Errorf("hueOf(%q) is %s", session, got.line.name)
		}
	}
}

// An SVG inside a page follows the page, and one by itself the reader's system.
func TestSchemes(t *testing.T) {
	for scheme, want := range map[Scheme]string{
		"":     "@media (prefers-color-scheme: dark) {\n  .flowc .f-paper { fill: #15181d }",
		OfPage: "<style>\n  .flowc .f-paper { fill: light-dark(#ffffff, #15181d) }",
	} {
		svg := string(writeSheet(&sheet{w: 10, h: 10}, &view.Head{}, Options{Scheme: scheme}))
		if !strings.Contains(svg, want) || !strings.Contains(svg, `<rect width="10" height="10" fill="#ffffff" class="f-paper"/>`) {
			t.Errorf("the scheme %q gives\n%s", scheme, svg)
		}
	}
	if svg := string(writeSheet(&sheet{w: 10, h: 10}, &view.Head{}, Options{Scheme: Dark})); strings.Contains(svg, "<style>") {
		t.Errorf("one scheme has a style:\n%s", svg)
	}
}

// The style gives the dark colour of every class that a shape has, and of no other.
func TestStyleOfUsedClasses(t *testing.T) {
	s := &sheet{w: 10, h: 10}
	s.add(&rectangle{fill: zoneUntrusted.tint, edge: zoneUntrusted.frame}, &stroke{ink: plainLine}, text("in the clear", fontText, plainInk, 100, 1))
	svg := string(writeSheet(s, &view.Head{}, Options{}))
	_, style, _ := strings.Cut(svg, "dark) {\n")
	style, _, _ = strings.Cut(style, "}\n</style>")
	want := "  .flowc .f-paper { fill: #15181d }\n" +
		"  .flowc .f-untrusted { fill: #2f1d1e }\n" +
		"  .flowc .s-plain-line { stroke: #f0a02f }\n" +
		"  .flowc .s-untrusted-line { stroke: #c9736a }\n" +
		"  .flowc .f-plain { fill: #ffb454 }\n"
	if style != want {
		t.Errorf("the style is\n%swant\n%s", style, want)
	}
}

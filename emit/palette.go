package emit

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// swatch is one colour in both schemes. The light one is written as a
// presentation attribute, because renderers without a style engine (librsvg's
// older releases, many previewers) draw custom properties black; the dark one
// replaces it through a class inside a media query.
type swatch struct {
	name        string // the class is "f-" (fill) or "s-" (stroke) and this
	light, dark string // #rrggbb
}

// uses are for what a colour is used in a picture: its classes.
type uses struct{ fill, stroke bool }

// in returns the colour of a scheme. An SVG of both schemes, "", has the light
// one in its attributes.
func (s *swatch) in(scheme Scheme) string {
	if scheme == Dark {
		return s.dark
	}
	return s.light
}

// The palette. Grounds are what something stands on, inks are text (contrast
// at least 4.5:1 on every ground that they are used on), lines are strokes (at
// least 3:1). palette_test.go computes all three.
var (
	paper  = &swatch{"paper", "#ffffff", "#15181d"}  // the sheet
	panel  = &swatch{"panel", "#f5f6f8", "#1d2127"}  // a zone, a proxy's box, every second table row
	strong = &swatch{"strong", "#e9ecf0", "#2a2f37"} // a fold, the model's own row

	ink   = &swatch{"ink", "#1d2228", "#e4e7eb"}   // text
	faint = &swatch{"faint", "#57606c", "#a3abb6"} // step numbers, second lines, the foot
	rule  = &swatch{"rule", "#7f8894", "#757e8a"}  // lifelines, frames, table rules

	// What goes over a wire in the clear, beside an open lock (signOpenLock).
	plainInk  = &swatch{"plain", "#8f4a00", "#ffb454"}      // its text
	plainLine = &swatch{"plain-line", "#bf6900", "#f0a02f"} // its arrows and bars, and the lock
	plainTint = &swatch{"plain-tint", "#fdf0da", "#33270f"} // a ground of it

	bad      = &swatch{"bad", "#b3261e", "#ff9a91"}       // an error's mark, a cell that warns
	warn     = &swatch{"warn", "#855300", "#e5b757"}      // a warning's mark
	failTint = &swatch{"fail-tint", "#fdecea", "#33191a"} // a ground of what fails
	good     = &swatch{"good", "#1b6e48", "#79c99b"}      // a cell that reassures
)

// hue is the colours of one TLS session: its ink and lines, and its ground.
type hue struct{ line, tint *swatch }

// hues are taken in turn by T1, T2 and so on, so that neighbours differ. The
// number in the name stays the only thing that tells T1 from T5.
var hues = []hue{
	{&swatch{"t1", "#1f5fa8", "#7fb4f0"}, &swatch{"t1-tint", "#e6effa", "#1a2b40"}},
	{&swatch{"t2", "#1d6b55", "#74c7a8"}, &swatch{"t2-tint", "#e1f2eb", "#16312a"}},
	{&swatch{"t3", "#6f43a6", "#c0a1ef"}, &swatch{"t3-tint", "#f0eaf9", "#2b2440"}},
	{&swatch{"t4", "#9b2c78", "#ee9fd0"}, &swatch{"t4-tint", "#fae8f3", "#3a2034"}},
}

// zoneLook is what a zone looks like: a tinted ground, and a frame, whose dash
// tells an untrusted one without its colour.
type zoneLook struct {
	tint, frame *swatch
	title       *swatch
	dash        string // SVG's stroke-dasharray, "" for solid
	word        string // behind its name
}

// The looks of zones, by whether the model states that they are trusted.
var (
	zoneNeutral   = zoneLook{&swatch{"zone", "#f6f8fb", "#181d25"}, rule, ink, "", ""}
	zoneTrusted   = zoneLook{&swatch{"trusted", "#eef3fa", "#1a212c"}, rule, ink, "", "trusted"}
	zoneUntrusted = zoneLook{&swatch{"untrusted", "#fceeec", "#2f1d1e"}, &swatch{"untrusted-line", "#b0574e", "#c9736a"}, bad, "6 4", "untrusted"}
)

// zoneLookOf returns the look of a zone.
func zoneLookOf(t flow.Trust) zoneLook {
	switch t {
	case flow.TrustUnstated:
		return zoneNeutral
	case flow.Trusted:
		return zoneTrusted
	case flow.Untrusted:
		return zoneUntrusted
	}
	panic("emit: unknown trust")
}

// grounds, inks and strokes are the palette by use, for the style block and
// for the test that computes contrast.
var (
	grounds = []*swatch{
		paper, panel, strong, plainTint, failTint, zoneNeutral.tint, zoneTrusted.tint, zoneUntrusted.tint,
		hues[0].tint, hues[1].tint, hues[2].tint, hues[3].tint,
	}
	inks    = []*swatch{ink, faint, plainInk, bad, warn, good, hues[0].line, hues[1].line, hues[2].line, hues[3].line}
	strokes = slices.Concat([]*swatch{rule, plainLine, zoneUntrusted.frame}, inks)
)

// hueOf returns the colours of a session by the number in its name: "T2".
func hueOf(session string) hue {
	n := 0
	for i := range len(session) {
		if c := session[i]; c >= '0' && c <= '9' {
			n = (n*10 + int(c-'0')) % 1_000_000
		}
	}
	return hues[max(n-1, 0)%len(hues)]
}

// darkStyle is the media query that turns the classes in use dark. Its rules are
// scoped to the class of the root, so that a picture in a page touches nothing
// around it.
func darkStyle(t *Theme, used map[*swatch]*uses) string {
	return "@media (prefers-color-scheme: dark) {\n" + rules(used, func(s *swatch) string { return t.of(s).dark }) + "}\n"
}

// pageStyle turns the classes in use dark where the page is (CSS Color 5, light-dark).
// A browser that does not know the function keeps the light attributes.
func pageStyle(t *Theme, used map[*swatch]*uses) string {
	return rules(used, func(s *swatch) string { return "light-dark(" + t.of(s).light + ", " + t.of(s).dark + ")" })
}

// rules gives every colour in use a value.
func rules(used map[*swatch]*uses, value func(*swatch) string) string {
	var b strings.Builder
	for _, s := range slices.Concat(grounds, strokes) {
		u := used[s]
		if u != nil && u.fill {
			b.WriteString("  .flowc .f-" + s.name + " { fill: " + value(s) + " }\n")
		}
		if u != nil && u.stroke {
			b.WriteString("  .flowc .s-" + s.name + " { stroke: " + value(s) + " }\n")
		}
	}
	return b.String()
}

package emit

// Theme is the colours of a picture, in both schemes, and its dashes.
type Theme struct {
	Name string // as --theme spells it
	Doc  string // one line

	colours map[string]swatch // by the name of the swatch; those left out are the palette's
	dashes  map[string]string // SVG's stroke-dasharray of lines that have none themselves
}

// Themes lists every theme in the order in which they are named to people. The
// first is the usual one.
var Themes = []*Theme{themeDefault, themeContrast, themePrint}

// themeOf returns the theme of a name.
func themeOf(name string) *Theme {
	for _, t := range Themes {
		if t.Name == name {
			return t
		}
	}
	if name != "" {
		panic("emit: unknown theme " + name)
	}
	return Themes[0]
}

// of returns a swatch of the palette in the colours of the theme; nil is the usual theme.
func (t *Theme) of(s *swatch) *swatch {
	if t != nil {
		if c, ok := t.colours[s.name]; ok {
			return &c
		}
	}
	return s
}

// dash returns the dashes of a line: its own, or those that tell its colour apart.
func (t *Theme) dash(own string, s *swatch) string {
	if t == nil || own != "" || s == nil {
		return own
	}
	return t.dashes[s.name]
}

// swatches indexes colours by their names.
func swatches(list ...swatch) map[string]swatch {
	out := make(map[string]swatch, len(list))
	for _, s := range list {
		out[s.name] = s
	}
	return out
}

// themeDefault is the palette as it is.
var themeDefault = &Theme{Name: "default", Doc: "colours for light and dark pages"}

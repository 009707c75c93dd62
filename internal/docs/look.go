package docs

import (
	"fmt"
	"strconv"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
)

// look reads the attributes that say how an SVG looks.
func (t *task) look(a document.Attrs) (opt emit.Options, ok bool) {
	ok = true
	if at := a.Get("theme"); at != nil {
		opt.Theme = at.Value
		ok = t.oneOf(at, "theme", themeNames())
	}
	if at := a.Get("scheme"); at != nil {
		opt.Scheme = emit.Scheme(at.Value)
		ok = t.oneOf(at, "scheme", schemeNames()) && ok
	}
	if at := a.Get("width"); at != nil {
		var err error
		if opt.Page, err = strconv.Atoi(at.Value); err != nil || opt.Page < emit.MinPage || opt.Page > emit.MaxPage {
			t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
				Message: fmt.Sprintf("%q is not a width in pixels", at.Value), Help: fmt.Sprintf("write a number from %d to %d", emit.MinPage, emit.MaxPage)})
			ok = false
		}
	}
	return opt, ok
}

func themeNames() []string {
	var out []string
	for _, t := range emit.Themes {
		out = append(out, t.Name)
	}
	return out
}

func schemeNames() []string {
	var out []string
	for _, s := range emit.Schemes {
		out = append(out, string(s))
	}
	return out
}

// drawnOnly reports the attributes of a fence that say how an SVG looks, where it is none.
func (t *task) drawnOnly(f *document.Fence, format string) bool {
	ok := true
	for _, key := range []string{"theme", "scheme", "width"} {
		if at := f.Attrs.Get(key); at != nil && format != formatSVG {
			t.report(diag.Diagnostic{Code: codeAttribute, Severity: diag.Error, At: at.At,
				Message: fmt.Sprintf("%s= does not go with format=%s", key, format), Help: "delete it; it goes with format=" + formatSVG})
			ok = false
		}
	}
	return ok
}

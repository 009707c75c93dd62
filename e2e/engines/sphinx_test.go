package engines_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var sphinx = engine{
	name:    "sphinx",
	version: []string{"sphinx-build", "--version"},
	adapter: map[string]string{"integrations/sphinx/flowc_sphinx.py": "flowc_sphinx.py"},
	build:   []string{"sphinx-build", "-q", ".", "_build"},
	pages:   []string{"_build/index.html", "_build/guide.html"},
}

func TestSphinx(t *testing.T) {
	testEngine(t, sphinx)
}

// Directives and fences in all that they can be in, and models that are broken
// in the files that documents include.
func TestSphinxPlaces(t *testing.T) {
	site := sphinx.site(t)
	copyTo(t, "testdata/sphinx/places", site)
	edit(t, filepath.Join(site, "conf.py"), `exclude_patterns = [`, `exclude_patterns = ["parts", `)
	if out, err := run(t, site, nil, append(sphinx.build, "-W")...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for page, want := range map[string]string{
		"index.html": "plain in-item in-cell coded included same same term",
		"guide.html": "plain on-marker in-note coded included tildes deep same same",
	} {
		p := parsePage(t, filepath.Join(site, "_build", page))
		if got := strings.Join(p.routes(), " "); got != want {
			t.Errorf("%s: diagrams are of\n%s\nnot of\n%s", page, got, want)
		}
		if p.misplaced != "" {
			t.Errorf("%s: a diagram is in an element %s", page, p.misplaced)
		}
		if !strings.Contains(p.text, "route shown {") {
			t.Errorf("%s: what is shown and not drawn is missing", page)
		}
	}

	for _, file := range []string{"parts/included.txt", "parts/included.md"} {
		edit(t, filepath.Join(site, file), "host", "hots")
	}
	out, err := run(t, site, nil, append(sphinx.build, "-E")...)
	for _, want := range []string{"parts/included.txt:6:10: error FL101", "parts/included.md:7:7: error FL101"} {
		if err == nil || !strings.Contains(plain(out), want) {
			t.Errorf("%v: %q is missing in:\n%s", err, want, out)
		}
	}
}

// Sphinx reads in several processes from six documents on.
func TestSphinxInParallel(t *testing.T) {
	site := sphinx.site(t)
	good, err := os.ReadFile(filepath.Join(site, "guide.md"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 8 {
		write(t, filepath.Join(site, fmt.Sprintf("more/page-%d.md", n)), []byte("---\norphan: true\n---\n"+strings.ReplaceAll(string(good), `"models/`, `"../models/`)))
	}
	build := []string{"sphinx-build", "-q", "-W", "-j", "4", ".", "_build"}
	if out, err := run(t, site, nil, build...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for n := range 8 {
		checkPage(t, filepath.Join(site, fmt.Sprintf("_build/more/page-%d.html", n)))
	}

	for _, n := range []int{2, 5} {
		edit(t, filepath.Join(site, fmt.Sprintf("more/page-%d.md", n)), "tls edge", "path /wrong\n    tls passthrough")
	}
	out, err := run(t, site, nil, "sphinx-build", "-q", "-j", "4", "-E", ".", "_build")
	if err == nil {
		t.Errorf("a site with two broken models is built:\n%s", out)
	}
	for _, want := range []string{"more/page-2.md:11:10: error FL201", "more/page-5.md:11:10: error FL201", "flow models that cannot be drawn, see above: 2"} {
		if !strings.Contains(plain(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

// A document is read again when a model that it imports has changed, and until
// it has been mended.
func TestSphinxIncremental(t *testing.T) {
	site := sphinx.site(t)
	model, page := filepath.Join(site, "models/shop.flow"), filepath.Join(site, "_build/index.html")
	build := func(wantError bool) string {
		t.Helper()
		out, err := run(t, site, nil, sphinx.build...)
		if (err != nil) != wantError {
			t.Errorf("%v:\n%s", err, out)
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	build(false)
	edit(t, model, "to imported", "to renamed")
	if !strings.Contains(build(false), "renamed-1") {
		t.Error("the page does not show what has changed in the model")
	}
	edit(t, model, "tls reencrypt", "tls passthrough path /v1")
	build(true)
	build(true)
	edit(t, model, "tls passthrough path /v1", "tls edge")
	if !strings.Contains(build(false), "imported edge") {
		t.Error("the page does not show the mended model")
	}
}

// What other builders write instead of inline SVG.
func TestSphinxBuilders(t *testing.T) {
	for _, c := range []struct{ builder, file, want string }{
		{"singlehtml", "index.html", "<svg"},
		{"dirhtml", "guide/index.html", "<svg"},
		{"epub", "guide.xhtml", "<svg"},
		{"text", "guide.txt", "plain GET / HTTP/1.1"},
		{"man", "edge.1", "plain GET / HTTP/1.1"},
		{"texinfo", "edge.texi", "plain GET / HTTP/1.1"},
		{"xml", "guide.xml", "plain GET / HTTP/1.1"},
		{"latex", "edge.tex", `\sphinxincludegraphics{{flowc-`},
	} {
		t.Run(c.builder, func(t *testing.T) {
			t.Parallel()
			site := sphinx.site(t)
			edit(t, filepath.Join(site, "conf.py"), `"myst_parser"`, `"myst_parser", "svg2pdf"`)
			if out, err := run(t, site, nil, "sphinx-build", "-q", "-W", "-b", c.builder, "-d", "_doctrees", ".", "_build"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text, err := os.ReadFile(filepath.Join(site, "_build", c.file))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), c.want) {
				t.Errorf("%s does not have %q:\n%s", c.file, c.want, text)
			}
			if c.builder == "epub" { // whose readers refuse what is not XML
				if err := xml.Unmarshal(text, new(struct{ XMLName xml.Name })); err != nil {
					t.Errorf("%s: %v", c.file, err)
				}
			}
		})
	}
}

// edit replaces a text in a file, in which it must be.
func edit(t *testing.T, file, before, after string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s does not have %q", file, before)
	}
	write(t, file, []byte(strings.Replace(string(text), before, after, 1)))
}

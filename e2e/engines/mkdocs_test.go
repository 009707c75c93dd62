package engines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var mkdocs = engine{
	name:    "mkdocs",
	version: []string{"mkdocs", "--version"},
	adapter: map[string]string{"integrations/mkdocs/flowc_mkdocs.py": "flowc_mkdocs.py"},
	build:   []string{"mkdocs", "build", "--strict"},
	pages:   []string{"site/index.html"},
}

func TestMkDocs(t *testing.T) {
	testEngine(t, mkdocs)
}

// With superfences, and the blocks of its neighbours, in the theme Material.
func TestMkDocsMaterial(t *testing.T) {
	e := mkdocs
	e.name, e.data = "mkdocs, Material, superfences", "mkdocs"
	e.prepare = func(t *testing.T, site string) { copyTo(t, "testdata/mkdocs/material", site) }
	testEngine(t, e)
}

// Fences in all that they can be in, each with its line in what it shows.
func TestMkDocsPlaces(t *testing.T) {
	site := mkdocs.site(t)
	copyTo(t, "testdata/mkdocs/material", site)
	copyTo(t, "testdata/mkdocs/places", site)
	if out, err := run(t, site, nil, mkdocs.build...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page := parsePage(t, filepath.Join(site, "site/places/index.html"))
	want := "after in-quote on-marker in-tab in-other-tab deep same same indented in-item behind-tab braces tildes hugo"
	if got := strings.Join(page.routes(), " "); got != want {
		t.Errorf("diagrams are of\n%s\nnot of\n%s", got, want)
	}
	if page.misplaced != "" {
		t.Errorf("a diagram is in an element %s", page.misplaced)
	}
	for _, fence := range []string{"```flow\nroute shown {", "```flow view=topology"} {
		if n := strings.Count(page.text, fence); n != 1 {
			t.Errorf("%q is there %d times, not once: it is shown in a longer fence", fence, n)
		}
	}
}

// The search index has the words of a diagram and not its style sheet.
func TestMkDocsSearch(t *testing.T) {
	site := mkdocs.site(t)
	if out, err := run(t, site, nil, mkdocs.build...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	index, err := os.ReadFile(filepath.Join(site, "site/search/search_index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(index), "haproxy") || strings.Contains(string(index), "light-dark") {
		t.Errorf("the search index is\n%s", index)
	}
	page, err := os.ReadFile(filepath.Join(site, "site/index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(page), ".flowc .f-paper { fill: light-dark("); n != len(titles) {
		t.Errorf("%d of %d diagrams have their style sheet", n, len(titles))
	}
}

func TestMkDocsFails(t *testing.T) {
	for _, c := range []struct {
		name, page string
		env        []string
		want       string
	}{
		{"attribute", "# A\n\n- a\n\n    ```flow veiw=topology\n    route a { to b }\n    ```\n", nil, `docs/index.md:5:13: error FL931: unknown attribute of a fence "veiw", did you mean "view"?`},
		{"two", "```flow\nroute a {\n```\n\n```flow\nroute b {\n```\n", nil, "flow fences that cannot be drawn, see above: 2"},
		{"open", "```flow\nroute a { to b }\n", nil, "docs/index.md:1: the fence is not closed"},
		{"warning", "```flow\nroute a { to b }\nbackend b\nbackend spare\n```\n", nil, "docs/index.md:4:9: warning FL307"},
		{"no flowc", "```flow\nroute a { to b }\n```\n", []string{"FLOWC=/no/flowc"}, "go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := mkdocs.site(t)
			write(t, filepath.Join(site, "docs/index.md"), []byte(c.page))
			out, err := run(t, site, c.env, mkdocs.build...)
			if err == nil || !strings.Contains(plain(out), c.want) {
				t.Errorf("%v: %q is missing in:\n%s", err, c.want, out)
			}
		})
	}
}

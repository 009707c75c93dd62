package engines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var asciidoctor = engine{
	name:    "asciidoctor",
	version: []string{"asciidoctor", "--version"},
	adapter: map[string]string{"integrations/asciidoctor/flowc-asciidoctor.rb": "flowc-asciidoctor.rb"},
	build:   []string{"asciidoctor", "-r", "./flowc-asciidoctor.rb", "index.adoc"},
	pages:   []string{"index.html"},
}

func TestAsciidoctor(t *testing.T) {
	testEngine(t, asciidoctor)
}

// Models in every block that can hold one, and wherever blocks can be.
func TestAsciidoctorPlaces(t *testing.T) {
	site := asciidoctor.site(t)
	copyTo(t, "testdata/asciidoctor/places", site)
	if out, err := run(t, site, nil, asciidoctor.build...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	page := parsePage(t, filepath.Join(site, "index.html"))
	want := "paragraph literal open sourced short fenced same same term cell topology"
	if got := strings.Join(page.routes(), " "); got != want {
		t.Errorf("diagrams are of\n%s\nnot of\n%s", got, want)
	}
	if page.misplaced != "" {
		t.Errorf("a diagram is in an element %s", page.misplaced)
	}
	if page.words != 1 {
		t.Errorf("%d diagrams have words, not the one that says %%words", page.words)
	}
	if !strings.Contains(page.text, "A title") || !strings.Contains(page.text, "route shown {") {
		t.Error("a title or what is shown and not drawn is missing")
	}
}

// What other backends get instead of inline SVG.
func TestAsciidoctorBackends(t *testing.T) {
	for _, c := range []struct {
		command []string
		file    string
		want    []string
	}{
		{[]string{"asciidoctor", "-b", "docbook"}, "index.xml", []string{`<imagedata fileref="pictures/flowc-`, "error FL201"}},
		{[]string{"asciidoctor", "-b", "manpage", "-a", "mantitle=edge", "-a", "manvolnum=1"}, "edge.1", []string{"plain GET / HTTP/1.1", "error FL201"}},
		{[]string{"asciidoctor", "-r", "asciidoctor-pdf", "-b", "pdf"}, "index.pdf", []string{"%PDF"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			site := asciidoctor.site(t)
			args := append(c.command, "-r", "./flowc-asciidoctor.rb", "-a", "imagesdir=pictures", "-D", "out", "-o", c.file, "index.adoc")
			out, err := run(t, site, nil, args...)
			if err != nil || strings.Contains(out, "image to embed") {
				t.Fatalf("%v\n%s", err, out)
			}
			text, err := os.ReadFile(filepath.Join(site, "out", c.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(text), want) {
					t.Errorf("%s does not have %q:\n%s", c.file, want, text)
				}
			}
			pictures, err := filepath.Glob(filepath.Join(site, "out/pictures/flowc-*.svg"))
			if err != nil {
				t.Fatal(err)
			}
			if docbook := c.file == "index.xml"; docbook && len(pictures) != len(titles) || !docbook && len(pictures) != 0 {
				t.Errorf("there are %d pictures in out/pictures", len(pictures))
			}
		})
	}
}

func TestAsciidoctorFails(t *testing.T) {
	for _, c := range []struct {
		name, page string
		env        []string
		want       string
	}{
		{"attribute", "= A\n\n* a\n+\n[flow,veiw=topology]\n----\nroute a { to b }\n----\n", nil, `error FL931: unknown attribute of a fence "veiw", did you mean "view"?`},
		{"two", "[flow]\n----\nroute a {\n----\n\n[flow]\n----\nroute b {\n----\n", nil, "flow blocks that cannot be drawn, see above: 2"},
		{"second of two", "[flow%error]\n----\nroute a { to b }\nbackend c\n----\n\n[flow]\n----\nroute a { to b }\nbackend c\n----\n", nil, "index.adoc:9:14: error FL120"},
		{"no flowc", "[flow]\n----\nroute a { to b }\n----\n", []string{"FLOWC=/no/flowc"}, "go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := asciidoctor.site(t)
			write(t, filepath.Join(site, "index.adoc"), []byte(c.page))
			out, err := run(t, site, c.env, asciidoctor.build...)
			if err == nil || !strings.Contains(plain(out), c.want) {
				t.Errorf("%v: %q is missing in:\n%s", err, c.want, out)
			}
			if _, err := os.Stat(filepath.Join(site, "index.html")); err == nil {
				t.Error("a page is written all the same")
			}
		})
	}
}

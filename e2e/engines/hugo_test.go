package engines_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hugo is built although flowc hugo fails: what it writes must fail Hugo, too.
var hugo = engine{
	name:    "hugo",
	version: []string{"hugo", "version"},
	adapter: map[string]string{
		"integrations/hugo/render-codeblock-flow.html": "layouts/_default/_markup/render-codeblock-flow.html",
	},
	build: []string{"sh", "-c", "flowc hugo 2>flowc.log; hugo"},
	pages: []string{"public/index.html"},
}

func TestHugo(t *testing.T) {
	testEngine(t, hugo)
}

func TestHugoPage(t *testing.T) {
	followPage(t, hugo)
}

// Hugo and flowc must find the same hash of a fence, however it is written.
var hugoFences = []struct{ name, text string }{
	{"no option", "```flow\n" + model + "```\n"},
	{"a word", "```flow {view=topology}\n" + model + "```\n"},
	{"words in quotes, and a truth", "```flow {view=\"sequence\" show=\"tls,http\" words=true}\n" + model + "```\n"},
	{"the same in another order", "```flow {words=true show=\"tls,http\" view=\"sequence\"}\n" + model + "```\n"},
	{"no space", "```flow{view=topology}\n" + model + "```\n"},
	{"spaces", "```  flow  {  view=topology  }  \n" + model + "```\n"},
	{"tildes", "~~~~flow {view=topology}\n" + model + "~~~~\n"},
	{"empty lines at the end", "```flow\n" + model + "\n\n```\n"},
	{"blanks at the ends of lines", "```flow\n" + strings.ReplaceAll(model, "\n", "  \n") + "  \n```\n"},
	{"an indented fence", "  ```flow\n  " + strings.ReplaceAll(model, "\n", "\n  ") + "```\n"},
	{"tabs", "```flow\n" + strings.ReplaceAll(model, "    ", "\t") + "```\n"},
	{"tabs in a list", "- item\n\n\t```flow {view=topology}\n\t" + strings.ReplaceAll(model, "\n", "\n\t") + "```\n"},
	{"a quote in a list", "1. > ```flow {view=topology}\n   > " + strings.ReplaceAll(model, "\n", "\n   > ") + "```\n"},
	{"CR LF", strings.ReplaceAll("```flow {view=topology}\n"+model+"```\n", "\n", "\r\n")},
	{"letters beyond ASCII", "```flow {view=topology}\ntitle \"Übergang <&> ✓\"\n" + model + "```\n"},
	{"no end", "```flow {view=topology}\n" + model},
}

const model = "route shop {\n    host shop.apps.example.test\n\n    tls edge\n    to shop\n}\n"

func TestHugoFindsDrawings(t *testing.T) {
	site := hugo.site(t)
	for i, f := range hugoFences {
		for _, page := range []string{"content/%d.md", "content/deep/er/%d.md"} {
			write(t, filepath.Join(site, fmt.Sprintf(page, i)), []byte("---\ntitle: "+f.name+"\n---\n\n"+f.text))
		}
	}
	out, err := run(t, site, hugo.env, "sh", "-c", "flowc hugo && hugo")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, f := range hugoFences {
		for _, page := range []string{"public/%d/index.html", "public/deep/er/%d/index.html"} {
			if n := strings.Count(read(t, filepath.Join(site, fmt.Sprintf(page, i))), "<figure"); n != 1 {
				t.Errorf("%s: %d figures, not one", f.name, n)
			}
		}
	}
}

// A page may have a fence twice, and two pages the same one: the ids of a page
// are unique, and an import is relative to each page.
func TestHugoFenceTwice(t *testing.T) {
	site := hugo.site(t)
	const fence = "```flow {view=topology}\nimport \"shop.flow\"\n```\n"
	for _, folder := range []string{"one", "two"} {
		write(t, filepath.Join(site, "content", folder, "page.md"), []byte("---\ntitle: Twice\n---\n\n"+fence+"\n- "+strings.ReplaceAll(fence, "\n", "\n  ")))
		write(t, filepath.Join(site, "content", folder, "shop.flow"), []byte(strings.ReplaceAll(model, "shop", "shop-"+folder)))
	}
	if out, err := run(t, site, hugo.env, "sh", "-c", "flowc hugo && hugo"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, folder := range []string{"one", "two"} {
		page := read(t, filepath.Join(site, "public", folder, "page/index.html"))
		if got := strings.Count(page, "<figure"); got != 2 {
			t.Errorf("%s: %d figures, not 2", folder, got)
		}
		if !strings.Contains(page, "shop-"+folder) {
			t.Errorf("%s: the page does not show the model that is imported there", folder)
		}
		ids := map[string]bool{}
		for _, rest := range strings.Split(page, ` id="`)[1:] {
			id, _, _ := strings.Cut(rest, `"`)
			if ids[id] {
				t.Errorf("%s: the id %q is there twice", folder, id)
			}
			ids[id] = true
		}
	}
}

// What changes after flowc hugo ran fails the build of Hugo, which does not draw.
func TestHugoIsStale(t *testing.T) {
	for _, test := range []struct {
		name, want string
		change     func(t *testing.T, site string)
	}{
		{
			"a fence", "code block 1 of _index.md is not drawn: run \"flowc hugo\"",
			func(t *testing.T, site string) {
				file := filepath.Join(site, "content/_index.md")
				write(t, file, []byte(strings.Replace(read(t, file), "tls reencrypt", "tls edge", 1)))
			},
		},
		{
			"an imported model", "content/models/shop.flow has changed since the flow fence was drawn: run \"flowc hugo\"",
			func(t *testing.T, site string) {
				write(t, filepath.Join(site, "content/models/shop.flow"), []byte(model))
			},
		},
		{
			"an imported model that is gone", "content/models/shop.flow has changed since the flow fence was drawn: run \"flowc hugo\"",
			func(t *testing.T, site string) {
				if err := os.Remove(filepath.Join(site, "content/models/shop.flow")); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			"all drawings", "code block 2 of _index.md is not drawn: run \"flowc hugo\"",
			func(t *testing.T, site string) {
				if err := os.RemoveAll(filepath.Join(site, "assets")); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := hugo.site(t)
			if out, err := run(t, site, hugo.env, "flowc", "hugo"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			test.change(t, site)
			out, err := run(t, site, hugo.env, "hugo")
			if err == nil {
				t.Fatalf("the stale site is built:\n%s", out)
			}
			if !strings.Contains(out, test.want) {
				t.Errorf("%q is missing in:\n%s", test.want, out)
			}
		})
	}
}

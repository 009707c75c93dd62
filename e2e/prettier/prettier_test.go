// Package prettier_test runs the real prettier between two runs of flowc docs.
// It runs where FLOWC_E2E=1 is set.
package prettier_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/models"
)

func TestMain(m *testing.M) {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("skipped: FLOWC_E2E is not 1")
		os.Exit(0)
	}
	if _, err := os.Stat("node_modules/prettier"); err != nil {
		fmt.Fprintln(os.Stderr, "FLOWC_E2E=1, and prettier is not there: run e2e/prettier/run.sh")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// regions are what regions may show, MODEL in the place of a model's path.
var regions = []string{
	"model=MODEL",
	"model=MODEL format=mermaid show=tls,http",
	"model=MODEL format=svg out=NAME.svg",
	"model=MODEL format=svg out=NAME.svg words=yes",
	"model=MODEL view=visibility",
	"model=MODEL view=handshake format=markdown",
	"model=MODEL view=failures",
	"model=MODEL view=routes",
	"model=MODEL view=certificates",
	"model=MODEL format=markdown",
	"model=MODEL format=text",
	"model=MODEL format=words",
	"model=MODEL view=topology format=words",
	"model=MODEL format=source",
	`command="check MODEL"`,
	`command="show MODEL"`,
}

// places are what a region may stand in.
var places = []struct {
	name        string
	first, rest string
}{
	{"top", "", ""},
	{"list", "- ", "  "},
	{"numbers", "1. text\n\n   ", "   "},
	{"deep", "- text\n  - text\n\n    ", "    "},
	{"quote", "> ", "> "},
	{"list-in-quote", "> - text\n>\n>   ", ">   "},
	{"tab", "-\ttext\n\n\t", "\t"},
	{"stars", "* text\n\n  ", "  "},
}

// odd is a model whose labels are full of markup.
const odd = `title "A *title* with _markup_ | pipes & <b>tags</b> {braces} ` + "`code`" + ` #hash \\ [link](x) ~~struck~~ <!-- -->"
client browser "1. The *browser* | {x}"
proxy haproxy "<HAProxy> import x" {
    listen https :443
}
backend shop "- shop + __bold__ \\*" {
    speaks http
    server s1 10.0.0.1:80
}
route shop on haproxy {
    host shop.apps.example.test
    path /a_b_c*
    tls edge
    to shop
}
request cart "export const x = 1; * _ cart" {
    from browser
    get https://shop.apps.example.test/a_b_c*?q=*a*_b_
}
`

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// corpus writes documents of every format in every place.
func corpus(t *testing.T, dir string) (docs []string) {
	t.Helper()
	for _, model := range []string{"reencrypt", "mtls", "odd"} {
		for _, ext := range []string{".md", ".mdx"} {
			for _, p := range places {
				open, end := "<!-- flow:begin %s -->", "<!-- flow:end -->"
				if ext == ".mdx" {
					open, end = "{/* flow:begin %s */}", "{/* flow:end */}"
				}
				var b strings.Builder
				fmt.Fprintf(&b, "# %s\n\n", p.name)
				for i, r := range regions {
					if strings.Contains(r, "certificates") && model == "odd" {
						continue // it has none
					}
					name := fmt.Sprintf("%s-%s-%s-%d", model, p.name, ext[1:], i)
					r = strings.NewReplacer("MODEL", "models/"+model+".flow", "NAME", name).Replace(r)
					fmt.Fprintf(&b, "%s"+open+"\n%s\n%s%s\n\nbetween\n\n", p.first, r, strings.TrimRight(p.rest, " \t"), p.rest, end)
				}
				name := model + "-" + p.name + ext
				write(t, filepath.Join(dir, name), b.String())
				docs = append(docs, name)
			}
		}
	}
	return docs
}

func TestPrettierBetween(t *testing.T) {
	dir, bin := t.TempDir(), filepath.Join(t.TempDir(), "flowc")
	run(t, "../..", "go", "build", "-o", bin, "./cmd/flowc")
	if err := os.CopyFS(filepath.Join(dir, "models"), models.FS); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "models", "odd.flow"), odd)
	docs := corpus(t, dir)
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	prettier := func(doc ...string) {
		run(t, dir, "node", append([]string{filepath.Join(here, "node_modules/prettier/bin/prettier.cjs"), "--log-level", "warn", "--write"}, doc...)...)
	}
	flowc := func(args ...string) { run(t, dir, bin, append([]string{"docs", "--quiet"}, args...)...) }

	flowc(docs...)
	written := texts(t, dir, docs)
	flowc(append([]string{"--check"}, docs...)...)
	prettier(docs...)
	formatted := texts(t, dir, docs)
	flowc(append([]string{"--check"}, docs...)...)
	flowc(docs...)
	if d := cmp.Diff(formatted, texts(t, dir, docs)); d != "" {
		t.Errorf("flowc changes what prettier formatted (-prettier +flowc):\n%s", d)
	}
	changed := 0
	for _, name := range docs {
		if formatted[name] != written[name] {
			changed++
		}
	}
	t.Logf("%d documents, of which prettier changes %d as flowc wrote them", len(docs), changed)

	// formatted first, then filled, then formatted again
	corpus(t, dir)
	prettier(docs...)
	flowc(docs...)
	prettier(docs...)
	again := texts(t, dir, docs)
	flowc(append([]string{"--check"}, docs...)...)
	flowc(docs...)
	if d := cmp.Diff(again, texts(t, dir, docs)); d != "" {
		t.Errorf("flowc changes what prettier formatted (-prettier +flowc):\n%s", d)
	}

	var mdx []string
	for _, name := range docs {
		if filepath.Ext(name) == ".mdx" {
			mdx = append(mdx, filepath.Join(dir, name))
		}
	}
	run(t, here, "node", append([]string{"compile.mjs"}, mdx...)...)
}

func texts(t *testing.T, dir string, names []string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args[:min(2, len(args))], " "), err, out.String()[:min(out.Len(), 20000)])
	}
}

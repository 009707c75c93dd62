package engines_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// markdown is the good page of the engines that take it as it is.
const markdown = "e2e/engines/testdata/goldmark/good/"

func TestVitePress(t *testing.T) {
	testEngine(t, vitepress(t))
}

func TestVitePressPage(t *testing.T) {
	followPage(t, vitepress(t))
}

// Fences are drawn wherever they stand, and each knows its place, also where
// another one reads the same; a file that is shown as code stays code.
func TestVitePressPlaces(t *testing.T) {
	e := vitepress(t)
	site := e.site(t)
	const fence = "```flow view=topology\nimport \"models/shop.flow\"\n```\n"
	page := "---\ntitle: Places\n---\n\n" + fence + "\n::: details More\n" + fence + ":::\n\n- " +
		strings.ReplaceAll(fence, "\n", "\n  ") + "\n<<< ./models/shop.flow\n\n```flowchart\nleft\n```\n"
	write(t, filepath.Join(site, "places.md"), []byte(page))
	write(t, filepath.Join(site, "crlf.md"), []byte(strings.ReplaceAll(page, "\n", "\r\n")))
	if out, err := run(t, site, e.env, e.build...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"places.html", "crlf.html"} {
		built := read(t, filepath.Join(site, ".vitepress/dist", name))
		ids := map[string]bool{}
		for _, rest := range strings.Split(built, `<title id="`)[1:] {
			id, _, _ := strings.Cut(rest, `"`)
			ids[id] = true
		}
		if len(ids) != 3 || strings.Count(built, "<figure") != 3 {
			t.Errorf("%s has %d figures with the ids %v, not 3", name, strings.Count(built, "<figure"), ids)
		}
		if n := strings.Count(built, "<pre"); n != 2 {
			t.Errorf("%s has %d blocks of code, not 2", name, n)
		}
	}
}

func vitepress(t *testing.T) engine {
	modules := npm(t, "vitepress")
	return engine{
		name:    "vitepress",
		version: version(modules, "vitepress"),
		adapter: map[string]string{
			"integrations/vitepress/flowc.mjs": ".vitepress/flowc.mjs",
			markdown + "index.md":              "index.md",
			markdown + "models":                "models",
		},
		prepare: link(modules),
		build:   []string{"npx", "vitepress", "build"},
		pages:   []string{".vitepress/dist/index.html"},
	}
}

func TestDocusaurus(t *testing.T) {
	testEngine(t, docusaurus(t))
}

// The page changes an imported model between two builds, and nothing else: a
// cache of the first one must not keep what was drawn.
func TestDocusaurusPage(t *testing.T) {
	e := docusaurus(t)
	delete(e.adapter, markdown+"index.md")
	delete(e.adapter, commonMark)
	followPage(t, e)
}

// commonMark is the good page below a front matter, which is taken away before
// the adapter sees the page.
const commonMark = "e2e/engines/testdata/docusaurus/common.md"

// docusaurus has the good page twice: as MDX, and as CommonMark.
func docusaurus(t *testing.T) engine {
	modules := npm(t, "docusaurus")
	return engine{
		name:    "docusaurus",
		version: version(modules, "@docusaurus/core"),
		adapter: map[string]string{
			"integrations/docusaurus/flowc.mjs": "flowc.mjs",
			markdown + "index.md":               "docs/index.mdx",
			markdown + "models":                 "docs/models",
			commonMark:                          "docs/common.md",
		},
		prepare: link(modules),
		build:   []string{"npx", "docusaurus", "build", "--no-minify"},
		pages:   []string{"build/index.html", "build/common/index.html"},
	}
}

// npm installs what npm/NAME/package-lock.json lists, unless it is installed,
// and returns the folder of the modules.
func npm(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("npm", name))
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(dir, "node_modules")
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	installed, err := os.Stat(filepath.Join(modules, ".package-lock.json"))
	if err == nil && installed.ModTime().After(lock.ModTime()) {
		return modules
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return modules
}

// version is the command that prints the version of an installed package.
func version(modules, name string) []string {
	return []string{"node", "-p", "require('" + filepath.Join(modules, name, "package.json") + "').version"}
}

// link lets a site find the modules.
func link(modules string) func(*testing.T, string) {
	return func(t *testing.T, site string) {
		if err := os.Symlink(modules, filepath.Join(site, "node_modules")); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

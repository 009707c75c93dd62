package engines_test

import (
	"os"
	"os/exec"
	"path/filepath"
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

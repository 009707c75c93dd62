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
	modules := npm(t, "vitepress")
	testEngine(t, engine{
		name:    "vitepress",
		version: version(modules, "vitepress"),
		adapter: map[string]string{
			"integrations/vitepress/flowc.mjs": ".vitepress/flowc.mjs",
			markdown + "index.md":              "index.md",
			markdown + "models":                "models",
		},
		prepare: link(modules),
		build:   []string{filepath.Join(modules, ".bin/vitepress"), "build"},
		pages:   []string{".vitepress/dist/index.html"},
	})
}

func TestDocusaurus(t *testing.T) {
	testEngine(t, docusaurus(t))
}

// docusaurus has the good page twice: as MDX, and as CommonMark below a front
// matter.
func docusaurus(t *testing.T) engine {
	modules := npm(t, "docusaurus")
	return engine{
		name:    "docusaurus",
		version: version(modules, "@docusaurus/core"),
		adapter: map[string]string{
			"integrations/docusaurus/flowc.mjs": "flowc.mjs",
			markdown + "index.md":               "docs/index.mdx",
			markdown + "models":                 "docs/models",
		},
		prepare: func(t *testing.T, site string) {
			link(modules)(t, site)
			page := read(t, filepath.Join(site, "docs/index.mdx"))
			write(t, filepath.Join(site, "docs/common.md"), []byte("---\ntitle: CommonMark\n---\n\n"+page))
		},
		build: []string{filepath.Join(modules, ".bin/docusaurus"), "build", "--no-minify"},
		env:   []string{"DOCUSAURUS_DISABLE_TELEMETRY=1"},
		pages: []string{"build/index.html", "build/common/index.html"},
	}
}

// A page of which only the imported model has changed is made again: what an
// earlier build cached does not keep it.
func TestDocusaurusImportChanges(t *testing.T) {
	e := docusaurus(t)
	site := e.site(t)
	for _, host := range []string{"one.apps.example.test", "two.apps.example.test"} {
		write(t, filepath.Join(site, "docs/models/shop.flow"), []byte("route shop {\n    host "+host+"\n    tls edge\n    to shop\n}\n"))
		write(t, filepath.Join(site, "docs/index.mdx"), []byte("```flow show=tls,http\nimport \"models/shop.flow\"\n```\n"))
		if out, err := run(t, site, e.env, e.build...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if !strings.Contains(read(t, filepath.Join(site, "build/index.html")), host) {
			t.Errorf("the page does not show %s", host)
		}
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

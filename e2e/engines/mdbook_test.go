package engines_test

import "testing"

var mdbook = engine{
	name:    "mdbook",
	version: []string{"mdbook", "--version"},
	adapter: map[string]string{
		markdown + "index.md": "src/index.md",
		markdown + "models":   "src/models",
	},
	build: []string{"mdbook", "build"},
	pages: []string{"book/index.html"},
}

func TestMdBook(t *testing.T) {
	testEngine(t, mdbook)
}

func TestMdBookPage(t *testing.T) {
	followPage(t, mdbook)
}

package engines_test

import "testing"

func TestMkDocs(t *testing.T) {
	testEngine(t, engine{
		name:    "mkdocs",
		version: []string{"mkdocs", "--version"},
		adapter: map[string]string{"integrations/mkdocs/flowc_mkdocs.py": "flowc_mkdocs.py"},
		build:   []string{"mkdocs", "build"},
		pages:   []string{"site/index.html"},
	})
}

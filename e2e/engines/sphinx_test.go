package engines_test

import "testing"

func TestSphinx(t *testing.T) {
	testEngine(t, engine{
		name:    "sphinx",
		version: []string{"sphinx-build", "--version"},
		adapter: map[string]string{"integrations/sphinx/flowc_sphinx.py": "flowc_sphinx.py"},
		build:   []string{"sphinx-build", "-q", "-j", "2", ".", "_build"},
		pages:   []string{"_build/index.html", "_build/guide.html"},
	})
}

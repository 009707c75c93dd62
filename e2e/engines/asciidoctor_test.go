package engines_test

import "testing"

func TestAsciidoctor(t *testing.T) {
	testEngine(t, engine{
		name:    "asciidoctor",
		version: []string{"asciidoctor", "--version"},
		adapter: map[string]string{"integrations/asciidoctor/flowc-asciidoctor.rb": "flowc-asciidoctor.rb"},
		build:   []string{"asciidoctor", "-r", "./flowc-asciidoctor.rb", "index.adoc"},
		pages:   []string{"index.html"},
	})
}

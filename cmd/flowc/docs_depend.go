package main

import (
	"context"

	"github.com/flowc-lang/flowc/internal/depfile"
)

// writeDocs lists what documents and their pictures are made of. A document is
// not listed as made of itself.
func (d *dependencies) writeDocs(pages []*docPage) error {
	if d.path == "" {
		return nil
	}
	var rules []depfile.Rule
	for _, p := range pages {
		all := append([]string{p.path}, p.Inputs...)
		if d.target != "" {
			rules = append(rules, depfile.Rule{Inputs: all})
			continue
		}
		rules = append(rules, depfile.Rule{Targets: []string{p.path}, Inputs: p.Inputs})
		for _, pic := range p.Pictures {
			rules = append(rules, depfile.Rule{Targets: []string{pic.Path}, Inputs: all})
		}
	}
	if d.target != "" {
		rules = []depfile.Rule{together(rules, d.target)}
	}
	text, err := depfile.Format(rules)
	if err != nil {
		return usagef("%v", err)
	}
	return writeAll(context.Background(), []file{{d.path, text}})
}

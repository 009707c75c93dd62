package flow_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// TestOrderIsKnown holds over every lifecycle of every model of the tree that a
// step waits only for what whoever performs it can know (flow.Unknowable).
func TestOrderIsKnown(t *testing.T) {
	n := 0
	check := func(name string, lc *flow.Lifecycle) {
		for ; lc != nil; lc = lc.Before {
			n++
			for _, broken := range flow.Unknowable(lc) {
				t.Errorf("%s, request %s: %s", name, lc.Request.Name, broken)
			}
		}
	}
	eachModel(t, func(path string, read func(string) ([]byte, error)) {
		m := pipeline.Load(path, read)
		m.Compile()
		if m.Topology == nil || !m.Drawable() {
			return
		}
		for _, q := range m.Topology.Requests {
			check(path, m.Derive(q))
		}
		for _, r := range m.Topology.Routes {
			for _, f := range flow.Failures(m.Topology, r) {
				check(path+", "+f.What, f.Lifecycle)
			}
			for _, mode := range flow.Modes {
				check(path+", as "+mode.String(), flow.InMode(m.Topology, r, mode))
			}
		}
	})
	if n < 1000 {
		t.Errorf("%d lifecycles in the models of the tree, want more", n)
	}
}

// eachModel calls f with every .flow file of the tree, those in txtar archives
// among them, and with what reads it and what it imports.
func eachModel(t *testing.T, f func(path string, read func(string) ([]byte, error))) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".git") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		switch filepath.Ext(path) {
		case ".flow":
			f(path, os.ReadFile)
		case ".txtar":
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files := txtar.Parse(text).Files
			for _, e := range files {
				if filepath.Ext(e.Name) == ".flow" {
					f(e.Name, func(name string) ([]byte, error) {
						for _, o := range files {
							if o.Name == name {
								return o.Data, nil
							}
						}
						return nil, fs.ErrNotExist
					})
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

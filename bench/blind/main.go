// Command blind draws ten pictures in flowc and the same facts in D2, PlantUML
// and Mermaid, and puts them on sheets on which nothing tells whose is whose.
// README.md says how the comparison is made.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	c := &comparison{}
	flag.StringVar(&c.root, "root", ".", "root of the repository")
	flag.StringVar(&c.out, "out", "", "folder for the pictures and sheets")
	flag.Uint64Var(&c.seed, "seed", 1, "what the pictures of a sheet are shuffled by")
	flag.StringVar(&c.only, "only", "", "draw only pictures whose name contains this")
	flag.StringVar(&c.flowc, "flowc", "flowc", "the flowc to draw with")
	flag.StringVar(&c.d2, "d2", "d2", "the d2 to draw with")
	flag.StringVar(&c.plantuml, "plantuml", "plantuml.jar", "the jar of PlantUML")
	flag.StringVar(&c.modules, "modules", "node_modules", "folder of npm packages with @mermaid-js/mermaid-cli")
	flag.StringVar(&c.chromium, "chromium", "chromium", "the browser that draws Mermaid and the sheets")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// comparison is one run: all pictures, drawn by everyone, on sheets.
type comparison struct {
	root, out, only string
	seed            uint64

	flowc, d2, plantuml, modules, chromium string
}

// subject is what one sheet shows. Its name is that of its facts and of its
// sources in each language.
type subject struct {
	name                 string
	model, view, request string // what flowc draws
}

var subjects = []subject{
	{"01-overview", "models/overview.flow", "topology", ""},
	{"02-network-load-balancer", "models/network-load-balancer.flow", "topology", ""},
	{"03-cdn", "models/cdn.flow", "topology", ""},
	{"04-platform", "bench/blind/platform.flow", "topology", ""},
	{"05-router", "models/router.flow", "decision", ""},
	{"06-modes", "models/modes.flow", "decision", ""},
	{"07-sharding", "models/sharding.flow", "shards", ""},
	{"08-redirect-followed", "models/redirect.flow", "sequence", "followed"},
	{"09-mtls-payment", "models/mtls.flow", "sequence", "payment"},
	{"10-handshakes", "models/handshakes.flow", "handshake", ""},
}

func (c *comparison) run() (err error) {
	if c.out == "" {
		return errors.New("-out is not set")
	}
	for _, path := range []*string{&c.root, &c.out, &c.modules, &c.plantuml} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	key, err := os.Create(c.path("key.txt"))
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(c.out, 0o755); err == nil {
			key, err = os.Create(c.path("key.txt"))
		}
	}
	if err != nil {
		return err
	}
	defer key.Close()
	for i, s := range subjects {
		order := c.shuffled(i)
		if !c.chosen(s) {
			continue
		}
		fmt.Fprintf(key, "%s:", s.name)
		for j, d := range order {
			fmt.Fprintf(key, " %c=%s", 'A'+j, d.name)
		}
		fmt.Fprintln(key)
		if err := c.sheet(s, order); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

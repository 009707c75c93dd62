package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// drawer is one of the tools that are compared.
type drawer struct {
	name, ext string // ext is that of its sources, in a folder of its name
	draw      func(c *comparison, s subject, source, svg string) error
}

var drawers = []drawer{
	{"flowc", "", drawFlowc},
	{"d2", "d2", drawD2},
	{"plantuml", "puml", drawPlantUML},
	{"mermaid", "mmd", drawMermaid},
}

// source is the text that a tool draws a subject from.
func (d drawer) source(root string, s subject) string {
	if d.ext == "" {
		return filepath.Join(root, filepath.FromSlash(s.model))
	}
	return filepath.Join(root, "bench", "blind", d.name, s.name+"."+d.ext)
}

func (c *comparison) path(names ...string) string {
	return filepath.Join(append([]string{c.out}, names...)...)
}

func (c *comparison) chosen(s subject) bool { return strings.Contains(s.name, c.only) }

func drawFlowc(c *comparison, s subject, source, svg string) error {
	args := []string{"render", source, "--view", s.view, "--format", "svg", "--scheme", "light", "-o", svg}
	if s.request != "" {
		args = append(args, "--request", s.request)
	}
	return run(c.out, c.flowc, args...)
}

// drawD2 lets the source say layout and theme.
func drawD2(c *comparison, _ subject, source, svg string) error {
	return run(c.out, c.d2, "--scale", "1", source, svg)
}

func drawPlantUML(c *comparison, _ subject, source, svg string) error {
	text, err := os.Open(source)
	if err != nil {
		return err
	}
	defer text.Close()
	cmd := exec.Command("java", "-Djava.awt.headless=true", "-jar", c.plantuml, "-tsvg", "-pipe")
	cmd.Stdin, cmd.Dir = text, filepath.Dir(source) // which it includes from
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("plantuml: %w: %.400s", err, out)
	}
	return os.WriteFile(svg, out, 0o644)
}

// drawMermaid lets the source say layout and theme. mmdc comes with ELK.
func drawMermaid(c *comparison, _ subject, source, svg string) error {
	browser, err := exec.LookPath(c.chromium)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(map[string]any{"executablePath": browser, "args": []string{"--no-sandbox"}})
	if err != nil {
		return err
	}
	file := c.path("svg", "puppeteer.json")
	if err := os.WriteFile(file, settings, 0o644); err != nil {
		return err
	}
	mmdc := filepath.Join(c.modules, ".bin", "mmdc")
	return run(c.out, mmdc, "-q", "-p", file, "-i", source, "-o", svg, "-b", "white")
}

func (c *comparison) browser(args ...string) *exec.Cmd {
	return exec.Command(c.chromium, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
		"--allow-file-access-from-files", "--hide-scrollbars",
	}, args...)...)
}

func run(folder, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %.400s", filepath.Base(name), err, out)
	}
	return nil
}

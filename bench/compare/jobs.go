package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	models "github.com/flowc-lang/flowc/bench"
)

// job is something that a user waits for.
type job struct {
	name  string
	goal  float64 // in runs of a program that does nothing; 0 for none
	limit int64   // MB at most; 0 for no goal
	args  func(b *bench) ([]string, error)
	short bool // also compared with an earlier flowc
}

// jobs are those that have a goal, and the start alone.
var jobs = []job{
	{"help", 0, 0, line("--help"), true},
	{"check, small model", 3.7, 0, check(models.Small), true},
	{"check, 100 routes", 3.7, 0, check(models.Fleet(100)), true},
	{"check, 1,000 routes", 25, 0, check(models.Fleet(1000)), true},
	{"check, 10,000 routes", 200, 100, check(models.Fleet(10_000)), false},
	{"check, 100,000 routes", 2000, 900, check(models.Fleet(100_000)), false},
	{"sequence as SVG", 3.7, 0, picture("sequence"), true},
	{"sequence of 10,000 messages as SVG", 20, 0, exchanges, true},
	{"topology as SVG", 4.5, 0, picture("topology"), true},
	{"topology of 1,000 boxes as SVG", 15, 0, unfolded(1000), false},
	{"topology of 10,000 boxes as SVG", 150, 0, unfolded(10_000), false},
	{"decision as SVG", 4.5, 0, picture("decision"), true},
	{"shards as SVG", 4.5, 0, shards, true},
	{"all pictures of one model", 8, 0, pictures("reencrypt.flow"), true},
	{"all pictures of all models", 80, 0, pictures(""), false},
}

func line(args ...string) func(*bench) ([]string, error) {
	return func(*bench) ([]string, error) { return args, nil }
}

func check(shape models.Shape) func(*bench) ([]string, error) {
	return func(b *bench) ([]string, error) {
		file, err := b.model(shape)
		return []string{"check", file}, err
	}
}

// model writes a generated model, and returns the path.
func (b *bench) model(shape models.Shape) (string, error) {
	file := filepath.Join(b.dir, shape.Name+".flow")
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	// A system counts the memory of this process for the programs that it starts, so it stays small.
	return file, errors.Join(models.Write(f, shape, models.Seed), f.Close())
}

func (b *bench) write(name, text string) (string, error) {
	file := filepath.Join(b.dir, name)
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// picture draws one picture of a small model.
func picture(view string) func(*bench) ([]string, error) {
	return func(b *bench) ([]string, error) {
		return b.drawing(filepath.Join(b.root, "models", "reencrypt.flow"), view), nil
	}
}

// drawing are the arguments that draw one view of a model as SVG.
func (b *bench) drawing(model, view string) []string {
	return []string{"render", model, "--view", view, "--format", "svg", "-o", filepath.Join(b.dir, "flowc.svg"), "--quiet"}
}

// unfolded draws a fleet with a box for each route, and one for each shard and client.
func unfolded(routes int) func(*bench) ([]string, error) {
	return func(b *bench) ([]string, error) {
		file, err := b.model(models.Fleet(routes))
		return append(b.drawing(file, "topology"), "--full"), err
	}
}

// shards draws which of two proxies takes the routes of the typical model.
func shards(b *bench) ([]string, error) {
	file, err := b.model(models.Typical)
	return b.drawing(file, "shards"), err
}

func exchanges(b *bench) ([]string, error) {
	file, err := b.write("exchanges.flow", models.Exchanges(1000))
	return b.drawing(file, "sequence"), err
}

// pictures draws everything of a file of models/, or of all of them.
func pictures(file string) func(*bench) ([]string, error) {
	return func(b *bench) ([]string, error) {
		return []string{"render", filepath.Join(b.root, "models", file), "-o", filepath.Join(b.dir, "pictures", file) + "/", "--quiet"}, nil
	}
}

// measureJobs prints each job beside a program that does nothing.
func (b *bench) measureJobs() error {
	fmt.Fprintln(b.out, "\nflowc beside a Go program that does nothing, N:")
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "job\tCPU time\tin N\tgoal\tmemory\tgoal")
	for _, j := range jobs {
		if !strings.Contains(j.name, b.only) {
			continue
		}
		args, err := j.args(b)
		if err != nil {
			return err
		}
		s := inTurns(b.rounds, command{name: b.nothing}, command{name: b.flowc, args: args})
		if s[1].failed != "" {
			fmt.Fprintf(w, "%s\tfailed: %s\n", j.name, s[1].failed)
			continue
		}
		fmt.Fprintf(w, "%s\t%.1f ms\t%.1f\t%s\t%s\t%s\n", j.name, milliseconds(s[1]), ratio(s[1], s[0]), goalOf(j), megabytes(s[1].resident), limitOf(j))
	}
	return w.Flush()
}

func milliseconds(s sample) float64 { return float64(s.cpu.Microseconds()) / 1000 }

func ratio(a, b sample) float64 { return float64(a.cpu) / float64(b.cpu) }

func megabytes(n int64) string {
	if n == 0 {
		return "not known"
	}
	return fmt.Sprintf("%d MB", n>>20)
}

func goalOf(j job) string {
	if j.goal == 0 {
		return ""
	}
	return fmt.Sprintf("%g", j.goal)
}

func limitOf(j job) string {
	if j.limit == 0 {
		return ""
	}
	return fmt.Sprintf("%d MB", j.limit)
}

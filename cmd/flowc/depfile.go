package main

import (
	"context"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/internal/depfile"
)

// dependencies is the depfile that a run writes, for Make or Ninja.
type dependencies struct {
	path   string // "" for none
	target string // that everything is made for; "" for each output by itself
}

func (d *dependencies) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.path, "depfile", "", "write for Make and Ninja into this `file` what each output is made of")
	f.StringVar(&d.target, "depfile-target", "", "the one `name` that the depfile says is made of everything, as a stamp")
}

// fits refuses a depfile that has nothing to name, or no place.
func (d *dependencies) fits(to target) error {
	switch {
	case d.path == "" && d.target != "":
		return usagef("--depfile-target needs --depfile")
	case d.path == "":
		return nil
	case to.stdout && d.target == "":
		return usagef("standard output has no name in a depfile; give one with --depfile-target")
	}
	return notAModel(d.path)
}

// possible refuses what the depfile could not say, before anything is drawn.
func (d *dependencies) possible(jobs []*job) error {
	if d.path == "" {
		return nil
	}
	outputs := func(j *job) []string {
		var out []string
		for _, p := range j.pictures {
			out = append(out, p.path)
		}
		return out
	}
	for _, j := range jobs {
		if slices.ContainsFunc(outputs(j), func(p string) bool { return p == filepath.Clean(d.path) }) {
			return usagef("%q is a picture; choose another file for --depfile", d.path)
		}
	}
	if _, err := d.format(jobs, outputs); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// spare returns an error if there is a file that is not a depfile.
func (d *dependencies) spare() error {
	if d.path == "" {
		return nil
	}
	return spare([]string{d.path}, func(_ string, head []byte) bool { return ownDepfile(head) })
}

// write writes the depfile of a run that has succeeded.
func (d *dependencies) write(jobs []*job) error {
	if d.path == "" {
		return nil
	}
	text, err := d.format(jobs, func(j *job) []string {
		var out []string
		for _, f := range j.files {
			out = append(out, f.path)
		}
		return out
	})
	if err != nil {
		return err
	}
	return writeAll(context.Background(), []file{{d.path, text}})
}

func (d *dependencies) format(jobs []*job, outputs func(*job) []string) ([]byte, error) {
	var rules []depfile.Rule
	for _, j := range jobs {
		r := depfile.Rule{Inputs: j.madeOf()}
		for _, path := range outputs(j) {
			r.Targets = append(r.Targets, filepath.ToSlash(filepath.Clean(path)))
		}
		rules = append(rules, r)
	}
	if d.target != "" {
		rules = []depfile.Rule{together(rules, d.target)}
	}
	return depfile.Format(rules)
}

// madeOf returns the files that a model was read from. Standard input is one
// where it has the name of a file.
func (j *job) madeOf() []string {
	var out []string
	if !j.stdin || j.path != stdinName {
		out = append(out, path.Clean(j.path))
	}
	for _, imported := range j.Imports {
		out = append(out, path.Clean(imported))
	}
	if j.Waivers != nil {
		out = append(out, path.Clean(j.Waivers.Source.Name))
	}
	return out
}

// together is one rule by which a target is made of all inputs.
func together(rules []depfile.Rule, target string) depfile.Rule {
	out := depfile.Rule{Targets: []string{target}}
	seen := make(map[string]bool)
	for _, r := range rules {
		for _, in := range r.Inputs {
			if !seen[in] {
				seen[in] = true
				out.Inputs = append(out.Inputs, in)
			}
		}
	}
	return out
}

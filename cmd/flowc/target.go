package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// defaultFolder is where pictures go unless -o says otherwise.
const defaultFolder = "diagrams"

// target is where pictures go: a folder, or one file, or standard output.
type target struct {
	folder string
	file   string
	stdout bool
	format *emit.Format // that the file's extension decides; nil for none
}

// single reports whether only one picture can go there.
func (t target) single() bool { return t.stdout || t.file != "" }

// parseTarget reads -o. A name with the extension of a format is a file, any
// other a folder, unless it looks like a file of a format that flowc has not.
func parseTarget(out string) (target, error) {
	switch out {
	case "":
		return target{folder: defaultFolder}, nil
	case "-":
		return target{stdout: true}, nil
	}
	info, err := os.Stat(out)
	switch {
	case err == nil && info.IsDir(), os.IsPathSeparator(out[len(out)-1]):
		return target{folder: out}, nil
	case err == nil && !info.Mode().IsRegular():
		return target{}, usagef("%q is neither a file nor a folder; -o - writes to standard output", out)
	}
	if f := formatOf(out); f != nil {
		return target{file: out, format: f}, nil
	}
	switch ext := filepath.Ext(out); {
	case ext != "":
		return target{}, usagef("no format has the extension %q; there are %s; a folder ends in a slash: -o %s/", ext, extensions(), out)
	case err == nil:
		return target{}, usagef("%q is a file, not a folder", out)
	}
	return target{folder: out}, nil
}

// formatOf returns the format whose files end as the name does, nil for none.
// One extension may end another: x.words.txt is not the text of x.words.
func formatOf(name string) *emit.Format {
	var out *emit.Format
	base := strings.ToLower(filepath.Base(name))
	for _, f := range emit.Formats {
		if strings.HasSuffix(base, "."+f.Ext) && (out == nil || len(f.Ext) > len(out.Ext)) {
			out = f
		}
	}
	return out
}

func extensions() string {
	var out []string
	for _, f := range emit.Formats {
		out = append(out, "."+f.Ext)
	}
	return strings.Join(out, ", ")
}

// formats reads --format, and the format that the target's extension decides.
func (t target) formats(names []string) ([]*emit.Format, error) {
	var out []*emit.Format
	for _, name := range names {
		f, err := pipeline.Format(name)
		if err != nil {
			return nil, usagef("%v", err)
		}
		out = append(out, f)
	}
	if t.format == nil {
		return out, nil
	}
	for _, f := range out {
		if f != t.format {
			return nil, usagef("--format %s does not go into %q, whose extension says %s", f.Name, t.file, t.format.Name)
		}
	}
	return []*emit.Format{t.format}, nil
}

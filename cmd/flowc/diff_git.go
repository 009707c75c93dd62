package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// gitPrefix begins what is read from a revision: git:REVISION:PATH.
const gitPrefix = "git:"

// maxListing bounds what git lists of a folder, in bytes.
const maxListing = 32 << 20

// revision is a commit of a git repository.
type revision struct {
	ctx    context.Context
	name   string // as somebody names it: "main"
	commit string
	prefix string // of the working directory in the repository, with a slash at its end; "" for its top
	dir    string
}

// gitState reads the models of REVISION:PATH, and what they import, from git.
func (a *app) gitState(ctx context.Context, arg string) ([]*compared, error) {
	rev, name, ok := strings.Cut(arg, ":")
	if !ok || rev == "" || name == "" {
		return nil, usagef("%q is not git:REVISION:PATH, as in git:main:shop.flow", gitPrefix+arg)
	}
	if a.files.keep {
		return nil, usagef("a document shows files, and not revisions, which change without it")
	}
	r, err := openRevision(ctx, a.files.at(""), rev)
	if err != nil {
		return nil, err
	}
	file := path.Clean(path.Join(r.prefix, filepath.ToSlash(name)))
	if path.IsAbs(filepath.ToSlash(name)) || !fs.ValidPath(file) {
		return nil, usagef("git:REVISION:PATH takes a path below the working directory or the repository's top, not %q", name)
	}
	kind, _, err := r.entry(file)
	switch {
	case err != nil:
		return nil, usagef("no file or folder %q in revision %s", name, rev)
	case kind == "blob":
		return r.load(a, []string{file}, path.Dir(file))
	}
	all, err := r.below(file)
	if err != nil {
		return nil, err
	}
	var models []string
	for _, f := range all {
		if pipeline.Named(a.files.fronts, f) && !hidden(strings.TrimPrefix(f, file)) {
			models = append(models, f)
		}
	}
	objects, err := r.objects(a, all, file)
	if err != nil {
		return nil, err
	}
	if len(models)+len(objects) == 0 {
		return r.configuration(a, all, file)
	}
	out, err := r.load(a, models, file)
	return append(out, objects...), err
}

// hidden reports whether a file or a folder on the way to it is one.
func hidden(file string) bool { return strings.Contains("/"+file, "/.") }

// openRevision finds a commit.
func openRevision(ctx context.Context, dir, rev string) (*revision, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, usagef("git is not installed, and %s%s is read by it", gitPrefix, rev)
	}
	r := &revision{ctx: ctx, name: rev, dir: dir}
	prefix, err := r.git(maxListing, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, usagef("no git repository here: %v", err)
	}
	commit, err := r.git(maxListing, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, usagef("no revision %q in this git repository (a shallow clone lacks older ones; git fetch gets them)", rev)
	}
	r.prefix, r.commit = strings.TrimSuffix(string(prefix), "\n"), strings.TrimSpace(string(commit))
	return r, nil
}

// git returns what a git command prints, which is at most so many bytes.
func (r *revision) git(most int64, args ...string) ([]byte, error) {
	ctx, stop := context.WithCancel(r.ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(out, most+1))
	if int64(len(text)) > most {
		stop()
		_ = cmd.Wait() // it was killed
		return nil, fmt.Errorf("more than %d MB, too large for a model", most>>20)
	}
	if waited := cmd.Wait(); waited != nil {
		if line, _, _ := strings.Cut(strings.TrimPrefix(said.String(), "fatal: "), "\n"); line != "" {
			return nil, errors.New(line)
		}
		return nil, waited
	}
	return text, err
}

// entry is the kind of what has a path: "blob" or "tree"; link says that it is a symbolic link.
func (r *revision) entry(file string) (kind string, link bool, err error) {
	if file == "." {
		return "tree", false, nil
	}
	text, err := r.git(maxListing, "ls-tree", "-z", "--full-tree", r.commit, "--", file)
	if err != nil {
		return "", false, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return "", false, fs.ErrNotExist
	}
	return fields[1], fields[0] == "120000", nil
}

// below lists the files below a folder.
func (r *revision) below(folder string) ([]string, error) {
	args := []string{"ls-tree", "-r", "-z", "--full-tree", "--name-only", r.commit}
	if folder != "." {
		args = append(args, "--", folder+"/")
	}
	text, err := r.git(maxListing, args...)
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(text), func(c rune) bool { return c == 0 }), nil
}

// read returns the text of a file.
func (r *revision) read(file string) ([]byte, error) {
	file = path.Clean(file)
	if !fs.ValidPath(file) {
		return nil, errors.New("it is outside of the repository")
	}
	kind, link, err := r.entry(file)
	switch {
	case err != nil:
		return nil, fs.ErrNotExist
	case link:
		return nil, errors.New("a symbolic link, which is not followed in a revision")
	case kind != "blob":
		return nil, errors.New("not a regular file")
	}
	return r.git(maxModel, "cat-file", "blob", r.commit+":"+file)
}

// folder lists the files in a folder.
func (r *revision) folder(name string) ([]string, error) {
	name = path.Clean(name)
	all, err := r.below(name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range all {
		if path.Dir(f) == name {
			out = append(out, path.Base(f))
		}
	}
	return out, nil
}

// input is where a model of the revision is read from. What it imports has the name of a model, as
// elsewhere.
func (r *revision) input(a *app, file string, more []string) pipeline.Input {
	named := append([]string{file}, more...)
	return pipeline.Input{
		Input: front.Input{
			Path: file, More: more, Data: r.read, Folder: r.folder, Env: a.files.env,
			Profile: flow.FindProfile("haproxy", a.files.haproxy),
			Named:   func(p string) string { return r.name + ":" + strings.TrimPrefix(path.Clean(p), r.prefix) },
			Read: func(p string) ([]byte, error) {
				if !slices.Contains(named, p) && !pipeline.MayBe(a.files.fronts, p) {
					return nil, fmt.Errorf("the name of a model ends in %s, that of a HAProxy configuration in .cfg", modelExt)
				}
				return r.read(p)
			},
		},
		Fronts: a.files.fronts, From: a.files.from,
	}
}

// load reads models of the revision.
func (r *revision) load(a *app, files []string, base string) ([]*compared, error) {
	if err := a.files.language(); err != nil {
		return nil, err
	}
	var out []*compared
	for _, f := range files {
		m, err := r.one(a, f, nil)
		if err != nil {
			return nil, err
		}
		m.key = stem(strings.TrimPrefix(strings.TrimPrefix(f, base), "/"))
		out = append(out, m)
	}
	return notImported(out), nil
}

// objects reads the files below a folder that are a model together, such as Kubernetes objects.
func (r *revision) objects(a *app, all []string, folder string) ([]*compared, error) {
	var files []string
	for _, f := range all {
		if hidden(strings.TrimPrefix(f, folder)) || !pipeline.MayGather(a.files.fronts, f) {
			continue
		}
		text, err := r.read(f)
		if err != nil {
			continue // a link, or too large for a model
		}
		if pipeline.Gathers(a.files.fronts, f, string(text)) {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	m, err := r.one(a, files[0], files[1:])
	if err != nil {
		return nil, err
	}
	m.name = r.name + ":" + strings.TrimPrefix(folder, r.prefix)
	if dir := path.Base(path.Dir(files[0])); len(files) > 1 && dir != "." {
		m.key = stem(dir)
	}
	return []*compared{m}, nil
}

// configuration reads the configurations in a folder as one model.
func (r *revision) configuration(a *app, all []string, folder string) ([]*compared, error) {
	var files []string
	for _, f := range all {
		if path.Dir(f) == folder && path.Ext(f) == ".cfg" && !strings.HasPrefix(path.Base(f), ".") {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil, nil // all models are new
	}
	m, err := r.one(a, files[0], files[1:])
	if err != nil {
		return nil, err
	}
	return []*compared{m}, nil
}

// one reads one model.
func (r *revision) one(a *app, file string, more []string) (*compared, error) {
	m, err := pipeline.LoadFrom(r.ctx, r.input(a, file, more))
	if err != nil {
		return nil, brokenOff(err)
	}
	in := input{path: file, stem: stem(path.Base(file)), more: more}
	return &compared{name: r.name + ":" + strings.TrimPrefix(file, r.prefix), key: in.stem, model: &model{in, m}}, nil
}

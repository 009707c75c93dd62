package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pictures"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// shelf is a folder of pictures, its manifest, and what a run draws there.
type shelf struct {
	folder string
	run    *rendering
	given  map[string]bool // by identity: the models that were named, also those that others import
	broken map[string]bool // those of them that cannot be drawn
	jobs   []*job
	made   map[string]bool // by their names in the manifest: the pictures of this run
}

// newShelf returns the folder that a run draws into; nil for a single file.
func (r *rendering) newShelf(ins []input, models []*model, jobs []*job) *shelf {
	if r.to.single() {
		return nil
	}
	s := &shelf{folder: r.to.folder, run: r, jobs: jobs, given: make(map[string]bool), broken: make(map[string]bool), made: make(map[string]bool)}
	for _, in := range ins {
		s.given[identity(in)] = true
	}
	for _, m := range models {
		s.broken[identity(m.input)] = !m.Drawable()
	}
	for _, j := range jobs {
		for _, p := range j.pictures {
			s.made[s.name(p.path)] = true
		}
	}
	return s
}

// name is how the manifest names a picture.
func (s *shelf) name(path string) string {
	rel, err := filepath.Rel(s.folder, path)
	if err != nil {
		return path // place puts every picture below the folder
	}
	return filepath.ToSlash(rel)
}

func (s *shelf) path() string { return filepath.Join(s.folder, pictures.Name) }

// parse reads the manifest.
func (s *shelf) parse(text []byte) (pictures.Manifest, error) {
	m, err := pictures.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; mend it, or delete it and render again", s.path(), err)
	}
	return m, nil
}

// read reads the manifest; there is none before pictures are rendered.
func (s *shelf) read() (m pictures.Manifest, there bool, err error) {
	info, err := os.Lstat(s.path())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !info.Mode().IsRegular(): // a link may lead anywhere
		return nil, false, fmt.Errorf("%s is not a file", s.path())
	}
	text, err := lockedfile.Read(s.path())
	if err != nil {
		return nil, false, err
	}
	m, err = s.parse(text)
	return m, true, err
}

// entries returns what the manifest says of the pictures that were drawn.
// Nothing is said of one that was made of standard input, or of a model on
// another disk, to which no relative path leads.
func (s *shelf) entries() (listed []pictures.Entry, unlisted map[string]bool) {
	unlisted = make(map[string]bool)
	for _, j := range s.jobs {
		model, err := s.relative(j.path)
		for _, f := range j.files {
			p := j.pictures[slices.IndexFunc(j.pictures, func(p picture) bool { return p.path == f.path })]
			e := pictures.Entry{Picture: s.name(f.path), Model: model, View: p.plan.Name, Format: p.format.Name, Sum: pictures.Sum(f.text)}
			if p.plan.Request != nil {
				e.Request = p.plan.Request.Name
			}
			if err != nil || j.stdin || !e.Listable() {
				unlisted[e.Picture] = true
				continue
			}
			listed = append(listed, e)
		}
	}
	return listed, unlisted
}

// relative is the path of a model from the folder.
func (s *shelf) relative(model string) (string, error) {
	folder, err := filepath.Abs(s.folder)
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(filepath.FromSlash(model))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(folder, file)
	return filepath.ToSlash(rel), err
}

// model is the path of an entry's model, as messages name it.
func (s *shelf) model(e pictures.Entry) string {
	return filepath.ToSlash(filepath.Join(s.folder, filepath.FromSlash(e.Model)))
}

// orphan is a picture that no model gives any more.
type orphan struct {
	pictures.Entry
	gone bool   // its model is
	kept string // why it is not to be deleted; "" where it is as flowc wrote it
}

// orphans returns the pictures that are listed and in the folder, and that no
// model gives any more.
func (s *shelf) orphans(m pictures.Manifest) ([]orphan, error) {
	root, err := os.OpenRoot(s.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []orphan
	for _, e := range m {
		orphaned, gone := s.orphaned(e)
		if !orphaned {
			continue
		}
		if there, kept := keeps(root, e); there {
			out = append(out, orphan{e, gone, kept})
		}
	}
	return out, nil
}

// findings are those about orphaned pictures.
func (s *shelf) findings(all []orphan) diag.List {
	var out diag.List
	for _, o := range all {
		path := filepath.ToSlash(filepath.Join(s.folder, filepath.FromSlash(o.Picture)))
		out = append(out, pictures.Orphaned(path, s.model(o.Entry), o.gone, o.kept))
	}
	return out
}

// orphaned reports whether no model gives a listed picture any more. A run
// judges only what it would draw: of models that were not named, and of views,
// requests and formats that were not chosen, it knows nothing.
func (s *shelf) orphaned(e pictures.Entry) (orphaned, gone bool) {
	model := s.model(e)
	id := fileIdentity(model)
	chosen := s.run.choice
	switch _, err := os.Stat(filepath.FromSlash(model)); {
	case s.made[e.Picture]:
		return false, false
	case errors.Is(err, fs.ErrNotExist):
		return true, true
	case err != nil, !s.given[id], s.broken[id], !pipeline.Asked(e.Format, s.run.formats):
		return false, false
	case len(chosen.Views) > 0 && !slices.Contains(chosen.Views, e.View):
		return false, false
	case e.Request != "" && len(chosen.Requests) > 0 && !slices.Contains(chosen.Requests, e.Request):
		return false, false
	}
	for _, j := range s.jobs {
		if identity(j.input) != id {
			continue
		}
		for _, r := range j.LeftOut(chosen) {
			if r.Name == e.Request {
				return false, false
			}
		}
	}
	return true, false
}

// keeps reports whether a listed picture is in the folder, and why it is not
// flowc's to delete; "" where it is. It looks at nothing outside of the folder.
func keeps(root *os.Root, e pictures.Entry) (there bool, why string) {
	name := filepath.FromSlash(e.Picture)
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, ""
	case err != nil:
		return true, "it cannot be looked at"
	case !info.Mode().IsRegular():
		return true, "it is not a file"
	}
	text, err := root.ReadFile(name)
	switch {
	case err != nil:
		return true, "it cannot be read"
	case pictures.Sum(text) != e.Sum:
		return true, "it was edited since flowc wrote it"
	}
	return true, ""
}

// shelved is what became of a folder when its manifest was written.
type shelved struct {
	left    []orphan // that are still there
	deleted []string // paths
}

// update lists the pictures that were drawn, and no longer those that are gone.
// With --prune orphaned ones that are as flowc wrote them are deleted. Other
// runs that write into the folder wait meanwhile.
func (s *shelf) update(prune bool) (*shelved, error) {
	listed, unlisted := s.entries()
	_, there, err := s.read()
	if err != nil || !there && len(listed) == 0 {
		return &shelved{}, err
	}
	var out *shelved
	err = lockedfile.Transform(s.path(), func(old []byte) ([]byte, error) {
		out = &shelved{}
		m, err := s.parse(old)
		if err != nil {
			return nil, err
		}
		m = m.Without(func(e pictures.Entry) bool { return unlisted[e.Picture] }).With(listed...)
		if out.left, err = s.orphans(m); err != nil {
			return nil, err
		}
		if prune {
			if err := s.prune(out); err != nil {
				return nil, err
			}
		}
		return m.Without(s.isGone).Bytes(), nil
	})
	return out, err
}

// isGone reports whether a listed picture is no longer in the folder.
func (s *shelf) isGone(e pictures.Entry) bool {
	_, err := os.Lstat(filepath.Join(s.folder, filepath.FromSlash(e.Picture)))
	return errors.Is(err, fs.ErrNotExist)
}

// prune deletes orphaned pictures that are as flowc wrote them, and nothing
// outside of the folder, whatever the manifest says.
func (s *shelf) prune(all *shelved) error {
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return err
	}
	defer root.Close()
	var left []orphan
	for _, o := range all.left {
		if o.kept != "" {
			left = append(left, o)
			continue
		}
		if err := root.Remove(filepath.FromSlash(o.Picture)); err != nil {
			return err
		}
		all.deleted = append(all.deleted, filepath.Join(s.folder, filepath.FromSlash(o.Picture)))
	}
	all.left = left
	return nil
}

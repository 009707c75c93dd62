package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// tree is the files that a command reads: those of the machine, or, for a
// command that a document shows the output of, those seen from another folder,
// with texts of the document in the place of some. The zero tree is the
// machine's.
type tree struct {
	folder string            // that paths are relative to; "" for the working directory
	texts  map[string]string // by clean path from folder, with slashes

	mu    sync.Mutex
	reads []string // paths from the working directory, with slashes; kept where folder or texts are given
	keep  bool

	mayBeEmpty bool // a folder without models is allowed

	fronts []*front.End // that read models; nil for all of flowc's own

	root    string            // --root
	from    string            // --from: the language of models
	env     map[string]string // --env: values of environment variables
	haproxy string            // --haproxy-version
	waiving string            // --waivers: a file of waivers
	bounds  *bounds           // of what documents name
}

// at is a path as the system opens it.
func (t *tree) at(path string) string {
	path = filepath.FromSlash(path)
	if t.folder == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(t.folder, path)
}

// text returns the text that stands in the place of a file.
func (t *tree) text(name string) (string, bool) {
	text, ok := t.texts[path.Clean(filepath.ToSlash(name))]
	return text, ok
}

func (t *tree) stat(path string) (fs.FileInfo, error) {
	if text, ok := t.text(path); ok {
		return textInfo{filepath.Base(path), int64(len(text)), false}, nil
	}
	if len(t.textsBelow(path)) > 0 {
		return textInfo{filepath.Base(path), 0, true}, nil
	}
	return os.Stat(t.at(path))
}

// textsBelow are the texts in the place of files below a folder, in order.
func (t *tree) textsBelow(folder string) []string {
	var out []string
	for name := range t.texts {
		if strings.HasPrefix(name, path.Clean(filepath.ToSlash(folder))+"/") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// isDir reports whether a path is a folder.
func (t *tree) isDir(path string) bool {
	info, err := t.stat(path)
	return err == nil && info.IsDir()
}

func (t *tree) open(path string) (io.ReadCloser, error) {
	if text, ok := t.text(path); ok {
		return io.NopCloser(strings.NewReader(text)), nil
	}
	if t.keep {
		if filepath.IsAbs(filepath.FromSlash(path)) {
			return nil, errAbsolute
		}
		if err := t.bounds.holds(t.at(path)); err != nil {
			return nil, err
		}
		if err := regular(t.at(path)); err != nil {
			return nil, err
		}
		t.mu.Lock()
		t.reads = append(t.reads, filepath.ToSlash(t.at(path)))
		t.mu.Unlock()
	}
	return os.Open(t.at(path))
}

func (t *tree) readFile(path string) ([]byte, error) {
	f, err := t.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// errAbsolute refuses a path that is another one on each machine.
var errAbsolute = errors.New("a document names files by paths relative to it")

// readable returns an error for what a document cannot be made from: no file, one
// outside of the bounds, or a model that is a link to something that is none.
func (t *tree) readable(path string) error {
	if err := t.bounds.holds(path); err != nil {
		return err
	}
	if err := regular(path); err != nil {
		return err
	}
	if pipeline.Named(t.fronts, filepath.ToSlash(path)) {
		return t.onlyModel(path)
	}
	return nil
}

// textInfo is what is known of a file that is a text of a document.
type textInfo struct {
	name   string
	size   int64
	folder bool // of such files
}

func (i textInfo) Name() string { return i.name }
func (i textInfo) Size() int64  { return i.size }
func (i textInfo) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
func (textInfo) ModTime() time.Time { return time.Time{} }
func (i textInfo) IsDir() bool      { return i.folder }
func (textInfo) Sys() any           { return nil }

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/cache"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// cacheVariable names the folder of drawings; "off" keeps none.
const cacheVariable = "FLOWC_CACHE"

// drawings remembers pictures between runs, so that what did not change costs
// no drawing, also where an engine draws the fences of many pages at once. A
// drawing is found by all that it is made from: the program, what the picture
// says, the format. Nil and the zero drawings remember nothing.
type drawings struct {
	files   *cache.Cache
	program string
}

// openDrawings opens the folder of drawings. One that cannot be used is not
// missed.
func openDrawings() *drawings {
	dir := os.Getenv(cacheVariable)
	if dir == "off" {
		return &drawings{}
	}
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return &drawings{}
		}
		dir = filepath.Join(base, "flowc", "drawings")
	}
	program, err := buildID()
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return &drawings{}
	}
	files, err := cache.Open(dir)
	if err != nil {
		return &drawings{}
	}
	files.Trim()
	return &drawings{files, program}
}

// buildID tells one build of flowc from all others: what the linker wrote into
// its first bytes or, where it was told to write nothing, a hash of all of it.
func buildID() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 64<<10) // as far as the go command looks for it
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 {
		return "", err
	}
	const start, end = "\xff Go build ID: \"", "\"\n \xff"
	if _, id, ok := bytes.Cut(head[:n], []byte(start)); ok {
		if id, _, ok := bytes.Cut(id, []byte(end)); ok && len(id) > 0 {
			return string(id), nil
		}
	}
	hash := sha256.New()
	hash.Write(head[:n])
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// draw is m.Emit, or what it made before.
func (d *drawings) draw(ctx context.Context, m *pipeline.Model, p *pipeline.Plan, pic view.Picture, f *emit.Format, opt emit.Options) ([]byte, diag.List, error) {
	if d == nil || d.files == nil {
		return m.Emit(ctx, p, pic, f, opt)
	}
	id, ok := d.id(m.Name(p), pic, f, opt)
	if !ok {
		return m.Emit(ctx, p, pic, f, opt)
	}
	if text, _, err := d.files.GetBytes(id); err == nil {
		return text, nil, nil
	}
	text, found, err := m.Emit(ctx, p, pic, f, opt)
	if err == nil && len(found) == 0 && text != nil {
		_ = d.files.PutBytes(id, text) // a drawing that is not kept is made again
	}
	return text, found, err
}

// fromCourse are the formats that are written from the lifecycle behind a
// picture, not from the picture alone. They cost no drawing.
var fromCourse = []string{"json", "words"}

// id is a hash of all that a drawing is made from. It is false where that is
// more than the picture.
func (d *drawings) id(name string, pic view.Picture, f *emit.Format, opt emit.Options) (id cache.ActionID, ok bool) {
	if slices.Contains(fromCourse, f.Name) {
		return id, false
	}
	if s, ok := pic.(*view.Sequence); ok {
		pic = alone(s)
	}
	said, err := json.Marshal(pic)
	if err != nil {
		panic(err) // pictures are plain values
	}
	opt.Layout = nil
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q %T %+v\n", d.program, f.Name, name, pic, opt)
	hash.Write(said)
	return cache.ActionID(hash.Sum(nil)), true
}

// alone is a sequence without the lifecycles that it was projected from.
func alone(s *view.Sequence) *view.Sequence {
	out := *s
	out.Lifecycle = nil
	out.Panels = make([]*view.Panel, len(s.Panels))
	for i, p := range s.Panels {
		panel := *p
		panel.Course = nil
		out.Panels[i] = &panel
	}
	return &out
}

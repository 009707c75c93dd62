package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
// picture is found by all that it was made from: the program, the texts of the
// model, what was found in it and asked of it. No drawings, or the zero ones,
// remember nothing.
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
	_ = files.Trim() // what is old stays a while longer
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
	id := d.id(m, p, f, opt)
	if text, _, err := d.files.GetBytes(id); err == nil {
		return text, nil, nil
	}
	text, found, err := m.Emit(ctx, p, pic, f, opt)
	if err == nil && len(found) == 0 && text != nil {
		_ = d.files.PutBytes(id, text) // a drawing that is not kept is made again
	}
	return text, found, err
}

// id is a hash of all that a picture is made from.
func (d *drawings) id(m *pipeline.Model, p *pipeline.Plan, f *emit.Format, opt emit.Options) cache.ActionID {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q %q %v %d %q\n", d.program, f.Name, p.Key(), m.Topology.Name, opt.ASCII, opt.Width, opt.Name)
	for _, src := range m.Sources() {
		fmt.Fprintf(hash, "%q %q %q\n", src.Name, src.Path, src.Text)
	}
	for _, f := range m.Findings { // which are marked in pictures, and depend on the day, too
		fmt.Fprintf(hash, "%q %d %q %d\n", f.Code, f.Severity, f.Message, f.At.Start)
	}
	return cache.ActionID(hash.Sum(nil))
}

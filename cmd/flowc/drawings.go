package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/graphviz"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// cacheVariable names the folder of drawings; "off" keeps none.
const cacheVariable = "FLOWC_CACHE"

// drawings remembers pictures between runs, so that what did not change costs
// no drawing, also where an engine draws the fences of many pages at once. A
// drawing is found by all that it is made from: the program, what the picture
// says, the format. Nil remembers nothing.
type drawings struct {
	dir     string
	program string
}

const (
	// unused is how long a drawing is kept that nobody asks for.
	unused = 30 * 24 * time.Hour
	// aged is how old the note of a drawing's last use may be, and of the last
	// look for drawings that nobody uses.
	aged = 24 * time.Hour
)

// openDrawings finds the folder of drawings: a private one, as what lies there
// goes into pages. Without one everything is drawn.
func openDrawings() *drawings {
	dir := os.Getenv(cacheVariable)
	if dir == "off" {
		return nil
	}
	base, below := dir, []string{"drawings"}
	if dir == "" {
		var err error
		if base, err = os.UserCacheDir(); err != nil {
			return nil
		}
		below = []string{"flowc", "drawings"}
	}
	program, err := buildID()
	if err != nil {
		return nil
	}
	dir, err = graphviz.PrivateFolder(base, below...)
	if err != nil {
		return nil
	}
	return &drawings{dir, program}
}

// linked finds the build ID that Go's linker writes into the head of a program:
// in ELF as a note of the type 4 with the name "Go", elsewhere as text.
func linked(head []byte) (id string, ok bool) {
	const note = "\x04\x00\x00\x00Go\x00\x00" // the type, the name; the length of the ID stands before
	if i := bytes.Index(head, []byte(note)); i >= 8 {
		size := int(binary.LittleEndian.Uint32(head[i-4:]))
		if rest := head[i+len(note):]; 0 < size && size <= len(rest) {
			return string(rest[:size]), true
		}
	}
	const start, end = "\xff Go build ID: \"", "\"\n \xff"
	if _, rest, found := bytes.Cut(head, []byte(start)); found {
		if text, _, found := bytes.Cut(rest, []byte(end)); found && len(text) > 0 {
			return string(text), true
		}
	}
	return "", false
}

// file is where a drawing is kept.
func (d *drawings) file(id string) string { return filepath.Join(d.dir, id[:2], id[2:]) }

// get returns what is kept: its own hash stands before it, so that a file that a
// crash left half written is none.
func (d *drawings) get(id string) ([]byte, bool) {
	path := d.file(id)
	kept, err := os.ReadFile(path)
	if err != nil || len(kept) < sha256.Size {
		return nil, false
	}
	sum, text := kept[:sha256.Size], kept[sha256.Size:]
	if hash := sha256.Sum256(text); !bytes.Equal(hash[:], sum) {
		return nil, false
	}
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > aged {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // it may be deleted early, and drawn again
	}
	return text, true
}

// put keeps a drawing. One that cannot be kept is made again.
func (d *drawings) put(id string, text []byte) {
	hash := sha256.Sum256(text)
	_ = writeAll(context.Background(), []file{{d.file(id), append(hash[:], text...)}})
	d.trim()
}

// trim deletes, once in a while, what was not asked for in a long time.
func (d *drawings) trim() {
	mark := filepath.Join(d.dir, "trimmed")
	if info, err := os.Stat(mark); err == nil && time.Since(info.ModTime()) < aged {
		return
	}
	if os.WriteFile(mark, nil, 0o600) != nil {
		return
	}
	_ = filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > unused {
			_ = os.Remove(path)
		}
		return nil
	})
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
	if id, ok := linked(head[:n]); ok {
		return id, nil
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
	if d == nil || f.Binary { // another program draws those
		return m.Emit(ctx, p, pic, f, opt)
	}
	opt = p.Options(opt)
	id, ok := d.id(m.Name(p), pic, f, opt)
	if !ok {
		return m.Emit(ctx, p, pic, f, opt)
	}
	if text, ok := d.get(id); ok {
		return text, nil, nil
	}
	text, found, err := m.Emit(ctx, p, pic, f, opt)
	if err == nil && len(found) == 0 && text != nil {
		d.put(id, text)
	}
	return text, found, err
}

// fromCourse are the formats that are written from the lifecycle behind a
// picture, not from the picture alone. They cost no drawing.
var fromCourse = []string{"json", "words"}

// id is a hash of all that a drawing is made from. It is false where that is
// more than the picture.
func (d *drawings) id(name string, pic view.Picture, f *emit.Format, opt emit.Options) (id string, ok bool) {
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
	opt.Layout, opt.Convert = nil, nil
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q %T %+v\n", d.program, f.Name, name, pic, opt)
	hash.Write(said)
	return fmt.Sprintf("%x", hash.Sum(nil)), true
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

// Package pictures knows the pictures in a folder: which model each was
// rendered from, and what is wrong with one that no longer is what its model
// gives. It reads and writes no file.
package pictures

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Name is the manifest's file. It is hidden: it belongs to the sources of a
// site, and not to what is published.
const Name = ".flowc-manifest.jsonl"

// Schema names the form of the manifest; another one has another name.
const Schema = "flowc/manifest/v1"

// Manifest lists pictures in the order of their names.
type Manifest []Entry

// Entry says what one picture was rendered from.
type Entry struct {
	Picture string `json:"picture"`           // its file, below the manifest's folder
	Model   string `json:"model"`             // its file, relative to that folder
	View    string `json:"view"`              // also one that the model declares
	Request string `json:"request,omitempty"` // "" where the view draws the model
	Format  string `json:"format"`
	Sum     string `json:"sha256"` // of the picture as flowc wrote it, see Sum
}

// header is the first line of a manifest.
type header struct {
	Schema string `json:"schema"`
}

// Parse reads what Bytes writes, with its lines in any order, as merging
// leaves them; of two lines for one picture the last one counts. An empty text
// is an empty manifest. Whoever wrote the text, what it lists lies below the
// manifest's folder.
func Parse(text []byte) (Manifest, error) {
	var all []Entry
	for i, line := range slices.Collect(bytes.Lines(text)) {
		n := i + 1
		if n == 1 {
			var h header
			if err := json.Unmarshal(line, &h); err != nil || h.Schema != Schema {
				return nil, fmt.Errorf("line 1: the schema is not %q", Schema)
			}
			continue
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("line %d: not the JSON of a picture", n)
		}
		if err := e.valid(); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, e)
	}
	return Manifest(nil).With(all...), nil
}

// valid refuses what Bytes never writes.
func (e *Entry) valid() error {
	_, hexErr := hex.DecodeString(e.Sum)
	switch {
	case !local(e.Picture):
		return fmt.Errorf("%q does not name a picture below the manifest's folder", e.Picture)
	case e.Model == "" || path.IsAbs(e.Model) || path.Clean(e.Model) != e.Model || !utf8.ValidString(e.Model):
		return fmt.Errorf("%q is not the relative path of a model", e.Model)
	case e.View == "" || e.Format == "":
		return fmt.Errorf("the view or the format is missing")
	case hexErr != nil || len(e.Sum) != 2*sha256.Size:
		return fmt.Errorf("the checksum is not one of SHA-256")
	}
	return nil
}

// local reports whether a path stays below its folder on every system: Windows
// takes a backslash for a slash, and a colon for a drive or a stream.
func local(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\\:\x00") && !strings.HasPrefix(path.Base(name), ".flowc-")
}

// Listable reports whether a manifest can hold the entry.
func (e *Entry) Listable() bool { return e.valid() == nil }

// Bytes returns the manifest: a line for the schema and one for each picture,
// so that two branches that change different pictures can be merged.
func (m Manifest) Bytes() []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	lines := []any{header{Schema}}
	for _, entry := range m {
		lines = append(lines, entry)
	}
	for _, line := range lines {
		if err := e.Encode(line); err != nil {
			panic("pictures: " + err.Error()) // strings
		}
	}
	return out.Bytes()
}

// With returns the manifest with entries that stand in the place of those of
// the same pictures.
func (m Manifest) With(entries ...Entry) Manifest {
	out := slices.Clone(m)
	for _, e := range entries {
		i, found := slices.BinarySearchFunc(out, e.Picture, byName)
		if found {
			out[i] = e
		} else {
			out = slices.Insert(out, i, e)
		}
	}
	return out
}

// Without returns the manifest less what drop reports.
func (m Manifest) Without(drop func(Entry) bool) Manifest {
	return slices.DeleteFunc(slices.Clone(m), drop)
}

// Of returns the entry of a picture.
func (m Manifest) Of(picture string) (Entry, bool) {
	i, found := slices.BinarySearchFunc(m, picture, byName)
	if !found {
		return Entry{}, false
	}
	return m[i], true
}

func byName(e Entry, picture string) int { return cmp.Compare(e.Picture, picture) }

// Sum is the checksum of a picture. Line ends do not count in it: Git may turn
// them into those of Windows and back.
func Sum(picture []byte) string {
	sum := sha256.Sum256(unix(picture))
	return hex.EncodeToString(sum[:])
}

// Same reports whether two pictures are the same but for their line ends.
func Same(a, b []byte) bool { return bytes.Equal(unix(a), unix(b)) }

func unix(picture []byte) []byte {
	if !isText(picture) {
		return picture
	}
	return bytes.ReplaceAll(picture, []byte("\r\n"), []byte("\n"))
}

func isText(picture []byte) bool { return utf8.Valid(picture) && !bytes.ContainsRune(picture, 0) }

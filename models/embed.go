// Package models holds the models that flowc carries with it: the examples of
// its documents, the starters of `flowc new`, the inputs of its tests. It
// knows nothing of the language but two spellings: the comment that opens a
// model and the import line.
package models

import (
	"bufio"
	"bytes"
	"embed"
	"io/fs"
	"path"
	"strings"
)

// FS holds the models at its root ("reencrypt.flow") and what several of them
// import below lib/.
//
//go:embed *.flow lib/*.flow
var FS embed.FS

// Model is one of the models.
type Model struct {
	Name string // "reencrypt"
	Doc  string // what it shows, in one line: the model's first comment
	Path string // in FS: "reencrypt.flow"
}

// order is that in which the models are listed: from the smallest to the whole.
var order = []string{
	"five-lines",
	"plain", "edge", "reencrypt", "passthrough",
	"handshakes", "modes", "overview",
	"redirect", "mtls", "h2",
	"blue-green", "sharding",
	"network-load-balancer", "cdn", "router",
}

// List returns every model, the smallest first.
func List() []Model {
	list := make([]Model, len(order))
	for i, name := range order {
		file := name + ".flow"
		_, doc, _ := strings.Cut(firstLine(read(file)), " - ")
		list[i] = Model{Name: name, Doc: doc, Path: file}
	}
	return list
}

// Standalone returns the text of a model as one file that needs no other: in
// the place of each import line stands what that file declares. The comment
// that opens the model, which names its place here, keeps only what it shows.
// ok is false where there is no such model.
func Standalone(name string) (text []byte, ok bool) {
	for _, m := range List() {
		if m.Name == name {
			return standalone(m), true
		}
	}
	return nil, false
}

func standalone(m Model) []byte {
	var out bytes.Buffer
	out.WriteString("# " + m.Doc + "\n")
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(body(read(m.Path))))
	for lines.Scan() {
		file, isImport := importPath(lines.Text())
		switch {
		case !isImport:
			out.WriteString(lines.Text() + "\n")
		case !seen[file]:
			seen[file] = true
			out.Write(body(read(path.Join(path.Dir(m.Path), file))))
		}
	}
	return out.Bytes()
}

// importPath returns the path that an import line names. Files of lib/ import
// nothing themselves (models_test.go).
func importPath(line string) (file string, ok bool) {
	rest, ok := strings.CutPrefix(line, `import "`)
	if !ok {
		return "", false
	}
	return strings.TrimSuffix(rest, `"`), true
}

// body is a file's text below the comment that opens it.
func body(text []byte) []byte {
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	return rest
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(line)
}

// read returns an embedded file; one that is not there is a mistake of this
// package, not of its user.
func read(file string) []byte {
	text, err := fs.ReadFile(FS, file)
	if err != nil {
		panic("models: " + err.Error())
	}
	return text
}

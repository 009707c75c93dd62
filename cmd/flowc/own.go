package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/lazy"
)

// Flowc replaces only files that it wrote, unless --force is given: a mistyped name may be
// that of a user's own file.

// marks are what stands at the beginning of pictures, by format. Those of the others
// begin with their title; their names say what they are.
var marks = map[string]*lazy.Pattern{
	"svg":      lazy.Regexp(`^<svg xmlns="http://www\.w3\.org/2000/svg" class="flowc"`),
	"graphviz": lazy.Regexp(`^<svg xmlns="http://www\.w3\.org/2000/svg" class="flowc"`),
	"mermaid":  lazy.Regexp(`\n  accTitle: `),
	"dot":      lazy.Regexp(`^digraph flowc {`),
	"json":     lazy.Regexp(`^{\s+"schema": "flowc/`),
	"png":      lazy.Regexp(`^.PNG\r\n`),
	"pdf":      lazy.Regexp(`^%PDF-`),
}

// ownPicture reports whether a file that begins so may give way to a picture.
func ownPicture(format *emit.Format, head []byte) bool {
	return format == nil || marks[format.Name] == nil || marks[format.Name].Get().Match(head)
}

// ownExport reports whether flowc export wrote a file that begins so.
func ownExport(head []byte) bool {
	line, _, _ := strings.Cut(string(head), "\n")
	return strings.HasPrefix(line, "# ") && strings.Contains(line, ", written by flowc export for ")
}

var traced = lazy.Regexp(`^(# )?[A-Z]+ (https?|tls|tcp)://`)

// ownTrace reports whether flowc trace wrote a file that begins so, in any form.
func ownTrace(head []byte) bool {
	return marks["json"].Get().Match(head) || traced.Get().Match(head)
}

var depended = lazy.Regexp(`^\S.*(:| \\|: \\)\r?\n`)

// ownDepfile reports whether a file that begins so is a depfile, and not a makefile
// that a user wrote: a depfile has no recipes.
func ownDepfile(head []byte) bool {
	return depended.Get().Match(head) && !bytes.Contains(head, []byte("\n\t"))
}

// headSize is how much of a file is looked at.
const headSize = 4 << 10

// spare returns an error for the first of some files that is there and that flowc did not
// write. An empty file may be replaced.
func spare(paths []string, own func(path string, head []byte) bool) error {
	for _, path := range paths {
		if regular(path) != nil {
			continue // it is not there, or writing says why it cannot be: a pipe would be waited for
		}
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		head, err := io.ReadAll(io.LimitReader(f, headSize))
		f.Close()
		if err != nil {
			continue
		}
		if len(head) > 0 && !own(path, head) {
			return usagef("%q is there, and flowc did not write it; choose another name, or replace it with --force", filepath.ToSlash(path))
		}
	}
	return nil
}

// sparePictures is spare for the pictures of jobs, less those that are listed.
func sparePictures(jobs []*job, listed map[string]bool) error {
	formats := make(map[string]*emit.Format)
	var paths []string
	for _, j := range jobs {
		for _, p := range j.pictures {
			if !listed[p.path] {
				formats[p.path] = p.format
				paths = append(paths, p.path)
			}
		}
	}
	return spare(paths, func(path string, head []byte) bool { return ownPicture(formats[path], head) })
}

package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/source"
)

// stdinName is how the model on standard input is called, in messages and in
// the names of its pictures, unless --stdin-name gives it another name.
const stdinName = "stdin"

// The limits of offsets. A document of a million lines has 30 MB or more.
const (
	maxLineOffset   = 1_000_000
	maxColumnOffset = 1_000
)

// standardInput says what the model on standard input is: a file as an editor
// holds it, or a part of a document.
type standardInput struct {
	name           string
	lines, columns int // of the document above and before the text
}

func (s *standardInput) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.name, "stdin-name", "", "the `file` that standard input is of: named in messages, and where imports start")
	f.IntVar(&s.lines, "line-offset", 0, "how many `lines` of that file are above standard input")
	f.IntVar(&s.columns, "column-offset", 0, "how many `columns` of that file are before each line of standard input")
}

// fits refuses a place that cannot be, and one for a text that nobody gives.
func (s *standardInput) fits(args []string) error {
	for _, n := range []struct {
		flag       string
		given, max int
	}{{"--line-offset", s.lines, maxLineOffset}, {"--column-offset", s.columns, maxColumnOffset}} {
		switch {
		case n.given < 0 || n.given > n.max:
			return usagef("%s takes a number from 0 to %d, not %d", n.flag, n.max, n.given)
		case n.given > 0 && !slices.Contains(args, "-"):
			return usagef("%s is for standard input; give - as PATH", n.flag)
		}
	}
	switch {
	case s.name == "":
		return nil
	case !slices.Contains(args, "-"):
		return usagef("--stdin-name is for standard input; give - as PATH")
	case os.IsPathSeparator(s.name[len(s.name)-1]):
		return usagef("--stdin-name takes the name of a file, not of a folder: %q", s.name)
	}
	return nil
}

// alone refuses a file that is given by itself and as standard input.
func (s *standardInput) alone(all []input) error {
	if s.name == "" {
		return nil
	}
	for _, in := range all {
		if !in.stdin && fileIdentity(in.path) == fileIdentity(s.name) {
			return usagef("%q is given twice: as a file and as --stdin-name", in.path)
		}
	}
	return nil
}

// moved reports whether the text is moved to where it stands in its document.
func (s *standardInput) moved() bool { return s.lines > 0 || s.columns > 0 }

// input is standard input as one of the models of a run.
func (s *standardInput) input() input {
	if s.name == "" {
		return input{path: stdinName, stem: stdinName, stdin: true}
	}
	name := filepath.ToSlash(s.name)
	return input{path: name, stem: stem(path.Base(name)), stdin: true}
}

// reader returns what reads the models of this run, standard input once.
func (a *app) reader() *reader {
	return &reader{files: &a.files, stdin: sync.OnceValues(func() ([]byte, error) { return a.from.read(a.stdin) })}
}

// read reads a model, moved to where it stands in its document.
func (s *standardInput) read(r io.Reader) ([]byte, error) {
	text, err := readModel(r)
	if err != nil || !s.moved() {
		return text, err
	}
	if source.IndentedSize(string(text), s.lines, s.columns) > maxModel {
		return nil, fmt.Errorf("more than %d MB with its offsets, and flowc reads no more", maxModel>>20)
	}
	return []byte(source.Indented(string(text), s.lines, s.columns)), nil
}

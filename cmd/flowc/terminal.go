package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// defaultWidth is how wide text is where no terminal says otherwise.
const defaultWidth = 100

// app is what every command has: its streams and the flags of the root.
type app struct {
	stdin    io.Reader
	stdout   *output
	stderr   io.Writer
	progress *progress
	files    tree
	kept     *drawings     // what was drawn before; nil: everything is drawn
	undated  bool          // nothing is judged on the day that it is
	from     standardInput // what standard input is
	quiet    bool          // --quiet
	noColor  bool          // --no-color
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{stdin: stdin, stdout: newOutput(stdout), stderr: stderr}
	a.progress = newProgress(stderr, isTerminal(stderr))
	return a
}

// output is standard output: buffered, with the first error remembered.
type output struct {
	*bufio.Writer
	terminal bool
	width    int
	raw      io.Writer
}

func newOutput(w io.Writer) *output {
	o := &output{Writer: bufio.NewWriter(w), terminal: isTerminal(w), width: defaultWidth, raw: w}
	if f, ok := w.(*os.File); ok && o.terminal {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			o.width = width
		}
	}
	return o
}

// isTerminal reports whether w is a terminal that a person reads.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// color reports whether what is written to w may have colours.
func (a *app) color(w io.Writer) bool {
	force := os.Getenv("CLICOLOR_FORCE")
	switch {
	case a.noColor, os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case os.Getenv("TERM") == "dumb":
		return false
	}
	return isTerminal(w) && enableColor(w)
}

// notify says what takes long, on a line of its own.
func (a *app) notify(message string) {
	if a.quiet {
		return
	}
	a.progress.aside(func() { fmt.Fprintf(a.stderr, "flowc: %s\n", message) })
}

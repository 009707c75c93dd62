// Command flowc compiles models of proxies into every diagram of them. It
// reads and writes files, talks to people and chooses exit codes; what a model
// means is decided in the packages below.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

// The exit codes.
const (
	exitClean    = 0 // done, and nothing was found that is an error
	exitFindings = 1 // a model has errors
	exitUsage    = 2 // the command line is wrong
	exitInternal = 3 // the machine failed (a disk, a worker), or flowc did

	exitInterrupted = 130 // somebody broke it off; the number that shells use
)

func main() {
	if os.Getenv("GOGC") == "" {
		paceCollections()
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is flowc as a function: what main does, less leaving the process.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(stdin, stdout, stderr).run(args)
}

// run runs one command and returns the exit code.
func (a *app) run(args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			a.progress.stop()
			reportPanic(a.stderr, p)
			code = exitInternal
		}
	}()
	return a.exit(newRoot(a, args).Execute())
}

// exit says what went wrong, if anything, and returns the exit code.
func (a *app) exit(err error) int {
	if flushed := a.stdout.Flush(); flushed != nil && (err == nil || errors.Is(err, errFindings)) {
		err = flushed
	}
	if err == nil {
		return exitClean
	}
	var known *exitError
	if !errors.As(err, &known) {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintf(a.stderr, "flowc: %s\n", line)
		}
		return exitInternal
	}
	if known.message != "" {
		fmt.Fprintf(a.stderr, "flowc: %s\n", known.message)
	}
	if known.command != "" {
		fmt.Fprintf(a.stderr, "see %s --help\n", known.command)
	}
	return known.code
}

// exitError ends a command with an exit code.
type exitError struct {
	code    int
	message string // "" where all was said
	command string // whose help says more: "flowc render"; "" for none
}

func (e *exitError) Error() string { return e.message }

var (
	// errFindings ends a command whose findings were already written.
	errFindings = &exitError{code: exitFindings}
	// errInterrupted ends a run that somebody broke off.
	errInterrupted = &exitError{code: exitInterrupted, message: "interrupted"}
)

// usagef returns the error of a command line that cannot be followed. Its
// command is filled in where it is known.
func usagef(format string, args ...any) error {
	return &exitError{code: exitUsage, message: fmt.Sprintf(format, args...)}
}

// crash is a panic on its way from another goroutine to run.
type crash struct {
	value any
	stack []byte
}

// reportPanic says that flowc is at fault and what to do about it.
func reportPanic(w io.Writer, p any) {
	stack := debug.Stack()
	if c, ok := p.(*crash); ok {
		p, stack = c.value, c.stack
	}
	fmt.Fprintf(w, "flowc: internal error: %v\n", p)
	fmt.Fprintf(w, "this is a mistake in flowc, not in the model; please report it with the lines below and, if you can, the model\n")
	fmt.Fprintf(w, "%s\n\n%s", versionText(), stack)
}

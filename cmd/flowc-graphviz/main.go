// Command flowc-graphviz lays out graphs for flowc. It reads DOT from standard
// input and writes SVG to standard output, many graphs a run, framed as
// internal/graphviz describes.
//
// It is a program of its own because Graphviz (as WebAssembly) compiles and
// starts before main, is not safe for concurrent use, cannot be interrupted
// and leaks: flowc pays for it only when it lays out a graph, and can kill it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	gv "github.com/goccy/go-graphviz"

	"github.com/flowc-lang/flowc/internal/graphviz"
)

const usage = `flowc-graphviz lays out graphs for flowc, which starts it by itself.
It belongs beside flowc or on PATH and has no use of its own.
`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) != 1 || args[0] != graphviz.Arg {
		fmt.Fprint(stderr, usage)
		return 2
	}
	// A graph is text that flowc wrote; it has no business with files.
	gv.SetFileSystem(noFiles{})
	if err := graphviz.Serve(stdin, stdout, layout); err != nil {
		fmt.Fprintf(stderr, "flowc-graphviz: %v\n", err)
		return 3
	}
	return 0
}

// layout turns one DOT graph into SVG.
func layout(dot []byte) ([]byte, error) {
	ctx := context.Background()
	g, err := gv.New(ctx)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	graph, err := gv.ParseBytes(dot)
	if err != nil {
		return nil, err
	}
	if graph == nil {
		return nil, errors.New("no graph in the DOT")
	}
	defer graph.Close()
	var out strings.Builder
	if err := g.Render(ctx, graph, gv.SVG, &out); err != nil {
		return nil, err
	}
	if out.Len() == 0 {
		return nil, errors.New("nothing was drawn")
	}
	return []byte(out.String()), nil
}

// noFiles is a file system that holds nothing.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

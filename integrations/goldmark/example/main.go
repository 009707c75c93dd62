// Command example renders Markdown files as HTML files beside them, with their
// flow fences drawn.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/yuin/goldmark"

	flowfence "github.com/flowc-lang/flowc/integrations/goldmark"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for _, file := range os.Args[1:] {
		if err := convert(ctx, file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func convert(ctx context.Context, file string) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	md := goldmark.New(goldmark.WithExtensions(&flowfence.Extender{}))
	var page bytes.Buffer
	if err := md.Convert(source, &page, flowfence.WithDocument(ctx, file, 0)); err != nil {
		return err
	}
	return os.WriteFile(strings.TrimSuffix(file, ".md")+".html", page.Bytes(), 0o666)
}

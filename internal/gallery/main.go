// Command gallery draws every view of every model and lays them out on one
// HTML page, light and dark side by side, to be looked at whole. With -md it
// also writes the skeleton of docs/gallery.md, which `go test ./docs -update`
// fills with pictures. It is run from the top of the source tree:
//
//	go run ./internal/gallery -o diagrams/gallery
package main

import (
	"flag"
	"fmt"
	"html"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/flowc-lang/flowc/models"
)

func main() {
	out := flag.String("o", "diagrams/gallery", "the folder of the page")
	md := flag.String("md", "", "also write this Markdown file")
	flag.Parse()
	if err := run(*out, *md); err != nil {
		log.Fatal(err)
	}
}

func run(out, md string) error {
	pictures := filepath.Join(out, "pictures")
	cmd := exec.Command("go", "run", "./cmd/flowc", "render", "models", "--format", "svg", "-o", pictures, "--quiet")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("rendering the models: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(pictures, "*.svg"))
	if err != nil {
		return err
	}
	sort.Strings(files)
	page := filepath.Join(out, "index.html")
	if err := os.WriteFile(page, []byte(contactSheet(files)), 0o644); err != nil {
		return err
	}
	fmt.Println(page)
	if md == "" {
		return nil
	}
	return os.WriteFile(md, []byte(document(files)), 0o644)
}

// contactSheet shows each picture twice: as a reader with a light and one with
// a dark page sees it.
func contactSheet(files []string) string {
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>flowc: every view of every model</title>
<style>
body { font: 14px Helvetica, Arial, sans-serif; margin: 0; display: grid; grid-template-columns: 1fr 1fr }
h2 { grid-column: 1 / 3; font-size: 14px; margin: 0; padding: 16px 24px 4px }
div { padding: 12px 24px; overflow: auto }
.light { background: #fff; color-scheme: light }
.dark { background: #0d1117; color-scheme: dark }
img { max-width: 760px }
</style>
`)
	for _, f := range files {
		name := html.EscapeString(filepath.Base(f))
		fmt.Fprintf(&b, "<h2 id=%q>%s</h2>\n", name, name)
		for _, scheme := range []string{"light", "dark"} {
			fmt.Fprintf(&b, "<div class=%q><img src=\"pictures/%s\" alt=%q></div>\n", scheme, name, name+", "+scheme)
		}
	}
	b.WriteString("</html>\n")
	return b.String()
}

// document shows of each model its topology, and its first sequence.
func document(files []string) string {
	var b strings.Builder
	b.WriteString("# Gallery\n\nOf each model in `models/`, its topology and its first sequence, as `flowc render` draws them. " +
		"`go run ./internal/gallery` draws every view of every model on one page, light and dark.\n")
	for _, m := range models.List() {
		if sequence, request := firstSequence(files, m.Name); sequence {
			fmt.Fprintf(&b, "\n## %s\n\n%s: [models/%s.flow](../models/%s.flow)\n", m.Name, m.Doc, m.Name, m.Name)
			picture(&b, m.Name, "topology", "")
			picture(&b, m.Name, "sequence", request)
		}
	}
	return b.String()
}

func picture(b *strings.Builder, model, view, request string) {
	args := ""
	if request != "" {
		args = " --request " + request
	}
	fmt.Fprintf(b, "\n<!-- picture of: flowc render models/%s.flow --view %s%s --format svg -o - -->\n![%s of %s](img/gallery/%s.%s.svg)\n",
		model, view, args, view, model, model, view)
}

// firstSequence finds MODEL.sequence.svg, or MODEL.REQUEST.sequence.svg.
func firstSequence(files []string, model string) (found bool, request string) {
	for _, f := range files {
		rest, ok := strings.CutPrefix(filepath.Base(f), model+".")
		if !ok {
			continue
		}
		if rest == "sequence.svg" {
			return true, ""
		}
		if r, ok := strings.CutSuffix(rest, ".sequence.svg"); ok {
			return true, r
		}
	}
	return false, ""
}

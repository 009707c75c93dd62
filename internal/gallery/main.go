// Command gallery draws every view of every model and lays them out on one
// HTML page, light and dark side by side, to be looked at whole. It is run from
// the top of the source tree:
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
)

func main() {
	out := flag.String("o", "diagrams/gallery", "the folder of the page")
	flag.Parse()
	if err := run(*out); err != nil {
		log.Fatal(err)
	}
}

func run(out string) error {
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
	return nil
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

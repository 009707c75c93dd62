// Package raster_test draws every picture of all models with the renderers of
// this machine, and holds them against what Chromium shows of the SVG.
//
// It runs with FLOWC_E2E=1, and needs rsvg-convert, chromium and poppler-utils
// then.
package raster_test

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The worst picture that was measured has 0.008 % and 0.55, see docs/png-pdf.md.
// A font that is not there, or a shape that is not drawn, goes far beyond.
const (
	maxShare = 0.0005 // of the pixels, that differ by more than a quarter
	maxMean  = 1.0    // of the differences, of 255
)

const scale = 2

var schemes = []string{"light", "dark"}

var tools = []string{"rsvg-convert", "chromium", "pdfinfo", "pdftotext", "pdfimages"}

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("skipped: FLOWC_E2E=1 draws with the renderers of this machine")
		return 0
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Fprintln(os.Stderr, "FLOWC_E2E=1, and", err)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "flowc-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	flowc = filepath.Join(dir, "flowc")
	if out, err := exec.Command("go", "build", "-o", dir, "../../cmd/...").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// flowc is the program that is tested.
var flowc string

// render draws models into a new folder.
func render(t *testing.T, renderer string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(flowc, append([]string{"render", "--quiet", "-o", dir}, args...)...)
	cmd.Env = append(os.Environ(), "FLOWC_RENDERER="+renderer)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("flowc %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return dir
}

// TestEveryPicture draws with rsvg-convert.
func TestEveryPicture(t *testing.T) {
	light := render(t, "rsvg-convert", "../../models", "--format", "svg,png,pdf")
	dark := render(t, "rsvg-convert", "../../models", "--format", "png", "--scheme", "dark")
	t.Log("rsvg-convert against Chromium\n" + compare(t, map[string]string{"light": light, "dark": dark}))
	checkAgain(t, light)
}

// TestBrowser draws with Chromium.
func TestBrowser(t *testing.T) {
	const model = "../../models/reencrypt.flow"
	light := render(t, "chromium", model, "--format", "svg,png,pdf", "--view", "topology,sequence,routes")
	dark := render(t, "chromium", model, "--format", "png", "--scheme", "dark", "--view", "topology,sequence,routes")
	t.Log("Chromium's pictures against Chromium\n" + compare(t, map[string]string{"light": light, "dark": dark}))
}

// compare holds the PNGs in the folder of each scheme, and the PDFs in the
// light one, against the SVGs there. It returns a table with a row for each
// model.
func compare(t *testing.T, folders map[string]string) string {
	pictures := load(t, folders["light"])
	for _, p := range pictures {
		checkPDF(t, p)
	}
	shots := make(map[string][]image.Image)
	for _, scheme := range schemes {
		shots[scheme] = screenshots(t, pictures, scheme)
	}
	measured := make(map[string][][]difference) // by model: of each picture, in each scheme
	var models []string
	for i, p := range pictures {
		var row []difference
		for _, scheme := range schemes {
			d := differ(readPNG(t, filepath.Join(folders[scheme], p.name+".png")), shots[scheme][i])
			if d.share > maxShare || d.mean > maxMean {
				t.Errorf("%s, %s: %.4f %% of the pixels differ, the mean is %.3f", p.name, scheme, 100*d.share, d.mean)
			}
			row = append(row, d)
		}
		model, _, _ := strings.Cut(p.name, ".")
		if measured[model] == nil {
			models = append(models, model)
		}
		measured[model] = append(measured[model], row)
	}
	// What compares nothing finds no difference.
	first := pictures[0].name
	if d := differ(readPNG(t, filepath.Join(folders["light"], first+".png")), shots["dark"][0]); d.share < 0.5 {
		t.Errorf("%s: light differs from dark in only %.4f %% of the pixels", first, 100*d.share)
	}
	return table(models, measured)
}

func table(models []string, measured map[string][][]difference) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-24s %8s", "model", "pictures")
	for _, s := range schemes {
		fmt.Fprintf(&b, "  %-26s", s+": worst share, mean")
	}
	b.WriteByte('\n')
	for _, m := range models {
		fmt.Fprintf(&b, "%-24s %8d", m, len(measured[m]))
		for i := range schemes {
			var worst difference
			for _, row := range measured[m] {
				worst.share, worst.mean = max(worst.share, row[i].share), max(worst.mean, row[i].mean)
			}
			fmt.Fprintf(&b, "  %8.4f %% %15.3f", 100*worst.share, worst.mean)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// checkAgain draws a model once more: on one machine the bytes are the same.
func checkAgain(t *testing.T, before string) {
	again := render(t, "rsvg-convert", "../../models/reencrypt.flow", "--format", "png,pdf")
	files, err := filepath.Glob(filepath.Join(again, "*.p[nd][gf]")) // not the manifest, which names the model from its folder
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	slices.Sort(files)
	for _, file := range files {
		first, err := os.ReadFile(filepath.Join(before, filepath.Base(file)))
		if err != nil {
			t.Error(err)
		}
		if second, err := os.ReadFile(file); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s is drawn in two ways, %v", filepath.Base(file), err)
		}
	}
}

package raster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// browser is Chromium and what is made of it, without a window. One run draws
// one picture.
var browser = &kind{
	programs: []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"microsoft-edge", "microsoft-edge-stable", "msedge",
	},
	places: browserPlaces,
	draw:   browse,
}

// browserPlaces are where installers put browsers that they do not put on PATH.
func browserPlaces() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
			"/Applications/Chromium.app/Contents/MacOS/Chromium",
			"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
		}
	case "windows":
		var out []string
		for _, program := range []string{`Google\Chrome\Application\chrome.exe`, `Microsoft\Edge\Application\msedge.exe`} {
			for _, root := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
				if dir := os.Getenv(root); dir != "" {
					out = append(out, filepath.Join(dir, program))
				}
			}
		}
		return out
	}
	return nil
}

// spare is by how much the window is larger than the picture on each side: in
// some versions the window's frame takes its place from the page, and no window
// is narrower than 500 pixels.
const spare = 500

// browse draws one picture in a browser with a new profile of its own.
func browse(ctx context.Context, path string, svg []byte, page Page) (out []byte, err error) {
	dir, err := os.MkdirTemp("", "flowc-raster-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	in, result := filepath.Join(dir, "picture.xhtml"), filepath.Join(dir, "picture."+page.Format)
	if err := os.WriteFile(in, document(svg, page), 0o600); err != nil {
		return nil, err
	}
	_, said, err := run(ctx, path, browserArgs(dir, in, result, page), nil)
	if err != nil {
		return nil, err
	}
	out, err = os.ReadFile(result)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("it wrote nothing (%s)", said)
	case err != nil, page.Format == "pdf":
		return out, err
	}
	return crop(out, page)
}

// browserArgs are the arguments that make a browser draw the document in to
// the file out and do nothing else.
func browserArgs(dir, in, out string, page Page) []string {
	args := []string{
		"--headless", "--disable-gpu", "--hide-scrollbars",
		"--no-first-run", "--no-default-browser-check",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-extensions", "--disable-breakpad",
		"--user-data-dir=" + filepath.Join(dir, "profile"),
	}
	if os.Geteuid() == 0 {
		// Chromium's sandbox does not start as root. The document is ours, and
		// has no script.
		args = append(args, "--no-sandbox")
	}
	if page.Format == "pdf" {
		args = append(args, "--no-pdf-header-footer", "--print-to-pdf="+out)
	} else {
		args = append(args,
			"--force-device-scale-factor="+strconv.FormatFloat(page.Scale, 'g', -1, 64),
			fmt.Sprintf("--window-size=%d,%d", page.Width+spare, page.Height+spare),
			"--screenshot="+out)
	}
	return append(args, fileURL(in))
}

func fileURL(path string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/Users
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}

// document puts the SVG into a page of its size, less than a pixel more or less
// as browsers round it, on paper of the same colour. It is XHTML, so that the
// SVG is read as XML, as everywhere else.
func document(svg []byte, page Page) []byte {
	var b bytes.Buffer
	b.WriteString(`<html xmlns="http://www.w3.org/1999/xhtml"><head><title>flowc</title><style>`)
	fmt.Fprintf(&b, "@page { size: %dpx %dpx; margin: 0 }\n", page.Width, page.Height)
	fmt.Fprintf(&b, "html { background: %s; print-color-adjust: exact } body { margin: 0 } svg { display: block }", page.Paper)
	b.WriteString("</style></head><body>")
	b.Write(svg)
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

// crop cuts the picture out of the window's top left corner.
func crop(shot []byte, page Page) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, fmt.Errorf("it did not write a whole PNG: %w", err)
	}
	window, ok := whole.(interface {
		SubImage(r image.Rectangle) image.Image
	})
	if !ok {
		return nil, fmt.Errorf("it wrote a PNG of an unknown kind, %T", whole)
	}
	w, h := page.pixels()
	var out bytes.Buffer
	if err := png.Encode(&out, window.SubImage(image.Rect(0, 0, w, h))); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// removeAll removes a browser's folder. Its processes were killed, but one may
// still be on its way out and write.
func removeAll(dir string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

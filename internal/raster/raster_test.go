package raster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The test binary is the renderer of these tests: what it does to an SVG is
// what the SVG says.
func TestMain(m *testing.M) {
	switch role := os.Getenv("FLOWC_TEST_RENDERER"); {
	case role == "sleep":
		time.Sleep(time.Hour)
	case role != "" && len(os.Args) > 1:
		os.Exit(fakeRenderer(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// given is what a renderer's arguments say, as both kinds have them.
type given struct {
	svg           string
	out           io.WriteCloser
	format        string
	width, height int
	scale         float64
}

func fakeRenderer(args []string) int {
	g, err := parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 64
	}
	switch {
	case strings.Contains(g.svg, "hang"):
		hang(filepath.Join(os.Getenv("FLOWC_TEST_DIR"), "pid"))
	case strings.Contains(g.svg, "fail"):
		fmt.Fprintln(os.Stderr, "[1:ERROR:dbus/bus.cc] no desktop\nError rendering SVG: it is no good\n[1:ERROR:dbus/bus.cc] no desktop")
		return 1
	case strings.Contains(g.svg, "nothing"):
		fmt.Fprintln(os.Stderr, "Fontconfig error")
		return 0
	}
	var b bytes.Buffer
	if g.format == "pdf" {
		b.WriteString("%PDF-1.7\n" + os.Getenv("SOURCE_DATE_EPOCH") + "\n%%EOF\n")
	} else {
		im := image.NewRGBA(image.Rect(0, 0, g.width, g.height))
		im.Set(2, 1, color.RGBA{255, 0, 0, 255})
		if err := png.Encode(&b, im); err != nil {
			return 1
		}
	}
	if strings.Contains(g.svg, "half") {
		b.Truncate(b.Len() - 3)
	}
	g.out.Write(b.Bytes())
	g.out.Close()
	return 0
}

func parse(args []string) (*given, error) {
	g := &given{out: os.Stdout, scale: 1}
	target := ""
	for i := 0; i < len(args); i++ {
		name, value, ok := strings.Cut(args[i], "=")
		if !ok && slices.Contains([]string{"--format", "--width", "--height"}, name) {
			i++
			value = args[i]
		}
		switch name {
		case "--format":
			g.format = value
		case "--width":
			g.width, _ = strconv.Atoi(value)
		case "--height":
			g.height, _ = strconv.Atoi(value)
		case "--screenshot":
			g.format, target = "png", value
		case "--print-to-pdf":
			g.format, target = "pdf", value
		case "--force-device-scale-factor":
			g.scale, _ = strconv.ParseFloat(value, 64)
		case "--window-size":
			fmt.Sscanf(value, "%d,%d", &g.width, &g.height)
		}
	}
	if target == "" {
		svg, err := io.ReadAll(os.Stdin)
		g.svg = string(svg)
		return g, err
	}
	u, err := url.Parse(args[len(args)-1])
	if err != nil {
		return nil, err
	}
	svg, err := os.ReadFile(filepath.FromSlash(u.Path))
	if err != nil {
		return nil, err
	}
	g.svg = string(svg)
	g.width, g.height = int(float64(g.width)*g.scale), int(float64(g.height)*g.scale)
	if !strings.Contains(g.svg, "nothing") {
		g.out, err = os.Create(target)
	}
	return g, err
}

// hang starts a process, says who it is, and waits.
func hang(pidFile string) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "FLOWC_TEST_RENDERER=sleep")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr // it would keep flowc waiting
	if err := child.Start(); err != nil {
		panic(err)
	}
	if err := os.WriteFile(pidFile+".new", []byte(strconv.Itoa(child.Process.Pid)), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(pidFile+".new", pidFile); err != nil {
		panic(err)
	}
	time.Sleep(time.Hour)
}

// client returns a client whose renderer is the test binary, run as one kind.
// Its temporary folders must be gone in the end.
func client(t *testing.T, k *kind, deadline time.Duration) *Client {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("FLOWC_TEST_RENDERER", "draw")
	t.Setenv("FLOWC_TEST_DIR", dir)
	temp := filepath.Join(dir, "temp & more") // as a user's name may be
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	t.Cleanup(func() {
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%v is left behind, %v", left, err)
		}
	})
	c := New(Options{Deadline: deadline})
	c.find = func() (*renderer, error) { return &renderer{self, k}, nil }
	return c
}

var everyKind = []struct {
	name string
	kind *kind
}{{"rsvg-convert", rsvg}, {"browser", browser}}

var a4 = []Page{
	{Format: "png", Width: 100, Height: 50, Scale: 2, Paper: "#ffffff"},
	{Format: "pdf", Width: 100, Height: 50, Scale: 2, Paper: "#ffffff"},
}

func TestConvert(t *testing.T) {
	for _, k := range everyKind {
		t.Run(k.name, func(t *testing.T) {
			c := client(t, k.kind, time.Minute)
			for _, tc := range []struct {
				page          Page
				width, height int
			}{
				{Page{Format: "png", Width: 100, Height: 50, Scale: 2}, 200, 100},
				{Page{Format: "png", Width: 101, Height: 51, Scale: 1.5}, 151, 76},
				{Page{Format: "png", Width: 100, Height: 300, Scale: 0.29}, 29, 87},
			} {
				out, err := c.Convert(t.Context(), []byte("<svg/>"), tc.page)
				if err != nil {
					t.Fatal(err)
				}
				im, err := png.Decode(bytes.NewReader(out))
				if err != nil {
					t.Fatal(err)
				}
				if got := im.Bounds(); got != image.Rect(0, 0, tc.width, tc.height) {
					t.Errorf("%+v is %v", tc.page, got)
				}
				if r, _, _, _ := im.At(2, 1).RGBA(); r != 0xffff {
					t.Errorf("%+v: the picture does not stand in the top left corner", tc.page)
				}
			}
			t.Setenv("SOURCE_DATE_EPOCH", "")
			out, err := c.Convert(t.Context(), []byte("<svg/>"), a4[1])
			if want := "%PDF-1.7\n0\n%%EOF\n"; string(out) != want || err != nil {
				t.Errorf("%q, %v, want %q", out, err, want)
			}
			t.Setenv("SOURCE_DATE_EPOCH", "17")
			out, err = c.Convert(t.Context(), []byte("<svg/>"), a4[1])
			if want := "%PDF-1.7\n17\n%%EOF\n"; string(out) != want || err != nil {
				t.Errorf("%q, %v, want %q", out, err, want)
			}
		})
	}
}

func TestConvertFails(t *testing.T) {
	for _, k := range everyKind {
		for _, page := range a4 {
			t.Run(k.name+" "+page.Format, func(t *testing.T) {
				c := client(t, k.kind, time.Minute)
				for svg, want := range map[string]string{
					"fail":    "exit status 1: Error rendering SVG: it is no good",
					"nothing": "it wrote nothing (Fontconfig error)",
					"half":    "it did not write a whole " + strings.ToUpper(page.Format),
				} {
					out, err := c.Convert(t.Context(), []byte(svg), page)
					if out != nil || err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %d bytes, %v, want %s", svg, len(out), err, want)
					}
				}
			})
		}
	}
}

// TestDeadline: a renderer that hangs is killed with what it started, and so
// is one whose picture nobody wants any more.
func TestDeadline(t *testing.T) {
	for _, k := range everyKind {
		for name, tc := range map[string]struct {
			deadline time.Duration
			broken   bool // off, from outside
			want     string
		}{
			"hangs":      {2 * time.Second, false, "did not draw it within 2s"},
			"broken off": {time.Minute, true, context.Canceled.Error()},
		} {
			t.Run(k.name+" "+name, func(t *testing.T) {
				c := client(t, k.kind, tc.deadline)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				pidFile := filepath.Join(os.Getenv("FLOWC_TEST_DIR"), "pid")
				if tc.broken {
					go func() {
						for ctx.Err() == nil {
							if _, err := os.Stat(pidFile); err == nil {
								cancel()
							}
							time.Sleep(10 * time.Millisecond)
						}
					}()
				}
				begun := time.Now()
				_, err := c.Convert(ctx, []byte("hang"), a4[0])
				if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, context.Canceled) != tc.broken {
					t.Errorf("%v, want %s", err, tc.want)
				}
				if took := time.Since(begun); took > 30*time.Second {
					t.Errorf("it took %s", took)
				}
				pid, err := os.ReadFile(pidFile)
				if err != nil {
					t.Fatalf("the renderer had not started what it leaves: %v", err)
				}
				checkGone(t, string(pid))
			})
		}
	}
}

func TestMissing(t *testing.T) {
	c := New(Options{})
	c.find = func() (*renderer, error) { return nil, &MissingError{} }
	_, err := c.Convert(t.Context(), []byte("<svg/>"), a4[0])
	if _, ok := errors.AsType[*MissingError](err); !ok {
		t.Errorf("%v", err)
	}
}

// TestDocument: what a browser is given is XML with the SVG in it unchanged.
func TestDocument(t *testing.T) {
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><text>a &lt; b</text></svg>`
	got := string(document([]byte(svg), Page{Width: 100, Height: 50, Paper: "#15181d"}))
	for _, want := range []string{svg, "@page { size: 100px 50px; margin: 0 }", "background: #15181d"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

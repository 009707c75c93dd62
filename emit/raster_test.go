package emit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// drawn are all samples that SVG is made of.
func drawn() map[string]view.Picture {
	out := samples()
	for _, s := range chartSamples {
		out[s.name] = s.chart()
	}
	return out
}

// repaint is a style engine of its own: it writes the colours of a scheme, as
// the style sheet has them, into the elements of an SVG of both schemes.
func repaint(t *testing.T, both []byte, scheme Scheme) []byte {
	t.Helper()
	style := regexp.MustCompile(`(?s)<style>.*</style>\n`)
	dark := make(map[string]string) // by class
	for _, m := range regexp.MustCompile(`\.flowc \.(\S+) \{ (?:fill|stroke): (#\w+) \}`).FindAllSubmatch(style.Find(both), -1) {
		dark[string(m[1])] = string(m[2])
	}
	attributes := regexp.MustCompile(`(?: fill="([^"]*)")?(?: stroke="([^"]*)")? class="([fs]-[^"]*)"`)
	return attributes.ReplaceAllFunc(style.ReplaceAll(both, nil), func(found []byte) []byte {
		m := attributes.FindSubmatch(found)
		colours := map[byte]string{'f': string(m[1]), 's': string(m[2])}
		for _, class := range strings.Fields(string(m[3])) {
			if dark[class] == "" {
				t.Errorf("class %q has no dark colour", class)
			}
			if scheme == Dark {
				colours[class[0]] = dark[class]
			}
		}
		out := ""
		if colours['f'] != "" {
			out += ` fill="` + colours['f'] + `"`
		}
		if colours['s'] != "" {
			out += ` stroke="` + colours['s'] + `"`
		}
		return []byte(out)
	})
}

// TestScheme holds an SVG of one scheme to what a browser makes of one of both.
func TestScheme(t *testing.T) {
	for name, pic := range drawn() {
		t.Run(name, func(t *testing.T) {
			opt := Options{Name: name, Layout: worker.Layout}
			both, _, err := svg.Emit(context.Background(), pic, opt)
			if err != nil {
				t.Fatal(err)
			}
			for _, opt.Scheme = range Schemes {
				got, _, err := svg.Emit(context.Background(), pic, opt)
				if err != nil {
					t.Fatal(err)
				}
				checkSVG(t, got, pic.Header())
				if want := repaint(t, both, opt.Scheme); !bytes.Equal(got, want) {
					t.Errorf("in %s:\n%s\nwant:\n%s", opt.Scheme, got, want)
				}
			}
		})
	}
}

// TestConverted checks what a converter is given.
func TestConverted(t *testing.T) {
	for name, pic := range drawn() {
		t.Run(name, func(t *testing.T) {
			opt := Options{Name: name, Layout: worker.Layout, Scheme: Dark}
			want, _, err := svg.Emit(context.Background(), pic, opt)
			if err != nil {
				t.Fatal(err)
			}
			size := regexp.MustCompile(`width="(\d+)" height="(\d+)" viewBox`).FindSubmatch(want)
			for _, f := range []*Format{png, pdf} {
				opt.Convert = func(_ context.Context, given []byte, page Page) ([]byte, error) {
					if !bytes.Equal(given, want) {
						t.Errorf("%s is given another SVG than one of its scheme:\n%s", f.Name, given)
					}
					if got, want := fmt.Sprint(page), fmt.Sprintf("{%s %s %s 2 %s}", f.Name, size[1], size[2], paper.dark); got != want {
						t.Errorf("the page is %s, want %s", got, want)
					}
					return []byte("converted"), nil
				}
				got, diags, err := f.Emit(context.Background(), pic, opt)
				if string(got) != "converted" || len(diags) > 0 || err != nil {
					t.Errorf("%q, %v, %v", got, diags, err)
				}
			}
		})
	}
}

func TestConvertedFails(t *testing.T) {
	broken := errors.New("the renderer broke")
	for _, f := range []*Format{png, pdf} {
		if _, _, err := f.Emit(context.Background(), loneSample(), Options{}); err == nil {
			t.Errorf("%s was made without a converter", f.Name)
		}
		out, _, err := f.Emit(context.Background(), loneSample(), Options{
			Convert: func(context.Context, []byte, Page) ([]byte, error) { return nil, broken },
		})
		if out != nil || !errors.Is(err, broken) {
			t.Errorf("%s: %q, %v", f.Name, out, err)
		}
	}
}

// TestDefaultScheme: a page is light where nobody says otherwise.
func TestDefaultScheme(t *testing.T) {
	opt := Options{Convert: func(_ context.Context, given []byte, page Page) ([]byte, error) {
		if page.Paper != paper.light || bytes.Contains(given, []byte("<style>")) {
			t.Errorf("on %s:\n%s", page.Paper, given)
		}
		return given, nil
	}}
	if _, _, err := png.Emit(context.Background(), loneSample(), opt); err != nil {
		t.Error(err)
	}
}

func TestPageLimits(t *testing.T) {
	for _, tc := range []struct {
		page Page
		want string // how the help of PNG begins, "" where it fits
		pdf  bool   // it fits
	}{
		{Page{Width: 960, Height: 4234, Scale: 2}, "", true},
		{Page{Width: 960, Height: 4000, Scale: 4}, "", true},
		{Page{Width: 960, Height: 4000, Scale: 5}, "use `--scale 4` or less", true},
		{Page{Width: 100, Height: 16383, Scale: 2}, "", true},
		{Page{Width: 100, Height: 16384, Scale: 2}, "use `--scale 1.9` or less", true},
		{Page{Width: 8000, Height: 8000, Scale: 1}, "", true},
		{Page{Width: 8000, Height: 8001, Scale: 1}, "use `--scale 0.9` or less", true},
		{Page{Width: 19200, Height: 19200, Scale: 0.1}, "", true},
		{Page{Width: 19201, Height: 100, Scale: 1}, "", false},
		{Page{Width: 100_000, Height: 300, Scale: 2}, "use `--scale 0.3` or less", false},
		{Page{Width: 400_000, Height: 300, Scale: 0.1}, "keep less", false},
	} {
		why, help := tooLargeForPNG(tc.page)
		if (why == "") != (tc.want == "") || !strings.HasPrefix(help, tc.want) {
			t.Errorf("%+v: %q, %q, want %q", tc.page, why, help, tc.want)
		}
		if why, _ := tooLargeForPDF(tc.page); (why == "") != tc.pdf {
			t.Errorf("%+v as PDF: %q", tc.page, why)
		}
	}
}

// TestPageLimitIsFound: a picture that is too large is a finding, and no
// converter sees it.
func TestPageLimitIsFound(t *testing.T) {
	tall := visibilitySample()
	for rows := tall.Sections[0].Rows; len(rows) < 1000; {
		rows = append(rows, rows...)
		tall.Sections[0].Rows = rows
	}
	opt := Options{Convert: func(context.Context, []byte, Page) ([]byte, error) {
		t.Error("a picture that is too large is converted")
		return nil, nil
	}}
	for _, f := range []*Format{png, pdf} {
		out, diags, err := f.Emit(context.Background(), tall, opt)
		if out != nil || err != nil || len(diags) != 1 || diags[0].Code != codePageLimit {
			t.Errorf("%s: %d bytes, %v, %v", f.Name, len(out), diags, err)
		}
	}
}

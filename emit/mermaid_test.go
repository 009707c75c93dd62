package emit

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/view"
)

func emitMermaid(t *testing.T, pic view.Picture) []byte {
	t.Helper()
	got, findings, err := mermaid.Emit(context.Background(), pic, Options{})
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	return got
}

// TestMermaidSamples compares with files that e2e/mermaid parses and draws with
// the real package.
func TestMermaidSamples(t *testing.T) {
	for name, pic := range mermaidSamples() {
		t.Run(name, func(t *testing.T) {
			golden.Check(t, "testdata/mermaid/"+name+".mmd", emitMermaid(t, pic))
		})
	}
}

// TestMermaidAwkwardLabels writes, with -look, a picture of each label beside
// the label itself, for e2e/mermaid to draw and to look for it.
func TestMermaidAwkwardLabels(t *testing.T) {
	type picture struct {
		kind   string
		places int // that the label stands in
		pic    view.Picture
	}
	for i, label := range awkwardLabels {
		for _, p := range []picture{{"flowchart", 23, awkwardChart(label)}, {"sequence", 19, awkwardSequence(label)}} {
			got := emitMermaid(t, p.pic)
			if *look == "" {
				continue
			}
			want, err := json.Marshal(map[string]any{"lines": textLines(label), "places": p.places})
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(*look, fmt.Sprintf("label-%03d.%s", i, p.kind))
			for ext, data := range map[string][]byte{".mmd": got, ".wanted.json": want} {
				if err := os.WriteFile(name+ext, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// A label that is refused in one version is one character away from a label
// that is not, so the structure is what must not depend on it.
func TestMermaidStructureIgnoresLabels(t *testing.T) {
	texts := regexp.MustCompile(`"[^"]*"|: .*| as .*`)
	ids := regexp.MustCompile(`\b([bgrf][A-Z0-9]?\w*|p_\w*)`)
	shape := func(pic view.Picture) string {
		return ids.ReplaceAllString(texts.ReplaceAllString(string(emitMermaid(t, pic)), "_"), "i")
	}
	chart, sequence := shape(awkwardChart("label")), shape(awkwardSequence("label"))
	for _, label := range awkwardLabels {
		if strings.TrimSpace(strings.Join(textLines(label), "")) == "" {
			continue
		}
		if got := shape(awkwardChart(label)); got != chart {
			t.Errorf("the flowchart of %q is\n%s\nand of another label\n%s", label, got, chart)
		}
		if got := shape(awkwardSequence(label)); got != sequence {
			t.Errorf("the sequence of %q is\n%s\nand of another label\n%s", label, got, sequence)
		}
	}
}

func TestMermaidText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"shop.apps.example.test", "shop.apps.example.test"},
		{":443 T1 TLS 1.3 h2", ":443 T1 TLS 1.3 h2"},
		{"10.0.1.11:8443", "10.0.1.11:8443"},
		{"choose_server", "choose_server"},
		{"*.apps", "#42;.apps"},
		{"1. foo", "1#46; foo"},
		{"- item", "#45; item"},
		{"https://a.test", "https#58;//a.test"},
		{"a;b#c", "a#59;b#35;c"},
		{`c:\new`, "c:#92;#8288;new"},
		{"two\nlines", "two<br/>lines"},
		{"a<br/>b", "a#60;br/#62;b"},
		{" a \t b ", "a b"},
		{"direction TB", "directio#110; TB"},
		{"", "#160;"},
		{"\x00", "#160;"},
		{"\xff", "\uFFFD"},
	} {
		if got := mermaidText(c.in); got != c.want {
			t.Errorf("mermaidText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzMermaidEscape holds what TestMermaidText shows for any text: nothing is
// left that Mermaid reads as structure, and nothing is lost but blanks.
func FuzzMermaidEscape(f *testing.F) {
	for _, label := range awkwardLabels {
		f.Add(label)
	}
	entity := regexp.MustCompile(`#([0-9]+);`)
	f.Fuzz(func(t *testing.T, label string) {
		got := mermaidText(label)
		if plain, want := mermaidPlain(got), strings.Join(textLines(label), "\n"); plain != want && want != "" {
			t.Errorf("%q reads back as %q, want %q", got, plain, want)
		}
		bare := strings.ReplaceAll(entity.ReplaceAllString(got, ""), "<br/>", "\n")
		if i := strings.IndexAny(bare, mermaidAlways+"\r\t\x00"); i >= 0 {
			t.Errorf("%q holds a raw %q", got, bare[i:])
		}
		for _, word := range mermaidWords {
			if strings.Contains(got, word) {
				t.Errorf("%q holds the word %q", got, word)
			}
		}
		for _, line := range strings.Split(got, "<br/>") {
			if regexp.MustCompile(`^([-+=>#]|[0-9]+[.)]( |$)|\s)`).MatchString(line) && !strings.HasPrefix(line, "#") {
				t.Errorf("%q begins a block of Markdown", line)
			}
		}
		if len(strings.TrimSpace(got)) == 0 {
			t.Errorf("%q becomes empty", label)
		}
	})
}

// FuzzMermaidIDs holds that an identifier is one word which no keyword of
// either lexer begins or ends.
func FuzzMermaidIDs(f *testing.F) {
	for _, label := range awkwardLabels {
		f.Add(label, label+"-1")
	}
	form := regexp.MustCompile(`^b([A-Z][a-zS]*|[0-9]+|_[0-9]+)*$`)
	f.Fuzz(func(t *testing.T, a, b string) {
		ids := mermaidIDs{}
		first, second := ids.get("b", a), ids.get("b", b)
		if first == second {
			t.Errorf("%q and %q are both %q", a, b, first)
		}
		for _, id := range []string{first, second} {
			if !form.MatchString(id) || strings.Contains(id, "style") {
				t.Errorf("%q is not a safe identifier", id)
			}
		}
	})
}

func TestMermaidLimits(t *testing.T) {
	long := func(n int) *view.Sequence {
		s := &view.Sequence{Head: view.Head{Title: "Long"}, Panels: []*view.Panel{{
			Lifelines: []*view.Lifeline{{ID: "a", Label: "a"}, {ID: "b", Label: "b"}},
		}}}
		rest := n - len(emitMermaid(t, s))
		const line = 100 // with what surrounds the text
		for ; rest > 0; rest -= line {
			around := len("  p_A->>p_B: \n")
			text := strings.Repeat("x", min(rest, line)-around)
			if rest < 2*line { // the last takes what is left
				text = strings.Repeat("x", rest-around)
				rest = line
			}
			s.Panels[0].Rows = append(s.Panels[0].Rows, &view.MessageRow{From: 0, To: 1, Text: text, Line: view.LineTLS})
		}
		return s
	}
	for _, c := range []struct {
		name string
		pic  view.Picture
		want string // in the message; "" where it is drawn
	}{
		{"500 arrows", mermaidCrowd(500), ""},
		{"501 arrows", mermaidCrowd(501), `"Crowd" is too large for Mermaid: 501 arrows, it draws at most 500`},
		{"50,000 characters", long(50_000), ""},
		{"50,001 characters", long(50_001), `"Long" is too large for Mermaid: 50001 characters of source, it draws at most 50000`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, findings, err := mermaid.Emit(context.Background(), c.pic, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(findings) > 0 || len(got) == 0 {
					t.Errorf("it is refused: %v", findings)
				}
				return
			}
			if len(got) > 0 || len(findings) != 1 || findings[0].Message != c.want {
				t.Fatalf("got %d bytes and %v, want %q", len(got), findings, c.want)
			}
			if d := findings[0]; d.Code != "FL911" || d.Severity != diag.Error || d.Help == "" {
				t.Errorf("%v is not a coded error with help", d)
			}
		})
	}
	if got, findings, _ := markdown.Emit(context.Background(), mermaidCrowd(501), Options{}); len(got) > 0 || len(findings) != 1 {
		t.Errorf("markdown: got %d bytes and %v, want none and a finding", len(got), findings)
	}
}

// Strokes keep 3:1 on a light page and on a dark one, and on the grounds that
// Mermaid's own themes put under them.
func TestMermaidStrokesHaveContrast(t *testing.T) {
	luminance := func(hex string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(v) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	strokes := []*swatch{bad, warn, rule}
	for _, h := range hues {
		strokes = append(strokes, h.line)
	}
	for _, s := range strokes {
		for _, ground := range []string{"#ffffff", "#0d1117", "#1f2020"} {
			a, b := luminance(midtoneHex(s)), luminance(ground)
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 3 {
				t.Errorf("%s, %s, has %.2f:1 on %s, want 3:1", s.name, midtoneHex(s), ratio, ground)
			}
		}
	}
}

package emit

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
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
		for _, p := range []picture{{"flowchart", 23, awkwardChart(label)}, {"sequence", 21, awkwardSequence(label)}} {
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
	texts := regexp.MustCompile(`"[^"]*"|: .*| as .*|box rgba\([^)]*\) .*`)
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

// What Mermaid draws in our colours keeps 3:1, and its text 4.5:1, on a light page
// and on a dark one, and on the grounds that Mermaid's own themes put under it.
func TestMermaidHasContrast(t *testing.T) {
	pages := map[string][2]string{ // the page, and the least bright or dark text that a theme writes on it
		"light": {"#ffffff", "#333333"},
		"dark":  {"#0d1117", "#cccccc"},
		"grey":  {"#1f2020", "#cccccc"},
	}
	for name, page := range pages {
		for _, s := range []*swatch{bad, warn, rule, plainInk, zoneUntrusted.frame, hues[0].line, hues[1].line, hues[2].line, hues[3].line} {
			if ratio := contrast(t, midtoneHex(s), page[0]); ratio < 3 {
				t.Errorf("%s: %s, %s, has %.2f:1 on %s, want 3:1", name, s.name, midtoneHex(s), ratio, page[0])
			}
		}
		for _, c := range mermaidClasses {
			if c.tint == nil {
				continue
			}
			ground := page[0]
			for range 3 { // a node in a frame in a zone
				ground = blend(t, midtoneHex(c.tint), ground, mermaidTintHex(c.tint)[7:])
			}
			if ratio := contrast(t, page[1], ground); ratio < 4.5 {
				t.Errorf("%s: text on three tints of %s, %s, has %.2f:1, want 4.5:1", name, c.name, ground, ratio)
			}
		}
	}
	for _, c := range []struct{ text, ground string }{{"actorTextColor", "actorBkg"}, {"noteTextColor", "noteBkgColor"}} {
		colours := map[string]string{}
		for _, v := range mermaidSequenceColours {
			colours[v.name] = v.colour
		}
		if ratio := contrast(t, colours[c.text], colours[c.ground]); ratio < 4.5 {
			t.Errorf("%s has %.2f:1 on %s, want 4.5:1", c.text, ratio, c.ground)
		}
	}
}

// blend is a colour of which so much, in two hexadecimal digits, covers another.
func blend(t *testing.T, over, ground, alpha string) string {
	t.Helper()
	part := func(s string) float64 {
		n, err := strconv.ParseUint(s, 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		return float64(n)
	}
	a, out := part(alpha)/255, "#"
	for i := 1; i < 7; i += 2 {
		out += fmt.Sprintf("%02x", int(part(over[i:i+2])*a+part(ground[i:i+2])*(1-a)+0.5))
	}
	return out
}

// The settings of a drawing stand in its front matter with and without a title,
// and name no theme: texts that stand on the page keep the page's colour.
func TestMermaidSettings(t *testing.T) {
	for name, c := range map[string]struct {
		pic  view.Picture
		want string
	}{
		"flowchart": {awkwardChart("a"), "config:\n  flowchart:\n    wrappingWidth: 400\n---\nflowchart LR\n"},
		"sequence":  {awkwardSequence("a"), "config:\n  themeVariables:\n    actorBkg: \"#f5f6f8\"\n"},
	} {
		for framed, head := range map[bool]string{true: "---\ntitle: \"a\"\n", false: "---\n"} {
			got, findings := mermaidSource(c.pic, framed)
			if len(findings) > 0 || !strings.HasPrefix(string(got), head+c.want) || strings.Contains(string(got), "theme:") {
				t.Errorf("%s, framed %v: begins\n%.300s\nwant\n%s", name, framed, got, head+c.want)
			}
		}
	}
}

// Lifelines beside each other in one zone share a box with its name. Its colour
// ends at the last parenthesis of the line.
func TestMermaidZones(t *testing.T) {
	line := func(id, zone, sub string, trust flow.Trust) *view.Lifeline {
		return &view.Lifeline{ID: id, Label: id, Sub: sub, Zone: zone, Trust: trust, Untrusted: trust == flow.Untrusted}
	}
	got := string(emitMermaid(t, &view.Sequence{Panels: []*view.Panel{{Lifelines: []*view.Lifeline{
		line("a", "internet", "internet", flow.Untrusted),
		line("b", "dc (north)", "dc (north)", flow.Trusted),
		line("c", "dc (north)", "10.0.0.1", flow.Trusted),
		line("d", "", "10.0.0.2", flow.TrustUnstated),
		line("e", "", "10.0.0.3", flow.Untrusted),
	}}}}))
	want := `  box rgba(188, 101, 92, 0.1) internet (untrusted#41;
  participant p_A as a
  end
  box rgba(122, 131, 143, 0.1) dc (north#41; (trusted#41;
  participant p_B as b
  participant p_C as c<br/>10.0.0.1
  end
  participant p_D as d<br/>10.0.0.2
  participant p_E as e<br/>10.0.0.3 (untrusted)
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant at its end\n%s", got, want)
	}
}

// A long line of a note over one lifeline has blanks around it that Mermaid keeps.
func TestMermaidNotePads(t *testing.T) {
	for text, want := range map[string]string{
		"verify shop":               "Note over p_A: verify shop\n",
		"catalog.apps.example.test": "Note over p_A: \u2060\u00A0\u00A0\u00A0catalog.apps.example.test\u00A0\u00A0\u00A0\u2060\n",
	} {
		var b strings.Builder
		mermaidNote(&b, []string{"p_A"}, text)
		if got := strings.TrimLeft(b.String(), " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

package emit

import (
	"context"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/view"
)

func terminal(t *testing.T, pic view.Picture, opt Options) string {
	t.Helper()
	got, diags, err := plainText.Emit(context.Background(), pic, opt)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return string(got)
}

// TestTextGolden keeps what was read and found right.
func TestTextGolden(t *testing.T) {
	for name, pic := range map[string]view.Picture{
		"plain": plainSample(), "edge": edgeSample(), "reencrypt": reencryptSample(), "passthrough": passthroughSample(),
		"retries": retriesSample(), "chain": chainSample(),
		"visibility": visibilitySample(), "modes": modesSample(),
		"topology": modesSampleChart(), "decision": decisionSample(), "shards": shardsSample(),
	} {
		golden.Check(t, "testdata/text/"+name+".txt", terminal(t, pic, Options{}))
		golden.Check(t, "testdata/text/"+name+".ascii.txt", terminal(t, pic, Options{ASCII: true}))
	}
}

// TestTextSamples holds every sample to the width, odd ones too; lines of odd
// characters are as wide as flowc believes a terminal draws them.
func TestTextSamples(t *testing.T) {
	pics := samples()
	pics["oddchart"], pics["topology"] = oddChart(), topologySample()
	for name, pic := range pics {
		for _, opt := range []Options{{}, {ASCII: true}, {Width: 130}} {
			got := terminal(t, pic, opt)
			show(t, name+".txt", []byte(got))
			for line := range strings.Lines(got) {
				line = strings.TrimSuffix(line, "\n")
				if n := columnsOf(line); n > max(opt.Width, 100) {
					t.Errorf("%s: %d columns: %s", name, n, line)
				}
				if strings.ContainsAny(line, "\r\x1b\x00\u202e") {
					t.Errorf("%s: a line acts on the terminal: %q", name, line)
				}
			}
		}
	}
}

// TestTextModes takes the words away: the four modes differ by the lines.
func TestTextModes(t *testing.T) {
	seen := map[string]string{}
	for name, seq := range map[string]*view.Sequence{
		"plain": plainSample(), "edge": edgeSample(), "reencrypt": reencryptSample(), "passthrough": passthroughSample(),
	} {
		l := &textPanel{textWriter: &textWriter{signs: &asciiSigns, width: 100}, Panel: seq.Panels[0]}
		l.columns()
		most := ""
		for i := range l.Rows {
			if s := strings.ReplaceAll(l.blank(i).String(), " ", ""); strings.Count(s, "#") > strings.Count(most, "#") || most == "" {
				most = s
			}
		}
		if other, ok := seen[most]; ok {
			t.Errorf("%s looks like %s: %s", name, other, most)
		}
		seen[most] = name
	}
}

func TestCells(t *testing.T) {
	var c cells
	c.put(2, "\u65e5x")
	c.fill(6, 9, "ab")
	c.put(6, "e\u0301")
	if got, want := c.String(), "  \u65e5x e\u0301ba"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

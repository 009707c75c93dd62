package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestUnserved takes every route from its proxies, in the models that come with
// flowc, those of the rules and those with faults: a proxy that is stated admits
// none, and no route states where it is. Nothing fails on a route that no proxy
// serves.
func TestUnserved(t *testing.T) {
	texts := placed(t)
	paths, err := filepath.Glob("testdata/*/*.flow")
	if err != nil || len(paths) == 0 {
		t.Fatal("no models with faults: ", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	for name, text := range texts {
		text = onProxies.ReplaceAllString(text, "$1")
		text = proxyHeads.ReplaceAllString(text, "$1$2 {\n    admit nobody=here\n")
		m := LoadText("m.flow", text)
		m.Compile()
		if !m.Drawable() {
			continue
		}
		plans, _ := m.Plans(Choice{})
		for _, p := range plans {
			if pic, reason := p.Picture(); pic == nil && reason == "" {
				t.Errorf("%s: %s is not drawn and does not say why", name, p.Name)
			}
		}
	}
}

var (
	onProxies  = regexp.MustCompile(`(?m)^(route \S+(?: "[^"]*")?) on [^{\n]*`)
	proxyHeads = regexp.MustCompile(`(?m)^(proxy [^\s{]+)((?: "[^"]*")?(?: in \S+)?) *\{`)
)

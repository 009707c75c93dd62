//go:build linux

package haproxy_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

// exported writes a model's configurations, with certificates, and lets
// HAProxy judge them.
func exported(t *testing.T, top *flow.Topology) {
	t.Helper()
	dir := t.TempDir()
	res := export.Targets[0].Export(top)
	newPKI(t, top).write(dir, res.Needs)
	for _, f := range res.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range res.Files {
		if !strings.HasSuffix(f.Path, ".cfg") {
			continue
		}
		if said, err := accepts(dir, f.Path); err != nil {
			t.Errorf("HAProxy does not accept %s:\n%s\n%s", f.Path, said, f.Text)
		}
	}
}

// HAProxy accepts what becomes of every model that flowc carries with it.
func TestModelsAreAccepted(t *testing.T) {
	t.Parallel()
	for _, m := range models.List() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			model := pipeline.Load(m.Path, models.FS.ReadFile)
			model.Compile()
			exported(t, model.Topology)
		})
	}
	const everything = "../../internal/export/testdata/everything.flow"
	model := pipeline.Load(everything, os.ReadFile)
	model.Compile()
	exported(t, model.Topology)
}

// odd are the texts that somebody could mean ill with, or well.
var odd = []string{
	`it's`, `"quoted"`, `a\b`, `\`, `#`, `a # b`, `$HOME`, `${HOME}`, `%`, `100%`, `%[src]`, `%%`, `%{+Q}r`, `}`, `{`, `--`, `-f`, `-i`, `!a`,
	`a,b`, `a)b(c`, `' server x 192.0.2.9:80 '`, `';`, `\x41`, `\1`, `ä€`, `if`, `unless`, `or`, `||`, `.*`, `[`, `(?i`, `a b  c`, "tab\tx", `*`,
}

// escaped writes a text as a quoted argument of the language.
func escaped(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// HAProxy accepts whatever stands in a label, a value or a path, and flowc
// takes it: a model that flowc refuses would prove nothing.
func TestOddTextsAreAccepted(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	texts := odd
	for range 30 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteByte(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~azAZ09"[r.IntN(39)])
		}
		texts = append(texts, strings.TrimSpace(b.String())+"x")
	}
	for _, text := range texts {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			t.Parallel()
			m := oddModel(escaped(text), escaped("/"+text))
			if !m.Drawable() { // not every text is a path
				m = oddModel(escaped(text), "/x")
			}
			if !m.Drawable() {
				t.Fatal(m.Findings[0].Message)
			}
			exported(t, m.Topology)
		})
	}
}

// oddModel has a text in every place where anything may stand.
func oddModel(text, path string) *pipeline.Model {
	model := fmt.Sprintf(`
proxy haproxy %[1]s {
    listen http 127.77.0.20:80
    listen https 127.77.0.20:443 { alpn h2, http/1.1 }
    listen tcp 127.77.0.20:81
}
backend shop %[1]s {
    speaks http
    server shop-1 127.77.0.30:80
    check http %[2]s
}
backend raw {
    speaks https
    server raw-1 127.77.0.31:80
}
route shop %[1]s on haproxy:443, haproxy:80 {
    host *.apps.example.test
    path %[2]s
    match header X-Odd!#$%%&'*+.^_|~`+"`"+` %[1]s
    match cookie stage %[1]s
    tls edge
    insecure redirect
    to shop
    header request set X-Odd!#$%%&'*+.^_|~`+"`"+` %[1]s
    header response set X-Back %[1]s
    affinity cookie node
    rewrite %[2]s
}
route raw on haproxy:81 {
    host raw.example.test
    tls passthrough
    to raw
}
`, text, path)
	m := pipeline.Load("odd.flow", func(path string) ([]byte, error) {
		if path != "odd.flow" {
			return nil, errors.New("no such file")
		}
		return []byte(model), nil
	})
	m.Compile()
	return m
}

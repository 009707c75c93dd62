//go:build linux

package haproxy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// measuredWith is the branch of HAProxy whose words docs/haproxy-c.md has.
const measuredWith = "2.6"

// notStatable says of what HAProxy's own check is silent about, and no model
// can say, why it cannot.
var notStatable = map[string]string{
	"no-inspect-delay":   "cannot be written: a port that chooses by SNI waits for the ClientHello, and `inspect-delay` says how long",
	"fc-sni-without-ssl": "cannot be written: routes have hosts, and where the name is read follows from where TLS ends",
	"tcp-to-http":        "cannot be written: whether a port relays bytes or speaks HTTP follows from its kind and the routes' modes",
}

// TestAgainstHAProxyCheck holds what flowc says of faulty models against what
// `haproxy -c` says of the same fault: of configurations with one known fault
// each, and of what every faulty model exports to. docs/haproxy-c.md is the
// table, and stale where a run says something else.
func TestAgainstHAProxyCheck(t *testing.T) {
	t.Parallel()
	configs := files(t, "testdata/silent/*.cfg")
	faulty := files(t, "../../internal/pipeline/testdata/faulty/*.flow")
	judgements := make([]string, len(configs)+len(faulty))
	t.Run("cases", func(t *testing.T) {
		for i, file := range slices.Concat(configs, faulty) {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				judgements[i] = judgedFile(t, file)
			})
		}
	})
	var b strings.Builder
	b.WriteString(againstHead)
	b.WriteString("\n## Faults that HAProxy runs with\n\n" + silentHead)
	for i, cfg := range configs {
		name := strings.TrimSuffix(filepath.Base(cfg), ".cfg")
		says, ok := notStatable[name]
		if !ok {
			says = codes(findings(t, strings.TrimSuffix(cfg, ".cfg")+".flow"))
		}
		if says == "" {
			t.Errorf("flowc finds nothing in %s.flow, and HAProxy is silent about it, too", name)
		}
		text, err := os.ReadFile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		what, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		fmt.Fprintf(&b, "| [%s](../%s) | %s | %s |\n", what, "e2e/haproxy/"+cfg, judgements[i], says)
	}
	b.WriteString("\n## Faulty models\n\n" + modelsHead)
	silent := 0
	for i, file := range faulty {
		m := compiled(t, file)
		says := judgements[len(configs)+i]
		if says == accepted {
			silent++
		}
		if len(m.Findings) == 0 {
			t.Errorf("flowc finds nothing in %s", file)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".flow")
		fmt.Fprintf(&b, "| [%s](../internal/pipeline/testdata/faulty/%s.flow) | %s | %s |\n", name, name, says, codes(m.Findings))
	}
	fmt.Fprintf(&b, "\nOf %d faulty models flowc finds the fault in each. `haproxy -c` says nothing of %d.\n", len(faulty), silent)
	t.Log(version() + "\n" + b.String())
	if !strings.Contains(version(), "version "+measuredWith+".") {
		t.Logf("docs/haproxy-c.md was measured with HAProxy %s: not compared", measuredWith)
		return
	}
	golden.Check(t, "../../docs/haproxy-c.md", b.String())
}

// judgedFile is what HAProxy's check says of a configuration, or of what a model
// exports to.
func judgedFile(t *testing.T, file string) string {
	t.Helper()
	if strings.HasSuffix(file, ".cfg") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return judged(t, nil, []export.File{{Path: "haproxy.cfg", Text: text}})
	}
	m := compiled(t, file)
	if !m.Drawable() {
		return "never sees it: what the language refuses is not exported"
	}
	return judged(t, m, export.Targets[0].Export(m.Topology).Files)
}

const againstHead = `# Beside haproxy -c

` + "`haproxy -c`" + ` checks whether HAProxy can run a configuration. flowc checks whether the traffic that results is
the intended one. This table compares the two. It is made by a run of HAProxy ` + measuredWith + `
(` + "`go test ./e2e/haproxy -run AgainstHAProxyCheck -update`" + `), on the configurations that
` + "`flowc export --to haproxy`" + ` writes of faulty models.
`

const silentHead = `Configurations with one fault each that HAProxy's check accepts, or only warns about, and what flowc
finds in a model with the same fault. Each code links to the page of the finding.

| fault | haproxy -c | flowc |
|---|---|---|
`

const modelsHead = `Every faulty model that flowc is tested with, exported. An export writes only what HAProxy supports in
the mode of a backend, so HAProxy warns less often than about a configuration that is
written by hand. flowc does not report timeouts that a model leaves out, and the export leaves them
out, too. HAProxy's warnings about them are in the table only if the model states one of the timeouts.

| model | haproxy -c | flowc |
|---|---|---|
`

const accepted = "accepts"

// judged is what HAProxy's check says of a configuration, one line: of its own
// or of what a model exports to.
func judged(t *testing.T, m *pipeline.Model, all []export.File) string {
	t.Helper()
	dir := t.TempDir()
	top, timeouts := &flow.Topology{}, true
	if m != nil {
		top = m.Topology
		timeouts = slices.ContainsFunc(m.Findings, func(d diag.Diagnostic) bool { return d.Code == "FL609" })
	}
	p := newPKI(t, top)
	p.write(dir, export.Targets[0].Export(top).Needs)
	for name, text := range map[string][]byte{"site.pem": p.serve.pem(t), "ca.pem": p.other.certPEM()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, f := range all {
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Text, 0o644); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f.Path, ".cfg") {
			continue
		}
		said, err := accepts(dir, f.Path)
		verdict := accepted
		for _, c := range complaint.FindAllStringSubmatch(said, -1) {
			if !timeouts && strings.HasPrefix(c[1], "missing timeouts") {
				continue
			}
			verdict = "warns: " + c[1]
			if err != nil {
				verdict = "refuses: " + c[1]
			}
			break
		}
		if err != nil && verdict == accepted {
			t.Errorf("HAProxy says no and not why: %s", said)
		}
		if !slices.Contains(out, verdict) {
			out = append(out, verdict)
		}
	}
	if len(out) > 1 {
		out = slices.DeleteFunc(out, func(v string) bool { return v == accepted })
	}
	return strings.ReplaceAll(strings.Join(out, "; "), "|", `\|`)
}

// complaint is a warning or alert of a check, less process ids and places.
var complaint = regexp.MustCompile(`(?m)^\[(?:WARNING|ALERT)\] +\(\d+\) : (?:config : )?(?:parsing \[[^\]]*\] : )?(.*?)\.?$`)

func compiled(t *testing.T, file string) *pipeline.Model {
	t.Helper()
	m := pipeline.Load(filepath.ToSlash(file), os.ReadFile)
	m.Compile()
	return m
}

func findings(t *testing.T, file string) diag.List { return compiled(t, file).Findings }

// codes are the codes of findings, each once, with links to their pages.
func codes(l diag.List) string {
	var out []string
	for _, d := range l {
		if link := fmt.Sprintf("[%[1]s](rules/%[1]s.md)", d.Code); !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return strings.Join(out, " ")
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil || len(all) == 0 {
		t.Fatal("no files", pattern, err)
	}
	return all
}

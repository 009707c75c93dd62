package docs_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// ranges say what the codes that begin so are about.
var ranges = []struct {
	prefix string
	about  string
}{
	{"FL0", "Syntax"},
	{"FL1", "Names and structure"},
	{"FL2", "TLS modes"},
	{"FL3", "Routing, and what can be seen"},
	{"FL4", "Certificates and names"},
	{"FL5", "Client certificates"},
	{"FL6", "Servers, shards, balance, timeouts"},
	{"FL7", "PROXY headers and zones"},
	{"FL9", "Limits, waivers, advice"},
}

// Every code has a page below docs/rules, which findings link to. The pages and
// their pictures are made of the rules themselves: with -update they are
// written anew, and those that belong to nothing are removed.
func TestRulePages(t *testing.T) {
	written := map[string]bool{}
	write := func(path, text string) {
		written[path] = true
		golden.Check(t, path, text)
	}
	rules := map[diag.Code]*check.Rule{}
	for _, r := range check.Rules {
		rules[r.Code] = r
	}
	pictures := drawn(t)
	examples := examplesOfCodes(t)
	for _, c := range pipeline.Codes() {
		page := codePage(c, examples[c.Code])
		if r := rules[c.Code]; r != nil {
			page = rulePage(r)
		}
		write(filepath.Join("rules", string(c.Code)+".md"), page)
	}
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		write(filepath.Join("img", "rules", name), pictures[name])
	}
	write(filepath.Join("rules", "README.md"), rulesPage())
	write(filepath.Join("rules", "catalogue.md"), cataloguePage())

	for _, pattern := range []string{"rules/*", "img/rules/*"} {
		all, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range all {
			switch {
			case written[path]:
			case golden.Updating():
				os.Remove(path)
			default:
				t.Errorf("%s belongs to no code", path)
			}
		}
	}
}

// rulePage is all that is known of a rule: the model that breaks it, what is
// found there, and the same model mended.
func rulePage(r *check.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n**%s**, since %s. %s\n\n**Why.** %s\n\n**On the wire.** %s\n",
		r.Code, r.Name, r.Severity, r.Since, sentence(r.Doc), sentence(r.Why), sentence(r.Wire))
	if r.Except != "" {
		fmt.Fprintf(&b, "\n**When to ignore it.** %s\n", sentence(r.Except))
	}
	m := compile(r.Bad)
	fmt.Fprintf(&b, "\n## Bad\n\n```flow error\n%s```\n\n```text\n%s```\n\n", r.Bad, found(m))
	image(&b, r, "bad", "What flows, and what is wrong with it")
	fmt.Fprintf(&b, "\n## Good\n\n```flow\n%s```\n\n", r.Good)
	image(&b, r, "good", "The same model, mended")
	b.WriteString("\n[All rules](README.md)\n")
	return b.String()
}

func image(b *strings.Builder, r *check.Rule, which, says string) {
	fmt.Fprintf(b, "![%s](../img/rules/%s.%s.svg)\n", says, r.Code, which)
}

// codePage is about a finding that is no rule's.
func codePage(c diag.CodeDoc, example string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n**%s**. %s\n", c.Code, c.Name, c.Severity, sentence(c.Doc))
	if c.Why != "" {
		fmt.Fprintf(&b, "\n**Why.** %s\n", sentence(c.Why))
	}
	if example != "" {
		fmt.Fprintf(&b, "\n```flow error\n%s```\n\n```text\n%s```\n", example, found(compile(example)))
	}
	b.WriteString("\n[All codes](README.md)\n")
	return b.String()
}

// rulesPage lists every code by its range.
func rulesPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Codes\n\n"+
		"Every finding has a code, for ever. %d of them are rules: `flowc check` holds a model, and the lifecycle that is derived\n"+
		"of each request, against them. Each page says what must hold and who says so, what happens on the wire otherwise, and\n"+
		"when to ignore it, with a model that breaks the rule and the same model mended. `flowc explain CODE` says the same in\n"+
		"a terminal, and `flowc rules --format json` is for programs.\n\n"+
		"A rule speaks about what a model states. It never complains of what a model leaves out.\n\n"+
		"A finding that is known, and right as it is, is [ignored](../check.md#ignoring) with a comment on its line or on the\n"+
		"line above, with a reason: `# flowc:ignore FL405 until 2027-01-01: renewed with the next release`.\n\n"+
		"Where the rules come from, and what else was considered, is in the [catalogue](catalogue.md).\n", len(check.Rules))
	codes := pipeline.Codes()
	for _, g := range ranges {
		fmt.Fprintf(&b, "\n## %s: %s\n\n| code | severity | name | |\n|---|---|---|---|\n", g.prefix+"xx", g.about)
		for _, c := range codes {
			if strings.HasPrefix(string(c.Code), g.prefix) {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", link(c.Code), c.Severity, c.Name, cell(c.Doc))
			}
		}
	}
	return b.String()
}

// Every code is in a range, so that the list of them is whole.
func TestRanges(t *testing.T) {
	for _, c := range pipeline.Codes() {
		n := 0
		for _, g := range ranges {
			if strings.HasPrefix(string(c.Code), g.prefix) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d ranges", c.Code, n)
		}
	}
}

// examplesOfCodes are the models of testdata/codes.txtar, which show findings
// that are no rule's.
func examplesOfCodes(t *testing.T) map[diag.Code]string {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", "codes.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[diag.Code]string{}
	for _, f := range ar.Files {
		code := diag.Code(strings.TrimSuffix(f.Name, ".flow"))
		out[code] = string(f.Data)
		findings := compile(string(f.Data)).Findings
		if len(findings) == 0 {
			t.Errorf("nothing is found in the example of %s", code)
		}
		for _, d := range findings {
			if d.Code != code {
				t.Errorf("the example of %s shows %s: %s", code, d.Code, d.Message)
			}
		}
	}
	return out
}

// found is what flowc check prints of a model.
func found(m *pipeline.Model) string {
	var b strings.Builder
	diag.WriteText(&b, m.Findings, diag.TextOptions{})
	return b.String()
}

// drawn are the pictures of every rule's two models, by the names of their
// files: "FL201.bad.svg".
func drawn(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	for _, r := range check.Rules {
		write(t, filepath.Join(dir, string(r.Code), "bad.flow"), r.Bad)
		write(t, filepath.Join(dir, string(r.Code), "good.flow"), r.Good)
	}
	out := filepath.Join(dir, "out")
	cmd := exec.Command(flowc(t), "render", dir, "--view", "topology,sequence", "--format", "svg", "-o", out)
	if text, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v\n%s", err, text)
	}
	pictures := map[string]string{}
	for _, r := range check.Rules {
		file := func(which, model string, request int) string {
			return read(t, filepath.Join(out, string(r.Code), which+ending(compile(model), request)+".svg"))
		}
		shown := shows(r, func(request int) string { return file("bad", r.Bad, request) })
		pictures[string(r.Code)+".bad.svg"] = file("bad", r.Bad, shown)
		pictures[string(r.Code)+".good.svg"] = file("good", r.Good, shown)
	}
	return pictures
}

// topology stands for the picture of a whole model, in place of a request.
const topology = -1

// shows chooses the picture that shows a fault: the sequence of the request
// that fails, else the topology where the finding is marked in it, else a
// sequence in which it is.
func shows(r *check.Rule, picture func(request int) string) int {
	m := compile(r.Bad)
	for i, q := range m.Topology.Requests {
		if m.Derive(q).Outcome.Fault != flow.FaultNone {
			return i
		}
	}
	marked := func(request int) bool { return strings.Contains(picture(request), string(r.Code)) }
	for i := topology; i < len(m.Topology.Requests); i++ {
		if marked(i) {
			return i
		}
	}
	return topology
}

// ending is how flowc ends the name of a picture: ".topology", or
// ".pay.sequence" where there are several requests. A model that is mended may
// have fewer of them.
func ending(m *pipeline.Model, request int) string {
	all := m.Topology.Requests
	switch {
	case request == topology:
		return ".topology"
	case len(all) == 1:
		return ".sequence"
	}
	name := all[min(request, len(all)-1)].Name
	return "." + strings.ReplaceAll(name, "/", "-") + ".sequence"
}

// link is a code with its page, as the pages beside it name it.
func link(c diag.Code) string { return fmt.Sprintf("[%s](%s.md)", c, c) }

// cell is text as a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// sentence is a remark as a sentence of a page.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

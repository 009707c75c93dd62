//go:build linux

package import_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/internal/front"
	flowhaproxy "github.com/flowc-lang/flowc/internal/haproxy"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// least is the smallest configuration that starts.
const least = "global\n@G\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n@D\nlisten a\n bind 127.0.0.1:9999 @b\n server s 127.0.0.1:1 @s\n@L\n"

// with puts words into the place of a letter of the smallest configuration.
func with(place, words string) string {
	text := strings.Replace(least, "@"+place, " "+words, 1)
	return regexp.MustCompile(`@[GDLbs]`).ReplaceAllString(text, "")
}

// faultsOf are the findings of a text.
func faultsOf(t *testing.T, text string) diag.List {
	t.Helper()
	read := func(path string) ([]byte, error) {
		if path != "haproxy.cfg" {
			return nil, os.ErrNotExist
		}
		return []byte(text), nil
	}
	m, err := flowhaproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: read, Data: read})
	if err != nil {
		t.Fatal(err)
	}
	return m.Findings
}

// TestKeywords reads the lists of keywords that HAProxy has (-dKall): each is known, with
// as many words behind it.
func TestKeywords(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(with("G", "")), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(haproxy, "-dKall", "-q", "-c", "-f", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	k := &keywordLists{t: t, seen: map[string]int{}}
	for line := range strings.Lines(string(out)) {
		k.line(strings.TrimRight(line, "\n"))
	}
	for _, list := range []string{"global", "listen", "bind", "server", "option", "rule", "converter", "fetch", "condition"} {
		if k.seen[list] < 15 {
			t.Errorf("only %d keywords of the list %q were read", k.seen[list], list)
		}
	}
	t.Log(k.seen)
}

type keywordLists struct {
	t       *testing.T
	list    string // from its head: "configuration"
	section string
	seen    map[string]int
}

var (
	fetchLine     = regexp.MustCompile(`^\[[^\]]*\] ([^:(]+)(?:\((.*)\))?: `)
	converterLine = regexp.MustCompile(`^([^:(]+)(?:\((.*)\))?: \S+ => `)
)

func (k *keywordLists) line(line string) {
	switch head, isHead := strings.CutPrefix(line, "# List of registered "); {
	case isHead:
		k.list, _, _ = strings.Cut(head, " keywords")
		k.section = ""
	case line == "" || line[0] == '#':
	case k.list == "configuration" && line[0] != '\t':
		k.section = line
	case k.list == "configuration":
		k.configuration(strings.Fields(line))
	case k.list == "ACL":
		name, _, _ := strings.Cut(line, " ")
		k.seen["condition"]++
		if p := haproxycfg.SampleProblem(name, true); p != nil && strings.Contains(p.Message, "has no sample") {
			k.t.Errorf("condition %s: %s", name, p.Message)
		}
	case strings.HasPrefix(k.list, "sample fetch"):
		k.sample("fetch", fetchLine.FindStringSubmatch(line))
	case strings.HasPrefix(k.list, "sample converter"):
		k.sample("converter", converterLine.FindStringSubmatch(line))
	}
}

// sample asks for a fetch or a converter with as few and as many arguments as it takes.
func (k *keywordLists) sample(kind string, m []string) {
	if m == nil {
		return
	}
	k.seen[kind]++
	name, list := m[1], m[2]
	required := strings.Split(strings.TrimSuffix(strings.SplitN(list, "[", 2)[0], ","), ",")
	if required[0] == "" {
		required = nil
	}
	all := strings.Count(list, ",") + 1
	for _, n := range []int{len(required), all} {
		if list == "" {
			n = 0
		}
		text := name
		if n > 0 {
			text += "(" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + ")"
		}
		if kind == "converter" {
			text = "src," + text
		}
		if p := haproxycfg.SampleProblem(text, false); p != nil && !strings.ContainsAny(name, "+") {
			k.t.Errorf("%s %s: %s", kind, text, p.Message)
		}
	}
}

// configuration asks for a keyword of a section, or for what may stand in it.
func (k *keywordLists) configuration(words []string) {
	switch {
	case words[0] == "bind" && len(words) > 2, words[0] == "server" && len(words) > 3:
		k.option(words)
	case k.section == "global":
		argument := "1"
		if words[0] == "stats" { // HAProxy takes no other word here
			argument = "timeout 1"
		}
		k.known("global", with("G", words[0]+" "+argument), words[0])
	case k.section != "listen":
	case words[0] == "option":
		k.known("option", with("L", "option "+words[1]), "option "+words[1])
	case len(words) == 2 && strings.Contains(words[0], "-") && (strings.HasPrefix(words[0], "http-") || strings.HasPrefix(words[0], "tcp-")):
		k.known("rule", with("L", words[0]+" "+strings.TrimSuffix(words[1], "*")+"(a) b"), strings.Join(words, " "))
	case len(words) == 1 && !slices.Contains([]string{"timeout", "tcp-request", "tcp-response", "http-check"}, words[0]):
		k.known("listen", with("L", words[0]+" 1 2 3"), words[0])
	}
}

// option is "bind <addr> [ssl] NAME [+1]", or the same of a server.
func (k *keywordLists) option(words []string) {
	name, value := words[len(words)-1], ""
	if strings.HasPrefix(name, "+") {
		name, value = words[len(words)-2], " 1"
	}
	place := map[string]string{"bind": "b", "server": "s"}[words[0]]
	name = strings.TrimSuffix(name, "*")
	k.known(words[0], with(place, name+value), words[0]+" "+name)
	if value == "" {
		return
	}
	if !slices.ContainsFunc(faultsOf(k.t, with(place, name)), func(d diag.Diagnostic) bool { return strings.Contains(d.Message, name+" needs a value") }) {
		k.t.Errorf("%s %s takes a value, and none is missed", words[0], name)
	}
}

// known demands that a configuration has no keyword that is not known.
func (k *keywordLists) known(list, text, what string) {
	k.seen[list]++
	for _, d := range faultsOf(k.t, text) {
		if haproxycfg.Code(d.Code) == haproxycfg.FaultKeyword && d.Severity == diag.Error {
			k.t.Errorf("%s: %s [%s]", what, d.Message, d.Help)
		}
	}
}

// TestTokens reads configurations as HAProxy itself prints them (-dC, since 3.0 for all
// sections): the words of each line are the same.
func TestTokens(t *testing.T) {
	if older(version(t), "3.0") {
		t.Log("this HAProxy does not print its words")
		return
	}
	for name, text := range map[string]string{
		"quotes":    "defaults\n mode http\n log-format \"a b\"\n log-format 'a \"b'\n log-format a\\ b\n log-format a\"b c\"'d e'f\n",
		"escapes":   "defaults\n log-format a\\\\b\n log-format a\\#b\n log-format \\x41\\x42\n log-format a\\qb\n log-format \"a\\\"b\"\n log-format 'a\\b'\n",
		"comments":  "defaults # x\n # y\n log-format a#b\n log-format \"a#b\" # c\n",
		"variables": "defaults\n log-format \"$A\"\n log-format \"${A}x\"\n log-format \"${C-none}\"\n log-format \"$B\"\n log-format \"${B[*]}\"\n log-format '$A'\n log-format \"\\$A\"\n log-format $A\n",
		"tabs":      "defaults\n\tmode\t\thttp  \n",
	} {
		t.Run(name, func(t *testing.T) {
			holdTokens(t, text+"listen a\n bind 127.0.0.1:9999\n server s 127.0.0.1:1\n", map[string]string{"A": "one", "B": "two words"})
		})
	}
}

// TestTokensOfConfigs does so for each configuration, and for those that break rules.
func TestTokensOfConfigs(t *testing.T) {
	if older(version(t), "3.0") {
		t.Log("this HAProxy does not print its words")
		return
	}
	files, err := filepath.Glob("configs/*/haproxy.cfg")
	if err != nil || len(files) < 22 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			env := map[string]string{}
			for _, e := range readParts(t, filepath.Join(filepath.Dir(file), "parts.txt")).env {
				name, value, _ := strings.Cut(e, "=")
				env[name] = value
			}
			holdTokens(t, string(text), env)
		})
	}
	for _, f := range asked.FaultyIn(t, faulty) {
		t.Run(f.Name, func(t *testing.T) { holdTokens(t, f.Text, map[string]string{}) })
	}
}

// variable is a line that sets a variable. HAProxy has not set it yet where it prints its
// words, and a configuration has no such line where it is read.
var variable = regexp.MustCompile(`(?m)^\s*(?:presetenv|setenv) +(\S+) +(\S+)`)

// printedLines are lines as they can be compared: one space between words, and without those
// that are no line of a section.
func printedLines(text string) (out []string) {
	for l := range strings.Lines(text) {
		l = strings.Join(strings.Fields(l), " ")
		if l != "" && l[0] != '.' && !variable.MatchString(l) {
			out = append(out, l)
		}
	}
	return out
}

func holdTokens(t *testing.T, text string, env map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := haproxycfg.Read(t.Context(), []*source.File{source.NewFile("haproxy.cfg", text)}, haproxycfg.Options{Env: env, Version: "3.2"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(haproxy, "-dC", "-c", "-f", file)
	cmd.Env = os.Environ()
	all := maps.Clone(env)
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		all[m[1]] = os.Expand(strings.Trim(m[2], `"`), func(name string) string { return all[name] })
	}
	for name, value := range all {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, _ := cmd.Output() // it prints what it reads, valid or not
	var own []string
	for _, s := range c.Sections {
		own = append(own, printedLines(strings.Join(haproxycfg.Words(s.Words), " "))...)
		for _, l := range s.Lines {
			own = append(own, printedLines(strings.Join(haproxycfg.Words(l.Words), " "))...)
		}
	}
	if at := firstDifferent(own, string(out)); at >= 0 {
		t.Errorf("HAProxy reads:\n%s\nand here it differs from line %d on:\n%s", out, at+1, strings.Join(own, "\n"))
	}
}

// firstDifferent is the first line that HAProxy prints otherwise; -1 for none. HAProxy
// prints what is between .if and .endif, whatever the conditions.
func firstDifferent(own []string, printed string) int {
	n, nested := 0, 0
	for l := range strings.Lines(printed) {
		switch l = strings.TrimSpace(l); {
		case strings.HasPrefix(l, ".if"):
			nested++
		case strings.HasPrefix(l, ".endif"):
			nested--
		}
		for _, l := range printedLines(l) {
			switch {
			case n == len(own): // it prints the file twice
				return -1
			case l == own[n]:
				n++
			case nested == 0:
				return n
			}
		}
	}
	if n < len(own) {
		return n
	}
	return -1
}

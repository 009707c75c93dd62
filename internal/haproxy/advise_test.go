package haproxy_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// advised is what the rules find in a configuration, with help in its words.
func advised(t *testing.T, file, text string, env map[string]string, data func(string) ([]byte, error)) diag.List {
	t.Helper()
	return advisedBeside(t, file, text, "", env, data)
}

// statement and declaration are what a model is to state.
var (
	statement   = regexp.MustCompile("add the line `([^`]*)` to (?:the (model)|([a-z]+) \"([^\"]*)\")")
	declaration = regexp.MustCompile("`([^`]*)`")
)

// modelOf is the text of a model that imports a configuration and states what a way says.
func modelOf(t *testing.T, stated string) string {
	t.Helper()
	switch m := statement.FindStringSubmatch(stated); {
	case stated == "":
		return ""
	case m == nil && strings.Contains(stated, " at its end"):
		var lines []string
		for _, l := range declaration.FindAllStringSubmatch(stated, -1) {
			lines = append(lines, l[1])
		}
		return strings.Join(lines, "\n") + "\n"
	case m == nil:
		t.Errorf("nobody can follow this: %s", stated)
		return ""
	case m[2] == "model":
		return m[1] + "\n"
	default:
		return m[3] + " " + m[4] + " { " + m[1] + " }\n"
	}
}

// advisedBeside is advised where a model imports the configuration and states more.
func advisedBeside(t *testing.T, file, text, stated string, env map[string]string, data func(string) ([]byte, error)) diag.List {
	t.Helper()
	read := func(path string) ([]byte, error) {
		if path == file {
			return []byte(text), nil
		}
		return data(path)
	}
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: file, Read: read, Data: read, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	draft, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stated != "" {
		syntax, broken := grammar.Parse(source.NewFile("m.flow", modelOf(t, stated)))
		more, found := resolve.Draft("m", syntax, nil)
		for _, d := range append(broken, found...) {
			t.Errorf("%s: %s", stated, d.Message)
		}
		for _, c := range front.Extend(draft, more) {
			t.Errorf("%s: the configuration states otherwise: %s", stated, c.Decl)
		}
		draft = more
	}
	topology, _ := flow.Complete(draft)
	found, err := check.RunWith(t.Context(), check.Options{Today: "2026-11-01"}, topology, flow.NewCache(topology))
	if err != nil {
		t.Fatal(err)
	}
	m.Advise(topology, found)
	return append(m.Findings, m.Judge(topology, found)...)
}

// holdHelp follows each way of the help of each finding: it is gone then, and there is
// no new one. Nothing that a rule finds is without help.
func holdHelp(t *testing.T, file, text string, env map[string]string, data func(string) ([]byte, error)) (ways int) {
	t.Helper()
	before := advised(t, file, text, env, data)
	for _, d := range before {
		t.Logf("%s %s: %s\n    [%s]", d.At.Line(), d.Code, d.Message, d.Help)
		if d.Help == "" {
			t.Errorf("%s has no help: %s", d.Code, d.Message)
			continue
		}
		if len(d.Suggestions) == 0 {
			continue // of the reader, which says in which line what is wrong
		}
		for _, way := range asked.Ways(d.Help) {
			edited, err := asked.Follow(text, way)
			if err != nil {
				t.Errorf("%s: %q: %v", d.Code, way, err)
				continue
			}
			ways++
			after := advisedBeside(t, file, edited.Text, edited.Stated, env, func(path string) ([]byte, error) {
				if names, ok := edited.Files[path]; ok {
					return asked.Certificate(t, asked.NamesOr(t, names, data, path), false), nil
				}
				return data(path)
			})
			if what := brought(before, after, d); what != "" {
				t.Errorf("%s: %s\n    %q%s", d.Code, d.Message, way, what)
			}
		}
	}
	return ways
}

// brought says what is wrong with what is found after a way was followed: the finding is
// still there, or there are more of a code than there were.
func brought(before, after diag.List, d diag.Diagnostic) string {
	counts, same := map[diag.Code]int{d.Code: -1}, -1
	for _, o := range before {
		counts[o.Code]++
		if o.Code == d.Code && o.Message == d.Message {
			same++ // of another place
		}
	}
	for _, left := range after {
		counts[left.Code]--
		if left.Code == d.Code && left.Message == d.Message {
			same--
		}
		switch {
		case same < 0 && left.Code == d.Code && left.Message == d.Message:
			return " leaves it"
		case counts[left.Code] < 0:
			return fmt.Sprintf(" brings %s %s", left.Code, left.Message)
		}
	}
	return ""
}

// TestHelpOfConfigurations follows the help of the findings of the configurations that
// were run on a real HAProxy.
func TestHelpOfConfigurations(t *testing.T) {
	files, err := filepath.Glob(configurations + "/*/haproxy.cfg")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	ways := 0
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ways += holdHelp(t, file, string(text), asked.PartsOf(t, filepath.Dir(file)).Env, os.ReadFile)
		})
	}
	t.Logf("%d ways followed", ways)
}

// TestHelpOfFaulty follows the help of configurations that break every rule that a
// configuration can break.
func TestHelpOfFaulty(t *testing.T) {
	all := asked.FaultyIn(t, "testdata/faulty")
	if len(all) < 20 {
		t.Fatal(len(all))
	}
	ways := 0
	for _, f := range all {
		t.Run(f.Name, func(t *testing.T) {
			data := func(path string) ([]byte, error) {
				if text, ok := f.Files[path]; ok {
					return text, nil
				}
				return nil, fs.ErrNotExist
			}
			ways += holdHelp(t, f.Name+".cfg", f.Text, nil, data)
		})
	}
	t.Logf("%d ways followed", ways)
}

// TestHelp breaks a rule in each configuration, and follows the help.
func TestHelp(t *testing.T) {
	for _, c := range helps {
		t.Run(c.name, func(t *testing.T) {
			data := func(path string) ([]byte, error) {
				if text, ok := c.files[path]; ok {
					return []byte(text), nil
				}
				return nil, fs.ErrNotExist
			}
			text := head + c.text
			found := advised(t, "haproxy.cfg", text, nil, data)
			i := slices.IndexFunc(found, func(d diag.Diagnostic) bool { return string(d.Code) == c.code })
			if i < 0 {
				t.Fatalf("%s is not found:\n%s", c.code, listing(found))
			}
			if !strings.Contains(found[i].Help, c.says) {
				t.Errorf("%s: the help is %q, and not %q", found[i].Message, found[i].Help, c.says)
			}
			holdHelp(t, "haproxy.cfg", text, nil, data)
		})
	}
}

// helps are configurations that break a rule, and words of the help.
var helps = []struct {
	name, code, text, says string
	files                  map[string]string
}{
	{name: "no verification", code: "FL406", text: `listen web
    bind :443 ssl crt /etc/site.pem
    server s1 10.0.0.1:443 ssl verify none
`, says: "replace `verify none` with `verify required ca-file FILE verifyhost NAME` in server s1 of listen web (haproxy.cfg:8)"},
	{name: "no verification, in a default-server", code: "FL406", text: `frontend web
    bind :443 ssl crt /etc/site.pem
    default_backend app
backend app
    default-server ssl verify none
    server s1 10.0.0.1:443
    server s2 10.0.0.2:443
`, says: "in default-server of backend app (haproxy.cfg:10)"},
	{name: "no name", code: "FL407", text: `listen web
    bind :443 ssl crt /etc/site.pem
    server s1 10.0.0.1:443 ssl verify required ca-file /etc/ca.pem
`, says: "add the words `verifyhost NAME` to server s1 of listen web (haproxy.cfg:8)"},
	{name: "no name, several servers", code: "FL407", text: `frontend web
    bind :443 ssl crt /etc/site.pem
    default_backend app
backend app
    default-server ssl verify required ca-file /etc/ca.pem
    server s1 10.0.0.1:443
    server s2 10.0.0.2:443
`, says: "add the words `verifyhost NAME` to default-server of backend app (haproxy.cfg:10)"},
	{name: "no name, several servers without a default", code: "FL407", text: `frontend web
    bind :443 ssl crt /etc/site.pem
    default_backend app
backend app
    server s1 10.0.0.1:443 ssl verify required ca-file /etc/ca.pem
    server s2 10.0.0.2:443 ssl verify required ca-file /etc/ca.pem
`, says: "add the line `default-server verifyhost NAME` to backend app (haproxy.cfg:9) as its first line"},
	{name: "a name without effect", code: "FL410", text: `listen web
    bind :443 ssl crt /etc/site.pem
    server s1 10.0.0.1:443 ssl verify required ca-file /etc/ca.pem sni str(a.example.test) verifyhost b.example.test
`, says: "remove `verifyhost b.example.test` from server s1"},
	{name: "no tunnel timeout", code: "FL610", text: `frontend web
    mode tcp
    bind :8443
    default_backend app
backend app
    mode tcp
    server s1 10.0.0.1:8443
`, says: "add the line `timeout tunnel 1h` to defaults (haproxy.cfg:1)"},
	{name: "no weight", code: "FL601", text: `listen web
    bind :80
    server s1 10.0.0.1:80 weight 0
`, says: "replace `weight 0` with `weight 1` in server s1"},
	{name: "a short delay", code: "FL611", text: `frontend web
    mode tcp
    bind :443
    tcp-request inspect-delay 2s
    tcp-request content accept if { req.ssl_hello_type 1 }
    use_backend app if { req.ssl_sni -i a.example.test }
    default_backend other
backend app
    mode tcp
    timeout tunnel 1h
    server s1 10.0.0.1:443
backend other
    mode tcp
    timeout tunnel 1h
    server s1 10.0.0.2:22
`, says: "with `tcp-request inspect-delay 3s` in frontend web (haproxy.cfg:9)"},
	{name: "a header in front", code: "FL701", text: `listen entry
    bind :80
    timeout tunnel 1h
    mode tcp
    server stage 127.0.0.1:8080
listen web
    bind 127.0.0.1:8080 accept-proxy
    server s1 10.0.0.1:80
`, says: "remove `accept-proxy` from bind 127.0.0.1:8080 (haproxy.cfg:12), if no client or proxy sends a PROXY header there"},
	{name: "a cookie in plaintext", code: "FL216", text: `listen web
    bind :80
    bind :443 ssl crt /etc/site.pem
    cookie SRV insert indirect nocache
    server s1 10.0.0.1:80 cookie s1
    server s2 10.0.0.2:80 cookie s2
`, says: "add the line `http-request redirect scheme https code 301 unless { ssl_fc }` to listen web (haproxy.cfg:6) as its first rule"},
	{name: "a rule that is never reached", code: "FL303", text: `frontend web
    bind :80
    use_backend app
    use_backend other if { path_beg /x }
backend app
    server s1 10.0.0.1:80
backend other
    server s1 10.0.0.2:80
`, says: "remove `use_backend other if { path_beg /x }` from frontend web (haproxy.cfg:9)"},
}

// TestFactsOfSuggestions demands of each fact that suggestions have: a configuration
// states it, or only a model does, or it has no words.
func TestFactsOfSuggestions(t *testing.T) {
	text, err := os.ReadFile("../../diag/suggestion.go")
	if err != nil {
		t.Fatal(err)
	}
	facts := regexp.MustCompile(`Fact\w* +Fact += "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1)
	if len(facts) < 50 {
		t.Fatal(len(facts))
	}
	for _, f := range facts {
		var in []string
		for name, list := range haproxy.FactsOfAdvice() {
			if slices.Contains(list, diag.Fact(f[1])) {
				in = append(in, name)
			}
		}
		if len(in) != 1 {
			t.Errorf("fact %s is in %s", f[1], fmt.Sprint(in))
		}
	}
}

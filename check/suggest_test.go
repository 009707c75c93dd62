package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestSuggestions follows each way of each suggestion to the letter, in every
// model that breaks a rule: the finding is gone, and none has come.
func TestSuggestions(t *testing.T) {
	followed, ways := 0, 0
	for _, m := range brokenModels(t) {
		t.Run(m.name, func(t *testing.T) {
			found, renderer := suggested(t, m.name, m.text)
			for _, d := range found {
				if len(d.Suggestions) == 0 {
					t.Errorf("%s has no suggestion: %s", d.Code, d.Message)
				}
				followed++
				for _, w := range d.Suggestions {
					ways++
					for _, step := range w.Steps {
						complete(t, d.Code, step)
					}
					follow(t, m, found, d, w, renderer)
				}
			}
		})
	}
	t.Logf("%d findings, %d ways followed", followed, ways)
	if followed < 450 || ways < followed {
		t.Errorf("only %d findings and %d ways", followed, ways)
	}
}

// recorded is what FL302 says of a request that expects a fault, once the fault
// is mended: the expectation is what has to go then, and only its author knows.
var recorded = regexp.MustCompile(`^request "[^"]*" expects (4|5|close|alert|timeout)`)

// follow does what one way says and looks at what is found then: the finding
// itself is gone, and there are no more findings of any code than there were.
func follow(t *testing.T, m model, before diag.List, d diag.Diagnostic, w diag.Suggestion, r *advice.Renderer) {
	t.Helper()
	words := r.Words([]diag.Suggestion{w})
	edits := r.Edits(w)
	if len(edits) == 0 {
		t.Errorf("%s: %q edits nothing", d.Code, words)
		return
	}
	text := edited(m.text, edits)
	if read, err := byTheLetter(m.text, words); err != nil {
		t.Errorf("%s: %q cannot be followed: %v", d.Code, words, err)
	} else if !slices.Equal(tokens(read), tokens(text)) {
		t.Errorf("%s: %q makes\n%s\nof the model, its edits make\n%s", d.Code, words, read, text)
	}
	file, broken := grammar.Parse(source.NewFile(m.name, text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, b := range append(broken, more...) {
		t.Errorf("%s: %q breaks the model: %s %s\n%s", d.Code, words, b.Code, b.Message, text)
		return
	}
	counts := map[diag.Code]int{}
	for _, o := range before {
		counts[o.Code]++
	}
	counts[d.Code]--
	for _, left := range check.Run(topology, flow.NewCache(topology)) {
		if left.Code == "FL302" && left.Message != d.Message && recorded.MatchString(left.Message) {
			continue
		}
		counts[left.Code]--
		switch {
		case left.Code == d.Code && left.Message == d.Message:
			t.Errorf("%s: %q leaves %s\n%s", d.Code, words, left.Message, text)
		case counts[left.Code] < 0:
			t.Errorf("%s: %q brings %s %s\n%s", d.Code, words, left.Code, left.Message, text)
		}
	}
}

// model is one text that breaks rules.
type model struct{ name, text string }

// brokenModels are the bad examples of the rules, their testdata, and the
// faulty topologies.
func brokenModels(t *testing.T) []model {
	t.Helper()
	var out []model
	for _, r := range check.Rules {
		out = append(out, model{string(r.Code) + "-bad", r.Bad})
		ar, err := txtar.ParseFile(filepath.Join("testdata", string(r.Code)+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if !strings.HasSuffix(f.Name, fixedSuffix) && !strings.HasPrefix(f.Name, "good") {
				out = append(out, model{string(r.Code) + "-" + f.Name, unwanted(string(f.Data))})
			}
		}
	}
	paths, err := filepath.Glob("../internal/pipeline/testdata/faulty/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, broken := grammar.Parse(source.NewFile(path, string(text))); len(broken) == 0 {
			out = append(out, model{filepath.Base(path), unwanted(string(text))})
		}
	}
	return out
}

// suggested is what the rules find in a text that is sound in form, and the
// renderer of its suggestions.
func suggested(t *testing.T, name, text string) (diag.List, *advice.Renderer) {
	t.Helper()
	file, broken := grammar.Parse(source.NewFile(name, text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(broken, more...) {
		t.Fatalf("%s: %s %s", name, d.Code, d.Message)
	}
	found := check.Run(topology, flow.NewCache(topology))
	renderer := advice.New(topology, file, nil)
	renderer.Fill(found)
	return found, renderer
}

// TestPaths renders suggestions for a front end that shares no word with .flow.
// What a step changes, adds and removes stands in the data alone.
func TestPaths(t *testing.T) {
	for _, tc := range []struct {
		code diag.Code
		want string
	}{
		{"FL201", "drop route.vault.path (/v1) | set route.vault.tls-mode (passthrough) to reencrypt"},
		{"FL404", "set route.shop.upstream.trust (public-ca) to public-ca, service-ca"},
		{"FL408", "set route.shop.upstream.sni (none) to shop.shop.svc"},
		{"FL503", "new certificate.partner-client issuer=partner-ca; add client.partner.certificate partner-client | " +
			"set proxy.haproxy.listener:443.client-auth (required, partner-ca) to optional, partner-ca"},
		{"FL607", "set route.media.host (media.apps.example.test) to media.shard-apps.example.test | add route.media.served-by router-default"},
		{"FL701", "add route.payments.send-proxy v2 | drop backend.payments.accept-proxy"},
	} {
		i := slices.IndexFunc(check.Rules, func(r *check.Rule) bool { return r.Code == tc.code })
		found, _ := suggested(t, string(tc.code), check.Rules[i].Bad)
		if got := paths(found[0].Suggestions); got != tc.want {
			t.Errorf("%s: %s\nwant %s", tc.code, got, tc.want)
		}
	}
}

// paths renders suggestions as what happens to which path.
func paths(ways []diag.Suggestion) string {
	var out []string
	for _, w := range ways {
		var steps []string
		for _, s := range w.Steps {
			steps = append(steps, path(s))
		}
		out = append(out, strings.Join(steps, "; "))
	}
	return strings.Join(out, " | ")
}

func path(s diag.Step) string {
	at := string(s.In.Kind) + "." + s.In.Name
	if s.In.Part != diag.PartNone {
		at += "." + string(s.In.Part) + s.In.Key
	}
	if s.Fact != "" {
		at += "." + string(s.Fact)
	}
	was, value := "", strings.Join(s.Value, ", ")
	if len(s.Was) > 0 {
		was = " (" + strings.Join(s.Was, ", ") + ")"
	}
	switch s.Do {
	case diag.Declare:
		for _, with := range s.With {
			at += fmt.Sprintf(" %s=%s", with.Fact, strings.Join(with.Value, ","))
		}
		return "new " + at
	case diag.Add:
		return strings.TrimSpace("add " + at + " " + value)
	case diag.Change:
		return "set " + at + was + " to " + value
	case diag.Remove:
		return "drop " + at + was
	}
	panic("unknown action")
}

// complete holds that the data of a step says all that a front end needs.
func complete(t *testing.T, code diag.Code, s diag.Step) {
	t.Helper()
	flags := []diag.Fact{diag.FactAcceptProxy, diag.FactEarlyData, diag.FactFollow, diag.FactStrictSNI, diag.FactUpstream}
	flag := slices.Contains(flags, s.Fact)
	switch {
	case s.In.Kind == "", s.In.Kind != diag.KindModel && s.In.Name == "":
		t.Errorf("%s: a step of no declaration: %+v", code, s)
	case s.Do == diag.Declare && s.Fact != "", s.Do != diag.Declare && s.Do != diag.Remove && s.Fact == "":
		t.Errorf("%s: a step of the wrong fact: %+v", code, s)
	case (s.Do == diag.Add || s.Do == diag.Change) && len(s.Value) == 0 && !flag:
		t.Errorf("%s: a step without a value: %+v", code, s)
	case (s.Do == diag.Change || s.Do == diag.Remove && s.Fact != "") && len(s.Was) == 0 && !flag:
		t.Errorf("%s: a step that does not say what is stated today: %+v", code, s)
	}
}

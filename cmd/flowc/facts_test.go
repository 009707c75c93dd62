package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// facts is a second front end: a few facts as JSON. It shows what a front end
// is made of, and that nothing else knows .flow.
var facts = &front.End{
	Name:  "facts",
	Named: func(file string) bool { return path.Ext(file) == ".json" },
	Owns:  func(_, text string) bool { return strings.HasPrefix(text, `{"facts":`) },
	Codes: func() []diag.CodeDoc {
		return []diag.CodeDoc{{Code: codeFacts, Name: "broken-facts", Severity: diag.Error, Doc: "a text is not the facts that it says it is"}}
	},
	Read: readFacts,
}

const codeFacts diag.Code = "FL091"

// factsModel is what such a text holds.
type factsModel struct {
	Facts    string   `json:"facts"`
	Clients  []string `json:"clients"`
	Backends []struct {
		Name   string `json:"name"`
		Speaks string `json:"speaks"`
	} `json:"backends"`
	Proxies []struct {
		Name   string   `json:"name"`
		Listen []string `json:"listen"`
	} `json:"proxies"`
	Routes []struct {
		Name string `json:"name"`
		Host string `json:"host"`
		Path string `json:"path"`
		TLS  string `json:"tls"`
		To   string `json:"to"`
	} `json:"routes"`
	Requests []struct {
		Name string `json:"name"`
		Get  string `json:"get"`
	} `json:"requests"`
}

func readFacts(ctx context.Context, in front.Input) (*front.Model, error) {
	text, err := in.Read(in.Path)
	if err != nil {
		return nil, err
	}
	src := source.NewFile(in.Path, string(text))
	m := &front.Model{
		Name: strings.TrimSuffix(path.Base(in.Path), ".json"), Sources: []*source.File{src},
		Torn:         func([]source.Span) front.Torn { return front.Torn{Everything: true} },
		Comments:     func() []suppress.Comment { return nil },
		Declarations: func() []front.Declaration { return nil },
	}
	var parsed factsModel
	if err := json.Unmarshal(text, &parsed); err != nil {
		m.Findings = diag.List{{Code: codeFacts, Severity: diag.Error, Broken: true, Message: err.Error(), At: src.Span(0, 0)}}
	}
	m.Asks = len(parsed.Requests) > 0
	m.Draft = func(ctx context.Context) (*flow.Draft, diag.List, error) {
		f := &factsDraft{src: src, at: places(src), draft: &flow.Draft{Name: m.Name, Title: parsed.Facts}}
		f.fill(&parsed)
		return f.draft, nil, ctx.Err()
	}
	m.Advise = func(_ *flow.Topology, found diag.List) {
		for i := range found {
			found[i].Help = adviceInFacts(found[i].Suggestions)
		}
	}
	return m, ctx.Err()
}

// factsDraft turns facts into a draft.
type factsDraft struct {
	src   *source.File
	at    map[string]source.Span // of values, by their paths: "routes[0].host"
	draft *flow.Draft
}

func (f *factsDraft) decl(p, name string) flow.Decl {
	return flow.Decl{Name: name, Origin: flow.OriginStated, At: f.at[p+".name"], Whole: f.at[p]}
}

// stated is a fact at a path, not set where the text has none.
func (f *factsDraft) stated(p, v string) flow.Fact[string] {
	if v == "" {
		return flow.Fact[string]{}
	}
	return flow.State(v, f.at[p])
}

func (f *factsDraft) add(d flow.Declaration) { f.draft.Declarations = append(f.draft.Declarations, d) }

func (f *factsDraft) fill(m *factsModel) {
	for i, name := range m.Clients {
		p := fmt.Sprintf("clients[%d]", i)
		f.add(&flow.ClientDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated, At: f.at[p], Whole: f.at[p]}})
	}
	for i, b := range m.Backends {
		p := fmt.Sprintf("backends[%d]", i)
		d := &flow.BackendDraft{Decl: f.decl(p, b.Name)}
		for _, s := range []flow.Protocol{flow.SpeaksHTTP, flow.SpeaksHTTPS} {
			if b.Speaks == s.String() {
				d.Speaks = flow.State(s, f.at[p+".speaks"])
			}
		}
		f.add(d)
	}
	for i, x := range m.Proxies {
		p := fmt.Sprintf("proxies[%d]", i)
		d := &flow.ProxyDraft{Decl: f.decl(p, x.Name)}
		for j, listen := range x.Listen {
			at := f.at[fmt.Sprintf("%s.listen[%d]", p, j)]
			kind, port, _ := strings.Cut(listen, " :")
			n, _ := strconv.Atoi(port)
			for _, k := range []flow.ListenKind{flow.ListenHTTP, flow.ListenHTTPS, flow.ListenTCP} {
				if kind == k.String() {
					d.Listeners = append(d.Listeners, &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: k, Port: n, Origin: flow.OriginStated, At: at, Whole: at}})
				}
			}
		}
		f.add(d)
	}
	for i, r := range m.Routes {
		p := fmt.Sprintf("routes[%d]", i)
		d := &flow.RouteDraft{Decl: f.decl(p, r.Name)}
		d.Host, d.Path = f.stated(p+".host", r.Host), f.stated(p+".path", r.Path)
		for _, mode := range flow.Modes {
			if r.TLS == mode.String() {
				d.Mode = flow.State(mode, f.at[p+".tls"])
			}
		}
		d.Targets = []flow.TargetDraft{{To: f.stated(p+".to", r.To), At: f.at[p+".to"]}}
		f.add(d)
	}
	for i, q := range m.Requests {
		p := fmt.Sprintf("requests[%d]", i)
		d := &flow.RequestDraft{Decl: f.decl(p, q.Name)}
		u, err := url.Parse(q.Get)
		if err != nil {
			continue
		}
		port := map[string]int{"http": 80, "https": 443}[u.Scheme]
		d.Calls = []flow.Call{{Method: "GET", Scheme: u.Scheme, Host: u.Hostname(), Port: port, Path: u.RequestURI(), At: f.at[p+".get"]}}
		f.add(d)
	}
}

// places finds where each value of a JSON text stands, by its path.
func places(src *source.File) map[string]source.Span {
	out := map[string]source.Span{}
	d := json.NewDecoder(strings.NewReader(src.Text))
	var value func(p string)
	value = func(p string) {
		before := int(d.InputOffset())
		t, err := d.Token()
		if err != nil {
			return
		}
		start := before + strings.IndexFunc(src.Text[before:], func(r rune) bool { return !strings.ContainsRune(" \n\t,:", r) })
		switch t {
		case json.Delim('{'):
			for d.More() {
				key, _ := d.Token()
				value(strings.TrimPrefix(fmt.Sprintf("%s.%v", p, key), "."))
			}
			_, _ = d.Token()
		case json.Delim('['):
			for i := 0; d.More(); i++ {
				value(fmt.Sprintf("%s[%d]", p, i))
			}
			_, _ = d.Token()
		}
		out[p] = src.Span(start, int(d.InputOffset()))
	}
	value("")
	return out
}

// adviceInFacts renders suggestions in the terms of the facts: what is done to
// which path.
func adviceInFacts(ways []diag.Suggestion) string {
	do := map[diag.Action]string{diag.Declare: "new", diag.Add: "set", diag.Change: "set", diag.Remove: "drop"}
	var out []string
	for _, w := range ways {
		var steps []string
		for _, s := range w.Steps {
			line := fmt.Sprintf("%s %s.%s.%s", do[s.Do], s.In.Kind, s.In.Name, s.Fact)
			if len(s.Value) > 0 {
				line += "=" + strings.Join(s.Value, ",")
			}
			steps = append(steps, line)
		}
		out = append(out, strings.Join(steps, " and "))
	}
	return strings.Join(out, ", or ")
}

// withFacts runs flowc with the second front end before its own.
func withFacts(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	a := newApp(strings.NewReader(""), &out, &errs)
	a.files.fronts = append([]*front.End{facts}, pipeline.Fronts...)
	code = a.run(args)
	return out.String(), errs.String(), code
}

// TestSecondFrontEnd checks, shows and renders a model of JSON by the commands
// themselves.
func TestSecondFrontEnd(t *testing.T) {
	const model = "testdata/facts/shop.json"
	stdout, stderr, code := withFacts("check", model)
	if code != exitFindings || !strings.Contains(stdout, "shop.json:10:61: error FL201: route \"vault\"") || !strings.Contains(stdout, "  help: ") {
		t.Errorf("check ended with %d:\n%s%s", code, stdout, stderr)
	}
	if regexp.MustCompile(`help: .*(delete|replace|path /v1)`).MatchString(stdout) {
		t.Errorf("the help is in the words of another language:\n%s", stdout)
	}
	stdout, stderr, code = withFacts("show", model)
	if code != exitFindings || !strings.Contains(stdout, "2 routes") || !strings.Contains(stdout, "buy") {
		t.Errorf("show ended with %d:\n%s%s", code, stdout, stderr)
	}
	dir := t.TempDir()
	stdout, stderr, code = withFacts("render", "testdata/facts", "--view", "sequence", "--format", "mermaid", "-o", dir)
	drawn, err := os.ReadFile(filepath.Join(dir, "shop.sequence.mmd"))
	if code != exitFindings || err != nil || !strings.Contains(string(drawn), "GET /cart") {
		t.Errorf("render ended with %d, %v:\n%s%s", code, err, stdout, stderr)
	}
	if _, stderr, code = withFacts("fmt", model); code != exitUsage || !strings.Contains(stderr, "no style") {
		t.Errorf("fmt ended with %d:\n%s", code, stderr)
	}
	if _, stderr, code = withFacts("show", "testdata/facts/broken.json"); code != exitFindings || !strings.Contains(stderr, "FL091") {
		t.Errorf("a broken text ended with %d:\n%s", code, stderr)
	}
}

// TestFactsAndFlow reads one model by both front ends: the same lifecycles
// follow from it.
func TestFactsAndFlow(t *testing.T) {
	twin := "title \"Shop\"\nclient browser\nproxy haproxy {\n    listen http :80\n    listen https :443\n}\nbackend shop { speaks http }\nbackend vault\n" +
		"route shop {\n    host shop.example.test\n    tls edge\n    to shop\n}\n" +
		"route vault {\n    host vault.example.test\n    path /v1\n    tls passthrough\n    to vault\n}\n" +
		"request buy { get https://shop.example.test/cart }\n"
	file := filepath.Join(t.TempDir(), "shop.flow")
	if err := os.WriteFile(file, []byte(twin), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--format", "json"}, {"--format", "mermaid"}} {
		mine, _, _ := withFacts(append([]string{"show", "testdata/facts/shop.json", "sequence"}, args...)...)
		theirs, _, _ := withFacts(append([]string{"show", file, "sequence"}, args...)...)
		if mine == "" || mine != theirs {
			t.Errorf("%v: from JSON:\n%s\nfrom .flow:\n%s", args, mine, theirs)
		}
	}
}

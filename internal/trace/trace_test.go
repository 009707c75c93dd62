package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/trace"
	"github.com/flowc-lang/flowc/models"
)

// compile compiles a text that names nothing unknown.
func compile(t testing.TB, text string) *flow.Topology {
	t.Helper()
	m := pipeline.Load("m.flow", func(string) ([]byte, error) { return []byte(text), nil })
	m.Compile()
	if !m.Drawable() {
		t.Fatal(m.Findings)
	}
	return m.Topology
}

// traced explains a request.
func traced(t testing.TB, top *flow.Topology, ask trace.Ask) *trace.Trace {
	t.Helper()
	q, entry, err := ask.Request(top)
	if err != nil {
		t.Fatalf("%+v: %v", ask, err)
	}
	return trace.Of(top, q, flow.Derive(top, q), entry)
}

var asked = regexp.MustCompile(`(?m)^# trace: (.*)$`)

// parse reads the words of a trace: line.
func parse(t testing.TB, line string) trace.Ask {
	words := strings.Fields(line)
	ask := trace.Ask{URL: words[0]}
	flags := map[string]*string{"--from": &ask.From, "--via": &ask.Via, "--sni": &ask.SNI, "--tls": &ask.TLS, "-X": &ask.Method}
	for i := 1; i+1 < len(words); i += 2 {
		switch to := flags[words[i]]; {
		case words[i] == "-H":
			ask.Fields = append(ask.Fields, words[i+1])
		case to == nil:
			t.Fatalf("unknown flag %s", words[i])
		default:
			*to = words[i+1]
		}
	}
	return ask
}

// TestTraces holds the traces that each model of testdata asks for, and their
// commands, against what was read and found right.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal("no models", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		top := compile(t, string(text))
		var out bytes.Buffer
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			fmt.Fprintf(&out, "======== %s\n", m[1])
			tr := traced(t, top, parse(t, m[1]))
			if err := tr.WriteText(&out, trace.TextOptions{}); err != nil {
				t.Error(err)
			}
			out.WriteString("--------\n")
			if err := tr.WriteCommands(&out); err != nil {
				t.Error(err)
			}
		}
		golden.Check(t, strings.TrimSuffix(file, ".flow")+".golden", out.String())
	}
}

// TestModels asks for what the requests of all models ask for: a trace ends as
// the request does, counts every route once, and fits its width.
func TestModels(t *testing.T) {
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		top := compile(t, string(text))
		for _, q := range top.Requests {
			if q.From == nil || len(q.Calls) != 1 || q.After.V != nil || q.Resume.IsSet() || q.Times.V > 1 || q.Follow.V || q.Stop.V != 0 {
				continue
			}
			tr := traced(t, top, askFor(q))
			want := flow.Derive(top, q)
			if got := tr.Lifecycle.Outcome; !slices.Equal(got.Endings, want.Outcome.Endings) || got.FromID() != want.Outcome.FromID() {
				t.Errorf("%s, %s: ends as %v from %s, not %v from %s", m.Name, q.Name, got.Endings, got.FromID(), want.Outcome.Endings, want.Outcome.FromID())
			}
			check(t, top, tr)
		}
	}
}

// askFor asks for what a request of a model asks for.
func askFor(q *flow.Request) trace.Ask {
	c := q.Calls[0]
	ask := trace.Ask{URL: fmt.Sprintf("%s://%s:%d%s", c.Scheme, c.Host, c.Port, c.Path), From: q.From.Name, Via: q.Via.Name}
	if c.Scheme != "tls" {
		ask.Method = c.Method
	}
	if c.Scheme != "http" {
		ask.TLS = q.TLS.V.String()
		if ask.SNI = q.SNI.V; ask.SNI == "" {
			ask.SNI = "none"
		}
	}
	for _, f := range q.Fields {
		ask.Fields = append(ask.Fields, f.Name+": "+f.Value)
	}
	if q.HostField.IsSet() {
		ask.Fields = append(ask.Fields, "Host: "+q.HostField.V)
	}
	return ask
}

// check holds a trace against what is true of every one.
func check(t testing.TB, top *flow.Topology, tr *trace.Trace) {
	t.Helper()
	taken := map[*flow.Route]bool{}
	for _, c := range tr.Lifecycle.Connections {
		taken[c.Route] = c.Route != nil
	}
	for _, x := range tr.Lifecycle.Exchanges {
		taken[x.Route] = x.Route != nil
	}
	delete(taken, nil)
	if n := len(tr.Others) + tr.More; n+len(taken) < len(top.Routes) || n > len(top.Routes) {
		t.Errorf("%s: %d routes were not taken and %d were, of %d", tr.Request.Label, n, len(taken), len(top.Routes))
	}
	for _, o := range tr.Others {
		if taken[o.Route] || o.Why == "" {
			t.Errorf("%s: why not %s: %q", tr.Request.Label, o.Route.Name, o.Why)
		}
	}
	wrong := slices.ContainsFunc(tr.Path, func(a trace.Answer) bool { return a.Wrong })
	if fault := tr.Lifecycle.Outcome.Fault != flow.FaultNone; fault != wrong {
		t.Errorf("%s: fault %v, and an answer is wrong: %v", tr.Request.Label, fault, wrong)
	}
	for _, width := range []int{0, 80, 100, 1} {
		var out bytes.Buffer
		if err := tr.WriteText(&out, trace.TextOptions{Width: width}); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimRight(line, "\n"); line != strings.TrimRight(line, " ") {
				t.Errorf("blanks at the end of %q", line)
			}
			if n := utf8.RuneCountInString(line); width >= 80 && n > width && strings.Count(strings.TrimSpace(line), " ") > 1 && utf8.RuneCountInString(tr.Request.Label) < 60 {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
	}
	if err := tr.WriteJSON(new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

func TestMistakes(t *testing.T) {
	top := compile(t, `
client browser
client tablet
proxy left { listen https :443 }
proxy right { listen https :443 }
route shop {
    host shop.example.test
    to shop
}
`)
	for _, tc := range []struct {
		ask  trace.Ask
		want string
	}{
		{trace.Ask{}, `the URL "" is empty; say https://HOST/PATH`},
		{trace.Ask{URL: "shop.example.test/x"}, `the URL "shop.example.test/x" has no scheme, did you mean "https://shop.example.test/x"?`},
		{trace.Ask{URL: "htps://a/"}, `the URL "htps://a/" has the scheme "htps", did you mean "https"?; there are https, http, wss, ws, tls, tcp; at column 1`},
		{trace.Ask{URL: "https:///x"}, `the URL "https:///x" has no host at column 9`},
		{trace.Ask{URL: "https://u@:1/x"}, `the URL "https://u@:1/x" has no host at column 11`},
		{trace.Ask{URL: "https://a:99999/"}, `the URL "https://a:99999/" has the port "99999", which is not 1 to 65535, at column 11`},
		{trace.Ask{URL: "https://a:b/"}, `the URL "https://a:b/" has the port "b", which is not 1 to 65535, at column 11`},
		{trace.Ask{URL: "https://a b/"}, `the URL "https://a b/" has a blank or a control character at column 10`},
		{trace.Ask{URL: "https://[::1/"}, `the URL "https://[::1/" has the host "[:", which is none, at column 9`},
		{trace.Ask{URL: "https://a/%zz"}, `the URL "https://a/%zz" cannot be read at column 10`},
		{trace.Ask{URL: "https://a/", From: "brwoser"}, `unknown client "brwoser", did you mean "browser"?`},
		{trace.Ask{URL: "https://a/", From: "x"}, `unknown client "x"; there are browser, tablet`},
		{trace.Ask{URL: "https://a/", Via: "rigth"}, `unknown proxy "rigth", did you mean "right"?`},
		{trace.Ask{URL: "https://a/"}, `"a" can go to left or right; say to which with --via`},
		{trace.Ask{URL: "https://a/", Via: "left", TLS: "1.4"}, `--tls "1.4" is not a TLS version; there are 1.0, 1.1, 1.2, 1.3 and ranges: 1.2..1.3`},
		{trace.Ask{URL: "http://a/", Via: "left", TLS: "1.2"}, `http:// has no TLS: leave out --tls, or ask for https://`},
		{trace.Ask{URL: "http://a/", Via: "left", SNI: "a"}, `http:// has no TLS: leave out --sni, or ask for https://`},
		{trace.Ask{URL: "https://a/", Via: "left", SNI: "a b"}, `--sni "a b" is not a valid name`},
		{trace.Ask{URL: "https://a/", Via: "left", Fields: []string{"X-Canary"}}, `header "X-Canary" has no colon; say -H "X-Canary: VALUE"`},
		{trace.Ask{URL: "https://a/", Via: "left", Fields: []string{": x"}}, `header ": x" begins with no name of a field; say -H "Name: value"`},
		{trace.Ask{URL: "https://a/", Via: "left", Fields: []string{"X: a\nb"}}, `header "X: a\nb" has control characters in its value`},
		{trace.Ask{URL: "https://a/", Via: "left", Method: "GET /"}, `"GET /" is not an HTTP method; there are GET, HEAD, POST, PUT, DELETE, OPTIONS and others of letters`},
		{trace.Ask{URL: "wss://a/", Via: "left", Method: "POST"}, `a WebSocket is asked for with GET (RFC 6455, 4.1); leave out "POST"`},
		{trace.Ask{URL: "wss:///x"}, `the URL "wss:///x" has no host at column 7`},
		{trace.Ask{URL: "tls://a", Via: "left", Method: "GET"}, `tls:// speaks no HTTP and has no method; leave out "GET"`},
	} {
		if _, _, err := tc.ask.Request(top); err == nil || err.Error() != tc.want {
			t.Errorf("%+v:\ngot  %v\nwant %s", tc.ask, err, tc.want)
		}
	}
}

// TestShellReadsWords runs no command: a shell prints the words that it reads
// from the commands, which are those that were meant, however odd.
func TestShellReadsWords(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to read the commands")
	}
	top := compile(t, `
proxy haproxy { listen https :443 }
route all {
    tls edge
    to shop
}
`)
	value := "a'b \"c\" $(touch x) `y` \\n ! ~ #é {z} 日本\t;|&"
	tr := traced(t, top, trace.Ask{
		URL: "https://shop.test/a'b/$(id)?x=[1]&y={2}", Method: "PO'ST",
		Fields: []string{"X-Odd: " + value, "X-Empty:", "Host: $(id)"},
	})
	list, _ := tr.Commands()
	script := "curl() { printf '<%s>\\n' \"$@\"; }\nopenssl() { curl \"$@\"; }\nHAPROXY_ADDRESS='192.0.2.1 ; id'\n" + list[0].Line
	out, err := exec.Command(bash, "-c", script).Output()
	if err != nil {
		t.Fatalf("%v:\n%s", err, script)
	}
	for _, want := range []string{
		"<X-Odd: " + value + ">", "<X-Empty;>", "<Host: $(id)>", "<PO'ST>", "<--globoff>",
		"<https://shop.test/a'b/$(id)?x=[1]&y={2}>", "<shop.test:443:192.0.2.1 ; id:443>",
	} {
		if !strings.Contains(string(out), want+"\n") {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// TestFragment: the fragment of a URL is no part of what is asked for, and the trace says that it
// is left out (RFC 9110, 7.1).
func TestFragment(t *testing.T) {
	top := compile(t, "proxy haproxy { listen https :443 }\nroute all {\n    tls edge\n    to shop\n}\n")
	for url, want := range map[string]struct{ title, path, left string }{
		"https://shop.test/cart?x=1#top":  {"GET https://shop.test/cart?x=1", "/cart?x=1", "#top"},
		"https://shop.test#/cart?x":       {"GET https://shop.test", "/", "#/cart?x"},
		"wss://shop.test/live#\x1b[31m#b": {"GET wss://shop.test/live", "/live", ""}, // no URL
		"https://shop.test/cart#":         {"GET https://shop.test/cart", "/cart", ""},
		"https://shop.test/cart%23top":    {"GET https://shop.test/cart%23top", "/cart%23top", ""},
	} {
		ask := trace.Ask{URL: url}
		q, entry, err := ask.Request(top)
		if err != nil {
			if !strings.Contains(url, "\x1b") {
				t.Errorf("%s: %v", url, err)
			}
			continue
		}
		tr := trace.Of(top, q, flow.Derive(top, q), entry)
		tr.Fragment = ask.Fragment()
		var text, json bytes.Buffer
		if err := errors.Join(tr.WriteText(&text, trace.TextOptions{}), tr.WriteJSON(&json)); err != nil {
			t.Fatal(err)
		}
		says := want.left + " is not sent"
		if q.Title() != want.title || q.Calls[0].Path != want.path || strings.Contains(text.String(), says) != (want.left != "") ||
			strings.Contains(json.String(), `"fragment": "`+want.left+`"`) != (want.left != "") {
			t.Errorf("%s: %s, path %s:\n%s", url, q.Title(), q.Calls[0].Path, text.String())
		}
	}
}

// FuzzTrace asks for anything of a model with routes of every kind: there is an
// error or a trace, every writer comes to its end, and no line of a script is
// anything but a comment or a command.
func FuzzTrace(f *testing.F) {
	text, err := os.ReadFile("testdata/openshift.flow")
	if err != nil {
		f.Fatal(err)
	}
	top := compile(f, string(text))
	for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
		a := parse(f, m[1])
		f.Add(a.URL, a.Method, a.From, a.Via, a.SNI, a.TLS, strings.Join(a.Fields, "\n"))
	}
	f.Add("https://[::1]:8443/..", "HEAD", "browser", "router", "none", "1.2..1.3", "Host: x")
	f.Add("tls://x'y:1", "", "", "", "a;b", "1.0", "A: \x1b[31m")
	f.Fuzz(func(t *testing.T, url, method, from, via, sni, tls, field string) {
		ask := trace.Ask{URL: url, Method: method, From: from, Via: via, SNI: sni, TLS: tls}
		if field != "" {
			ask.Fields = []string{field}
		}
		q, entry, err := ask.Request(top)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("a message steers the terminal: %q", err)
			}
			return
		}
		tr := trace.Of(top, q, flow.Derive(top, q), entry)
		check(t, top, tr)
		var out bytes.Buffer
		if err := tr.WriteCommands(&out); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(out.String()) {
			if line != "\n" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "curl ") && !strings.HasPrefix(line, "openssl ") && !strings.HasPrefix(line, "printf ") {
				t.Errorf("a line of the script is %q", line)
			}
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("the script steers the terminal: %q", out.String())
		}
	})
}

// BenchmarkTrace explains a request among 10,000 routes.
func BenchmarkTrace(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "route r%d {\n host r%d.apps.example.test\n tls edge\n to shop\n}\n", i, i)
	}
	m := pipeline.Load("m.flow", func(string) ([]byte, error) { return []byte(text.String()), nil })
	m.Compile()
	top := m.Topology
	b.ResetTimer()
	for b.Loop() {
		q, entry, err := trace.Ask{URL: "https://r9999.apps.example.test/"}.Request(top)
		if err != nil {
			b.Fatal(err)
		}
		trace.Of(top, q, flow.Derive(top, q), entry)
	}
}

// TestWebSocket asks for a WebSocket, by the scheme or by the header field: it is a tunnel.
func TestWebSocket(t *testing.T) {
	top := compile(t, `
proxy haproxy {
    listen http :80
    listen https :443
    timeout tunnel 1h
}
route chat {
    host chat.example.test
    tls edge
    insecure allow
    to chat
}
backend chat { server chat-1 }
`)
	for _, ask := range []trace.Ask{
		{URL: "wss://chat.example.test/ws"},
		{URL: "ws://chat.example.test/ws"},
		{URL: "WSS://chat.example.test/ws"},
		{URL: "https://chat.example.test/ws", Fields: []string{"Upgrade: websocket", "Connection: Upgrade"}},
	} {
		q, entry, err := ask.Request(top)
		if err != nil {
			t.Fatalf("%s: %v", ask.URL, err)
		}
		var b strings.Builder
		if err := trace.Of(top, q, flow.Derive(top, q), entry).WriteText(&b, trace.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.Contains(got, "101 from chat/chat-1") || !strings.Contains(got, "an idle tunnel is closed after 1h") {
			t.Errorf("%s:\n%s", ask.URL, got)
		}
	}
}

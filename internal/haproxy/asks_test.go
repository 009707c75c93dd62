package haproxy_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
)

// configurations are the folders of configurations that were run on a real HAProxy and
// asked; their README says what is in them.
const configurations = "../../e2e/import/configs"

// line is one line of words; what stands between double quotes is in one.
type line struct {
	n     int
	text  string
	words []string
}

func linesOf(t *testing.T, file string) []line {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []line
	n := 0
	for text := range strings.Lines(string(data)) {
		n++
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		l := line{n: n, text: text}
		var word strings.Builder
		quoted, some := false, false
		for _, r := range text + " " {
			switch {
			case r == '"':
				quoted, some = !quoted, true
			case r == ' ' && !quoted:
				if some || word.Len() > 0 {
					l.words = append(l.words, word.String())
				}
				word.Reset()
				some = false
			default:
				word.WriteRune(r)
			}
		}
		out = append(out, l)
	}
	return out
}

// ask is one line of asks.txt.
type ask struct {
	line
	method, at, from string
	url              *url.URL
	sent             map[string]string
	headers          []string
	outcome          string
	seen             map[string]string
}

func asksOf(t *testing.T, dir string) []ask {
	var out []ask
	at, from := "", "198.51.100.7"
	for _, l := range linesOf(t, filepath.Join(dir, "asks.txt")) {
		switch l.words[0] {
		case "at":
			at = l.words[1]
			continue
		case "from":
			from = l.words[1]
			continue
		}
		i := slices.Index(l.words, "=>")
		u, err := url.Parse(l.words[1])
		if err != nil || i < 0 {
			t.Fatal(l.text, err)
		}
		a := ask{line: l, method: l.words[0], url: u, at: at, from: from, sent: map[string]string{}, seen: map[string]string{}, outcome: l.words[i+1]}
		for _, w := range l.words[2:i] {
			k, v, _ := strings.Cut(w, "=")
			if k == "header" {
				a.headers = append(a.headers, v)
				continue
			}
			a.sent[k] = v
		}
		for _, w := range l.words[i+2:] {
			k, v, _ := strings.Cut(w, "=")
			a.seen[k] = v
		}
		if v := a.sent["at"]; v != "" {
			a.at = v
		}
		if v := a.sent["from"]; v != "" {
			a.from = v
		}
		out = append(out, a)
	}
	return out
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// via is the proxy that an ask reaches; "" for none. A port of one address comes before
// that of every address.
func (a *ask) via(d *flow.Draft, port int) string {
	found := ""
	for _, decl := range d.Declarations {
		p, ok := decl.(*flow.ProxyDraft)
		if !ok {
			continue
		}
		for _, l := range p.Listeners {
			switch {
			case port < l.Port || port > max(l.Port, l.LastPort):
			case l.Address == a.at:
				return p.Name
			case l.Address == "", l.Address == "::" && strings.Contains(a.at, ":"):
				found = first(found, p.Name)
			}
		}
	}
	return found
}

// request adds an ask to a model as a request; it reports whether anything listens where
// it goes.
func (a *ask) request(d *flow.Draft, p *parts) bool {
	scheme := map[string]string{"tls": "https", "tcp": "http"}[a.url.Scheme]
	scheme = first(scheme, a.url.Scheme)
	port, _ := strconv.Atoi(a.url.Port())
	if port == 0 {
		port = map[string]int{"http": 80, "https": 443}[scheme]
	}
	via := a.via(d, port)
	if via == "" {
		return false
	}
	call := flow.Call{Method: a.method, Scheme: scheme, Host: a.url.Hostname(), Port: port, Path: first(a.url.RequestURI(), "/")}
	if a.method == "TALK" {
		call.Method = "GET"
	}
	q := &flow.RequestDraft{
		Decl:         flow.Decl{Name: "ask", Origin: flow.OriginStated},
		RequestFacts: flow.RequestFacts{Calls: []flow.Call{call}},
		From:         stated("tester"), Via: stated(via),
	}
	if v, ok := a.sent["sni"]; ok {
		q.SNI = stated(strings.Replace(v, "none", "", 1))
	}
	if v := a.sent["host"]; v != "" {
		host, _, _ := strings.Cut(v, ":")
		q.HostField = stated(host)
	}
	for _, h := range a.headers {
		k, v, _ := strings.Cut(h, ":")
		q.Fields = append(q.Fields, flow.HeaderField{Name: k, Value: strings.TrimSpace(v)})
	}
	if v := a.sent["tls"]; v != "" {
		version := map[string]flow.Version{"1.0": flow.TLS10, "1.1": flow.TLS11, "1.2": flow.TLS12, "1.3": flow.TLS13}[v]
		q.TLS = stated(flow.Versions{Min: version, Max: version})
	}
	d.Declarations = append(d.Declarations, a.client(d, p), q)
	return true
}

// client is who asks. It verifies nothing.
func (a *ask) client(d *flow.Draft, p *parts) *flow.ClientDraft {
	c := &flow.ClientDraft{Decl: flow.Decl{Name: "tester", Origin: flow.OriginStated}}
	c.Address = stated(a.from)
	c.End.Verify = stated(false)
	if cert := a.sent["cert"]; cert != "" {
		around := &surroundings{parts: p, draft: d, known: map[string]string{}}
		c.End.Certificate = stated(around.declared(cert))
	}
	if alpn := a.sent["alpn"]; alpn != "" {
		c.End.ALPN = stated(strings.Split(alpn, ","))
	}
	if v := a.sent["proxy"]; v != "" {
		c.SendProxy = stated(map[string]flow.ProxyVersion{"v1": 1, "v2": 2}[v])
	}
	return c
}

// alerts are the names that asks.txt has for alerts, after those of Go, where they are
// not the registry's.
var alerts = map[string]string{"protocol_version": "protocol_version_not_supported", "unknown_ca": "unknown_certificate_authority"}

// derived is what flowc derives for an ask, in the words of asks.txt.
func (a *ask) derived(t *testing.T, dir string, p *parts) string {
	d := draftOf(t, dir, p)
	if !a.request(d, p) {
		return "refused"
	}
	topology, mistakes := flow.Complete(d)
	for _, m := range check.Mistakes(mistakes) {
		t.Error(m.Code, m.Message)
	}
	q := topology.Requests[len(topology.Requests)-1]
	lc := flow.Derive(topology, q)
	var out []string
	for _, e := range lc.Outcome.Endings {
		switch e := e.(type) {
		case flow.Answered:
			out = append(out, strconv.Itoa(e.Status))
		case flow.Closed:
			out = append(out, "close")
		case flow.TimedOut:
			out = append(out, "timeout")
		case flow.Alerted:
			out = append(out, "alert="+first(alerts[e.Alert.String()], e.Alert.String()))
		default:
			out = append(out, fmt.Sprintf("%T", e))
		}
	}
	text := strings.Join(out, "|")
	if n := len(lc.Exchanges); n > 0 && lc.Exchanges[n-1].Server != nil {
		s := lc.Exchanges[n-1].Server
		var names []string
		port := s.Port
		if s.SamePort.V {
			port = q.Calls[0].Port
		}
		for _, x := range p.at(s.Address, port) {
			names = append(names, x.name)
		}
		text += " server=" + first(strings.Join(names, "|"), s.Backend.Name+"/"+s.Name)
	}
	shown := false
	for _, s := range lc.Steps {
		switch f := s.Facts.(type) {
		case flow.Redirection:
			text += " location=" + location(f)
		case flow.CertificateChoice:
			text, shown = withEnd(text, shown, p, f.Certificate)
		case flow.CertificateShown:
			text, shown = withEnd(text, shown, p, f.Certificate)
		}
	}
	return text
}

// withEnd adds the first certificate that is shown: that of the client's session.
func withEnd(text string, shown bool, p *parts, c *flow.Certificate) (string, bool) {
	if c != nil && !shown {
		text += " ends=" + partOf(p, c)
	}
	return text, true
}

// partOf is the name of a certificate among the parts.
func partOf(p *parts, c *flow.Certificate) string {
	for _, x := range p.certs {
		if "part-"+x.name == c.Name || x.words["file"] != "" && filepath.Base(x.words["file"]) == first(c.Label, c.Name) {
			return x.name
		}
	}
	return c.Name
}

func location(r flow.Redirection) string {
	if r.Host == "" {
		return r.Path
	}
	out := r.Scheme + "://" + r.Host
	if r.Port != 0 {
		out += ":" + strconv.Itoa(r.Port)
	}
	return out + r.Path
}

// TestAsks derives what a real HAProxy was asked, and holds it against what that did.
// Where a model says something else, the line that decides is listed as one that it does
// not hold.
func TestAsks(t *testing.T) {
	dirs, err := filepath.Glob(configurations + "/*/haproxy.cfg")
	if err != nil || len(dirs) < 20 {
		t.Fatal(len(dirs), err)
	}
	known, places := placedIn(t, "testdata/asks.unmet")
	asked := map[string]bool{}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := partsOf(t, dir)
			listed := readIn(t, dir, p).Unmodelled
			for _, a := range asksOf(t, dir) {
				name := filepath.Base(dir) + ": " + a.text
				asked[name] = true
				known.hold(t, name, a.differs(a.derived(t, dir, p)))
				if at := places[name]; strings.Contains(at, ":") && !isListed(listed, at) {
					t.Errorf("%s\n  nothing is listed at %s", name, at)
				}
			}
		})
	}
	for name := range places {
		if !asked[name] {
			t.Errorf("%s is not asked", name)
		}
	}
}

// placedIn are cases that are known not to hold, and the place that stands before each.
func placedIn(t *testing.T, path string) (*unmet, map[string]string) {
	u := unmetIn(t, path)
	places := map[string]string{}
	for text := range u.cases {
		at, name, ok := strings.Cut(text, " | ")
		if !ok {
			t.Fatalf("%s: write PLACE | CASE: %s", path, text)
		}
		places[name] = at
	}
	u.cases = map[string]bool{}
	for name := range places {
		u.cases[name] = true
	}
	return u, places
}

// isListed reports whether what a model lists names a line as one that loses a detail, or
// changes where requests go.
func isListed(listed []flow.Unmodelled, at string) bool {
	return slices.ContainsFunc(listed, func(x flow.Unmodelled) bool {
		line := x.At.File.Position(x.At.Start).Line
		return x.Kind != flow.NoEffect && filepath.Base(x.At.File.Path)+":"+strconv.Itoa(line) == at
	})
}

// unmet are the cases that are known not to hold, each with the reason.
type unmet struct {
	path  string
	cases map[string]bool
}

func unmetIn(t *testing.T, path string) *unmet {
	u := &unmet{path: path, cases: map[string]bool{}}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(data)) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			u.cases[l] = true
		}
	}
	return u
}

// hold fails where a case does not hold, and where one does that is known not to.
func (u *unmet) hold(t *testing.T, name, why string) {
	t.Helper()
	switch {
	case why != "" && !u.cases[name]:
		t.Errorf("%s\n  %s", name, why)
	case why == "" && u.cases[name]:
		t.Errorf("%s\n  holds now: remove it from %s", name, u.path)
	}
}

// differs says how what is derived differs from what was seen; "" where it does not.
func (a *ask) differs(got string) string {
	outcome, rest, _ := strings.Cut(got, " ")
	want := a.outcome
	if want == "answered" {
		want = "200"
	}
	if !slices.Contains(strings.Split(outcome, "|"), want) && !slices.Contains(strings.Split(want, "|"), outcome) {
		return "derived " + got
	}
	fields := map[string]string{}
	for _, w := range strings.Fields(rest) {
		k, v, _ := strings.Cut(w, "=")
		fields[k] = v
	}
	if v := a.seen["server"]; v != "" {
		some := slices.ContainsFunc(strings.Split(v, "|"), func(s string) bool { return slices.Contains(strings.Split(fields["server"], "|"), s) })
		if !some {
			return "derived " + got
		}
	}
	if v := a.seen["location"]; v != "" && v != fields["location"] {
		return "derived " + got
	}
	if a.seen["server"] == "" && fields["server"] != "" && outcome == "200" {
		return "derived " + got
	}
	if v := a.seen["ends"]; v != "" && v != fields["ends"] {
		return "derived " + got
	}
	return ""
}

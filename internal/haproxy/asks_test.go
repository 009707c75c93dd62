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
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
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

// parts is what stands around a configuration.
type parts struct {
	servers map[string][]string // names by ADDRESS:PORT
	names   map[string][]string // of certificates, by the end of their file
	down    []string            // BACKEND/SERVER
	env     map[string]string
	hosts   map[string]string
}

func partsOf(t *testing.T, dir string) *parts {
	p := &parts{servers: map[string][]string{}, names: map[string][]string{}, env: map[string]string{}, hosts: map[string]string{}}
	for _, l := range linesOf(t, filepath.Join(dir, "parts.txt")) {
		value := func(key string) string {
			for _, w := range l.words {
				if v, ok := strings.CutPrefix(w, key+"="); ok {
					return v
				}
			}
			return ""
		}
		switch l.words[0] {
		case "server":
			p.servers[l.words[2]] = append(p.servers[l.words[2]], l.words[1])
		case "cert":
			p.names[value("file")] = strings.Split(value("names"), ",")
		case "down":
			p.down = append(p.down, l.words[1])
		case "env":
			name, v, _ := strings.Cut(l.words[1], "=")
			p.env[name] = v
		case "host":
			p.hosts[l.words[1]] = l.words[2]
		}
	}
	return p
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

// openIn reads the files of a folder as they are at their places below /etc/haproxy.
func openIn(dir string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		path = strings.TrimPrefix(path, "/etc/haproxy/")
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	}
}

// draftOf reads a configuration.
func draftOf(t *testing.T, dir string, p *parts) *flow.Draft {
	t.Helper()
	open := openIn(dir)
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open, Env: p.env})
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range d.Declarations {
		switch decl := decl.(type) {
		case *flow.BackendDraft:
			for _, s := range decl.Servers {
				if slices.Contains(p.down, first(decl.Label, decl.Name)+"/"+s.Name) {
					s.State = flow.State(flow.ServerDown, s.At)
				}
			}
		case *flow.CertificateDraft:
			for file, names := range p.names {
				if file != "" && filepath.Base(file) == first(decl.Label, decl.Name) && decl.Names == nil {
					for _, n := range names {
						decl.Names = append(decl.Names, flow.State(n, decl.At))
					}
				}
			}
		}
	}
	return d
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// request is an ask as a request of a model.
func (a *ask) request(d *flow.Draft) bool {
	scheme := a.url.Scheme
	port, _ := strconv.Atoi(a.url.Port())
	if port == 0 {
		port = map[string]int{"http": 80, "https": 443}[scheme]
	}
	via := ""
	for _, decl := range d.Declarations {
		p, ok := decl.(*flow.ProxyDraft)
		if !ok {
			continue
		}
		for _, l := range p.Listeners {
			if l.Port == port && (l.Address == "" || l.Address == a.at) {
				via = p.Name
				if l.Address == a.at {
					break
				}
			}
		}
	}
	if via == "" {
		return false
	}
	call := flow.Call{Method: a.method, Scheme: scheme, Host: a.url.Hostname(), Port: port, Path: first(a.url.RequestURI(), "/")}
	if a.method == "TALK" {
		call.Method, call.Path = "CONNECT", "/"
	}
	q := &flow.RequestDraft{
		Decl:         flow.Decl{Name: "ask", Origin: flow.OriginStated},
		RequestFacts: flow.RequestFacts{Calls: []flow.Call{call}},
		From:         flow.Ref{V: "tester", Origin: flow.OriginStated}, Via: flow.Ref{V: via, Origin: flow.OriginStated},
	}
	if v, ok := a.sent["sni"]; ok {
		if v == "none" {
			v = ""
		}
		q.SNI = flow.Fact[string]{V: v, Origin: flow.OriginStated}
	}
	if v := a.sent["host"]; v != "" {
		host, _, _ := strings.Cut(v, ":")
		q.HostField = flow.Fact[string]{V: host, Origin: flow.OriginStated}
	}
	for _, h := range a.headers {
		k, v, _ := strings.Cut(h, ":")
		q.Fields = append(q.Fields, flow.HeaderField{Name: k, Value: strings.TrimSpace(v)})
	}
	c := &flow.ClientDraft{Decl: flow.Decl{Name: "tester", Origin: flow.OriginStated}}
	c.Address = flow.Fact[string]{V: a.from, Origin: flow.OriginStated}
	if v := a.sent["tls"]; v != "" {
		version := map[string]flow.Version{"1.0": flow.TLS10, "1.1": flow.TLS11, "1.2": flow.TLS12, "1.3": flow.TLS13}[v]
		q.TLS = flow.Fact[flow.Versions]{V: flow.Versions{Min: version, Max: version}, Origin: flow.OriginStated}
	}
	if cert := a.sent["cert"]; cert != "" {
		own := &flow.CertificateDraft{Decl: flow.Decl{Name: "of-" + cert, Origin: flow.OriginStated}}
		if a.outcome != "alert=unknown_certificate_authority" {
			for _, decl := range d.Declarations {
				if ca, ok := decl.(*flow.CADraft); ok && own.Issuer.V == "" {
					own.Issuer = flow.Ref{V: ca.Name, Origin: flow.OriginStated}
				}
			}
		}
		d.Declarations = append(d.Declarations, own)
		c.End.Certificate = flow.Ref{V: own.Name, Origin: flow.OriginStated}
	}
	c.End.Verify = flow.Fact[bool]{V: false, Origin: flow.OriginStated}
	if alpn := a.sent["alpn"]; alpn != "" {
		c.End.ALPN = flow.Fact[[]string]{V: strings.Split(alpn, ","), Origin: flow.OriginStated}
	}
	if v := a.sent["proxy"]; v != "" {
		c.SendProxy = flow.Fact[flow.ProxyVersion]{V: map[string]flow.ProxyVersion{"v1": 1, "v2": 2}[v], Origin: flow.OriginStated}
	}
	d.Declarations = append(d.Declarations, c, q)
	return true
}

// derived is what flowc derives for an ask, in the words of asks.txt.
func (a *ask) derived(t *testing.T, dir string, p *parts) string {
	d := draftOf(t, dir, p)
	if !a.request(d) {
		return "refused"
	}
	topology, mistakes := flow.Complete(d)
	for _, m := range check.Mistakes(mistakes) {
		t.Log(m.Code, m.Message)
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
			out = append(out, "alert="+e.Alert.String())
		default:
			out = append(out, fmt.Sprintf("%T", e))
		}
	}
	text := strings.Join(out, "|")
	if n := len(lc.Exchanges); n > 0 && lc.Exchanges[n-1].Server != nil {
		s := lc.Exchanges[n-1].Server
		names := p.servers[s.Address+":"+strconv.Itoa(s.Port)]
		if ip := p.hosts[s.Address]; ip != "" {
			names = p.servers[ip+":"+strconv.Itoa(s.Port)]
		}
		text += " server=" + first(strings.Join(names, "|"), s.Backend.Name+"/"+s.Name)
	}
	for _, s := range lc.Steps {
		if r, ok := s.Facts.(flow.Redirection); ok {
			text += " location=" + location(r)
		}
	}
	return text
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
func TestAsks(t *testing.T) {
	dirs, err := filepath.Glob(configurations + "/*/haproxy.cfg")
	if err != nil || len(dirs) < 20 {
		t.Fatal(len(dirs), err)
	}
	unmet := unmetIn(t, "testdata/asks.unmet")
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := partsOf(t, dir)
			for _, a := range asksOf(t, dir) {
				got := a.derived(t, dir, p)
				unmet.hold(t, filepath.Base(dir)+": "+a.text, a.differs(got))
			}
		})
	}
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
	return ""
}

package cluster_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/source"
)

// asking is "# ask METHOD URL [NAME=VALUE…] -> words": a request and what comes of it. The words
// are the status or the end, then the backend, where to a redirect leads, and, only where they
// are written, path=, host=, checked= and shown=.
var asking = regexp.MustCompile(`^# ask (\S+) (\S+)((?: [\w-]+=\S*)*) -> (.*)$`)

// asked is what comes of a request.
func asked(t *testing.T, m *pipeline.Model, method, to string, fields []string, wanted string) string {
	t.Helper()
	draft, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	call := flow.Call{Method: method, Scheme: u.Scheme, Host: u.Hostname(), Path: u.RequestURI(), Port: map[string]int{"http": 80, "https": 443, "tls": 443, "tcp": 80}[u.Scheme]}
	if p, err := strconv.Atoi(u.Port()); err == nil {
		call.Port = p
	}
	if !call.IsHTTP() {
		call.Method, call.Path = "CONNECT", "/"
	}
	via := ""
	q := &flow.RequestDraft{Decl: flow.Decl{Name: "ask", Origin: flow.OriginStated}}
	q.Calls = []flow.Call{call}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		if name == "via" {
			via = value
			continue
		}
		q.Fields = append(q.Fields, flow.HeaderField{Name: name, Value: value})
	}
	for _, d := range draft.Declarations {
		if p, ok := d.(*flow.ProxyDraft); ok && (via == "" || via == p.Name) && listens(p, call.Port) {
			q.Via = flow.State(p.Name, source.Span{})
			break
		}
	}
	client := &flow.ClientDraft{Decl: flow.Decl{Name: "asker", Origin: flow.OriginStated}}
	client.Address = flow.State("192.0.2.7", source.Span{})
	q.From = flow.State("asker", source.Span{})
	draft.Declarations = append(draft.Declarations, client, q)
	topology, mistakes := flow.Complete(draft)
	for _, x := range check.Mistakes(mistakes) {
		t.Error(x.Code, x.Message)
	}
	return outcome(flow.Derive(topology, topology.Requests[len(topology.Requests)-1]), wanted)
}

func listens(p *flow.ProxyDraft, port int) bool {
	return slices.ContainsFunc(p.Listeners, func(l *flow.ListenerDraft) bool { return l.Port == port })
}

// outcome is what came of a request, with those of the details that somebody wants.
func outcome(lc *flow.Lifecycle, wanted string) string {
	var out []string
	for _, e := range lc.Outcome.Endings {
		switch e := e.(type) {
		case flow.Answered:
			out = append(out, strconv.Itoa(e.Status))
		case flow.Closed:
			out = append(out, "close")
		default:
			out = append(out, fmt.Sprintf("%T", e))
		}
	}
	text := strings.Join(out, "|")
	if n := len(lc.Exchanges); n > 0 && lc.Exchanges[n-1].Server != nil {
		text += " " + lc.Exchanges[n-1].Server.Backend.Name
	}
	path, host := "", ""
	for _, s := range lc.Steps {
		switch f := s.Facts.(type) {
		case flow.Redirection:
			text += " " + location(f)
		case flow.RequestLine:
			path = f.Path
		}
		if s.Exchange != nil && s.Exchange.Route != nil {
			host = s.Exchange.Route.Changed(flow.HeadOf(lc.Request, s.Exchange.Call)).Host
		}
	}
	details := map[string]string{"path": path, "host": host}
	for _, x := range lc.Sessions {
		if x.Ends[0].Kind != flow.KindClient {
			details["checked"] = strings.Join(x.Checks, ",")
		} else if x.Certificate != nil {
			details["shown"] = x.Certificate.Name
		}
	}
	for _, w := range strings.Fields(wanted) {
		if name, _, ok := strings.Cut(w, "="); ok && !strings.Contains(w, "://") {
			text += " " + name + "=" + details[name]
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

// TestAsks asks the models of testdata/asks. Each names the test or the section of its specification
// that it follows, and has the answers that this has.
func TestAsks(t *testing.T) {
	paths, err := filepath.Glob("testdata/asks/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, p := range paths {
		archive, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			t.Run(strings.TrimSuffix(filepath.Base(p), ".txtar")+"/"+f.Name, func(t *testing.T) {
				if !strings.HasPrefix(string(f.Data), "# after ") {
					t.Error("it does not say what it follows")
				}
				m := load(t, map[string]string{"a.yaml": string(f.Data)}, "a.yaml")
				wants(t, m, string(f.Data), "FL8")
				asks := 0
				for line := range strings.Lines(string(f.Data)) {
					a := asking.FindStringSubmatch(strings.TrimSpace(line))
					if a == nil {
						if strings.Contains(line, "# ask") {
							t.Errorf("no ask: %s", line)
						}
						continue
					}
					asks++
					if got := asked(t, m, a[1], a[2], strings.Fields(a[3]), a[4]); got != a[4] {
						t.Errorf("%s %s%s\n got %s\nwant %s", a[1], a[2], a[3], got, a[4])
					}
				}
				if asks == 0 && !strings.Contains(string(f.Data), "# want ") {
					t.Error("nothing is asked")
				}
			})
		}
	}
}

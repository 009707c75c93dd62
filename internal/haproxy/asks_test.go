package haproxy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/asked"
)

// configurations are the folders of configurations that were run on a real HAProxy and
// asked; their README says what is in them.
const configurations = "../../e2e/import/configs"

// request adds an ask to a model as a request, and completes it; nil where nothing listens
// where it goes.
func request(t *testing.T, a *asked.Ask, dir string, p *asked.Parts) (*flow.Topology, *flow.Request) {
	t.Helper()
	base := readIn(t, dir, p)
	around := p.Around(base)
	if !around.Ask(a) {
		return nil, nil
	}
	topology, mistakes := flow.Complete(onTop(t, base, around.Draft))
	for _, m := range check.Mistakes(mistakes) {
		t.Error(m.Code, m.Message)
	}
	return topology, topology.Requests[len(topology.Requests)-1]
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// alerts are the names that asks.txt has for alerts, after those of Go, where they are
// not the registry's.
var alerts = map[string]string{"protocol_version": "protocol_version_not_supported", "unknown_ca": "unknown_certificate_authority"}

// derived is what flowc derives for an ask, in the words of asks.txt.
func derived(t *testing.T, a *asked.Ask, dir string, p *asked.Parts) string {
	topology, q := request(t, a, dir, p)
	if q == nil {
		return "refused"
	}
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
		for _, x := range p.At(s.Address, port) {
			names = append(names, x.Name)
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
func withEnd(text string, shown bool, p *asked.Parts, c *flow.Certificate) (string, bool) {
	if c != nil && !shown {
		text += " ends=" + partOf(p, c)
	}
	return text, true
}

// partOf is the name of a certificate among the parts.
func partOf(p *asked.Parts, c *flow.Certificate) string {
	for _, x := range p.Certs {
		if "part-"+x.Name == c.Name || x.Words["file"] != "" && filepath.Base(x.Words["file"]) == first(c.Label, c.Name) {
			return x.Name
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
	done := map[string]bool{}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := asked.PartsOf(t, dir)
			listed := readIn(t, dir, p).Unmodelled
			for _, a := range asked.AsksOf(t, dir) {
				name := filepath.Base(dir) + ": " + a.Text
				done[name] = true
				known.hold(t, name, differs(a, derived(t, a, dir, p)))
				if at := places[name]; strings.Contains(at, ":") && !isListed(listed, at) {
					t.Errorf("%s\n  nothing is listed at %s", name, at)
				}
			}
		})
	}
	for name := range places {
		if !done[name] {
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
func differs(a *asked.Ask, got string) string {
	outcome, rest, _ := strings.Cut(got, " ")
	want := a.Outcome
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
	if v := a.Seen["server"]; v != "" {
		some := slices.ContainsFunc(strings.Split(v, "|"), func(s string) bool { return slices.Contains(strings.Split(fields["server"], "|"), s) })
		if !some {
			return "derived " + got
		}
	}
	if v := a.Seen["location"]; v != "" && v != fields["location"] {
		return "derived " + got
	}
	if a.Seen["server"] == "" && fields["server"] != "" && outcome == "200" {
		return "derived " + got
	}
	if v := a.Seen["ends"]; v != "" && v != fields["ends"] {
		return "derived " + got
	}
	return ""
}

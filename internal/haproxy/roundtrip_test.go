package haproxy_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/dotflow"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// TestRoundTrip exports models, reads the configurations back, adds to them what no
// configuration says, and derives what the models derive.
func TestRoundTrip(t *testing.T) {
	known := unmetIn(t, "testdata/roundtrip.unmet")
	for _, file := range exportedModels(t) {
		t.Run(modelName(file), func(t *testing.T) {
			known.hold(t, modelName(file), roundTrip(t, ofFile(t, file)))
		})
	}
}

// exportedModels are the files of models whose exports are read back.
func exportedModels(t *testing.T) []string {
	t.Helper()
	var models []string
	for _, pattern := range []string{"../../e2e/haproxy/testdata/*.flow", "../../models/*.flow"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 10 {
			t.Fatal(len(found), err)
		}
		models = append(models, found...)
	}
	return models
}

func modelName(file string) string {
	return filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".flow")
}

// ofFile reads a model of its own language. The addresses of the end-to-end models are
// those of one machine, which are addresses of each machine: here they are others.
func ofFile(t *testing.T, file string) func() *flow.Draft {
	read := func(path string) ([]byte, error) {
		data, err := os.ReadFile(path)
		data = bytes.ReplaceAll(data, []byte("127.77."), []byte("10.77."))
		return bytes.ReplaceAll(data, []byte("inner 10.77."), []byte("inner 127.77.")), err // a stage is on the machine
	}
	return func() *flow.Draft { return original(t, front.Input{Path: file, Read: read}) }
}

func original(t *testing.T, in front.Input) *flow.Draft {
	t.Helper()
	m, err := dotflow.End.Read(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	d, found, err := m.Draft(t.Context())
	if err != nil || len(found)+len(m.Findings) > 0 {
		t.Fatal(found, m.Findings, err)
	}
	return d
}

// addressed is a topology of proxies and servers with addresses: where a model states none,
// whoever runs the configuration says it.
func addressed(t *testing.T, d *flow.Draft) *flow.Topology {
	t.Helper()
	for i, x := range d.Declarations {
		switch x := x.(type) {
		case *flow.ProxyDraft:
			for _, l := range x.Listeners {
				if l.Address == "" && !l.Socket.IsSet() {
					l.Address = fmt.Sprintf("10.88.%d.1", i)
				}
			}
		case *flow.BackendDraft:
			for j, s := range x.Servers {
				s.Address = cmp.Or(s.Address, fmt.Sprintf("10.99.%d.%d", i, j+1))
			}
		}
	}
	is, mistakes := flow.Complete(d)
	if len(mistakes) > 0 || len(is.Proxies) == 0 {
		t.Fatal(mistakes)
	}
	for i, p := range is.Proxies { // those that nothing declares
		for _, l := range p.Listeners {
			if l.Address == "" && !l.Socket.IsSet() {
				l.Address = fmt.Sprintf("10.87.%d.1", i)
			}
		}
	}
	for i, b := range is.Backends {
		for j, s := range b.Servers {
			s.Address = cmp.Or(s.Address, fmt.Sprintf("10.98.%d.%d", i, j+1))
		}
	}
	return is
}

// roundTrip says how what is read back differs from a model; "" where it does not.
func roundTrip(t *testing.T, model func() *flow.Draft) string {
	was := addressed(t, model())
	is, mistakes := flow.Complete(extended(readBack(t, exported(t, was)), model(), was))
	if len(mistakes) > 0 {
		return fmt.Sprintf("mistake: %T %+v", mistakes[0], mistakes[0])
	}
	for i, q := range was.Requests {
		if q.Derived || i >= len(is.Requests) {
			continue
		}
		j := slices.IndexFunc(is.Requests, func(o *flow.Request) bool { return o.Name == q.Name })
		if j < 0 {
			return "no request " + q.Name
		}
		a, b := course(was, q), course(is, is.Requests[j])
		if a != b {
			return "request " + q.Name + ": " + differingLine(a, b)
		}
	}
	return ""
}

func exported(t *testing.T, m *flow.Topology) *export.Result {
	t.Helper()
	target, err := export.Lookup("haproxy")
	if err != nil {
		t.Fatal(err)
	}
	return target.Export(m)
}

// readBack reads exported configurations, as a model that imports all of them has them.
func readBack(t *testing.T, out *export.Result) *flow.Draft {
	t.Helper()
	read := func(path string) ([]byte, error) {
		for _, f := range out.Files {
			if strings.HasSuffix("/"+path, "/"+f.Path) {
				return f.Text, nil
			}
		}
		return nil, os.ErrNotExist
	}
	earlier, all := &flow.Draft{}, &flow.Draft{}
	var drafts []*flow.Draft
	for _, file := range out.Files {
		if !strings.HasSuffix(file.Path, ".cfg") {
			continue
		}
		m, err := haproxy.End.Read(t.Context(), front.Input{Path: file.Path, Read: read, Data: read})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Findings {
			if string(f.Code) != string(haproxycfg.FaultFile) && f.Severity == diag.Error { // whoever runs it has the certificates
				t.Error(f.Code, f.Message, f.At.Text())
			}
		}
		d, _, err := m.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		front.Apart(earlier, d)
		earlier.Declarations = append(earlier.Declarations, d.Declarations...)
		drafts = append(drafts, d)
	}
	for _, d := range slices.Backward(drafts) {
		front.Extend(d, all)
	}
	front.Link(all)
	return all
}

// extended adds to a configuration what the model says beside it: clients, requests, the
// facts of certificates, and who the servers are.
func extended(d, model *flow.Draft, was *flow.Topology) *flow.Draft {
	own := map[string]bool{}
	for _, x := range model.Declarations {
		switch x := x.(type) {
		case *flow.CertificateDraft:
			own["certificate "+x.Name] = true
		case *flow.CADraft:
			own["ca "+x.Name] = true
		}
	}
	d.Declarations = slices.DeleteFunc(d.Declarations, func(x flow.Declaration) bool {
		switch x := x.(type) {
		case *flow.CertificateDraft:
			return own["certificate "+x.Name]
		case *flow.CADraft:
			return own["ca "+x.Name]
		}
		return false
	})
	for _, x := range model.Declarations {
		switch x := x.(type) {
		case *flow.CertificateDraft, *flow.CADraft, *flow.ZoneDraft, *flow.ClientDraft:
			d.Declarations = append(d.Declarations, x)
		case *flow.RequestDraft:
			x.Expect = nil
			if i := slices.IndexFunc(was.Requests, func(q *flow.Request) bool { return q.Name == x.Name }); i >= 0 && was.Requests[i].Via != nil {
				x.Via = stated(was.Requests[i].Via.Name)
			}
			d.Declarations = append(d.Declarations, x)
		}
	}
	for _, x := range d.Declarations {
		if b, ok := x.(*flow.BackendDraft); ok {
			serve(b, model, was)
		}
	}
	d.Date, d.Profile = model.Date, model.Profile
	return d
}

// serve says of the servers of a backend what they are in the model.
func serve(b *flow.BackendDraft, model *flow.Draft, was *flow.Topology) {
	for _, o := range was.Backends {
		for _, s := range o.Servers {
			for _, own := range b.Servers {
				if own.Name != s.Name && !strings.HasSuffix(own.Name, s.Name) {
					continue
				}
				own.State = s.State
				b.Speaks, b.AcceptProxy, b.ConnectionClose = o.Speaks, o.AcceptProxy, o.ConnectionClose
				for _, x := range model.Declarations {
					if as, ok := x.(*flow.BackendDraft); ok && as.Name == o.Name {
						b.End = as.End
					}
				}
			}
		}
	}
}

// course is the lifecycle of a request, names aside.
func course(t *flow.Topology, q *flow.Request) string {
	lc := flow.Derive(t, q)
	var b strings.Builder
	for _, s := range lc.Steps {
		fmt.Fprintf(&b, "%v %s %s>%s attempt=%d protected=%v relayed=%v", s.Op, role(s.At), role(s.From), role(s.To), s.Attempt, s.Protected, s.Relayed)
		switch f := s.Facts.(type) {
		case flow.Redirection:
			fmt.Fprintf(&b, " %+v", f)
		case flow.AnswerGiven:
			fmt.Fprintf(&b, " %+v", f)
		case flow.CertificateShown:
			if f.Certificate != nil && len(f.Certificate.Names) > 0 { // else only a configuration names it
				fmt.Fprintf(&b, " %s", f.Certificate.Name)
			}
		}
		b.WriteByte('\n')
	}
	for _, e := range lc.Outcome.Endings {
		fmt.Fprintf(&b, "%T %+v\n", e, e)
	}
	return b.String()
}

// role is what a participant is.
func role(p *flow.Participant) string {
	switch {
	case p == nil:
		return ""
	case p.Server != nil:
		return "server"
	case p.Proxy != nil:
		return "proxy"
	}
	return "client"
}

// differingLine is the first line in which two texts differ.
func differingLine(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			other := ""
			if i < len(y) {
				other = y[i]
			}
			return fmt.Sprintf("step %d: %s, and read back: %s", i, x[i], other)
		}
	}
	return "read back, there is more: " + y[len(x)-1]
}

// TestExportedAgain exports what is read back of an export: the directives are the same,
// comments aside.
func TestExportedAgain(t *testing.T) {
	known := unmetIn(t, "testdata/again.unmet")
	for _, file := range exportedModels(t) {
		known.hold(t, modelName(file), again(t, ofFile(t, file)))
	}
}

// again says how the export of what is read back of an export differs; "" where it does not.
func again(t *testing.T, model func() *flow.Draft) string {
	was := addressed(t, model())
	out := exported(t, was)
	d := extended(readBack(t, out), model(), was)
	d.Name = was.Name
	is, mistakes := flow.Complete(d)
	if x, y := directives(out), directives(exported(t, is)); x != y || len(mistakes) > 0 {
		return fmt.Sprint(differingLine(x, y), mistakes)
	}
	return ""
}

// directives are the lines of an export without comments.
func directives(r *export.Result) string {
	var b strings.Builder
	for _, f := range r.Files {
		for l := range strings.Lines(string(f.Text)) {
			l, _, _ = strings.Cut(l, " # ")
			if l = strings.Join(strings.Fields(l), " "); l != "" && l[0] != '#' {
				b.WriteString(l + "\n")
			}
		}
	}
	return b.String()
}

package resolve_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestCases resolves the models of testdata. A case is a txtar file:
//
//	what it is about
//
//	show: route shop, backend      (which lines of the dump are wanted; "*" is all)
//	-- model.flow --               (the entry; other .flow files are imported, in order)
//	-- topology --                 (those lines)
//	-- diagnostics --              (of the grammar only where, not what)
//
// -update writes the last two.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			topology, found := resolveArchive(archive)
			sound(t, topology)
			got := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".flow") {
					got.Files = append(got.Files, f)
				}
			}
			if lines := shown(string(archive.Comment), dump(topology)); lines != "" {
				got.Files = append(got.Files, txtar.File{Name: "topology", Data: []byte(lines)})
			}
			if len(found) > 0 {
				got.Files = append(got.Files, txtar.File{Name: "diagnostics", Data: []byte(write(found))})
			}
			golden.Check(t, file, txtar.Format(got))
		})
	}
}

func resolveArchive(archive *txtar.Archive) (*flow.Topology, diag.List) {
	var entry *ast.File
	var imported []*ast.File
	var found diag.List
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".flow") {
			continue
		}
		file, list := grammar.Parse(source.NewFile(f.Name, string(f.Data)))
		for _, d := range list { // its words are the grammar's business
			found = append(found, diag.Diagnostic{Code: d.Code, At: d.At, Message: "said by the grammar"})
		}
		if f.Name == "model.flow" {
			entry = file
		} else {
			imported = append(imported, file)
		}
	}
	topology, list := complete("model", entry, imported)
	return topology, append(found, list...).Sort()
}

// complete reads a model and completes its draft.
func complete(name string, entry *ast.File, imported []*ast.File) (*flow.Topology, diag.List) {
	draft, list := resolve.Draft(name, entry, imported)
	topology, mistakes := flow.Complete(draft)
	return topology, append(list, check.Mistakes(mistakes)...)
}

// shown returns the lines of the dump that the case's "show:" asks for.
func shown(comment string, lines []string) string {
	_, rest, ok := strings.Cut(comment, "show: ")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "\n")
	var b strings.Builder
	for _, line := range lines {
		if slices.ContainsFunc(strings.Split(rest, ", "), func(prefix string) bool {
			return prefix == "*" || strings.HasPrefix(line, prefix)
		}) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// sound checks what the types promise of a topology, whatever was resolved.
func sound(t *testing.T, topology *flow.Topology) {
	t.Helper()
	for _, fault := range faults(topology) {
		t.Error(fault)
	}
}

func faults(t *flow.Topology) []string {
	var out []string
	want := func(ok bool, what string, args ...string) {
		if !ok {
			out = append(out, what+" "+strings.Join(args, " "))
		}
	}
	want(len(t.Clients) > 0, "no client")
	want(len(t.Proxies) > 0, "no proxy")
	for _, p := range t.Proxies {
		want(len(p.Listeners) > 0, "no listener", p.Name)
		for _, l := range p.Listeners {
			want(l.Proxy == p && l.Port > 0 && l.Unmatched.V != "" && l.InspectDelay.V >= 0, "listener of", p.Name)
			_ = l.Kind.String()
			for _, c := range l.End.Certificates {
				want(c.V != nil, "nil certificate at", p.Name)
			}
		}
	}
	for _, b := range t.Backends {
		_ = b.Speaks.V.String()
		for _, s := range b.Servers {
			want(s.Backend == b && s.Port > 0, "server", b.Name, s.Name)
		}
	}
	for _, r := range t.Routes {
		_, _ = r.Mode.V.String(), r.Insecure.V.String()
		want(r.Upstream.End.TLS.V.Min > 0, "versions of", r.Name)
		for _, p := range r.Proxies {
			want(slices.Contains(p.Routes, r) && slices.Contains(t.Proxies, p), "proxy of route", r.Name)
		}
		for _, on := range r.On {
			want(on.Proxy != nil, "on of route", r.Name)
		}
		for _, target := range r.Targets {
			want((target.Backend == nil) != (target.Proxy == nil), "target of route", r.Name)
		}
	}
	for _, q := range t.Requests {
		check := q.FromProxy != nil && q.Check != nil && q.From == nil
		call := q.From != nil && q.Via != nil && len(q.Calls) > 0 && q.FromProxy == nil
		want(check != call, "request", q.Name)
		want(q.Times.V > 0, "times of request", q.Name)
		for n, at := 0, q.After.V; at != nil; at = at.After.V {
			if n++; n > len(t.Requests) {
				want(false, "circle at request", q.Name)
				break
			}
			want(slices.Contains(t.Requests, at), "after of request", q.Name)
		}
	}
	for _, v := range t.Views {
		want(!slices.Contains(v.Of, nil), "view", v.Name)
	}
	return out
}

// TestModels resolves every model of the project without a finding.
func TestModels(t *testing.T) {
	files, err := filepath.Glob("../models/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal("no models: ", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			topology, list := resolveFile(t, file)
			sound(t, topology)
			if diff := cmp.Diff("", write(list)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

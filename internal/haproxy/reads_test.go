package haproxy_test

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// TestReads holds what small configurations are read as: the model, what is left out of
// it, and what is found, with its help.
func TestReads(t *testing.T) {
	files, err := filepath.Glob("testdata/reads/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, strings.TrimSuffix(file, ".txtar")+".golden", readings(t, archive))
		})
	}
}

// readings are what is read of the first file of an archive, which names the others.
func readings(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range archive.Files {
		files[f.Name] = f.Data
	}
	open := func(name string) ([]byte, error) {
		if data, ok := files[path.Clean(strings.TrimPrefix(name, "/etc/haproxy/"))]; ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}
	first := archive.Files[0].Name
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: first, Read: open, Data: open})
	if err != nil {
		t.Fatal(err)
	}
	draft, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := m.Findings
	if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Broken }) {
		found = advised(t, first, string(files[first]), nil, open)
	}
	var out strings.Builder
	for _, d := range found.Sort() {
		fmt.Fprintf(&out, "%s %s %s: %s\n", lineOf(d), d.Severity, d.Code, d.Message)
		if d.Help != "" {
			fmt.Fprintf(&out, "  help: %s\n", d.Help)
		}
	}
	kinds := map[flow.UnmodelledKind]string{flow.NoEffect: "no effect", flow.LosesDetail: "loses a detail", flow.ChangesRouting: "may change where a request goes"}
	for _, u := range draft.Unmodelled {
		fmt.Fprintf(&out, "%d %s: %s\n", u.At.File.Position(u.At.Start).Line, kinds[u.Kind], u.What)
	}
	flowtext.Tidy(draft)
	return out.String() + flowtext.Write(draft).Text
}

func lineOf(d diag.Diagnostic) string {
	if !d.At.Known() {
		return "-"
	}
	return fmt.Sprint(d.At.File.Position(d.At.Start).Line)
}

package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const graphviz = "github.com/goccy/go-graphviz"

func TestImports(t *testing.T) {
	for _, wrong := range strangers(architecture(t), sources(t)) {
		t.Error(wrong)
	}
}

// strangers lists what the table does not allow in files, and where the two do
// not speak of the same packages.
func strangers(rooms table, files []file) []string {
	var out []string
	have := map[string]bool{}
	for _, f := range files {
		if !f.test && !slices.Contains(rooms.order, f.pkg) && !have[f.pkg] {
			out = append(out, fmt.Sprintf("package %s has no row in ARCHITECTURE.md", f.pkg))
		}
		have[f.pkg] = true
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				panic(err) // it was parsed
			}
			switch {
			case within(imported, graphviz) && f.pkg != "cmd/flowc-graphviz":
				out = append(out, fmt.Sprintf("%s imports %s, which only cmd/flowc-graphviz may: it starts a WebAssembly machine before main", f.path, imported))
			case !f.test && slices.Contains(rooms.order, f.pkg) && !allowed(imported, rooms.may[f.pkg]):
				out = append(out, fmt.Sprintf("%s imports %s, which the row of %s in ARCHITECTURE.md does not name", f.path, imported, f.pkg))
			}
		}
	}
	for _, pkg := range rooms.order {
		if !have[pkg] {
			out = append(out, fmt.Sprintf("ARCHITECTURE.md has a row for %s and there is no such package", pkg))
		}
	}
	return out
}

func TestStrangers(t *testing.T) {
	rooms := table{
		order: []string{"source", "flow", "cmd/flowc"},
		may:   map[string][]string{"flow": {"source"}, "cmd/flowc": {"flow", "github.com/spf13/cobra"}},
	}
	const good = `import ("strings"; "encoding/json")`
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"as the table says", map[string]string{"flow/a.go": `import "` + module + `source"`, "cmd/flowc/b.go": `import "github.com/spf13/cobra/doc"`}, nil},
		{"a test may import what it likes", map[string]string{"flow/a_test.go": `import "` + module + `cmd/flowc"`}, nil},
		{"a test in a folder of its own", map[string]string{"e2e/a_test.go": good}, nil},
		{"no row", map[string]string{"view/a.go": good, "view/b.go": good}, []string{"package view has no row in ARCHITECTURE.md"}},
		{"no package", map[string]string{"flow/a.go": good, "source/a.go": ""}, []string{"ARCHITECTURE.md has a row for cmd/flowc and there is no such package"}},
		{"not in the row", map[string]string{"flow/a.go": `import "` + module + `cmd/flowc"`},
			[]string{"flow/a.go imports " + module + "cmd/flowc, which the row of flow in ARCHITECTURE.md does not name"}},
		{"a name that begins alike", map[string]string{"flow/a.go": `import "` + module + `sources"`},
			[]string{"flow/a.go imports " + module + "sources, which the row of flow in ARCHITECTURE.md does not name"}},
		{"another module", map[string]string{"flow/a.go": `import "golang.org/x/net/http2"`},
			[]string{"flow/a.go imports golang.org/x/net/http2, which the row of flow in ARCHITECTURE.md does not name"}},
		{"Graphviz in a test", map[string]string{"flow/a_test.go": `import "` + graphviz + `"`},
			[]string{"flow/a_test.go imports " + graphviz + ", which only cmd/flowc-graphviz may: it starts a WebAssembly machine before main"}},
	} {
		got := strangers(rooms, parsed(t, rooms, tc.files, tc.name != "no package"))
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q\nwant %q", tc.name, got, tc.want)
		}
	}
}

// parsed makes files of what they import; complete adds an empty one to each
// package of the table that has none.
func parsed(t *testing.T, rooms table, texts map[string]string, complete bool) []file {
	t.Helper()
	if complete {
		for _, pkg := range rooms.order {
			texts[pkg+"/empty.go"] = ""
		}
	}
	fset := token.NewFileSet()
	var out []file
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f, err := parser.ParseFile(fset, name, "package x\n"+texts[name], parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), f, fset})
	}
	return out
}

// allowed reports whether a package that may import may can import path.
func allowed(path string, may []string) bool {
	if own, ok := strings.CutPrefix(path, module); ok {
		return slices.Contains(may, own)
	}
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(may, func(m string) bool { return within(path, m) })
}

// within reports whether path is the package or module root, or below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

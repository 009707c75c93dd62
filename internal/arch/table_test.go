package arch

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/flowc-lang/flowc/"

// table is what each package may import beside the standard library: packages
// of this module by their folder, others by the path of their module.
type table struct {
	order []string
	may   map[string][]string
}

// everything in a row stands for each package that the table has.
const everything = "everything here"

// readTable reads the table of packages in ARCHITECTURE.md: the one whose last
// column is "may import". A name that is neither a row nor a module that go.mod
// requires is an error, and so is a second row for a package.
func readTable(document, goMod string) (table, error) {
	cells, err := importRows(document)
	if err != nil {
		return table{}, err
	}
	t := table{may: map[string][]string{}}
	for _, row := range cells {
		if slices.Contains(t.order, row.pkg) {
			return table{}, fmt.Errorf("package %s has two rows", row.pkg)
		}
		t.order = append(t.order, row.pkg)
	}
	modules := required(goMod)
	for _, row := range cells {
		for _, name := range row.may {
			switch full, known := modules[name]; {
			case name == everything:
				t.may[row.pkg] = append(t.may[row.pkg], t.order...)
			case slices.Contains(t.order, name):
				t.may[row.pkg] = append(t.may[row.pkg], name)
			case known:
				t.may[row.pkg] = append(t.may[row.pkg], full)
			default:
				return table{}, fmt.Errorf("the row of %s names %q, which is no row and no module of go.mod", row.pkg, name)
			}
		}
	}
	return t, nil
}

type importRow struct {
	pkg string
	may []string
}

// importRows returns the rows of the table as they are written.
func importRows(document string) ([]importRow, error) {
	var out []importRow
	inside := false
	for line := range strings.Lines(document) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		last := cells[len(cells)-1]
		switch {
		case last == "may import":
			inside = true
		case !inside, strings.Trim(last, "-:") == "" && strings.Trim(cells[0], "-:") == "":
		case len(cells) != 3:
			return nil, fmt.Errorf("a row has %d columns, want 3: %s", len(cells), line)
		default:
			row := importRow{pkg: strings.Trim(cells[0], "`")}
			for name := range strings.SplitSeq(last, ",") {
				if name = strings.TrimSpace(name); name != "" {
					row.may = append(row.may, name)
				}
			}
			out = append(out, row)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf(`no table has a last column "may import"`)
	}
	return out, nil
}

var (
	requirement  = regexp.MustCompile(`(?m)^\s+([a-z0-9.-]+\.[a-z]+/\S+) v\S+`)
	majorVersion = regexp.MustCompile(`/v[0-9]+$`)
)

// required lists the modules of a go.mod by the short names of the table: the
// last part of the path, and x/NAME for golang.org/x/NAME.
func required(goMod string) map[string]string {
	out := map[string]string{}
	for _, m := range requirement.FindAllStringSubmatch(goMod, -1) {
		short := path.Base(majorVersion.ReplaceAllString(m[1], ""))
		if x, ok := strings.CutPrefix(m[1], "golang.org/"); ok {
			short = x
		}
		out[short] = m[1]
	}
	return out
}

// architecture is the table of this tree.
func architecture(t *testing.T) table {
	t.Helper()
	document, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := readTable(string(document), string(goMod))
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: %v", err)
	}
	return out
}

func TestReadTable(t *testing.T) {
	const goMod = "module m\n\nrequire (\n\tgithub.com/alecthomas/participle/v2 v2.1.4\n\tgolang.org/x/net v0.60.0 // indirect\n)\n"
	const head = "# Rooms\n\n| package | does | may import |\n|---|---|---|\n"
	for _, tc := range []struct{ name, document, want string }{
		{"rows", head + "| `source` | text | |\n| `grammar` | parses | source, participle |\n| `cmd/x` | all | everything here, x/net |\n\n| a | b |\n",
			"source: []; grammar: [source github.com/alecthomas/participle/v2]; cmd/x: [source grammar cmd/x golang.org/x/net]"},
		{"another table", "| package | may |\n|---|---|\n| `source` | |\n", `no table has a last column "may import"`},
		{"unknown name", head + "| `source` | text | colour |\n", `the row of source names "colour", which is no row and no module of go.mod`},
		{"two rows", head + "| `source` | text | |\n| `source` | text | |\n", "package source has two rows"},
		{"a bar too many", head + "| `source` | text | of | |\n", "a row has 4 columns, want 3: | `source` | text | of | |"},
	} {
		var got string
		if read, err := readTable(tc.document, goMod); err != nil {
			got = err.Error()
		} else {
			var rows []string
			for _, pkg := range read.order {
				rows = append(rows, fmt.Sprintf("%s: %v", pkg, read.may[pkg]))
			}
			got = strings.Join(rows, "; ")
		}
		if got != tc.want {
			t.Errorf("%s: got %s\nwant %s", tc.name, got, tc.want)
		}
	}
}

// Package docs_test keeps the documents true: every model that they show is
// compiled, every output that they quote is produced again, every statement of
// the language is described.
package docs_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/source"
)

// documents are the Markdown files that people read, relative to this folder.
func documents(t *testing.T) []string {
	t.Helper()
	here, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	above, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	codes, err := filepath.Glob("rules/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(above, here, codes)
}

// loose is shown to be brought into the style.
const loose = "loose.flow"

// Every model that parses is shown in the style of flowc fmt. That it compiles,
// flowc docs says.
func TestModelsInDocumentsAreInTheStyle(t *testing.T) {
	n := 0
	for _, doc := range documents(t) {
		d := document.Parse(doc, read(t, doc), document.Markdown)
		for _, f := range d.Fences {
			file, found := grammar.Parse(source.NewFile(doc, f.Body))
			if !f.Model || len(found) > 0 || f.Attrs.Value("file") == loose {
				continue // it shows a mistake
			}
			n++
			if want := grammar.Format(file); f.Body != want {
				t.Errorf("%s:%d: flowc fmt writes:\n%s", doc, f.Line, want)
			}
		}
	}
	if n < 30 {
		t.Errorf("%d models were found in the documents", n)
	}
}

// compile compiles a model that imports nothing.
func compile(text string) *pipeline.Model {
	m := pipeline.LoadText("example.flow", text)
	m.Compile()
	return m
}

// The models that documents quote whole are those that come with flowc.
func TestQuotedModels(t *testing.T) {
	for doc, names := range map[string][]string{
		"language.md":  {"five-lines", "reencrypt"},
		"../README.md": {"five-lines"},
	} {
		text := read(t, doc)
		for _, name := range names {
			model, err := fs.ReadFile(models.FS, name+".flow")
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := strings.Cut(string(model), "\n")
			if !strings.Contains(text, "\n"+body+"```\n") {
				t.Errorf("%s does not quote models/%s.flow (without its first line) as it is", doc, name)
			}
		}
	}
}

// Every statement of the grammar is described in language.md, in the section
// of each place where it may stand.
func TestEveryStatementIsDescribed(t *testing.T) {
	sections := sectionsOf(read(t, "language.md"))
	for _, s := range grammar.Statements {
		for _, place := range s.In {
			heading, ok := headingOf[place]
			if !ok {
				t.Fatalf("no section is named here for statements in %q", place)
			}
			section, ok := sections[heading]
			if !ok {
				t.Fatalf("language.md has no section %q", heading)
			}
			if place == "file" {
				section = read(t, "language.md")
			}
			described := regexp.MustCompile("(?m)^(\\||#+).*`" + regexp.QuoteMeta(s.Keyword) + "[ `]")
			if !described.MatchString(section) {
				t.Errorf("language.md, %q: no row or heading describes `%s`", heading, s.Keyword)
			}
		}
	}
}

// Every step that is derived of the models has a name that language.md lists
// for its layer.
func TestEveryStepNameIsDescribed(t *testing.T) {
	rows := sectionsOf(read(t, "language.md"))["Names of steps"]
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		c := compile(string(text))
		for _, r := range c.Topology.Requests {
			for _, s := range c.Derive(r).Steps {
				row := "actions"
				if s.Kind() == flow.Message {
					row = "`" + s.Layer().String() + "`"
				}
				listed := regexp.MustCompile(`(?m)^\| ` + row + " .*`" + regexp.QuoteMeta(s.Op.String()) + "`")
				if !listed.MatchString(rows) {
					t.Errorf("%s, %s: step %s: language.md does not list %q for %s", m.Name, r.Name, s.ID, s.Op, row)
				}
			}
		}
	}
}

// headingOf says in which section the statements of a place are described.
var headingOf = map[string]string{
	"file":        "The file",
	"ca":          `ca NAME ["LABEL"] [private]`,
	"certificate": "certificate NAME",
	"namespace":   "namespace",
	"client":      "client",
	"proxy":       "proxy",
	"listen":      "listen",
	"backend":     "backend",
	"speaks":      "backend",
	"route":       "route",
	"reencrypt":   "tls",
	"request":     "request",
	"view":        "view",
}

// sectionsOf cuts a document at its headings, which lose their backquotes.
func sectionsOf(text string) map[string]string {
	out := map[string]string{}
	heading, start := "", 0
	for _, loc := range regexp.MustCompile(`(?m)^#+ (.*)\n`).FindAllStringSubmatchIndex(text, -1) {
		out[heading] = text[start:loc[0]]
		heading = strings.ReplaceAll(text[loc[2]:loc[3]], "`", "")
		start = loc[0]
	}
	out[heading] = text[start:]
	return out
}

// Links between the documents, and from them to other files and to headings,
// lead somewhere.
func TestLinks(t *testing.T) {
	if golden.Updating() {
		t.Skip("images are being written")
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(withoutFences(read(t, doc)), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := doc
			if target != "" {
				file = path.Join(path.Dir(filepath.ToSlash(doc)), target)
			}
			if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
				continue
			}
			if anchor != "" && !anchors(read(t, file))[anchor] {
				t.Errorf("%s links to %s, and there is no such heading", doc, m[1])
			}
		}
	}
}

// anchors are the names that GitHub gives to headings.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for heading := range sectionsOf(withoutFences(text)) {
		name := strings.ToLower(heading)
		name = regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(name, "")
		out[strings.ReplaceAll(name, " ", "-")] = true
	}
	return out
}

var fenced = regexp.MustCompile("(?ms)^```(.*?)\n(.*?)^```$")

func withoutFences(text string) string { return fenced.ReplaceAllString(text, "") }

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

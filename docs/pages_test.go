package docs_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

// Every code has a page below docs/rules, which findings link to: the page of a
// rule explains it, with both of its models and their pictures; that of another
// code shows an example, where testdata/codes.txtar has one. With -update pages
// that are missing are begun, for flowc docs to fill.
func TestEveryCodeHasAPage(t *testing.T) {
	rules := map[diag.Code]bool{}
	for _, r := range check.Rules {
		rules[r.Code] = true
	}
	examples := examplesOfCodes(t)
	pages := map[string]bool{"README.md": true, "catalogue.md": true}
	for _, c := range pipeline.Codes() {
		name := string(c.Code) + ".md"
		pages[name] = true
		path := filepath.Join("rules", name)
		if _, err := os.Stat(path); err != nil && golden.Updating() {
			write(t, path, begun(c, rules[c.Code], examples[c.Code]))
		}
		text := read(t, path)
		regions := regexp.MustCompile(` sum=[0-9a-f]+`).ReplaceAllString(text, "")
		for want := range strings.Lines(begun(c, rules[c.Code], examples[c.Code])) {
			if !strings.Contains(regions, want) {
				t.Errorf("%s lacks the line %q", path, want)
			}
		}
	}
	all, err := os.ReadDir("rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if !pages[e.Name()] {
			t.Errorf("rules/%s is the page of no code", e.Name())
		}
	}
}

// What the documents show of flowc is kept true by flowc itself. With -update
// the regions and pictures are written anew: read the difference.
func TestDocumentsAreTrue(t *testing.T) {
	args := []string{"docs", "--check"}
	if golden.Updating() {
		args = []string{"docs"}
	}
	cmd := exec.Command(flowc(t), append(args, "README.md", "docs")...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "FLOWC_CACHE=off", "GOGC=400") // all of it is drawn, not found
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v; flowc docs README.md docs writes what changed, then read it\n%s", err, out)
	}
}

// begun is a page whose regions are to be filled.
func begun(c diag.CodeDoc, rule bool, example []txtar.File) string {
	code := string(c.Code)
	region := func(attrs string) string { return "<!-- flow:begin " + attrs + " -->\n\n<!-- flow:end -->\n\n" }
	part := func(p string) string {
		return region(`command="explain ` + code + ` --format markdown --part ` + p + `" format=markdown`)
	}
	picture := func(which, alt string) string {
		return region(`command="explain ` + code + ` --draw ` + which + `" out=../img/rules/` + code + `.` + which + `.svg alt="` + alt + `"`)
	}
	page := "# " + code + ": " + c.Name + "\n\n"
	switch {
	case rule:
		return page + part("about") +
			"## Bad\n\n" + part("bad") + picture("bad", "What flows, and what is wrong with it") +
			"## Good\n\n" + part("good") + picture("good", "The same model, corrected") +
			"[All rules](README.md)\n"
	case len(example) == 0:
		return page + region(`command="explain `+code+` --format markdown" format=markdown`) + "[All codes](README.md)\n"
	}
	page += region(`command="explain ` + code + ` --format markdown" format=markdown`)
	for _, f := range example {
		fence := "haproxy file=" + f.Name
		if strings.HasSuffix(f.Name, ".flow") {
			fence = "flow file=" + f.Name + " error=" + code
		}
		page += "```" + fence + "\n" + string(f.Data) + "```\n\n"
	}
	return page + region(`command="check -q `+example[0].Name+`"`) + "[All codes](README.md)\n"
}

// examplesOfCodes are the models of testdata/codes.txtar, which show findings
// that are no rule's.
func examplesOfCodes(t *testing.T) map[diag.Code][]txtar.File {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", "codes.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[diag.Code][]txtar.File{}
	for _, f := range ar.Files {
		code := diag.Code(strings.TrimSuffix(f.Name, filepath.Ext(f.Name)))
		name := map[string]string{".flow": "example.flow", ".cfg": "haproxy.cfg"}[filepath.Ext(f.Name)]
		out[code] = append(out[code], txtar.File{Name: name, Data: f.Data})
	}
	for _, c := range pipeline.Codes() {
		code, files := c.Code, out[c.Code]
		if len(files) == 0 {
			continue
		}
		m := pipeline.Load(files[0].Name, func(path string) ([]byte, error) {
			for _, f := range files {
				if f.Name == path {
					return f.Data, nil
				}
			}
			return nil, fs.ErrNotExist
		})
		m.Compile()
		findings := m.Findings
		if len(findings) == 0 {
			t.Errorf("nothing is found in the example of %s", code)
		}
		for _, d := range findings {
			if d.Code != code {
				t.Errorf("the example of %s shows %s: %s", code, d.Code, d.Message)
			}
		}
	}
	return out
}

// The gallery shows each model that comes with flowc.
func TestEveryModelIsInTheGallery(t *testing.T) {
	d := document.Parse("gallery.md", read(t, "gallery.md"), document.Markdown)
	shown := map[string]bool{}
	for _, r := range d.Regions {
		shown[r.Attrs.Value("model")+" "+r.Attrs.Value("view")] = true
	}
	for _, m := range models.List() {
		for _, view := range []string{"topology", "sequence"} {
			if !shown["../models/"+m.Name+".flow "+view] {
				t.Errorf("gallery.md has no region for the %s of models/%s.flow", view, m.Name)
			}
		}
	}
}

// The picture of a rule's bad model marks the finding.
func TestBadPictureShowsFinding(t *testing.T) {
	for _, r := range check.Rules {
		if name := "img/rules/" + string(r.Code) + ".bad.svg"; r.Bad != "" && !strings.Contains(read(t, name), string(r.Code)) {
			t.Errorf("%s does not mark %s", name, r.Code)
		}
	}
}

// Every picture below docs/img is linked by a document.
func TestEveryPictureIsLinked(t *testing.T) {
	var linked []string
	link := regexp.MustCompile(`\]\(([^)\s]+\.svg)\)`)
	for _, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, doc), -1) {
			linked = append(linked, absolute(t, filepath.Join(filepath.Dir(doc), filepath.FromSlash(m[1]))))
		}
	}
	err := filepath.WalkDir("img", func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !slices.Contains(linked, absolute(t, path)) {
			t.Errorf("no document links %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// flowc returns the path of the command, built once.
func flowc(t *testing.T) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

var binDir string

// TestMain removes what build made.
func TestMain(m *testing.M) {
	code := m.Run()
	if binDir != "" {
		os.RemoveAll(binDir)
	}
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	var err error
	if binDir, err = os.MkdirTemp("", "flowc-docs"); err != nil {
		return "", err
	}
	bin := filepath.Join(binDir, "flowc")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", bin, "../cmd/flowc")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &buildError{string(out), err}
	}
	return bin, nil
})

type buildError struct {
	output string
	err    error
}

func (e *buildError) Error() string { return "building flowc: " + e.err.Error() + "\n" + e.output }

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryFlowchartIsCompared holds the page of layouts to every flowchart of every model:
// as flowc places it and as Graphviz does, for light and for dark pages.
func TestEveryFlowchartIsCompared(t *testing.T) {
	page := read(t, "layout.md")
	for _, info := range models.List() {
		m := pipeline.LoadText(info.Name+".flow", read(t, filepath.Join("..", "models", info.Path)))
		m.Compile()
		for _, view := range []string{"topology", "decision", "shards"} {
			plans, _ := m.Plans(pipeline.Choice{Views: []string{view}})
			if pic, _ := plans[0].Picture(); pic == nil {
				continue
			}
			for _, format := range []string{"svg", "graphviz"} {
				for _, scheme := range []string{"light", "dark"} {
					want := "model=../models/" + info.Name + ".flow view=" + view + " format=" + format + " scheme=" + scheme + " "
					if n := strings.Count(page, want); n != 1 {
						t.Errorf("%q is %d times in layout.md", want, n)
					}
				}
			}
		}
	}
}

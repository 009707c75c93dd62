// Package engines_test builds sites with the real documentation engines: a
// good site, whose page must show its diagrams, and the same site with a broken
// model in it, which must fail with the line of the document.
//
// It runs only with FLOWC_E2E=1, and then an engine that is not installed is a
// failure. With FLOWC_E2E_ROOT=DIR the engines are those of the Debian in DIR.
package engines_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"golang.org/x/net/html"
)

func TestMain(m *testing.M) {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("not run: FLOWC_E2E is not 1")
		return
	}
	os.Exit(runTests(m))
}

// root is the file system of the engines, in which bin and all sites are.
var root = os.Getenv("FLOWC_E2E_ROOT")

// bin is the folder of the flowc under test.
var bin string

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp(filepath.Join(root, os.TempDir()), "flowc-engines-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	build := exec.Command("go", "build", "-o", dir, "./cmd/...")
	build.Dir = "../.."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	fmt.Print(table())
	return code
}

// An engine is what the tests know of a documentation engine. The files of
// testdata/NAME/good are its good site; each folder in testdata/NAME/broken
// holds the document that replaces one of the good site.
type engine struct {
	name    string
	data    string            // the folder in testdata, if it is not the name
	version []string          // the command that prints the version
	adapter map[string]string // files and folders of the repository, and where they go in the site
	prepare func(t *testing.T, site string)
	build   []string // the command that builds the site, run in its folder
	env     []string
	pages   []string // the pages of the good site, after the build: all have the same fences
}

// titles are what the diagrams of a good page show, in this order: a fence by
// itself, one in a list, one in a quote or an admonition, and one that imports
// a model. A fifth fence shows a finding.
var titles = []string{"plain", "listed", "quoted", "topology"}

// testEngine builds the good site and the broken ones of an engine, and adds a
// row to the table.
func testEngine(t *testing.T, e engine) {
	r := &row{engine: e.name, version: "not found", good: "fails", broken: "fails"}
	rows.add(r)
	if _, err := exec.LookPath(e.version[0]); err != nil && root == "" {
		t.Fatal(err)
	}
	out, err := run(t, "", e.env, e.version...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", e.version, err, out)
	}
	r.version = versionIn(out)

	if t.Run("good", func(t *testing.T) { testGood(t, e) }) {
		r.good = fmt.Sprintf("builds, %d diagrams", len(titles))
	}
	folders := folders(t, filepath.Join(e.testdata(), "broken"))
	passed := true
	var places []string
	for _, folder := range folders {
		passed = t.Run(filepath.Base(folder), func(t *testing.T) {
			places = append(places, testBroken(t, e, folder))
		}) && passed
	}
	if passed {
		r.broken = "fails with " + strings.Join(places, ", ")
	}
}

func testGood(t *testing.T, e engine) {
	site := e.site(t)
	out, err := run(t, site, e.env, e.build...)
	if err != nil {
		t.Fatalf("the good site is not built: %v\n%s", err, out)
	}
	for _, p := range e.pages {
		checkPage(t, filepath.Join(site, p))
	}
}

// testBroken returns where the broken model is.
func testBroken(t *testing.T, e engine, folder string) string {
	site := e.site(t)
	copyTo(t, folder, site)
	place := mistake(t, folder)
	out, err := run(t, site, e.env, e.build...)
	if err == nil {
		t.Fatalf("the broken site is built:\n%s", out)
	}
	if want := place + ": error FL201"; !strings.Contains(plain(out), want) {
		t.Errorf("%q is missing in:\n%s", want, out)
	}
	return place
}

func (e engine) testdata() string { return filepath.Join("testdata", cmp.Or(e.data, e.name)) }

// site copies the good site and the adapter to a new folder.
func (e engine) site(t *testing.T) string {
	t.Helper()
	site := temp(t)
	copyTo(t, filepath.Join(e.testdata(), "good"), site)
	for from, to := range e.adapter {
		copyTo(t, filepath.Join("../..", from), filepath.Join(site, to))
	}
	if e.prepare != nil {
		e.prepare(t, site)
	}
	return site
}

// temp returns a new folder that the engines can see.
func temp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Join(root, os.TempDir()), "flowc-site-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// copyTo copies a file, or all files of a folder, over what is there.
func copyTo(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		write(t, filepath.Join(to, strings.TrimPrefix(path, from)), text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in a folder, with the flowc under test in PATH, and
// returns all that it prints.
func run(t *testing.T, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	path := "PATH=" + strings.TrimPrefix(bin, root) + ":" + os.Getenv("PATH")
	args = slices.Concat([]string{"env", path, "LC_ALL=C.UTF-8"}, env, args)
	if root != "" {
		args = append(enter(strings.TrimPrefix(dir, root)), args...)
		dir = ""
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// enter is the command that runs another one in a folder of root, as the user of
// the tests. flowc looks for its own path, which wants a /proc.
func enter(dir string) []string {
	unshare := []string{
		"unshare", "--mount-proc", "--root=" + root, "--wd=/" + dir,
		"--setgid=" + strconv.Itoa(os.Getgid()), "--setuid=" + strconv.Itoa(os.Getuid()),
	}
	if os.Getuid() != 0 {
		return append([]string{"sudo", "-n"}, unshare...)
	}
	return unshare
}

// wrong is what is wrong in every broken model: the path of a passthrough route.
const wrong = "/wrong"

// mistake returns the place of the one mistake in the documents of a broken
// site, as FILE:LINE:COL.
func mistake(t *testing.T, folder string) string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		for i, line := range strings.Split(string(text), "\n") {
			if before, _, ok := strings.Cut(line, wrong); ok {
				found = append(found, fmt.Sprintf("%s:%d:%d", name, i+1, len([]rune(before))+1))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d mistakes, not one", folder, len(found))
	}
	return found[0]
}

// plain takes colours out of what an engine prints.
func plain(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

// checkPage holds a built page against what every good page shows.
func checkPage(t *testing.T, file string) {
	t.Helper()
	p := parsePage(t, file)
	if len(p.titles) != len(titles) {
		t.Errorf("%s has diagrams of %q, not of %q", file, p.titles, titles)
	}
	for i := range min(len(p.titles), len(titles)) {
		if !strings.Contains(p.titles[i], titles[i]) {
			t.Errorf("%s: diagram %d shows %q, not %q", file, i+1, p.titles[i], titles[i])
		}
	}
	if p.words != 1 || p.findings != 1 {
		t.Errorf("%s has %d times words and %d times a finding, not once each", file, p.words, p.findings)
	}
	if p.misplaced != "" {
		t.Errorf("%s has a diagram in an element %s", file, p.misplaced)
	}
	for _, left := range []string{"```", "view=", "route plain {", "route listed {", "route quoted {", "import "} {
		if strings.Contains(p.text, left) {
			t.Errorf("%s shows %q: a fence was not drawn", file, left)
		}
	}
}

// A page is what a test wants to know of a built page.
type page struct {
	titles    []string // of the diagrams
	words     int      // how many of them have their words
	findings  int      // how many models are shown with a finding
	text      string   // what readers see
	misplaced string   // an element that has a diagram and must not
}

// routes are the last words of the titles: in a sequence, the name of its request.
func (p page) routes() []string {
	var out []string
	for _, t := range p.titles {
		out = append(out, t[strings.LastIndexByte(t, ' ')+1:])
	}
	return out
}

// parsePage reads a page, in which no id of a diagram may be there twice.
func parsePage(t *testing.T, file string) page {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p := page{text: textOf(doc)}
	if bytes.Contains(text, []byte("<p><figure")) { // which a browser mends
		p.misplaced = "p"
	}
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] && inside(n, "figure") {
				t.Errorf("%s: the id %q is there twice", file, id)
			}
			ids[id] = true
		}
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "svg" && inside(n, "figure"):
			p.titles = append(p.titles, title(n))
			if inside(n, "pre") {
				p.misplaced = "pre"
			}
		case n.Data == "details" && inside(n, "figure"):
			p.words++
		case n.Data == "pre" && strings.Contains(textOf(n), "error FL201"):
			p.findings++
		}
	}
	return p
}

func title(svg *html.Node) string {
	for n := range svg.Descendants() {
		if n.Type == html.ElementNode && n.Data == "title" {
			return textOf(n)
		}
	}
	return ""
}

func attr(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

func inside(n *html.Node, name string) bool {
	for p := range n.Ancestors() {
		if p.Type == html.ElementNode && p.Data == name {
			return true
		}
	}
	return false
}

// textOf is what a reader sees of a node, and the descriptions of its pictures.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !slices.Contains([]string{"script", "style"}, d.Parent.Data) {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func folders(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("%s has no broken site", dir)
	}
	return found
}

// versionIn returns the first word with a dot between digits of what a command
// prints when it is asked for its version.
func versionIn(out string) string {
	for _, w := range strings.Fields(out) {
		w = strings.Trim(strings.TrimPrefix(w, "v"), ",;()[]")
		if major, _, ok := strings.Cut(w, "."); ok && major != "" && strings.Trim(major, "0123456789") == "" {
			return w
		}
	}
	return strings.TrimSpace(out)
}

// A row is an engine in the table that a run prints.
type row struct{ engine, version, good, broken string }

// rows are those of all tests that ran.
var rows allRows

type allRows struct {
	sync.Mutex
	rows []*row
}

func (a *allRows) add(r *row) {
	a.Lock()
	defer a.Unlock()
	a.rows = append(a.rows, r)
}

func table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "engine\tversion\tgood page\tbroken model")
	slices.SortFunc(rows.rows, func(a, b *row) int { return strings.Compare(a.engine, b.engine) })
	for _, r := range rows.rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.engine, r.version, r.good, r.broken)
	}
	w.Flush()
	return b.String()
}

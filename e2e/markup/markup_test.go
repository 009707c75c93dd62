// Package markup_test reads what flowc docs writes with the real parsers of its
// languages: whatever the labels of a model hold, it is text. It runs where
// FLOWC_E2E=1 is set.
package markup_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	ghtml "github.com/yuin/goldmark/renderer/html"
)

// engine makes HTML of a document.
type engine struct {
	name       string
	ext        string
	begin, end string
	html       func(path string) ([]byte, error)
}

var engines = []engine{
	{"goldmark", ".md", "<!-- flow:begin %s -->\n\n", "<!-- flow:end -->\n\n", markdown},
	{"Asciidoctor", ".adoc", "// flow:begin %s\n", "// flow:end\n\n", func(path string) ([]byte, error) {
		return quietly("asciidoctor", "--embedded", "--failure-level", "WARN", "-o", "-", path)
	}},
	{"docutils", ".rst", ".. flow:begin %s\n\n", ".. flow:end\n\n", func(path string) ([]byte, error) {
		return quietly("python3", "-c", "import sys; from docutils.core import publish_file; publish_file(source_path=sys.argv[1], destination_path='/dev/stdout', writer_name='html5', settings_overrides={'halt_level': 2, 'report_level': 2})", path)
	}},
}

func TestMain(m *testing.M) {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("skipped: FLOWC_E2E is not 1")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func markdown(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList), goldmark.WithRendererOptions(ghtml.WithUnsafe())).Convert(text, &out)
	return out.Bytes(), err
}

// quietly runs a program that must say nothing.
func quietly(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err == nil && errs.Len() > 0 {
		err = errors.New("it says something")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, errs.String())
	}
	return out.Bytes(), nil
}

// labels are texts that are markup in one language or another.
var labels = []string{
	"*a* _b_ **c** __d__ ~~e~~ ~f~ ^g^ #h# +i+ ++j++ `k` ``l`` $$m$$ |n|",
	"[a](b) [c][d] [e]: f ![g](h) <i> &amp; &#38; &lt;j&gt; <k@l.example> <https://m.example>",
	"{a} {b:c} {{d}} {asciidoctor-version} {set:x:y} ((e)) (((f,g))) <<h,i>> [[j]] <1> (C) (R) (TM)",
	"# a", "= a", "- a", "* a", "+ a", "1. a", "1) a", "a. b", "a) b", "(a) b", "#. a", "> a", ". a", ".a b", "i. a",
	"| a | b", "|===", "a | 2+| b", "2+a", "a 3*| b", "::: a", ":a: b", ":a:`b` c", "a:: b", "a ;; b", "a::", "term:: ", "a_ b_ c__ `d`_ [1]_ |e|_",
	"NOTE: a", "WARNING: a", "TIP: a", "include::a[]", "ifdef::a[]", "image::a[]", "kbd:[a]", "pass:[<b>a</b>]", "link:a[b]", "mailto:a@b.example[c]",
	".. a", ".. image:: a", ".. _a:", "__ a", "__", "===", "----", "....", "++++", "////", "'''", "---", "***", "___", "<<<", "~~~~", "```", "====", "|", ":", "\\", "\\*a\\*",
	"a -- b", "a--b", "a...b", "a -> b <- c => d <= e", "it's 'quoted' \\\"twice\\\"", "-a, --all", "/V a", "--a=b", ">>> a", "[a] b", "[.a]#b#",
	"https://a.example/b_c_d?e=f&g=h*i*", "a@b.example", "www.a.example", "C++ a++ b", "a\u00a0b \u200b c é 日本 😀",
	"<!-- flow:end -->", "<!-- flow:begin model=x -->", "// flow:end", ".. flow:end", "{/* flow:end */}", "</details>", "<script>alert(1)</script>", "<!--", "-->", "]]>",
	"import a", "export const a = 1", "a^b^c~d~e", "^a^", "a[^1] b", "[^1]: a", "&nbsp;", "a\\", "a`", "a |", "a *", "a _", "* a *", "%a%", "$a$", "\\(a\\)",
}

// regions show a model in every way in which its labels are markup.
var regions = []string{"format=words", "format=svg out=%d.svg", "view=visibility", "view=routes", "format=source"}

func TestLabelsAreText(t *testing.T) {
	dir, bin := t.TempDir(), filepath.Join(t.TempDir(), "flowc")
	build := exec.Command("go", "build", "-o", bin, "./cmd/flowc")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, label := range labels {
		model := fmt.Sprintf("title \"%s\"\nclient browser \"%s\"\nproxy haproxy \"%s\" {\n    listen https :443\n}\nroute shop {\n    host shop.apps.example.test\n    tls edge\n    to shop\n}\n"+
			"request cart \"%s\" {\n    from browser\n    get https://shop.apps.example.test/\n}\n", escaped(label), escaped(label), escaped(label), escaped(label))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("m%d.flow", i)), []byte(model), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := make([][]string, len(labels))
	for i := range labels {
		want[i] = words(t, bin, dir, i)
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			doc := "all" + e.ext
			if err := os.WriteFile(filepath.Join(dir, doc), []byte(document(e)), 0o666); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"docs", "--quiet", doc}, {"docs", "--quiet", "--check", doc}} {
				cmd := exec.Command(bin, args...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("flowc %v: %v\n%s", args, err, out)
				}
			}
			page, err := e.html(filepath.Join(dir, doc))
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(string(page), section)[1:]
			if len(parts) != len(labels) {
				t.Fatalf("the page has %d parts, want %d", len(parts), len(labels))
			}
			for i, label := range labels {
				compare(t, label, want[i], parts[i])
			}
		})
	}
}

// section stands before what is made of each label.
const section = "SectionOfOneLabel"

// document has every region of every label.
func document(e engine) string {
	var b strings.Builder
	for i := range labels {
		b.WriteString(section + "\n\n")
		for _, r := range regions {
			if strings.Contains(r, "%d") {
				r = fmt.Sprintf(r, i)
			}
			fmt.Fprintf(&b, e.begin+e.end, fmt.Sprintf("model=m%d.flow %s", i, r))
		}
	}
	return b.String()
}

// escaped is a label as a model spells it.
func escaped(label string) string {
	label = strings.ReplaceAll(label, `\"`, `"`)
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(label)
}

// words are the sentences of a model, and the line that describes its picture.
func words(t *testing.T, bin, dir string, i int) []string {
	t.Helper()
	cmd := exec.Command(bin, "render", fmt.Sprintf("m%d.flow", i), "--view", "sequence", "--format", "words", "-o", "-")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if line = collapsed(strings.TrimLeft(line, "- ")); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

var (
	tag    = regexp.MustCompile(`(?s)<!--.*?-->|</?[a-zA-Z][^>]*>|<!DOCTYPE[^>]*>`)
	source = regexp.MustCompile(`(?s)<head>.*</head>|<pre\b.*?</pre>`)
	alt    = regexp.MustCompile(`<img\b[^>]*?\balt="([^"]*)"`)
	// made is the elements that flowc wants, those around them, and links from
	// addresses, which parsers make of them wherever they stand.
	made = regexp.MustCompile(`(?s)^(?:</?(?:p|ul|li|table|thead|tbody|tr|th|td|colgroup|col|div|strong|em|main|body|html|pre|code|img)\b[^>]*>|<a [^>]*href="(?:https?://|mailto:)[^>]*>|</a>)$`)
)

// compare holds a page against the words of its picture.
func compare(t *testing.T, label string, want []string, page string) {
	t.Helper()
	text := source.ReplaceAllString(page, "")
	for _, element := range tag.FindAllString(text, -1) {
		if !made.MatchString(element) && !strings.HasPrefix(element, "<!--") && !strings.HasPrefix(element, "<!DOCTYPE") {
			t.Errorf("%q: the page has %s", label, element)
		}
	}
	alts := alt.FindStringSubmatch(text)
	shown := collapsed(html.UnescapeString(tag.ReplaceAllString(text, "")))
	for _, sentence := range want[1:] { // the first is the title
		if !strings.Contains(shown, sentence) {
			t.Errorf("%q: the page does not hold\n%s\nbut\n%s", label, sentence, shown[:min(len(shown), 1500)])
			break
		}
	}
	if len(alts) == 0 {
		t.Errorf("%q: the page has no picture", label)
		return
	}
	for _, sentence := range want {
		if described := collapsed(html.UnescapeString(alts[1])); !strings.Contains(strings.ToLower(described), strings.ToLower(strings.TrimSuffix(sentence, "."))) {
			t.Errorf("%q: the picture is described as\n%s\nwithout\n%s", label, described, sentence)
			break
		}
	}
}

func collapsed(s string) string { return strings.Join(strings.Fields(s), " ") }

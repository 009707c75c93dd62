package diag_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/source"
)

// sample is a report with everything that a finding can have, in files with
// odd names.
func sample() *diag.Report {
	shop := source.NewFile("shop.flow", "\ufeffroute shop {\n    host \"世界\" hots.example.test\n    path /cart\n    tls passthrough\n}\n")
	lib := source.NewFile("lib/a b%ü.flow", "zone a\n")
	far := source.NewFile("../far/c:d.flow", "x")
	span := func(f *source.File, text string) source.Span {
		at := strings.Index(f.Text, text)
		return f.Span(at, at+len(text))
	}
	return &diag.Report{
		Findings: diag.List{
			{Code: "FL110", Severity: diag.Error, Message: `"gone.flow" cannot be read: no such file`, Broken: true},
			{Code: "FL999", Severity: diag.Warning, Message: `nothing is said of this code, [see](https://example.test) {0} {x}`, At: span(far, "x")},
			{Code: "FL120", Severity: diag.Error, Message: `no host is named "hots.example.test"`, At: span(shop, "hots.example.test"),
				Related: []diag.Related{{Message: "declared here", At: span(lib, "a")}, {Message: "nowhere"}},
				Fix: &diag.Fix{Message: `replace "hots" by "host"`, Edits: []diag.Edit{
					{At: span(shop, "hots"), New: "host"}, {At: span(lib, " a")}, {At: span(shop, "\n    path /cart")},
				}}},
			{Code: "FL201", Severity: diag.Warning, Message: "it is passthrough: 50%, and more", At: span(shop, "path /cart\n    tls passthrough\n"),
				Help: "leave it out"},
		},
		Files:   []string{"shop.flow", "clean.flow", "/srv/models/abs olute.flow", "C:/models/x.flow", "./sub/../dot.flow"},
		Version: "v1.2.3",
		Codes: []diag.CodeDoc{
			{Code: "FL110", Name: "unreadable-file", Severity: diag.Error, Doc: "a file cannot be read"},
			{Code: "FL120", Name: "unknown-name", Severity: diag.Error, Doc: "a name that is not declared"},
			{Code: "FL201", Name: "passthrough-path", Severity: diag.Warning, Doc: "a passthrough route matches no path",
				Why: "what is in TLS cannot be seen (RFC 8446, 5.2)", Wire: "the path is ignored", Except: "never"},
		},
		Text: diag.TextOptions{Links: diag.LineLinks},
	}
}

// TestWriters compares what each writer makes of one report, and of nothing.
func TestWriters(t *testing.T) {
	for _, w := range diag.Writers {
		t.Run(w.Name, func(t *testing.T) {
			for name, report := range map[string]*diag.Report{"report": sample(), "nothing": {Files: []string{"clean.flow"}}} {
				out := written(t, w, report)
				golden.Check(t, filepath.Join("testdata", "writers", name+"."+w.Name), out)
				wellFormed(t, w.Name, out)
			}
			if w.Doc == "" {
				t.Error("there is no word about it")
			}
		})
	}
}

func written(t *testing.T, w *diag.Writer, r *diag.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := w.Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// full is a disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestWritersReportErrors(t *testing.T) {
	for _, w := range diag.Writers {
		if err := w.Write(full{}, sample()); err == nil {
			t.Errorf("%s says nothing of a full disk", w.Name)
		}
	}
}

// FuzzWriters writes findings whose names, texts and messages are any bytes.
// What comes out is well formed, and nothing of a model steers who reads it.
func FuzzWriters(f *testing.F) {
	f.Add("shop.flow", "route shop {\n    path /cart\n}\n", "it is wrong", 17, 5)
	f.Add("a\n::error::b.flow", "\x1b[31m\u202e::set-env name=x::y\r\n##[add-mask]z", "a\n::stop-commands::x\r\x00%0A", 3, 9)
	f.Add("]]>\xff.flow", "<x/>\ufffe&\x0b", "{0} [a](b) <![CDATA[ \u2028", 0, 3)
	f.Add("C:/a b#?.flow", "👩‍👩‍👧 e\u0301", "\u0085\ud7ff", 4, 30)
	f.Fuzz(func(t *testing.T, name, text, message string, start, length int) {
		file := source.NewFile(name, text)
		from := min(max(start, 0), len(text))
		at := file.Span(from, min(from+max(min(length, 1<<20), 0), len(text)))
		finding := diag.Diagnostic{
			Code: "FL201", Severity: diag.Error, Message: message, At: at, Help: message,
			Related: []diag.Related{{Message: message, At: at}},
			Fix:     &diag.Fix{Message: message, Edits: []diag.Edit{{At: at, New: message}}},
		}
		doc := diag.CodeDoc{Code: "FL201", Name: "passthrough-path", Severity: diag.Error, Doc: "it is so", Why: message}
		report := &diag.Report{Findings: diag.List{finding}, Files: []string{name}, Codes: []diag.CodeDoc{doc}}
		for _, w := range diag.Writers {
			wellFormed(t, w.Name, written(t, w, report))
		}
		checkColored(t, report.Findings)
	})
}

// checkColored holds that the only sequences for a terminal are flowc's own.
func checkColored(t *testing.T, l diag.List) {
	t.Helper()
	var out bytes.Buffer
	diag.WriteText(&out, l, diag.TextOptions{Color: true, Links: diag.CodeLinks})
	own := regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;;(https://[!-~]*)?\x1b\\\\")
	steersNothing(t, own.ReplaceAllString(out.String(), ""))
}

func steersNothing(t *testing.T, out string) {
	t.Helper()
	for _, r := range out {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u2028' {
			t.Errorf("%q is written in %q", r, out)
		}
	}
}

// wellFormed holds what comes out against the grammar of its readers.
func wellFormed(t *testing.T, writer, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s is no UTF-8: %q", writer, out)
	}
	switch writer {
	case "text":
		steersNothing(t, out)
	case "short":
		steersNothing(t, out)
		for line := range strings.Lines(out) {
			if !shortLine.MatchString(line) {
				t.Errorf("this is not a place, a severity, a code and a message: %q", line)
			}
		}
	case "github":
		steersNothing(t, out)
		for line := range strings.Lines(out) {
			if !workflowCommand.MatchString(line) {
				t.Errorf("this is not one annotation: %q", line)
			}
		}
	case "json":
		decode(t, out)
	case "sarif":
		if err := sarifSchema(t).Validate(decode(t, out)); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	case "junit":
		d := xml.NewDecoder(strings.NewReader(out))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%v in %q", err, out)
			}
		}
	default:
		t.Errorf("nothing is known of what is well formed as %s", writer)
	}
}

var (
	shortLine = regexp.MustCompile(`^(.*:[0-9]+:[0-9]+: )?(error|warning) FL[0-9]{3}: .*\n$`)
	// The properties and the data of a command, as the runner splits them.
	workflowCommand = regexp.MustCompile(`^::(error|warning) ((file|line|endLine|col|title)=[^,:\r\n]*,?)+::[^\r\n]*\n$`)
)

func decode(t *testing.T, out string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
	if err != nil || !json.Valid([]byte(out)) {
		t.Fatalf("%v in %q", err, out)
	}
	return v
}

var schema *jsonschema.Schema

// sarifSchema is the schema of the standard, compiled once.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	if schema != nil {
		return schema
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	var err error
	if schema, err = c.Compile("testdata/sarif/sarif-schema-2.1.0.json"); err != nil {
		t.Fatal(err)
	}
	return schema
}

// The schema refuses what is no SARIF, so that the other tests can fail.
func TestSchemaRefuses(t *testing.T) {
	var sarif *diag.Writer
	for _, w := range diag.Writers {
		if w.Name == "sarif" {
			sarif = w
		}
	}
	good := written(t, sarif, sample())
	for _, change := range [][2]string{
		{`"startLine": 2`, `"startLine": 0`},
		{`"level": "error"`, `"level": "fatal"`},
		{`"ruleIndex": 0`, `"ruleNumber": 0`},
		{`"lib/a%20b%25%C3%BC.flow"`, `"lib/a b%ü.flow"`},
		{`"version": "2.1.0"`, `"version": "2.2.0"`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("no %s in\n%s", change[0], good)
		}
		if sarifSchema(t).Validate(decode(t, bad)) == nil {
			t.Errorf("the schema lets %s through", change[1])
		}
	}
}

// The fixes of a SARIF log, applied as the standard says, are those of flowc:
// its columns count runes, as columnKind says.
func TestColumnsAreRunes(t *testing.T) {
	out, err := os.ReadFile("testdata/writers/report.sarif")
	if err != nil {
		t.Fatal(err)
	}
	// the line is `    host "世界" hots.example.test`: 14 runes and 18 bytes before
	if !strings.Contains(string(out), `"columnKind": "unicodeCodePoints"`) || !strings.Contains(string(out), `"startColumn": 15`) {
		t.Errorf("the columns are not those of runes:\n%s", out)
	}
}

// TestDocument holds that a place in a document is a path in every format: it
// has no lines.
func TestDocument(t *testing.T) {
	route := source.NewDocument("route.yaml", []string{"metadata.name", "spec.host", "spec.tls", "spec.tls.termination"})
	report := &diag.Report{
		Files: []string{"route.yaml"},
		Findings: diag.List{{
			Code: "FL201", Severity: diag.Warning, Message: "it is passthrough", At: route.Find("spec.tls.termination"),
			Related: []diag.Related{{Message: "stated here", At: route.Find("spec.host")}},
		}},
	}
	for format, want := range map[string][]string{
		"text":   {"route.yaml: spec.tls.termination: warning FL201: it is passthrough\n  route.yaml: spec.host: stated here:\n"},
		"short":  {"route.yaml: spec.tls.termination: warning FL201: it is passthrough\n"},
		"json":   {`"file": "route.yaml",` + "\n      " + `"path": "spec.tls.termination"`, `"path": "spec.host"`},
		"sarif":  {`"fullyQualifiedName": "spec.tls.termination"`, `"uri": "route.yaml"`},
		"github": {"::warning file=route.yaml,title=FL201::it is passthrough%0Aat spec.tls.termination%0Astated here: route.yaml: spec.host"},
		"junit":  {`name="FL201 at spec.tls.termination"`, `file="route.yaml"`},
	} {
		var out bytes.Buffer
		for _, w := range diag.Writers {
			if w.Name == format {
				if err := w.Write(&out, report); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s has no %q:\n%s", format, w, out.String())
			}
		}
		for _, no := range []string{`"range"`, `"region"`, "line="} {
			if strings.Contains(out.String(), no) {
				t.Errorf("%s has lines of a document:\n%s", format, out.String())
			}
		}
	}
}

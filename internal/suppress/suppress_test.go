package suppress_test

import (
	"bytes"
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/dotflow"
	"github.com/flowc-lang/flowc/internal/fix"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// TestCases compiles the models of testdata. A case is a txtar file:
//
//	what it is about
//
//	today: 2026-11-22                 (where the case has a day)
//	-- model.flow --                  (the entry; it may import others)
//	-- waivers.txt --                 (a file of waivers, where the case has one)
//	-- findings --                    (as a person reads them)
//	-- fixed/FILE --                  (the files that their fixes change)
//
// -update writes what comes after the models.
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
			models, today := parts(archive)
			got := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if _, ok := models[f.Name]; ok {
					got.Files = append(got.Files, f)
				}
			}
			var out bytes.Buffer
			diag.WriteText(&out, find(models, nil, today), diag.TextOptions{})
			got.Files = append(got.Files, txtar.File{Name: "findings", Data: out.Bytes()})
			fixed := fix.Run(func(texts map[string]string) diag.List { return find(models, texts, today) }, filepath.ToSlash, style)
			for _, f := range archive.Files {
				if text, ok := fixed.Texts[f.Name]; ok {
					got.Files = append(got.Files, txtar.File{Name: "fixed/" + f.Name, Data: []byte(text)})
				}
			}
			for _, d := range fixed.Left {
				if d.Fix != nil {
					t.Errorf("%q is left, although it has a fix", d.Message)
				}
			}
			golden.Check(t, file, txtar.Format(got))
		})
	}
}

// style is the one style of a text without syntax errors.
func style(name, text string) string {
	if styled, found, _ := pipeline.Style(nil, source.NewFile(name, text)); len(found) == 0 {
		return styled
	}
	return text
}

// parts returns the models of a case and its day.
func parts(a *txtar.Archive) (models map[string]string, today string) {
	models = make(map[string]string)
	for _, f := range a.Files {
		if f.Name != "findings" && !strings.HasPrefix(f.Name, "fixed/") {
			models[f.Name] = string(f.Data)
		}
	}
	if _, rest, ok := strings.Cut(string(a.Comment), "today: "); ok {
		today, _, _ = strings.Cut(rest, "\n")
	}
	return models, today
}

// find compiles model.flow, with texts in the place of those of the models.
func find(models, texts map[string]string, today string) diag.List {
	read := func(path string) ([]byte, error) {
		if text, ok := texts[path]; ok {
			return []byte(text), nil
		}
		if text, ok := models[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	m := pipeline.Load("model.flow", read)
	if text, err := read("waivers.txt"); err == nil {
		m.Waivers = pipeline.Waivers(source.NewFile("waivers.txt", string(text)))
	}
	if err := m.CompileOn(context.Background(), pipeline.Days{Today: today}); err != nil {
		panic(err)
	}
	return append(m.Findings, m.Waivers.Judge([]*suppress.Use{m.Waived})...).Sort()
}

// In a list each comment is for a line of it: its own, or the one below.
func TestList(t *testing.T) {
	const text = `proxy haproxy {
    from bad-1,  # flowc:ignore FL201: this line
         # flowc:ignore FL201: the next line
         bad-2,
         bad-3
    trust bad-4, bad-5  # flowc:ignore FL201: both
}
`
	m, err := dotflow.End.Read(t.Context(), front.Input{Path: "m.flow", Read: func(string) ([]byte, error) { return []byte(text), nil }})
	if err != nil {
		t.Fatal(err)
	}
	src := m.Sources[0]
	var found diag.List
	for i := range text {
		if strings.HasPrefix(text[i:], "bad-") {
			found = append(found, diag.Diagnostic{Code: "FL201", Severity: diag.Error, At: src.Span(i, i+5)})
		}
	}
	var got []string
	for _, d := range suppress.Apply(m.Comments(), found, suppress.Options{Codes: []diag.Code{"FL201"}, Complete: true}).Left {
		got = append(got, d.At.Text())
	}
	if strings.Join(got, " ") != "bad-3" {
		t.Errorf("left are %v, want bad-3", got)
	}
}

// TestCodes holds that every code has a case, and that they are in order.
func TestCodes(t *testing.T) {
	var all strings.Builder
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range cases {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(txtar.Format(a))
	}
	var before diag.Code
	for _, c := range suppress.Codes {
		if c.Code <= before || c.Doc == "" {
			t.Errorf("%s comes after %s, with the line %q", c.Code, before, c.Doc)
		}
		before = c.Code
		if !strings.Contains(all.String(), " "+string(c.Code)+": ") {
			t.Errorf("no case has %s: %s", c.Code, c.Doc)
		}
	}
}

// Whatever a comment says, it is understood or reported at a place in it; what
// is fixed has nothing more to fix.
func FuzzComment(f *testing.F) {
	for _, seed := range []string{
		"flowc:ignore FL201: why", "flowc:ignore FL201, FL305 until 2027-01-01: why", "flowc:ignore until : x",
		"flowc:ingore FL201: x", "flowc:ignore: x", "flowc:", "flowc:ignore FL201,,fl305 x: y", " \tflowc:ignore FL101: é",
		"flowc:ignore FL201 until 2027-13-01: x", "flowc:ignore FL923: x", "flowc:ignore FL201 FL201: twice",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		if strings.ContainsAny(comment, "\r\n") || len(comment) > 1<<10 {
			return
		}
		const body = "route vault {\n    host vault.example.test\n    path /v1  #"
		text := body + comment + "\n    tls passthrough\n    to vault\n}\n"
		if _, found := dotflow.End.Style(source.NewFile("model.flow", text)); len(found) > 0 {
			return // bytes that no comment has
		}
		models := map[string]string{"model.flow": text}
		for _, d := range find(models, nil, "2026-11-22") {
			ofComment := d.At.Start >= len(body)-1 && d.At.End <= len(body)+len(comment)
			if d.Message == "" || d.Code != "FL201" && !ofComment {
				t.Errorf("%s %q is at %d..%d", d.Code, d.Message, d.At.Start, d.At.End)
			}
		}
		r := fix.Run(func(texts map[string]string) diag.List { return find(models, texts, "2026-11-22") }, filepath.ToSlash, style)
		for _, d := range r.Left {
			if d.Fix != nil {
				t.Errorf("%q is left, although it has a fix", d.Message)
			}
		}
	})
}

// Whatever a file of waivers says, each line is understood or reported at a place in it;
// what is fixed has nothing more to fix, and waives what it waived before.
func FuzzFile(f *testing.F) {
	for _, file := range []string{"file.txtar", "file-form.txtar", "file-unused.txtar"} {
		a, err := txtar.ParseFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range a.Files {
			if part.Name == "waivers.txt" {
				f.Add(string(part.Data))
			}
		}
	}
	for _, seed := range []string{"\ufeffFL201 in route vault: bom\r\n", "FL201,FL201 in *: twice", "FL201 in \"route vault\" at \"path /v1\": quoted", ": x", "in in in: in", "FL201 in route **t at *:\t*"} {
		f.Add(seed)
	}
	const model = "route vault {\n    host vault.example.test\n    path /v1\n    tls passthrough\n    to vault\n}\n"
	waived := func(found diag.List) bool {
		return !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Code == "FL201" })
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		models := map[string]string{"model.flow": model, "waivers.txt": text}
		found := find(models, nil, "2026-11-22")
		for _, d := range found {
			if d.Message == "" || d.Code != "FL201" && (d.At.File.Name != "waivers.txt" || d.At.End > len(text)) {
				t.Errorf("%s %q is at %v", d.Code, d.Message, d.At)
			}
		}
		r := fix.Run(func(texts map[string]string) diag.List { return find(models, texts, "2026-11-22") }, filepath.ToSlash, style)
		for _, d := range r.Left {
			if d.Fix != nil {
				t.Errorf("%q is left, although it has a fix", d.Message)
			}
		}
		if waived(found) && !waived(r.Left) {
			t.Error("what was waived is not, with the fixes")
		}
	})
}

package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/flowc-lang/flowc/diag"
)

// TestSARIF holds what is written of every faulty model, with every rule that
// flowc has, against the schema of SARIF.
func TestSARIF(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("../../diag/testdata/sarif/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/faulty/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal("no faulty models", err)
	}
	report := diag.Report{Codes: Codes(), Version: "v0.1.0"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		report.Findings = append(report.Findings, compile(t, string(text)).Findings...)
		report.Files = append(report.Files, filepath.ToSlash(file))
	}
	for _, w := range diag.Writers {
		if w.Name != "sarif" {
			continue
		}
		var out bytes.Buffer
		if err := w.Write(&out, &report); err != nil {
			t.Fatal(err)
		}
		log, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(log); err != nil {
			t.Error(err)
		}
		return
	}
	t.Error("nobody writes SARIF")
}

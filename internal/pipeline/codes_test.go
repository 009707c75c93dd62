package pipeline

import (
	"regexp"
	"testing"

	"github.com/flowc-lang/flowc/diag"
)

// TestCodes keeps each code, and each name, that of one kind of finding, in
// every phase.
func TestCodes(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	codes, names := map[diag.Code]string{}, map[string]diag.Code{}
	for _, c := range Codes() {
		if other, ok := codes[c.Code]; ok {
			t.Errorf("%s is both %q and %q", c.Code, other, c.Doc)
		}
		if other, ok := names[c.Name]; ok {
			t.Errorf("both %s and %s are named %q", other, c.Code, c.Name)
		}
		if !form.MatchString(c.Name) || c.Doc == "" || c.Severity == 0 {
			t.Errorf("%s is not filled in: %+v", c.Code, c)
		}
		codes[c.Code], names[c.Name] = c.Doc, c.Code
	}
}

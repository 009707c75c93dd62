package diag_test

import (
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

func TestSort(t *testing.T) {
	a, b := source.NewFile("a.flow", "0123456789"), source.NewFile("b.flow", "0123456789")
	finding := func(f *source.File, start, end int, code diag.Code, message string) diag.Diagnostic {
		d := diag.Diagnostic{Code: code, Severity: diag.Warning, Message: message}
		if f != nil {
			d.At = f.Span(start, end)
		}
		return d
	}
	list := diag.List{
		finding(b, 0, 1, "FL101", "7"),
		finding(a, 3, 4, "FL101", "6"),
		finding(a, 1, 4, "FL101", "5"),
		finding(a, 1, 3, "FL102", "4"),
		finding(a, 1, 3, "FL101", "3"),
		finding(a, 1, 3, "FL101", "2"),
		finding(a, 1, 3, "FL101", "3"),
		finding(nil, 0, 0, "FL110", "1"),
	}
	got := ""
	for _, d := range list.Sort() {
		got += d.Message
	}
	if got != "1324567" {
		t.Errorf("the order is %s", got)
	}
	if list[0].Message != "7" {
		t.Error("Sort changed its receiver")
	}
}

func TestCounts(t *testing.T) {
	list := diag.List{{Severity: diag.Warning}, {Severity: diag.Error}, {Severity: diag.Warning}}
	if list.Count(diag.Warning) != 2 || list.Count(diag.Error) != 1 || list.Broken() {
		t.Error("the counts are wrong")
	}
	list[1].Broken = true
	if !list.Broken() {
		t.Error("a broken name stops pictures")
	}
}

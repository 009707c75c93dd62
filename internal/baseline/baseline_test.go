package baseline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

func itself(name string) string { return name }

func all(string) bool { return true }

// found makes findings of "file line code message", a "!" before what is broken.
func found(lines ...string) diag.List {
	var out diag.List
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		src := source.NewFile(f[0], strings.Repeat("x\n", 9))
		n := int(f[1][0] - '1')
		out = append(out, diag.Diagnostic{
			Code: diag.Code(strings.TrimPrefix(f[2], "!")), Message: f[3], Severity: diag.Error,
			At: src.Span(2*n, 2*n+1), Broken: f[2][0] == '!',
		})
	}
	return out
}

func says(l diag.List) []string {
	out := []string{}
	for _, d := range l {
		out = append(out, d.At.File.Name+" "+string(d.Code)+" "+d.Message)
	}
	return out
}

func TestBytes(t *testing.T) {
	got := string(Of(found("b 1 FL201 <one>", "a 2 FL305 two", "a 1 FL201 two", "a 7 FL305 two", "a 1 !FL101 broken"), itself).Bytes())
	const want = `{
  "schema": "flowc/baseline/v1",
  "findings": [
    {
      "file": "a",
      "code": "FL201",
      "message": "two",
      "count": 1
    },
    {
      "file": "a",
      "code": "FL305",
      "message": "two",
      "count": 2
    },
    {
      "file": "b",
      "code": "FL201",
      "message": "<one>",
      "count": 1
    }
  ]
}
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	again, err := Parse([]byte(got))
	if err != nil || string(again.Bytes()) != want {
		t.Errorf("it does not come back: %v", err)
	}
	if none := string(Of(nil, itself).Bytes()); !strings.Contains(none, `"findings": []`) {
		t.Errorf("an empty list is %s", none)
	}
}

func TestHide(t *testing.T) {
	base := Of(found("a 1 FL201 one", "a 2 FL305 two", "a 3 FL305 two", "b 1 FL201 one"), itself)
	for _, tc := range []struct {
		name  string
		found diag.List
		files func(string) bool
		want  []string
		gone  int
	}{
		{"the same", found("a 1 FL201 one", "a 2 FL305 two", "a 3 FL305 two", "b 1 FL201 one"), all, []string{}, 0},
		{"moved lines", found("a 7 FL201 one", "a 5 FL305 two", "a 6 FL305 two", "b 9 FL201 one"), all, []string{}, 0},
		{"one of two is gone", found("a 1 FL201 one", "a 2 FL305 two", "b 1 FL201 one"), all, []string{}, 1},
		{"one more", found("a 1 FL201 one", "a 2 FL305 two", "a 3 FL305 two", "a 4 FL305 two", "b 1 FL201 one"), all,
			[]string{"a FL305 two", "a FL305 two", "a FL305 two"}, 0},
		{"another message, another file", found("a 1 FL201 other", "c 1 FL201 one"), all, []string{"a FL201 other", "c FL201 one"}, 3},
		{"not all files", found("b 1 FL201 one"), func(f string) bool { return f == "b" }, []string{}, 0},
		{"broken", found("b 1 !FL201 one"), func(f string) bool { return f == "b" }, []string{"b FL201 one"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			left, gone := base.Hide(tc.found, itself, tc.files)
			if d := cmp.Diff(tc.want, says(left)); d != "" || gone != tc.gone {
				t.Errorf("%d gone, want %d; -want +got:\n%s", gone, tc.gone, d)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{``, "it is not the JSON of a baseline"},
		{`[]`, "it is not the JSON of a baseline"},
		{`{"schema": "flowc/baseline/v1"} {}`, "it is not the JSON of a baseline"},
		{`{}`, `its schema is "", not "flowc/baseline/v1"`},
		{`{"schema": "flowc/baseline/v2"}`, `its schema is "flowc/baseline/v2", not "flowc/baseline/v1"`},
		{`{"schema": "flowc/baseline/v1", "findings": [{"file": "a"}]}`, "an entry lacks its file, code, message or count"},
		{`{"schema": "flowc/baseline/v1", "findings": [
			{"file": "a", "code": "FL201", "message": "m", "count": 1},
			{"file": "a", "code": "FL201", "message": "m", "count": 2}]}`, `FL201 "m" of a is listed twice`},
		{`{"schema": "flowc/baseline/v1"}`, ""},
	} {
		got := ""
		if _, err := Parse([]byte(tc.text)); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.text, got, tc.want)
		}
	}
}

package flowfence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"

	flowfence "github.com/flowc-lang/flowc/integrations/goldmark"
)

// asFlowc makes this test binary behave like flowc: it says what it was handed,
// or fails as the model tells it to.
const asFlowc = "FLOWFENCE_TEST_AS_FLOWC"

func TestMain(m *testing.M) {
	if os.Getenv(asFlowc) == "" {
		os.Exit(m.Run())
	}
	model, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	switch strings.TrimSpace(string(model)) {
	case "broken":
		fmt.Fprintln(os.Stderr, "page.md:8:3: error FL201: wrong")
		os.Exit(1)
	case "silent":
		os.Exit(3)
	case "warned":
		fmt.Fprintln(os.Stderr, "page.md:8:3: warning FL603: doubtful")
	}
	fmt.Printf("<figure>%q %q</figure>\n", os.Args[1:], model)
}

var places = []struct {
	name, document string
	want           []flowfence.Fence
}{
	{
		"plain", "# Title\n\n```flow view=topology words\na\n\n\tb\n```\n",
		[]flowfence.Fence{{Info: "view=topology words", Model: "a\n\n\tb\n", Line: 3}},
	},
	{
		"list and quote", "- item\n\n  ```flow\n  a\n  ```\n\n> ~~~flow  \n> b\n>\n>   c\n> ~~~\n",
		[]flowfence.Fence{{Model: "a\n", Line: 3, Column: 2}, {Model: "b\n\n  c\n", Line: 7, Column: 2}},
	},
	{
		"quote in a list in a list", "1. - > ```flow\n     > a\n     > ```\n",
		[]flowfence.Fence{{Model: "a\n", Line: 1, Column: 7}},
	},
	{
		"indented with tabs", "- item\n\n\t```flow\n\ta\n\t\tb\n\t```\n",
		[]flowfence.Fence{{Model: "a\n\tb\n", Line: 3, Column: 1}},
	},
	{
		"CR LF", "text\r\n\r\n```flow view=topology\r\na\r\n```\r\n",
		[]flowfence.Fence{{Info: "view=topology", Model: "a\r\n", Line: 3}},
	},
	{
		"attributes in braces", "```flow {view=topology}\na\n```\n\n```flow{words=true}\nb\n```\n",
		[]flowfence.Fence{{Info: "{view=topology}", Model: "a\n", Line: 1}, {Info: "{words=true}", Model: "b\n", Line: 5}},
	},
	{
		"empty, and without an end", "```flow\n```\n\n```flow\n",
		[]flowfence.Fence{{Line: 1}, {Line: 4}},
	},
	{
		"not a flow fence", "```flowchart\na\n```\n\n```\nb\n```\n\n```flow-x\nc\n```\n\n    ```flow\n    d\n    ```\n\n```go\n```flow\n```\n",
		nil,
	},
}

func TestPlaces(t *testing.T) {
	for _, test := range places {
		for _, before := range []int{0, 4} {
			var got []flowfence.Fence
			md := goldmark.New(goldmark.WithExtensions(&flowfence.Extender{Draw: func(_ context.Context, f flowfence.Fence) (string, error) {
				got = append(got, f)
				return "<figure></figure>\n", nil
			}}))
			var page bytes.Buffer
			if err := md.Convert([]byte(test.document), &page, flowfence.WithDocument(t.Context(), "docs/page.md", before)); err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(test.want)
			for i := range want {
				want[i].Document = "docs/page.md"
				want[i].Line += before
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: found\n%+v, not\n%+v", test.name, got, want)
			}
			if n := strings.Count(page.String(), "<figure></figure>"); n != len(want) {
				t.Errorf("%s: the page shows %d diagrams, not %d:\n%s", test.name, n, len(want), &page)
			}
		}
	}
}

// convert renders a fence with this test binary for flowc.
func convert(t *testing.T, model string, options ...parser.ParseOption) (page, warnings string, err error) {
	t.Setenv(asFlowc, "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, warned bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(&flowfence.Extender{Draw: flowfence.Command(self, &warned)}))
	err = md.Convert([]byte("> ```flow view=topology\n> "+model+"\n> ```\n\nafter\n\n[label]: /kept\n"), &out, options...)
	return out.String(), warned.String(), err
}

func TestCommand(t *testing.T) {
	page, warnings, err := convert(t, "warned", flowfence.WithDocument(t.Context(), "page.md", 6))
	if err != nil {
		t.Fatal(err)
	}
	want := "<blockquote>\n" +
		`<figure>["render" "-" "--fence" "view=topology" "--stdin-name" "page.md" "--line-offset" "7" "--column-offset" "2"] "warned\n"</figure>` +
		"\n</blockquote>\n<p>after</p>\n"
	if page != want {
		t.Errorf("the page is\n%s, not\n%s", page, want)
	}
	if want := "page.md:8:3: warning FL603: doubtful\n"; warnings != want {
		t.Errorf("the warnings are %q, not %q", warnings, want)
	}
}

func TestCommandFails(t *testing.T) {
	for model, want := range map[string]string{
		"broken": "page.md:8:3: error FL201: wrong",
		"silent": "page.md:7: " + os.Args[0] + ": exit status 3",
	} {
		_, _, err := convert(t, model, flowfence.WithDocument(t.Context(), "page.md", 6))
		if err == nil || err.Error() != want {
			t.Errorf("%s: the error is %v, not %s", model, err, want)
		}
	}
}

func TestCommandIsMissing(t *testing.T) {
	for _, name := range []string{"no-such-flowc", filepath.Join(t.TempDir(), "flowc")} {
		md := goldmark.New(goldmark.WithExtensions(&flowfence.Extender{Draw: flowfence.Command(name, io.Discard)}))
		err := md.Convert([]byte("text\n\n```flow\na\n```\n"), io.Discard)
		if err == nil {
			t.Fatal("a page is made without flowc")
		}
		for _, want := range []string{"document.md:3: ", name, "go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc", "FLOWC"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error lacks %q: %v", want, err)
			}
		}
	}
}

func TestCommandIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := convert(t, "a", flowfence.WithDocument(ctx, "page.md", 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, not that the context was cancelled", err)
	}
}

// A goldmark context of the caller's own is kept.
func TestContextIsKept(t *testing.T) {
	pc := parser.NewContext()
	page, _, err := convert(t, "a", parser.WithContext(pc), flowfence.WithDocument(t.Context(), "own.md", 0))
	if err != nil || !strings.Contains(page, `"own.md"`) {
		t.Errorf("the page is\n%s\nwith the error %v", page, err)
	}
	if _, ok := pc.Reference("label"); !ok {
		t.Error("the page was parsed in another context")
	}
}

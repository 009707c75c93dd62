package pipeline

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// helped counts the help lines that were followed, and what came of them.
type helped struct {
	models, findings, ways int
	wrong                  []string
}

// follow follows each way of each help line of a model to the letter.
func (h *helped) follow(name, text string) {
	before, renderer, ok := advised(text)
	if !ok || len(before) == 0 {
		return
	}
	h.models++
	for _, d := range before {
		h.findings++
		for _, w := range d.Suggestions {
			h.ways++
			after, _, ok := advised(withEdits(text, renderer.Edits(w)))
			what := " breaks the model"
			if ok {
				what = brought(before, after, d)
			}
			if what != "" && unveiled[name+" "+string(d.Code)] == "" {
				h.wrong = append(h.wrong, fmt.Sprintf("%s: %s: %s\n    %q%s", name, d.Code, d.Message, renderer.Words([]diag.Suggestion{w}), what))
			}
		}
	}
}

// unveiled are the findings whose help is right and shows another fault that the first
// one hid, or asks for what only the author can tell.
var unveiled = map[string]string{
	"check/testdata/FL701.txtar/good-out-of-reach.flow FL312":               "a client that is let in sends no PROXY header",
	"flow/testdata/course/alpn.flow FL214":                                  "clients without ALPN behind it",
	"flow/testdata/course/bytes.flow FL218":                                 "a client of HTTP/1.1 alone",
	"flow/testdata/course/health.flow FL213":                                "requests without certificates ask there too",
	"flow/testdata/wire/healthcheck_tcp_on_tls_port.txtar/model.flow FL604": "a request records what the check gets",
	"internal/export/testdata/everything.flow FL701":                        "the client has no certificate either",
	"internal/export/testdata/everything.flow FL406":                        "no server has the name",
	"internal/export/testdata/refused.flow FL304":                           "the request expects another route",
	"internal/trace/testdata/refused.flow FL304":                            "the request expects another route",
	"internal/paths/testdata/tiers.flow FL317":                              "a request depends on that target for its way",
	"internal/trace/testdata/faults.flow FL701":                             "the servers behind it fail as well",
	"resolve/testdata/contradictions.txtar/model.flow FL208":                "a cookie over plaintext, which passthrough had hidden",
	"resolve/testdata/via.txtar/model.flow FL317":                           "a request depends on that route for its way",
}

// advised is what the rules find in a text, and the renderer of its help; ok is
// false where the text is no whole model.
func advised(text string) (found diag.List, r *advice.Renderer, ok bool) {
	if strings.Contains(text, "import ") {
		return nil, nil, false // it is not whole without the others
	}
	file, broken := grammar.Parse(source.NewFile("m.flow", text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	if len(broken)+len(more)+len(mistakes) > 0 {
		return slices.Concat(broken, more, check.Mistakes(mistakes)), nil, false
	}
	return check.Run(topology, flow.NewCache(topology)), advice.New(topology, file, nil), true
}

func withEdits(text string, edits []diag.Edit) string {
	var out strings.Builder
	end := 0
	for _, e := range edits {
		out.WriteString(text[end:e.At.Start] + e.New)
		end = e.At.End
	}
	return out.String() + text[end:]
}

// recorded is what FL302 says of a request that expects a fault, once the fault is
// mended: the expectation is what has to go then, and only its author knows.
var recorded = regexp.MustCompile(`^request "[^"]*" expects (4|5|close|alert|timeout)`)

// brought says what is wrong with what is found after a way was followed: the
// finding is still there, or there are more of a code than there were.
func brought(before, after diag.List, d diag.Diagnostic) string {
	counts, same := map[diag.Code]int{d.Code: -1}, -1
	for _, o := range before {
		counts[o.Code]++
		if o.Code == d.Code && o.Message == d.Message {
			same++ // of another declaration
		}
	}
	for _, left := range after {
		if left.Code == "FL302" && left.Message != d.Message && recorded.MatchString(left.Message) {
			continue
		}
		counts[left.Code]--
		if left.Code == d.Code && left.Message == d.Message {
			same--
		}
		switch {
		case same < 0 && left.Code == d.Code && left.Message == d.Message:
			return " leaves it"
		case counts[left.Code] < 0:
			return fmt.Sprintf(" brings %s %s", left.Code, left.Message)
		}
	}
	return ""
}

// TestHelp: a help line that is followed to the letter removes its finding and brings
// no other one, in all models of this tree.
func TestHelp(t *testing.T) {
	h := &helped{}
	root := filepath.Join("..", "..")
	for _, x := range tree(t) {
		h.follow(strings.TrimPrefix(x.Name, filepath.ToSlash(root)+"/"), x.text(t))
	}
	for _, w := range h.wrong {
		t.Error(w)
	}
	t.Logf("%d models, %d findings, %d ways followed", h.models, h.findings, h.ways)
	if h.ways < 1000 {
		t.Errorf("only %d ways", h.ways)
	}
}

// TestHelpOfOneLess follows the help for sound models out of which one statement was
// taken. One in twelve ways may show what the statement stood for in another place, too.
func TestHelpOfOneLess(t *testing.T) {
	h := &helped{}
	for _, x := range tree(t) {
		text := x.text(t)
		if !x.whole() {
			continue
		}
		if found, _, ok := advised(text); !ok || len(found) > 0 {
			continue
		}
		for i, less := range oneLess(text) {
			if i%4 == 3 { // of each model, so that another model changes nothing in which are followed
				h.follow(fmt.Sprintf("%s less %d", x.Name, i), less)
			}
		}
	}
	h.mostly(t, 18)
}

// TestHelpOfAny follows the help for generated chains of proxies, which have many
// faults: one that is mended shows those that it hid.
func TestHelpOfAny(t *testing.T) {
	h := &helped{}
	for seed := range fleets / 4 {
		x := aFleet(seed)
		h.follow(x.Name, x.text(t))
	}
	h.mostly(t, 7)
}

// mostly holds that at most one in as many ways is wrong.
func (h *helped) mostly(t *testing.T, in int) {
	t.Helper()
	t.Logf("%d models, %d findings, %d ways followed, %d of them bring something", h.models, h.findings, h.ways, len(h.wrong))
	if h.ways < 500 || len(h.wrong)*in > h.ways {
		t.Errorf("of %d ways %d bring something: %s", h.ways, len(h.wrong), strings.Join(h.wrong, "\n"))
	}
}

// oneLess are the texts that a text becomes where one statement is taken out of it.
func oneLess(text string) []string {
	file, _ := grammar.Parse(source.NewFile("m.flow", text))
	var out []string
	var walk func(list []*ast.Statement)
	walk = func(list []*ast.Statement) {
		for _, s := range list {
			out = append(out, withEdits(text, []diag.Edit{diag.Deletion(s.At)}))
			walk(s.Block.Statements())
		}
	}
	walk(file.Statements())
	return out
}

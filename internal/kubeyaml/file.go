// Package kubeyaml reads texts of Kubernetes objects, YAML or JSON: the objects in them
// with their kinds, names and fields, and the place of each value. What they mean for a
// topology is another package's.
package kubeyaml

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// The limits of one text. A List of 10,000 Routes, as oc prints it, has a third of the
// values and a fiftieth of the objects. The parser takes half a kilobyte for each value.
const (
	maxParts   = 2_000_000 // line breaks, commas and brackets: about half as many as values
	maxObjects = 500_000
	maxTexts   = 100_000 // documents that are not empty
	maxNested  = 4       // Lists in Lists
	maxFound   = 500     // findings of one text
)

// File is one text.
type File struct {
	Source   *source.File
	Objects  []*Object
	Findings diag.List
	Broken   bool // a part of it could not be read

	index *index
	lists int   // how many Lists are around what is read
	again *File // the text read once more, for the paths of its fields
}

// Read reads a text. The text of its Source has asterisks in the place of what is secret
// in it. Its error is that of a context which ended.
func Read(ctx context.Context, name, text string) (*File, error) {
	f := &File{index: newIndex(text)}
	parsed, broken, err := f.parse(ctx, text)
	if err != nil {
		return nil, err
	}
	f.Source = source.NewFile(name, f.masked(parsed, text, len(broken) > 0))
	for _, b := range broken {
		f.Broken = true
		at := f.Source.Span(b.at, b.at)
		if b.at < len(text) {
			at.End = b.at + lineLength(text[b.at:])
		}
		f.Add(FaultSyntax, diag.Error, at, b.help, "%s", b.message)
	}
	for _, d := range parsed {
		f.lists = 0
		f.document(d.node, d.line)
	}
	return f, nil
}

// Full reports whether what is wrong is no longer reported, as it is too much.
func (f *File) Full() bool { return len(f.Findings) >= maxFound }

// Add reports what is wrong.
func (f *File) Add(code Code, severity diag.Severity, at source.Span, help, format string, args ...any) {
	if f.Full() {
		return
	}
	f.Findings = append(f.Findings, diag.Diagnostic{Code: diag.Code(code), Severity: severity, At: at, Help: help, Message: fmt.Sprintf(format, args...)})
}

// node is one document that could be parsed.
type node struct {
	*document
	node *yaml.Node
}

// failure is a document that could not.
type failure struct {
	at            int
	message, help string
}

// parse parses the documents of a text, each by itself: behind a broken one the next
// ones are read.
func (f *File) parse(ctx context.Context, text string) ([]node, []failure, error) {
	if at := invalid(text); at >= 0 {
		return nil, []failure{{at, "the text is not UTF-8", "save the file as UTF-8"}}, nil
	}
	if n := strings.Count(text, "\n") + strings.Count(text, ",") + strings.Count(text, "[") + strings.Count(text, "{"); n > maxParts {
		return nil, []failure{{0, fmt.Sprintf("the text has about %d values, and flowc reads %d of them at most", n, maxParts), "give fewer objects, such as those of one namespace"}}, nil
	}
	var out []node
	var broken []failure
	parsed := 0
	for _, d := range documents(f.index) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if d.empty() {
			continue
		}
		if parsed++; parsed > maxTexts {
			return out, append(broken, failure{f.index.offset(d.line+1, 1), fmt.Sprintf("the text has more than %d documents; the rest is not read", maxTexts), "give fewer objects, such as those of one namespace"}), nil
		}
		dec := yaml.NewDecoder(strings.NewReader(d.text))
		for {
			var n yaml.Node
			err := dec.Decode(&n)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				broken = append(broken, f.failure(d, err))
				break
			}
			out = append(out, node{d, &n})
		}
	}
	return out, broken, nil
}

// invalid is where a text is not UTF-8; -1 where it is.
func invalid(text string) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// documents divides a text at the lines that begin a document, which no scalar contains
// (YAML 1.2.2, 9.1.2). The directives before such a line belong to it.
func documents(x *index) []*document {
	var out []*document
	first := 0 // line
	directives := false
	for line := range x.lines {
		text := x.text[x.lines[line]:]
		if strings.HasPrefix(text, "%") && strings.TrimSpace(x.text[x.lines[first]:x.lines[line]]) == "" {
			directives = true
		}
		if line == first || !marks(text, "---") {
			continue
		}
		if directives {
			directives = false
			continue
		}
		out = append(out, x.document(first, line))
		first = line
	}
	return append(out, x.document(first, len(x.lines)))
}

// empty reports whether a document has nothing but the line that begins it.
func (d *document) empty() bool {
	return strings.TrimSpace(strings.TrimPrefix(d.text, "---")) == ""
}

func (x *index) document(first, end int) *document {
	to := len(x.text)
	if end < len(x.lines) {
		to = int(x.lines[end])
	}
	return &document{line: first, text: x.text[x.lines[first]:to]}
}

// marks reports whether a line begins with a mark of documents.
func marks(text, mark string) bool {
	rest, ok := strings.CutPrefix(text, mark)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n"))
}

// document takes the objects of a document.
func (f *File) document(n *yaml.Node, above int) {
	if n.Kind == yaml.DocumentNode {
		if len(n.Content) == 0 {
			return
		}
		n = n.Content[0]
	}
	v := Value{file: f, node: n, above: above}
	if v.Null() {
		return
	}
	f.object(v, "", "")
}

// object takes an object, or the objects of a List. Those of a typed list may lack their
// kind.
func (f *File) object(v Value, apiVersion, kind string) {
	if !v.is(yaml.MappingNode) {
		help := "an object begins with apiVersion and kind"
		if v.is(yaml.SequenceNode) {
			help = "put the objects behind items of an object with apiVersion: v1 and kind: List, or each in a document of its own"
		}
		f.Add(FaultObject, diag.Error, v.At(), help, "not an object of Kubernetes: %s", v.what())
		return
	}
	m := v.open("")
	o := &Object{Map: m, At: f.whole(v), APIVersion: apiVersion, Kind: kind}
	before := len(f.Findings)
	if t := m.Text("apiVersion"); t.Set {
		o.APIVersion = t.V
	}
	if t := m.Text("kind"); t.Set {
		o.Kind, o.KindAt = t.V, t.At
	}
	if items := m.Field("items"); items.is(yaml.SequenceNode) && strings.HasSuffix(o.Kind, "List") {
		f.list(items, o)
		return
	}
	if len(f.Findings) > before {
		return
	}
	if o.Kind == "" || o.APIVersion == "" {
		missing := map[bool]string{true: "kind", false: "apiVersion"}[o.Kind == ""]
		f.Add(FaultObject, diag.Error, v.At(), f.without(o), "not an object of Kubernetes: it has no %s", missing)
		return
	}
	o.Group, o.Version, _ = strings.Cut(o.APIVersion, "/")
	if o.Version == "" {
		o.Group, o.Version = "", o.APIVersion
	}
	if len(f.Objects) >= maxObjects {
		return
	}
	o.metadata()
	f.Objects = append(f.Objects, o)
	if len(f.Objects) == maxObjects {
		f.Broken = true
		f.Add(FaultSyntax, diag.Error, v.At(), "give fewer objects, such as those of one namespace", "the text has more than %d objects; the rest is not read", maxObjects)
	}
}

// without is the help for an object without apiVersion or kind.
func (f *File) without(o *Object) string {
	for _, c := range []struct{ key, kind string }{{"apiversion", "apiVersion"}, {"api_version", "apiVersion"}, {"Kind", "kind"}, {"ApiVersion", "apiVersion"}, {"APIVersion", "apiVersion"}} {
		if o.Map.Field(c.key).Exists() {
			return "did you mean " + c.kind + "?"
		}
	}
	return "an object begins with apiVersion and kind, such as apiVersion: route.openshift.io/v1 and kind: Route"
}

// list takes the objects of a List.
func (f *File) list(items Value, o *Object) {
	if f.lists >= maxNested {
		f.Add(FaultObject, diag.Error, items.At(), "put the objects into one List", "Lists are nested more than %d deep", maxNested)
		return
	}
	f.lists++
	defer func() { f.lists-- }()
	kind := strings.TrimSuffix(o.Kind, "List")
	apiVersion := o.APIVersion
	if kind == "" {
		apiVersion = ""
	}
	for _, item := range items.Items() {
		f.object(item, apiVersion, kind)
		if len(f.Objects) >= maxObjects {
			return
		}
	}
}

// whole is the place of an object: all of its lines.
func (f *File) whole(v Value) source.Span {
	start, _ := f.extent(v.node, v.above)
	last := v.node
	for depth := 0; len(last.Content) > 0 && depth < 100; depth++ {
		last = last.Content[len(last.Content)-1]
	}
	_, end := f.extent(last, v.above)
	if last.Kind == yaml.ScalarNode && strings.Contains(last.Value, "\n") {
		end = f.endOfBlock(last, v.above)
	}
	return f.Source.Span(start, max(start, end))
}

// endOfBlock is where a scalar of several lines ends: before the first line that is not
// deeper than the key.
func (f *File) endOfBlock(n *yaml.Node, above int) int {
	line := n.Line + above + strings.Count(strings.TrimRight(n.Value, "\n"), "\n") + 1
	if line >= len(f.index.lines) {
		return len(f.index.text)
	}
	return len(strings.TrimRight(f.index.text[:f.index.lines[line]], "\r\n"))
}

// Release forgets the syntax of the text: it takes many times the room of the text. The
// fields of objects are not known afterwards.
func (f *File) Release() {
	for _, o := range f.Objects {
		o.Map = Map{file: f}
	}
	f.index = nil
}
